"""Pages as portals, offices, banks, forums and legal sites build them: what surrounds a text, and where its date hides.

Structures are generic; every text is written for this test.
"""

from __future__ import annotations

import pytest

from support_shapes import BODY, HEAD, LINKS, TEXT, TITLE, Shape, check, paragraphs

OTHERS = (
    "市场人士普遍认为，这一变化对普通家庭的影响有限，但对部分行业来说却是一个重要信号，值得持续观察和跟踪。",
    "多家航空公司宣布恢复相关航线，预计春节期间出境游人数将明显增加，旅行社的咨询量也比上个月翻了一番。",
    "研究团队历时五年，采集了近万份样本，最终确认了这一基因与抗旱能力之间的关系，论文已经发表。",
    "该负责人说，下一步将加快推进老旧小区改造，重点解决加装电梯、停车难等群众反映强烈的问题。",
)
SHORT = "今日一年期贷款市场报价利率为百分之三点一，五年期以上为百分之三点六，均与上月持平。"
FOOT = (
    "<div class=ft><p><a href=/a>关于我们</a> | <a href=/b>联系我们</a></p><p>本网站所刊载信息，不代表本站观点，刊用本网站稿件，务经书面授权。"
    "未经授权禁止转载、摘编、复制及建立镜像，违者将依法追究法律责任。</p><p>Copyright © 2026 安心理财网 版权所有 京ICP证000001号</p></div>"
)
META = "<div>2026-03-10 08:00:00</div>"


def items(markup: str, count: int = 12) -> str:
    return "".join(markup.format(n=n, text=OTHERS[n % 4]) for n in range(count))


def page(body: str, head: str = HEAD) -> str:
    return f"<html>{head}<body>{body}{FOOT}</body></html>"


def titled(rest: str, head: str = HEAD) -> str:
    return page(f"<h1>{TITLE}</h1>{META}{rest}", head)


AT_EIGHT = "2026-03-10T08:00:00"
VERSE = ("秋风吹过旧墙头", "一树红果压枝低", "那年外婆还在", "站在门前唤我名", "如今院子已空", "只有叶子还在落")
RATES = ("项目", "年利率", "活期存款", "0.05", "三个月", "0.65", "一年", "0.95")

