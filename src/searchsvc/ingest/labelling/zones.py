"""Which lines of a page belong to what surrounds an article. No single word of a name, and no phrase, decides alone.

1. What elements say by their names, weighed against what they hold and where they stand (see `_stands`). When next to
   nothing is left outside of them, the one with most text is believed to be the article.
2. The list under a label such as 相关文章.
3. Lists of other texts that a template repeats.
4. The line's own words, when it is nothing but small print, and no step, cell or heading of the article.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from .measures import ARTICLE_ABOVE, HEADLINES, OTHER_TEXT, SENTENCE_SIZE, Measures, is_link_line
from .names import CERTAIN, DECIDED, NONE, STRONG, WEAK, Evidence
from .panels import Panels
from .repeats import are_posts, repeated_items
from .tree import Node, RawLine, Tree
from .wording import Wording, is_linked_crumb, is_references

_BETWEEN_LINKS: Final = re.compile(r"[\[\](（）)\d\s:：./年月日·|-]{1,20}")
#: Around a form with more text stands an article, as on pages that are one form.
_FORM_TEXT: Final = 120
#: 张三：…, as comments begin that have no other sign.
_SAID: Final = re.compile(r"[^\s：:，。]{1,8}[：:]")
#: A page of updates says so.
_LIVE: Final = re.compile(r"直播|滚动|实录|持续更新|实时更新|即时更新|liveblog", re.I)
#: Names of tools, feet and menus are doubted sooner than others: two letters such as gg may be a hash.
_DOUBTFUL: Final = frozenset({"tool", "foot", "nav"})
#: How many containers at most turn out to be the article, each in the one before.
_ROUNDS: Final = 3
_RELATED: Final = Evidence("related", STRONG)


class Zoned(NamedTuple):
    """Evidence for each line, and for each element what is left of its own after a look at what it holds."""

    lines: list[Evidence]
    elements: list[Evidence]


def zones_of(measures: Measures) -> Zoned:
    """The zones of a page's lines and elements."""
    return _Zones(measures).zoned()


