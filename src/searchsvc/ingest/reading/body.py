"""The lines of an article as its body, its headings, and the kind and level of each line of the body. Pure."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from ...models import Block
from ..labelling.page import LabelledPage

#: What list items carry in text typed by hand; real lists have them outside their text.
_MARKER: Final = re.compile(r"^(?:[·•●○■□◆◇▪▸►‣➢★☆※*]\s*|[（(]\d{1,2}[)）]\s*(?=\S))")
_TYPED_NUMBER: Final = re.compile(r"[（(](\d{1,2})[)）]")
_CELLS: Final = frozenset({"table", "row", "cell"})
_CONTINUED: Final = _CELLS | {"list", "numbered"}
_SIGNS: Final = "-—_=*·. "


def _typed_item(text: str) -> Block:
    """The kind of a line whose marker was typed by hand: （2） makes it number 2."""
    number = _TYPED_NUMBER.match(text)
    return Block("numbered", 1, int(number[1])) if number else Block("list", 1)


class Body(NamedTuple):
    """`text` has one block a line, headings included; `structure` says of each line what it is."""

    headings: tuple[str, ...]
    text: str
    structure: tuple[Block, ...]


def body_of(page: LabelledPage, region: list[int]) -> Body:
    """What these lines say. Typed list markers go, as those of lists do; lines of nothing but signs are left out."""
    headings: list[str] = []
    lines: list[str] = []
    structure: list[Block] = []
    for number in region:
        line = page.lines[number]
        text = _MARKER.sub("", line.text).strip()
        if not text.strip(_SIGNS):
            continue
        if line.block.kind == "heading":
            headings.append(text)
        lines.append(text)
        typed = line.block.kind == "text" and text != line.text
        structure.append(_typed_item(line.text) if typed else line.block)
    return Body(tuple(headings), "\n".join(lines), _without_gaps(structure))


def _without_gaps(structure: list[Block]) -> tuple[Block, ...]:
    """What continues an item or cell whose first line is not in the body, or a row, is its first line then."""
    whole: list[Block] = []
    before = ""
    for block in structure:
        if block.kind == "continued" and before not in _CONTINUED:
            block = Block("text", 0) if not block.place else Block("table", block.level, block.place)
        elif block.kind in {"row", "cell"} and before not in _CELLS:
            block = Block("table", block.level, block.place)
        whole.append(block)
        # A further line of an item is no part of a table.
        before = block.kind if block.kind != "continued" else before
    return tuple(whole)
