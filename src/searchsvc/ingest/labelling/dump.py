"""A text dump as a page: what a reader's "save as text", w3m, or a converter leaves of one.

Such a text has the page's parts in their order (breadcrumb, headline, date, body, recommended block) and no markup.
Indentation and markers say what is a list and how deep; blank lines say what may be a heading. The result is a Tree
like that of markup, so that the same rules read it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from ...errors import PageRejected
from .dump_lines import Piece, pieces_of
from .measures import ARTICLE_ABOVE, SENTENCE, running_sums
from .names import DECIDED, NONE, Evidence
from .page import Mark
from .tree import Node, RawLine, Tree
from .wording import is_edge_print, is_linked_crumb, is_teaser, label_zone, wording_of

#: More lines of a dump, or cells of its tables, than this take the 2 s that a page may take.
MAX_LINES: Final = 20_000
_TAG: Final = re.compile(r"<[a-zA-Z!/?]")
#: A headline stands among the first lines; later ones are the body's.
_HEAD_LINES: Final = 15
_MAX_TITLE: Final = 80
_MAX_HEADING: Final = 40
_ENDS_SENTENCE: Final = "。；;，,…、"
_NO_HEADING: Final = "。；;，,…、：:！!"
#: Chinese articles number their parts so; "1." numbers items as often as parts, so it says nothing here.
_NUMBERED: Final = re.compile(r"(?:[一二三四五六七八九十]{1,3}、|第[一二三四五六七八九十]{1,3}[章节部]分?[\s、：:])\S")
_MENU: Final = re.compile(r"(?:[^\s|/·]{1,6}[\s|/·]++){2,}[^\s|/·]{1,6}")
#: 客服电话：95188, 问：…, and other facts and turns that stand on a line of their own.
_FACT: Final = re.compile(r"^(?:问|答|[QqAa])\s*\d*\s*[:：]|[:：]\s*[\w@+.-]*\d|https?:|^[\d\W]+$|@\w")
_DAY: Final = re.compile(r"\d{1,2}\s*[-/.月]\s*\d{1,2}|[天时]前|昨天")
#: A paragraph; shorter ones may be titles of other texts.
_PROSE: Final = 25
#: More headings than this share of a text's blocks are no headings but short paragraphs or verse.
_MOST_HEADINGS: Final = 0.6
_LEAST_BLOCKS: Final = 6
#: Items of a list inside a list are indented by so many columns.
_STEP: Final = 2
#: Labels that no part of an article has for a heading.
_SURE_LABEL: Final = re.compile(
    r"(?:精彩|猜[你您]|[为给][你您]|热门|大家|[你您]可能|相关|更多)[^读]{0,5}(?:推荐|喜欢|文章|在看|感兴趣|内容|资讯)|推荐文章|推荐内容"
)


def is_dump(text: str, path: str) -> bool:
    """Whether this is a text and no markup: by its name, or because there is no tag in it."""
    return path.lower().endswith((".txt", ".md", ".markdown")) or not _TAG.search(text)


def dump_tree(text: str) -> Tree:
    """The pieces of the text as a Tree. The headline is the first that is no breadcrumb, menu, date or small print.

    Raises PageRejected("page_too_complex") beyond MAX_LINES lines or cells.
    """
    if text.count("\n") + text.count("\r") > MAX_LINES:
        raise PageRejected("page_too_complex", f"The text has more than {MAX_LINES} lines.")
    pieces = pieces_of(text)
    if sum(len(piece.cells) for piece in pieces) > MAX_LINES:
        raise PageRejected("page_too_complex", f"The text has more than {MAX_LINES} cells of tables.")
    headline = _headline(pieces)
    others = _other_texts(pieces)
    headings = _headings(pieces, -1 if headline is None else headline, others)
    builder = _Builder()
    for number, piece in enumerate(pieces):
        builder.in_zone(others.get(number, ""))
        builder.add(piece, "h1" if number == headline else f"h{headings[number]}" if number in headings else "p")
    return builder.finish()


def _headline(pieces: Sequence[Piece]) -> int | None:
    """The first marked heading of level 1, the line above the first date, or the first line that can be one."""
    head = range(min(len(pieces), _HEAD_LINES))
    fit = [number for number in head if _may_be_headline(pieces[number])]
    for number in fit:
        if pieces[number].level == 1:
            return number
    for number in head:
        if is_edge_print(pieces[number].text) and _DAY.search(pieces[number].text):
            above = [one for one in fit if number - 3 <= one < number]
            if above:
                return above[-1] if len(above) == 1 else max(above, key=lambda one: len(pieces[one].text))
            break
    return fit[0] if fit else None


def _may_be_headline(piece: Piece) -> bool:
    text = piece.text
    if not text or len(text) > _MAX_TITLE or text[-1] in _ENDS_SENTENCE or piece.marker or piece.cells or piece.quote:
        return False
    words = wording_of(text)
    apart = words.crumb or words.edge or words.print or words.label or is_linked_crumb(text)
    return not (apart or piece.link * 2 > len(text) or _MENU.fullmatch(text))


def _other_texts(pieces: Sequence[Piece]) -> dict[int, str]:
    """The zone of each piece that belongs to a list of other texts or to comments, by its number.

    Such a list begins with its label and has titles, often twice, first sentences, and dates. It goes on to the end,
    unless paragraphs follow that are none of these.
    """
    zones: dict[int, str] = {}
    entries = _Entries(pieces)
    above = 0
    for number, piece in enumerate(pieces):
        label = "" if piece.cells or piece.marker or number in zones else label_zone(piece.text)
        if label:
            sure = above >= ARTICLE_ABOVE and bool(_SURE_LABEL.search(piece.text))
            end = entries.end_of_list(number, sure=sure)
            if label == "comment" and above >= ARTICLE_ABOVE and not _is_section(pieces, number):
                end = len(pieces)
            zones.update(dict.fromkeys(range(number, end), label))
        if number not in zones and SENTENCE.search(piece.text):
            above += len(piece.text)
    return zones


def _is_section(pieces: Sequence[Piece], number: int) -> bool:
    """Whether a label is a heading with a paragraph of the article under it."""
    below = pieces[number + 1 : number + 2]
    return bool(below) and below[0].gap and len(below[0].text) >= _PROSE and len(pieces) - number > 2


class _Entries:
    """Lists of other texts: their titles, first sentences and dates, looked at once for all labels of a text."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        times = Counter(piece.text for piece in pieces)
        self._pieces = pieces
        self._entries = [_is_entry(piece, times) for piece in pieces]
        self._paragraphs = [_is_paragraph(piece) for piece in pieces]
        self._sums = running_sums([int(entry) for entry in self._entries])
        self._prose = running_sums([int(paragraph) for paragraph in self._paragraphs])

    def end_of_list(self, label: int, *, sure: bool) -> int:
        """The end of the entries under a label; the label itself when there are none.

        The article goes on with the first paragraph that belongs to no entry: that is not indented below a title,
        and does not stand between a title and a date, another title or the end of such a list.
        """
        size, last, summaries = len(self._pieces), label, 0
        alternating = sure and self._alternates(label + 1)
        for number in range(label + 1, size):
            piece = self._pieces[number]
            if piece.level and self._sums[number] - self._sums[label + 1] == 0:
                break  # a marked heading: the label was one as well
            if self._entries[number] or not self._is_text(number):
                last = number if self._entries[number] else last
                continue
            if alternating or self._is_summary(number, summaries):
                last, summaries = number, summaries + 1
                continue
            return max(last + 1, self._titles_end(label, number)) if last > label else self._titles_end(label, number)
        if last == label:
            return self._titles_end(label, size)
        return size if number == size - 1 else last + 1

    def _is_text(self, number: int) -> bool:
        """A paragraph, or an item that is a sentence."""
        piece = self._pieces[number]
        return self._paragraphs[number] or (bool(piece.marker) and piece.text[-1:] in "。；")

    def _is_summary(self, number: int, summaries: int) -> bool:
        piece = self._pieces[number]
        if piece.marker:
            return False
        if piece.indent >= _STEP:
            return True
        after = number + 1
        if after < len(self._pieces) and self._entries[after]:
            return True
        # The last of several: a title above it, and nothing but titles and first sentences before.
        return summaries > 0 and after == len(self._pieces) and not self._paragraphs[number - 1]

    def _alternates(self, start: int) -> bool:
        """Whether only titles and paragraphs follow, in turn, two pairs or more."""
        rest = self._paragraphs[start:]
        plain = all(not piece.marker and not piece.level for piece in self._pieces[start:])
        return plain and len(rest) >= 4 and all(one == (place % 2 == 1) for place, one in enumerate(rest))

    def _titles_end(self, label: int, stop: int) -> int:
        """The end of bare titles under the label; the label itself where a text follows at once."""
        items = self._pieces[label + 1 : stop]
        bare = items and not any(piece.level or self._is_text(label + 1 + n) for n, piece in enumerate(items))
        return stop if bare else label


