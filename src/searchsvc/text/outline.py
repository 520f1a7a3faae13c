"""An article's lines as the nested parts a page shows: headings, paragraphs, quotations, lists, tables. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from ..models import Block

PartKind = Literal["heading", "text", "quote", "list", "numbered", "table"]

#: The first level below an article's title, and the last that tells readers something.
_TOP: Final = 2
_DEEPEST: Final = 4
_ITEMS: Final = frozenset({"list", "numbered"})
_CELLS: Final = frozenset({"table", "row", "cell"})
#: A table is shown with no more columns: numbers beyond are no table's.
_COLUMNS: Final = 60


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a list: its own lines, the lists inside it, and what follows those."""

    lines: tuple[str, ...]
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table; without lines where the table has none in this place."""

    lines: tuple[str, ...]
    header: bool


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an article. `lines` are those of a heading, paragraph or quotation, `items` of a list, `rows` of a
    table. `level` of a heading is that of its element, 2 for the highest that the article has; `start` is the number
    of a numbered list's first item."""

    kind: PartKind
    lines: tuple[str, ...] = ()
    level: int = 0
    items: tuple[Item, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    start: int = 1


def outline(lines: Sequence[str], structure: Sequence[Block]) -> list[Part]:
    """The parts of a body in order; `structure` says of each line what it is. ValueError when they do not fit."""
    if len(lines) != len(structure):
        raise ValueError(f"{len(lines)} lines, but {len(structure)} kinds")
    return _Outline(lines, structure).parts()


class _Outline:
    def __init__(self, lines: Sequence[str], structure: Sequence[Block]) -> None:
        self._lines, self._blocks = lines, structure
        self._at = 0
        levels = sorted({block.level for block in structure if block.kind == "heading"})
        self._levels = {level: min(_TOP + place, _DEEPEST) for place, level in enumerate(levels)}

    def parts(self) -> list[Part]:
        """All of them."""
        parts: list[Part] = []
        while self._at < len(self._lines):
            block = self._blocks[self._at]
            if block.kind in _ITEMS:
                parts.append(self._list(block.level))
            elif block.kind in _CELLS:
                parts.append(self._table())
            elif block.kind == "quote":
                parts.append(Part("quote", self._run(block)))
            elif block.kind == "heading":
                parts.append(Part("heading", (self._take(),), self._levels[block.level]))
            else:
                parts.append(Part("text", (self._take(),)))
        return parts

    def _take(self) -> str:
        self._at += 1
        return self._lines[self._at - 1]

    def _run(self, block: Block) -> tuple[str, ...]:
        """The lines of just this kind, level and place from here on."""
        start = self._at
        while self._at < len(self._lines) and self._blocks[self._at] == block:
            self._at += 1
        return tuple(self._lines[start : self._at])

    def _list(self, depth: int) -> Part:
        first = self._blocks[self._at]
        items: list[tuple[tuple[str, ...], list[Part]]] = []
        while self._at < len(self._lines):
            block = self._blocks[self._at]
            if block == Block("continued", depth) and items:
                # After a list inside the item.
                items[-1][1].append(Part("text", (self._take(),)))
            elif block.kind not in _ITEMS or block.level < depth or self._begins_another(block, first, len(items)):
                break
            elif block.level > depth and items:
                items[-1][1].append(self._list(block.level))
            else:
                items.append(((self._take(), *self._run(Block("continued", block.level))), []))
        whole = tuple(Item(lines, tuple(parts)) for lines, parts in items)
        return Part(first.kind if first.kind == "numbered" else "list", items=whole, start=max(first.place, 1))

    @staticmethod
    def _begins_another(block: Block, first: Block, items: int) -> bool:
        """Whether an item of the same depth is of another list: of another kind, or with a number out of turn."""
        if block.level != first.level:
            return False
        counted = bool(items and first.place and block.place)
        return block.kind != first.kind or (counted and block.place != first.place + items)

    def _table(self) -> Part:
        rows: list[list[Cell]] = []
        while self._at < len(self._lines) and self._blocks[self._at].kind in _CELLS:
            block = self._blocks[self._at]
            if rows and block.kind == "table":
                break
            if block.kind != "cell" or not rows:
                rows.append([])
            gap = min(block.place, _COLUMNS) - 1 - len(rows[-1])
            rows[-1] += [Cell((), header=block.level == 1)] * gap
            text = (self._take(), *self._run(Block("continued", block.level, block.place)))
            rows[-1].append(Cell(text, header=block.level == 1))
        return Part("table", rows=tuple(map(tuple, rows)))
