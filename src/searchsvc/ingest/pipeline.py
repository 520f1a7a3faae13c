"""Sources -> pages -> articles -> the index: only what changed, in batches that are committed as they go.

Order of a run: 1. the plan, which may refuse; 2. articles whose analysis is old, from their stored text; 3. pages;
4. removals; 5. seal. One broken page costs itself only: an article read before stays as it was.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any, Final, TypeVar

from ..config import Settings
from ..errors import IndexIncompatible, PageRejected, SearchServiceError
from ..models import IngestReport, Origin, Rejected
from ..protocols import Engine, IndexWriter, Prepared, Progress, Segmenter, Snapshot
from .extract import EXTRACTOR_VERSION, extract_page
from .memory import give_back
from .pages import PAGE_SECONDS, Outcome, PageReader, PageTookTooLong, Task, article_of, time_limit
from .plan import Current, Existing, Plan, check_roots, make_plan, stale_ids
from .sources import PageFile, Skipped, open_source, printable
from .workers import job_count, read_all

T = TypeVar("T")


def ingest(
    paths: Sequence[Path],
    *,
    engine: Engine,
    segmenter: Segmenter,
    settings: Settings,
    source: str = "",
    allow_removals: bool = False,
    progress: Progress | None = None,
    stop: Callable[[], bool] | None = None,
) -> IngestReport:
    """Brings the index in line with these folders and files; makes the index when there is none.

    When `stop()` turns true, pages being read are finished and committed, and the report says how many remain.
    Raises SourceNotFound, SourceConflict and RemovalsRefused with nothing changed; IndexLocked and its like.
    """
    started = time.monotonic()
    with ExitStack() as opened:
        sources = []
        for path in paths:
            sources.append(open_source(path, settings.include, settings.exclude, source))
            opened.callback(sources[-1].close)
        check_roots(sources, {})
        writer = opened.enter_context(engine.writer(create=True))
        snapshot = _newest(engine)
        existing = {page_id: (origin, analysis) for page_id, origin, analysis in snapshot.origins()}
        current = Current(EXTRACTOR_VERSION, segmenter.digest)
        plan = make_plan(sources, existing, current, allow_removals=allow_removals)
        run = _Run(writer, snapshot, existing, plan, current, settings, progress or _Silent(), stop or _never)
        run.go(PageReader(segmenter, settings, engine.prepare))
    return run.report(time.monotonic() - started)


def _newest(engine: Engine) -> Snapshot:
    # An index of another analysis may be read here: the run brings it up to date.
    with suppress(IndexIncompatible):
        engine.refresh()
    return engine.snapshot(any_analysis=True)


class _Run:
    """One run under way: what it has counted, and how much is put but not committed."""

    def __init__(
        self,
        writer: IndexWriter,
        snapshot: Snapshot,
        existing: Existing,
        plan: Plan,
        current: Current,
        settings: Settings,
        progress: Progress,
        stop: Callable[[], bool],
    ) -> None:
        self._writer = writer
        self._snapshot = snapshot
        self._existing = existing
        self._plan = plan
        self._current = current
        self._settings = settings
        self._progress = progress
        self._stop = stop
        self._stopped = False
        self._pending = 0
        self._changes = 0
        self._done = 0
        self._total = len(plan.tasks)
        self._counts: Counter[str] = Counter(unchanged=plan.unchanged)
        self._skipped = Counter(plan.skipped)
        self._rejected = list(plan.rejected)

    def go(self, reader: PageReader) -> None:
        """Does what the plan says and commits it."""
        self._progress.start(self._total + self._plan.unchanged)
        try:
            self._renew(stale_ids(self._existing, self._plan, self._current.analysis), reader)
            self._read_pages(reader)
            if not self._stopped:
                broken = (one.path for one in self._rejected if self._is_stale(one.path))
                self._renew(broken, reader)
            if not self._stopped:
                for page_id in self._plan.removals:
                    self._remove(page_id)
            self._finish()
        finally:
            self._progress.finish()

    def report(self, seconds: float) -> IngestReport:
        """What was done, after `go`."""
        return IngestReport(
            added=self._counts["added"],
            updated=self._counts["updated"],
            unchanged=self._counts["unchanged"],
            removed=self._counts["removed"],
            skipped=dict(sorted(self._skipped.items())),
            rejected=tuple(self._rejected),
            seconds=seconds,
            interrupted=self._stopped,
            remaining=self._total - self._done,
        )

    def _finish(self) -> None:
        if self._stopped:
            self._commit()
        elif self._changes or self._snapshot.analysis != self._current.analysis:
            self._writer.seal()

    def _read_pages(self, reader: PageReader) -> None:
        jobs = job_count(self._settings.jobs, self._total)
        with closing(read_all(self._until_stopped(self._taken()), reader, jobs)) as outcomes:
            for task, outcome in outcomes:
                self._take(task, outcome)
                self._done += 1
                self._progress.advance(self._plan.unchanged + self._done, len(self._rejected))

    def _taken(self) -> Iterator[Task]:
        """The tasks, each let go when it is done: 100,000 take 60 MB, and the room they leave is used again."""
        self._plan.tasks.reverse()
        while self._plan.tasks:
            yield self._plan.tasks.pop()

    def _take(self, task: Task, outcome: Outcome) -> None:
        if isinstance(outcome, Rejected):
            self._rejected.append(outcome)
        elif isinstance(outcome, Skipped):
            self._skipped[outcome.reason] += 1
            if outcome.path in self._existing:
                self._remove(outcome.path)
        else:
            self._counts[self._kind_of(task.page.id, outcome.origin)] += 1
            self._put(outcome.article)

    def _kind_of(self, page_id: str, origin: Origin) -> str:
        known = self._existing.get(page_id)
        if known is None:
            return "added"
        then = (known[0].sha256, known[0].extractor, known[1])
        same = then == (origin.sha256, self._current.extractor, self._current.analysis)
        return "unchanged" if same else "updated"

    def _renew(self, ids: Iterable[str], reader: PageReader) -> None:
        """Analyses stored articles again."""
        for page_id in self._until_stopped(ids):
            stored = self._snapshot.article(page_id)
            if stored is not None:
                self._put(reader.analyse(stored))

    def _is_stale(self, page_id: str) -> bool:
        known = self._existing.get(page_id)
        return known is not None and known[1] != self._current.analysis

    def _until_stopped(self, items: Iterable[T]) -> Iterator[T]:
        for item in items:
            self._stopped = self._stopped or self._stop()
            if self._stopped:
                return
            yield item

    def _put(self, article: Prepared) -> None:
        self._writer.put_prepared(article)
        self._changed()

    def _remove(self, page_id: str) -> None:
        if self._writer.remove(page_id):
            self._counts["removed"] += 1
            self._changed()

    def _changed(self) -> None:
        self._changes += 1
        self._pending += 1
        if self._pending >= self._settings.batch_pages:
            self._commit()

    def _commit(self) -> None:
        if self._pending:
            self._writer.commit()
            self._pending = 0
            give_back()


class _Silent:
    """Progress that nobody watches."""

    def start(self, total: int | None) -> None:
        """Says nothing."""

    def advance(self, done: int, rejected: int) -> None:
        """Says nothing."""

    def finish(self) -> None:
        """Says nothing."""


def _never() -> bool:
    return False


def extract_files(paths: Iterable[Path], settings: Settings) -> Iterator[dict[str, Any]]:
    """The records of `searchsvc extract`, one a file, in order. What is wrong with a file is its record's `error`."""
    return (_record(path, settings) for path in paths)


