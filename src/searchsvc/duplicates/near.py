"""Copies and near copies among the articles of a store: candidates by their sketches, then the texts themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..editorial import Kind
from ..models import StoredArticle
from ..protocols import Snapshot
from .overlap import NEAR_CHARS, Measured, Overlap, measured, overlap
from .shingles import Hashes, plain_text
from .signatures import GROUP, Postings, boilerplate_of, candidate_pairs, gather, members
from .store import Update

#: Articles at hand while pairs are looked at, 10 KB each.
_AT_HAND: Final = 2_000


class NearPair(NamedTuple):
    """Two articles by place in the store, the smaller first."""

    a: int
    b: int
    kind: Kind
    shared: Overlap


def near_pairs(update: Update, snapshot: Snapshot, fresh: NDArray[np.bool_] | None) -> Iterator[NearPair]:
    """Every pair, ordered, of which one at least is fresh; `fresh` is None when all are.

    With all of them it is found anew, and kept, what is boilerplate.
    """
    every = gather(update.column("sketch"))
    if fresh is None:
        postings = every.inverted()
        boilerplate = boilerplate_of(postings)
        update.set_facts({"boilerplate": boilerplate.astype("<u8").tobytes()})
        postings = postings.without(boilerplate)
    else:
        boilerplate = np.frombuffer(update.fact("boilerplate"), "<u8").astype(np.uint64)
        postings = _of_fresh(every, fresh, boilerplate)
    candidates = {(int(a), int(b)) for a, b in candidate_pairs(postings).tolist()}
    bodies, titles = _bodies(update), update.column("title")
    texts = _Texts(snapshot, update.column("id"), boilerplate)
    for a, b in sorted(candidates | set(_equal(bodies))):
        if fresh is not None and not fresh[a] and not fresh[b]:
            continue
        one, other = texts.get(a), texts.get(b)
        if one is None or other is None:
            continue
        shared = overlap(one, other)
        if bodies[a] == bodies[b]:
            # Also where all of it is boilerplate.
            whole = Overlap(1.0, 1.0, max(shared.passages, 1), len(one.plain))
            yield NearPair(a, b, "copy" if _plain(titles[a]) == _plain(titles[b]) else "near-copy", whole)
        elif shared.is_near_copy:
            yield NearPair(a, b, "near-copy", shared)


def _plain(title: bytes) -> str:
    return plain_text(title.decode("utf-8", "surrogatepass"))


def _of_fresh(every: Postings, fresh: NDArray[np.bool_], boilerplate: Hashes) -> Postings:
    """The postings of what fresh articles hold, inverted: a few of millions, so that these need not be sorted."""
    wanted = np.setdiff1d(every.hashes[fresh[every.owners]], boilerplate)
    found = every.only(wanted)
    # Of the others only those are compared that hold something fresh: these lose their boilerplate.
    holders = np.zeros(len(every.sizes), np.bool_)
    holders[found.owners] = True
    theirs = holders[every.owners]
    lost = np.bincount(every.owners[theirs][members(every.hashes[theirs], boilerplate)], minlength=len(every.sizes))
    return Postings(found.hashes, found.owners, every.sizes - lost).inverted()


def _bodies(update: Update) -> list[str]:
    """What names the text of each article. Of a few words, or none (a page of pictures), it is title and body."""
    columns = (update.column(name) for name in ("body", "content", "size"))
    return [body if size >= NEAR_CHARS else content for body, content, size in zip(*columns, strict=True)]


def _equal(bodies: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Pairs of equal texts, the shortest of which have no sketch; in large groups neighbours only."""
    groups: dict[str, list[int]] = {}
    for place, body in enumerate(bodies):
        groups.setdefault(body, []).append(place)
    for places in groups.values():
        step = len(places) if len(places) <= GROUP else 2
        for i, a in enumerate(places):
            for b in places[i + 1 : i + step]:
                yield a, b


class _Texts:
    """Articles measured when first asked for; the last ones stay at hand, because pairs come ordered."""

    def __init__(self, snapshot: Snapshot, ids: Sequence[bytes], boilerplate: Hashes) -> None:
        self._snapshot = snapshot
        self._ids = ids
        self._boilerplate = boilerplate
        self._held: dict[int, Measured | None] = {}

    def get(self, place: int) -> Measured | None:
        """The article at a place; None when the index has it no more."""
        if place not in self._held:
            if len(self._held) >= _AT_HAND:
                self._held.clear()
            stored: StoredArticle | None = self._snapshot.article(self._ids[place].decode("utf-8", "surrogatepass"))
            self._held[place] = None if stored is None else measured(stored.article.body, self._boilerplate)
        return self._held[place]
