"""Match set, score, order and facets of relevance.py as array arithmetic. Knows no Whoosh: only a Source of terms."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import repeat
from operator import itemgetter
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ...models import EngineHit, EngineResult, Filters, Query, SearchRequest, Term
from ...relevance import (
    GRAM_WEIGHT,
    SHARES,
    effective_terms,
    in_a_phrase,
    is_word_exclusion,
    query_grams,
    required_mass,
    score_weight,
)
from . import kernel
from .kernel import ANY_TIME, Docs
from .postings import Found, Source

#: What all words of a query weigh together, in masses: whole numbers whose sums stay within 32 bits.
MASS_UNIT: Final = 1 << 30
#: No article is of a later moment.
_END_OF_TIME: Final = 99_999_999_999_999

_NOTHING: Final = EngineResult(total=0, groups=0, hits=())


class Ids(Protocol):
    """The ids of documents."""

    def __call__(self, docs: list[int]) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Columns:
    """What filters, orders and facets need of every article.

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


class _Plan(NamedTuple):
    """A query as kernel.Reader.search takes it, but for the mass that is needed."""

    words: list[kernel.Word]
    grams: list[kernel.Gram]
    total: float
    base: int
    candidates: Docs | None
    extra: Docs | None
    allowed: NDArray[np.uint8] | None
    wanted: bytes | None
    moments: tuple[int, int]


def search(source: Source, columns: Columns, request: SearchRequest) -> EngineResult:
    """Answers a request; see relevance.py for what matches and how it scores."""
    query = request.query
    if query.is_empty or not source.count:
        return _NOTHING
    plan, missing = _plan(source, columns, query, request.filters)
    end = request.offset + request.limit
    by_score = request.sort == "relevance"
    relaxed = 0
    for step, need in enumerate(_needs(plan, query)):
        matches, best, categories, years = _ask(source, plan, need, end if by_score else 0, request.facets)
        if matches:
            relaxed = step
            break
    if by_score:
        hits = _by_score(best, columns, request.offset, end)
    else:
        hits = _scored(source, plan, columns, _by_date(np.frombuffer(matches, np.int32), columns, request))
    return EngineResult(
        total=len(matches) // 4,
        groups=len(matches) // 4,
        hits=hits,
        category_facet=_category_facet(columns, categories),
        year_facet=tuple([entry for entry in zip(columns.year_names, years, strict=False) if entry[1]]),
        relaxed=relaxed,
        missing=missing,
    )


def _plan(source: Source, columns: Columns, query: Query, filters: Filters) -> tuple[_Plan, tuple[str, ...]]:
    """(the plan, words that no article has)."""
    texts = [term.text for term in query.terms]
    wanted_grams = query_grams(query, query.terms)
    found, found_grams = source.find(texts, wanted_grams)
    literal = query.literal if len(found_grams) == len(wanted_grams) else ""  # else nothing holds all of its bigrams
    terms: Sequence[Term] = query.terms
    missing: tuple[str, ...] = ()
    if len(found) < len(texts):
        parts = [part for term in terms if term.text not in found for part in term.parts]
        found |= source.find(parts, ())[0]
        terms, missing = effective_terms(query, lambda text: found[text].df if text in found else 0)
        wanted_grams = query_grams(query, terms)
        more = source.find((), [gram for gram in wanted_grams if gram not in found_grams])[1]
        found_grams = {gram: one for gram, one in (found_grams | more).items() if gram in wanted_grams}
    total = 0.0
    for term in terms:
        total += term.weight * found[term.text].idf
    words, base = _words(terms, found, query, total)
    grams = [(one.runs, one.frequent, GRAM_WEIGHT * one.idf) for one in found_grams.values()]
    candidates = _common([source.containing(phrase) for phrase in filter(None, query.phrases)])
    extra = source.containing(literal) if literal else None
    if not terms and not query.phrases:
        candidates = np.empty(0, np.int32)
    wanted, moments = _filters(columns, filters)
    allowed = _without(source, query.exclusions)
    return _Plan(words, grams, total, base, candidates, extra, allowed, wanted, moments), missing


