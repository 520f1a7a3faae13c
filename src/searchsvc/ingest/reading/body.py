"""The lines of an article as its body and its headings. Pure."""

from __future__ import annotations

import re
from typing import Final

from ..labelling.markup import Line, Tree, tidy
from ..labelling.names import words_of

_HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "dt"})
#: Of a block with one short line in the article itself.
_HEADING_WORDS: Final = frozenset({"title", "subtitle", "heading", "subheading", "subhead", "headline"})
_PICTURE_WORDS: Final = frozenset({"img", "image", "pic", "picture", "photo", "caption", "video"})
#: What list items carry in text typed by hand; real lists have them outside their text.
_MARKER: Final = re.compile(r"^(?:[·•●○■□◆◇▪▸►‣➢★☆※*]\s*|[（(]\d{1,2}[)）]\s*(?=\S))")
_NUMBERED: Final = re.compile(r"(?:\d{1,2}\s*[.、．)）]|[一二三四五六七八九十]{1,3}、)\s*\S")
_ENDS_SENTENCE: Final = "。；;，,…"


def body_of(tree: Tree, kept: list[int]) -> tuple[tuple[str, ...], str]:
    """(headings, body with one block a line) of these lines. Typed list markers go, as those of lists do."""
    headings: list[str] = []
    lines: list[str] = []
    for index in kept:
        line = tree.lines[index]
        text = _MARKER.sub("", line.text)
        if not text.strip("-—_=*·. "):
            continue
        if _is_heading(tree, line) or _introduces_list(tree, index):
            headings.append(text)
        lines.append(text)
    return tuple(headings), "\n".join(map(tidy, lines))


def _is_heading(tree: Tree, line: Line) -> bool:
    """A heading element's line, or a short line that is bold or larger throughout and ends no sentence."""
    if line.link * 2 > len(line.text):
        return False  # the caption of a picture that is a link
    number = line.node
    for _ in range(3):
        node = tree.nodes[number]
        if node.tag in _HEADINGS or (len(line.text) <= 40 and _named_heading(node.names)):
            return True
        if node.parent < 0 or node.last - node.first != 1:
            break
        number = node.parent
    if len(line.text) > 40 or line.text[-1] in _ENDS_SENTENCE or _in_cell(tree, line):
        return False
    solid = len("".join(line.text.split()))
    return line.bold >= solid or (line.big >= solid and _rare(tree))


def _named_heading(names: str) -> bool:
    words = words_of(names)
    return bool(words & _HEADING_WORDS) and not words & _PICTURE_WORDS


def _introduces_list(tree: Tree, index: int) -> bool:
    """A short numbered item (1. 逾期初期) whose own list follows: it works as that list's heading."""
    line = tree.lines[index]
    if len(line.text) > 40 or not _NUMBERED.match(line.text):
        return False
    number = line.node
    while number >= 0 and tree.nodes[number].tag != "li":
        number = tree.nodes[number].parent
    if number < 0 or tree.nodes[number].first != index or tree.nodes[number].last <= index + 1:
        return False
    follower = tree.lines[index + 1].node
    while follower > number and tree.nodes[follower].tag not in {"ul", "ol"}:
        follower = tree.nodes[follower].parent
    return follower > number


def _in_cell(tree: Tree, line: Line) -> bool:
    """True in a cell or item of few lines; the bold lines of one with many lines part them."""
    number = line.node
    for _ in range(3):
        node = tree.nodes[number]
        if node.tag in {"td", "th", "li"}:
            return node.last - node.first <= 3
        if node.parent < 0:
            break
        number = node.parent
    return False


def _rare(tree: Tree) -> bool:
    """True when large text is the exception on the page; where all of it is large, size says nothing."""
    return sum(1 for line in tree.lines if line.big) * 3 < len(tree.lines)
