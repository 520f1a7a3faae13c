"""A page read once: its lines with what is known of each, its elements, and what it says to machines.

Whatever finds a headline, a date, a column or a body only looks at this.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ...models import Block
from .names import STRONG, Zone
from .wording import Wording


class Line(NamedTuple):
    """A line of text in its `element`; `link` counts its characters that are links, `weight` those of running text.

    `zone` is what of the page's furniture it belongs to, `strength` the evidence for it: enough from STRONG on, else
    its place decides. `words` are what its wording says; it says nothing of furniture for a line that is `spared`,
    because its neighbours are steps, cells or text. `dates` are the full dates it shows, ISO ones first;
    `pieces` are the texts of its elements, where links are among them.
    """

    text: str
    element: int
    link: int
    zone: Zone
    strength: int
    weight: int
    words: Wording
    dates: tuple[str, ...]
    block: Block
    spared: bool
    pieces: tuple[str, ...]

    @property
    def outside(self) -> Zone:
        """The zone, when the evidence for it suffices."""
        return self.zone if self.strength >= STRONG else ""

    @property
    def linked(self) -> bool:
        """True when most of the line is a link."""
        return self.link * 2 > len(self.text)


class Element(NamedTuple):
    """A block element: `first:last` are its lines, `parent` the element around it (-1: none).

    `names` are its class and id names, `label` its aria-label, `zone` what is left of what it says it is.
    """

    tag: str
    parent: int
    names: str
    label: str
    zone: Zone
    first: int
    last: int


class Mark(NamedTuple):
    """A short piece whose element says by its name that it is a title, a date or a category.

    `home` is True when a link to a front page is in it.
    """

    words: frozenset[str]
    tag: str
    text: str
    line: int
    home: bool = False


@dataclass(frozen=True, slots=True)
class Head:
    """What a page says to machines. `metas` by lower-case name or property, all values of a name in page order.

    `facts` are the objects of its JSON-LD, `times` the machine's form of dates it shows, with what is shown;
    `site_names` what it calls its site, `home_names` what its links to a front page say.
    """

    title: str
    canonical: str
    metas: Mapping[str, tuple[str, ...]]
    facts: tuple[Mapping[str, Any], ...]
    scripts: tuple[str, ...]
    times: tuple[tuple[str, str], ...]
    site_names: frozenset[str]
    home_names: frozenset[str]

    def meta(self, name: str) -> str:
        """The first value of a name, "" when the page has none."""
        return self.metas.get(name, ("",))[0]


@dataclass(frozen=True, slots=True)
class LabelledPage:
    """The whole page. Numbers of lines and elements are places in these tuples; `links` counts all links."""

    lines: tuple[Line, ...]
    elements: tuple[Element, ...]
    marks: tuple[Mark, ...]
    head: Head
    links: int