BODIES = {
    "the element of a rich text editor": Shape(titled(f'<div class="TRS_Editor">{paragraphs()}</div>'), date=AT_EIGHT),
    "a short text beside a feed without names": Shape(
        page(
            f"<div class=a><div><h1>{TITLE}</h1>{META}</div><div class=c><p>{SHORT}</p></div></div>"
            + f"<div class=b><div class=h>最新快讯</div>{items('<div class=i><div>1{n}:05</div><div>{text}</div></div>', 10)}</div>"
        ),
        date=AT_EIGHT,
        body=SHORT,
    ),
    "a short text beside telegrams of one line": Shape(
        titled(
            f"<div class=c>{SHORT}</div><div class=l>{items('<div class=li>10:2{n}:11【快讯】{text}</div>', 9)}</div>"
        ),
        date=AT_EIGHT,
        body=SHORT,
    ),
    "teasers with abstracts longer than the text": Shape(
        titled(
            f"<div class=c><p>{SHORT}</p></div><div class=d>{items('<dl><dt><a href=/{n}>第{n}个问题的答案</a></dt><dd>{text}</dd></dl>')}</div>"
        ),
        date=AT_EIGHT,
        body=SHORT,
    ),
    "recommended texts longer than the text, under a label": Shape(
        titled(
            f"<div class=c>{paragraphs()}</div><section><h3>推荐阅读</h3><ul>{items('<li><div>某个标题{n}</div><p>{text}{text}</p></li>')}</ul></section>"
        ),
        date=AT_EIGHT,
        out=("某个标题",),
    ),
    "the first post of a thread, with its author beside it": Shape(
        page(
            f"<h1>{TITLE}</h1>"
            + "".join(
                f'<div id="post_{n}"><table><tr><td class=u><a href=/u>用户{n}</a><p>初级会员</p></td><td><div>发表于 2026-3-{10 + n} 08:00:00 | <a href=/o>只看该作者</a></div>'
                f"<table><tr><td class=t>{text}</td></tr></table></td></tr></table></div>"
                for n, text in enumerate(("<br>".join(TEXT), *OTHERS, OTHERS[0]))
            )
        ),
        date=AT_EIGHT,
        out=("用户2", "航空公司"),
    ),
    "comments named by an abbreviation": Shape(
        titled(f"<div class=c>{paragraphs()}</div><div class=cmts>{items('<div>网友{n}：{text}</div>')}</div>"),
        date=AT_EIGHT,
        out=("网友1",),
    ),
    "keywords out of the window and in boxes of no height": Shape(
        page(
            f'<div style="position:absolute;left:-9999px">{"，".join(f"信用卡{n}" for n in range(900))}</div><h1>{TITLE}</h1>{META}{paragraphs()}'
            f'<div style="height:0;overflow:hidden">{items("<p>{text}</p>")}</div><div>{"，".join(f"贷款{n}" for n in range(900))}</div>'
        ),
        date=AT_EIGHT,
        out=("信用卡7", "贷款7"),
    ),
    "a wrapper with the name of a tool": Shape(
        page(
            f'<div id="print"><div class="tool-wrap"><h1>{TITLE}</h1>{META}{paragraphs()}</div></div><ul>{LINKS}</ul>'
        ),
        date=AT_EIGHT,
    ),
    "a name that happens to be that of advertisements, beside teasers": Shape(
        page(
            f'<div class="gg_62"><h1>{TITLE}</h1>{META}<div class=right>{paragraphs()}</div></div>'
            + items("<dl><dt><a href=/{n}>第{n}个问题的答案</a></dt><dd>{text}</dd></dl>")
        ),
        date=AT_EIGHT,
        out=("航空公司",),
    ),
    "a notice between legal notices": Shape(
        titled(
            f"<div class=c><p>{SHORT}</p></div><div class=s><p>声明：本站力求信息真实、准确，文章提及内容仅供参考，不构成实质性投资建议，据此操作风险自担。</p>"
            "<p>平台声明：该文观点仅代表作者本人，本平台系信息发布平台，仅提供信息存储空间服务。</p></div>"
        ),
        date=AT_EIGHT,
        body=SHORT,
    ),
    "lines of the trade at both ends": Shape(
        titled(
            f"<div class=c><p>本站记者 | 王某</p><p>本站编辑 | 李某</p>{paragraphs()}<p>【纠错】【责任编辑:王某】</p><p>编辑|赵某 校对|钱某</p>"
            "<p>更多精彩内容，请点击下方链接</p><p>返回首页，查看更多</p><p>一对一咨询 徐某律师</p></div>"
        ),
        date=AT_EIGHT,
        out=("王某", "赵某", "查看更多", "咨询"),
    ),
    "links under a label of its own wording": Shape(
        titled(
            f"<div class=c>{paragraphs()}<h4>小编最近写了</h4><div>{items('<p><a href=/{n}>第{n}篇旧文</a></p>', 6)}</div></div>"
        ),
        date=AT_EIGHT,
        out=("小编", "旧文"),
    ),
    "dated sections of the text itself": Shape(
        titled(
            f"<div class=c><p>{TEXT[0]}</p>"
            + "".join(f"<div class=day><h3>3月{n}日</h3><p>{one}</p></div>" for n, one in enumerate(TEXT[1:], 1))
            + "</div>"
        ),
        date=AT_EIGHT,
        body=TEXT[0] + "".join(f"\n3月{n}日\n{one}" for n, one in enumerate(TEXT[1:], 1)),
    ),
    "moments of the day between paragraphs": Shape(
        titled(
            f"<div class=c><p>{TEXT[0]}</p><p>{TEXT[1]}</p>"
            + "".join(f"<div class=m>1{n}:30 {one}</div>" for n, one in enumerate(OTHERS))
            + "</div>"
        ),
        date=AT_EIGHT,
        body=f"{TEXT[0]}\n{TEXT[1]}" + "".join(f"\n1{n}:30 {one}" for n, one in enumerate(OTHERS)),
    ),
    "comments in a part of their own, below a list": Shape(
        page(
            f"<div class=s><div class=s1><h1>{TITLE}</h1>{META}<div class=c>{paragraphs()}</div></div></div><div class=s><h2>大家都在看</h2>{items('<h3><a href=/{n}>第{n}篇</a></h3>')}</div>"
            f"<div class=x><div>{items('<p>{text}</p>', 20)}</div></div>"
        ),
        date=AT_EIGHT,
        out=("航空公司",),
    ),
    "a line of facts that is no known form": Shape(
        page(f"<div><h1>{TITLE}</h1><div>安心日报 2026年3月10日08:00字号：大 中 小</div>{paragraphs()}</div>"),
        date=AT_EIGHT,
        out=("字号",),
    ),
    "one sentence among the links of a portal": Shape(
        page(f"<ul>{LINKS}{LINKS}</ul><h1>{TITLE}</h1>{META}<div class=c><p>{SHORT}</p></div><ul>{LINKS}</ul>"),
        date=AT_EIGHT,
        body=SHORT,
    ),
    "verse before the footer of a site": Shape(
        titled(f"<div class=c>{'<br>'.join(VERSE)}</div>"), date=AT_EIGHT, body="\n".join(VERSE)
    ),
    "verse hidden until a script runs": Shape(
        f'<html>{HEAD}<body><h1>{TITLE}</h1>{META}<div style="visibility: hidden;opacity:0">{"".join(f"<p>{one}</p>" for one in VERSE)}</div></body></html>',
        date=AT_EIGHT,
        body="\n".join(VERSE),
    ),
    "an official notice, signed and dated": Shape(
        titled(
            f"<div class=c><p>各有关单位：</p>{paragraphs()}<p>特此通知。</p><p>某某市人民政府办公室</p><p>2026年3月8日</p></div>"
        ),
        date=AT_EIGHT,
        body=f"各有关单位：\n{BODY}\n特此通知。\n某某市人民政府办公室\n2026年3月8日",
    ),
    "a table of rates in a bank's notice": Shape(
        titled(
            "<div class=c><p>尊敬的客户：</p><table>"
            + "".join(f"<tr><td>{RATES[n]}</td><td>{RATES[n + 1]}</td></tr>" for n in range(0, len(RATES), 2))
            + "</table></div>"
        ),
        date=AT_EIGHT,
        body="\n".join(("尊敬的客户：", *RATES)),
    ),
    "an interview": Shape(
        titled(
            "<div class=c>"
            + "".join(f"<p><b>记者：第{n}个问题是什么？</b></p><p>教授：{one}</p>" for n, one in enumerate(TEXT))
            + "</div>"
        ),
        date=AT_EIGHT,
        body="\n".join(f"记者：第{n}个问题是什么？\n教授：{one}" for n, one in enumerate(TEXT)),
    ),
    "a hundred and thirty paragraphs": Shape(
        titled("<div class=c>" + "".join(f"<p>第{n}段。{TEXT[n % 5]}</p>" for n in range(130)) + "</div>"),
        date=AT_EIGHT,
        body="\n".join(f"第{n}段。{TEXT[n % 5]}" for n in range(130)),
    ),
    "text after the end of the document": Shape(
        f"<html>{HEAD}<body><ul><li><a href=/>首页</a></li></ul></html><div class=c><h1>{TITLE}</h1>{META}<div>{paragraphs()}</div></div></body></html>",
        date=AT_EIGHT,
    ),
    "English": Shape(
        "<html><head><title>Stone bridge reopens after repair | Town News</title></head><body><h1>Stone bridge reopens after repair</h1>"
        "<div>By Li Na, March 10, 2026</div><div><p>The bridge, first built in the Ming dynasty, reopened to walkers this week.</p>"
        "<p>Engineers replaced forty blocks of granite and laid a new drain under the deck.</p></div></body></html>",
        title="Stone bridge reopens after repair",
        body="The bridge, first built in the Ming dynasty, reopened to walkers this week.\n"
        "Engineers replaced forty blocks of granite and laid a new drain under the deck.",
    ),
}

