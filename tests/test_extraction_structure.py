"""The kind and level of each line of a body, from markup and from dumps of text, stored and shown."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from searchsvc.engines.whoosh.packing import pack_structure, unpack_structure
from searchsvc.errors import PageRejected
from searchsvc.ingest.articles import extraction_of
from searchsvc.ingest.extract import Extraction, extract_page
from searchsvc.models import MAX_LEVEL, Article, Block
from searchsvc.text.analyse import normalise

FIRST = "征信报告里的每一条记录都有固定的保留期限，还清之后五年会自动消除，不需要找人代办。"
LAST = "遇到自称可以修复征信的机构，直接拨打征信中心的电话核实，不要把身份证和密码交给别人。"


def read(inner: str, name: str = "a.html") -> Extraction:
    page = f"<html><head><title>征信怎么查_安心网</title></head><body><h1>征信怎么查</h1><p>{FIRST}</p>{inner}<p>{LAST}</p></body></html>"
    return extract_page(page.encode(), path=name)


def kinds(inner: str) -> Sequence[tuple[str, str, int, int]]:
    """(line, kind, level, place) of what stands between the first and the last paragraph."""
    page = read(inner)
    return [(line, *block) for line, block in zip(page.body.split("\n"), page.structure, strict=True)][1:-1]


def test_headings_have_the_level_of_their_element_and_others_that_of_a_styled_one() -> None:
    inner = f"<h2>查询的渠道</h2><p>{FIRST[:30]}。</p><h4>银行柜台</h4><p>{LAST[:30]}。</p><p><b>手机银行</b></p>"
    found = [(line, level) for line, kind, level, _ in kinds(inner) if kind == "heading"]
    assert found == [("查询的渠道", 2), ("银行柜台", 4), ("手机银行", 3)]


def test_items_know_their_list_and_their_depth() -> None:
    inner = "<ol><li>准备身份证。<ul><li>原件。</li><li>复印件。</li></ul></li><li>填写申请表。<p>字迹要清楚。</p></li></ol>"
    assert kinds(inner) == [
        ("准备身份证。", "numbered", 1, 1),
        ("原件。", "list", 2, 0),
        ("复印件。", "list", 2, 0),
        ("填写申请表。", "numbered", 1, 2),
        ("字迹要清楚。", "continued", 1, 0),
    ]


def test_cells_of_a_table_are_told_from_columns_of_a_layout() -> None:
    table = "<table><tr><th>期限</th><th>利率</th></tr><tr><td>一年</td><td>1.1%</td></tr></table>"
    assert kinds(table) == [
        ("期限", "table", 1, 1),
        ("利率", "cell", 1, 2),
        ("一年", "row", 2, 1),
        ("1.1%", "cell", 2, 2),
    ]
    layout = f"<table><tr><td><p>{FIRST}</p><p>{LAST}</p><p>先查后办。</p></td></tr></table>"
    assert {kind for _, kind, _, _ in kinds(layout)} == {"text"}


def test_quotations_know_how_deep_they_are() -> None:
    assert kinds("<blockquote><p>还清五年后自动消除。</p></blockquote>") == [("还清五年后自动消除。", "quote", 1, 0)]


def test_typed_markers_make_items_too() -> None:
    inner = "<p>· 先查一次报告。</p><p>（2）再打电话。</p>"
    assert kinds(inner) == [("先查一次报告。", "list", 1, 0), ("再打电话。", "numbered", 1, 2)]


def test_numbers_are_those_of_the_page() -> None:
    inner = "<ol start=6><li>办理挂失。</li><li value=9>补办新卡。</li><li>激活新卡。</li></ol><ol reversed><li>最后一步。</li><li>第一步。</li></ol>"
    assert [place for _, _, _, place in kinds(inner)] == [6, 9, 10, 2, 1]


def test_columns_count_what_is_empty_and_what_other_cells_reach_over() -> None:
    inner = (
        "<table><tr><th></th><th>借呗</th><th>微粒贷</th></tr><tr><td>日利率</td><td></td><td>0.04%</td></tr>"
        "<tr><td rowspan=2>费用</td><td colspan=2>没有手续费。</td></tr><tr><td>也没有年费。</td></tr></table>"
    )
    assert [(line, kind, place) for line, kind, _, place in kinds(inner)] == [
        ("借呗", "table", 2),
        ("微粒贷", "cell", 3),
        ("日利率", "row", 1),
        ("0.04%", "cell", 3),
        ("费用", "row", 1),
        ("没有手续费。", "cell", 2),
        ("也没有年费。", "row", 2),
    ]


@pytest.mark.parametrize("tag", ["ul", "blockquote", "ol"])
def test_what_lies_very_deep_counts_as_the_deepest(tag: str) -> None:
    open_, close = (f"<{tag}><li>", f"</li></{tag}>") if tag != "blockquote" else ("<blockquote>", "</blockquote>")
    page = read(f"{open_ * 150}这一行在最里面。{close * 150}")
    assert max(block.level for block in page.structure) == MAX_LEVEL
    assert unpack_structure(pack_structure(page.structure)) == page.structure


@pytest.mark.parametrize("sizes", [(1, 1), (2, 3), (3, 1, 2), (5, 2)])
def test_siblings_are_headings_together_however_many_lines_stand_below(sizes: tuple[int, ...]) -> None:
    items = "".join(
        f"<li><p><strong>第{'一二三'[n]}种办法</strong></p><ul>{'<li>按时还款。</li>' * size}</ul></li>"
        for n, size in enumerate(sizes)
    )
    assert read(f"<ol>{items}</ol>").headings == tuple(f"第{'一二三'[n]}种办法" for n in range(len(sizes)))


def test_siblings_are_no_headings_when_one_of_them_is_a_sentence() -> None:
    items = "<li><b>先打电话</b><ul><li>说明困难。</li></ul></li><li><b>再写一封信给银行，说清楚。</b><ul><li>留底。</li></ul></li>"
    assert read(f"<ol>{items}</ol>").headings == ()


def test_what_is_packed_is_unpacked_the_same() -> None:
    structure = (Block("text", 0), Block("heading", 2), Block("list", 12), Block("numbered", 1, 7), Block("cell", 2, 3))
    assert pack_structure(structure) == "th2l12n1.7c2.3"
    assert unpack_structure("th2l12n1.7c2.3") == structure
    assert unpack_structure("") == ()


@pytest.mark.parametrize("text", ["x", "t-1", "h2 t", "2h", "n1.", "h222"])
def test_a_damaged_structure_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="is no structure"):
        unpack_structure(text)


def test_kinds_stay_with_their_lines_when_empty_ones_go() -> None:
    article = Article(
        "a", "t", None, None, (), "甲\n\u200b\n乙", None, (Block("text", 0), Block("quote", 1), Block("list", 1))
    )
    cleaned = normalise(article)
    assert (cleaned.body, cleaned.structure) == ("甲\n乙", (Block("text", 0), Block("list", 1)))


def test_kinds_that_do_not_fit_are_forgotten() -> None:
    article = Article("a", "t", None, None, (), "甲\n乙", None, (Block("text", 0),))
    assert normalise(article).structure == ()


def test_a_record_keeps_its_structure() -> None:
    found = extraction_of(
        {"title": "t", "body": "甲\n\n乙", "structure": [["text", 0], ["text", 0], ["list", 1]]}, timezone="UTC"
    )
    assert (found.body, found.structure) == ("甲\n乙", (Block("text", 0), Block("list", 1)))
    assert extraction_of({"title": "t", "body": "甲"}, timezone="UTC").structure == ()


@pytest.mark.parametrize(
    ("structure", "says"),
    [
        ("list", "is not a list of"),
        ([["text"]], "is not a list of"),
        ([["poem", 0]], "is not a list of"),
        ([["text", -1]], "is not a list of"),
        ([["heading", 7]], "is not a list of"),
        ([["list", MAX_LEVEL + 1]], "is not a list of"),
        ([["numbered", 1, -1]], "is not a list of"),
        ([["numbered", 1, 1, 1]], "is not a list of"),
        ([["text", True]], "is not a list of"),
        ([["text", 0], ["text", 0]], "has 2 entries"),
        ({"text": 0}, "is not a list of"),
        ([[["text"], 0]], "is not a list of"),
        (7, "is not a list of"),
    ],
)
def test_a_record_with_another_structure_is_rejected_and_says_why(structure: object, says: str) -> None:
    with pytest.raises(PageRejected, match=says) as caught:
        extraction_of({"title": "t", "body": "甲", "structure": structure}, timezone="UTC")
    assert caught.value.code == "record_invalid"
