"""What a walk over a page gathers: lines of text, the block elements they lie in, and what is said to machines."""

from __future__ import annotations

from dataclasses import dataclass, field

from .names import Evidence
from .page import Mark


@dataclass(slots=True)
class Node:
    """A block element. `first:last` are its lines, `parent` the index of the element around it (-1: none).

    `counts` are the columns and rows of a cell, the first number of a list and -1 where it counts down, and the number
    of an item; 0 where the page does not say.
    """

    tag: str
    parent: int
    names: str
    evidence: Evidence
    label: str
    first: int = 0
    last: int = 0
    counts: tuple[int, int] = (0, 0)


@dataclass(slots=True)
class RawLine:
    """A line of text, and how many of its characters are links, bold, or larger than the rest.

    `pieces` are the texts of its elements, where links are among them: arrows between them may be pictures.
    """

    text: str
    node: int
    link: int
    bold: int
    big: int
    pieces: tuple[str, ...] = ()


@dataclass(slots=True)
class Tree:
    """Everything the walk saw. `metas` are keyed by lower-case name or property, values in page order.

    `homes` are what links to a front page say, `controls` the elements that hold a field or button of a form.
    """

    nodes: list[Node] = field(default_factory=list)
    lines: list[RawLine] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    times: list[tuple[str, str]] = field(default_factory=list)
    metas: dict[str, list[str]] = field(default_factory=dict)
    scripts: list[str] = field(default_factory=list)
    json_ld: list[str] = field(default_factory=list)
    title: str = ""
    canonical: str = ""
    links: int = 0
    homes: list[str] = field(default_factory=list)
    home_links: int = 0
    controls: list[int] = field(default_factory=list)

    def add_meta(self, name: str, value: str) -> None:
        """One more value of a name."""
        self.metas.setdefault(name, []).append(value)
