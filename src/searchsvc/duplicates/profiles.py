"""What an article is about, as counts of subjects and characters in its zones, and the questions near it."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..text.contrasts import load_contrasts
from ..text.fold import fold
from ..text.subjects import Subjects
from . import kernel
from .questions import Questions, load_questions
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
    """What is counted of a text: subjects by number, characters by code point, the questions it is near to, and the
    facets and values its title names (see text/contrasts.py). The body counts its headings and lead too. Of questions
    the column LEAD holds how near the title, headings and lead are, BODY how near the whole text is.
    """

    subjects: Counts
    chars: Counts
    questions: Counts
    conditions: Counts

    def packed(self) -> tuple[bytes, bytes]:
        """What it is about, and its characters, as bytes to be stored."""
        return _pack([self.subjects, self.questions, self.conditions]), _pack([self.chars])

    @staticmethod
    def unpacked(about: bytes, chars: bytes) -> Profile:
        """The profile that was packed. ValueError for other bytes."""
        subjects, questions, conditions = _unpack(about, 3)
        (held,) = _unpack(chars, 1)
        return Profile(subjects, held, questions, conditions)


def profile_of(
    title: str, headings: Sequence[str], body: str, subjects: Subjects, questions: Questions | None = None
) -> Profile:
    """The profile of a text. Without a body (a planned title) the title stands for it; `questions` are the packaged
    ones unless others are given.

    The products that a product lies in have an entry too, of zeros where the text does not name them.
    """
    whole = fold(body) or fold(title)
    zones = (fold(title), fold("\n".join(headings)), whole[: _lead_end(whole)], whole)
    found = [[number for number, _, _ in subjects.find(zone)] for zone in zones]
    wider = {number for zone in found for one in zone for number in subjects.broader(one)}
    near, likeness = (questions or load_questions()).nearest(zones)
    table = np.zeros((len(near), ZONES), np.uint8)
    table[:, [LEAD, BODY]] = likeness
    return Profile(
        _counts(found, wider),
        _characters(zones),
        Counts(near, table),
        _counts([load_contrasts().find(zones[0])] + [[]] * (ZONES - 1)),
    )


def _characters(zones: tuple[str, str, str, str]) -> Counts:
    """The letters and digits of folded zones."""
    found = kernel.compiled.characters(zones) if kernel.compiled else None
    if found is None:
        return _counts([[ord(char) for char in plain_text(zone)] for zone in zones])
    return Counts(np.frombuffer(found[0], np.uint32), np.frombuffer(found[1], np.uint8).reshape(-1, ZONES))


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


def _pack(parts: Sequence[Counts]) -> bytes:
    pieces = []
    for counts in parts:
        gaps = np.diff(counts.things, prepend=np.uint32(0)).astype("<u4")
        pieces += [len(gaps).to_bytes(4, "little"), gaps.tobytes(), counts.zones.tobytes()]
    return zlib.compress(b"".join(pieces), 1)


def _unpack(packed: bytes, parts: int) -> list[Counts]:
    try:
        data = zlib.decompress(packed)
    except zlib.error as error:
        raise ValueError(f"no packed counts: {error}") from None
    found, at = [], 0
    for _ in range(parts):
        size = int.from_bytes(data[at : at + 4], "little")
        if at + 4 + size * (4 + ZONES) > len(data):
            raise ValueError("packed counts are cut short")
        gaps = np.frombuffer(data, "<u4", size, at + 4)
        zones = np.frombuffer(data, np.uint8, size * ZONES, at + 4 + 4 * size).reshape(size, ZONES)
        found.append(Counts(np.cumsum(gaps, dtype=np.uint32), zones))
        at += 4 + size * (4 + ZONES)
    return found
