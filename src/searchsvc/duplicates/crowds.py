"""How near an article is to those that surely answer other questions, so that a pair is judged by what it has above
that: local scaling (Zelnik-Manor, Perona: Self-Tuning Spectral Clustering, NIPS 2004; for words, Conneau et al.: Word
Translation Without Parallel Data, ICLR 2018).

A page of commonplaces is a little like a hundred others, and answers the question of none of them.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from .vectors import Floats

#: The nearest so many make the crowd of an article.
NEIGHBOURS: Final = 8
#: Log-odds from which on a neighbour surely answers the same question, and is no part of the crowd.
SURE: Final = 3.0
#: No neighbour counts as farther than this; one that is missing (a small index) counts as MISSING.
FLOOR: Final = -4.0
MISSING: Final = -3.0
#: What is made of a score and the crowds of both articles.
CROWDED: Final = ("score", "above the mean crowd", "above the larger crowd")


def crowds_of(pairs: NDArray[np.int32], scores: NDArray[np.float64], total: int) -> Floats:
    """The crowd of each of `total` articles: the mean score of its nearest pairs; scores are log-odds."""
    kept = scores < SURE
    owners = np.concatenate([pairs[kept, 0], pairs[kept, 1]])
    values = np.tile(np.maximum(scores[kept], FLOOR), 2)
    order = np.lexsort((-values, owners))
    owners, values = owners[order], values[order]
    rank = np.arange(len(owners)) - np.searchsorted(owners, owners)
    near = rank < NEIGHBOURS
    sums = np.bincount(owners[near], values[near], minlength=total)
    counts = np.bincount(owners[near], minlength=total)
    found: Floats = ((sums + (NEIGHBOURS - counts) * MISSING) / NEIGHBOURS).astype(np.float32)
    return found


def crowded(scores: NDArray[np.float64], first: Floats, second: Floats) -> NDArray[np.float64]:
    """A row of CROWDED for each pair; `first` and `second` are the crowds of its articles."""
    mean, larger = (first.astype(np.float64) + second) / 2, np.maximum(first, second).astype(np.float64)
    return np.stack([scores, scores - mean, scores - larger], axis=1)