def _is_entry(piece: Piece, times: Counter[str]) -> bool:
    """True for what only lists of other texts have: teasers, bare dates, titles twice, linked titles."""
    if not piece.text:
        return False
    if piece.link * 2 > len(piece.text) or is_teaser(piece.text):
        return True
    if len(piece.text) <= 30 and _DAY.search(piece.text) and is_edge_print(piece.text):
        return True
    twice = 6 <= len(piece.text) <= _MAX_TITLE and piece.text[-1] not in _ENDS_SENTENCE and times[piece.text] > 1
    return twice or (piece.marker == "bullet" and not SENTENCE.search(piece.text.rstrip("?？!！")))


def _is_paragraph(piece: Piece) -> bool:
    ends = piece.text[-1:] in "。！？；…”" or len(piece.text) > _MAX_TITLE
    return len(piece.text) >= _PROSE and ends and bool(SENTENCE.search(piece.text)) and not piece.marker


def _headings(pieces: Sequence[Piece], headline: int, others: dict[int, str]) -> dict[int, int]:
    """The level of each heading outside of lists, by its number: marked ones, 一、 and short lines above a text."""
    marked = {number: max(2, piece.level) for number, piece in enumerate(pieces) if piece.level and number != headline}
    for number, piece in enumerate(pieces):
        short = len(piece.text) <= _MAX_HEADING and not piece.marker and not piece.cells
        if short and _NUMBERED.match(piece.text) and piece.text[-1] not in _ENDS_SENTENCE:
            marked.setdefault(number, 2)
    spaced = sum(piece.gap for piece in pieces[headline + 1 :]) * 2 > len(pieces) - headline - 1
    alone = {
        number
        for number in range(headline + 1, len(pieces))
        if number not in others and number not in marked and _stands_alone(pieces, number, spaced=spaced)
    }
    # From the last to the first: a heading may stand above another.
    found: set[int] = set()
    for number in sorted(alone, reverse=True):
        if _leads(pieces, number + 1, found, marked):
            found.add(number)
    blocks = [one for one in range(headline + 1, len(pieces)) if one not in others and not pieces[one].marker]
    if len(found) > _MOST_HEADINGS * len(blocks) and len(blocks) >= _LEAST_BLOCKS:
        found.clear()
    return marked | dict.fromkeys(found, 2)


