"""Which lines of a page are its article. Rules, each used when the one before finds nothing:

1. The deepest container that holds most of the prose (lines of sentences that are neither links nor teasers).
2. The same over every line that is no link: verse, tables, and very short notices have no sentences.

Out go zones (navigation, related lists, comments, tools, footers, hidden parts), lists that begin with a label such
as 相关文章 or that a template repeats, small print, and everything up to the headline and the lines of facts under it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from ..labelling.markup import Line, Node, Tree
from ..labelling.names import Zone
from ..labelling.repeats import are_posts, repeated_items
from ..labelling.wording import (
    is_byline,
    is_crumb,
    is_edge_print,
    is_keywords,
    is_small_print,
    is_tail_print,
    is_teaser,
    label_zone,
)

#: A child holding this share of its parent's prose takes its place; tuned on the gold pages (0.6 to 0.9 give the same).
_MAJORITY: Final = 0.7
_HEADLINES: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
#: So many links one under the other are a list of other texts; two may be sources the article names.
_LINK_LIST: Final = 3
#: Prose above a label such as 推荐阅读 that makes it the end of an article.
_ARTICLE_ABOVE: Final = 100
#: An article beside a feed may have one sentence.
_OTHER_TEXT: Final = 30
#: With this share of the text below the headline, what is above it is no article.
_AFTER_HEADLINE: Final = 0.1
#: How far around the article's own element its siblings are looked at.
_LEVELS: Final = 4
_DAY: Final = re.compile(r"\d{1,2}\s*[-/.月]\s*\d{1,2}|昨天|[天时]前")
_SIGNED_DAY: Final = re.compile(
    r"[\d〇○零一二三四五六七八九]{4}年[\d一二三四五六七八九十]{1,3}月[\d一二三四五六七八九十]{1,3}日"
)
_BESIDE_LINKS: Final = re.compile(r"[\[\](（）)\d\s:：./年月日·|-]+")
_BETWEEN_LINKS: Final = re.compile(r"[\[\](（）)\d\s:：./年月日·|-]{1,20}")
_SENTENCE: Final = re.compile(r"[。！？；，、：,;!?]")
_ARTICLE_NAMES: Final = re.compile(
    r"article-?(?:body|content)|(?:post|entry|news|main)-?(?:body|content)|rich_?text", re.I
)


@dataclass(frozen=True, slots=True)
class Region:
    """Indices of the article's lines, in order, and the zones of all lines ("" where there is none)."""

    lines: list[int]
    zones: list[Zone]


def find_region(tree: Tree, zones: list[Zone], title_line: int | None) -> Region:
    """The article's lines; `title_line` is the line of the headline, when it stands on the page."""
    for rule, weigh in ((1, _prose), (2, _anything)):
        weights = [0 if zone else weigh(line) for line, zone in zip(tree.lines, zones, strict=True)]
        if title_line is not None and sum(weights[title_line + 1 :]) > _AFTER_HEADLINE * sum(weights):
            weights[: title_line + 1] = [0] * (title_line + 1)
            _drop_next_articles(tree, weights, title_line)
        _drop_after_others(tree, zones, weights)
        if sum(weights) >= (60, 8)[rule - 1]:
            first, last = _container(tree, weights, title_line)
            return Region(_kept(tree, zones, first, last, title_line), zones)
    return Region([], zones)


def _drop_after_others(tree: Tree, zones: list[Zone], weights: list[int]) -> None:
    """Weighs text as nothing that comes after a list of other texts and stands in another part of the page.

    A list inside an article is followed by text in the same container; comments without a name are not.
    """
    seen: set[int] = set()
    above = others = 0
    for index, line in enumerate(tree.lines):
        if zones[index] in {"related", "comment"}:
            others += 1
        elif weights[index]:
            holder = tree.nodes[line.node].parent
            around = {line.node, holder, tree.nodes[holder].parent} - {-1, 0}
            if others >= _LINK_LIST and above >= _ARTICLE_ABOVE and not around & seen:
                weights[index] = 0
                continue
            above, others = above + weights[index], 0
            seen |= around


def _drop_next_articles(tree: Tree, weights: list[int], title_line: int) -> None:
    """Weighs as nothing what a page that scrolls on appends: elements like the article's own, with headline and date.

    The article's own is the smallest element with headline and text, or one not far around it.
    """
    number, sums = tree.lines[title_line].node, _sums(weights)
    headline, levels = tree.nodes[number].tag, _LEVELS
    while number > 0 and levels and headline in _HEADLINES:
        node = tree.nodes[number]
        if sums[node.last] - sums[node.first] >= _OTHER_TEXT * 2:
            levels -= 1
            for other in tree.nodes[number + 1 :]:
                if (other.parent, other.tag, other.names) != (node.parent, node.tag, node.names):
                    continue
                lines = tree.lines[other.first : other.last]
                facts = [line.text for line in lines if tree.nodes[line.node].tag != headline and len(line.text) <= 60]
                alike = node.tag == "article" or any(_DAY.search(text) for text in facts)
                if alike and any(tree.nodes[line.node].tag == headline for line in lines):
                    weights[other.first : other.last] = [0] * len(lines)
        number = node.parent


