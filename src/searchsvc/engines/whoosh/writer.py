"""The one writer of an index: gathers a batch, inverts it, and makes the commit durable.

Order of a commit: segment files on disk, the folder; then the new table of contents aside, on disk, renamed, the
folder again. A process killed anywhere leaves the last table of contents and all files it names. Merging comes after,
as a commit of its own: what was put is found before it begins.
"""

from __future__ import annotations

# Whoosh marks itself as typed, yet most of what writes has no annotations.
# mypy: disable-error-code="no-untyped-call"
import math
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from whoosh.index import clean_files

from ... import protocols
from ...models import AnalysedArticle
from .arrays import write_arrays
from .codec import FlatSegment
from .invert import invert
from .layout import (
    INDEX_NAME,
    DurableStorage,
    damage_named,
    latest_generation,
    read_toc,
    refusal_named,
    sync,
    write_toc,
)
from .merge import merge, parts_of
from .packing import id_numbers
from .prepare import Prepared, prepare
from .segment import documents_with_ids
from .snapshot import open_segment

#: Segments of one size class (a factor of 8) that are merged together once there are this many.
MERGE_FACTOR: Final = 8
#: The same of full batches while most of the index is being written: up to some 24,000 articles are then rewritten
#: once, at the end.
BULK_FACTOR: Final = 24
#: Threads of the last merge of a bulk, when the processes that read pages have nothing left to do.
MERGE_THREADS: Final = 2
#: The size class of full batches.
_FULL: Final = 3
#: Characters of articles that become one segment: what is inverted at once takes about 30 bytes a character.
SEGMENT_CHARS: Final = 4_000_000


class WhooshWriter:
    """IndexWriter over one version folder. `on_seal` records the analysis, `on_close` releases the lock."""

    def __init__(self, version: Path, on_seal: Callable[[], None], on_close: Callable[[], None]) -> None:
        self._version = version
        self._on_seal = on_seal
        self._on_close = on_close
        self._pending: dict[str, Prepared | None] = {}
        self._written = 0
        with damage_named(version):
            self._generation = latest_generation(version)
            self._segments = read_toc(version, self._generation)
            # What a killed writer or a full disk left: the room may be needed right now.
            self._clean()
            self._arrays = {one.segment_id(): open_segment(version, one).arrays for one in self._segments}

    def put(self, article: AnalysedArticle) -> None:
        self._pending[article.id] = prepare(article)

    def put_prepared(self, article: protocols.Prepared) -> None:
        if not isinstance(article, Prepared):
            raise TypeError(f"{type(article).__name__} was not prepared by this engine")
        self._pending[article.id] = article

    def remove(self, article_id: str) -> bool:
        if article_id in self._pending:
            there = self._pending[article_id] is not None
        else:
            there = bool(self._committed([article_id]))
        self._pending[article_id] = None
        return there

    def commit(self) -> None:
        if not self._pending:
            return
        with damage_named(self._version):
            gone = self._committed(list(self._pending))
        added = [article for article in self._pending.values() if article is not None]
        if gone or added:
            with refusal_named(self._version.parent):
                self._write(gone, added)
                while chosen := due(self._segments, bulk=self._in_bulk()):
                    self._merge(chosen)
        self._pending.clear()

    def seal(self) -> None:
        self.commit()
        with refusal_named(self._version.parent):
            # A term is then looked up once, and a good part of a query's time is looking up.
            if len(self._segments) > 1 and self._in_bulk():
                self._merge(self._segments, threads=MERGE_THREADS)
            self._on_seal()

    def _in_bulk(self) -> bool:
        """True when most of the index is of this writer: in a first ingest, or a rebuild."""
        return 2 * self._written >= sum(one.doc_count() for one in self._segments)

    def close(self) -> None:
        """Discards what is not committed and lets the next writer in."""
        self._pending.clear()
        self._arrays = {}
        self._on_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _write(self, gone: Sequence[tuple[int, int]], added: Sequence[Prepared]) -> None:
        segments = [copy(segment) for segment in self._segments]
        for number in {number for number, _ in gone}:
            segments[number].deleted = segments[number].deleted | {doc for at, doc in gone if at == number}
        for batch in batches(added):
            segment = FlatSegment(INDEX_NAME, len(batch))
            write_arrays(segment.path(self._version), invert(batch))
            segments.append(segment)
        self._publish(segments)
        self._written += len(added)

    def _merge(self, chosen: Sequence[FlatSegment], threads: int = 1) -> None:
        """Merges these segments, as a commit of its own."""
        merged = FlatSegment(INDEX_NAME)
        with damage_named(self._version):
            parts = parts_of([(self._arrays[one.segment_id()], one.live()) for one in chosen if one.doc_count()])
            if parts:
                merged.set_doc_count(merge(parts, merged.path(self._version), threads=threads))
        place = self._segments.index(chosen[0])
        kept = [segment for segment in self._segments if segment not in chosen]
        self._publish([*kept[:place], merged, *kept[place:]] if parts else kept)

    def _publish(self, segments: list[FlatSegment]) -> None:
        """Makes these segments the newest state. Their files are on disk."""
        sync(self._version)
        write_toc(self._version, self._generation + 1, segments)
        self._generation += 1
        self._segments = segments
        self._arrays = {
            one.segment_id(): self._arrays.get(one.segment_id()) or open_segment(self._version, one).arrays
            for one in segments
        }
        self._clean()

    def _clean(self) -> None:
        clean_files(DurableStorage(str(self._version)), INDEX_NAME, self._generation, self._segments)

    def _committed(self, ids: Sequence[str]) -> list[tuple[int, int]]:
        """(segment, article in it) of those articles that are committed and live."""
        keys = id_numbers(ids)
        return [
            (number, doc)
            for number, segment in enumerate(self._segments)
            for _, doc in documents_with_ids(self._arrays[segment.segment_id()], ids, keys)
            if doc not in segment.deleted
        ]


def batches(articles: Sequence[Prepared]) -> Iterator[list[Prepared]]:
    """The articles in order, in lists of SEGMENT_CHARS characters or less, or of one article."""
    batch: list[Prepared] = []
    size = 0
    for one in articles:
        if batch and size + len(one.folded) > SEGMENT_CHARS:
            yield batch
            batch, size = [], 0
        batch.append(one)
        size += len(one.folded)
    if batch:
        yield batch


def due(segments: Sequence[FlatSegment], *, bulk: bool = False) -> list[FlatSegment]:
    """Segments to be merged now: MERGE_FACTOR of one size class, or mostly deleted ones, or empty ones.

    An article is so rewritten about log8(articles / batch) times; Whoosh's own policy lets some 20 equal segments grow
    and rewrites them all at once.
    """
    tiers: dict[int, list[FlatSegment]] = {}
    for segment in segments:
        if 2 * segment.deleted_count() > segment.doc_count_all():
            return [segment]
        tiers.setdefault(int(math.log(max(1, segment.doc_count()), MERGE_FACTOR)), []).append(segment)
    most = {size: BULK_FACTOR if bulk and size >= _FULL else MERGE_FACTOR for size in tiers}
    return next((tier for size, tier in sorted(tiers.items()) if len(tier) >= most[size]), [])
