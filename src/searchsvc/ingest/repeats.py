"""Lists of other texts that no name or label gives away: neighbours of one build, each with a link or a time on top.

Feeds, teasers with their abstracts, comments and the posts of a forum are often longer than the article beside them;
what they share is that a template wrote them: the same element with the same class, again and again. Pure.
"""

from __future__ import annotations

import re
from typing import Final

from .tree import Line, Node, Tree

_TAGS: Final = frozenset({"div", "li", "dl", "section", "article", "table"})
#: These repeat without a class too; bare <div> and <section> are how editors write paragraphs.
_NAMELESS: Final = frozenset({"li", "dl", "article"})
_LEAST_ITEMS: Final = 4
#: An item this long is a part of an article; the longest comments and abstracts have fewer lines.
_MOST_LINES: Final = 25
_SHARE: Final = 0.75
_STAMP: Final = re.compile(
    r"(?:\d{4}[-/.年])?\d{1,2}[-/.月]\d{1,2}日?(?:\s|$)|[012]?\d:[0-5]\d(?!\d)|(?:刚刚|昨天|今天|前天)(?:\s|$)|\d{1,2}\s*(?:分钟|小时|天|周|个?月|年)前"
)
_POST: Final = re.compile(r"发表于|只看(?:该|此)作者|\d\s*楼|沙发|楼主|回复")
_DIGITS: Final = re.compile(r"\d+")


def repeated_items(tree: Tree) -> list[list[Node]]:
    """Groups of at least 4 neighbours that are other texts, in page order."""
    groups: dict[tuple[int, str, str], list[Node]] = {}
    for node in tree.nodes:
        size = node.last - node.first
        named = node.names or (size > 1 and node.tag in _NAMELESS)
        if size and named and node.tag in _TAGS:
            groups.setdefault((node.parent, node.tag, _DIGITS.sub("", node.names)), []).append(node)
    return [group for group in groups.values() if len(group) >= _LEAST_ITEMS and _are_texts(tree, group)]


def are_posts(tree: Tree, group: list[Node]) -> bool:
    """True for the posts of a forum's thread: the first of them is the article, the others answer it."""
    posts = sum(any(_POST.search(line.text) for line in tree.lines[node.first : node.last]) for node in group)
    return posts >= _SHARE * len(group)


def _are_texts(tree: Tree, group: list[Node]) -> bool:
    needed = _SHARE * len(group)
    return sum(_is_text(tree.lines[node.first : min(node.last, node.first + 60)]) for node in group) >= needed


def _is_text(lines: list[Line]) -> bool:
    """True when an item has a link or a time of its own, above or below its text."""
    if len(lines) == 1:
        return _STAMP.match(lines[0].text[:40]) is not None
    if len(lines) > _MOST_LINES:
        return False
    ends = [*lines[:3], *lines[-2:]]
    return any(
        (line.link >= 2 and line.link * 5 > len(line.text) * 4) or (len(line.text) <= 60 and _STAMP.search(line.text))
        for line in ends
    )
