"""Plain text as a page: what a reader's "save as text" or a converter leaves of one.

Such a text has the page's parts in their order (breadcrumb, headline, date, body, recommended block) and no markup.
Each line becomes a paragraph of a Tree, so that the same rules read it; only what markup would say is told here.
"""

from __future__ import annotations

import re
from typing import Final

from ...errors import PageRejected
from .markup import MAX_TAGS, Line, Mark, Node, Tree, tidy
from .wording import is_crumb, is_edge_print, is_small_print, label_zone

_TAG: Final = re.compile(r"<[a-zA-Z!/?]")
#: A headline stands among the first lines; later ones are the body's.
_HEAD_LINES: Final = 12
_MAX_TITLE: Final = 80
_ENDS_SENTENCE: Final = "。；;，,"
_MARKDOWN: Final = re.compile(r"^(#{1,6})\s+(?=\S)")
#: Chinese articles number their parts so; "1." numbers items as often as parts, so it says nothing here.
_NUMBERED: Final = re.compile(r"(?:[一二三四五六七八九十]{1,3}、|第[一二三四五六七八九十]{1,3}[章节部]分?[\s、：:])\S")
_MAX_HEADING: Final = 40
_RULE: Final = re.compile(r"[\s=\-_*~·—]+")


def is_plain(text: str, path: str) -> bool:
    """Whether this is a text and no markup: by its name, or because there is no tag in it."""
    return path.lower().endswith(".txt") or not _TAG.search(text)


def plain_tree(text: str) -> Tree:
    """The lines of the text as a Tree. The headline is the first line that is no breadcrumb, date or small print.

    Raises PageRejected("page_too_complex") beyond MAX_TAGS lines.
    """
    if text.count("\n") + text.count("\r") > MAX_TAGS:
        raise PageRejected("page_too_complex", f"The text has more than {MAX_TAGS} lines.")
    tree = Tree(nodes=[Node("html", -1, "", "", "")])
    lines = [tidy(line) for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    listed = False
    for line in lines:
        if not line or _RULE.fullmatch(line):
            continue
        marker = _MARKDOWN.match(line)
        line = line[marker.end() :] if marker else line
        if label_zone(line) == "related":
            listed = True
        elif listed and (line[-1] in _ENDS_SENTENCE or len(line) > _MAX_TITLE):
            listed = False  # a sentence: the article goes on after the list
        tag = f"h{len(marker[1])}" if marker else "h2" if _is_numbered_heading(line) else "p"
        # A line under 相关文章 was a link: the rules know such lists by their links.
        linked = len(line) if listed and not label_zone(line) else 0
        number = len(tree.lines)
        tree.nodes.append(Node(tag, 0, "", "", "", number, number + 1))
        tree.lines.append(Line(line, len(tree.nodes) - 1, linked, 0, 0))
        tree.links += 1 if linked else 0
    tree.nodes[0].last = len(tree.lines)
    _mark_headline(tree)
    return tree


def _is_numbered_heading(line: str) -> bool:
    return len(line) <= _MAX_HEADING and bool(_NUMBERED.match(line)) and line[-1] not in _ENDS_SENTENCE


def _mark_headline(tree: Tree) -> None:
    for number, line in enumerate(tree.lines[:_HEAD_LINES]):
        apart = is_crumb(line.text) or is_edge_print(line.text) or is_small_print(line.text)
        if apart or line.link or len(line.text) > _MAX_TITLE or line.text[-1] in _ENDS_SENTENCE:
            continue
        tree.nodes[line.node].tag = "h1"
        tree.marks.append(Mark(frozenset(), "h1", line.text, number, line.node))
        return
