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
_CELLS: Final = frozenset({"row", "cell"})


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a list: its own lines, and the lists inside it."""

    lines: tuple[str, ...]
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table."""

    lines: tuple[str, ...]
    header: bool


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an article. `lines` are those of a heading, paragraph or quotation, `items` of a list, `rows` of a
    table. `level` of a heading is that of its element: 2 for the highest that the article has."""

    kind: PartKind
    lines: tuple[str, ...] = ()
    level: int = 0
    items: tuple[Item, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()


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
        found: list[Part] = []
        while self._at < len(self._lines):
            block = self._blocks[self._at]
            if block.kind in _ITEMS:
                found.append(self._list(block.level))
            elif block.kind in _CELLS:
                found.append(self._table())
            elif block.kind == "quote":
                found.append(Part("quote", self._run("quote")))
            elif block.kind == "heading":
                found.append(Part("heading", (self._take(),), self._levels[block.level]))
            else:
                found.append(Part("text", (self._take(),)))
        return found

    def _take(self) -> str:
        self._at += 1
        return self._lines[self._at - 1]

    def _run(self, kind: str) -> tuple[str, ...]:
        """The lines of this kind from here on."""
        start = self._at
        while self._at < len(self._lines) and self._blocks[self._at].kind == kind:
            self._at += 1
        return tuple(self._lines[start : self._at])

    def _list(self, depth: int) -> Part:
        kind = self._blocks[self._at].kind
        items: list[Item] = []
        while self._at < len(self._lines):
            block = self._blocks[self._at]
            if block.kind not in _ITEMS or block.level < depth or (block.level == depth and block.kind != kind):
                break
            if block.level > depth and items:
                last = items.pop()
                items.append(Item(last.lines, (*last.parts, self._list(block.level))))
            else:
                items.append(Item((self._take(), *self._run("continued"))))
        return Part("numbered" if kind == "numbered" else "list", items=tuple(items))

    def _table(self) -> Part:
        rows: list[list[Cell]] = []
        while self._at < len(self._lines) and self._blocks[self._at].kind in _CELLS:
            block = self._blocks[self._at]
            cell = Cell((self._take(), *self._run("continued")), header=block.level == 1)
            if block.kind == "row" or not rows:
                rows.append([cell])
            else:
                rows[-1].append(cell)
        return Part("table", rows=tuple(map(tuple, rows)))
