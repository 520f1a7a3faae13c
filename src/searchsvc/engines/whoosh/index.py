"""The Engine over a folder: the newest snapshot, the writer, rebuilding, statistics."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from shutil import disk_usage, rmtree
from typing import Final

from ...errors import IndexDamaged, IndexIncompatible, IndexMissing, IndexNotWritten, IndexUnusable
from ...models import IndexStats, Problem, SourceRecord
from ...protocols import Analyse, Engine, Overlay, Prepare
from . import layout
from .layout import Descriptor, latest_generation, new_version, now, read_descriptor, write_descriptor
from .lock import WriterLock
from .prepare import prepare
from .snapshot import WhooshSnapshot, newest_state
from .verify import problems_of
from .writer import WhooshWriter

#: Articles between two commits of a rebuild.
REBUILD_BATCH: Final = 2_000
#: Room on the disk beyond the index itself that a rebuild asks for, in bytes.
SPARE_ROOM: Final = 16 << 20
#: Seconds after which a process that follows the index gives back the memory that files are mapped in.
LET_GO_SECONDS: Final = 0.25
#: A writer removes the files of the state before while a reader opens them: the reader then tries the new one.
_OPEN_ATTEMPTS: Final = 5


def open_engine(index_dir: Path, segmenter_digest: str) -> Engine:
    """The engine over a folder that may not exist yet. Nothing is read before the first question."""
    return WhooshEngine(index_dir, segmenter_digest)


def recorded_analysis(index_dir: Path) -> str:
    """See engines.recorded_analysis. What is wrong with an index is said by the engine that opens it."""
    try:
        return read_descriptor(index_dir).analysis
    except IndexUnusable:
        return ""


class WhooshEngine:
    """See protocols.Engine. One object serves all threads of a process."""

    def __init__(self, folder: Path, segmenter_digest: str) -> None:
        self._folder = folder
        self._digest = segmenter_digest
        self._snapshot: WhooshSnapshot | None = None
        self._overlay: Overlay | None = None
        self._stat: tuple[int, int, int] | None = None
        self._loading = threading.Lock()
        self._let_go_at = 0.0

    @property
    def prepare(self) -> Prepare:
        return prepare

    def snapshot(self, *, any_analysis: bool = False) -> WhooshSnapshot:
        found = self._snapshot
        if found is None:
            with self._loading:
                found = self._snapshot or self._load(any_analysis=any_analysis)
                self._snapshot = found
        if not any_analysis:
            self._check_analysis(found.analysis)
        return found

    def refresh(self) -> bool:
        """As in Engine. A new state of another analysis raises IndexIncompatible; the old one goes on serving."""
        if not self._changed():
            self._let_go()
            return False
        with self._loading:
            if not self._changed():
                return False
            before = self._snapshot
            found = self._load(any_analysis=False)
            if before is not None:
                found.warm(before)
            self._snapshot = found
            return True

    def cover(self, overlay: Overlay) -> None:
        # Under the lock, so that a state which is being loaded is not published with the overlay of before.
        with self._loading:
            self._overlay = overlay
            if self._snapshot is not None:
                self._snapshot = self._snapshot.covered(overlay)

    def writer(self, *, create: bool = False) -> WhooshWriter:
        if create:
            with layout.refusal_named(self._folder):
                _make_folder(self._folder)
        elif not (self._folder / layout.DESCRIPTOR).exists():
            read_descriptor(self._folder)
        with layout.refusal_named(self._folder):
            lock = WriterLock(self._folder)
        try:
            with layout.refusal_named(self._folder):
                descriptor = self._existing_or_new(create)
                layout.remove_leftovers(self._folder, descriptor.current)
            version = self._folder / descriptor.current
            return WhooshWriter(version, self._seal, lock.release)
        except BaseException:
            lock.release()
            raise

    def rebuild(self, analyse: Analyse) -> int:
        with self._locked():
            old = read_descriptor(self._folder)
            snapshot = WhooshSnapshot(self._folder, newest_state(self._folder, old))
            with layout.refusal_named(self._folder):
                layout.remove_leftovers(self._folder, old.current)
                _check_room(self._folder, self._folder / old.current)
                version = new_version(self._folder)
            with WhooshWriter(version, lambda: None, lambda: None) as writer:
                for done, stored in enumerate(snapshot.iter_articles(), start=1):
                    writer.put(analyse(stored))
                    if done % REBUILD_BATCH == 0:
                        writer.commit()
                writer.seal()
            new = Descriptor(self._digest, version.name, now(), base=snapshot.generation + 1)
            with layout.refusal_named(self._folder):
                write_descriptor(self._folder, new)
                rmtree(self._folder / old.current)
            return len(snapshot)

    def stats(self) -> IndexStats:
        snapshot = self.snapshot()
        sources: Counter[tuple[str, str]] = Counter()
        for _, origin, _ in snapshot.origins():
            sources[origin.source, origin.root] += 1
        version = self._folder / snapshot.state.descriptor.current
        return IndexStats(
            articles=len(snapshot),
            generation=snapshot.generation,
            segments=len(snapshot.segments),
            deleted=sum(segment.size for segment in snapshot.segments) - len(snapshot),
            bytes_on_disk=_bytes_of(version),
            analysis=snapshot.analysis,
            categories=snapshot.all_categories(),
            sources=tuple(SourceRecord(*source, articles=count) for source, count in sorted(sources.items())),
        )

    def verify(self) -> list[Problem]:
        """As in Engine. IndexMissing and IndexIncompatible (another format) are raised: there is nothing to read."""
        try:
            descriptor = read_descriptor(self._folder)
        except IndexDamaged as error:
            return [Problem(layout.DESCRIPTOR, error.message)]
        try:
            snapshot = self._open_newest(descriptor)
        except IndexDamaged as error:
            return [Problem(descriptor.current, error.message)]
        return list(problems_of(self._folder / snapshot.state.descriptor.current, snapshot))

    def close(self) -> None:
        # Files of a snapshot are let go with it: threads may still read it.
        self._snapshot = None

    def _let_go(self) -> None:
        """Unmaps what was read of the files, now and then: kernels map up to 1 MB around each page that is asked for.

        The pages stay in the system's cache, to unmap and map all of 1.5 GB takes 10 ms.
        """
        snapshot, now = self._snapshot, time.monotonic()
        if snapshot is not None and now > self._let_go_at:
            self._let_go_at = now + LET_GO_SECONDS
            for segment in snapshot.segments:
                segment.arrays.let_go()

    def _changed(self) -> bool:
        """Two system calls when nothing changed: the stat of searchsvc.json and the names in the version's folder."""
        snapshot = self._snapshot
        if snapshot is None or self._descriptor_stat() != self._stat:
            return True
        state = snapshot.state
        return latest_generation(self._folder / state.descriptor.current) != state.toc

    def _descriptor_stat(self) -> tuple[int, int, int] | None:
        try:
            found = (self._folder / layout.DESCRIPTOR).stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size

    def _load(self, *, any_analysis: bool) -> WhooshSnapshot:
        """Opens the newest state. The stat is taken first: a change while it opens is seen the next time."""
        stat = self._descriptor_stat()
        descriptor = read_descriptor(self._folder)
        if not any_analysis:
            self._check_analysis(descriptor.analysis)
        snapshot = self._open_newest(descriptor, self._snapshot).covered(self._overlay)
        self._stat = stat
        return snapshot

    def _open_newest(self, descriptor: Descriptor, before: WhooshSnapshot | None = None) -> WhooshSnapshot:
        for _ in range(_OPEN_ATTEMPTS - 1):
            state = newest_state(self._folder, descriptor)
            try:
                return WhooshSnapshot(self._folder, state, before)
            except IndexDamaged:
                descriptor = read_descriptor(self._folder)
                if newest_state(self._folder, descriptor) == state:
                    raise
        return WhooshSnapshot(self._folder, newest_state(self._folder, descriptor))

    def _check_analysis(self, analysis: str) -> None:
        if analysis != self._digest:
            written, here = (digest.partition("-")[0] for digest in (analysis, self._digest))
            raise IndexIncompatible(
                f"The index {self._folder} was written with another segmenter, dictionary or folding.",
                hint="Run `searchsvc reindex`."
                if written == here
                else f"It was written with {written}: install it, or run `searchsvc reindex` to change to {here}.",
            )

    def _existing_or_new(self, create: bool) -> Descriptor:
        try:
            found = read_descriptor(self._folder)
        except IndexMissing:
            if not create:
                raise
        else:
            if found.format < layout.FORMAT:
                found = replace(found, format=layout.FORMAT)
                write_descriptor(self._folder, found)
            return found
        version = new_version(self._folder)
        descriptor = Descriptor(self._digest, version.name, now())
        write_descriptor(self._folder, descriptor)
        return descriptor

    def _seal(self) -> None:
        descriptor = read_descriptor(self._folder)
        if descriptor.analysis != self._digest:
            write_descriptor(self._folder, replace(descriptor, analysis=self._digest))

    @contextmanager
    def _locked(self) -> Iterator[None]:
        read_descriptor(self._folder)
        lock = WriterLock(self._folder)
        try:
            yield
        finally:
            lock.release()


def _check_room(folder: Path, version: Path) -> None:
    """IndexNotWritten unless another index as large as `version` fits, and once more while its segments are merged."""
    needed = 2 * _bytes_of(version) + SPARE_ROOM
    free = disk_usage(folder).free
    if free < needed:
        raise IndexNotWritten(
            f"The index {folder} cannot be rebuilt: {needed >> 20} MB are needed beside it, {free >> 20} MB are free.",
            hint="Make room, then run the same command again. The index is as it was.",
        )


def _bytes_of(version: Path) -> int:
    total = 0
    for path in version.iterdir():
        # A writer may remove what was merged between the listing and the question.
        with suppress(FileNotFoundError):
            total += path.stat().st_size
    return total


def _make_folder(folder: Path) -> None:
    """Creates the folder and its parents, for their owner only where they are new."""
    for path in [*reversed(folder.parents), folder]:
        if not path.exists():
            path.mkdir(mode=0o700, exist_ok=True)
