"""Headline, date and category of pages in shapes other sites use."""

from __future__ import annotations

import json

import pytest

from searchsvc.ingest.dates import date_in_url, from_epoch, parse_date, parse_short_date, parse_stamp
from searchsvc.ingest.extract import Extraction, extract_page

ZONE = "Asia/Shanghai"
PROSE = "征信报告里的每一条记录都有来处，先核对再申诉，不要急着找人代办。"
BODY = f"<div><p>{PROSE}</p><p>{PROSE}</p></div>"
TITLE = "借呗额度突然降低怎么办"


def read(page: str, path: str = "a.html") -> Extraction:
    return extract_page(page.encode(), path=path)


def article(head: str = "", around: str = "", after: str = "") -> Extraction:
    return read(f"<html><head>{head}</head><body><h1>{TITLE}</h1>{around}{BODY}{after}</body></html>")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-03-10 19:53:47", "2026-03-10T19:53:47"),
        ("2026-03-10 19:53", "2026-03-10T19:53:00"),
        ("2026-03-10T19:53:47+08:00", "2026-03-10T19:53:47"),
        ("2026-03-10T11:53:47Z", "2026-03-10T19:53:47"),
        ("2026-03-10T20:00:00.123-0500", "2026-03-11T09:00:00"),
        ("2026年3月10日 19:53", "2026-03-10T19:53:00"),
        ("2026年3月10日19时53分", "2026-03-10T19:53:00"),
        ("2026年03月10日 星期二 08:05", "2026-03-10T08:05:00"),
        ("2026/3/10", "2026-03-10"),
        ("2026.03.10", "2026-03-10"),
        ("发布时间：2026-3-1　来源：本站", "2026-03-01"),
        ("2026-02-30", None),
        ("1012026-03-10", None),
        ("版本 1.2026.03.10", None),
        ("没有日期", None),
    ],
)
def test_written_dates_are_read_in_the_time_zone_of_the_site(written: str, expected: str | None) -> None:
    assert parse_date(written, ZONE) == expected


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        ("1773143627", "2026-03-10T19:53:47"),
        ("1773143627000", "2026-03-10T19:53:47"),
        ("20260310", "2026-03-10"),
        ("20260310195347", "2026-03-10T19:53:47"),
        ("9999999999999999", None),
        ("0000000001", None),
    ],
)
def test_machine_stamps_are_read(stamp: str, expected: str | None) -> None:
    assert parse_stamp(stamp, ZONE) == expected


def test_instants_follow_the_zone_asked_for() -> None:
    assert from_epoch(1773143627, "UTC") == "2026-03-10T11:53:47"


def test_short_years_and_urls_give_days() -> None:
    assert parse_short_date("26-03-10 12:00", ZONE) == "2026-03-10T12:00:00"
    assert date_in_url("https://example.com/2026/03/10/a.html") == "2026-03-10"
    assert date_in_url("https://example.com/a/20260310/a.html") == "2026-03-10"
    assert date_in_url("https://example.com/a/20261340.html") is None


def ld(value: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(value, ensure_ascii=False)}</script>'


@pytest.mark.parametrize(
    "head",
    [
        ld({"@type": "NewsArticle", "datePublished": "2026-03-10T11:53:47Z", "dateModified": "2026-05-01"}),
        ld({"@graph": [{"@type": "WebSite"}, {"@type": "Article", "datePublished": "2026-03-10T19:53:47+08:00"}]}),
        ld([{"@type": "Article", "datePublished": "2026-03-10 19:53:47"}]),
        '<script type="application/ld+json">{"headline":"他说"花呗"","datePublished":"2026-03-10T19:53:47",}</script>',
        '<meta property="article:published_time" content="2026-03-10T19:53:47+08:00">'
        '<meta property="article:modified_time" content="2026-05-01T00:00:00+08:00">',
        '<meta name="PubDate" content="2026-03-10 19:53:47">',
        '<meta name="publishdate" content="2026-03-10 19:53:47">',
        '<script>var ct = "1773143627";</script>',
        '<script>window.page = {"publish_time": 1773143627, "id": 3}</script>',
    ],
)
def test_dates_for_machines_are_the_publish_time(head: str) -> None:
    assert article(head).date == "2026-03-10T19:53:47"


