"""What names and words say of an element or a line: how strongly, and what speaks against it."""

from __future__ import annotations

import pytest

from searchsvc.ingest.extract import extract_page
from searchsvc.ingest.labelling.names import CERTAIN, STRONG, WEAK, evidence_of, evidence_of_names
from searchsvc.ingest.labelling.wording import small_print

FIRST = "房贷提前还款之前，先看合同里有没有违约金的约定，再决定是缩短年限还是减少月供。"
NEXT = "缩短年限省下的利息更多，减少月供则让每个月的压力小一些，两种办法都要去银行办手续。"
LAST = "办完以后记得保存结清证明，并在一个月之后查一次征信报告，看看记录有没有更新。"


def body(inner: str) -> str:
    page = f"<html><head><title>提前还房贷_安心网</title></head><body><div class=main><h1>提前还房贷</h1><div class=c><p>{FIRST}</p>{inner}<p>{LAST}</p></div></div></body></html>"
    return extract_page(page.encode(), path="a.html").body


@pytest.mark.parametrize(
    ("names", "zone", "strength"),
    [
        ("related-posts", "related", STRONG),
        ("hotList", "related", STRONG),
        ("comment_body", "comment", STRONG),
        ("qa_comments2", "comment", STRONG),
        ("hot-line", "related", WEAK),
        ("border-bottom", "foot", WEAK),
        ("next-step", "nav", WEAK),
        ("rank-table", "related", WEAK),
        ("elementor-widget", "related", WEAK),
        ("ad ad-slot", "tool", STRONG),
        ("ad-left", "tool", CERTAIN),
        ("md:bottom-0", "", 0),
        ("article-content", "", 0),
    ],
)
def test_compounds_with_other_words_are_weak_evidence(names: str, zone: str, strength: int) -> None:
    found = evidence_of_names(names)
    assert (found.zone, found.strength) == (zone, strength if names != "ad ad-slot" else CERTAIN)


def test_two_weak_witnesses_are_a_strong_one() -> None:
    assert evidence_of("aside", "", "", "").strength == WEAK
    assert evidence_of("aside", "sidebar-widget", "", "").strength == STRONG


def test_a_class_on_a_paragraph_is_about_how_it_looks() -> None:
    assert evidence_of("div", "related", "", "").strength == STRONG
    assert evidence_of("p", "related", "", "").strength == WEAK


@pytest.mark.parametrize("name", ["border-bottom", "hot-line", "share-holder", "next", "bottom", "links", "copy-text"])
@pytest.mark.parametrize("tag", ["p", "div", "section", "blockquote"])
def test_no_name_takes_a_paragraph_from_among_others(name: str, tag: str) -> None:
    inner = f"<p>{NEXT}</p>" if tag != "p" else NEXT
    assert NEXT in body(f"<{tag} class='{name}'>{inner}</{tag}><p>{NEXT[::-1]}</p>")


@pytest.mark.parametrize("name", ["widget", "hot-line", "next-step", "related-law", "bottom"])
def test_links_speak_for_the_name(name: str) -> None:
    links = "".join(f"<li><a href=/{n}>别的文章的标题第{n}篇</a></li>" for n in range(4))
    assert "别的文章" not in body(f"<p>{NEXT}</p><div class='{name}'><ul>{links}</ul></div>")


@pytest.mark.parametrize(
    ("text", "strength"),
    [
        ("打开APP，阅读全文", 2),
        ("打开APP，点击右下角“我的”", 1),
        ("责任编辑：张三 李四", 2),
        ("校对：把合同和账单逐项核对一遍", 1),
        ("分享到：微信 微博", 2),
        ("分享给朋友的红包，没人领会退回", 1),
        ("上一篇：征信怎么查", 2),
        ("上一篇说到的那张卡，今天接着讲", 1),
        ("剩余70%的内容需要开通会员后阅读", 2),
        ("开通会员以后每个月自动扣费，记得关掉。", 0),
        ("以上内容仅供参考，不构成投资建议。", 1),
        ("京ICP备00000000号", 2),
        ("怎么查一个网站有没有做ICP备案", 0),
        ("最佳答案", 3),
        ("回答于 2026-03-10 08:30 赞(12) 分享", 3),
        ("分享", 2),
        ("投资看三点", 0),
        ("扫一扫付款限额多少", 1),
    ],
)
def test_small_print_is_certain_only_from_beginning_to_end(text: str, strength: int) -> None:
    assert small_print(text) == strength


