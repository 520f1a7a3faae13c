"""A decoded page is read once: markup or a dump of text -> lines, and everything known of each. Then it is frozen."""

from __future__ import annotations

import re
from typing import Final

from ..dates import iter_dates, may_hold_date
from .dump import dump_tree, is_dump
from .facts import facts_of, strings_of, types_of
from .markup import parse
from .measures import Measures, prose_weight
from .names import Evidence
from .page import Element, Head, LabelledPage, Line
from .structure import Structure
from .tree import RawLine, Tree
from .wording import NEVER_PART, Wording, wording_of
from .zones import zones_of

#: A longer line is text: dates in it are its subject.
_DATED_LINE: Final = 150
_COPYRIGHT: Final = re.compile(
    r"(?:版权所有|copyright|©|\(c\))[\s:：©]*(?:\d{4}(?:\s*[-–—~至]\s*\d{4})?)?\s*"
    r"(?!all\b|rights|禁止|未经|侵权|转载)([^\s,，。|;；·©]{2,16})",
    re.I,
)
_SITE_METAS: Final = ("og:site_name", "application-name", "apple-mobile-web-app-title")
_SITE_TYPES: Final = frozenset({"website", "organization", "newsmediaorganization"})
_HOME: Final = frozenset({"首页", "主页", "网站首页", "返回首页", "home", "Home", "HOME"})
#: With more of them, placeholders and other sites are among them.
_MOST_HOMES: Final = 4
_FOOT_LINES: Final = 40


def label(text: str, path: str, timezone: str) -> LabelledPage:
    """The page of this decoded text; `path` (its id) may say that it is a dump of text and no markup.

    Raises PageRejected("page_too_complex").
    """
    return label_tree(dump_tree(text) if is_dump(text, path) else parse(text), timezone)


def label_tree(tree: Tree, timezone: str) -> LabelledPage:
    """What the walk saw, labelled: 1. what each line says, 2. how it is built, 3. what surrounds the text."""
    children: list[list[int]] = [[] for _ in tree.nodes]
    for number, node in enumerate(tree.nodes):
        if node.parent >= 0:
            children[node.parent].append(number)
    words = [wording_of(line.text) for line in tree.lines]
    structure = Structure(tree, words, children)
    parts = [
        bool(one.print or one.edge or one.tail or one.crumb) and one.print < NEVER_PART and structure.is_part(n)
        for n, one in enumerate(words)
    ]
    words = [_of_part(one) if part else one for one, part in zip(words, parts, strict=True)]
    zoned = zones_of(Measures(tree, words, children))
    lines = tuple(
        _line(n, raw, words[n], parts[n], zoned.lines[n], structure, timezone) for n, raw in enumerate(tree.lines)
    )
    elements = tuple(
        Element(node.tag, node.parent, node.names, node.label, own.zone, node.first, node.last)
        for node, own in zip(tree.nodes, zoned.elements, strict=True)
    )
    return LabelledPage(lines, elements, tuple(tree.marks), _head(tree), tree.links)


def _of_part(words: Wording) -> Wording:
    """The wording of a step, cell or heading: buttons and credits are what it is about."""
    return words._replace(print=0, edge=False, tail=False, crumb=False)


def _line(
    number: int, raw: RawLine, words: Wording, part: bool, zone: Evidence, structure: Structure, timezone: str
) -> Line:
    dated = len(raw.text) <= _DATED_LINE and may_hold_date(raw.text)
    dates = tuple(iter_dates(raw.text, timezone)) if dated else ()
    weight = prose_weight(raw.text, raw.link, words.teaser)
    return Line(
        raw.text,
        raw.node,
        raw.link,
        zone.zone,
        zone.strength,
        weight,
        words,
        dates,
        structure.block(number),
        part,
        raw.pieces,
    )


def _head(tree: Tree) -> Head:
    facts = facts_of(tree.json_ld)
    names = [value for name in _SITE_METAS for value in tree.metas.get(name, ())]
    for fact in facts:
        publisher = fact.get("publisher")
        if isinstance(publisher, dict):
            names += strings_of(publisher, "name")
        if _SITE_TYPES.intersection(types_of(fact)):
            names += strings_of(fact, "name")
    homes = {home for home in tree.homes if home not in _HOME}
    names += [match[1] for line in tree.lines[-_FOOT_LINES:] if (match := _COPYRIGHT.search(line.text[:120]))]
    return Head(
        tree.title,
        tree.canonical,
        {name: tuple(values) for name, values in tree.metas.items()},
        facts,
        tuple(tree.scripts),
        tuple(tree.times),
        frozenset(name.strip() for name in names if name.strip()),
        frozenset(homes) if len(homes) <= _MOST_HOMES else frozenset(),
    )
