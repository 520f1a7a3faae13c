"""One committed state of a Whoosh index, opened: its articles in the order of their ids, and arrays over them."""

from __future__ import annotations

# Whoosh marks itself as typed, yet most of what writes has no annotations.
# mypy: disable-error-code="no-untyped-call"
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC
from whoosh.reading import SegmentReader

from ...models import FIELDS, EngineResult, Origin, SearchRequest, StoredArticle
from . import scorer
from .layout import INDEX_NAME, Descriptor, damage_named, latest_generation
from .postings import Segment, WhooshSource, read_term
from .schema import Row, encode_term, schema


@dataclass(frozen=True, slots=True)
class State:
    """What tells one loaded state from another: searchsvc.json's content and Whoosh's generation."""

    descriptor: Descriptor
    toc: int

    @property
    def generation(self) -> int:
        return self.descriptor.base + self.toc


class TrackedStorage(FileStorage):
    """Whoosh's folder, which knows what it opened: Whoosh leaves files open when it finds them damaged."""

    def __init__(self, version: Path) -> None:
        super().__init__(str(version), readonly=True)
        self._opened: list[Any] = []

    def open_file(self, name: str, **options: Any) -> Any:
        file: Any = super().open_file(name, **options)
        self._opened.append(file)
        return file

    @contextmanager
    def closing_on_error(self) -> Iterator[None]:
        """Closes the files opened inside when it ends in an error; forgets them when not."""
        try:
            yield
        except BaseException:
            for file in self._opened:
                if not file.is_closed:
                    file.close()
            raise
        finally:
            self._opened.clear()


class WhooshSnapshot:
    """Reads one generation; keeps its files mapped, so it stays whole when a writer removes them."""

    def __init__(self, folder: Path, state: State) -> None:
        self.state = state
        self._folder = folder
        storage = TrackedStorage(folder / state.descriptor.current)
        with damage_named(folder), storage.closing_on_error():
            self._open(storage)

    def _open(self, storage: FileStorage) -> None:
        fields = schema()
        toc = TOC.read(storage, INDEX_NAME, gen=self.state.toc, schema=fields)
        readers = [SegmentReader(storage, fields, segment) for segment in toc.segments]
        rows: list[tuple[str, int, int]] = []
        held: list[Row] = []
        for number, reader in enumerate(readers):
            for local, stored in reader.iter_docs():
                row = Row(*stored["stored"])._replace(text=b"")
                rows.append((row.id, number, local))
                held.append(row)
        order = sorted(range(len(rows)), key=lambda i: rows[i][0])
        self._ids = [rows[i][0] for i in order]
        if any(a == b for a, b in zip(self._ids, self._ids[1:], strict=False)):
            raise ValueError("an id is there twice")
        self._where = [(rows[i][1], rows[i][2]) for i in order]
        self._segments = self._ranked([segment.segment_id() for segment in toc.segments], readers)
        self._arrange([held[i] for i in order])

    def _ranked(self, names: Sequence[str], readers: Sequence[SegmentReader]) -> list[Segment]:
        ranks = [np.full(reader.doc_count_all(), -1, np.int32) for reader in readers]
        for rank, (number, local) in enumerate(self._where):
            ranks[number][local] = rank
        return [Segment(*parts) for parts in zip(names, readers, ranks, strict=True)]

    def _arrange(self, rows: Sequence[Row]) -> None:
        names = sorted({row.category for row in rows if row.category is not None})
        numbers = {name: number for number, name in enumerate(names)}
        self.columns = scorer.Columns(
            ids=self._ids,
            moments=np.array([scorer.moment(row.date) for row in rows], np.int64),
            categories=np.array([-1 if row.category is None else numbers[row.category] for row in rows], np.int32),
            category_names=names,
        )
        lengths: NDArray[np.int64] = np.array([row.lengths for row in rows], np.int64).reshape(-1, len(FIELDS))
        by_field = {name: lengths[:, i] for i, name in enumerate(FIELDS)}
        self._source = WhooshSource(self._folder, self._segments, by_field)

    @property
    def generation(self) -> int:
        return self.state.generation

    @property
    def analysis(self) -> str:
        return self.state.descriptor.analysis

    @property
    def segments(self) -> Sequence[Segment]:
        """The open segments, for counting and checking them."""
        return self._segments

    def __len__(self) -> int:
        return len(self._ids)

    def search(self, request: SearchRequest) -> EngineResult:
        return scorer.search(self._source, self.columns, request)

    def article(self, ref: str) -> StoredArticle | None:
        rank = self._rank(ref)
        if rank is None:
            rank = self._source.cache.alone(lambda: self._rank_of_key(ref))
        return None if rank is None else self._row(rank).stored()

    def articles(self, ids: Sequence[str]) -> list[StoredArticle]:
        found = []
        for article_id in ids:
            rank = self._rank(article_id)
            if rank is None:
                raise KeyError(article_id)
            found.append(self._row(rank).stored())
        return found

    def iter_articles(self) -> Iterator[StoredArticle]:
        for rank in range(len(self._ids)):
            yield self._row(rank).stored()

    def origins(self) -> Iterator[tuple[str, Origin, str]]:
        for rank in range(len(self._ids)):
            row = self._row(rank)
            yield row.id, Origin(*row.origin), row.analysis

    def _rank(self, article_id: str) -> int | None:
        place = bisect_left(self._ids, article_id)
        return place if place < len(self._ids) and self._ids[place] == article_id else None

    def _rank_of_key(self, key: str) -> int | None:
        with damage_named(self._folder):
            for segment in self._segments:
                for local in read_term(segment.reader, "key", encode_term(key), with_values=False)[0]:
                    if segment.ranks[local] >= 0:
                        return int(segment.ranks[local])
        return None

    def _row(self, rank: int) -> Row:
        number, local = self._where[rank]
        reader = self._segments[number].reader
        with damage_named(self._folder):
            row: Row = self._source.cache.alone(lambda: Row(*reader.stored_fields(local)["stored"]))
            return row


def newest_state(folder: Path, descriptor: Descriptor) -> State:
    """The state to open now: the newest generation in the current version."""
    return State(descriptor, latest_generation(folder / descriptor.current))