def _prose(line: Line) -> int:
    plain = len(line.text) - line.link
    if line.link * 2 > len(line.text) or plain < 10 or is_teaser(line.text):
        return 0
    return plain if _SENTENCE.search(line.text) else plain // 4


def is_prose(line: Line) -> bool:
    """True for a line of running text."""
    return _prose(line) >= 30 and bool(_SENTENCE.search(line.text))


def _anything(line: Line) -> int:
    return 0 if line.link * 2 > len(line.text) or is_small_print(line.text) else len(line.text) - line.link


def line_zones(tree: Tree) -> list[Zone]:
    """The zone of each line: of its containers, of the label its list began with, or of its own wording."""
    own = [_zone_of_wording(line.text) for line in tree.lines]
    weights = [0 if zone else _prose(line) for line, zone in zip(tree.lines, own, strict=True)]
    if sum(weights) < _OTHER_TEXT * 2:
        weights = [0 if zone else _anything(line) for line, zone in zip(tree.lines, own, strict=True)]
    prose = _sums(weights)
    groups = repeated_items(tree)
    listed = (one for group in groups if not are_posts(tree, group) for one in group)
    items = {index for one in listed for index in range(one.first, one.last)}
    believed: frozenset[int] = frozenset()
    zones, roots = _by_container(tree, believed)
    # A zone in a zone may be the article: each round believes one container less than the names say.
    for _ in range(3):
        unlisted = [0 if index in items else weight for index, weight in enumerate(weights)]
        beside = _open_prose(tree, zones, weights), _open_prose(tree, zones, unlisted)
        article = _misnamed(tree, roots, prose, beside)
        if article is None:
            break
        believed |= {article}
        zones, roots = _by_container(tree, believed)
    _spread_labels(tree, zones, prose)
    _spread_repeats(tree, zones, weights, groups)
    return [zone or word for zone, word in zip(zones, own, strict=True)]


def _zone_of_wording(text: str) -> Zone:
    if is_crumb(text):
        return "crumb"
    return "hidden" if is_keywords(text) else "tool" if is_small_print(text) else ""


def _sums(weights: list[int]) -> list[int]:
    sums = [0]
    for weight in weights:
        sums.append(sums[-1] + weight)
    return sums


def _open_prose(tree: Tree, zones: list[Zone], weights: list[int]) -> int:
    """Prose outside of every zone; headlines are none, however long."""
    return sum(
        weight
        for line, zone, weight in zip(tree.lines, zones, weights, strict=True)
        if weight and not zone and tree.nodes[line.node].tag not in _HEADLINES
    )


def _spread_repeats(tree: Tree, zones: list[Zone], weights: list[int], groups: list[list[Node]]) -> None:
    """Zones for feeds, teasers and comments without names: unless there is no other text, and they are the article."""
    if not groups:
        return
    first = groups[0][0].first
    before = sum(weight for weight, zone in zip(weights[:first], zones[:first], strict=True) if not zone)
    items = {index for group in groups for node in group for index in range(node.first, node.last)}
    open_prose = _open_prose(
        tree, [zone or ("related" if index in items else "") for index, zone in enumerate(zones)], weights
    )
    for group in groups:
        if before < _OTHER_TEXT and group is groups[0] and are_posts(tree, group):
            skipped = group[1:]
        elif open_prose >= _OTHER_TEXT:
            skipped = group
        else:
            continue
        for node in skipped:
            zones[node.first : node.last] = [zone or "related" for zone in zones[node.first : node.last]]


def _by_container(tree: Tree, believed: frozenset[int]) -> tuple[list[Zone], list[int]]:
    """(zones of the lines, the outermost nodes that are zones); those in `believed` are taken for none."""
    zones: list[Zone] = []
    roots: list[int] = []
    for number, node in enumerate(tree.nodes):
        outer: Zone = zones[node.parent] if node.parent >= 0 else ""
        own: Zone = "" if node.tag in {"html", "body", "main"} or number in believed else node.zone
        if own and not outer:
            roots.append(number)
        zones.append(outer or own)
    return [zones[line.node] for line in tree.lines], roots