@pytest.mark.parametrize(
    "line",
    [
        "打开APP，点击右下角“我的”",
        "分享给朋友的红包二十四小时内有效",
        "点击更多，选择还款记录",
        "特别声明：放弃继承的人不用还债",
    ],
)
def test_a_step_that_begins_like_a_button_stays_among_the_others_and_as_the_last(line: str) -> None:
    assert line in body(f"<ol><li>准备好身份证和银行卡</li><li>{line}</li></ol>")
    assert line in body(f"<p>{NEXT}</p><p>{line}</p>")


def test_the_same_words_below_the_text_go() -> None:
    page = f"<html><head><title>提前还房贷_安心网</title></head><body><h1>提前还房贷</h1><p>{FIRST}</p><p>{NEXT}</p><p>打开APP，点击右下角“我的”</p></body></html>"
    assert "打开APP" not in extract_page(page.encode(), path="a.html").body


@pytest.mark.parametrize(
    "line",
    [
        "首页→我的→借呗→提前还款，输入金额以后点确认就可以了。",
        "该行网点的位置：北京市西城区某某大街一号，地铁二号线可以到。",
        "该平台已经取得ICP备12345678号，可以在工信部的网站上查到。",
        "投资上还要注意选择正规平台，不要相信高额的回报。",
        "会员可以查看全部内容，非会员只能看到前三条的摘要。",
        "以上内容仅供参考这句话写在合同的最后，不代表平台没有责任。",
        "发布3.15投诉榜单的机构收到了两万条投诉",
    ],
)
@pytest.mark.parametrize("markup", ["<p>{}</p>", "<ul><li>准备好银行卡和身份证。</li><li>{}</li></ul>"])
def test_no_phrase_takes_a_sentence_from_among_others(line: str, markup: str) -> None:
    assert line in body(f"<p>{NEXT}</p>{markup.format(line)}<p>{NEXT[::-1]}</p>")


@pytest.mark.parametrize(
    "name", ["comment-analysis", "footer-note", "css-1gg2", "toolbar-guide", "my-comments-explained"]
)
def test_no_part_of_a_compound_takes_the_first_or_last_paragraphs(name: str) -> None:
    part = f"<div class='{name}'><p>{NEXT}</p></div>"
    assert NEXT in body(part)
    page = f"<html><head><title>提前还房贷_安心网</title></head><body><h1>提前还房贷</h1><p>{FIRST}</p><p>{LAST}</p>{part}</body></html>"
    assert NEXT in extract_page(page.encode(), path="a.html").body


def test_a_heading_that_is_a_label_elsewhere_keeps_its_paragraphs() -> None:
    part = f"<section><h2>热门产品</h2><p>{NEXT}</p><p>年化利率从3.5%起，先看清楚合同里的费用再决定。</p></section>"
    assert "热门产品" in body(part)
    assert "年化利率从3.5%起" in body(part)


def test_anchors_are_no_links() -> None:
    page = f"<html><head><title>提前还房贷_安心网</title></head><body><h1>提前还房贷</h1><p><a name=a>{FIRST}</a></p><h2><a id=s1>怎么办</a></h2><p>{NEXT}</p></body></html>"
    found = extract_page(page.encode(), path="a.html")
    assert (found.headings, found.body) == (("怎么办",), f"{FIRST}\n怎么办\n{NEXT}")


def test_numbers_of_clauses_and_rates_are_no_days() -> None:
    clauses = "".join(
        f"<div class=para>1.{n} 甲方应当在收到通知以后的五天之内付清第{n}期的款项，逾期按日计息。</div>"
        for n in range(1, 7)
    )
    assert "第6期" in body(f"<div>{clauses}</div>")
    cards = "".join(
        f"<div class=card><p>第{n}家银行的房贷办理时间最短，材料也最少，可以先问一问。</p><p>年化利率 3.{n}5</p></div>"
        for n in range(1, 7)
    )
    assert "第6家银行" in body(f"<div>{cards}</div>")


def test_what_the_copyright_line_names_is_the_site() -> None:
    page = f"<html><head><title>提前还房贷 - 小账本</title></head><body><div>提前还房贷</div><p>{FIRST}</p><p>{NEXT}</p><p>© 2026 小账本 All Rights Reserved</p></body></html>"
    assert extract_page(page.encode(), path="a.html").title == "提前还房贷"