def _stands_alone(pieces: Sequence[Piece], number: int, *, spaced: bool) -> bool:
    """A short line between blank lines, no item, no fact and no sentence.

    In a text without blank lines it stands between a paragraph and another.
    """
    piece = pieces[number]
    text = piece.text
    if piece.marker or piece.cells or piece.quote or not 2 <= len(text) <= _MAX_HEADING or piece.indent:
        return False
    if text[-1] in _NO_HEADING or piece.link or _FACT.search(text):
        return False
    words = wording_of(text)
    if words.edge or words.crumb or words.label or words.print == 2 or words.byline:
        return False
    if spaced:
        return piece.gap and (number + 1 == len(pieces) or pieces[number + 1].gap or bool(pieces[number + 1].marker))
    return number > 0 and len(text) <= _MAX_HEADING // 2 and pieces[number - 1].text[-1:] in "。！？”"


def _leads(pieces: Sequence[Piece], below: int, found: set[int], marked: Mapping[int, int]) -> bool:
    """Whether a text, a list, a table or another heading stands below."""
    if below >= len(pieces):
        return False
    piece = pieces[below]
    if piece.marker or piece.cells or below in found or below in marked:
        return True
    words = wording_of(piece.text)
    if words.edge or words.print == 2 or words.label:
        return False
    return bool(SENTENCE.search(piece.text)) and (len(piece.text) >= 15 or piece.text[-1] in "。；：:？?")