def _misnamed(tree: Tree, roots: list[int], prose: list[int], beside: tuple[int, int]) -> int | None:
    """The zone that must be the article, because next to nothing is left outside of the zones.

    `beside` is the prose outside of them, with and without lists of other texts: a name of two letters, such as gg,
    may be a hash, so an element of tools is believed to be one only if there is more than such lists beside it.
    """
    best, most = None, 0
    for number in roots:
        node = tree.nodes[number]
        inside = prose[node.last] - prose[node.first]
        weak = node.zone in {"tool", "foot", "nav"}
        least = 40 if node.zone == "hidden" else max(60, inside // (3 if weak else 8))
        if inside > max(most, _OTHER_TEXT) and beside[weak] < least and node.zone not in {"comment", "crumb"}:
            best, most = number, inside
    return best


def _spread_labels(tree: Tree, zones: list[Zone], prose: list[int]) -> None:
    """Gives the list under a label such as 相关文章 its zone: the container it opens, else the links after it."""
    for index, line in enumerate(tree.lines):
        if zones[index] or len(line.text) > 24:
            continue
        zone = label_zone(line.text)
        if not zone:
            continue
        end = _opened(tree, index, prose)
        if end <= index + 1:
            end = _list_after(tree, index)
        if end > index + 1 or zone == "comment":
            zones[index:end] = [zone] * (end - index)


def _opened(tree: Tree, index: int, prose: list[int]) -> int:
    """End of the largest container whose first line is `index` and which holds less than half of the prose."""
    end, number = index, tree.lines[index].node
    # What stands below an article may well be longer than it.
    most = prose[-1] if prose[index] >= _ARTICLE_ABOVE else prose[-1] // 2
    while number >= 0:
        node = tree.nodes[number]
        if node.first != index or prose[node.last] - prose[node.first] > most:
            break
        end, number = node.last, node.parent
    return end


def _list_after(tree: Tree, index: int) -> int:
    """End of the links and teasers that follow line `index`."""
    end = index + 1
    while end < len(tree.lines):
        line = tree.lines[end]
        if not (is_link_line(line) or is_teaser(line.text) or _BETWEEN_LINKS.fullmatch(line.text)):
            break
        end += 1
    return end


def _container(tree: Tree, weights: list[int], title_line: int | None) -> tuple[int, int]:
    """Lines of the deepest container with most of the weight in it."""
    sums = _sums(weights)
    children: dict[int, list[int]] = {}
    for number, node in enumerate(tree.nodes):
        if node.parent >= 0:
            children.setdefault(node.parent, []).append(number)
    current = 0
    while True:
        node = tree.nodes[current]
        have = sums[node.last] - sums[node.first]
        best, most = -1, 0
        for number in children.get(current, ()):
            child = tree.nodes[number]
            inside = sums[child.last] - sums[child.first]
            if inside > most:
                best, most = number, inside
        if (
            best < 0
            or most < _share_needed(tree, best, title_line) * have
            or tree.nodes[best].tag in {"p", "li", "ul", "ol", "dl"}
        ):
            return node.first, node.last
        if _outro(tree, node.last, tree.nodes[best].last, weights) and most < 0.95 * have:
            return node.first, node.last
        current = best


def _outro(tree: Tree, last: int, inner_last: int, weights: list[int]) -> bool:
    """True when the text goes on right after the inner container ends."""
    return inner_last < last and weights[inner_last] >= 30


def _share_needed(tree: Tree, number: int, title_line: int | None) -> float:
    node = tree.nodes[number]
    headed = title_line is not None and node.first <= title_line < node.last
    return 0.5 if headed or node.tag == "article" or _ARTICLE_NAMES.search(node.names) else _MAJORITY


def _kept(tree: Tree, zones: list[Zone], first: int, last: int, title_line: int | None) -> list[int]:
    start = first
    if title_line is not None and first <= title_line < last:
        start = title_line + 1
    kept = _without_link_lists(tree, [index for index in range(start, last) if not zones[index]])
    while kept and (is_edge_print(tree.lines[kept[0]].text) or is_byline(tree.lines[kept[0]].text)):
        kept.pop(0)
    while kept and (_is_tail(tree.lines[kept[-1]].text) or is_link_line(tree.lines[kept[-1]])):
        if len(kept) > 1 and _is_signed(tree.lines[kept[-2]].text, tree.lines[kept[-1]].text):
            break
        kept.pop()
    return kept


def _is_tail(text: str) -> bool:
    return is_edge_print(text) or is_tail_print(text)


def _is_signed(above: str, text: str) -> bool:
    """True for the day under a signature: 某某银行股份有限公司 / 2026年3月10日."""
    return is_signed_day(text) and len(above) <= 30 and not _SENTENCE.search(above)


def is_signed_day(text: str) -> bool:
    """True for a line that is a day in digits or Chinese numerals: 二〇二六年三月十日."""
    return len(text) <= 20 and bool(_SIGNED_DAY.fullmatch(text))


def _without_link_lists(tree: Tree, kept: list[int]) -> list[int]:
    """Without runs of links, and the line that is their label: lists of other texts under labels of any wording."""
    left: list[int] = []
    run: list[int] = []
    for index in [*kept, -1]:
        if index >= 0 and is_link_line(tree.lines[index]):
            run.append(index)
            continue
        if len(run) < _LINK_LIST:
            left += run
        elif left and _is_label(tree.lines[left[-1]]):
            left.pop()
        run = []
        if index >= 0:
            left.append(index)
    return left or kept


def _is_label(line: Line) -> bool:
    return len(line.text) <= 14 and not _SENTENCE.search(line.text.rstrip(":："))


def is_link_line(line: Line) -> bool:
    """True when a line is a link, but for a date or number beside it."""
    return line.link > 0 and line.link * 2 > len(_BESIDE_LINKS.sub("", line.text))
