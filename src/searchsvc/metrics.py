"""Ranking measures over judged queries. Pure arithmetic.

nDCG as in Järvelin & Kekäläinen (2002) with gain 2^grade - 1 and discount log2(rank + 1) (Burges et al. 2005); MRR and
recall count articles of grade 2 and better as relevant.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

DEPTH: Final = 10
RELEVANT: Final = 2


@dataclass(frozen=True, slots=True)
class Judged:
    """A query with the grades (1 to 3) of the articles that answer it; all others count as 0."""

    q: str
    relevant: Mapping[str, int]
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Scores:
    """Means over all queries, each between 0 and 1; `without_hit` lists the queries that found nothing at all."""

    ndcg: float
    mrr: float
    recall: float
    queries: int
    without_hit: tuple[str, ...]


def ndcg(ranking: Sequence[str], grades: Mapping[str, int], depth: int = DEPTH) -> float:
    """Normalised discounted cumulative gain of the first `depth` ids; 0.0 when nothing is relevant."""
    ideal = _dcg(sorted(grades.values(), reverse=True)[:depth])
    return _dcg([grades.get(one, 0) for one in ranking[:depth]]) / ideal if ideal else 0.0


def reciprocal_rank(ranking: Sequence[str], grades: Mapping[str, int], depth: int = DEPTH) -> float:
    """1 / rank of the first relevant id among the first `depth`, or 0.0."""
    return next((1 / rank for rank, one in enumerate(ranking[:depth], 1) if grades.get(one, 0) >= RELEVANT), 0.0)


def recall(ranking: Sequence[str], grades: Mapping[str, int], depth: int = DEPTH) -> float:
    """Share of the relevant ids found among the first `depth`; 1.0 when none is relevant."""
    wanted = {one for one, grade in grades.items() if grade >= RELEVANT}
    return len(wanted & set(ranking[:depth])) / len(wanted) if wanted else 1.0


def evaluate(judged: Sequence[Judged], rankings: Sequence[Sequence[str]]) -> Scores:
    """Scores of one ranking a query, in the same order. ValueError when there are no queries."""
    if not judged:
        raise ValueError("no judged queries")
    pairs = list(zip(judged, rankings, strict=True))
    return Scores(
        ndcg=fmean(ndcg(ranking, one.relevant) for one, ranking in pairs),
        mrr=fmean(reciprocal_rank(ranking, one.relevant) for one, ranking in pairs),
        recall=fmean(recall(ranking, one.relevant) for one, ranking in pairs),
        queries=len(pairs),
        without_hit=tuple(one.q for one, ranking in pairs if not ranking),
    )


def _dcg(grades: Sequence[int]) -> float:
    return math.fsum((2.0**grade - 1.0) / math.log2(rank + 1) for rank, grade in enumerate(grades, 1))
