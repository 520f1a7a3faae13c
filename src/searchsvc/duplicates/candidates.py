"""Candidates for one topic among many articles, through an index of what each is mainly about; never all pairs.

What an article is mainly about (its key) is a short sparse vector: its main subjects, and the known questions it is
nearest to. It depends on the article and the calibration texts alone, so it is made once, when the article is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..text.subjects import Subjects
from . import kernel
from .model import load_model
from .profiles import BODY, Profile
from .topics import subject_idf
from .vectors import FOCUS, main_part, normalised, stack, weights

#: Candidates of one article, at most, and the least dot product of their keys.
MOST: Final = 16
LEAST: Final = 0.12
#: In a large index what more than this share of the articles has in its key suggests no candidates.
COMMON: Final = 0.05
LARGE: Final = 20_000
#: Of the two parts of a key, subjects and questions: their lengths. 0.8 ** 2 + 0.6 ** 2 is 1.
_PARTS: Final = (0.8, 0.6)
#: Questions in a key, and the power their nearness is raised to.
_QUESTIONS: Final = 8
_POWER: Final = 2.0
_ENTRY: Final = np.dtype([("thing", "<u2"), ("value", "<f2")])


class KeyMaker:
    """Makes keys; subjects are numbered as they are, questions after them."""

    def __init__(self, subjects: Subjects) -> None:
        self._rare = subject_idf(load_model(subjects).prior, subjects)

    def __call__(self, profile: Profile) -> bytes:
        """The key of an article, packed."""
        rows = stack([profile.subjects])
        about = normalised(rows, main_part(rows, weights(rows, FOCUS, self._rare))) * np.float32(_PARTS[0])
        near = stack([profile.questions])
        values = main_part(near, near.zones[:, BODY].astype(np.float32), _QUESTIONS) ** np.float32(_POWER)
        asked = normalised(near, values.astype(np.float32)) * np.float32(_PARTS[1])
        things = np.concatenate([rows.things, near.things + np.uint32(len(self._rare))])
        every = np.concatenate([about, asked])
        kept = every > 0.01
        packed = np.empty(int(kept.sum()), _ENTRY)
        packed["thing"], packed["value"] = things[kept], every[kept]
        return packed.tobytes()


@lru_cache(maxsize=1)
def key_maker(subjects: Subjects) -> KeyMaker:
    """By the packaged model."""
    return KeyMaker(subjects)


class Keys:
    """The keys of many articles, numbered in order."""

    def __init__(self, packed: Sequence[bytes]) -> None:
        entries = np.frombuffer(b"".join(packed), _ENTRY)
        sizes = np.fromiter((len(one) // _ENTRY.itemsize for one in packed), np.int64, len(packed))
        self._starts = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
        self._things = entries["thing"].astype(np.uint32)
        self._values = entries["value"].astype(np.float32)
        order = np.argsort(self._things, kind="stable")
        owners = np.repeat(np.arange(len(packed), dtype=np.int32), sizes)
        self._owners, self._held = owners[order], self._values[order]
        size = int(self._things.max(initial=0)) + 1
        self._bounds = np.searchsorted(self._things[order], np.arange(size + 1)).astype(np.int64)
        total = len(packed)
        self._widest = int(COMMON * total) if total > LARGE else total

    def __len__(self) -> int:
        return len(self._starts) - 1

    def nearest(self, chosen: NDArray[np.int32]) -> NDArray[np.int32]:
        """(chosen, MOST): the articles whose keys are most like those of the chosen, in no order, then -1."""
        found = np.full((len(chosen), MOST), -1, np.int32)
        if kernel.compiled:
            kernel.compiled.nearest(
                self._starts, self._things, self._values, self._bounds, self._owners, self._held,
                np.ascontiguousarray(chosen, np.int32), LEAST, self._widest, found,
            )  # fmt: skip
            return found
        scores = np.zeros(len(self), np.float32)
        for row, article in zip(found, chosen.tolist(), strict=True):
            for at in range(int(self._starts[article]), int(self._starts[article + 1])):
                first, last = self._bounds[self._things[at]], self._bounds[self._things[at] + 1]
                if last - first <= self._widest:
                    scores[self._owners[first:last]] += self._values[at] * self._held[first:last]
            scores[article] = 0
            near = np.flatnonzero(scores >= LEAST)
            # Of equal ones those that come first.
            near = near[np.argsort(-scores[near], kind="stable")[:MOST]]
            row[: len(near)] = near
            scores[:] = 0
        return found

    def pairs(self, chosen: NDArray[np.int32]) -> NDArray[np.int32]:
        """Each pair (the smaller number first, ordered) of a chosen article and one of its nearest."""
        near = self.nearest(chosen)
        every = np.stack((np.repeat(chosen, MOST), near.ravel()), axis=1)
        found: NDArray[np.int32] = np.unique(np.sort(every[every[:, 1] >= 0], axis=1), axis=0).astype(np.int32)
        return found
