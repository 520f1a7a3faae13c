"""What filters, orders and facets need of every document, and the orders and facets made of it. Knows no Whoosh."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import repeat
from operator import itemgetter
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ...models import EngineHit
from . import kernel
from .kernel import Docs

#: Documents in order, and their scores; of an order by date the scores are looked up later, and none are here.
Ranked = tuple[list[int], list[float]]


class Ids(Protocol):
    """The ids of documents."""

    def __call__(self, docs: list[int]) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Columns:
    """Arrays over documents.

    `moments` are YYYYMMDDhhmmss numbers, 0 undated; `years` numbers into `year_names`, -1 undated.
    """

    ids: Ids
    moments: NDArray[np.int64]
    categories: NDArray[np.int32]
    category_names: Sequence[str]
    years: NDArray[np.int32]
    year_names: Sequence[str]

    def numbers(self) -> kernel.Columns:
        """What a reader needs of them."""
        return kernel.Columns(self.categories, len(self.category_names), self.years, len(self.year_names), self.moments)

    def by_score(self, best: Ranked) -> Ranked:
        """The best, which come by score, with ties by id."""
        docs, scores = best
        if len(set(scores)) == len(scores):
            return best
        ranked = sorted(zip((-score for score in scores), self.ids(docs), docs, strict=True))
        return [doc for _, _, doc in ranked], [-score for score, _, _ in ranked]

    def by_date(self, docs: Docs, sort: str, k: int) -> list[int]:
        """The first k of the documents by date, undated ones last, ties by id."""
        moments = self.moments[docs]
        order = np.where(moments == 0, np.iinfo(np.int64).max, -moments if sort == "newest" else moments)
        if k < len(docs):
            near = order <= np.partition(order, k - 1)[k - 1]
            docs, order = docs[near], order[near]
        numbers = docs.tolist()
        ranked = sorted(zip(order.tolist(), self.ids(numbers), numbers, strict=True))
        return [doc for _, _, doc in ranked[:k]]

    def hits(self, docs: list[int], scores: list[float], similar: Iterable[int] = repeat(0)) -> tuple[EngineHit, ...]:
        """Documents as hits, with what lies under each."""
        return tuple(map(EngineHit, self.ids(docs), scores, similar, docs))

    def category_facet(self, counts: Sequence[int]) -> tuple[tuple[str, int], ...]:
        """Counts of category numbers by name, most first, then by name."""
        found = [entry for entry in zip(self.category_names, counts, strict=False) if entry[1]]
        # Names come in order, and equal counts keep it.
        found.sort(key=itemgetter(1), reverse=True)
        return tuple(found)

    def year_facet(self, counts: Sequence[int]) -> tuple[tuple[str, int], ...]:
        """Counts of year numbers by name, newest first, as the names are."""
        return tuple([entry for entry in zip(self.year_names, counts, strict=False) if entry[1]])
