"""Texts as sets of overlapping strings (shingles), and what two texts share of them. Pure.

Only letters and digits count: white space, punctuation and line breaks are what republishing changes first. Offsets
into the plain text are turned into offsets of the text as it was by `Plain.place`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..editorial import Passage
from ..text.fold import fold

Hashes = NDArray[np.uint64]

#: Characters of a shingle. Of unrelated articles of the sample corpus no two share more than 2.7% of their shingles of
#: 8 (8% of those of 5, 0.8% of those of 12); the loosest republication shares 70% (77%, 66%).
SHINGLE: Final = 8
#: One shingle in so many is kept in a sketch: those whose hash is divisible by it.
SAMPLE: Final = 8

_NOISE: Final = re.compile(r"[\W_]+")
_BASE: Final = 0x9E3779B97F4A7C15
_POWERS: Final = tuple(pow(_BASE, SHINGLE - 1 - i, 1 << 64) for i in range(SHINGLE))


def plain_text(text: str) -> str:
    """The folded letters and digits of a text, nothing between them."""
    return _NOISE.sub("", fold(text))


def hash_shingles(plain: str) -> Hashes:
    """64-bit hashes of the shingles of a plain text, in order; the whole text is one where it is shorter.

    A polynomial of the code points modulo 2**64, then the finaliser of splitmix64 (Steele, Lea, Flood 2014): the low
    bits of the polynomial alone depend on the low bits of the characters alone.
    """
    codes = np.frombuffer(plain.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    if not len(codes):
        return np.empty(0, np.uint64)
    width = max(len(codes) - SHINGLE + 1, 1)
    mixed = np.zeros(width, np.uint64)
    with np.errstate(over="ignore"):
        for i, power in enumerate(_POWERS[: len(codes)]):
            mixed += codes[i : i + width] * np.uint64(power)
        mixed ^= mixed >> np.uint64(30)
        mixed *= np.uint64(0xBF58476D1CE4E5B9)
        mixed ^= mixed >> np.uint64(27)
        mixed *= np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
    return mixed


def sketch_of(hashes: Hashes) -> Hashes:
    """The hashes divisible by SAMPLE, sorted, each once.

    This is the MOD_m sketch of Broder (On the resemblance and containment of documents, 1997): the share of one
    text's sketch found in another's estimates containment as well as resemblance, whatever the lengths of the two,
    which a MinHash signature does not.
    """
    return np.unique(hashes[hashes % np.uint64(SAMPLE) == 0])


def covered(hashes: Hashes, others: Hashes, length: int) -> NDArray[np.bool_]:
    """For each character of a plain text of `length` characters whether it lies in a shingle that `others` has too."""
    return spread(np.isin(hashes, others), length)


def spread(shingles: NDArray[np.bool_], length: int) -> NDArray[np.bool_]:
    """For each character whether it lies in one of these shingles (a flag for each shingle, in order)."""
    edges = np.zeros(length + SHINGLE + 1, np.int32)
    starts = np.flatnonzero(shingles)
    np.add.at(edges, starts, 1)
    np.add.at(edges, starts + SHINGLE, -1)
    inside: NDArray[np.bool_] = np.cumsum(edges)[:length] > 0
    return inside


def runs_of(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """The half-open ranges in which flags are set."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


@dataclass(frozen=True)
class Plain:
    """A text and its plain form."""

    text: str

    @cached_property
    def places(self) -> list[int]:
        """Where each character of the plain form stands in the text."""
        return [i for run in re.finditer(r"[^\W_]+", fold(self.text)) for i in range(*run.span())]

    @cached_property
    def plain(self) -> str:
        return plain_text(self.text)

    def place(self, start: int, end: int) -> tuple[int, int]:
        """The range of the text that a range of the plain form stands in; not empty."""
        return self.places[start], self.places[end - 1] + 1


def passages_of(a: str, b: str, *, least: int = SHINGLE) -> tuple[Passage, ...]:
    """The passages of at least `least` letters and digits that two texts share, in the order of a.

    Greedy: from left to right the longest string of b that begins there. Ranges are into a and b as they are given.
    """
    one, other = Plain(a), Plain(b)
    text, against = one.plain, other.plain
    known: dict[str, list[int]] = {}
    for j in range(len(against) - least + 1):
        known.setdefault(against[j : j + least], []).append(j)
    found: list[Passage] = []
    i = 0
    while i <= len(text) - least:
        begins = known.get(text[i : i + least])
        if not begins:
            i += 1
            continue
        length, j = max((_common(text, i, against, j, least), -j) for j in begins)
        found.append(Passage(one.place(i, i + length), other.place(-j, length - j)))
        i += length
    return tuple(found)


def _common(a: str, i: int, b: str, j: int, known: int) -> int:
    """How many characters are the same from these places on; `known` of them are."""
    end = min(len(a) - i, len(b) - j)
    length = known
    while length < end and a[i + length] == b[j + length]:
        length += 1
    return length
