"""Candidates for near copies among many sketches, through an index of their hashes; never all pairs.

Boilerplate (disclaimers, author notes, calls for action that a site repeats) counts for nothing: see `boilerplate_of`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .shingles import Hashes

#: A hash in at least so many texts may be boilerplate.
WIDESPREAD: Final = 6
#: It is, unless this share of the texts that hold it consists, by half, of hashes about as widespread: copies of one
#: text hold one another's hashes and little else, while a disclaimer is a small part of each text that has it.
COPY_SHARE: Final = 0.15
#: In groups up to this size all pairs are candidates; in larger ones neighbours only, which still links them all.
GROUP: Final = 24
#: Two sketches are candidates when they share this part of the smaller one, and so many hashes.
LEAST_SHARE: Final = 0.15
LEAST_HASHES: Final = 3
#: Pairs looked at together: 16 bytes each, twice.
_CHUNK: Final = 4_000_000


@dataclass(frozen=True)
class Postings:
    """Sketches as one column: each hash with the text that holds it. `sizes` of the sketches, by text.

    In order of texts as `gather` gives them, and once `inverted` in order of hashes, then texts.
    """

    hashes: Hashes
    owners: NDArray[np.int32]
    sizes: NDArray[np.int64]

    def bounds(self) -> NDArray[np.int64]:
        """Where each group of equal hashes begins, and the end of the last."""
        if not len(self.hashes):
            return np.zeros(1, np.int64)
        edges = np.flatnonzero(self.hashes[1:] != self.hashes[:-1]) + 1
        return np.concatenate(([0], edges, [len(self.hashes)]))

    def inverted(self) -> Postings:
        """The same, sorted by hash, then text."""
        order = np.argsort(self.hashes, kind="stable")
        return Postings(self.hashes[order], self.owners[order], self.sizes)

    def only(self, wanted: Hashes) -> Postings:
        """These hashes alone; what the sketches are part of keeps its size."""
        kept = members(self.hashes, wanted)
        return Postings(self.hashes[kept], self.owners[kept], self.sizes)

    def without(self, boilerplate: Hashes) -> Postings:
        """The sketches without these hashes, and that much smaller."""
        plain = np.isin(self.hashes, boilerplate, invert=True)
        lost = np.bincount(self.owners[~plain], minlength=len(self.sizes))
        return Postings(self.hashes[plain], self.owners[plain], self.sizes - lost)


def members(hashes: Hashes, wanted: Hashes) -> NDArray[np.bool_]:
    """Which hashes are among the wanted ones, which are sorted: of millions few are, and most of the others are told
    apart by 16 of their bits alone.
    """
    found = np.zeros(1 << 16, np.bool_)
    found[_bits(wanted)] = True
    flags = found[_bits(hashes)]
    likely = np.flatnonzero(flags)
    if len(likely):
        at = np.minimum(np.searchsorted(wanted, hashes[likely]), len(wanted) - 1)
        flags[likely] = wanted[at] == hashes[likely]
    return flags


def _bits(hashes: Hashes) -> NDArray[np.int64]:
    # All of a sketch are divisible by SAMPLE: the lowest bits say nothing.
    found: NDArray[np.int64] = (hashes >> np.uint64(20) & np.uint64(0xFFFF)).astype(np.int64)
    return found


def gather(sketches: Sequence[bytes]) -> Postings:
    """All sketches, as 8-byte little-endian numbers, numbered in order."""
    sizes = np.fromiter((len(one) // 8 for one in sketches), np.int64, len(sketches))
    hashes = np.frombuffer(b"".join(sketches), "<u8").astype(np.uint64)
    return Postings(hashes, np.repeat(np.arange(len(sketches), dtype=np.int32), sizes), sizes)


def boilerplate_of(postings: Postings) -> Hashes:
    """The hashes that many texts hold without being copies of one another, sorted. Of inverted postings."""
    bounds = postings.bounds()
    spread = np.diff(bounds)
    wide = np.flatnonzero(spread >= WIDESPREAD)
    if not len(wide):
        return np.empty(0, np.uint64)
    # For each text how widespread its hashes are, as one sorted column of (text, spread).
    scale = np.int64(len(postings.sizes) + 1)
    owners = postings.owners.astype(np.int64)
    column = np.sort(owners * scale + np.repeat(spread, spread))
    ends = np.cumsum(postings.sizes)
    found = []
    for group in wide.tolist():
        holders = owners[bounds[group] : bounds[group + 1]]
        half = int(spread[group] + 1) // 2
        as_wide = ends[holders] - np.searchsorted(column, holders * scale + half)
        copies = np.count_nonzero(as_wide * 2 >= postings.sizes[holders])
        if copies < COPY_SHARE * len(holders):
            found.append(group)
    return postings.hashes[bounds[found]] if found else np.empty(0, np.uint64)


def candidate_pairs(postings: Postings) -> NDArray[np.int32]:
    """Pairs (rows of two numbers, the smaller first, ordered) of texts that share enough to be looked at.

    Of inverted postings, without boilerplate.
    """
    total = len(postings.sizes)
    keys, counts = _shared(postings, total)
    pairs = np.stack((keys // max(total, 1), keys % max(total, 1)), axis=1).astype(np.int32)
    smaller = np.minimum(postings.sizes[pairs[:, 0]], postings.sizes[pairs[:, 1]])
    found: NDArray[np.int32] = pairs[counts >= _needed(smaller)]
    return found


def _needed(smaller: NDArray[np.int64]) -> NDArray[np.float64]:
    """How many hashes two sketches have to share, by the size of the smaller one."""
    found: NDArray[np.float64] = np.minimum(np.maximum(LEAST_SHARE * smaller, LEAST_HASHES), smaller)
    return found


def share_enough(one: Hashes, other: Hashes, boilerplate: Hashes) -> bool:
    """Whether two sketches make a pair worth looking at; `one` is without boilerplate already."""
    shared = np.intersect1d(one, other, assume_unique=True)
    if not len(shared):
        return False
    rest = len(other) - np.count_nonzero(np.isin(other, boilerplate))
    return bool(len(shared) >= _needed(np.array([min(len(one), rest)]))[0])


def _shared(postings: Postings, total: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(first * total + second of each pair of texts with a hash in common, how many they have), ordered."""
    bounds = postings.bounds()
    sizes = np.diff(bounds)
    keys, counts = np.empty(0, np.int64), np.empty(0, np.int64)
    waiting: list[NDArray[np.int64]] = []
    amount = 0
    for size in np.unique(sizes[sizes > 1]).tolist():
        starts = bounds[:-1][sizes == size]
        first, second = np.triu_indices(size, 1) if size <= GROUP else (np.arange(size - 1), np.arange(1, size))
        step = max(_CHUNK // len(first), 1)
        for at in range(0, len(starts), step):
            owners = postings.owners[starts[at : at + step, None] + np.arange(size)].astype(np.int64)
            waiting.append((owners[:, first] * total + owners[:, second]).ravel())
            amount += len(waiting[-1])
            if amount >= _CHUNK:
                keys, counts = _counted(keys, counts, waiting)
                waiting, amount = [], 0
    return _counted(keys, counts, waiting)


def _counted(
    keys: NDArray[np.int64], counts: NDArray[np.int64], more: list[NDArray[np.int64]]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The counts with one more for each key in `more`."""
    every = np.concatenate([keys, *more])
    weights = np.concatenate([counts, *(np.ones(len(one), np.int64) for one in more)])
    order = np.argsort(every, kind="stable")
    every, weights = every[order], weights[order]
    if not len(every):
        return keys, counts
    starts = np.concatenate(([0], np.flatnonzero(every[1:] != every[:-1]) + 1))
    return every[starts], np.add.reduceat(weights, starts)
