"""Match set, score, order and facets of relevance.py as array arithmetic. Knows no Whoosh: only a Source of arrays.

Documents are numbered in the order of their ids, so that ties by id are ties by number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models import FIELDS, EngineHit, EngineResult, FieldName, Filters, Query, SearchRequest, Sort, Term
from ...relevance import (
    GRAM_WEIGHT,
    SHARES,
    effective_terms,
    idf,
    in_a_phrase,
    is_word_exclusion,
    query_grams,
    required_mass,
)
from .postings import POSITION_BITS, Source

Mask = NDArray[np.bool_]
Docs = NDArray[np.int32]

_NOTHING: Final = EngineResult(total=0, groups=0, hits=())


@dataclass(frozen=True, slots=True)
class Columns:
    """What filters, orders and facets need of every article. `moments` are YYYYMMDDhhmmss numbers, 0 undated."""

    ids: Sequence[str]
    moments: NDArray[np.int64]
    categories: NDArray[np.int32]
    category_names: Sequence[str]

    @property
    def days(self) -> NDArray[np.int64]:
        """YYYYMMDD numbers, 0 undated."""
        return self.moments // 1_000_000


def moment(date: str | None) -> int:
    """A model's date as a number that sorts: YYYYMMDDhhmmss, midnight without a time; 0 for None."""
    digits = (date or "").replace("-", "").replace("T", "").replace(":", "")
    return int(digits[:14].ljust(14, "0")) if date else 0


def search(source: Source, columns: Columns, request: SearchRequest) -> EngineResult:
    """Answers a request; see relevance.py for what matches and how it scores."""
    query = request.query
    if query.is_empty or not source.size:
        return _NOTHING
    terms, missing = effective_terms(query, lambda text: source.word(text).df)
    mask, relaxed = _matching(source, columns, request, terms)
    docs = np.flatnonzero(mask)
    scores = _scores(source, terms, query_grams(query))
    page = _page(docs, scores, columns.moments, request)
    names = columns.category_names
    return EngineResult(
        total=len(docs),
        groups=len(docs),
        hits=tuple(EngineHit(columns.ids[doc], float(scores[doc])) for doc in page),
        category_facet=_category_facet(columns.categories[docs], names) if request.facets else (),
        year_facet=_year_facet(columns.moments[docs]) if request.facets else (),
        relaxed=relaxed,
        missing=missing,
    )


def containing(source: Source, text: str) -> Docs:
    """Documents with this folded string inside one block of one field, ascending."""
    if len(text) == 1:
        return source.holding(text)
    found = [_containing(source, field, text) for field in FIELDS]
    return np.unique(np.concatenate(found)).astype(np.int32)


def _containing(source: Source, field: FieldName, text: str) -> Docs:
    """Every second bigram and the last one cover the string: it is there where all stand at their distances."""
    offsets = [*range(0, len(text) - 1, 2), *([len(text) - 2] if len(text) % 2 else [])]
    placed = []
    for offset in offsets:
        places = source.places(field, text[offset : offset + 2])
        if not len(places):
            return np.empty(0, np.int32)
        placed.append((len(places), offset, places))
    placed.sort(key=lambda entry: entry[0])
    _, first, places = placed[0]
    starts = places - first
    for _, offset, places in placed[1:]:
        wanted = starts + offset
        at = np.minimum(np.searchsorted(places, wanted), len(places) - 1)
        starts = starts[places[at] == wanted]
    docs: Docs = (starts >> POSITION_BITS).astype(np.int32)
    return docs


def _matching(source: Source, columns: Columns, request: SearchRequest, terms: Sequence[Term]) -> tuple[Mask, int]:
    """(the match set, steps the share was lowered). Nothing found at any share counts as no step."""
    query = request.query
    mass, total = _masses(source, query, terms)
    allowed = _allowed(columns, request.filters)
    required = allowed & _strings_hold(source, query)
    literal = np.zeros(source.size, np.bool_)
    if query.literal:
        literal[containing(source, query.literal)] = True
        literal &= allowed
    if total == 0:
        return (literal | required if query.phrases else literal), 0
    for step, share in enumerate(SHARES):
        mask = literal | (required & (mass >= required_mass(share, total)))
        if mask.any():
            return mask, step
    return literal, 0


