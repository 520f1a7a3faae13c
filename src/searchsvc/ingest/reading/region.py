"""Which lines of a page are its article. Rules, each used when the one before finds nothing:

1. The deepest container that holds most of the prose (lines of sentences that are neither links nor teasers).
2. The same over every line that is no link: verse, tables, and very short notices have no sentences.

Out go the lines that stand outside of it (navigation, related lists, comments, tools, footers, hidden parts), runs of
links, everything up to the headline and the lines of facts under it, and at either end what sites put there. In the
middle of an article nothing goes for its wording alone.
"""

from __future__ import annotations

import re
from typing import Final

from ..labelling.measures import (
    ARTICLE_ABOVE,
    HEADLINES,
    OTHER_TEXT,
    SENTENCE,
    SENTENCE_SIZE,
    is_link_line,
    running_sums,
)
from ..labelling.page import LabelledPage, Line
from ..labelling.wording import is_references

#: A child holding this share of its parent's prose takes its place; tuned on the gold pages (0.6 to 0.9 give the same).
_MAJORITY: Final = 0.7
#: So many links one under the other are a list of other texts; two may be sources the article names.
_LINK_LIST: Final = 3
#: With this share of the text below the headline, what is above it is no article.
_AFTER_HEADLINE: Final = 0.1
#: How far around the article's own element its siblings are looked at.
_LEVELS: Final = 4
_DAY: Final = re.compile(r"\d{1,2}\s*[-/.月]\s*\d{1,2}|昨天|[天时]前")
_SIGNED_DAY: Final = re.compile(
    r"[\d〇○零一二三四五六七八九]{4}年[\d一二三四五六七八九十]{1,3}月[\d一二三四五六七八九十]{1,3}日"
)
#: elementor-element-3f2a and its neighbours: numbers and hashes.
_NUMBERS: Final = re.compile(r"[\w-]*\d[\w-]*|\b(?:active|current|on|first|last|odd|even)\b|\s+")
#: A sentence that ends: a line of facts has none.
_ENDED: Final = re.compile(r"。|[？！?]$")
_ARTICLE_NAMES: Final = re.compile(
    r"article-?(?:body|content)|(?:post|entry|news|main)-?(?:body|content)|rich_?text", re.I
)


def find_region(page: LabelledPage, title_line: int | None) -> list[int]:
    """Numbers of the article's lines, in order; `title_line` is that of the headline, when it stands on the page."""
    for weigh, least in ((_prose, 60), (_anything, 8)):
        weights = [weigh(line) for line in page.lines]
        if title_line is not None and sum(weights[title_line + 1 :]) > _AFTER_HEADLINE * sum(weights):
            weights[: title_line + 1] = [0] * (title_line + 1)
            _drop_next_articles(page, weights, title_line)
        _drop_after_others(page, weights)
        if sum(weights) >= least:
            container = _container(page, weights, title_line)
            first, last = _with_siblings(page, weights, container)
            return [*_leads(page, title_line, first), *_kept(page, first, last, title_line)]
    return []


def is_prose(line: Line) -> bool:
    """True for a line of running text."""
    return line.weight >= OTHER_TEXT and bool(SENTENCE.search(line.text))


def is_signed_day(text: str) -> bool:
    """True for a line that is a day in digits or Chinese numerals: 二〇二六年三月十日."""
    return len(text) <= 20 and bool(_SIGNED_DAY.fullmatch(text))


def _prose(line: Line) -> int:
    return 0 if line.outside or line.words.print else line.weight


def _anything(line: Line) -> int:
    return 0 if line.outside or line.linked or line.words.print else len(line.text) - line.link


