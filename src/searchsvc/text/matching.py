"""Where strings stand in a text: disjoint, the longest of those that begin at a place, no character cut apart.

Strings are looked for in the folded text, which has the length of the text itself; whether a place parts a character
from its marks is asked of the text.
"""

from __future__ import annotations

import importlib
import unicodedata
from operator import itemgetter
from typing import Any, Final, NamedTuple

_JOINER: Final = "\u200d"
LATIN: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")

try:
    _compiled: Any = importlib.import_module("._matching", __package__)
except ImportError:  # no compiler when this was installed
    _compiled = None


#: An occurrence: where it starts and ends, and the number of its string.
Found = tuple[int, int, int]


class Wanted(NamedTuple):
    """A folded string to be found; `before` and `after`: not with a Latin letter or digit there."""

    string: str
    before: bool = False
    after: bool = False


class _Joining(dict[str, bool]):
    """Whether a character belongs to the one before it: marks, joiners, selectors, shades of emoji."""

    def __missing__(self, char: str) -> bool:
        joins = char == _JOINER or 0x1F3FB <= ord(char) <= 0x1F3FF or unicodedata.category(char).startswith("M")
        self[char] = joins
        return joins


_JOINING: Final = _Joining()


def find_strings(text: str, folded: str, strings: list[Wanted]) -> list[Found]:
    """(start, end, number of the string) of each occurrence, in order.

    Where the longest string would cut a character, the next shorter one is taken.
    """
    if _compiled:
        # None when there are marks or joiners, which folding leaves marks and joiners: they are rare, and slow.
        found: list[Found] | None = _compiled.find(folded, strings)
        if found is not None:
            return found
    return _find(text, folded, strings)


def surfaces(text: str, found: list[Found], strings: int) -> tuple[str, ...]:
    """How the strings, which are so many, stand in the text: by their number, then by appearance, each once."""
    if _compiled:
        return tuple(_compiled.surfaces(text, found, strings))
    pairs = dict.fromkeys((number, text[start:end]) for start, end, number in found)
    return tuple(dict.fromkeys(surface for _, surface in sorted(pairs, key=itemgetter(0))))


def best_window(found: list[Found], worth: list[float], chars: int) -> tuple[int, int]:
    """First and last occurrence of the run within `chars` characters that shows the most worth of distinct strings."""
    if found[-1][1] - found[0][0] <= chars:
        return 0, len(found) - 1
    if _compiled:
        best: tuple[int, int] = _compiled.window(found, worth, chars)
        return best
    return _window(found, worth, chars)


def whole(text: str, at: int) -> bool:
    """False when cutting here would part a character from the marks, joiners or selectors that belong to it."""
    return at <= 0 or at >= len(text) or not (_JOINING[text[at]] or text[at - 1] == _JOINER)


def _find(text: str, folded: str, strings: list[Wanted]) -> list[Found]:
    places: list[Found] = []
    for number, (string, before, after) in enumerate(strings):
        size = len(string)
        at = folded.find(string)
        while at >= 0:
            inside = (before and folded[at - 1 : at] in LATIN) or (after and folded[at + size : at + size + 1] in LATIN)
            if not inside:
                places.append((at, -size, number))
            at = folded.find(string, at + 1)
    places.sort()
    found: list[Found] = []
    done = 0
    for at, minus, number in places:
        end = at - minus
        if at >= done and whole(text, at) and whole(text, end):
            found.append((at, end, number))
            done = end
    return found


def _window(found: list[Found], worth: list[float], chars: int) -> tuple[int, int]:
    counts = [0] * len(worth)
    total, most, best, left = 0.0, -1.0, (0, 0), 0
    for right, (_, end, number) in enumerate(found):
        if not counts[number]:
            total += worth[number]
        counts[number] += 1
        while left < right and end - found[left][0] > chars:
            dropped = found[left][2]
            counts[dropped] -= 1
            if not counts[dropped]:
                total -= worth[dropped]
            left += 1
        if total > most + 1e-9:
            most, best = total, (left, right)
    return best
