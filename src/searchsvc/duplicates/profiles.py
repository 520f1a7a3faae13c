"""What an article is about, as counts: of subjects and of characters, in title, headings, lead and body."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..text.fold import fold
from ..text.subjects import Subjects
from .shingles import plain_text

#: Columns of counts.
TITLE, HEADINGS, LEAD, BODY = range(4)
ZONES: Final = 4
#: Letters and digits of the body that count as its lead.
LEAD_CHARS: Final = 140
_MOST: Final = 255


class Counts(NamedTuple):
    """How often each of some things (numbers, ascending) stands in each zone: a row of ZONES counts, at most 255."""

    things: NDArray[np.uint32]
    zones: NDArray[np.uint8]


class Profile(NamedTuple):
    """Counts of subjects by number and of characters by code point. The body counts its headings and lead too."""

    subjects: Counts
    chars: Counts

    def packed(self) -> tuple[bytes, bytes]:
        """Both as bytes, to be stored."""
        return _pack(self.subjects), _pack(self.chars)


def profile_of(title: str, headings: Sequence[str], body: str, subjects: Subjects) -> Profile:
    """The profile of a text. Without a body (a planned title) the title stands for it.

    The products that a product lies in have an entry too, of zeros where the text does not name them.
    """
    whole = fold(body) or fold(title)
    zones = (fold(title), fold("\n".join(headings)), whole[: _lead_end(whole)], whole)
    found = [[number for number, _, _ in subjects.find(zone)] for zone in zones]
    wider = {number for zone in found for one in zone for number in subjects.broader(one)}
    return Profile(_counts(found, wider), _counts([[ord(char) for char in plain_text(zone)] for zone in zones]))


def _lead_end(folded: str) -> int:
    """Where the lead ends: at the end of the line or sentence in which LEAD_CHARS are reached."""
    ends = (folded.find(sign, LEAD_CHARS) for sign in "。\n")
    return min((end for end in ends if end >= 0), default=len(folded))


def _counts(zones: list[list[int]], more: Iterable[int] = ()) -> Counts:
    things = np.unique(np.array([*more, *(thing for zone in zones for thing in zone)], np.uint32))
    counts = np.zeros((len(things), ZONES), np.int64)
    for column, zone in enumerate(zones):
        np.add.at(counts[:, column], np.searchsorted(things, np.array(zone, np.uint32)), 1)
    return Counts(things, np.minimum(counts, _MOST).astype(np.uint8))


def _pack(counts: Counts) -> bytes:
    gaps = np.diff(counts.things, prepend=np.uint32(0)).astype("<u4")
    return zlib.compress(gaps.tobytes() + counts.zones.tobytes(), 1)


def unpack(packed: bytes) -> Counts:
    """The counts that were packed. ValueError for other bytes."""
    try:
        data = zlib.decompress(packed)
    except zlib.error as error:
        raise ValueError(f"no packed counts: {error}") from None
    size = len(data) // (4 + ZONES)
    if size * (4 + ZONES) != len(data):
        raise ValueError("packed counts are cut short")
    gaps = np.frombuffer(data, "<u4", size)
    zones = np.frombuffer(data, np.uint8, offset=4 * size).reshape(size, ZONES)
    return Counts(np.cumsum(gaps, dtype=np.uint32), zones)
