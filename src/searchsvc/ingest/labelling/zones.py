"""Which lines of a page belong to what surrounds an article. Evidence adds up; no single word of a name decides.

1. What elements say by their names, weighed against what they hold (see `_stands`).
2. The list under a label such as 相关文章.
3. Lists of other texts that a template repeats.
4. The line's own words, when it is nothing but small print and no step, cell or heading of the article.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from .markup import Node, RawLine, Tree
from .names import CERTAIN, DECIDED, NONE, STRONG, WEAK, Evidence
from .repeats import are_posts, repeated_items
from .wording import Wording, is_linked_crumb

HEADLINES: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_LISTS: Final = frozenset({"ul", "ol", "dl", "blockquote", "table", "tbody", "tr"})
#: An article beside a feed may have one sentence.
OTHER_TEXT: Final = 30
#: Prose above a label such as 推荐阅读 that makes it the end of an article.
_ARTICLE_ABOVE: Final = 100
#: A sentence inside a box with a doubtful name.
_SENTENCE_SIZE: Final = 12
#: What a press on which shows the rest of a text says, and how many paragraphs such a rest has without it.
_OPENS: Final = re.compile(r"展开|查看(?:全文|更多|全部)|阅读全文|显示(?:全部|更多)|全文|more", re.I)
_PARAGRAPHS: Final = 3
#: The longest question above its answer.
_CAPTION: Final = 60
#: How many lines around a box are looked at for the paragraphs it stands among.
_BESIDE: Final = 3
_BESIDE_LINKS: Final = re.compile(r"[\[\](（）)\d\s:：./年月日·|-]+")
_BETWEEN_LINKS: Final = re.compile(r"[\[\](（）)\d\s:：./年月日·|-]{1,20}")
SENTENCE: Final = re.compile(r"[。！？；，、：,;!?]")
#: Around a form with more text stands an article, as on pages that are one form.
_FORM_TEXT: Final = 120
#: A page of updates says so.
_LIVE: Final = re.compile(r"直播|滚动|实录|持续更新|实时更新|即时更新|liveblog", re.I)
_DIGITS: Final = re.compile(r"\d+")
_STAMP: Final = re.compile(r"\d{1,2}[-/.月]\d{1,2}|[012]?\d:[0-5]\d|[分天时]前|昨天|刚刚|回复|\d楼")


def prose_weight(text: str, link: int, teaser: bool) -> int:
    """Characters of running text in a line: all that are no link, a quarter of them where nothing ends or parts."""
    plain = len(text) - link
    if link * 2 > len(text) or plain < 10 or teaser:
        return 0
    return plain if SENTENCE.search(text) else plain // 4


def is_link_line(text: str, link: int) -> bool:
    """True when a line with so many characters of links is one, but for a date or number beside it."""
    return link > 0 and link * 2 > len(_BESIDE_LINKS.sub("", text))


class Zoned(NamedTuple):
    """Evidence for each line, and for each element what is left of its own after a look at what it holds."""

    lines: list[Evidence]
    elements: list[Evidence]


def zones_of(tree: Tree, wordings: Sequence[Wording], children: Sequence[Sequence[int]]) -> Zoned:
    """The zones of a page's lines and elements; `children` are the elements inside each."""
    return _Zones(tree, wordings, children).found()


