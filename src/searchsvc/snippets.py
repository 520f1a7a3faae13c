"""Stored text and a query give passages with exact highlight ranges. Pure, and without markup.

Strings are looked for in the folded text, which has the length of the text itself: a range can neither shift nor cut a
character. Each range is one occurrence of one string; they never overlap.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from .models import Article, FieldName, Query, Snippet
from .text.fold import fold

#: Where a passage may begin or end well, best first: a line, a sentence, a clause.
_BREAKS: Final = ("\n", "。！？!?；;…", "，,、：:")
#: How far from the wanted length a passage may stray to end at a break, as a share of its length.
_SLACK: Final = 0.25


@dataclass(frozen=True, slots=True)
class _Finder:
    """The strings to highlight, in query order, with the worth of each, and one pattern that finds them all.

    `patterns` are the same strings one by one, longest first, as (string, its pattern).
    """

    worth: dict[str, float]
    patterns: tuple[tuple[str, str], ...]
    pattern: re.Pattern[str]

    def find(self, text: str, folded: str) -> list[tuple[int, int, str]]:
        """(start, end, string) of each occurrence, in order, disjoint, no character cut apart."""
        found: list[tuple[int, int, str]] = []
        at = 0
        while match := self.pattern.search(folded, at):
            start, string = match.start(), match[0]
            if not (_whole(text, start) and _whole(text, match.end())):
                string = self._shorter(text, folded, start, len(string))
            if string:
                found.append((start, start + len(string), string))
            at = start + (len(string) or 1)
        return found

    def _shorter(self, text: str, folded: str, start: int, length: int) -> str:
        """The longest string shorter than `length` that stands here whole, or "": a rare case, so it may be slow."""
        if not _whole(text, start):
            return ""
        for string, pattern in self.patterns:
            if len(string) < length and re.compile(pattern).match(folded, start) and _whole(text, start + len(string)):
                return string
        return ""


def make_snippets(article: Article, query: Query, *, chars: int = 120) -> tuple[tuple[str, ...], tuple[Snippet, ...]]:
    """Matched strings, and the snippets of one hit: the whole title, a heading that matches, the best passage.

    `matched` holds the strings of the query that the article holds, as they stand there, in the query's order, each
    once; every range of the snippets covers one of them. The passage has about `chars` characters and is cut at
    punctuation where there is some; without a match it is the beginning of the body.
    """
    finder = _finder(query, chars)
    title = _highlight("title", article.title, finder)
    body = _passage(article.body, finder, chars)
    heading = _best_heading(article, finder, title.text, body.text)
    made = [title, *([heading] if heading else []), body]
    texts = (article.title, "\n".join(article.headings), article.body)
    return _matched(finder, texts), tuple(snippet for snippet in made if snippet.text)


def _matched(finder: _Finder | None, texts: Sequence[str]) -> tuple[str, ...]:
    """Surface forms of what is found in the texts, by the query's order of strings, then of appearance."""
    if finder is None:
        return ()
    surfaces: dict[str, dict[str, None]] = {string: {} for string in finder.worth}
    for text in texts:
        for start, end, string in finder.find(text, fold(text)):
            surfaces[string][text[start:end]] = None
    return tuple(dict.fromkeys(surface for forms in surfaces.values() for surface in forms))


def _finder(query: Query, chars: int) -> _Finder | None:
    worth = _strings(query, chars)
    if not worth:
        return None
    # Longest first: of two strings that begin at one place, the longer is the better highlight.
    ordered = sorted(worth, key=lambda one: (-len(one), one))
    patterns = tuple((one, _bounded(one, query)) for one in ordered)
    return _Finder(worth, patterns, re.compile("|".join(pattern for _, pattern in patterns)))


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
    if at <= 0 or at >= len(text):
        return True
    after, before = text[at], text[at - 1]
    joined = before == "\u200d" or after == "\u200d" or 0x1F3FB <= ord(after) <= 0x1F3FF
    return not joined and not unicodedata.category(after).startswith("M")


def _highlight(name: FieldName, text: str, finder: _Finder | None) -> Snippet:
    # Searched while line ends still part the blocks: nothing is found across two of them.
    found = finder.find(text, fold(text)) if finder else []
    return Snippet(name, text.replace("\n", " "), tuple((start, end) for start, end, _ in found))


def _best_heading(article: Article, finder: _Finder | None, *shown: str) -> Snippet | None:
    """The heading with the most worth, when it adds a string that title and passage do not show."""
    if finder is None:
        return None
    seen = {string for text in shown for _, _, string in finder.find(text, fold(text))}
    best, most = None, 0.0
    for heading in article.headings:
        strings = {string for _, _, string in finder.find(heading, fold(heading))} - seen
        worth = sum(finder.worth[string] for string in strings)
        if worth > most:
            best, most = heading, worth
    return _highlight("headings", best, finder) if best is not None else None


def _passage(body: str, finder: _Finder | None, chars: int) -> Snippet:
    found = finder.find(body, fold(body)) if finder else []
    if finder is None or not found:
        start, end = 0, _cut(body, min(chars, len(body)), chars)
    else:
        first, last = _best_window(found, finder.worth, chars)
        start, end = _around(body, found[first][0], found[last][1], chars)
    while end > start and body[end - 1].isspace():
        end -= 1
    ranges = tuple((at - start, to - start) for at, to, _ in found if start <= at and to <= end)
    return Snippet("body", body[start:end].replace("\n", " "), ranges)


def _best_window(found: Sequence[tuple[int, int, str]], worth: dict[str, float], chars: int) -> tuple[int, int]:
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
    for signs in _BREAKS:
        for at in _nearest_first(low, high, end):
            if body[at - 1] in signs:
                return at
    return next((at for at in range(end, len(body)) if _whole(body, at)), len(body))


def _nearest_first(low: int, high: int, middle: int) -> Iterator[int]:
    return iter(sorted(range(low, high + 1), key=lambda at: abs(at - middle)))
