"""Layouts of large sites: pages that scroll on, microdata, custom elements, newspapers, notices and short news."""

from __future__ import annotations

from dataclasses import replace

import pytest

from searchsvc.ingest.extract import extract_page
from support_shapes import BODY, HEAD, LINKS, TEXT, TITLE, Shape, check, paragraphs

MENU = f"<div class=menu><ul>{LINKS}</ul></div>"
DAY = "<div>2026-03-10</div>"
BARE = "<head><meta charset=utf-8><title>{}</title></head>"
OTHER = tuple(
    f"法院审理查明，款项到账当日即有{n}千元被转回，真实出借金额应当以实际交付的数额为准，其余部分不计利息。"
    for n in range(2, 9)
)
NEXT = "".join(f"<p>{one}</p>" for one in OTHER)
CURRENT = f"<h1>{TITLE}</h1><p>2026-03-10 周文</p>{paragraphs()}"
LATER = f"<h1>借条没有写利息怎么办</h1><p>2026-03-08 何静</p>{NEXT}"


def page(content: str, head: str = HEAD) -> str:
    return f"<html>{head}<body>{MENU}{content}<div class=foot>某网 版权所有</div></body></html>"


LAYOUTS = {
    "the next article in full, in an element like the first": Shape(
        page(f"<div><article>{CURRENT}</article><article>{LATER}</article></div>"), out=OTHER
    ),
    "the next article in full, in a div like the first": Shape(
        page(f"<div><div class=one><div>{CURRENT}</div></div><div class=one><div>{LATER}</div></div></div>"), out=OTHER
    ),
    "sections of one article with headings of the headline's rank": Shape(
        page(
            f"<div><section><h1>{TITLE}</h1>{DAY}<p>{TEXT[0]}</p><p>{TEXT[1]}</p></section>"
            + "".join(f"<section><h1>第{n}步</h1><p>{one}</p></section>" for n, one in enumerate(TEXT[2:], 2))
            + "</div>"
        ),
        body="\n".join((*TEXT[:2], "第2步", TEXT[2], "第3步", TEXT[3], "第4步", TEXT[4])),
    ),
    "dated headings of one article": Shape(
        page(
            f"<div><div class=s><h2>{TITLE}</h2>{DAY}<p>{TEXT[0]}</p><p>{TEXT[1]}</p></div>"
            + "".join(f"<div class=s><h2>3月{n}日</h2><p>{one}</p></div>" for n, one in enumerate(TEXT[2:], 2))
            + "</div>"
        ),
        body="\n".join((*TEXT[:2], "3月2日", TEXT[2], "3月3日", TEXT[3], "3月4日", TEXT[4])),
    ),
    "microdata": Shape(
        page(
            f"<div itemscope><div itemprop=headline>{TITLE}</div><span itemprop=author>吴桐</span>"
            '<span itemprop=datePublished content="2026-03-09T16:30:00Z">三月十日</span>'
            f"<span itemprop=dateModified content=2026-03-15>修订</span><div itemprop=articleBody>{paragraphs()}</div>"
            f"<div itemprop=comment><p>{OTHER[0]}</p><p>{OTHER[1]}</p></div></div>",
            BARE.format("首页 | 某周刊"),
        ),
        date="2026-03-10T00:30:00",
        out=OTHER,
    ),
    "custom elements": Shape(
        page(
            f"<page-head><h1>{TITLE}</h1><time-line>2026-03-10 08:00</time-line></page-head><page-body>"
            + "".join(f"<text-part>{one[:9]}<stock-name>{one[9:14]}</stock-name>{one[14:]}</text-part>" for one in TEXT)
            + "</page-body>"
        ),
        date="2026-03-10T08:00:00",
        out=("08:00",),
    ),
    "a newspaper's page, its day in the head line": Shape(
        f"<html>{BARE.format(f'某日报数字报-{TITLE}')}<body><div>2026年03月10日 星期二 <a href=/>返回首页</a></div>"
        f"<div><h3>第A05版：财经</h3><ul>{LINKS}</ul></div><div><p>深度观察</p><h2>{TITLE}</h2>"
        f"<div>本报记者 高雨 通讯员 徐曼</div><div>{paragraphs()}</div></div></body></html>",
        out=("通讯员",),
    ),
    "a notice signed in Chinese numerals": Shape(
        page(f"<h1>{TITLE}</h1><div>{paragraphs()}<p>某某金融监管局办公室</p><p>二〇二六年三月十日</p></div>"),
        body=f"{BODY}\n某某金融监管局办公室\n二〇二六年三月十日",
    ),
    "short news in brackets": Shape(
        page(f"<div><div>【{TITLE}】</div><div>2026-03-10 09:20:31</div>{paragraphs()}</div>", BARE.format("快讯")),
        date="2026-03-10T09:20:31",
    ),
    "other questions with answers below": Shape(
        page(
            f"<h1>{TITLE}</h1>{DAY}<div>{paragraphs()}</div><div><h2>相关咨询</h2>"
            + "".join(f"<div><a href=/q>借款逾期会被起诉吗</a><p>{one}</p></div>" for one in OTHER)
            + "</div>"
        ),
        out=OTHER,
    ),
    "an application and a warning among the text": Shape(
        page(
            f"<h1>{TITLE}</h1>{DAY}<div><p>{TEXT[0]}</p><p>下载某财社APP，查看更多资讯</p>"
            + "".join(f"<p>{one}</p>" for one in TEXT[1:])
            + "<p>（本文不构成投资建议，据此操作风险自担）</p></div>"
        ),
        out=("APP", "不构成"),
    ),
}


