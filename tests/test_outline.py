"""Lines and their kinds become the nested parts a page shows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.models import Block, BlockKind
from searchsvc.text.outline import Cell, Item, Part, outline

TEXT = Block("text", 0)
KINDS: tuple[BlockKind, ...] = ("text", "heading", "list", "numbered", "row", "cell", "quote", "continued")
blocks = st.builds(Block, st.sampled_from(KINDS), st.integers(0, 99))


def shown(parts: tuple[Part, ...] | list[Part]) -> list[str]:
    """Every line of the parts, in order."""
    lines: list[str] = []
    for part in parts:
        lines += part.lines
        for item in part.items:
            lines += [*item.lines, *shown(item.parts)]
        lines += [line for row in part.rows for cell in row for line in cell.lines]
    return lines


def test_paragraphs_quotations_and_headings_stand_in_order() -> None:
    kinds = (TEXT, Block("heading", 2), Block("quote", 1), Block("quote", 1), Block("heading", 3))
    assert outline("abcde", kinds) == [
        Part("text", ("a",)),
        Part("heading", ("b",), 2),
        Part("quote", ("c", "d")),
        Part("heading", ("e",), 3),
    ]


def test_the_highest_heading_comes_right_below_the_title() -> None:
    kinds = [Block("heading", level) for level in (4, 6, 5, 6)]
    assert [part.level for part in outline("abcd", kinds)] == [2, 4, 3, 4]


def test_a_list_in_a_list_belongs_to_the_item_above() -> None:
    kinds = (Block("numbered", 1), Block("list", 2), Block("list", 2), Block("numbered", 1))
    inner = Part("list", items=(Item(("b",)), Item(("c",))))
    assert outline("abcd", kinds) == [Part("numbered", items=(Item(("a",), (inner,)), Item(("d",))))]


def test_a_further_line_stays_in_its_item_and_its_cell() -> None:
    kinds = (Block("list", 1), Block("continued", 1), Block("row", 1), Block("cell", 2), Block("continued", 2))
    assert outline("abcde", kinds) == [
        Part("list", items=(Item(("a", "b")),)),
        Part("table", rows=((Cell(("c",), header=True), Cell(("d", "e"), header=False)),)),
    ]


def test_another_kind_of_list_of_the_same_depth_is_another_list() -> None:
    kinds = (Block("list", 1), Block("numbered", 1))
    assert [part.kind for part in outline("ab", kinds)] == ["list", "numbered"]


def test_kinds_that_do_not_fit_the_lines_are_an_error() -> None:
    with pytest.raises(ValueError, match="2 lines, but 1 kinds"):
        outline(["a", "b"], [TEXT])


@given(st.lists(blocks, max_size=60))
def test_no_line_is_lost_or_moved_whatever_the_kinds(kinds: list[Block]) -> None:
    lines = [f"{number}" for number in range(len(kinds))]
    assert shown(outline(lines, kinds)) == lines