@pytest.mark.parametrize(
    ("around", "expected"),
    [
        ("<div>更新时间：2026-05-01 10:00:00 发布时间：2026-03-10 19:53:47</div>", "2026-03-10T19:53:47"),
        ("<div>2026年3月10日 来源：<a href='/'>本站</a></div>", "2026-03-10"),
        ('<p><time datetime="2026-03-10T19:53:47+08:00">3月10日</time></p>', "2026-03-10T19:53:47"),
        ("<div>2026-03-10 19:53:47 来源: <a>新华社</a> <a>举报</a></div>", "2026-03-10T19:53:47"),
        ("<div>2026年03月10日08:15 | 来源：<a>人民日报</a></div>", "2026-03-10T08:15:00"),
        (
            '<p><time class="updated" datetime="2026-05-01">更新于5月1日</time> '
            '<time class="published" datetime="2026-03-10">3月10日</time></p>',
            "2026-03-10",
        ),
        ("<p>26-03-10 12:00</p>", "2026-03-10T12:00:00"),
        ("<p>作者：小安</p>", None),
    ],
)
def test_dates_shown_under_the_headline_are_found(around: str, expected: str | None) -> None:
    assert article(around=around).date == expected


@pytest.mark.parametrize(
    "after",
    [
        '<ul class="related"><li><a href="#">别的文章标题</a> <span class="date">2020-01-01</span></li></ul>',
        '<div>相关文章</div><ul><li><a href="#">别的文章标题</a> 2020-01-01</li></ul>',
        '<ul><li><a href="#">别的文章标题</a> 2020-01-01</li><li><a href="#">别的标题</a> 2020-01-02</li></ul>',
        "<p>新规自2020年1月1日起施行，届时以合同的约定为准，请留意通知。</p>",
    ],
)
def test_dates_of_other_articles_and_of_the_subject_are_not_the_articles(after: str) -> None:
    assert article(after=after).date is None


def test_a_shown_day_without_its_year_gets_it_from_a_script() -> None:
    page = article(around="<p>03-10 19:53</p>", head='<script>var create_time="2026-03-10 19:53:47"</script>')
    assert page.date == "2026-03-10T19:53:47"


def test_the_url_gives_the_day_when_nothing_else_does() -> None:
    assert article('<link rel="canonical" href="https://example.com/2026/03/10/a.html">').date == "2026-03-10"


@pytest.mark.parametrize(
    "title",
    [
        f"{TITLE}_网贷平台_安心网",
        f"{TITLE} - 安心网",
        f"{TITLE}-安心网",
        f"安心网 | {TITLE}",
        f"安心网–{TITLE}",
        f"{TITLE}--安心网手机版",
    ],
)
@pytest.mark.parametrize("headline", [f"<h1>{TITLE}</h1>", f"<div><font size=5><b>{TITLE}</b></font></div>"])
def test_the_sites_name_is_cut_off_whichever_side_it_is_on(title: str, headline: str) -> None:
    assert read(f"<title>{title}</title><body>{headline}{BODY}").title == TITLE


@pytest.mark.parametrize("separator", ["_", " - ", "|", "--", " – "])
def test_a_title_element_alone_gives_the_headline(separator: str) -> None:
    assert read(f"<title>{TITLE}{separator}安心网</title><body>{BODY}").title == TITLE


def test_a_headline_may_hold_a_hyphen() -> None:
    assert (
        read(f"<title>借呗-花呗有什么区别_安心网</title><h1>借呗-花呗有什么区别</h1>{BODY}").title
        == "借呗-花呗有什么区别"
    )


def test_an_h1_that_is_the_sites_name_is_not_the_headline() -> None:
    page = f'<title>{TITLE}_安心网</title><h1>安心网</h1><h2 class="title">{TITLE}</h2>{BODY}'
    assert read(page).title == TITLE


def test_an_og_title_cut_at_a_quote_is_completed() -> None:
    whole = '征信"花了"怎么办'
    assert (
        read(f'<meta property="og:title" content="{whole}"><title>{whole}</title><h1>{whole}</h1>{BODY}').title == whole
    )


