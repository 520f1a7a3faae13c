"""One committed state of an index, opened: its segments mapped, and arrays over all its articles."""

from __future__ import annotations

# Whoosh marks itself as typed, yet its segments have no annotations.
# mypy: disable-error-code="no-untyped-call"
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models import Article, Content, EngineHit, EngineResult, Origin, SearchRequest, StoredArticle
from ...protocols import Overlay
from . import scorer
from .arrays import ArrayFile
from .codec import FlatSegment
from .columns import Columns, Ids
from .cover import BARE, Cover, cover_of
from .layout import Descriptor, damage_named, latest_generation, read_toc
from .packing import id_numbers
from .postings import ArraySource, OpenSegment
from .segment import (
    Meta,
    article_of,
    category_names,
    document_of,
    documents_with_id,
    documents_with_ids,
    documents_with_key,
    id_of,
    ids_of,
    metas_of,
    origin_of,
)

#: Articles of which what is stored besides text is read at a time.
METAS: Final = 1_000


@dataclass(frozen=True, slots=True)
class State:
    """What tells one loaded state from another: searchsvc.json's content and Whoosh's generation."""

    descriptor: Descriptor
    toc: int

    @property
    def generation(self) -> int:
        return self.descriptor.base + self.toc


class WhooshSnapshot:
    """Reads one generation; keeps its files mapped, so it stays whole when a writer removes them.

    Articles are numbered through the segments in their order, deleted ones included. With another overlay it is another
    object (`covered`), so that a search sees one from beginning to end.
    """

    def __init__(self, folder: Path, state: State, before: WhooshSnapshot | None = None) -> None:
        """`before` is an older snapshot of the same folder, whose mapped segments are used again."""
        self.state = state
        self._folder = folder
        mapped = {segment.name: segment.arrays for segment in before.segments} if before else {}
        with damage_named(folder):
            self.segments: Sequence[OpenSegment] = _open_segments(folder / state.descriptor.current, state.toc, mapped)
            self._firsts = [segment.first for segment in self.segments]
            self.columns = _columns(self.segments, self.ids_of)
            self._source = ArraySource(self.segments, self.columns.numbers())
        self._cover = BARE

    @property
    def generation(self) -> int:
        return self.state.generation

    @property
    def analysis(self) -> str:
        return self.state.descriptor.analysis

    def __len__(self) -> int:
        return self._source.count

    def search(self, request: SearchRequest) -> EngineResult:
        with damage_named(self._folder):
            return scorer.search(self._source, self.columns, request, self._cover)

    def covered(self, overlay: Overlay | None) -> WhooshSnapshot:
        """This state with another overlay, everything else shared; itself when it has that version already."""
        if overlay is None or (self._cover is not BARE and self._cover.version == overlay.version):
            return self
        other = copy(self)
        with damage_named(self._folder):
            other._cover = cover_of(overlay, self._source.size, self._live)
        return other

    def article(self, ref: str) -> StoredArticle | None:
        with damage_named(self._folder):
            place = self._place(ref, documents_with_id) or self._place(ref, documents_with_key)
            return None if place is None else document_of(place[0].arrays, place[1])

    def found(self, hits: Sequence[EngineHit]) -> list[Article]:
        articles = []
        with damage_named(self._folder):
            for hit in hits:
                segment = self.segments[bisect_right(self._firsts, hit.place) - 1]
                articles.append(article_of(segment.arrays, hit.place - segment.first, hit.id))
        return articles

    def iter_articles(self) -> Iterator[StoredArticle]:
        with damage_named(self._folder):
            places = sorted(self._places(), key=lambda place: id_of(place[0].arrays, place[1]))
        for segment, doc in places:
            with damage_named(self._folder):
                stored = document_of(segment.arrays, doc)
            yield stored

    def origins(self) -> Iterator[tuple[str, Origin, str]]:
        return ((article_id, origin_of(meta), meta[3]) for article_id, meta in self._metas())

    def contents(self) -> Iterator[Content]:
        return (Content(article_id, meta[2], meta[0], meta[1]) for article_id, meta in self._metas())

    def categories(self) -> tuple[tuple[str, int], ...]:
        return self._categories(self._cover)

    def all_categories(self) -> tuple[tuple[str, int], ...]:
        """The same with articles that are hidden."""
        return self._categories(BARE)

    def _categories(self, cover: Cover) -> tuple[tuple[str, int], ...]:
        counts = np.zeros(len(self.columns.category_names) + 1, np.int64)
        for segment in self.segments:
            docs = slice(segment.first, segment.first + segment.size)
            codes = self.columns.categories[docs]
            chosen = segment.live
            if cover.allowed is not None:
                visible = cover.allowed[docs].view(np.bool_)
                chosen = visible if chosen is None else chosen & visible
            counts += np.bincount((codes if chosen is None else codes[chosen]) + 1, minlength=len(counts))
        return self.columns.category_facet(counts[1:].tolist())

    def warm(self, before: WhooshSnapshot) -> None:
        """Loads what `before` held in its cache, so that the first queries here are no slower."""
        with damage_named(self._folder):
            self._source.warm(before._source)

    def ids_of(self, docs: list[int]) -> list[str]:
        """The ids of the snapshot's articles of these numbers."""
        if len(self.segments) == 1:
            return ids_of(self.segments[0].arrays, docs)
        places = [(self.segments[bisect_right(self._firsts, doc) - 1], doc) for doc in docs]
        return [id_of(segment.arrays, doc - segment.first) for segment, doc in places]

    def _metas(self) -> Iterator[tuple[str, Meta]]:
        """Id of every article, and what is stored of it besides text."""
        for segment in self.segments:
            docs = list(range(segment.size)) if segment.live is None else np.flatnonzero(segment.live).tolist()
            for start in range(0, len(docs), METAS):
                chosen = docs[start : start + METAS]
                with damage_named(self._folder):
                    found = list(zip(ids_of(segment.arrays, chosen), metas_of(segment.arrays, chosen), strict=True))
                yield from found

    def _live(self, ids: Sequence[str]) -> Iterator[tuple[int, int]]:
        """(place in `ids`, the snapshot's number) of the articles with one of these ids."""
        keys = id_numbers(ids)
        for segment in self.segments:
            for place, doc in documents_with_ids(segment.arrays, ids, keys):
                if segment.live is None or segment.live[doc]:
                    yield place, segment.first + doc

    def _places(self) -> Iterator[tuple[OpenSegment, int]]:
        for segment in self.segments:
            docs = range(segment.size) if segment.live is None else np.flatnonzero(segment.live).tolist()
            yield from ((segment, doc) for doc in docs)

    def _place(self, name: str, documents: Callable[[ArrayFile, str], list[int]]) -> tuple[OpenSegment, int] | None:
        for segment in self.segments:
            for doc in documents(segment.arrays, name):
                if segment.live is None or segment.live[doc]:
                    return segment, doc
        return None


