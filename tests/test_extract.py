"""Body, headings and refusals on pages in shapes other than those of the corpus."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searchsvc.errors import REJECT_CODES, PageRejected
from searchsvc.ingest.extract import EXTRACTOR_VERSION, Extraction, extract_page

FIRST = "征信报告里的每一条记录都有来处，先核对再申诉，不要急着找人代办。"
SECOND = "确认不是自己借的，马上修改密码，拨打客服电话登记，并保存短信和登录记录。"
TITLE = "陌生贷款怎么申诉"


def read(body: str, head: str = f"<title>{TITLE}</title>") -> Extraction:
    return extract_page(f"<html><head>{head}</head><body>{body}</body></html>".encode(), path="a.html")


def code_of(data: bytes) -> str | None:
    try:
        extract_page(data, path="a.html")
    except PageRejected as rejected:
        return rejected.code
    return None


def test_inline_elements_join_and_block_elements_part() -> None:
    page = read(f"<h1>{TITLE}</h1><p>借<b>呗</b>的{FIRST}</p><p>一行<br>又一行<span>接着</span></p><p>{SECOND}</p>")
    assert page.body == f"借呗的{FIRST}\n一行\n又一行接着\n{SECOND}"


def test_line_breaks_in_the_source_leave_no_space_between_chinese_characters() -> None:
    assert read(f"<h1>{TITLE}</h1><p>借呗\n   逾期 Visa\n卡，{FIRST}</p>").body == f"借呗逾期 Visa 卡，{FIRST}"


def test_nested_lists_and_tables_keep_reading_order() -> None:
    nested = "<ul><li>甲项<ol><li>甲一</li><li>甲二</li></ol></li><li>乙项</li></ul>"
    table = "<table><tr><th>期限</th><th>利率</th></tr><tr><td>一年</td><td>3.5%</td></tr></table>"
    page = read(f"<h1>{TITLE}</h1><div><p>{FIRST}</p>{nested}{table}<p>{SECOND}</p></div>")
    assert page.body.split("\n") == [FIRST, "甲项", "甲一", "甲二", "乙项", "期限", "利率", "一年", "3.5%", SECOND]


@pytest.mark.parametrize(
    "heading",
    [
        "<h2>先核对</h2>",
        "<h6><span>先核对</span></h6>",
        "<p><strong>先核对</strong></p>",
        '<section style="font-size:20px">先核对</section>',
        '<p style="font-weight:bold">先核对</p>',
        "<dl><dt>先核对</dt><dd>逐笔看日期和金额。</dd></dl>",
    ],
)
def test_headings_and_what_works_as_one_are_found(heading: str) -> None:
    page = read(f"<h1>{TITLE}</h1><p>{FIRST}</p>{heading}<p>{SECOND}</p><p>{FIRST}</p>")
    assert page.headings == ("先核对",)
    assert "先核对" in page.body.split("\n")


def test_a_numbered_item_that_introduces_a_list_is_a_heading() -> None:
    items = "<li><p>1. 逾期初期(约1-30天):以提醒为主</p><ul><li>短信</li><li>电话</li></ul></li><li>2. 其他</li>"
    page = read(f"<h1>{TITLE}</h1><p>{FIRST}</p><ol>{items}</ol><p>{SECOND}</p>")
    # Siblings are headings together, whatever stands below each.
    assert page.headings == ("1. 逾期初期(约1-30天):以提醒为主", "2. 其他")
    assert page.body.split("\n")[1:5] == ["1. 逾期初期(约1-30天):以提醒为主", "短信", "电话", "2. 其他"]


def test_a_bold_sentence_is_no_heading() -> None:
    assert read(f"<h1>{TITLE}</h1><p>{FIRST}</p><p><b>不要急着找人代办。</b></p><p>{SECOND}</p>").headings == ()


@pytest.mark.parametrize(
    "shape",
    [
        "<div>{0}<br><br>{1}</div>",
        "<div><section><span>{0}</span></section><section><span>{1}</span></section></div>",
        "<table><tr><td><table><tr><td>{0}<p>{1}</p></td></tr></table></td></tr></table>",
        "<form><div><div>{0}</div><div>{1}</div></div></form>",
        "<div style='visibility:hidden'><p>{0}</p><p>{1}</p></div>",
        "<div class='sidebar-page related'><p>{0}</p><p>{1}</p></div>",
        "</body></html><div>{0}</div><div>{1}</div>",
    ],
)
def test_articles_are_found_in_any_kind_of_container(shape: str) -> None:
    assert read(f"<h1>{TITLE}</h1>" + shape.format(FIRST, SECOND)).body == f"{FIRST}\n{SECOND}"


def test_lines_of_verse_are_an_article() -> None:
    page = read("<h1>静夜思</h1><div>床前明月光<br>疑是地上霜<br>举头望明月<br>低头思故乡</div>", "")
    assert page.body == "床前明月光\n疑是地上霜\n举头望明月\n低头思故乡"


@pytest.mark.parametrize(
    "around",
    [
        "<ul class='nav'><li><a href='/'>网贷平台</a></li><li><a href='/'>信用卡</a></li></ul>",
        "<div><b>精彩推荐</b><ul><li><a href='/b'>别的文章</a></li></ul><p>别的文章的开头，说的是别的事……</p></div>",
        "<p><strong>相关阅读</strong></p><p><a href='/b'>别的文章</a></p><p><a href='/c'>又一篇文章</a></p>",
        "<div>大家都在看</div><a href='/b'><div>别的文章</div><div>开头的一句话，后面没有了……</div></a>",
        "<p>上一篇：<a href='/b'>别的文章</a></p><p>下一篇：没有了</p>",
        "<div class='share'>分享到：微信 微博</div>",
        "<div id='comments'><h2>网友评论</h2><p>写得很清楚，收藏了，谢谢作者的分享。</p></div>",
        "<p>（责任编辑：小安）</p><p>【打印本页】【关闭窗口】</p>",
        "<p>标签：<a href='/t'>征信</a></p>",
        "<p>Copyright © 2026 安心网 版权所有</p>",
        "<p>免责声明：本站内容仅供参考，不构成任何投资或借款建议，据此操作的风险自担，与本站无关。</p>",
        "<div style='display: none'>征信,贷款,借呗,花呗,逾期,协商,停息,挂账</div><p hidden>看不见的字</p>",
        "<script>document.write('<p>统计</p>')</script><style>p{color:red}</style><noscript>请打开脚本</noscript>",
        "<div>打开APP，阅读全文，体验更佳</div>",
        "<!-- 注释里的字 --><textarea>输入框里的字</textarea><button>按钮</button>",
    ],
)
def test_what_surrounds_an_article_stays_out_even_inside_its_container(around: str) -> None:
    page = read(f"<div class='content'><h1>{TITLE}</h1><p>{FIRST}</p><p>{SECOND}</p>{around}</div>")
    assert page.body == f"{FIRST}\n{SECOND}"


def test_text_goes_on_after_a_block_of_recommended_links() -> None:
    inner = "<p><b>推荐阅读</b></p><p><a href='/b'>别的文章</a></p>"
    assert read(f"<h1>{TITLE}</h1><div><p>{FIRST}</p>{inner}<p>{SECOND}</p></div>").body == f"{FIRST}\n{SECOND}"


def test_a_short_article_wins_over_long_comments_and_disclaimers() -> None:
    comments = "<div class='comments'>" + f"<p>{SECOND}</p>" * 9 + "</div>"
    page = read(f"<h1>{TITLE}</h1><div><p>{FIRST}</p></div>{comments}<div><p>免责声明：{SECOND * 5}</p></div>")
    assert page.body == FIRST


def test_introduction_and_closing_around_a_box_are_kept() -> None:
    page = read(f"<h1>{TITLE}</h1><div><p>{FIRST}</p><div><p>{SECOND * 3}</p></div><p>{SECOND}</p></div>")
    assert page.body == f"{FIRST}\n{SECOND * 3}\n{SECOND}"


def test_typed_list_markers_go_as_those_of_lists_do() -> None:
    assert read(f"<h1>{TITLE}</h1><div>{FIRST}<br>·第一件事<br>（2）第二件事<br>{SECOND}</div>").body == (
        f"{FIRST}\n第一件事\n第二件事\n{SECOND}"
    )


def test_a_page_labelled_gb2312_that_is_utf8_has_no_mojibake() -> None:
    assert read(f"<h1>{TITLE}</h1><p>{FIRST}</p>", "<meta charset=gb2312>").body == FIRST


def test_pages_that_ask_not_to_be_found_are_skipped() -> None:
    page = read(f"<h1>{TITLE}</h1><p>{FIRST}</p>", '<meta name="robots" content="NOINDEX, follow">')
    assert page.skip == "noindex"
    assert read(f"<h1>{TITLE}</h1><p>{FIRST}</p>", '<meta name="robots" content="index,nofollow">').skip is None


def test_a_page_of_links_is_a_list_and_no_article() -> None:
    links = "".join(f"<li><a href='/{n}'>第{n}篇文章的标题在这里</a></li>" for n in range(30))
    assert read(f"<h1>网贷平台</h1><ul>{links}</ul>").skip == "list_page"


def test_text_given_only_in_json_ld_is_read() -> None:
    head = f'<script type="application/ld+json">{{"headline":"{TITLE}","articleBody":"{FIRST}\\n{SECOND}"}}</script>'
    page = read("<div id=app></div>", head)
    assert (page.title, page.body) == (TITLE, f"{FIRST}\n{SECOND}")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "page_empty"),
        (b"%PDF-1.7", "page_binary"),
        (b"<html><body></body></html>", "page_no_article"),
        ("<ul><li><a href='/'>首页</a></li></ul>".encode(), "page_no_article"),
        (b"<ul>" + "<li>条目".encode() * 1_000_000, "page_too_complex"),
        ("条目。\n".encode() * 1_000_000, "page_too_complex"),
    ],
)
def test_pages_without_an_article_are_rejected_with_their_code(data: bytes, code: str) -> None:
    assert code_of(data) == code


@pytest.mark.parametrize(
    "opening",
    [
        "<div>" * 99_990,
        "<b>" * 99_990,
        "<ul><li>" * 50_000,
        "<table><tr><td>" * 20_000,
        "&amp" * 100_000,
        "<a b" * 50_000,
        "<span class=title>字" * 30_000,
        "<div class=title>" * 30_000 + "字" * 5_000,
        "<title>标题_标题</title>" + "".join(f"<h1>标题{n}</h1>" for n in range(20_000)),
    ],
)
def test_hostile_pages_end_quickly(opening: str) -> None:
    started = time.process_time()
    outcome = code_of(f"{opening}<p>{FIRST}</p>".encode())
    assert outcome is None or outcome in REJECT_CODES
    assert time.process_time() - started < 10


def test_deeply_nested_text_is_read() -> None:
    page = read("<div>" * 50_000 + f"<h1>{TITLE}</h1><p>{FIRST}</p>")
    assert (page.title, page.body) == (TITLE, FIRST)


FRAGMENTS = st.sampled_from(
    [
        "<p>",
        "</p>",
        "<div class='related'>",
        "</div>",
        "<h1>",
        "</h1>",
        "<b>",
        "<a href='x'>",
        "</a>",
        "<li>",
        "<table>",
        "<td>",
        "<script>",
        "</script>",
        "<title>",
        "</title>",
        "<!--",
        "-->",
        "<br>",
        "&#0;",
        "&nbsp",
        "&#x110000;",
        "<![CDATA[",
        "<meta name='robots' content=''>",
        "<script type='application/ld+json'>{\"@graph\":[[",
        "相关文章",
        "2026-03-10",
        "99-99-99",
        "当前位置：首页 > ",
        FIRST,
        "\0",
        "\x0b",
        "�",
        "<time datetime='x'>",
        "</html>",
        "<?xml version='1.0'?>",
        "hidden",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(FRAGMENTS, st.text(max_size=12)), max_size=40).map("".join))
def test_any_page_is_read_or_rejected_and_gains_no_markup(page: str) -> None:
    data = page.encode("utf-8", "replace")
    assert code_of(data) in {None, "page_empty", "page_binary", "page_charset", "page_no_article"}


def test_the_rules_have_a_version() -> None:
    assert EXTRACTOR_VERSION


@pytest.mark.parametrize("opening", ["", "<!doctype html><meta charset=utf-8>", "<html><head>"])
@pytest.mark.parametrize("tag", ["article", "section", "div"])
def test_an_article_without_a_body_tag_is_read(opening: str, tag: str) -> None:
    text = "平台会先联系借款人本人，说明欠款金额和还款方式，长时间联系不上才会联系紧急联系人。" * 2
    page = f"{opening}<title>借呗逾期</title><{tag}><h1>借呗逾期</h1><p>{text}</p></{tag}>"
    found = extract_page(page.encode(), path="a.html")
    assert (found.title, found.body) == ("借呗逾期", text)


@pytest.mark.parametrize(
    ("markup", "heading"),
    [
        ('<p class="text-big-title">先核对</p>', True),
        ('<p><span class="strong">先核对</span></p>', True),
        ('<h2><a href="/p.jpg"><img src="p.jpg">先核对</a></h2>', False),
        ('<p class="img_title">先核对</p>', False),
        ("<table><tr><td><p><b>先核对</b></p></td><td>三个月</td></tr></table>", False),
    ],
)
def test_headings_are_told_by_names_and_not_from_captions_or_cells(markup: str, heading: bool) -> None:
    page = read(f"<h1>{TITLE}</h1><p>{FIRST}</p>{markup}<p>{SECOND}</p><p>{FIRST}</p>")
    assert ("先核对" in page.headings) is heading
    assert "先核对" in page.body


def test_what_a_page_says_in_its_data_is_one_clean_line_too() -> None:
    article = {"headline": "借呗逾期\u0001\n  会怎样", "articleSection": "网\u0002贷\n", "datePublished": "2026-03-10"}
    data = json.dumps({"@context": "https://schema.org", "@type": "NewsArticle"} | article)
    head = f"<head><script type='application/ld+json'>{data}</script></head>"
    found = extract_page(f"<html>{head}<body><p>{'借呗逾期后果。' * 30}</p>".encode(), path="a.html")
    assert (found.title, found.category) == ("借呗逾期会怎样", "网贷")