def _masses(source: Source, query: Query, terms: Sequence[Term]) -> tuple[NDArray[np.float64], float]:
    """(mass of the terms each document holds, given that it contains the phrases; mass of all)."""
    mass = np.zeros(source.size)
    total = 0.0
    for term in terms:
        posting = source.word(term.text)
        weight = term.weight * idf(posting.df, source.size)
        total += weight
        if in_a_phrase(term, query):
            mass += weight
        else:
            mass[posting.docs] += weight
    return mass, total


def _strings_hold(source: Source, query: Query) -> Mask:
    """Documents with every phrase and no exclusion."""
    mask = np.ones(source.size, np.bool_)
    for phrase in filter(None, query.phrases):
        mask &= _as_mask(source, containing(source, phrase))
    for exclusion in filter(None, query.exclusions):
        word = is_word_exclusion(exclusion)
        mask[source.word(exclusion).docs if word else containing(source, exclusion)] = False
    return mask


def _as_mask(source: Source, docs: Docs) -> Mask:
    mask = np.zeros(source.size, np.bool_)
    mask[docs] = True
    return mask


def _allowed(columns: Columns, filters: Filters) -> Mask:
    mask = np.ones(len(columns.ids), np.bool_)
    if filters.categories:
        wanted = [number for number, name in enumerate(columns.category_names) if name in filters.categories]
        mask &= np.isin(columns.categories, wanted)
    if filters.day_from is not None or filters.day_to is not None:
        days = columns.days
        mask &= days > 0
        mask &= days >= (filters.day_from or 0)
        if filters.day_to is not None:
            mask &= days <= filters.day_to
    return mask


def _scores(source: Source, terms: Sequence[Term], grams: Iterable[str]) -> NDArray[np.float64]:
    scores = np.zeros(source.size)
    for term in terms:
        posting = source.word(term.text)
        scores[posting.docs] += term.weight * idf(posting.df, source.size) * posting.impacts
    for gram in grams:
        posting = source.gram(gram)
        if posting.df:
            scores[posting.docs] += GRAM_WEIGHT * idf(posting.df, source.size) * posting.impacts
    return scores


def _page(
    docs: NDArray[np.intp], scores: NDArray[np.float64], moments: NDArray[np.int64], request: SearchRequest
) -> NDArray[np.intp]:
    """The documents of one page, in order; ties by number."""
    end = request.offset + request.limit
    keys = _sort_keys(docs, scores, moments, request.sort)
    if 0 < end < len(docs):
        threshold = np.partition(keys, end - 1)[end - 1]
        near = keys <= threshold
        docs, keys = docs[near], keys[near]
    return docs[np.lexsort((docs, keys))][request.offset : end]


def _sort_keys(
    docs: NDArray[np.intp], scores: NDArray[np.float64], moments: NDArray[np.int64], sort: Sort
) -> NDArray[np.float64] | NDArray[np.int64]:
    """Smallest first. Undated articles are last in both orders by date."""
    if sort == "relevance":
        best_first: NDArray[np.float64] = -scores[docs]
        return best_first
    dates = moments[docs]
    if sort == "newest":
        return -dates
    return np.where(dates == 0, np.iinfo(np.int64).max, dates)


def _category_facet(categories: NDArray[np.int32], names: Sequence[str]) -> tuple[tuple[str, int], ...]:
    counts = np.bincount(categories[categories >= 0], minlength=len(names))
    found = [(name, int(count)) for name, count in zip(names, counts, strict=True) if count]
    return tuple(sorted(found, key=lambda entry: (-entry[1], entry[0])))


def _year_facet(moments: NDArray[np.int64]) -> tuple[tuple[str, int], ...]:
    years, counts = np.unique(moments[moments > 0] // 10**10, return_counts=True)
    return tuple((f"{year:04d}", int(count)) for year, count in zip(years[::-1], counts[::-1], strict=True))
