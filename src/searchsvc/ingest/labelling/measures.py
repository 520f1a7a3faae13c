"""What can be counted of a page before anything is judged: running text, links, and where they lie. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from typing import Final

from .tree import Node, Tree
from .wording import Wording

HEADLINES: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
#: What ends or parts a sentence.
SENTENCE: Final = re.compile(r"[。！？；，、：,;!?]")
#: Ends of lines that are no headings.
ENDS_SENTENCE: Final = "。；;，,…"
#: Prose that makes a line a sentence of the text.
SENTENCE_SIZE: Final = 12
#: An article beside a feed may have one sentence.
OTHER_TEXT: Final = 30
#: Prose above a list of other texts that makes it the end of an article.
ARTICLE_ABOVE: Final = 100
#: How many lines around a box are looked at for the paragraphs it stands among.
_BESIDE: Final = 3
_LISTS: Final = frozenset({"ul", "ol", "dl", "blockquote", "table", "tbody", "tr"})
_BESIDE_LINKS: Final = re.compile(r"[\[\](（）)\d\s:：./年月日·|-]+")
#: The day or time of another text or of a comment: a month and day, a clock, or how long ago it was. Decimals and
#: numbers of clauses (1.1, 3.45) are none.
STAMP: Final = re.compile(
    r"(?<![\d.])(?:\d{4}\s*[-/.年]\s*)?(?:1[0-2]|0?[1-9])\s*[-/月]\s*(?:3[01]|[12]\d|0?[1-9])(?![\d%.])"
    r"|(?<![\d.])\d{4}\.(?:1[0-2]|0?[1-9])\.(?:3[01]|[12]\d|0?[1-9])(?!\d)"
    r"|(?<![\d:])(?:[01]?\d|2[0-3]):[0-5]\d(?!\d)|\d\s*(?:分钟|小时|天|周|个?月|年)前|刚刚|昨天|前天"
)


def prose_weight(text: str, link: int, teaser: bool) -> int:
    """Characters of running text in a line: all that are no link, a quarter of them where nothing ends or parts."""
    plain = len(text) - link
    if link * 2 > len(text) or plain < 10 or teaser:
        return 0
    return plain if SENTENCE.search(text) else plain // 4


def is_link_line(text: str, link: int) -> bool:
    """True when a line with so many characters of links is one, but for a date or number beside it."""
    return link > 0 and link * 2 > len(_BESIDE_LINKS.sub("", text))


def running_sums(weights: Sequence[int]) -> list[int]:
    """The sums of the first 0, 1, 2 ... weights: of a slice it is the difference of two."""
    sums = [0]
    for weight in weights:
        sums.append(sums[-1] + weight)
    return sums


class Measures:
    """A page's lines and elements with running sums over them; `children` are the elements inside each.

    `weights` are the characters of running text of each line, 0 for lines whose wording is that of furniture. On a
    page with hardly any, verse or a table, they are those of every line that is no link.
    """

    def __init__(self, tree: Tree, words: Sequence[Wording], children: Sequence[Sequence[int]]) -> None:
        self.tree, self.words, self.children = tree, words, children
        plain = [not (one.print or one.crumb or one.keywords) for one in words]
        lines = list(zip(tree.lines, words, plain, strict=True))
        weights = [prose_weight(line.text, line.link, one.teaser) if kept else 0 for line, one, kept in lines]
        if sum(weights) < OTHER_TEXT * 2:
            weights = [
                len(line.text) - line.link if kept and line.link * 2 <= len(line.text) else 0 for line, _, kept in lines
            ]
        self.weights = weights
        self.prose = running_sums(weights)
        self.links = running_sums([line.link for line in tree.lines])
        self.sizes = running_sums([len(line.text) for line in tree.lines])

    @cached_property
    def forms(self) -> frozenset[int]:
        """Elements around a field or a button."""
        found: set[int] = set()
        for number in self.tree.controls:
            while number >= 0 and number not in found:
                found.add(number)
                number = self.tree.nodes[number].parent
        return frozenset(found)

    @cached_property
    def _sentences(self) -> list[int]:
        pairs = zip(self.weights, self.tree.lines, strict=True)
        return running_sums([weight if weight and SENTENCE.search(line.text) else 0 for weight, line in pairs])

    @cached_property
    def _stamped(self) -> list[int]:
        return running_sums([int(len(line.text) <= 40 and bool(STAMP.search(line.text))) for line in self.tree.lines])

    @cached_property
    def _teasers(self) -> list[int]:
        return running_sums([int(words.teaser) for words in self.words])

    @cached_property
    def _small(self) -> list[int]:
        pairs = zip(self.words, self.tree.lines, strict=True)
        return running_sums([int(bool(words.print or words.label or line.link)) for words, line in pairs])

    @cached_property
    def _ended(self) -> list[int]:
        return running_sums([int("。" in line.text) for line in self.tree.lines])

    @cached_property
    def _doubled(self) -> list[int]:
        times = Counter(line.text for line in self.tree.lines if len(line.text) >= SENTENCE_SIZE)
        return running_sums([int(times[line.text] > 1) for line in self.tree.lines])

    def sentences(self, node: Node) -> int:
        """Characters of an element's lines that are sentences."""
        return self._sentences[node.last] - self._sentences[node.first]

    def teasers(self, first: int, last: int) -> int:
        """How many of these lines break off."""
        return self._teasers[last] - self._teasers[first]

    def small(self, first: int, last: int) -> int:
        """How many of these lines are small print, a label, or have a link."""
        return self._small[last] - self._small[first]

    def ended(self, first: int, last: int) -> int:
        """How many of these lines have a sentence that ends."""
        return self._ended[last] - self._ended[first]

    def doubled(self, first: int, last: int) -> int:
        """How many of these lines, of some length, stand on the page more than once."""
        return self._doubled[last] - self._doubled[first]

    def is_mostly_links(self, first: int, last: int) -> bool:
        """Whether more than half of the characters of these lines are links."""
        return (self.links[last] - self.links[first]) * 2 > self.sizes[last] - self.sizes[first]

    def stamped(self, first: int, last: int) -> int:
        """How many of these lines are short and show a day or a time."""
        return self._stamped[last] - self._stamped[first]

    def among(self, parent: int, index: int, step: int) -> bool:
        """Whether one of the next lines in a direction is a paragraph that stands directly in the element `parent`."""
        nodes, holder = self.tree.nodes, self.tree.nodes[max(parent, 0)]
        for _ in range(_BESIDE):
            if not holder.first <= index < holder.last:
                return False
            number = self.tree.lines[index].node
            around = nodes[number].parent
            inside = parent in {number, around}
            if around >= 0 and nodes[around].tag in _LISTS:
                inside = inside or nodes[around].parent == parent
            if inside and self.weights[index] >= SENTENCE_SIZE:
                return True
            index += step
        return False