_EMPTY: Final[dict[str, Any]] = {
    "url": None,
    "title": "",
    "date": None,
    "category": None,
    "headings": [],
    "body": "",
    "structure": [],
}


def _record(path: Path, settings: Settings) -> dict[str, Any]:
    name = printable(path.as_posix())
    try:
        with time_limit(PAGE_SECONDS):
            data = PageFile(name, name, 0, 0, str(path)).read(settings.max_page_bytes)
            found = extract_page(data, path=name, timezone=settings.timezone)
            article = article_of(name, found)
    except PageTookTooLong as error:
        return _failed(name, PageRejected("page_too_complex", f"Gave up on the page: {error}"))
    except SearchServiceError as error:
        return _failed(name, error)
    except Exception as error:  # noqa: BLE001 (one file must not cost the run the others)
        return _failed(name, PageRejected("page_unreadable", f"{type(error).__name__}: {error}"))
    return {
        "path": name,
        "url": article.url,
        "title": article.title,
        "date": article.date,
        "category": article.category,
        "headings": list(article.headings),
        "body": article.body,
        "structure": [list(block) for block in article.structure],
        "warnings": [*found.warnings, *([found.skip] if found.skip else [])],
        "error": None,
    }


def _failed(name: str, error: SearchServiceError) -> dict[str, Any]:
    return {"path": name, **_EMPTY, "warnings": [], "error": {"code": error.code, "message": error.message}}