TITLES = {
    "a generic title element and a small heading above the date": Shape(
        page(
            f"<div class=title_la><h3>首页 - 新闻动态</h3></div><h5>{TITLE}</h5><div>发布时间：2026-03-10</div><div>{paragraphs()}</div>"
            f"<div class=title_la><h3>通知公告</h3></div><ul>{LINKS}</ul>",
            "<head><title>新闻动态--安心学会官网</title></head>",
        )
    ),
    "only the site's name in the title element": Shape(
        page(
            f"<div class=headline><a href=/x>另一篇文章的标题</a></div><div class=xx>{TITLE}</div><div>2026-03-10　安心日报</div>{paragraphs()}",
            "<head><title>安心头条网</title></head>",
        )
    ),
    "a hidden h1 of the bank": Shape(
        page(
            f'<h1 style="display:none">安心银行</h1><div class=newsTitle>{TITLE}</div><div>发布日期：2026-03-10</div>{paragraphs()}',
            "<head><title>新闻详情</title></head>",
        )
    ),
    "date and source inside the h1": Shape(
        page(f"<h1>{TITLE} <span>2026-03-10 08:00:00 来源：安心日报 评论：0</span></h1><div>{paragraphs()}</div>"),
        date=AT_EIGHT,
    ),
    "a reporter in the headline above the date": Shape(
        page(
            f"<div class=xx>记者走访：{TITLE}</div><p>2026/03/10 作者：李四</p><div>{paragraphs('div')}</div>",
            "<head><title>新闻详情</title></head>",
        ),
        title=f"记者走访：{TITLE}",
    ),
    "a forum's label before the subject": Shape(
        page(f"<h1>[求助] <span>{TITLE}</span></h1><div>发表于 2026-3-10</div><div>{paragraphs()}</div>")
    ),
}

