"""Lines and their kinds become the nested parts a page shows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.models import MAX_LEVEL, MAX_PLACE, Block, BlockKind
from searchsvc.text.outline import Cell, Item, Part, outline

TEXT = Block("text", 0)
KINDS: tuple[BlockKind, ...] = ("text", "heading", "list", "numbered", "table", "row", "cell", "quote", "continued")
blocks = st.builds(Block, st.sampled_from(KINDS), st.integers(0, MAX_LEVEL), st.integers(0, MAX_PLACE))


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
    kinds = (
        Block("list", 1),
        Block("continued", 1),
        Block("table", 1, 1),
        Block("cell", 2, 2),
        Block("continued", 2, 2),
    )
    assert outline("abcde", kinds) == [
        Part("list", items=(Item(("a", "b")),)),
        Part("table", rows=((Cell(("c",), header=True), Cell(("d", "e"), header=False)),)),
    ]


def test_another_kind_of_list_of_the_same_depth_is_another_list() -> None:
    kinds = (Block("list", 1), Block("numbered", 1))
    assert [part.kind for part in outline("ab", kinds)] == ["list", "numbered"]


def test_what_follows_a_list_in_an_item_or_a_table_does_not_go_into_it() -> None:
    kinds = (Block("list", 1), Block("list", 2), Block("continued", 1), Block("table", 2, 1), Block("continued", 1))
    inner = Part("list", items=(Item(("b",)),))
    assert outline("abcde", kinds) == [
        Part("list", items=(Item(("a",), (inner, Part("text", ("c",)))),)),
        Part("table", rows=((Cell(("d",), header=False),),)),
        Part("text", ("e",)),
    ]


def test_lists_begin_where_their_numbers_say() -> None:
    kinds = [Block("numbered", 1, place) for place in (6, 7, 1, 2)]
    assert [(part.start, len(part.items)) for part in outline("abcd", kinds)] == [(6, 2), (1, 2)]


def test_an_empty_cell_keeps_its_column_and_another_table_is_another() -> None:
    kinds = (Block("table", 1, 2), Block("row", 2, 1), Block("cell", 2, 3), Block("table", 2, 1))
    empty = Cell((), header=False)
    first, second = outline("abcd", kinds)
    assert first.rows == (
        (Cell((), header=True), Cell(("a",), header=True)),
        (Cell(("b",), header=False), empty, Cell(("c",), header=False)),
    )
    assert second.rows == ((Cell(("d",), header=False),),)


def test_kinds_that_do_not_fit_the_lines_are_an_error() -> None:
    with pytest.raises(ValueError, match="2 lines, but 1 kinds"):
        outline(["a", "b"], [TEXT])


@given(st.lists(blocks, max_size=60))
def test_no_line_is_lost_or_moved_whatever_the_kinds(kinds: list[Block]) -> None:
    lines = [f"{number}" for number in range(len(kinds))]
    assert shown(outline(lines, kinds)) == lines
