"""The one writer of an index: buffers a batch, hands it to Whoosh, and makes the commit durable.

Order of a commit: segment files on disk, their checksums, the folder; then the new table of contents aside, on disk,
renamed, the folder again. A process killed anywhere leaves the last table of contents and all files it names.
"""

from __future__ import annotations

# Whoosh marks itself as typed, yet most of what writes has no annotations.
# mypy: disable-error-code="no-untyped-call"
import math
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC, FileIndex, clean_files
from whoosh.reading import SegmentReader
from whoosh.writing import SegmentWriter

from ...models import AnalysedArticle
from .layout import INDEX_NAME, damage_named, refusal_named, sync
from .postings import read_term
from .schema import document, encode_term, schema

#: Megabytes of postings sorted in memory before Whoosh spills them to disk.
POOL_MB: Final = 256
#: Segments of one size class (a factor of 8) that are merged together once there are this many.
MERGE_FACTOR: Final = 8
CHECKSUM: Final = "crc"


class DurableStorage(FileStorage):
    """Whoosh's folder, with a rename that survives a power cut. Only tables of contents are renamed."""

    def rename_file(self, oldname: str, newname: str, safe: bool = False) -> None:
        folder = Path(self.folder)
        sync(folder / oldname)
        (folder / oldname).replace(folder / newname)
        sync(folder)


class DurableWriter(SegmentWriter):
    """Whoosh's writer; segment files are checksummed and on disk before a table of contents names them."""

    def _commit_toc(self, segments: Sequence[Any]) -> None:
        folder = Path(self.storage.folder)
        for segment in segments:
            checksum = folder / f"{segment.segment_id()}.{CHECKSUM}"
            if checksum.exists():
                continue
            lines = []
            for path in sorted(folder.glob(f"{segment.segment_id()}.*")):
                lines.append(f"{checksum_of(path):08x} {path.stat().st_size} {path.name}\n")
                sync(path)
            checksum.write_text("".join(lines), "ascii")
            sync(checksum)
        sync(folder)
        super()._commit_toc(segments)


def checksum_of(path: Path) -> int:
    """CRC-32 of a file's bytes."""
    value = 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            value = zlib.crc32(block, value)
    return value


def create_version(version: Path) -> None:
    """Writes the first, empty table of contents of a Whoosh index."""
    TOC.create(DurableStorage(str(version)), schema(), INDEX_NAME)


class WhooshWriter:
    """IndexWriter over one version folder. `on_seal` records the analysis, `on_close` releases the lock."""

    def __init__(self, version: Path, on_seal: Callable[[], None], on_close: Callable[[], None]) -> None:
        self._version = version
        self._on_seal = on_seal
        self._on_close = on_close
        self._pending: dict[str, AnalysedArticle | None] = {}
        self._schema = schema()
        self._storage = DurableStorage(str(version))
        with damage_named(version):
            toc = TOC.read(self._storage, INDEX_NAME, schema=self._schema)
            # What a killed writer or a full disk left: the room may be needed right now.
            clean_files(self._storage, INDEX_NAME, toc.generation, toc.segments)
            self._readers = self._open_readers()

    def put(self, article: AnalysedArticle) -> None:
        self._pending[article.stored.id] = article

    def remove(self, article_id: str) -> bool:
        if article_id in self._pending:
            there = self._pending[article_id] is not None
        else:
            there = self._committed(article_id) is not None
        self._pending[article_id] = None
        return there

    def commit(self) -> None:
        if not self._pending:
            return
        with damage_named(self._version):
            gone = [number for key in self._pending if (number := self._committed(key)) is not None]
        added = [article for article in self._pending.values() if article is not None]
        if gone or added:
            with refusal_named(self._version.parent):
                self._write(gone, added)
            self._close_readers()
            self._readers = self._open_readers()
        self._pending.clear()

    def seal(self) -> None:
        self.commit()
        with refusal_named(self._version.parent):
            self._on_seal()

    def close(self) -> None:
        """Discards what is not committed and lets the next writer in."""
        self._pending.clear()
        self._close_readers()
        self._on_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _write(self, gone: Sequence[int], added: Sequence[AnalysedArticle]) -> None:
        index = FileIndex(self._storage, schema=self._schema, indexname=INDEX_NAME)
        # Our own lock is held: Whoosh's would only say "locked", and by nobody.
        writer = DurableWriter(index, _lk=False, limitmb=POOL_MB)
        try:
            for number in gone:
                writer.delete_document(number)
            for article in added:
                writer.add_document(**document(article))
            writer.commit(mergetype=merge_tiers)
        finally:
            if not writer.is_closed:
                writer.cancel()

    def _committed(self, article_id: str) -> int | None:
        """Whoosh's document number of a committed, live article."""
        base = 0
        for reader in self._readers:
            for number in read_term(reader, "id", encode_term(article_id), with_values=False)[0]:
                if not reader.is_deleted(number):
                    return base + number
            base += reader.doc_count_all()
        return None

    def _open_readers(self) -> list[SegmentReader]:
        toc = TOC.read(self._storage, INDEX_NAME, schema=self._schema)
        return [SegmentReader(self._storage, self._schema, segment) for segment in toc.segments]

    def _close_readers(self) -> None:
        for reader in self._readers:
            reader.close()
        self._readers = []


def merge_tiers(writer: SegmentWriter, segments: Sequence[Any]) -> list[Any]:
    """Merge policy: segments of one size class once there are MERGE_FACTOR of them, and mostly deleted ones.

    An article is so rewritten about log8(articles / batch) times; Whoosh's own policy lets some 20 equal segments grow
    and rewrites them all at once.
    """
    kept: list[Any] = []
    merged: list[Any] = []
    tiers: dict[int, list[Any]] = {}
    for segment in segments:
        if segment.doc_count() == 0:
            continue
        if 2 * segment.deleted_count() > segment.doc_count_all():
            merged.append(segment)
        else:
            tiers.setdefault(int(math.log(segment.doc_count(), MERGE_FACTOR)), []).append(segment)
    for tier in tiers.values():
        (merged if len(tier) >= MERGE_FACTOR else kept).extend(tier)
    for segment in merged:
        reader = SegmentReader(writer.storage, writer.schema, segment)
        writer.add_reader(reader)
        reader.close()
    return kept
