"""The writer's lock: the operating system holds it, the file says who."""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from ...errors import IndexLocked
from .layout import LOCK, now

#: Descriptors of the locks this process holds. A forked child closes its copies: a child that outlives a killed
#: ingest would hold the lock otherwise.
_HELD: Final[set[int]] = set()


def _drop_in_child() -> None:
    while _HELD:
        os.close(_HELD.pop())


os.register_at_fork(after_in_child=_drop_in_child)


class WriterLock:
    """Taken when made, until `release`. Raises IndexLocked when another writer, of any process, has it."""

    def __init__(self, folder: Path) -> None:
        self._handle: int | None = None
        handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = _owner(os.read(handle, 1_000))
            os.close(handle)
            raise IndexLocked(
                f"The index {folder} is locked by {owner}.", hint="Wait until it is done, or stop that process."
            ) from None
        os.ftruncate(handle, 0)
        with suppress(OSError):
            # The lock is held; on a full disk only the name of its owner is missing, and this run may make room.
            os.pwrite(handle, json.dumps({"pid": os.getpid(), "since": now()}).encode(), 0)
        self._handle = handle
        _HELD.add(handle)

    def release(self) -> None:
        """Lets the next writer in; further calls do nothing."""
        if self._handle is not None and self._handle in _HELD:
            _HELD.discard(self._handle)
            os.ftruncate(self._handle, 0)
            # Unlocked, not only closed: a child just forked may not have closed its copy yet.
            fcntl.flock(self._handle, fcntl.LOCK_UN)
            os.close(self._handle)
        self._handle = None


def _owner(content: bytes) -> str:
    try:
        values = json.loads(content)
        return f"process {values['pid']} since {values['since']}"
    except (ValueError, LookupError, TypeError):
        return "another process, which has only just begun"