class _Builder:
    """Puts pieces into a tree: items into lists of their depth, rows into tables, quotations, and zones."""

    def __init__(self) -> None:
        self.tree = Tree(nodes=[Node("html", -1, "", NONE, "")])
        self._zone = 0
        self._name = ""
        self._table = 0
        self._quote = 0
        #: Open lists, outermost first: where their markers stand, the list, its last item, the kind of marker.
        self._lists: list[tuple[int, int, int, str]] = []

    def in_zone(self, name: str) -> None:
        """Says in which zone the next piece is."""
        if name != self._name:
            self._lists.clear()
            self._table = self._quote = 0
            evidence = Evidence("comment" if name == "comment" else "related", DECIDED, firm=True)
            self._zone = self._open("div", 0, evidence) if name else 0
            self._name = name

    def add(self, piece: Piece, tag: str) -> None:
        """Appends a piece."""
        if piece.cells:
            self._add_row(piece)
            return
        self._table = 0
        if tag != "p":
            self._lists.clear()
        holder = self._holder(piece)
        self._add_line(piece, self._open(tag, holder, NONE))

    def finish(self) -> Tree:
        """The tree, with the headline marked."""
        nodes = self.tree.nodes
        for number in range(len(nodes) - 1, 0, -1):
            up = nodes[nodes[number].parent]
            up.last = max(up.last, nodes[number].last)
        for line in self.tree.lines:
            if nodes[line.node].tag == "h1":
                self.tree.marks.append(Mark(frozenset(), "h1", line.text, nodes[line.node].first))
        return self.tree

    def _open(self, tag: str, parent: int, evidence: Evidence) -> int:
        self.tree.nodes.append(Node(tag, parent, "", evidence, "", len(self.tree.lines), len(self.tree.lines)))
        return len(self.tree.nodes) - 1

    def _add_line(self, piece: Piece, number: int) -> None:
        tree = self.tree
        tree.lines.append(RawLine(piece.text, number, min(piece.link, len(piece.text)), piece.bold, 0))
        tree.nodes[number].last = len(tree.lines)
        tree.links += 1 if piece.link else 0

    def _add_row(self, piece: Piece) -> None:
        first = not self._table
        if first:
            self._table = self._open("table", self._holder(piece), NONE)
        row = self._open("tr", self._table, NONE)
        for cell in piece.cells:
            number = self._open("th" if piece.level else "td", row, NONE)
            if cell:
                self._add_line(Piece(cell), number)

    def _holder(self, piece: Piece) -> int:
        """The element that the piece goes into: an item of the list it belongs to, a quotation, or the page."""
        if not piece.marker:
            while self._lists and piece.indent < self._lists[-1][0] + _STEP:
                self._lists.pop()
            if self._lists:
                return self._lists[-1][2]
            if piece.quote:
                self._quote = self._quote or self._open("blockquote", self._zone, NONE)
                return self._quote
            self._quote = 0
            return self._zone
        while self._lists and piece.indent < self._lists[-1][0] and len(self._lists) > 1:
            self._lists.pop()
        if self._lists and piece.indent < self._lists[-1][0] + _STEP:
            at, number, _, marker = self._lists.pop()
            if marker != piece.marker:
                number = self._new_list(piece)
        else:
            at, number = piece.indent, self._new_list(piece)
        item = self._open("li", number, NONE)
        self.tree.nodes[item].counts = (piece.number, 0)
        self._lists.append((at, number, item, piece.marker))
        return item

    def _new_list(self, piece: Piece) -> int:
        holder = self._lists[-1][2] if self._lists else self._zone
        return self._open("ol" if piece.marker == "number" else "ul", holder, NONE)
