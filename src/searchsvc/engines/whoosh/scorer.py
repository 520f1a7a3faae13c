"""Match set, score, order and facets of relevance.py as array arithmetic. Knows no Whoosh: only a Source of arrays."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

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
)
from . import kernel
from .kernel import Bounded, Docs, Floats, Masses, Weighted
from .postings import Located, Posting, Source

Allowed = NDArray[np.uint8]

#: What all words of a query weigh together, in masses: sums stay within 32 bits.
MASS_UNIT: Final = 1 << 30

_NOTHING: Final = EngineResult(total=0, groups=0, hits=())
_NO_DOCS: Final = np.empty(0, np.int32)


class Ids(Protocol):
    """The id of each document."""

    def __getitem__(self, doc: int) -> str: ...


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


class _Scratch(threading.local):
    """Room for a query's scores, kept by each thread: asking the system for a megabyte takes as long as a search."""

    score: Floats = np.empty(0, np.float32)
    mass: Masses = np.empty(0, np.int32)

    def room(self, size: int) -> tuple[Floats, Masses]:
        """(score, mass) of `size` documents, of any content; valid until the thread's next search."""
        if len(self.score) != size:
            self.score, self.mass = np.empty(size, np.float32), np.empty(size, np.int32)
        return self.score, self.mass


_scratch: Final = _Scratch()


def search(source: Source, columns: Columns, request: SearchRequest) -> EngineResult:
    """Answers a request; see relevance.py for what matches and how it scores."""
    query = request.query
    if query.is_empty or not source.count:
        return _NOTHING
    held: dict[str, Posting | Located] = {}

    def frequency(text: str) -> int:
        held[text] = source.word(text)
        return held[text].df

    terms, missing = effective_terms(query, frequency)
    total = sum(term.weight * held[term.text].idf for term in terms)
    weighted, base = _weighted_words(terms, held, query, total)
    rare, common = source.grams(query_grams(query))
    weighted += [one.weighted(GRAM_WEIGHT * one.idf, 0) for one in rare]
    last = _last(common)
    score, mass = _scratch.room(source.size)
    source.accumulate(score, mass, weighted)
    docs, relaxed = _matching(source, columns, request, mass, base, total)
    page = _page(docs, score, last, columns, request)
    return EngineResult(
        total=len(docs),
        groups=len(docs),
        hits=tuple(EngineHit(columns.ids[doc], float(score[doc])) for doc in page),
        category_facet=_category_facet(columns, docs) if request.facets else (),
        year_facet=_year_facet(columns, docs) if request.facets else (),
        relaxed=relaxed,
        missing=missing,
    )


def _weighted_words(
    terms: Sequence[Term], held: dict[str, Posting | Located], query: Query, total: float
) -> tuple[list[Weighted | kernel.Located], int]:
    """(the words to add, mass that every document has that contains the phrases)."""
    found: list[Weighted | kernel.Located] = []
    base = 0
    for term in terms:
        posting = held[term.text]
        weight = term.weight * posting.idf
        mass = max(1, round(MASS_UNIT * weight / total))
        if query.phrases and in_a_phrase(term, query):
            base, mass = base + mass, 0
        found.append(posting.weighted(weight, mass))
    return found, base


def _last(grams: Iterable[Posting]) -> list[Bounded]:
    """Common bigrams as kernel.finish takes them, those that can add most first."""
    found: list[Bounded] = []
    bound = 0.0
    for one in sorted(grams, key=lambda one: one.idf * one.peak):
        weight = GRAM_WEIGHT * one.idf
        bound += weight * one.peak
        found.append((one.docs, one.impacts, one.dense, weight, bound))
    return found[::-1]