def newest_state(folder: Path, descriptor: Descriptor) -> State:
    """The state to open now: the newest generation in the current version."""
    return State(descriptor, latest_generation(folder / descriptor.current))


def _open_segments(version: Path, toc: int, mapped: Mapping[str, ArrayFile]) -> list[OpenSegment]:
    found: list[OpenSegment] = []
    first = 0
    for segment in read_toc(version, toc):
        found.append(open_segment(version, segment, first, mapped))
        first += segment.count
    return found


def open_segment(
    version: Path, segment: FlatSegment, first: int = 0, mapped: Mapping[str, ArrayFile] | None = None
) -> OpenSegment:
    """Maps a segment, or uses one mapped before. ValueError when its file does not hold what is said of it."""
    name: str = segment.segment_id()
    arrays = (mapped or {}).get(name) or ArrayFile(segment.path(version))
    if len(arrays["moments"]) != segment.count:
        raise ValueError(f"{arrays.path.name} has {len(arrays['moments'])} articles instead of {segment.count}")
    return OpenSegment(name, arrays, first, segment.live() if segment.deleted else None)


def _columns(segments: Sequence[OpenSegment], ids: Ids) -> Columns:
    names = sorted({name for segment in segments for name in category_names(segment.arrays)})
    numbers = {name: number for number, name in enumerate(names)}
    categories: list[NDArray[np.int32]] = [np.empty(0, np.int32)]
    moments: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
    for segment in segments:
        table = np.array([*(numbers[name] for name in category_names(segment.arrays)), -1], np.int32)
        categories.append(table[segment.arrays["category"]])
        moments.append(segment.arrays["moments"])
    dates = np.concatenate(moments)
    years = dates // 10**10
    # Newest first, as the facet lists them; 0 is no year.
    known = [year for year in np.unique(years)[::-1].tolist() if year]
    table = np.full(10_000, -1, np.int32)
    table[known] = np.arange(len(known))
    return Columns(
        ids=ids,
        moments=dates,
        categories=np.concatenate(categories),
        category_names=names,
        years=table[years],
        year_names=[f"{year:04d}" for year in known],
    )
