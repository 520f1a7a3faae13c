"""Lists of other texts that no name or label gives away: neighbours of one build, each with a link or a time on top.

Feeds, teasers with their abstracts, comments and the posts of a forum are often longer than the article beside them;
what they share is that a template wrote them: the same element with the same class, again and again. Pure.
"""

from __future__ import annotations

import re
from typing import Final

from .measures import HEADLINES, STAMP
from .tree import Node, Tree

_TAGS: Final = frozenset({"div", "li", "dl", "section", "article", "table"})
#: These repeat without a class too; bare <div> and <section> are how editors write paragraphs.
_NAMELESS: Final = frozenset({"li", "dl", "article"})
_HEADINGS: Final = HEADLINES | {"dt"}
_LEAST_ITEMS: Final = 4
#: A line this long is a paragraph; a container with so much of them is an article, whatever else is in it.
_PARAGRAPH: Final = 30
_OWN_TEXT: Final = 60
#: An item this long is a part of an article; the longest comments and abstracts have fewer lines.
_MOST_LINES: Final = 25
_SHARE: Final = 0.75
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
    own = _own_text(tree)
    return [
        group
        for group in groups.values()
        if len(group) >= _LEAST_ITEMS and _are_texts(tree, group, linked_only=own.get(group[0].parent, 0) >= _OWN_TEXT)
    ]


def _own_text(tree: Tree) -> dict[int, int]:
    """Characters of the paragraphs that stand in each container itself, links apart."""
    own: dict[int, int] = {}
    for line in tree.lines:
        if len(line.text) >= _PARAGRAPH and not line.link:
            holder = tree.nodes[line.node].parent if tree.nodes[line.node].tag == "p" else line.node
            own[holder] = own.get(holder, 0) + len(line.text)
    return own


def are_posts(tree: Tree, group: list[Node]) -> bool:
    """True for the posts of a forum's thread: the first of them is the article, the others answer it."""
    posts = sum(any(_POST.search(line.text) for line in tree.lines[node.first : node.last]) for node in group)
    return posts >= _SHARE * len(group)


def _are_texts(tree: Tree, group: list[Node], *, linked_only: bool) -> bool:
    needed = _SHARE * len(group)
    return sum(_is_text(tree, node, linked_only=linked_only) for node in group) >= needed


def _is_text(tree: Tree, node: Node, *, linked_only: bool) -> bool:
    """True when an item has a link or a time of its own, above or below its text.

    A time that is a heading parts an article, and so do times between paragraphs: there only links count.
    """
    size = node.last - node.first
    lines = tree.lines[node.first : min(node.last, node.first + _MOST_LINES)]
    if size == 1:
        return not linked_only and STAMP.match(lines[0].text[:40]) is not None
    if size > _MOST_LINES:
        return False
    ends = [*lines[:3], *lines[-2:]]
    if any(line.link >= 2 and line.link * 5 > len(line.text) * 4 for line in ends):
        return True
    stamped = (line for line in ends if len(line.text) <= 60 and tree.nodes[line.node].tag not in _HEADINGS)
    return not linked_only and any(STAMP.search(line.text) for line in stamped)
