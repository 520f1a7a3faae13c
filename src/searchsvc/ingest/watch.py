"""Waits until something changed in the folders and files of an ingest, and has come to rest again."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Sequence
from pathlib import Path
from typing import Final, Self

from watchfiles import Change, watch

from ..errors import SearchServiceError, SourceNotFound, UsageError
from ..models import IngestReport
from .sources import printable

#: A file is taken when nothing has changed for so long: one still being written is left alone.
QUIET_SECONDS: Final = 1.0
#: Where changes never pause, what there is gets read after so long; a page read half is read again when it changes.
PATIENCE_SECONDS: Final = 30.0
_POLL_SECONDS: Final = 1.0
#: After a run that could not be done.
RETRY_SECONDS: Final = 10.0


class Follower:
    """Notices changes under `paths` from the moment it is made. Close it when done.

    Names that begin with a dot, and everything under `ignored` (the index may lie inside a watched folder), do not
    count. Network drives that report no changes are polled when WATCHFILES_FORCE_POLLING is set.
    """

    def __init__(self, paths: Sequence[Path], ignored: Iterable[Path], stop: Callable[[], bool]) -> None:
        """Raises SourceNotFound when a path is not there, UsageError for standard input."""
        if any(str(path) == "-" for path in paths):
            raise UsageError("Standard input cannot be watched.", hint="Give folders or files with --watch.")
        self._paths = paths
        self._ignored = tuple(path.resolve() for path in ignored)
        self._stop = stop
        self._roots: list[tuple[int, int] | None] = []
        self._events = self._begin()

    def wait(self, seconds: float | None = None) -> None:
        """Returns after changes that came to rest, or PATIENCE_SECONDS of changes; after `seconds`; or on `stop`."""
        began = time.monotonic()
        first = last = 0.0
        while not self._stop():
            changed = self._next()
            now = time.monotonic()
            if changed:
                first, last = first or now, now
            if first and (now - last >= QUIET_SECONDS or now - first >= PATIENCE_SECONDS):
                return
            if seconds is not None and now - began >= seconds:
                return

    def close(self) -> None:
        """Stops watching."""
        self._events.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _next(self) -> bool:
        """Whether anything changed within the next second; begins anew when a root was replaced or came back."""
        roots = self._stats()
        if roots != self._roots:
            if None in roots:
                time.sleep(_POLL_SECONDS)  # gone, or not back yet: nothing there to be watched
                return False
            self._events.close()
            self._events = self._begin()
            return True
        return bool(next(self._events))

    def _begin(self) -> Generator[set[tuple[Change, str]], None, None]:
        roots = self._stats()
        for path, root in zip(self._paths, roots, strict=True):
            if root is None:
                raise SourceNotFound(f"There is no file or folder {printable(str(path))}.")
        events = self._events_of(force_polling=None)
        try:
            next(events)  # from here on nothing is missed
        except OSError:
            # More folders than the operating system watches for one user.
            events = self._events_of(force_polling=True)
            next(events)
        self._roots = roots
        return events

    def _events_of(self, force_polling: bool | None) -> Generator[set[tuple[Change, str]], None, None]:
        return watch(
            *(path.resolve() for path in self._paths), watch_filter=self._counts, debounce=500, step=50,
            rust_timeout=round(1000 * QUIET_SECONDS), yield_on_timeout=True, force_polling=force_polling,
        )  # fmt: skip

    def _stats(self) -> list[tuple[int, int] | None]:
        found: list[tuple[int, int] | None] = []
        for path in self._paths:
            try:
                stat = path.stat()
            except OSError:
                found.append(None)
            else:
                found.append((stat.st_dev, stat.st_ino))
        return found

    def _counts(self, change: Change, path: str) -> bool:
        place = Path(path)
        return not place.name.startswith(".") and not any(place.is_relative_to(folder) for folder in self._ignored)


def follow(
    run: Callable[[], IngestReport],
    follower: Follower,
    *,
    show: Callable[[IngestReport], None],
    complain: Callable[[SearchServiceError], None],
    stop: Callable[[], bool],
) -> IngestReport:
    """Runs now and after each change, until `stop`; the last report.

    `show` gets the first report and those that differ from the one before in what was done or rejected. What the
    first run raises is raised; a later one that cannot be done (index locked, removals refused, a folder gone, a disk
    full) goes to `complain`, once, and is tried again.
    """
    last: IngestReport | None = None
    complaint = ""
    while True:
        try:
            report = run()
        except SearchServiceError as error:
            if last is None:
                raise
            if str(error) != complaint:
                complaint = str(error)
                complain(error)
            follower.wait(RETRY_SECONDS)
        else:
            complaint = ""
            if last is None or report.added or report.updated or report.removed or _news(report) != _news(last):
                show(report)
            last = report
            if not stop():
                follower.wait()
        if last is not None and stop():
            return last


def _news(report: IngestReport) -> tuple[object, ...]:
    return report.rejected, report.interrupted
