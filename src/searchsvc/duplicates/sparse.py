"""Dot products of sparse vectors, many pairs at once: compiled where there is a C compiler, else by numpy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from . import kernel
from .vectors import Floats, Rows


def pair_dots(rows: Rows, lefts: Sequence[Floats], rights: Sequence[Floats], pairs: NDArray[np.int32]) -> Floats:
    """(pairs, vectors): the dot product of each left vector of a pair's first row with the right one of its second.

    Vectors have a value for each entry of `rows`, whose things ascend in each row.
    """
    found = np.zeros((len(pairs), len(lefts)), np.float32)
    if kernel.compiled:
        ready = [[np.ascontiguousarray(one, np.float32) for one in vectors] for vectors in (lefts, rights)]
        chosen = np.ascontiguousarray(pairs, np.int32)
        kernel.compiled.dots(rows.starts, rows.things, tuple(ready[0]), tuple(ready[1]), chosen, found)
        return found
    order = np.argsort(pairs[:, 0], kind="stable")
    edges = np.flatnonzero(np.diff(pairs[order, 0])) + 1
    dense = np.zeros(int(rows.things.max(initial=0)) + 1, np.float32)
    for group in filter(len, np.split(order, edges)):
        first = int(pairs[group[0], 0])
        mine = slice(int(rows.starts[first]), int(rows.starts[first + 1]))
        others = _Gathered(rows, pairs[group, 1])
        for column, (left, right) in enumerate(zip(lefts, rights, strict=True)):
            dense[rows.things[mine]] = left[mine]
            found[group, column] = others.dot(dense, right)
        dense[rows.things[mine]] = 0
    return found


class _Gathered:
    """The entries of some rows, one after the other."""

    def __init__(self, rows: Rows, chosen: NDArray[np.int32]) -> None:
        sizes = (rows.starts[1:] - rows.starts[:-1])[chosen]
        self._ends = np.cumsum(sizes)
        firsts = np.repeat(rows.starts[chosen] - (self._ends - sizes), sizes)
        self._places = firsts + np.arange(int(self._ends[-1]) if len(sizes) else 0)
        self._things = rows.things[self._places]

    def dot(self, dense: Floats, vector: Floats) -> Floats:
        running = np.concatenate(([0.0], np.cumsum(dense[self._things] * vector[self._places], dtype=np.float64)))
        found: Floats = np.diff(running[np.concatenate(([0], self._ends))]).astype(np.float32)
        return found
