"""Stored text and a query give passages with exact highlight ranges. Pure, and without markup.

Strings are looked for in the folded text, which has the length of the text itself: a range can neither shift nor cut a
character. Each range is one occurrence of one string; they never overlap.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final

from .models import Article, FieldName, Query, Snippet
from .text.fold import fold

#: Where a passage may begin or end well, best first: a line, a sentence, a clause.
_BREAKS: Final = ("\n", "。！？!?；;…", "，,、：:")
#: How far from the wanted length a passage may stray to end at a break, as a share of its length.
_SLACK: Final = 0.25


#: An occurrence: where it starts and ends, and which string it is of.
_Found = tuple[int, int, str]


_JOINER: Final = "\u200d"


class _Joining(dict[str, bool]):
    """Whether a character belongs to the one before it: marks, joiners, selectors, shades of emoji."""

    def __missing__(self, char: str) -> bool:
        joins = char == _JOINER or 0x1F3FB <= ord(char) <= 0x1F3FF or unicodedata.category(char).startswith("M")
        self[char] = joins
        return joins


_JOINING: Final = _Joining()


class SnippetMaker:
    """Makes the snippets of all hits of one query. A passage has about `chars` characters."""

    def __init__(self, query: Query, *, chars: int = 120) -> None:
        self._chars = chars
        self._worth = _strings(query, chars)
        # Longest first: of two strings that begin at one place, the longer is the better highlight.
        ordered = sorted(self._worth, key=lambda one: (-len(one), one))
        self._patterns = tuple((one, _bounded(one, query)) for one in ordered)
        self._pattern = re.compile("|".join(pattern for _, pattern in self._patterns)) if ordered else None

    def make(self, article: Article) -> tuple[tuple[str, ...], tuple[Snippet, ...]]:
        """Matched strings, and the snippets of a hit: the whole title, a heading that matches, the best passage.

        The strings are those of the query that the article holds, as they stand there, in the query's order, each
        once; every range of the snippets covers one of them. The passage is cut at punctuation where there is some;
        without a match it is the beginning of the body.
        """
        title = self._find(article.title)
        headings = [self._find(heading) for heading in article.headings]
        body = self._find(article.body)
        made = [_highlighted("title", article.title, title)]
        passage, shown = self._passage(article.body, body)
        best = self._best_heading(headings, {string for _, _, string in (*title, *shown)})
        if best is not None:
            made.append(_highlighted("headings", article.headings[best], headings[best]))
        made.append(passage)
        texts = [(article.title, title), *zip(article.headings, headings, strict=True), (article.body, body)]
        return self._matched(texts), tuple(snippet for snippet in made if snippet.text)

    def _find(self, text: str) -> list[_Found]:
        """Each occurrence of a string, in order, disjoint, no character cut apart, none across two lines."""
        if self._pattern is None:
            return []
        folded = fold(text)
        found: list[_Found] = []
        length = len(text)
        for match in self._pattern.finditer(folded):
            start, end = match.span()
            if _JOINING[text[start]] or (end < length and _JOINING[text[end]]) or _JOINER in text:
                return list(self._find_whole(text, folded, self._pattern))
            found.append((start, end, match[0]))
        return found

    def _find_whole(self, text: str, folded: str, pattern: re.Pattern[str]) -> Iterator[_Found]:
        """The same where a string would cut a character apart: a shorter one may fit, so each place is looked at."""
        at = 0
        while match := pattern.search(folded, at):
            start, string = match.start(), match[0]
            if not (_whole(text, start) and _whole(text, match.end())):
                string = self._shorter(text, folded, start, len(string))
            if string:
                yield start, start + len(string), string
            at = start + (len(string) or 1)

    def _shorter(self, text: str, folded: str, start: int, length: int) -> str:
        """The longest string shorter than `length` that stands here whole, or "": a rare case, so it may be slow."""
        if not _whole(text, start):
            return ""
        for string, pattern in self._patterns:
            if len(string) < length and re.compile(pattern).match(folded, start) and _whole(text, start + len(string)):
                return string
        return ""

    def _matched(self, texts: Iterable[tuple[str, list[_Found]]]) -> tuple[str, ...]:
        """Surface forms of what is found in the texts, by the query's order of strings, then of appearance."""
        surfaces: dict[str, dict[str, None]] = {string: {} for string in self._worth}
        for text, found in texts:
            for start, end, string in found:
                surfaces[string][text[start:end]] = None
        return tuple(dict.fromkeys(surface for forms in surfaces.values() for surface in forms))

    def _best_heading(self, headings: Sequence[list[_Found]], seen: set[str]) -> int | None:
        """The heading with the most worth, when it adds a string to those seen."""
        best, most = None, 0.0
        for number, found in enumerate(headings):
            if found:
                worth = sum(self._worth[string] for string in {string for _, _, string in found} - seen)
                if worth > most:
                    best, most = number, worth
        return best

    def _passage(self, body: str, found: list[_Found]) -> tuple[Snippet, list[_Found]]:
        """The best passage, and what is highlighted in it."""
        chars = self._chars
        if found:
            first, last = _best_window(found, self._worth, chars)
            start, end = _around(body, found[first][0], found[last][1], chars)
        else:
            start, end = 0, _cut(body, min(chars, len(body)), chars)
        while end > start and body[end - 1].isspace():
            end -= 1
        inside = [one for one in found if start <= one[0] and one[1] <= end]
        ranges = tuple((at - start, to - start) for at, to, _ in inside)
        return Snippet("body", body[start:end].replace("\n", " "), ranges), inside