def _drop_after_others(page: LabelledPage, weights: list[int]) -> None:
    """Weighs text as nothing that comes after a list of other texts and stands in another part of the page.

    A list inside an article is followed by text in the same container; comments without a name are not.
    """
    seen: set[int] = set()
    above = others = 0
    for index, line in enumerate(page.lines):
        if line.outside in {"related", "comment"}:
            others += 1
        elif weights[index]:
            holder = page.elements[line.element].parent
            around = {line.element, holder, page.elements[holder].parent} - {-1, 0}
            if others >= _LINK_LIST and above >= ARTICLE_ABOVE and not around & seen:
                weights[index] = 0
                continue
            above, others = above + weights[index], 0
            seen |= around


def _drop_next_articles(page: LabelledPage, weights: list[int], title_line: int) -> None:
    """Weighs as nothing what a page that scrolls on appends: elements like the article's own, with headline and date.

    The article's own is the smallest element with headline and text, or one not far around it.
    """
    number, sums = page.lines[title_line].element, running_sums(weights)
    headline, levels = page.elements[number].tag, _LEVELS
    while number > 0 and levels and headline in HEADLINES:
        node = page.elements[number]
        if sums[node.last] - sums[node.first] >= OTHER_TEXT * 2:
            levels -= 1
            for other in page.elements[number + 1 :]:
                if (other.parent, other.tag, other.names) != (node.parent, node.tag, node.names):
                    continue
                lines = page.lines[other.first : other.last]
                facts = [
                    line.text for line in lines if page.elements[line.element].tag != headline and len(line.text) <= 60
                ]
                alike = node.tag == "article" or any(_DAY.search(text) for text in facts)
                if alike and any(page.elements[line.element].tag == headline for line in lines):
                    weights[other.first : other.last] = [0] * len(lines)
        number = node.parent


def _leads(page: LabelledPage, title_line: int | None, first: int) -> list[int]:
    """Paragraphs between headline and text: a lead, an abstract, a question's own text."""
    if title_line is None:
        return []
    between = range(title_line + 1, first)

    def is_lead(line: Line) -> bool:
        apart = line.outside or line.words.print or line.words.edge or line.words.byline or line.link
        return not apart and is_prose(line) and bool(_ENDED.search(line.text))

    return [number for number in between if is_lead(page.lines[number])]


def _with_siblings(page: LabelledPage, weights: list[int], number: int) -> tuple[int, int]:
    """Lines of an element, and of those like it (same tag and names) behind it, or behind one around it, with text.

    Page builders put parts of an article into sections of one kind, question pages their answers.
    """
    sums = running_sums(weights)
    own = page.elements[number]
    first, last = own.first, own.last
    for _ in range(_LEVELS):
        element = page.elements[number]
        if element.parent < 0:
            break
        if element.names or element.tag == "section":
            for other in page.elements[number + 1 :]:
                if other.first >= page.elements[element.parent].last:
                    break
                alike = (other.parent, other.tag) == (element.parent, element.tag)
                if (
                    alike
                    and _kind(other.names) == _kind(element.names)
                    and sums[other.last] - sums[other.first] >= OTHER_TEXT
                ):
                    last = max(last, other.last)
        number = element.parent
    return first, last


def _kind(names: str) -> str:
    """The names of an element without what numbers it."""
    return _NUMBERS.sub("", names)


def _container(page: LabelledPage, weights: list[int], title_line: int | None) -> int:
    """The deepest element with most of the weight in it."""
    sums = running_sums(weights)
    children: dict[int, list[int]] = {}
    for number, node in enumerate(page.elements):
        if node.parent >= 0:
            children.setdefault(node.parent, []).append(number)
    current = 0
    while True:
        node = page.elements[current]
        have = sums[node.last] - sums[node.first]
        best, most = -1, 0
        for number in children.get(current, ()):
            child = page.elements[number]
            inside = sums[child.last] - sums[child.first]
            if inside > most:
                best, most = number, inside
        if (
            best < 0
            or most < _share_needed(page, best, title_line) * have
            or page.elements[best].tag in {"p", "li", "ul", "ol", "dl"}
        ):
            return current
        if _outro(node.last, page.elements[best].last, weights) and most < 0.95 * have:
            return current
        current = best