HEADED = f"<h1>{TITLE}</h1>"


def dated(markup: str, head: str = HEAD) -> str:
    return f"<html>{head}<body>{HEADED}{markup}<div>{paragraphs()}</div></body></html>"


def script(code: str) -> str:
    return dated(f"<script>{code}</script>")


DATES = {
    "a date that touches its time": Shape(dated("<div><span>2026-03-10</span><span>08:00</span></div>"), date=AT_EIGHT),
    "a short date that touches its time": Shape(
        dated("<div>发布时间：<span>26-03-10</span><span>08:00</span></div>"), date=AT_EIGHT
    ),
    "a number that touches a date": Shape(dated("<div><i>4</i><i>2026-03-10 08:00:00</i></div>"), date=AT_EIGHT),
    "a date that is a link": Shape(dated("<div><a href=/d>2026年03月10日 08:00:00</a></div>"), date=AT_EIGHT),
    "a day, a dash and a time": Shape(
        dated("", f'<head><title>{TITLE}</title><meta name="firstpublishedtime" content="2026-03-10-08:00:00"></head>'),
        date=AT_EIGHT,
    ),
    "an American date in a meta": Shape(
        dated("", f'<head><title>{TITLE}</title><meta name="apub:time" content="3/10/2026, 9:15:30 AM"></head>')
    ),
    "a period of hours is no offset": Shape(dated("<div>时间：2026年3月10日 08:00-17:00</div>"), date=AT_EIGHT),
    "a lead between headline and date": Shape(
        dated(f"<p>{OTHERS[0]}</p><div>张三 · 2026/03/10 08:00来源：本站</div>"),
        date=AT_EIGHT,
        body=f"{OTHERS[0]}\n{BODY}",
    ),
    "a change before the publication": Shape(
        dated("<div>已于 2026-04-02 09:00:00 修改</div><div>于 2026-03-10 08:00:00 首次发布</div>"), date=AT_EIGHT
    ),
    "a recommended text's date before it": Shape(
        dated("<div>最新推荐文章于 2026-04-02 09:00:00 发布于 2026-03-10 08:00:00</div>"), date=AT_EIGHT
    ),
    "a publication that touches the last change": Shape(dated("<div>发布时间：2026-03-10更新时间：2026-09-01</div>")),
    "the last change only": Shape(dated("<div>更新时间：2026-03-10 08:00</div>"), date=AT_EIGHT),
    "a long line of facts": Shape(
        dated("<div>字号 大 中 小　文章来源：某某司　2026-03-10 08:00:00 打印本页 关闭窗口，阅读</div>"), date=AT_EIGHT
    ),
    "below the text": Shape(
        f"<html>{HEAD}<body>{HEADED}<div>{paragraphs()}</div><div>posted @ 2026-03-10 08:00 <a href=/a>半亩</a> 阅读(12)</div></body></html>",
        date=AT_EIGHT,
    ),
    "JSON-LD of a search engine": Shape(
        dated(
            "",
            f'<head><title>{TITLE}</title><script type="application/ld+json">{{"title":"{TITLE}","pubDate":"2026-03-10T08:00:00","upDate":"2026-04-01T08:00:00"}}</script></head>',
        ),
        date=AT_EIGHT,
    ),
    "milliseconds in the state of the page": Shape(script('window.s={"publishTime":1773100800000}'), date=AT_EIGHT),
    "seconds under a name of its own": Shape(
        script('window.s={"id":1,"ctime":1773100800,"updated":1790000000}'), date=AT_EIGHT
    ),
    "a time stamp of the publication": Shape(script("var pubtime_timestamp = 1773100800;"), date=AT_EIGHT),
    "the news's time beside others": Shape(script('var d={"newsTime":"2026-03-10 08:00:00"}'), date=AT_EIGHT),
    "an abbreviated English month": Shape(dated("<div>Mar 10, 2026 · 900 字</div>")),
}


@pytest.mark.parametrize("name", BODIES)
def test_the_text_is_read_and_nothing_beside_it(name: str) -> None:
    check(BODIES[name])


@pytest.mark.parametrize("name", TITLES)
def test_the_headline_is_found_where_no_h1_says_it(name: str) -> None:
    check(TITLES[name])


@pytest.mark.parametrize("name", DATES)
def test_the_date_is_found_where_it_hides(name: str) -> None:
    check(DATES[name])