def _matching(
    source: Source, columns: Columns, request: SearchRequest, mass: Masses, base: int, total: float
) -> tuple[Docs, int]:
    """(the match set, steps the share was lowered). Nothing found at any share counts as no step."""
    query = request.query
    allowed = _allowed(source, columns, request.filters)
    literal = source.containing(query.literal) if query.literal else _NO_DOCS
    if allowed is not None:
        literal = literal[allowed[literal] > 0]
    allowed = _with_strings(source, query, allowed)
    extra = literal if len(literal) else None
    if total == 0:
        if not query.phrases:
            return literal, 0
        return kernel.match(mass, -1, allowed, extra), 0
    for step, share in enumerate(SHARES):
        # Rounding the terms' masses may have cost half a unit each.
        need = max(1, math.floor(MASS_UNIT * required_mass(share, total) / total) - len(query.terms))
        docs = kernel.match(mass, need - base, allowed, extra)
        if len(docs):
            return docs, step
    return _NO_DOCS, 0


def _with_strings(source: Source, query: Query, allowed: Allowed | None) -> Allowed | None:
    """`allowed`, less the documents that lack a phrase or have an exclusion."""
    for phrase in filter(None, query.phrases):
        holding = np.zeros(source.size, np.uint8)
        holding[source.containing(phrase)] = 1
        allowed = holding if allowed is None else allowed & holding
    for exclusion in filter(None, query.exclusions):
        allowed = np.ones(source.size, np.uint8) if allowed is None else allowed.copy()
        word = is_word_exclusion(exclusion)
        allowed[source.holding(exclusion) if word else source.containing(exclusion)] = 0
    return allowed


def _allowed(source: Source, columns: Columns, filters: Filters) -> Allowed | None:
    """1 for live documents that pass the filters; None when all do."""
    allowed = source.live
    for mask in _filter_masks(columns, filters):
        allowed = mask.view(np.uint8) if allowed is None else allowed & mask.view(np.uint8)
    return allowed


def _filter_masks(columns: Columns, filters: Filters) -> Iterable[NDArray[np.bool_]]:
    if filters.categories:
        # One place more than there are names: number -1, no category, looks itself up there.
        wanted = np.array([*(name in filters.categories for name in columns.category_names), False], np.bool_)
        yield wanted[columns.categories]
    if filters.day_from is not None or filters.day_to is not None:
        yield columns.moments >= max(filters.day_from or 0, 1) * 1_000_000
        if filters.day_to is not None:
            yield columns.moments < (filters.day_to + 1) * 1_000_000


def _page(docs: Docs, score: Floats, last: list[Bounded], columns: Columns, request: SearchRequest) -> list[int]:
    """The documents of one page, in order; ties by id."""
    end = request.offset + request.limit
    if not len(docs):
        return []
    if request.sort == "relevance":
        near = kernel.finish(score, docs, end, last)
        keys = [-value for value in score[near].tolist()]
    else:
        moments = columns.moments[docs]
        undated = moments == 0
        order = -moments if request.sort == "newest" else moments
        order = np.where(undated, np.iinfo(np.int64).max, order)
        chosen = order <= np.partition(order, end - 1)[end - 1] if end < len(docs) else np.ones(len(docs), np.bool_)
        near, keys = kernel.finish(score, docs[chosen], len(docs), last), order[chosen].tolist()
    ranked = sorted(zip(keys, near.tolist(), strict=True))
    if len(ranked) > end or len(set(keys)) < len(keys):
        ranked.sort(key=lambda entry: (entry[0], columns.ids[entry[1]]))
    return [doc for _, doc in ranked[request.offset : end]]


def _category_facet(columns: Columns, docs: Docs) -> tuple[tuple[str, int], ...]:
    names = columns.category_names
    counts = kernel.tally(columns.categories, docs, len(names)).tolist()
    found = [(name, count) for name, count in zip(names, counts, strict=True) if count]
    return tuple(sorted(found, key=lambda entry: (-entry[1], entry[0])))


def _year_facet(columns: Columns, docs: Docs) -> tuple[tuple[str, int], ...]:
    names = columns.year_names
    counts = kernel.tally(columns.years, docs, len(names)).tolist()
    return tuple((name, count) for name, count in zip(names, counts, strict=True) if count)