class _Zones:
    def __init__(self, measures: Measures) -> None:
        self._measures = measures
        self._tree, self._words, self._weights = measures.tree, measures.words, measures.weights
        self._prose = measures.prose
        self._panels = Panels(measures)
        self._own = [
            _of_wording(words, line, self._tree) for words, line in zip(self._words, self._tree.lines, strict=True)
        ]
        # The posts of a thread are told by reading all of them.
        self._groups = [(group, are_posts(self._tree, group)) for group in repeated_items(self._tree)]

    def zoned(self) -> Zoned:
        """Evidence for lines and elements."""
        listed = (node for group, posts in self._groups if not posts for node in group)
        items = {index for node in listed for index in range(node.first, node.last)}
        elements = [self._weighed(number, node) for number, node in enumerate(self._tree.nodes)]
        zones, roots = self._by_container(elements)
        unlisted = [0 if index in items else weight for index, weight in enumerate(self._weights)]
        for _ in range(_ROUNDS):
            article = self._misnamed(
                elements, roots, self._open_prose(zones, self._weights), self._open_prose(zones, unlisted)
            )
            if article is None:
                break
            elements[article] = NONE
            zones, roots = self._by_container(elements)
        self._spread_labels(zones)
        self._spread_repeats(zones)
        return Zoned([zone if zone.zone else own for zone, own in zip(zones, self._own, strict=True)], elements)

    def _weighed(self, number: int, node: Node) -> Evidence:
        """An element's evidence, or none where what it holds and where it stands speak against its name."""
        evidence = node.evidence
        if not evidence.zone or node.tag in {"html", "body", "main"}:
            return NONE
        if node.first == node.last:
            return evidence
        if evidence.zone == "hidden" and not evidence.firm and self._panels.is_panel(number):
            return NONE
        if evidence.strength >= CERTAIN:
            return evidence
        if not self._stands(number, node, evidence):
            return NONE
        return evidence if evidence.strength > WEAK else Evidence(evidence.zone, STRONG)

    def _stands(self, number: int, node: Node, evidence: Evidence) -> bool:
        """Whether the name of an element holds, in view of its text.

        A weak name needs links, teasers, a form or a label inside. A strong one falls where the element is a piece of
        running text among an article's own paragraphs: on either side for words that are presentation as often, on
        both for others; and so do small boxes without a sentence between two paragraphs.
        """
        if self._is_furniture(number, node):
            return True
        if evidence.strength == WEAK:
            return False
        measures, parent = self._measures, node.parent
        above, below = measures.among(parent, node.first - 1, -1), measures.among(parent, node.last, 1)
        sentences = measures.sentences(node)
        if sentences < SENTENCE_SIZE:
            return evidence.firm or self._is_small(node) or not (above and below)
        if not evidence.firm and self._is_part(node):
            return False
        if sentences * 2 > self._prose[-1]:
            return True
        stamped = evidence.zone == "comment" and measures.stamped(node.first, node.last) > 0
        return stamped or not ((above and below) if evidence.firm else (above or below))

    def _is_part(self, node: Node) -> bool:
        """Whether an element is a part of the article with its own heading, beside others: no label, link or stamp."""
        line, measures = self._tree.lines[node.first], self._measures
        headed = self._tree.nodes[line.node].tag in HEADLINES and node.last > node.first + 1
        if not headed or self._is_small(node) or measures.stamped(node.first, node.last):
            return False
        holder = self._tree.nodes[max(node.parent, 0)]
        around = self._prose[holder.last] - self._prose[holder.first] - self._prose[node.last] + self._prose[node.first]
        return around >= OTHER_TEXT

    def _is_small(self, node: Node) -> bool:
        """Whether an element holds small print, a label or a link."""
        return self._measures.small(node.first, node.last) > 0

    def _is_furniture(self, number: int, node: Node) -> bool:
        """True for links, for teasers, under a label of a list of other texts, and around a form's few words."""
        first, last = node.first, node.last
        measures = self._measures
        if number in measures.forms and measures.sizes[last] - measures.sizes[first] <= _FORM_TEXT:
            return True
        if measures.is_mostly_links(first, last) or measures.teasers(first, last) >= 2:
            return True
        return bool(self._words[first].label) and not self._is_section(first, last)

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

    def _misnamed(self, elements: Sequence[Evidence], roots: Sequence[int], beside: int, unlisted: int) -> int | None:
        """The zone that must be the article, because next to nothing is left outside of the zones.

        `beside` is the prose outside of them, `unlisted` that without lists of other texts: an element with a
        doubtful name is believed to be what it says only if there is more than such lists beside it.
        """
        best, most = None, 0
        for number in roots:
            node, zone = self._tree.nodes[number], elements[number].zone
            stamped = zone == "comment" and self._measures.stamped(node.first, node.last)
            if node.evidence.strength >= DECIDED or zone == "crumb" or stamped:
                continue
            inside = self._prose[node.last] - self._prose[node.first]
            doubtful = zone in _DOUBTFUL
            least = max(60, inside // (3 if doubtful else 8))
            least = {"hidden": 40, "comment": SENTENCE_SIZE}.get(zone, least)
            if inside > max(most, OTHER_TEXT) and (unlisted if doubtful else beside) < least:
                best, most = number, inside
        return best

    def _spread_labels(self, zones: list[Evidence]) -> None:
        """Gives the list under a label such as 相关文章 its zone: the container it opens, else the links after it."""
        for index, words in enumerate(self._words):
            if zones[index].zone or not words.label:
                continue
            end = self._opened(index)
            if end <= index + 1:
                end = self._talk_after(index) if words.label == "comment" else self._list_after(index)
            talk = words.label == "comment" and end > index + 1 and self._talk_after(index) == end
            if not talk and self._is_section(index, end):
                continue
            if end > index + 1 or words.label == "comment":
                zones[index:end] = [Evidence(words.label, STRONG)] * (end - index)

    def _is_section(self, index: int, end: int) -> bool:
        """Whether a label is the heading of a part of the article: 用户评论 above a paragraph about users' comments.

        What follows it up to `end` are sentences, with hardly a link, teaser or stamp among them.
        """
        line, after = self._tree.lines[index], index + 1
        if self._tree.nodes[line.node].tag not in HEADLINES and not line.bold:
            return False
        if after >= len(self._weights) or self._weights[after] < SENTENCE_SIZE:
            return False
        end, measures = max(end, after + 1), self._measures
        if end == after + 1 and not measures.among(self._tree.nodes[line.node].parent, after, 1):
            return False
        links = measures.links[end] - measures.links[after]
        few_links = links * 5 <= measures.sizes[end] - measures.sizes[after]
        marks = measures.teasers(after, end) + measures.stamped(after, end)
        if self._words[index].label == "comment" and not self._goes_on(index, end):
            return False
        return few_links and marks * 4 <= end - after

    def _goes_on(self, index: int, end: int) -> bool:
        """Whether the article goes on below a part that begins with a line: comments are the last of a page."""
        nodes, number = self._tree.nodes, self._tree.lines[index].node
        while number >= 0 and nodes[number].last <= end:
            number = nodes[number].parent
        return number >= 0 and self._measures.among(number, end, 1)

    def _opened(self, index: int) -> int:
        """End of the largest container whose first line is `index` and which holds less than half of the prose."""
        end, number = index, self._tree.lines[index].node
        prose = self._prose
        # What stands below an article may well be longer than it.
        most = prose[-1] if prose[index] >= ARTICLE_ABOVE else prose[-1] // 2
        while number >= 0:
            node = self._tree.nodes[number]
            if node.first != index or prose[node.last] - prose[node.first] > most:
                break
            end, number = node.last, node.parent
        return end

    def _talk_after(self, index: int) -> int:
        """End of what people say below a label: each line begins with a name, or shows when it was said."""
        end = self._tree.nodes[max(self._tree.nodes[self._tree.lines[index].node].parent, 0)].last
        named = sum(1 for line in self._tree.lines[index + 1 : end] if _SAID.match(line.text))
        marks = named + self._measures.stamped(index + 1, end)
        return end if end - index > 2 and marks * 3 >= end - index - 1 else index + 1

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

    def _spread_repeats(self, zones: list[Evidence]) -> None:
        """Zones for feeds, teasers and comments without names: unless there is no other text, and they are it."""
        if not self._groups:
            return
        items = {i for group, _ in self._groups for node in group for i in range(node.first, node.last)}
        covered = [zone if zone.zone or index not in items else _RELATED for index, zone in enumerate(zones)]
        others = self._open_prose(covered, self._weights) >= OTHER_TEXT
        updates = self._updates()
        for group, posts in self._groups:
            if posts and self._prose_before(zones, group[0].first) < OTHER_TEXT:
                skipped = group[1:]
            elif others and group is not updates and not self._is_of_article(group):
                skipped = group
            else:
                continue
            for node in skipped:
                if (self._prose[node.last] - self._prose[node.first]) * 2 > self._prose[-1]:
                    continue  # most of the page's text is no item of a list
                span = slice(node.first, node.last)
                zones[span] = [zone if zone.zone else _RELATED for zone in zones[span]]

    def _is_of_article(self, group: list[Node]) -> bool:
        """Whether items lie between an article's paragraphs, or under a line that says they are its sources."""
        nodes, number = self._tree.nodes, group[0].parent
        holder = nodes[max(number, 0)]
        first, measures = holder.first, self._measures
        if first and is_references(self._tree.lines[first - 1].text):
            return True
        if measures.is_mostly_links(first, holder.last):
            return False
        return measures.among(holder.parent, first - 1, -1) and measures.among(holder.parent, holder.last, 1)

    def _prose_before(self, zones: Sequence[Evidence], line: int) -> int:
        """Sentences above a line and outside of every zone; headlines are none."""
        nodes, lines = self._tree.nodes, self._tree.lines
        return sum(
            self._weights[i]
            for i in range(line)
            if self._weights[i] >= SENTENCE_SIZE and not zones[i].zone and nodes[lines[i].node].tag not in HEADLINES
        )

    def _updates(self) -> list[Node] | None:
        """The group that holds the updates of a page that says it is one: the one with most text."""
        live = _LIVE.search(self._tree.title) or any("LiveBlogPosting" in text for text in self._tree.json_ld)
        if not live:
            return None
        return max(
            (group for group, _ in self._groups),
            key=lambda group: sum(self._prose[node.last] - self._prose[node.first] for node in group),
        )


def _of_wording(words: Wording, line: RawLine, tree: Tree) -> Evidence:
    """What a line says of itself."""
    if words.crumb:
        return Evidence("crumb", STRONG)
    if words.keywords:
        return Evidence("hidden", STRONG)
    if line.link and is_linked_crumb(line.text) and tree.nodes[line.node].tag not in HEADLINES:
        return Evidence("crumb", STRONG)
    return Evidence("tool", words.print) if words.print else NONE
