"""Profiles as weighted vectors, and the features that say whether two articles answer the same question.

Every feature is made of dot products of sparse vectors, so that one article is compared with many at once. Weights are
tf * idf: tf a saturated sum of the counts in the zones (title, headings, lead, body), idf from the index, with what the
calibration texts add to it, so that an index of ten articles has a sense of what is rare.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .profiles import BODY, HEADINGS, LEAD, TITLE, Counts

Floats = NDArray[np.float32]


class Weighting(NamedTuple):
    """How much a thing counts for standing in the title (once), a heading or the lead (twice at most), or each time in
    the body; half of what it can count at most is reached at `half`."""

    title: float
    headings: float
    lead: float
    body: float
    half: float


EVERYWHERE: Final = Weighting(0, 0, 0, 1, 2)
FOCUS: Final = Weighting(3, 1.5, 1, 1, 2)
#: Subjects an article is mainly about, for coverage.
MAIN: Final = 12
#: A product in the title counts as so many mentions.
TITLE_PRODUCT: Final = 6.0
#: The smoothing of idf: what only a few articles hold does not count much more than what some hold.
_SMOOTH: Final = 3.0


@dataclass(frozen=True)
class Rows:
    """Counts of many articles: row r is things[starts[r]:starts[r + 1]]."""

    starts: NDArray[np.int64]
    things: NDArray[np.uint32]
    zones: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.starts) - 1

    def rows(self) -> NDArray[np.int64]:
        """The row of each entry."""
        return np.repeat(np.arange(len(self)), np.diff(self.starts))


def stack(counts: Sequence[Counts]) -> Rows:
    """The counts of many articles as rows."""
    starts = np.concatenate(([0], np.cumsum([len(one.things) for one in counts]))).astype(np.int64)
    if not counts:
        return Rows(starts, np.empty(0, np.uint32), np.empty((0, 4), np.uint8))
    return Rows(starts, np.concatenate([one.things for one in counts]), np.concatenate([one.zones for one in counts]))


def weights(rows: Rows, how: Weighting, idf: Floats) -> Floats:
    """tf * idf of each entry; `idf` is by thing."""
    zones = rows.zones.astype(np.float32)
    tf = (
        how.title * np.minimum(zones[:, TITLE], 1)
        + how.headings * np.minimum(zones[:, HEADINGS], 2)
        + how.lead * np.minimum(zones[:, LEAD], 2)
        + how.body * zones[:, BODY]
    )
    found: Floats = (tf / (tf + np.float32(how.half)) * idf[rows.things]).astype(np.float32)
    return found


def normalised(rows: Rows, values: Floats) -> Floats:
    """The values divided by the Euclidean length of their row; rows of zeros stay so."""
    lengths = np.sqrt(sums(rows, values * values))
    lengths[lengths == 0] = 1
    found: Floats = (values / lengths[rows.rows()]).astype(np.float32)
    return found


def shares(rows: Rows, values: Floats) -> Floats:
    """The values divided by the sum of their row."""
    totals = sums(rows, values)
    totals[totals == 0] = 1
    found: Floats = (values / totals[rows.rows()]).astype(np.float32)
    return found


def sums(rows: Rows, values: Floats) -> Floats:
    """The sum of each row."""
    running = np.concatenate(([0.0], np.cumsum(values, dtype=np.float64)))
    found: Floats = (running[rows.starts[1:]] - running[rows.starts[:-1]]).astype(np.float32)
    return found


def main_part(rows: Rows, values: Floats, most: int = MAIN) -> Floats:
    """The values with all but the `most` largest of each row made 0; of equal ones the smaller things stay."""
    order = np.lexsort((-values, rows.rows()))
    rank = np.arange(len(values)) - rows.starts[rows.rows()]
    kept = np.zeros(len(values), np.bool_)
    kept[order[rank < most]] = True
    return np.where(kept, values, np.float32(0))


def idf_of(counts: NDArray[np.int64], total: int) -> Floats:
    """Inverse document frequencies, smoothed; at least 0.1."""
    found: Floats = np.maximum(np.log((total + 1.0) / (counts + _SMOOTH)), 0.1).astype(np.float32)
    return found


def frequencies(rows: Rows, size: int) -> NDArray[np.int64]:
    """How many rows hold each of `size` things anywhere."""
    return np.bincount(rows.things[rows.zones.any(axis=1)], minlength=size)[:size].astype(np.int64)
