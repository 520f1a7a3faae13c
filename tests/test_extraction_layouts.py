"""Layouts of large sites: pages that scroll on, microdata, custom elements, newspapers, notices and short news."""

from __future__ import annotations

import pytest

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


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_article_is_read_and_nothing_around_it(name: str) -> None:
    check(LAYOUTS[name])