def test_a_generic_title_element_is_not_believed() -> None:
    assert read(f"<title>文章详情</title><h1>{TITLE}</h1>{BODY}").title == TITLE


def test_a_related_link_is_not_the_headline() -> None:
    links = '<div class="title"><a href="/b">花呗最低还款额怎么算，只还最低划不划算</a></div>'
    assert read(f"<title>{TITLE}_安心网</title><h1>{TITLE}</h1>{BODY}{links}").title == TITLE


@pytest.mark.parametrize(
    "around",
    [
        "<div>您所在的位置:<a href='/'>首页</a> &gt; <a href='/c'>网贷平台</a></div>",
        f"<div>当前位置：首页 &gt;&gt; 网贷平台 &gt;&gt; 正文</div><i>{TITLE}</i>",
        f'<ul class="breadcrumb"><li><a>首页</a></li><li><a>网贷平台</a></li><li>{TITLE}</li></ul>',
        '<nav aria-label="breadcrumb"><ol><li>首页</li><li>网贷平台</li><li>正文</li></ol></nav>',
        "<div><a href='/'>首页</a> / <a href='/c'>网贷平台</a></div>",
        "<div><a href='/'>安心网</a>&gt;&gt;<a href='/c'>网贷平台</a></div>",
        '<div><span>2026-03-10</span> <span class="cat-links"><a href="/c">网贷平台</a></span></div>',
    ],
)
def test_categories_come_from_where_the_reader_is_told_to_be(around: str) -> None:
    page = read(f"<body>{around}<h1>{TITLE}</h1>{around if 'span' in around else ''}{BODY}")
    assert page.category == "网贷平台"


@pytest.mark.parametrize(
    "head",
    [
        '<meta name="ColumnName" content="网贷平台">',
        '<meta property="article:section" content="网贷平台">',
        ld({"@type": "Article", "articleSection": ["网贷平台", "借呗"]}),
        ld({"@type": "BreadcrumbList", "itemListElement": [{"name": "首页"}, {"item": {"name": "网贷平台"}}]}),
    ],
)
def test_categories_for_machines_are_read(head: str) -> None:
    assert article(head).category == "网贷平台"


@pytest.mark.parametrize(
    "around", ["", "<div>当前位置：首页 &gt; 正文</div>", f"<div>当前位置：首页 &gt; {TITLE}</div>"]
)
def test_home_body_and_headline_are_no_category(around: str) -> None:
    assert read(f"{around}<h1>{TITLE}</h1>{BODY}").category is None


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ('<link rel="canonical" href="https://example.com/a">', "https://example.com/a"),
        (
            '<link rel="canonical" href="/a"><meta property="og:url" content="http://example.com/b">',
            "http://example.com/b",
        ),
        ('<link rel="canonical" href="javascript:alert(1)">', None),
        ('<link rel="canonical" href="https://[bad">', None),
    ],
)
def test_only_absolute_web_addresses_are_the_pages_url(head: str, expected: str | None) -> None:
    assert article(head).url == expected


def test_a_path_of_links_that_ends_with_the_headline_is_a_breadcrumb() -> None:
    names = ("某某社区", "论坛", "卡友交流", "额度从五千提到五万的三个步骤")
    crumbs = " › ".join(f"<a href=/>{name}</a>" for name in names)
    text = "<p>先说结论：提额没有捷径，养卡就是养流水，把工资卡改到同一家银行，坚持八个月以上。</p>"
    page = f"<html><body><div>{crumbs}</div><h1>额度从五千提到五万的三个步骤</h1>{text}</body></html>"
    assert extract_page(page.encode(), path="a.html").category == "卡友交流"


def test_an_element_named_catalog_is_the_category() -> None:
    text = "<p>先说结论：提额没有捷径，养卡就是养流水，把工资卡改到同一家银行，坚持八个月以上。</p>"
    page = f"<html><body><h1>三个步骤</h1><span class=a_catalog><a href=/c>财经资讯</a></span>{text}</body></html>"
    assert extract_page(page.encode(), path="a.html").category == "财经资讯"