def _words(terms: Sequence[Term], found: dict[str, Found], query: Query, total: float) -> tuple[list[kernel.Word], int]:
    """(the words to add, mass that every document has that contains the phrases)."""
    words: list[kernel.Word] = []
    base = 0
    unit = MASS_UNIT / total if total else 0.0
    phrases = bool(query.phrases)
    for term in terms:
        text, weight, _ = term
        _, idf, runs, frequent = found[text]
        mass = round(unit * weight * idf) or 1
        if phrases and in_a_phrase(term, query):
            base, mass = base + mass, 0
        words.append((runs, frequent, score_weight(term) * idf, mass))
    return words, base


def _needs(plan: _Plan, query: Query) -> Iterable[int]:
    """Masses to ask for until something is found."""
    if not plan.total:
        yield 0
        return
    for share in SHARES:
        # Rounding the terms' masses may have cost half a unit each.
        mass = math.floor(MASS_UNIT * required_mass(share, plan.total) / plan.total)
        yield max(1, mass - len(query.terms)) - plan.base


def _ask(source: Source, plan: _Plan, need: int, k: int, facets: bool) -> kernel.Answer:
    return source.reader.search(
        plan.words, plan.grams, need, plan.candidates, plan.extra, plan.allowed, plan.wanted, *plan.moments, k, facets
    )


def _common(found: Sequence[Docs]) -> Docs | None:
    """Documents in all of the arrays; None without one."""
    return reduce(lambda one, other: np.intersect1d(one, other, assume_unique=True), found) if found else None


def _without(source: Source, exclusions: Sequence[str]) -> NDArray[np.uint8] | None:
    """0 for documents that hold an exclusion; None without exclusions."""
    allowed: NDArray[np.uint8] | None = None
    for exclusion in filter(None, exclusions):
        allowed = np.ones(source.size, np.uint8) if allowed is None else allowed
        word = is_word_exclusion(exclusion)
        allowed[source.holding(exclusion) if word else source.containing(exclusion)] = 0
    return allowed


def _filters(columns: Columns, filters: Filters) -> tuple[bytes | None, tuple[int, int]]:
    """(1 for each category that is wanted, "none" first; first and last moment)."""
    wanted = (
        bytes([0, *(name in filters.categories for name in columns.category_names)]) if filters.categories else None
    )
    if filters.day_from is None and filters.day_to is None:
        return wanted, ANY_TIME
    low = max(filters.day_from or 0, 1) * 1_000_000
    return wanted, (low, _END_OF_TIME if filters.day_to is None else filters.day_to * 1_000_000 + 999_999)


def _by_score(best: tuple[list[int], list[float]], columns: Columns, offset: int, end: int) -> tuple[EngineHit, ...]:
    """One page of the best, in order; ties by id."""
    docs, scores = best
    if len(set(scores)) < len(scores):
        ranked = sorted(zip((-score for score in scores), columns.ids(docs), docs, strict=True))
        docs, scores = [doc for _, _, doc in ranked], [-score for score, _, _ in ranked]
    docs, scores = docs[offset:end], scores[offset:end]
    return tuple(map(EngineHit, columns.ids(docs), scores, repeat(0), docs))


def _scored(source: Source, plan: _Plan, columns: Columns, docs: Docs) -> tuple[EngineHit, ...]:
    """Documents of the match set in the order given, with their scores."""
    among = plan._replace(candidates=np.sort(docs), extra=None, allowed=None)
    scores = dict(zip(*_ask(source, among, 0, len(docs), facets=False)[1], strict=True))
    numbers = docs.tolist()
    names = columns.ids(numbers)
    return tuple(EngineHit(name, scores[doc], 0, doc) for name, doc in zip(names, numbers, strict=True))


def _by_date(docs: Docs, columns: Columns, request: SearchRequest) -> Docs:
    """One page of the documents by date, undated ones last, ties by id."""
    end = request.offset + request.limit
    moments = columns.moments[docs]
    order = np.where(moments == 0, np.iinfo(np.int64).max, -moments if request.sort == "newest" else moments)
    if end < len(docs):
        near = order <= np.partition(order, end - 1)[end - 1]
        docs, order = docs[near], order[near]
    numbers = docs.tolist()
    ranked = sorted(zip(order.tolist(), columns.ids(numbers), numbers, strict=True))
    return np.array([doc for _, _, doc in ranked[request.offset : end]], np.int32)


def _category_facet(columns: Columns, counts: Sequence[int]) -> tuple[tuple[str, int], ...]:
    found = [entry for entry in zip(columns.category_names, counts, strict=False) if entry[1]]
    # Names come in order, and equal counts keep it.
    found.sort(key=itemgetter(1), reverse=True)
    return tuple(found)
