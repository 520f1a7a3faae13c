"""Pages in shapes the sample corpus does not have: what portals, old templates and apps do to an article.

Each page is written for this test. Its text is the gold; what stands around it must stay out.
"""

from __future__ import annotations

import pytest

from support_shapes import HEAD, LINKS, TEXT, TITLE, Shape, check, paragraphs

VERSE = tuple(line for one in TEXT for line in one.replace("，", "\n").replace("。", "\n").split("\n") if line)
SHORT = "今日一年期贷款市场报价利率为百分之三点一，五年期以上为百分之三点六，均与上月持平。"
KEYWORDS = "".join(f"<span>贷款{n} 信用卡{n}</span>" for n in range(3000))
COMMENT = "".join(
    f'<div class="cmt-item"><b>网友{n}</b><p>说得很对，我去年就是这样被收了不少利息，后来打电话给银行才减免了一部分。</p></div>'
    for n in range(12)
)
FEED = "".join(
    f'<div class="feed-card"><h3><a href="/f/{n}">第{n}条热点：央行公布新的金融数据</a></h3>'
    f'<p><a href="/f/{n}">记者从有关部门获悉，前两个月社会融资规模增量同比有所增加，具体数字随后公布。</a></p></div>'
    for n in range(10)
)

SHAPES = {
    "content outside the body element": Shape(
        f"<html>{HEAD}<body></body></html><div><h1>{TITLE}</h1><div>2026-03-10 08:00</div>{paragraphs()}</div>",
        date="2026-03-10T08:00:00",
    ),
    "sections and spans instead of paragraphs": Shape(
        f"<html>{HEAD}<body><h1>{TITLE}</h1><em>2026-03-10</em><div>"
        + "".join(f"<section><span>{one[:20]}</span><span>{one[20:]}</span></section>" for one in TEXT)
        + f"</div><ul>{LINKS}</ul></body></html>"
    ),
    "bare divs": Shape(
        f"<html>{HEAD}<body><div><ul>{LINKS}</ul></div><div><h1>{TITLE}</h1><div>2026/03/10</div>{paragraphs('div')}</div></body></html>"
    ),
    "one text cut by line breaks": Shape(
        f"<html>{HEAD}<body><h1>{TITLE}</h1><div>发布时间：2026年3月10日</div><div>"
        + "<br><br>".join("&nbsp;&nbsp;" + one for one in TEXT)
        + f"</div><ul>{LINKS}</ul></body></html>"
    ),
    "loose text beside inline elements": Shape(
        f"<html>{HEAD}<body><h1>{TITLE}</h1>2026-03-10<br>"
        + "<br/>".join(one.replace("，", "<b>，</b>") for one in TEXT)
        + "</body></html>"
    ),
    "a short text beside long lists": Shape(
        f"<html>{HEAD}<body><ul>{LINKS}</ul><h1>{TITLE}</h1><p>2026-03-10</p><div class=c><p>{SHORT}</p></div>"
        f"<ul>{LINKS}</ul><ul>{LINKS}</ul></body></html>",
        body=SHORT,
    ),
    "a short text before a long disclaimer": Shape(
        f"<html>{HEAD}<body><h1>{TITLE}</h1><p>2026-03-10</p><div><p>{SHORT}</p><p>{TEXT[1]}</p></div><div>"
        "<p>免责声明：本网站所载内容来自互联网，仅供参考，不构成任何投资建议。投资者据此操作，风险自担，本站不承担任何责任。"
        "如涉及版权问题，请及时与本站联系，我们将在核实之后尽快处理，感谢您的理解和支持。</p></div></body></html>",
        body=f"{SHORT}\n{TEXT[1]}",
        out=("免责声明",),
    ),
    "verse of tiny lines": Shape(
        f"<html>{HEAD}<body><ul>{LINKS}</ul><h1>{TITLE}</h1><p>2026-03-10</p><div>"
        + "".join(f"<p>{one}</p>" for one in VERSE)
        + f"</div><ul>{LINKS}</ul></body></html>",
        body="\n".join(VERSE),
    ),
    "thousands of hidden keywords": Shape(
        f'<html>{HEAD}<body><div style="display:none">{KEYWORDS}</div><h1>{TITLE}</h1><p>2026-03-10</p>'
        f"<div>{paragraphs()}</div><div hidden>{KEYWORDS}</div></body></html>",
        out=("贷款7 ",),
    ),
    "comments and feeds beside the article": Shape(
        f"<html>{HEAD}<body><div class=main><div class=left><h1>{TITLE}</h1><p>2026-03-10</p><div>{paragraphs()}</div>"
        f"<div class=comment-list>{COMMENT}</div></div><div class=right>{FEED}</div></div><div class=feed>{FEED}</div></body></html>",
        out=("网友", "热点"),
    ),
    "UTF-8 declared as gb2312": Shape(
        f'<html><head><meta http-equiv="Content-Type" content="text/html; charset=gb2312"><title>{TITLE}</title></head>'
        f"<body><h1>{TITLE}</h1><p>2026-03-10</p>{paragraphs()}</body></html>".encode()
    ),
    "an h1 that is the site's name": Shape(
        f"<html>{HEAD}<body><h1><a href=/>安心理财网</a></h1><div><h2>{TITLE}</h2><p>2026-03-10</p>{paragraphs()}</div></body></html>"
    ),
    "an h1 logo and the headline in a bare div": Shape(
        f"<html>{HEAD}<body><h1>安心理财网</h1><div class=t1>{TITLE}</div><p>2026-03-10</p>{paragraphs()}</body></html>"
    ),
    "a generic title element": Shape(
        f"<html><head><meta charset=utf-8><title>新闻详情</title></head><body><h1 class=x>{TITLE}</h1><p>2026-03-10</p>{paragraphs()}</body></html>"
    ),
    "an og:title cut at a quotation mark": Shape(
        '<html><head><meta charset=utf-8><meta property="og:title" content="征信"花了"还能贷款吗"><title>征信"花了"还能贷款吗-安心理财网</title></head>'
        f'<body><h1>征信"花了"还能贷款吗</h1><p>2026-03-10</p>{paragraphs()}</body></html>',
        title='征信"花了"还能贷款吗',
    ),
    "a related link in a title element of a list": Shape(
        f'<html>{HEAD}<body><div class=hot><p class="title"><a href="/x">贷款利率为什么和宣传的不一样</a></p></div>'
        f'<p class="article-title">{TITLE}</p><p>2026-03-10</p>{paragraphs()}'
        '<div><p class="title"><a href="/y">借呗额度降低怎么恢复</a></p></div></body></html>'
    ),
    "a headline with a separator of its own": Shape(
        f"<html><head><meta charset=utf-8><title>借呗-花呗：哪个先还_网贷_安心理财网</title></head><body><h1>借呗-花呗：哪个先还</h1><p>2026-03-10</p>{paragraphs()}</body></html>",
        title="借呗-花呗：哪个先还",
    ),
    "only a title element, the site in front": Shape(
        f"<html><head><meta charset=utf-8><title>安心理财网 - {TITLE}</title></head><body><p>2026-03-10</p>{paragraphs()}</body></html>"
    ),
    "a year of two digits": Shape(
        f"<html>{HEAD}<body><h1>{TITLE}</h1><span class=time>26-03-10 09:30</span>{paragraphs()}</body></html>",
        date="2026-03-10T09:30:00",
    ),
    "a date without its year, the year in a meta": Shape(
        f'<html><head><meta charset=utf-8><title>{TITLE}</title><meta name="publishdate" content="2026-03-10"></head>'
        f"<body><h1>{TITLE}</h1><span>03-10 09:30</span>{paragraphs()}</body></html>"
    ),
    "a date without its year, the year in the address": Shape(
        f"<html>{HEAD}<body><h1>{TITLE}</h1><span>03月10日 09:30</span>{paragraphs()}</body></html>",
        path="2026/0310/c1001-3.html",
    ),
    "epoch seconds in a script only": Shape(
        f'<html>{HEAD}<body><h1>{TITLE}</h1><script>var ct = "1773100800", ori_create_time = "1";</script>{paragraphs()}</body></html>',
        date="2026-03-10T08:00:00",
    ),
    "a publish time beside an update": Shape(
        f"<html>{HEAD}<body><h1>{TITLE}</h1><p>更新时间：2026-04-01 10:00 发布时间：2026-03-10 08:00</p>{paragraphs()}</body></html>",
        date="2026-03-10T08:00:00",
    ),
    "today in the page's head line": Shape(
        f"<html>{HEAD}<body><div class=top>今天是2026年11月24日 星期二</div><h1>{TITLE}</h1><p>来源：本站 2026-03-10</p>{paragraphs()}</body></html>"
    ),
    "JSON-LD with an offset": Shape(
        f'<html><head><meta charset=utf-8><title>{TITLE}</title><script type="application/ld+json">'
        f'{{"@context":"https://schema.org","@type":"NewsArticle","headline":"{TITLE}","datePublished":"2026-03-09T20:00:00-04:00",'
        '"dateModified":"2026-05-01T00:00:00Z","articleSection":"信用卡"}</script></head>'
        f"<body><h1>{TITLE}</h1>{paragraphs()}</body></html>",
        date="2026-03-10T08:00:00",
        category="信用卡",
    ),
    "an app's article, hidden until its script runs": Shape(
        f'<html><head><meta charset=utf-8><title></title><meta property="og:title" content="{TITLE}"></head><body>'
        f'<h1 class="rich_media_title" id="activity-name">{TITLE}</h1><span id="publish_time"></span>'
        f'<div class="rich_media_content" id="js_content" style="visibility: hidden; opacity: 0;">'
        + "".join(f"<section><p><span style='font-size:15px'>{one}</span></p></section>" for one in TEXT)
        + '</div><script>var ct = "1773100800";</script></body></html>',
        date="2026-03-10T08:00:00",
    ),
    "nested tables of an old office site": Shape(
        f"<html><head><meta charset=utf-8><title>{TITLE}</title></head><body><table><tr><td><a href=/1>首页</a></td><td><a href=/2>政策</a></td></tr></table>"
        f"<table width=980><tr><td><table><tr><td align=center><font size=5><b>{TITLE}</b></font></td></tr>"
        f"<tr><td align=center>发布日期：2026-03-10　　来源：办公室　　字体：[大 中 小]</td></tr><tr><td>"
        + "".join(f"<p><font face=宋体>　　{one}</font></p>" for one in TEXT)
        + "</td></tr><tr><td>【打印本页】【关闭窗口】</td></tr></table></td></tr></table></body></html>",
        out=("打印本页", "字体"),
    ),
    "questions and answers in a definition list": Shape(
        f"<html>{HEAD}<body><h1>{TITLE}</h1><p>2026-03-10</p><dl>"
        + "".join(f"<dt>第{number}问</dt><dd>{one}</dd>" for number, one in enumerate(TEXT, 1))
        + "</dl></body></html>",
        body="\n".join(f"第{number}问\n{one}" for number, one in enumerate(TEXT, 1)),
    ),
    "a portal with its tools inside the article": Shape(
        f'<html>{HEAD}<body><div class="path"><a href=/>首页</a> &gt; <a href=/k>信用卡</a> &gt; 正文</div><div class="main-content">'
        f'<h1 class="main-title">{TITLE}</h1><div class="date-source"><span class="date">2026年03月10日 08:00</span>'
        '<span class="source">安心理财</span><span>作者：编辑部</span></div><div class="article">'
        f'<p>{TEXT[0]}</p><div class="app-tip">打开APP，阅读全文</div><p>{TEXT[1]}</p>'
        f'<div class="related-in"><p>相关阅读：</p><ul>{LINKS}</ul></div>'
        + "".join(f"<p>{one}</p>" for one in TEXT[2:])
        + '<p class="article-editor">责任编辑：某某</p><div class="qr">扫码关注我们，获取更多内容</div></div></div></body></html>',
        date="2026-03-10T08:00:00",
        category="信用卡",
        out=("打开APP", "相关阅读", "宣传", "责任编辑", "扫码"),
    ),
    "a forum's first post": Shape(
        f"<html><head><meta charset=utf-8><title>{TITLE} - 理财讨论 - 安心论坛 - Powered by Board</title></head><body>"
        f'<div id="pt"><a href=/>论坛</a> <em>›</em> <a href=/l>理财讨论</a></div><span id="thread_subject">{TITLE}</span>'
        '<div class="authi">发表于 2026-3-10 08:00:00</div>'
        f'<table><tr><td class="t_f">{"<br />".join(TEXT)}</td></tr></table>'
        + "".join(
            f'<div class="reply"><p>第{n}楼：学习了，感谢楼主分享，我也打电话问问银行。</p></div>' for n in range(6)
        )
        + "</body></html>",
        date="2026-03-10T08:00:00",
        out=("楼主",),
    ),
    "a blog with widgets": Shape(
        f"<html><head><meta charset=utf-8><title>{TITLE} – 安心博客</title></head><body><header><h1 class=site-title>安心博客</h1></header>"
        f'<article><header><h2 class="entry-title"><a href="/p/1">{TITLE}</a></h2>'
        '<time class="updated" datetime="2026-05-01T00:00:00+08:00">2026-05-01</time>'
        '<time class="entry-date published" datetime="2026-03-10T08:00:00+08:00">2026-03-10</time></header>'
        f'<div class="entry-content">{paragraphs()}</div><footer class="entry-meta">标签：信用卡</footer></article>'
        f'<aside class="widget"><h3>近期文章</h3><ul>{LINKS}</ul></aside></body></html>',
        date="2026-03-10T08:00:00",
        out=("近期文章", "标签"),
    ),
    "a page of nothing but inline elements": Shape(
        f"<html>{HEAD}<body><span>{TITLE}</span><br><span>2026-03-10</span><br>"
        + "<br>".join(f"<span>{one}</span>" for one in TEXT)
        + "</body></html>"
    ),
}


@pytest.mark.parametrize("name", SHAPES)
def test_an_article_is_read_whatever_shape_its_page_has(name: str) -> None:
    check(SHAPES[name])
