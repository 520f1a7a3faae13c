"""What a power cut leaves: a folder as it would be found when only what was synced had reached the disk."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


class Disk:
    """Follows a folder through its fsync calls. Before each, `check` gets every state that a cut now could leave."""

    def __init__(self, folder: Path, aside: Path, check: Callable[[Path, str], None]) -> None:
        self._folder = folder
        self._aside = aside
        self._check = check
        self._entries: dict[str, dict[str, int]] = {}
        self._contents: dict[int, bytes] = {}
        self.cuts = 0

    @contextmanager
    def watched(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        """Watches every fsync of this process."""
        real = os.fsync

        def fsync(handle: int) -> None:
            self.cut()
            real(handle)
            self._synced(handle)

        monkeypatch.setattr(os, "fsync", fsync)
        yield
        monkeypatch.undo()

    def cut(self) -> None:
        """Checks what a power cut now leaves: with the names as they are, and as they were when last synced."""
        self.cuts += 1
        for names in ("now", "synced"):
            shutil.rmtree(self._aside, ignore_errors=True)
            self._restore(self._folder, self._aside, names)
            self._check(self._aside, names)

    def _synced(self, handle: int) -> None:
        found = os.fstat(handle)
        if stat.S_ISDIR(found.st_mode):
            for folder, below, files in os.walk(self._folder):
                if Path(folder).stat().st_ino == found.st_ino:
                    names = [*below, *files]
                    self._entries[folder] = {name: (Path(folder) / name).stat().st_ino for name in names}
        else:
            self._contents[found.st_ino] = os.pread(handle, found.st_size, 0)

    def _restore(self, source: Path, target: Path, names: str) -> None:
        if not source.is_dir():
            return
        target.mkdir(parents=True)
        now = {path.name: path.stat().st_ino for path in source.iterdir()}
        entries = now if names == "now" else self._entries.get(str(source), {})
        for name, inode in entries.items():
            path = source / name
            if path.is_dir():
                self._restore(path, target / name, names)
            else:
                (target / name).write_bytes(self._contents.get(inode, b""))
