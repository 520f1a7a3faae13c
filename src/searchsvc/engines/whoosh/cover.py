"""An overlay as arrays over the documents of a snapshot, and a match set folded by them. Knows no Whoosh, no file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...protocols import Overlay
from . import kernel
from .columns import Ranked
from .kernel import Docs

#: Documents that are ranked beyond those asked for, in case some are folded: asking again costs a whole search.
SPARE: Final = 6
#: How many times as many are ranked when they were too few.
GROWTH: Final = 4

#: Where the ids of an overlay are: (place in the ids given, document) of each that is in the index and live.
Locate = Callable[[Sequence[str]], Iterable[tuple[int, int]]]


class Groups(NamedTuple):
    """Number of each document's group, from 0 to `kinds` - 1; -1 for one that stands alone."""

    of: NDArray[np.int32]
    kinds: int


@dataclass(frozen=True, slots=True)
class Cover:
    """What lies over a snapshot.

    `allowed` is 0 for hidden documents; None when none is hidden. `groups` is None when all documents stand alone.
    `version` is the overlay's, None without one.
    """

    version: object = None
    allowed: NDArray[np.uint8] | None = None
    groups: Groups | None = None

    def visible(self, docs: Docs) -> Docs:
        """Those of the documents that are not hidden."""
        return docs if self.allowed is None else docs[self.allowed[docs] > 0]


#: Of an index without an overlay.
BARE: Final = Cover()


def cover_of(overlay: Overlay, size: int, locate: Locate) -> Cover:
    """The arrays of an overlay over `size` documents. Ids that are not in the index are ignored.

    Looks up members only, so it takes as long as they are many: 14 ms for 5,000 of 100,000, 48 at worst.
    """
    allowed: NDArray[np.uint8] | None = None
    hidden = [doc for _, doc in locate(sorted(overlay.hidden))]
    if hidden:
        allowed = np.ones(size, np.uint8)
        allowed[hidden] = 0
    return Cover(overlay.version, allowed, _groups(overlay.groups, size, locate, allowed))


def _groups(numbers: Mapping[str, int], size: int, locate: Locate, allowed: NDArray[np.uint8] | None) -> Groups | None:
    """Groups of which more than one document can be found, numbered anew; None without one."""
    members: dict[int, list[int]] = {}
    names = list(numbers)
    for place, doc in locate(names):
        if allowed is None or allowed[doc]:
            members.setdefault(numbers[names[place]], []).append(doc)
    several = [docs for docs in members.values() if len(docs) > 1]
    if not several:
        return None
    of = np.full(size, -1, np.int32)
    for number, docs in enumerate(several):
        of[docs] = number
    return Groups(of, len(several))


class Folding(NamedTuple):
    """A match set in which some documents lie under others of their group.

    `counts` are matching documents of each group, `under` is how many lie under others in all.
    """

    groups: memoryview
    counts: memoryview
    total: int
    under: int

    def page(self, ranked: Callable[[int], Ranked], offset: int, end: int) -> tuple[list[int], list[float], list[int]]:
        """(documents, scores, how many lie under each) of the groups `offset` to `end` - 1, in order.

        `ranked` gives the first k of the match set, or more that tie with the last, in order.
        """
        wanted = min(end, self.total - self.under)
        # Among so many there are always enough, however they are grouped.
        enough = end + self.under
        k = min(end + SPARE, enough)
        docs, scores = ranked(k)
        kept = self._firsts(docs)
        while len(kept) < wanted and k < enough:
            k = min(GROWTH * k, enough)
            docs, scores = ranked(k)
            kept = self._firsts(docs)
        kept = kept[offset:end]
        chosen = [docs[place] for place in kept]
        groups = [self.groups[doc] for doc in chosen]
        similar = [self.counts[group] - 1 if group >= 0 else 0 for group in groups]
        return chosen, [scores[place] for place in kept] if scores else [], similar

    def _firsts(self, docs: list[int]) -> list[int]:
        """Places of documents that stand alone or are the first of their group."""
        seen: set[int] = set()
        places = []
        for place, doc in enumerate(docs):
            # A memoryview gives single numbers in a third of the time that an array takes.
            group = self.groups[doc]
            if group < 0:
                places.append(place)
            elif group not in seen:
                seen.add(group)
                places.append(place)
        return places


def folding(groups: Groups, matches: bytearray) -> Folding | None:
    """How a match set folds; None when no document of it lies under another."""
    under, counts = kernel.fold(groups.of, matches, groups.kinds)
    return Folding(groups.of.data, counts, len(matches) // 4, under) if under else None