class _Zones:
    def __init__(self, tree: Tree, wordings: Sequence[Wording], children: Sequence[Sequence[int]]) -> None:
        self._tree, self._words, self._children = tree, wordings, children
        lines = tree.lines
        self._own = [_of_wording(words, line, tree) for words, line in zip(wordings, lines, strict=True)]
        weights = [
            0 if own.zone or words.print else prose_weight(line.text, line.link, words.teaser)
            for line, words, own in zip(lines, wordings, self._own, strict=True)
        ]
        if sum(weights) < OTHER_TEXT * 2:
            weights = [
                0 if own.zone or words.print or line.link * 2 > len(line.text) else len(line.text) - line.link
                for line, words, own in zip(lines, wordings, self._own, strict=True)
            ]
        self._weights = weights
        self._forms = _around(tree, tree.controls)
        self._live = bool(_LIVE.search(tree.title)) or any("LiveBlogPosting" in text for text in tree.json_ld)
        self._prose = _sums(weights)
        self._links = _sums([line.link for line in lines])
        self._sizes = _sums([len(line.text) for line in lines])

    def found(self) -> Zoned:
        tree = self._tree
        groups = repeated_items(tree)
        listed = (one for group in groups if not are_posts(tree, group) for one in group)
        items = {index for one in listed for index in range(one.first, one.last)}
        elements = [self._weighed(number, node) for number, node in enumerate(tree.nodes)]
        zones, roots = self._by_container(elements)
        # A zone in a zone may be the article: each round believes one container less than the names say.
        for _ in range(3):
            unlisted = [0 if index in items else weight for index, weight in enumerate(self._weights)]
            beside = self._open_prose(zones, self._weights), self._open_prose(zones, unlisted)
            article = self._misnamed(elements, roots, beside)
            if article is None:
                break
            elements[article] = NONE
            zones, roots = self._by_container(elements)
        self._spread_labels(zones)
        self._spread_repeats(zones, groups)
        return Zoned([zone if zone.zone else own for zone, own in zip(zones, self._own, strict=True)], elements)

    def _weighed(self, number: int, node: Node) -> Evidence:
        """An element's evidence, or none where what it holds and where it stands speak against its name."""
        found = node.evidence
        if not found.zone or node.tag in {"html", "body", "main"}:
            return NONE
        if found.zone == "hidden" and not found.firm and node.first < node.last and self._is_panel(number, node):
            return NONE
        if found.strength >= CERTAIN or node.first == node.last:
            return found
        if not self._stands(number, node, found):
            return NONE
        return found if found.strength > WEAK else Evidence(found.zone, STRONG)

    def _stands(self, number: int, node: Node, found: Evidence) -> bool:
        """Whether the name of an element holds, in view of its text.

        A weak name needs links, teasers or a label inside; a strong one falls where the element is a piece of
        running text among an article's own paragraphs, on either side for words that are presentation as often.
        """
        if self._is_furniture(number, node):
            return True
        if found.strength == WEAK:
            return False
        lines = range(node.first, node.last)
        above, below = self._among(node.parent, node.first - 1, -1), self._among(node.parent, node.last, 1)
        sentences = sum(self._weights[i] for i in lines if SENTENCE.search(self._tree.lines[i].text))
        if sentences < _SENTENCE_SIZE:
            small = any(self._words[i].print or self._words[i].label or self._tree.lines[i].link for i in lines)
            return found.firm or small or not (above and below)
        if sentences * 2 > self._prose[-1]:
            return True
        if not found.firm:
            return not (above or below)
        stamped = any(_STAMP.search(self._tree.lines[i].text) for i in lines if len(self._tree.lines[i].text) <= 40)
        return stamped or not (above and below)

    def _is_panel(self, number: int, node: Node) -> bool:
        """Whether a hidden element is a part of the text that a press shows: 展开全文, tabs, questions and answers.

        It holds sentences, none of which the page shows as well, and hardly links. It is one of several of its kind,
        each under a short line of its own or one of them shown; or it goes on after the paragraphs above it, and is
        long or has the button beside it.
        """
        lines = range(node.first, node.last)
        sentences = sum(self._weights[i] for i in lines if SENTENCE.search(self._tree.lines[i].text))
        links = self._links[node.last] - self._links[node.first]
        if sentences < _SENTENCE_SIZE or links * 5 > self._sizes[node.last] - self._sizes[node.first]:
            return False
        if number in self._forms or self._is_furniture(number, node) or self._is_shown_too(node):
            return False
        if self._is_one_of_many(number, node):
            return True
        beside = (self._tree.lines[i].text for i in (node.first - 1, node.last) if 0 <= i < len(self._tree.lines))
        opened = any(_OPENS.search(text) for text in beside)
        long = sum("。" in self._tree.lines[i].text for i in lines) >= _PARAGRAPHS
        return (opened or long) and self._among(node.parent, node.first - 1, -1)

    def _is_shown_too(self, node: Node) -> bool:
        inside = {line.text for line in self._tree.lines[node.first : node.last] if len(line.text) >= _SENTENCE_SIZE}
        others = (*self._tree.lines[: node.first], *self._tree.lines[node.last :])
        return any(line.text in inside for line in others)

    def _is_one_of_many(self, number: int, node: Node) -> bool:
        nodes = self._tree.nodes
        beside = [nodes[one] for one in self._children[node.parent] if one != number and nodes[one].tag == node.tag]
        name = _DIGITS.sub("", node.names).split()[:1]
        alike = [
            one for one in beside if name and _DIGITS.sub("", one.names).split()[:1] == name and one.first < one.last
        ]
        if any(not one.evidence.zone and self._prose[one.last] > self._prose[one.first] for one in alike):
            return True
        holder = nodes[node.parent]
        if alike:
            return all(self._is_caption(one.first - 1, holder) for one in (*alike, node))
        around = [nodes[one] for one in self._children[holder.parent]] if holder.parent >= 0 else []
        items = [one for one in around if one is not holder and (one.tag, one.names) == (holder.tag, holder.names)]
        caption = self._is_caption(node.first - 1, holder)
        return caption and len(items) > 0 and holder.first == node.first - 1

    def _is_caption(self, index: int, holder: Node) -> bool:
        """True for a short line above a panel, in the same element."""
        if not holder.first <= index < holder.last:
            return False
        return 2 <= len(self._tree.lines[index].text) <= _CAPTION

    def _is_furniture(self, number: int, node: Node) -> bool:
        """True for links, for teasers, under a label of a list of other texts, and around a form's few words."""
        first, last = node.first, node.last
        if number in self._forms and self._sizes[last] - self._sizes[first] <= _FORM_TEXT:
            return True
        if (self._links[last] - self._links[first]) * 2 > self._sizes[last] - self._sizes[first]:
            return True
        if sum(one.teaser for one in self._words[first:last]) >= 2:
            return True
        return bool(self._words[first].label) and not self._is_section(first, last)

    def _among(self, parent: int, index: int, step: int) -> bool:
        """Whether one of the next lines in a direction is a paragraph that stands directly in `parent`."""
        nodes, holder = self._tree.nodes, self._tree.nodes[max(parent, 0)]
        for _ in range(_BESIDE):
            if not holder.first <= index < holder.last:
                return False
            number = self._tree.lines[index].node
            around = nodes[number].parent
            inside = number == parent or around == parent
            if around >= 0 and nodes[around].tag in _LISTS:
                inside = inside or nodes[around].parent == parent
            if inside and self._weights[index] >= _SENTENCE_SIZE:
                return True
            index += step
        return False

    def _by_container(self, elements: Sequence[Evidence]) -> tuple[list[Evidence], list[int]]:
        """(zones of the lines, the outermost elements that are zones)."""
        zones: list[Evidence] = []
        roots: list[int] = []
        for number, (node, own) in enumerate(zip(self._tree.nodes, elements, strict=True)):
            outer = zones[node.parent] if node.parent >= 0 else NONE
            if own.zone and not outer.zone:
                roots.append(number)
            zones.append(outer if outer.zone else own)
        return [zones[line.node] for line in self._tree.lines], roots

    def _open_prose(self, zones: Sequence[Evidence], weights: Sequence[int]) -> int:
        """Prose outside of every zone; headlines are none, however long."""
        nodes = self._tree.nodes
        return sum(
            weight
            for line, zone, weight in zip(self._tree.lines, zones, weights, strict=True)
            if weight and not zone.zone and nodes[line.node].tag not in HEADLINES
        )

    def _misnamed(self, elements: Sequence[Evidence], roots: Sequence[int], beside: tuple[int, int]) -> int | None:
        """The zone that must be the article, because next to nothing is left outside of the zones.

        `beside` is the prose outside of them, with and without lists of other texts: a name of two letters, such as
        gg, may be a hash, so an element of tools is believed to be one only if there is more than such lists beside it.
        """
        best, most = None, 0
        for number in roots:
            node, zone = self._tree.nodes[number], elements[number].zone
            if node.evidence.strength >= DECIDED:
                continue
            inside = self._prose[node.last] - self._prose[node.first]
            weak = zone in {"tool", "foot", "nav"}
            least = 40 if zone == "hidden" else max(60, inside // (3 if weak else 8))
            if inside > max(most, OTHER_TEXT) and beside[weak] < least and zone not in {"comment", "crumb"}:
                best, most = number, inside
        return best

    def _spread_labels(self, zones: list[Evidence]) -> None:
        """Gives the list under a label such as 相关文章 its zone: the container it opens, else the links after it."""
        for index, words in enumerate(self._words):
            if zones[index].zone or not words.label:
                continue
            end = self._opened(index)
            if end <= index + 1:
                end = self._list_after(index)
            if self._is_section(index, end):
                continue
            if end > index + 1 or words.label == "comment":
                zones[index:end] = [Evidence(words.label, STRONG)] * (end - index)

    def _is_section(self, index: int, end: int) -> bool:
        """Whether a label is the heading of a part of the article: 用户评论 above a paragraph about users' comments."""
        tag, after = self._tree.nodes[self._tree.lines[index].node].tag, index + 1
        if tag not in HEADLINES and not self._tree.lines[index].bold:
            return False
        if after >= len(self._tree.lines) or self._weights[after] < _SENTENCE_SIZE:
            return False
        end = max(end, after + 1)
        if end == after + 1 and not self._among(self._tree.nodes[self._tree.lines[index].node].parent, after, 1):
            return False
        texts = self._tree.lines[after:end]
        return not any(line.link or self._words[after + n].teaser for n, line in enumerate(texts)) and not any(
            len(line.text) <= 40 and _STAMP.search(line.text) for line in texts
        )

    def _opened(self, index: int) -> int:
        """End of the largest container whose first line is `index` and which holds less than half of the prose."""
        end, number = index, self._tree.lines[index].node
        prose = self._prose
        # What stands below an article may well be longer than it.
        most = prose[-1] if prose[index] >= _ARTICLE_ABOVE else prose[-1] // 2
        while number >= 0:
            node = self._tree.nodes[number]
            if node.first != index or prose[node.last] - prose[node.first] > most:
                break
            end, number = node.last, node.parent
        return end

    def _list_after(self, index: int) -> int:
        """End of the links and teasers that follow line `index`."""
        end = index + 1
        while end < len(self._tree.lines):
            line = self._tree.lines[end]
            if not (
                is_link_line(line.text, line.link) or self._words[end].teaser or _BETWEEN_LINKS.fullmatch(line.text)
            ):
                break
            end += 1
        return end

    def _spread_repeats(self, zones: list[Evidence], groups: list[list[Node]]) -> None:
        """Zones for feeds, teasers and comments without names: unless there is no other text, and they are it."""
        if not groups:
            return
        items = {index for group in groups for node in group for index in range(node.first, node.last)}
        related = Evidence("related", STRONG)
        covered = [zone if zone.zone or index not in items else related for index, zone in enumerate(zones)]
        open_prose = self._open_prose(covered, self._weights)
        updates = self._updates(groups) if self._live else None
        for group in groups:
            if are_posts(self._tree, group) and self._prose_before(zones, group[0].first) < OTHER_TEXT:
                skipped = group[1:]
            elif group is updates:
                continue
            elif open_prose >= OTHER_TEXT:
                skipped = group
            else:
                continue
            for node in skipped:
                zones[node.first : node.last] = [
                    zone if zone.zone else related for zone in zones[node.first : node.last]
                ]

    def _prose_before(self, zones: Sequence[Evidence], line: int) -> int:
        """Sentences above a line and outside of every zone; headlines are none."""
        nodes, lines = self._tree.nodes, self._tree.lines
        return sum(
            self._weights[i]
            for i in range(line)
            if self._weights[i] >= _SENTENCE_SIZE and not zones[i].zone and nodes[lines[i].node].tag not in HEADLINES
        )

    def _updates(self, groups: list[list[Node]]) -> list[Node]:
        """The group that holds the updates of a page that says it is one: the one with most text."""
        return max(groups, key=lambda group: sum(self._prose[node.last] - self._prose[node.first] for node in group))


def _of_wording(words: Wording, line: RawLine, tree: Tree) -> Evidence:
    """What a line says of itself."""
    if words.crumb:
        return Evidence("crumb", STRONG)
    if words.keywords:
        return Evidence("hidden", STRONG)
    if line.link and is_linked_crumb(line.text) and tree.nodes[line.node].tag not in HEADLINES:
        return Evidence("crumb", STRONG)
    return Evidence("tool", words.print) if words.print else NONE


def _around(tree: Tree, inner: Sequence[int]) -> frozenset[int]:
    """These elements and all that they are in."""
    found: set[int] = set()
    for number in inner:
        while number >= 0 and number not in found:
            found.add(number)
            number = tree.nodes[number].parent
    return frozenset(found)


def _sums(weights: Sequence[int]) -> list[int]:
    sums = [0]
    for weight in weights:
        sums.append(sums[-1] + weight)
    return sums
