"""Text dumps of pages: indentation, markers and blank lines say what lists, headings and recommended blocks are."""

from __future__ import annotations

import pytest

from searchsvc.ingest.extract import Extraction, extract_page

HEAD = "您所在的位置:首页 >  保险知识\n\n车险出险以后怎么理赔\n\n2026-03-10 19:53:47\n\n"
FIRST = "发生事故以后先把车停稳、打开双闪，再拨打保险公司的报案电话，说明时间、地点和车损的大致情况。"
LAST = "理赔款到账以后记得核对金额，有疑问的可以在三十天内要求保险公司复核一次。"


def read(text: str, name: str = "a.txt") -> Extraction:
    return extract_page(text.encode(), path=name)


def kinds(page: Extraction) -> list[str]:
    return [f"{block.kind}{block.level}" for block in page.structure]


def test_short_lines_between_blank_ones_are_headings_where_a_text_or_a_list_follows() -> None:
    page = read(
        f"{HEAD}{FIRST}\n\n报案要说什么\n\n{LAST}\n\n要准备的材料\n\n  • 驾驶证\n  • 行驶证\n\n客服电话：95500\n\n{LAST[:20]}。\n\n老周\n"
    )
    assert page.headings == ("报案要说什么", "要准备的材料")
    assert "客服电话：95500" in page.body


def test_the_parts_of_the_head_are_found() -> None:
    page = read(f"{HEAD}{FIRST}\n\n{LAST}\n")
    assert (page.title, page.date, page.category) == ("车险出险以后怎么理赔", "2026-03-10T19:53:47", "保险知识")
    assert page.body == f"{FIRST}\n{LAST}"


@pytest.mark.parametrize(("outer", "inner"), [("1. ", "• "), ("• ", "◦ "), ("- ", "* "), ("1) ", "- ")])
def test_indentation_says_how_deep_an_item_is(outer: str, inner: str) -> None:
    page = read(
        f"{HEAD}{FIRST}\n\n  {outer}报案以后等查勘员到现场拍照。\n    {inner}不要移动车辆。\n    {inner}留好对方电话。\n  {outer}去修理厂定损。\n\n{LAST}\n"
    )
    kind = "numbered" if outer[0] == "1" else "list"
    assert kinds(page) == ["text0", f"{kind}1", "list2", "list2", f"{kind}1", "text0"]
    assert page.body.split("\n")[1] == "报案以后等查勘员到现场拍照。"


def test_numbered_items_above_lists_are_headings_together() -> None:
    items = "  1. 先报案\n    • 打电话\n  2. 再定损\n    • 等查勘\n    • 看报价\n    • 签字\n"
    assert read(f"{HEAD}{FIRST}\n\n{items}\n{LAST}\n").headings == ("先报案", "再定损")
    items = items.replace("再定损", "再去修理厂定损，等保险公司核价。")
    assert read(f"{HEAD}{FIRST}\n\n{items}\n{LAST}\n").headings == ()


@pytest.mark.parametrize("label", ["精彩推荐", "相关阅读", "猜你喜欢", "为您推荐"])
@pytest.mark.parametrize(
    "summary",
    [
        "这篇文章讲的是别的事情，和车险没有关系……",
        "这篇文章讲的是别的事情，和车险没有关系，写得很长很长，一直写到了最后。",
    ],
)
def test_a_recommended_block_goes_to_the_end_of_the_text(label: str, summary: str) -> None:
    entries = "".join(
        f"  • 第{n}个别的问题怎么办\n\n    第{n}个别的问题怎么办\n\n    {summary}\n\n    2025-0{n}-11\n"
        for n in range(1, 6)
    )
    page = read(f"{HEAD}{FIRST}\n\n{LAST}\n\n{label}\n{entries}")
    assert page.body == f"{FIRST}\n{LAST}"


def test_the_article_goes_on_after_a_list_of_titles_in_its_middle() -> None:
    page = read(f"{HEAD}{FIRST}\n\n相关阅读：\n\n车险第一年多少钱\n\n{LAST}\n\n{FIRST}\n\n{LAST}\n")
    assert page.body.endswith(f"{LAST}\n{FIRST}\n{LAST}")


def test_lines_wrapped_at_a_width_are_joined() -> None:
    text = FIRST + LAST + FIRST
    wrapped = "\n".join(text[start : start + 38] for start in range(0, len(text), 38))
    page = read(f"{HEAD}{wrapped}\n\n{wrapped}\n")
    assert page.body == f"{text}\n{text}"


def test_markdown_says_what_it_means() -> None:
    text = f"# 车险出险以后怎么理赔\n\n2026-03-10\n\n{FIRST}\n\n## 报案\n\n> {LAST}\n\n**要带的材料**\n\n1. [驾驶证](/a)和**行驶证**的原件。\n2. 银行卡。\n\n![图](x.png)\n\n| 项目 | 时限 |\n|---|---|\n| 报案 | 48小时 |\n\n{LAST}\n"
    page = read(text, "a.md")
    assert (page.title, page.headings) == ("车险出险以后怎么理赔", ("报案", "要带的材料"))
    assert page.body.split("\n")[3:6] == ["要带的材料", "驾驶证和行驶证的原件。", "银行卡。"]
    assert kinds(page)[2] == "quote1"
    assert kinds(page)[-5:-1] == ["table1", "cell1", "row2", "cell2"]


@pytest.mark.parametrize("ends", ["\r\n", "\r", "\u2028"])
def test_line_ends_of_any_system_part_lines(ends: str) -> None:
    assert read(f"{HEAD}{FIRST}\n\n{LAST}\n".replace("\n", ends)).body == f"{FIRST}\n{LAST}"


def test_verse_has_no_headings() -> None:
    lines = [
        "秋风吹过旧墙头",
        "一树红果压枝低",
        "那年外婆还在",
        "站在门前唤我名",
        "如今院子已空",
        "只有叶子还在落",
        "落在旧门槛上",
        "也落在我心里",
    ]
    assert read(f"{HEAD}" + "\n\n".join(lines) + "\n").headings == ()
