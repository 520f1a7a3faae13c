"""Reads every byte of an index and checks it: checksums, stored articles, and that the arrays agree."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ...models import Problem
from .arrays import ArrayFile
from .layout import DAMAGE
from .postings import OpenSegment
from .segment import document_of, documents_with_key, frequencies
from .snapshot import WhooshSnapshot


def problems_of(version: Path, snapshot: WhooshSnapshot) -> Iterator[Problem]:
    """What is wrong with an index that opens."""
    ids: set[str] = set()
    for segment in snapshot.segments:
        name = f"{version.name}/{segment.arrays.path.name}"
        # From the file anew: what is mapped may be of a file that is no longer there.
        try:
            arrays = ArrayFile(segment.arrays.path)
            damaged = list(arrays.damage())
        except DAMAGE as error:
            yield Problem(name, f"it cannot be read: {error}")
            continue
        if damaged:
            yield Problem(name, f"the bytes of {', '.join(damaged)} are not those that were written")
            continue
        try:
            for message in _disagreements(arrays):
                yield Problem(name, message)
            for message in _articles(arrays, segment, ids):
                yield Problem(name, message)
        except DAMAGE as error:
            yield Problem(name, f"its arrays do not agree: {error}")


def _disagreements(arrays: ArrayFile) -> Iterator[str]:
    size = len(arrays["moments"])
    for kind in ("word", "gram", "char"):
        start, docs = arrays[f"{kind}_start"].astype(np.int64), arrays[f"{kind}_doc"]
        if start[0] != 0 or start[-1] != len(docs) or (np.diff(start) <= 0).any():
            yield f"the postings of {kind}s do not begin and end where they should"
            continue
        falls = np.flatnonzero(np.diff(docs.astype(np.int64)) <= 0) + 1
        if (len(docs) and int(docs.max()) >= size) or not np.isin(falls, start).all():
            yield f"the postings of {kind}s name articles that are not there, or twice"
    for name in ("word_prefix", "gram_code", "char_code"):
        column = arrays[name]
        if len(column) > 1 and (column[1:] < column[:-1]).any():
            yield f"{name} is not in order"
    totals = np.diff(arrays["gram_place"].astype(np.int64))
    counts = frequencies(arrays, "gram", 0, len(arrays["gram_tf"])).sum(axis=1)
    starts = arrays["gram_start"].astype(np.int64)
    if len(totals) and (np.add.reduceat(counts, starts[:-1]) != totals).any():
        yield "the offsets of grams do not agree with their frequencies"


def _articles(arrays: ArrayFile, segment: OpenSegment, ids: set[str]) -> Iterator[str]:
    for doc in range(segment.size):
        if segment.live is not None and not segment.live[doc]:
            continue
        stored = document_of(arrays, doc)
        if stored.id in ids:
            yield f"article {stored.id!r} is there twice"
        ids.add(stored.id)
        if doc not in documents_with_key(arrays, stored.key):
            yield f"article {stored.id!r} is not found by its key"
