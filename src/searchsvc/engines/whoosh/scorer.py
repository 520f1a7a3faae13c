"""Match set, score, order and facets of relevance.py as array arithmetic. Knows no Whoosh: only a Source of terms."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from typing import Final, NamedTuple

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
from .columns import Columns, Ranked
from .cover import BARE, SPARE, Cover, Folding, folding
from .kernel import ANY_TIME, Docs
from .postings import Found, Source

#: What all words of a query weigh together, in masses: whole numbers whose sums stay within 32 bits.
MASS_UNIT: Final = 1 << 30
#: No article is of a later moment.
_END_OF_TIME: Final = 99_999_999_999_999

_NOTHING: Final = EngineResult(total=0, groups=0, hits=())


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


def search(source: Source, columns: Columns, request: SearchRequest, cover: Cover = BARE) -> EngineResult:
    """Answers a request; see relevance.py for what matches and how it scores.

    Documents that `cover` hides match nothing, yet idf, average lengths and `missing` count them as the index does.
    """
    query = request.query
    if query.is_empty or not source.count:
        return _NOTHING
    plan, missing = _plan(source, columns, query, request.filters, cover)
    groups = cover.groups if request.collapse else None
    end = request.offset + request.limit
    by_score = request.sort == "relevance"
    k = 0 if not by_score else end if groups is None else end + SPARE
    relaxed = 0
    for step, need in enumerate(_needs(plan, query)):
        matches, best, categories, years = _ask(source, plan, need, k, request.facets)
        if matches:
            relaxed = step
            break
    folded = folding(groups, matches) if groups is not None else None
    if folded is not None:

        def ranked(count: int) -> Ranked:
            if not by_score:
                return columns.by_date(np.frombuffer(matches, np.int32), request.sort, count), []
            return columns.by_score(best if count <= k else _ask(source, plan, need, count, facets=False)[1])

        hits = _folded(source, plan, columns, folded, ranked, request.offset, end)
    elif by_score:
        docs, scores = columns.by_score(best)
        hits = columns.hits(docs[request.offset : end], scores[request.offset : end])
    else:
        docs = columns.by_date(np.frombuffer(matches, np.int32), request.sort, end)[request.offset :]
        hits = columns.hits(docs, _scores(source, plan, docs))
    return EngineResult(
        total=len(matches) // 4,
        groups=len(matches) // 4 - (folded.under if folded else 0),
        hits=hits,
        category_facet=columns.category_facet(categories),
        year_facet=columns.year_facet(years),
        relaxed=relaxed,
        missing=missing,
    )


def _plan(
    source: Source, columns: Columns, query: Query, filters: Filters, cover: Cover
) -> tuple[_Plan, tuple[str, ...]]:
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
    extra = cover.visible(source.containing(literal)) if literal else None
    if not terms and not query.phrases:
        candidates = np.empty(0, np.int32)
    wanted, moments = _filters(columns, filters)
    allowed = _without(source, query.exclusions, cover.allowed)
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


def _without(source: Source, exclusions: Sequence[str], visible: NDArray[np.uint8] | None) -> NDArray[np.uint8] | None:
    """0 for documents that hold an exclusion or are not visible; None when there can be none."""
    held = [
        source.holding(exclusion) if is_word_exclusion(exclusion) else source.containing(exclusion)
        for exclusion in filter(None, exclusions)
    ]
    if not held:
        return visible
    allowed = np.ones(source.size, np.uint8) if visible is None else visible.copy()
    for docs in held:
        allowed[docs] = 0
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


def _folded(
    source: Source,
    plan: _Plan,
    columns: Columns,
    folded: Folding,
    ranked: Callable[[int], Ranked],
    offset: int,
    end: int,
) -> tuple[EngineHit, ...]:
    """One page of groups, each by its first document."""
    docs, scores, similar = folded.page(ranked, offset, end)
    return columns.hits(docs, scores or _scores(source, plan, docs), similar)


def _scores(source: Source, plan: _Plan, docs: list[int]) -> list[float]:
    """The scores of documents of the match set."""
    among = plan._replace(candidates=np.sort(np.array(docs, np.int32)), extra=None, allowed=None)
    scores = dict(zip(*_ask(source, among, 0, len(docs), facets=False)[1], strict=True))
    return [scores[doc] for doc in docs]