def _outro(last: int, inner_last: int, weights: list[int]) -> bool:
    """True when the text goes on right after the inner container ends."""
    return inner_last < last and weights[inner_last] >= OTHER_TEXT


def _share_needed(page: LabelledPage, number: int, title_line: int | None) -> float:
    node = page.elements[number]
    headed = title_line is not None and node.first <= title_line < node.last
    return 0.5 if headed or node.tag == "article" or _ARTICLE_NAMES.search(node.names) else _MAJORITY


def _kept(page: LabelledPage, first: int, last: int, title_line: int | None) -> list[int]:
    start = first
    if title_line is not None and first <= title_line < last:
        start = title_line + 1
    kept = _without_link_lists(page, [index for index in range(start, last) if not page.lines[index].outside])
    kept = _without_small_print(page, kept, range(start, last))
    while kept and _is_head(page.lines[kept[0]]):
        kept.pop(0)
    linked = False
    while kept and (_is_tail(page.lines[kept[-1]]) or (linked and _heads_links(page.lines[kept[-1]]))):
        line = page.lines[kept[-1]]
        if len(kept) > 1 and _is_signed(page.lines[kept[-2]].text, line.text):
            break
        linked = is_link_line(line.text, line.link)
        kept.pop()
    return kept


def _without_small_print(page: LabelledPage, kept: list[int], span: range) -> list[int]:
    """Without lines that begin like small print, where they stand above or below all text, or beside more of it.

    Among paragraphs such a line is one of them: 打开APP，点击右下角“我的”.
    """
    texts = [index for index in kept if _is_text(page.lines[index])]
    if not texts:
        return kept

    def stays(index: int) -> bool:
        if not page.lines[index].words.print:
            return True
        beside = [page.lines[one] for one in (index - 1, index + 1) if one in span]
        return texts[0] < index < texts[-1] and not any(_is_small(line) for line in beside)

    return [index for index in kept if stays(index)]


def _is_text(line: Line) -> bool:
    """True for a sentence, and for a heading, item or cell: what small print may stand between."""
    if line.words.print or line.words.edge or line.words.tail or line.linked:
        return False
    return (
        line.spared or line.block.kind != "text" or (line.weight >= SENTENCE_SIZE and bool(SENTENCE.search(line.text)))
    )


def _is_small(line: Line) -> bool:
    return line.words.print > 1 or line.words.edge or line.words.tail or line.linked or bool(line.outside)


def _is_head(line: Line) -> bool:
    return line.words.edge or line.words.byline or bool(line.words.print)


def _is_tail(line: Line) -> bool:
    return bool(line.words.print) or line.words.edge or line.words.tail or is_link_line(line.text, line.link)


def _is_signed(above: str, text: str) -> bool:
    """True for the day under a signature: 某某银行股份有限公司 / 2026年3月10日."""
    return is_signed_day(text) and len(above) <= 30 and not SENTENCE.search(above)


def _without_link_lists(page: LabelledPage, kept: list[int]) -> list[int]:
    """Without runs of links, and the line that is their label: lists of other texts under labels of any wording."""
    left: list[int] = []
    run: list[int] = []
    for index in [*kept, -1]:
        if index >= 0 and is_link_line(page.lines[index].text, page.lines[index].link):
            run.append(index)
            continue
        if len(run) < _LINK_LIST or (left and is_references(page.lines[left[-1]].text)):
            left += run
        elif left and _is_label(page.lines[left[-1]]):
            left.pop()
        run = []
        if index >= 0:
            left.append(index)
    return left or kept


def _heads_links(line: Line) -> bool:
    """True for a line that only links were below: a label, a heading, or what ends in a colon."""
    return _is_label(line) and (bool(line.words.label) or line.block.kind == "heading" or line.text[-1] in ":：")


def _is_label(line: Line) -> bool:
    return len(line.text) <= 14 and not SENTENCE.search(line.text.rstrip(":："))
