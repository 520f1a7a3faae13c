"""A text as a point among known readers' questions.

The list (data/questions.tsv) is written for this project: a line is a question, other wordings of it, and words that
an article answering it uses. How like a text is to each question says more about what it answers than its own words:
two articles without a phrase in common are near the same questions when they answer the same one. This is explicit
semantic analysis (Gabrilovich, Markovitch: Computing Semantic Relatedness Using Wikipedia-based Explicit Semantic
Analysis, IJCAI 2007) over questions instead of encyclopedia articles.
"""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from importlib import resources
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..text.fold import fold
from . import kernel

Floats = NDArray[np.float32]
Codes = NDArray[np.int64]

#: Questions kept of a text, for each of its two views.
KEPT: Final = 24
#: A likeness of this much above the middle one fills a byte.
FULL: Final = 0.4
_RUN: Final = re.compile(r"[^\W_]+")
#: Half of what a gram can count at most is reached at so many occurrences in a question's line.
_HALF: Final = 1.0
#: The same of a text; a gram counts for standing in title (once), headings, lead (twice at most), and the body.
_TEXT_HALF: Final = 4.0
#: In front, and everywhere.
_VIEWS: Final = ((8.0, 3.0, 2.0, 0.0), (4.0, 1.5, 1.0, 1.0))


class Questions:
    """The questions of a list, ready to be compared with texts."""

    def __init__(self, text: str) -> None:
        rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
        self.names = tuple(row[0] for row in rows)
        lines = [_grams(fold(" ".join(row))) for row in rows]
        counted = [np.unique(line, return_counts=True) for line in lines]
        codes = np.concatenate([grams for grams, _ in counted])
        owners = np.repeat(np.arange(len(rows)), [len(grams) for grams, _ in counted])
        counts = np.concatenate([number for _, number in counted]).astype(np.float32)
        self._codes, places, spread = np.unique(codes, return_inverse=True, return_counts=True)
        self._idf: Floats = np.log((len(rows) + 1) / (spread + 0.5)).astype(np.float32)
        weights = counts / (counts + np.float32(_HALF)) * self._idf[places]
        lengths = np.sqrt(np.bincount(owners, weights**2, minlength=len(rows)))
        weights /= lengths[owners].astype(np.float32)
        order = np.argsort(places, kind="stable")
        self._owners, self._weights = owners[order].astype(np.int32), weights[order].astype(np.float32)
        self._starts = np.concatenate(([0], np.cumsum(spread)))

    def __len__(self) -> int:
        return len(self.names)

    def nearest(self, zones: tuple[str, str, str, str]) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
        """(numbers of the nearest questions, ascending; how near in front and everywhere, a byte each).

        `zones` are folded title, headings, lead and body (which holds the two before it). Nearness is the cosine less
        the middle one of all questions; a byte is full at FULL.
        """
        cosines = np.zeros((len(_VIEWS), len(self)), np.float32)
        if kernel.compiled:
            keys, slots = self._hashed
            tables = (keys, slots, self._idf, self._starts, self._owners, self._weights)
            kernel.compiled.cosines(zones, *tables, np.array(_VIEWS, np.float32), _TEXT_HALF, cosines)
        else:
            self._by_numpy(zones, cosines)
        above = np.clip((cosines - np.median(cosines, axis=1, keepdims=True)) / FULL, 0, 1)
        near = np.rint(above * 255).astype(np.uint8)
        kept = np.unique(np.argsort(255 - near, axis=1, kind="stable")[:, :KEPT])
        kept = kept[near[:, kept].any(axis=0)]
        return kept.astype(np.uint32), near[:, kept].T.copy()

    @cached_property
    def _hashed(self) -> tuple[Codes, NDArray[np.int32]]:
        """The place of each gram by a hash of it, for the compiled loop."""
        size = 1 << (4 * len(self._codes)).bit_length()
        keys, slots = np.full(size, -1, np.int64), np.zeros(size, np.int32)
        kernel.compiled.fill(self._codes, keys, slots)
        return keys, slots

    def _by_numpy(self, zones: tuple[str, str, str, str], cosines: Floats) -> None:
        counts = [np.unique(_grams(zone), return_counts=True) for zone in zones]
        every = np.unique(np.concatenate([grams for grams, _ in counts]))
        places = np.minimum(np.searchsorted(self._codes, every), len(self._codes) - 1)
        known = self._codes[places] == every
        every, places = every[known], places[known]
        table = np.zeros((4, len(every)), np.float32)
        for row, (grams, number) in enumerate(counts):
            at = np.minimum(np.searchsorted(every, grams), max(len(every) - 1, 0))
            held = every[at] == grams if len(every) else np.zeros(len(grams), np.bool_)
            table[row, at[held]] = number[held]
        table[0] = np.minimum(table[0], 1)
        table[1:3] = np.minimum(table[1:3], 2)
        sizes = self._starts[places + 1] - self._starts[places]
        ends = np.cumsum(sizes)
        rows = np.repeat(self._starts[places] - (ends - sizes), sizes) + np.arange(int(ends[-1]) if len(ends) else 0)
        for view, row in zip(_VIEWS, cosines, strict=True):
            tf = np.asarray(view, np.float32) @ table
            weights = tf / (tf + np.float32(_TEXT_HALF)) * self._idf[places]
            length = float(np.sqrt((weights**2).sum())) or 1.0
            values = self._weights[rows] * np.repeat(weights / length, sizes)
            row[:] = np.bincount(self._owners[rows], values, minlength=len(self))


def _grams(folded: str) -> Codes:
    """The characters of a text's runs of letters and digits, and their pairs, as numbers."""
    codes = np.frombuffer(" ".join(_RUN.findall(folded)).encode("utf-32-le", "surrogatepass"), np.uint32)
    single = codes.astype(np.int64)
    space = ord(" ")
    pairs = (single[:-1] << 21) | single[1:]
    inside = (single[:-1] != space) & (single[1:] != space)
    return np.concatenate([single[single != space], pairs[inside]])


@lru_cache(maxsize=1)
def load_questions() -> Questions:
    """The packaged list, read once."""
    return Questions(resources.files(__package__).joinpath("data/questions.tsv").read_text("utf-8"))
