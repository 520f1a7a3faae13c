"""One connection to the state that threads share and that survives forks, and files that come, go or are replaced."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from weakref import WeakSet

from .database import connect, refusals_named


class SharedConnection:
    """A connection opened when first needed, for one thread at a time; the others wait.

    A connection must not be carried over a fork: SQLite's locks belong to a process. So all are closed before one, and
    each process opens its own afterwards.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._inode: tuple[int, int] | None = None
        with _REGISTERING:
            _ALL.add(self)

    @contextmanager
    def use(self) -> Iterator[sqlite3.Connection | None]:
        """The connection, this thread's alone inside the block; None when there is no file.

        StateUnusable when the file cannot be used, also for what the block raises of SQLite's and the system's errors.
        """
        with self._lock, refusals_named(self._path):
            try:
                yield self._current()
            except (sqlite3.Error, OSError):
                # Opened anew the next time: a connection that met an error may stay in its trouble.
                self._drop()
                raise

    def close(self) -> None:
        """Closes the connection; the next use opens another."""
        with self._lock:
            self._drop()

    def _current(self) -> sqlite3.Connection | None:
        """The connection to the file that stands under this name now (it may have been deleted or restored)."""
        try:
            status = os.stat(self._path)  # noqa: PTH116 (a microsecond less than Path.stat, in every request)
        except FileNotFoundError:
            self._drop()
            return None
        inode = (status.st_dev, status.st_ino)
        if self._connection is None or inode != self._inode:
            self._drop()
            self._connection = connect(self._path)
            self._inode = inode
        return self._connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None


_ALL: Final[WeakSet[SharedConnection]] = WeakSet()
#: Held while the set of connections changes, and during a fork.
_REGISTERING: Final = threading.Lock()
_held: list[SharedConnection] = []


def _before_fork() -> None:
    _REGISTERING.acquire()
    _held.extend(_ALL)
    for shared in _held:
        # Waits for the thread that uses it: a child would find the lock taken by a thread that it does not have.
        shared._lock.acquire()
        shared._drop()


def _after_fork() -> None:
    while _held:
        _held.pop()._lock.release()
    _REGISTERING.release()


os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork)
