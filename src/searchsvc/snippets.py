"""Stored text and a query give passages with exact highlight ranges. Pure, and without markup.

Strings are looked for in the folded text, which has the length of the text itself: a range can neither shift nor cut a
character. Each range is one occurrence of one string; they never overlap.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

from .models import Article, FieldName, Query, Snippet
from .text.fold import fold
from .text.matching import LATIN, Found, Wanted, best_window, find_strings, surfaces, whole

#: Where a passage may begin or end well, best first: behind a line, a sentence, a clause.
_BREAKS: Final = (re.compile("\n"), re.compile("[。！？!?；;…]"), re.compile("[，,、：:]"))
#: How far from the wanted length a passage may stray to end at a break, as a share of its length.
_SLACK: Final = 0.25


class SnippetMaker:
    """Makes the snippets of all hits of one query. A passage has about `chars` characters."""

    def __init__(self, query: Query, *, chars: int = 120) -> None:
        self._chars = chars
        strings = _strings(query, chars)
        self._worth = list(strings.values())
        self._wanted = [Wanted(string, *_bounds(string, query)) for string in strings]

    def make(self, article: Article) -> tuple[tuple[str, ...], tuple[Snippet, ...]]:
        """Matched strings, and the snippets of a hit: the whole title, a heading that matches, the best passage.

        The strings are those of the query that the article holds, as they stand there, in the query's order, each
        once; every range of the snippets covers one of them. The passage is cut at punctuation where there is some;
        without a match it is the beginning of the body.
        """
        # One look at all fields: no string goes on behind the end of a line.
        text = "\n".join((article.title, *article.headings, article.body))
        found = find_strings(text, fold(text), self._wanted)
        body_at, title_end = len(text) - len(article.body), len(article.title)
        in_title = bisect_left(found, (title_end,))
        in_body = bisect_left(found, (body_at,))
        passage, shown = self._passage(article.body, found[in_body:], body_at)
        made = [_highlighted("title", article.title, found[:in_title], 0), passage]
        if in_title < in_body:
            seen = {number for _, _, number in (*found[:in_title], *shown)}
            made[1:1] = self._heading(article.headings, found[in_title:in_body], title_end + 1, seen)
        return surfaces(text, found, len(self._wanted)), tuple([snippet for snippet in made if snippet.text])

    def _heading(self, headings: Sequence[str], found: Sequence[Found], at: int, seen: set[int]) -> list[Snippet]:
        """The heading with the most worth, when it adds a string to those seen. `at` is where the first begins."""
        best: list[Snippet] = []
        most = 0.0
        for heading in headings:
            end = at + len(heading)
            inside = [one for one in found if at <= one[0] < end]
            worth = sum(self._worth[number] for number in {number for _, _, number in inside} - seen)
            if worth > most:
                best, most = [_highlighted("headings", heading, inside, at)], worth
            at = end + 1
        return best

    def _passage(self, body: str, found: list[Found], at: int) -> tuple[Snippet, list[Found]]:
        """The best passage of the body, which begins at `at`, and what is highlighted in it."""
        chars = self._chars
        if found:
            first, last = best_window(found, self._worth, chars)
            start, end = _around(body, found[first][0] - at, found[last][1] - at, chars)
        else:
            start, end = 0, _cut(body, min(chars, len(body)), chars)
        while end > start and body[end - 1].isspace():
            end -= 1
        low, high = start + at, end + at
        inside = found[bisect_left(found, (low,)) : bisect_left(found, (high,))]
        if inside and inside[-1][1] > high:
            inside.pop()
        return _highlighted("body", body[start:end], inside, low), inside


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


def _bounds(string: str, query: Query) -> tuple[bool, bool]:
    """Whether a Latin letter or digit before it, or behind it, makes it part of another word.

    What was typed as a phrase is found inside words too.
    """
    if string == query.literal or string in query.phrases:
        return False, False
    return string[0] in LATIN, string[-1] in LATIN


def _highlighted(name: FieldName, text: str, found: Sequence[Found], at: int) -> Snippet:
    return Snippet(name, text.replace("\n", " "), tuple([(start - at, end - at) for start, end, _ in found]))


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
    if earliest == 0:
        return 0
    for breaks in _BREAKS:
        found = breaks.search(body, earliest - 1, latest)
        if found:
            return found.end()
    return next((at for at in range(earliest, latest + 1) if whole(body, at)), latest)


def _cut(body: str, end: int, chars: int, least: int = 0) -> int:
    """End of the passage near `end` and not before `least`: behind the nearest break, else at a whole character."""
    slack = int(chars * _SLACK)
    low, high = max(end - slack, least, 1), min(end + slack // 2, len(body))
    if end >= len(body) or high >= len(body):
        return len(body)
    for breaks in _BREAKS:
        places = [found.end() for found in breaks.finditer(body, low - 1, high)]
        if places:
            return min(places, key=lambda at: abs(at - end))
    return next((at for at in range(end, len(body)) if whole(body, at)), len(body))