def dated(facts: str, head: str = "") -> Shape:
    return Shape(
        page(f"<h1>{TITLE}</h1>{facts}<div>{paragraphs()}</div>", HEAD.replace("</head>", f"{head}</head>")),
        date="2026-03-10T20:00:00",
    )


def at(address: str) -> Shape:
    return replace(dated("", f"<link rel=canonical href='https://a.example{address}'>"), date="2026-03-10")


DATES = {
    "seconds in an attribute": dated("<div class=time data-time=1773144000>3小时前</div>"),
    "a day in a tooltip": dated("<span class=time title='2026-03-10 20:00:00'>昨天</span>"),
    "a hidden field": dated("<input type=hidden id=pubtime value='2026-03-10 20:00:00'>"),
    "a meta with a prefix of its own": dated("", "<meta name=og:publish_time content='2026-03-10 20:00'>"),
    "a meta of another spelling": dated("", "<meta name=article_date content='2026-03-10 20:00'>"),
    "milliseconds in JSON": dated(
        '刚刚<script type=application/json>{"pubTimeLong":1773144000000,"pubTime":"3小时前"}</script>'
    ),
    "a day of registration before the publication": dated(
        "<div>周文 注册于 2019-05-01 · 发表于 2026-03-10 20:00</div>"
    ),
    "an English sentence": replace(dated("<div>Published by admin on March 10, 2026</div>"), date="2026-03-10"),
    "year, day and time one under the other": dated("<div><div>2026</div><div>03/10</div><div>20:00:00</div></div>"),
    "a day above its month": replace(dated("<div><div>10</div><div>2026-03</div></div>"), date="2026-03-10"),
    "a letter before the day in an address": at("/xw/202603/t20260310_12345.html"),
    "an id in the address that begins with the day": at("/a/202603103340571234.html"),
}
HEADLINES = {
    "a dash, the site and its version": page(f"{DAY}<div>{paragraphs()}</div>", BARE.format(f"{TITLE}-某某网-手机版")),
    "a badge in the h1": page(f"<h1><span>原创</span>{TITLE}</h1>{DAY}<div>{paragraphs()}</div>"),
    "a break in the h1": page(f"<h1>{TITLE[:6]}<br>{TITLE[6:]}</h1>{DAY}<div>{paragraphs()}</div>"),
}


@pytest.mark.parametrize("name", DATES)
def test_the_date_is_found_in_what_an_element_or_a_script_says(name: str) -> None:
    check(DATES[name])


@pytest.mark.parametrize("name", HEADLINES)
def test_the_headline_is_read_without_what_is_beside_it(name: str) -> None:
    check(Shape(HEADLINES[name]))


#: What sites add inside the container of the text, each below it alone and all one under the other.
TAILS = (
    "Notice: The content above (including the pictures) is uploaded and posted by a user of the platform.",
    "此内容为某某财经原创，未经某某财经书面授权，不得以任何方式加以使用，包括转载、摘编、复制。",
    "下载“某某时报”官方APP，或关注官方微信公众号，即可随时了解股市动态，把握财富机会。",
    "本报及其客户端所刊载内容的知识产权均属某某报社所有。详情请点击此处。",
    "风险提示：本文所提到的观点仅代表个人的意见，所涉及标的不作推荐，据此买卖，风险自负。",
    "来源：某某App，作者：周文，（https://example.com/1）",
    "如有侵权，请联系删除。",
    "图片来源于网络，版权归原作者所有",
    "更多热点速报、权威资讯尽在某某日报App",
    "微信扫一扫关注该公众号",
    "写评论已有条评论跟帖用户自律公约",
    "赞同 12 收藏 分享",
    "值班主任：何静",
    "（完）",
)
#: Last sentences of articles, which begin as such lines do.
LAST = (
    "打开手机银行APP，点击“我的”，进入贷款页面即可查看额度。",
    "扫描账单上的二维码即可完成还款。",
    "未经本人同意使用他人肖像的，应当承担侵权责任。",
    "职务作品的著作权归单位享有。",
    "投稿人认为，这一做法值得推广。",
    "关注账户安全（尤其是夜间交易）十分重要。",
    "分享经济的边界在哪里，值得思考。",
    "未经许可，任何单位和个人不得从事放贷业务。",
    "打开APP后发现，额度已经被冻结。",
    "上一条新闻刚刚发布，市场就有了反应。",
    "本文为您整理了五个常见问题。",
)


def ending(*lines: str) -> str:
    return page(f"<h1>{TITLE}</h1>{DAY}<div>{paragraphs()}{''.join(f'<p>{one}</p>' for one in lines)}</div>")


@pytest.mark.parametrize(
    "lines", [*((one,) for one in TAILS), TAILS], ids=lambda lines: f"{len(lines)} {lines[0][:12]}"
)
def test_what_sites_add_below_a_text_is_left_out(lines: tuple[str, ...]) -> None:
    check(Shape(ending(*lines), out=lines))


@pytest.mark.parametrize("line", LAST)
def test_the_last_sentence_of_an_article_stays(line: str) -> None:
    check(Shape(ending(line), body=f"{BODY}\n{line}"))
    assert line in extract_page(ending(line).encode(), path="p/1.html").body


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_article_is_read_and_nothing_around_it(name: str) -> None:
    check(LAYOUTS[name])