def _strings(query: Query, chars: int) -> dict[str, float]:
    """What to highlight and what each is worth: the query as typed, phrases, words; stop words only when alone.

    What is longer than a passage cannot be shown in one; its words can.
    """
    worth: dict[str, float] = {}
    strong = [term for term in query.terms if term.weight >= 1.0] or list(query.terms)
    if len(query.terms) > 1 and 0 < len(query.literal) <= chars:
        worth[query.literal] = 3.0 * len(strong)
    for phrase in query.phrases:
        if len(phrase) <= chars:
            worth.setdefault(phrase, 4.0)
    for term in strong:
        worth.setdefault(term.text, term.weight * min(len(term.text), 4))
    for term in strong:
        for part in term.parts:
            worth.setdefault(part, 0.5 * term.weight * min(len(part), 4))
    return worth


def _bounded(string: str, query: Query) -> str:
    """The string as a pattern; a Latin word or number is not found inside a longer one, unless typed as a phrase."""
    pattern = re.escape(string)
    if string == query.literal or string in query.phrases:
        return pattern
    before = "(?<![a-z0-9])" if string[0].isascii() and string[0].isalnum() else ""
    after = "(?![a-z0-9])" if string[-1].isascii() and string[-1].isalnum() else ""
    return before + pattern + after


def _whole(text: str, at: int) -> bool:
    """False when cutting here would part a character from the marks, joiners or selectors that belong to it."""
    return at <= 0 or at >= len(text) or not (_JOINING[text[at]] or text[at - 1] == _JOINER)


def _highlighted(name: FieldName, text: str, found: Sequence[_Found]) -> Snippet:
    return Snippet(name, text.replace("\n", " "), tuple((start, end) for start, end, _ in found))


def _best_window(found: Sequence[_Found], worth: dict[str, float], chars: int) -> tuple[int, int]:
    """First and last occurrence of the run within `chars` characters that shows the most worth of distinct strings."""
    counts: dict[str, int] = {}
    total, most, best, left = 0.0, -1.0, (0, 0), 0
    for right, (_, end, string) in enumerate(found):
        counts[string] = counts.get(string, 0) + 1
        total += worth[string] if counts[string] == 1 else 0.0
        while left < right and end - found[left][0] > chars:
            dropped = found[left][2]
            counts[dropped] -= 1
            total -= worth[dropped] if not counts[dropped] else 0.0
            left += 1
        if total > most + 1e-9:
            most, best = total, (left, right)
    return best


def _around(body: str, first: int, last: int, chars: int) -> tuple[int, int]:
    """A passage of about `chars` characters that holds [first, last), begun and ended at breaks where it can be."""
    last = min(last, first + 2 * chars) if last - first > 2 * chars else last
    room = max(chars - (last - first), 0)
    start = _begin(body, max(first - room // 2, 0), first)
    end = _cut(body, min(max(start + chars, last), len(body)), chars, least=last)
    while start < first and body[start].isspace():
        start += 1
    return start, end


def _begin(body: str, earliest: int, latest: int) -> int:
    """Start of the passage: just behind the best break between the two places, else the earliest whole character."""
    for signs in _BREAKS:
        for at in range(earliest, latest + 1):
            if at == 0 or body[at - 1] in signs:
                return at
    return next((at for at in range(earliest, latest + 1) if _whole(body, at)), latest)


def _cut(body: str, end: int, chars: int, least: int = 0) -> int:
    """End of the passage near `end` and not before `least`: behind a break, else at a whole character."""
    slack = int(chars * _SLACK)
    low, high = max(end - slack, least, 1), min(end + slack // 2, len(body))
    if end >= len(body) or high >= len(body):
        return len(body)
    places = [at for step in _steps(slack) if low <= (at := end + step) <= high]
    for signs in _BREAKS:
        for at in places:
            if body[at - 1] in signs:
                return at
    return next((at for at in range(end, len(body)) if _whole(body, at)), len(body))


@lru_cache(maxsize=8)
def _steps(farthest: int) -> tuple[int, ...]:
    """0, -1, 1, -2, 2 and so on."""
    return tuple(sorted(range(-farthest, farthest + 1), key=abs))
