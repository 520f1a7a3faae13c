"""A slow engine in memory, straight from the formulas of relevance.py with dicts and sets: what others are held to.

`Disk` stands for the folder: engines opened on one see each other's commits.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from searchsvc.errors import IndexIncompatible, IndexLocked, IndexMissing
from searchsvc.models import (
    FIELDS,
    AnalysedArticle,
    Article,
    Content,
    EngineHit,
    EngineResult,
    FieldName,
    IndexStats,
    Origin,
    Problem,
    Query,
    SearchRequest,
    SourceRecord,
    StoredArticle,
)
from searchsvc.protocols import Analyse, Overlay, Prepare, Prepared
from searchsvc.relevance import (
    GRAM_WEIGHT,
    SHARES,
    effective_terms,
    idf,
    in_a_phrase,
    is_word_exclusion,
    query_grams,
    required_mass,
    saturate,
    score_weight,
    weighted_frequency,
)
from searchsvc.text.fold import fold


@dataclass
class Disk:
    """The committed state, replaced whole."""

    articles: dict[str, AnalysedArticle] | None = None
    analysis: str = ""
    generation: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class ReferenceSnapshot:
    def __init__(
        self, articles: dict[str, AnalysedArticle], analysis: str, generation: int, overlay: Overlay | None
    ) -> None:
        self._articles = dict(sorted(articles.items()))
        self.analysis = analysis
        self.generation = generation
        self.version = overlay.version if overlay else None
        self._hidden = overlay.hidden if overlay else frozenset()
        self._groups = dict(overlay.groups) if overlay else {}

    def __len__(self) -> int:
        return len(self._articles)

    def _words(self, article_id: str, name: FieldName) -> Counter[str]:
        return Counter(self._articles[article_id].fields[name].words)

    def _blocks(self, article_id: str, name: FieldName) -> list[str]:
        return fold(self._articles[article_id].stored.article.text_of(name)).split("\n")

    def _grams(self, article_id: str, name: FieldName) -> Counter[str]:
        return Counter(b[i : i + 2] for b in self._blocks(article_id, name) for i in range(len(b) - 1))

    def _holds(self, article_id: str, word: str) -> bool:
        return any(word in self._words(article_id, name) for name in FIELDS)

    def _contains(self, article_id: str, text: str) -> bool:
        return any(text in block for name in FIELDS for block in self._blocks(article_id, name))

    def _df(self, word: str) -> int:
        return sum(self._holds(i, word) for i in self._articles)

    def _score(self, article_id: str, query: Query) -> float:
        n = len(self._articles)
        average = {f: sum(a.fields[f].length for a in self._articles.values()) / n for f in FIELDS}
        lengths = {f: self._articles[article_id].fields[f].length for f in FIELDS}

        def impact(counts: dict[FieldName, int]) -> float:
            return saturate(sum(weighted_frequency(f, counts[f], lengths[f], average[f]) for f in FIELDS))

        score = 0.0
        for term in effective_terms(query, self._df)[0]:
            counts = {f: self._words(article_id, f)[term.text] for f in FIELDS}
            score += score_weight(term) * idf(self._df(term.text), n) * impact(counts)
        for gram in query_grams(query, effective_terms(query, self._df)[0]):
            df = sum(any(gram in self._grams(i, f) for f in FIELDS) for i in self._articles)
            score += GRAM_WEIGHT * idf(df, n) * impact({f: self._grams(article_id, f)[gram] for f in FIELDS})
        return score

    def _strings_hold(self, article_id: str, query: Query) -> bool:
        if not all(self._contains(article_id, phrase) for phrase in query.phrases):
            return False
        for text in query.exclusions:
            if self._holds(article_id, text) if is_word_exclusion(text) else self._contains(article_id, text):
                return False
        return True

    def _mass(self, article_id: str, query: Query) -> float:
        return sum(
            term.weight * idf(self._df(term.text), len(self))
            for term in effective_terms(query, self._df)[0]
            if in_a_phrase(term, query) or self._holds(article_id, term.text)
        )

    def _passes(self, article_id: str, request: SearchRequest) -> bool:
        article, filters = self._articles[article_id].stored.article, request.filters
        if article_id in self._hidden:
            return False
        if filters.categories and article.category not in filters.categories:
            return False
        if filters.day_from is None and filters.day_to is None:
            return True
        if article.date is None:
            return False
        day = int(article.date[:10].replace("-", ""))
        return (filters.day_from or 0) <= day <= (filters.day_to or 99999999)

    def _matching(self, request: SearchRequest) -> tuple[list[str], int]:
        query = request.query
        total = sum(term.weight * idf(self._df(term.text), len(self)) for term in effective_terms(query, self._df)[0])
        passing = [i for i in self._articles if self._passes(i, request)]
        literal = {i for i in passing if query.literal and self._contains(i, query.literal)}
        strings = [i for i in passing if self._strings_hold(i, query)]
        if total == 0:
            return sorted(literal | set(strings if query.phrases else ())), 0
        for step, share in enumerate(SHARES):
            needed = required_mass(share, total)
            found = literal | {i for i in strings if self._mass(i, query) >= needed}
            if found:
                return sorted(found), step
        return [], 0

    def search(self, request: SearchRequest) -> EngineResult:
        if request.query.is_empty or not self._articles:
            return EngineResult(0, 0, ())
        matching, relaxed = self._matching(request)
        scores = {i: self._score(i, request.query) for i in matching}
        dates = {i: (self._articles[i].stored.article.date or "") for i in matching}
        moments = {i: date and (date if "T" in date else date + "T00:00:00") for i, date in dates.items()}
        order = sorted(matching)
        if request.sort == "relevance":
            order.sort(key=lambda i: -scores[i])
        else:
            order.sort(key=lambda i: moments[i], reverse=request.sort == "newest")
            order.sort(key=lambda i: not moments[i])
        under: dict[str, list[str]] = {}
        firsts: dict[int, str] = {}
        for i in order:
            alone = not request.collapse or i not in self._groups
            first = i if alone else firsts.setdefault(self._groups[i], i)
            under.setdefault(first, []).append(i)
        page = list(under)[request.offset : request.offset + request.limit]
        categories = Counter(c for i in matching if (c := self._articles[i].stored.article.category) is not None)
        years = Counter(dates[i][:4] for i in matching if dates[i])
        return EngineResult(
            total=len(matching),
            groups=len(under),
            hits=tuple(EngineHit(i, scores[i], len(under[i]) - 1) for i in page),
            category_facet=tuple(sorted(categories.items(), key=lambda e: (-e[1], e[0]))) if request.facets else (),
            year_facet=tuple(sorted(years.items(), reverse=True)) if request.facets else (),
            relaxed=relaxed,
            missing=effective_terms(request.query, self._df)[1],
        )

    def article(self, ref: str) -> StoredArticle | None:
        if ref in self._articles:
            return self._articles[ref].stored
        return next((a.stored for a in self._articles.values() if a.stored.key == ref), None)

    def found(self, hits: Sequence[EngineHit]) -> list[Article]:
        return [self._articles[hit.id].stored.article for hit in hits]

    def iter_articles(self) -> Iterator[StoredArticle]:
        return (a.stored for a in self._articles.values())

    def origins(self) -> Iterator[tuple[str, Origin, str]]:
        return ((a.stored.id, a.stored.origin, a.stored.analysis) for a in self._articles.values())

    def contents(self) -> Iterator[Content]:
        for one in (a.stored for a in self._articles.values()):
            yield Content(one.id, one.content_hash, one.article.date, one.article.category)

    def categories(self) -> tuple[tuple[str, int], ...]:
        return by_count(a.stored for i, a in self._articles.items() if i not in self._hidden)


class ReferenceWriter:
    def __init__(self, disk: Disk, digest: str) -> None:
        self._disk = disk
        self._digest = digest
        self._next = dict(disk.articles or {})

    def put(self, article: AnalysedArticle) -> None:
        self._next[article.stored.id] = article

    def put_prepared(self, article: Prepared) -> None:
        assert isinstance(article, AnalysedArticle)
        self.put(article)

    def remove(self, article_id: str) -> bool:
        return self._next.pop(article_id, None) is not None

    def commit(self) -> None:
        if self._next != self._disk.articles:
            self._disk.articles = dict(self._next)
            self._disk.generation += 1

    def seal(self) -> None:
        self.commit()
        self._disk.analysis = self._digest

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._disk.lock.release()


class ReferenceEngine:
    def __init__(self, disk: Disk, digest: str) -> None:
        self._disk = disk
        self._digest = digest
        self._snapshot: ReferenceSnapshot | None = None
        self._overlay: Overlay | None = None

    @property
    def prepare(self) -> Prepare:
        return _as_it_is

    def snapshot(self, *, any_analysis: bool = False) -> ReferenceSnapshot:
        found = self._snapshot or self._load()
        if not any_analysis and found.analysis != self._digest:
            raise IndexIncompatible("other analysis", hint="Run `searchsvc reindex`.")
        self._snapshot = found
        return found

    def refresh(self) -> bool:
        new = self._load()
        if new.analysis != self._digest:
            raise IndexIncompatible("other analysis", hint="Run `searchsvc reindex`.")
        old, self._snapshot = self._snapshot, new
        return old is None or (old.generation, old.analysis) != (new.generation, new.analysis)

    def cover(self, overlay: Overlay) -> None:
        self._overlay = overlay
        old = self._snapshot
        if old is not None and old.version != overlay.version:
            self._snapshot = ReferenceSnapshot(old._articles, old.analysis, old.generation, overlay)

    def writer(self, *, create: bool = False) -> ReferenceWriter:
        if self._disk.articles is None and not create:
            raise IndexMissing("no index", hint="Run `searchsvc ingest`.")
        if not self._disk.lock.acquire(blocking=False):
            raise IndexLocked("locked by process 1 since now")
        if self._disk.articles is None:
            self._disk.articles, self._disk.analysis = {}, self._digest
        return ReferenceWriter(self._disk, self._digest)

    def rebuild(self, analyse: Analyse) -> int:
        old = self._load()
        again = {stored.id: analyse(stored) for stored in old.iter_articles()}
        self._disk.articles, self._disk.analysis = again, self._digest
        self._disk.generation += 1
        return len(again)

    def stats(self) -> IndexStats:
        now = self.snapshot()
        stored = list(now.iter_articles())
        sources = Counter((s.origin.source, s.origin.root) for s in stored)
        records = tuple(SourceRecord(*key, articles=count) for key, count in sorted(sources.items()))
        return IndexStats(len(now), now.generation, 1, 0, 0, now.analysis, by_count(stored), records)

    def verify(self) -> list[Problem]:
        return []

    def close(self) -> None:
        self._snapshot = None

    def _load(self) -> ReferenceSnapshot:
        if self._disk.articles is None:
            raise IndexMissing("no index", hint="Run `searchsvc ingest`.")
        return ReferenceSnapshot(self._disk.articles, self._disk.analysis, self._disk.generation, self._overlay)


def by_count(stored: Iterable[StoredArticle]) -> tuple[tuple[str, int], ...]:
    """Categories with their numbers of articles, most first, then by name."""
    categories = Counter(s.article.category for s in stored if s.article.category is not None)
    return tuple(sorted(categories.items(), key=lambda e: (-e[1], e[0])))


def _as_it_is(article: AnalysedArticle, /) -> Prepared:
    return article
