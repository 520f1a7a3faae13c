"""Folders and files as pages. Lists names, sizes and times; reads no page.

A listing never raises for one entry: what is no page is `Skipped` with a reason, what cannot be listed `Rejected`.
"""

from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from ..errors import PageRejected, SourceNotFound, UsageError
from ..models import Rejected

PAGE_EXTENSIONS: Final = frozenset({".html", ".htm", ".xhtml", ".shtml"})


@dataclass(frozen=True, slots=True)
class PageFile:
    """A page that can be read. `path` is relative to the root, with "/", in NFC; `id` has the source's name too."""

    id: str
    path: str
    size: int
    mtime_ns: int
    file: Path

    def read(self, limit: int) -> bytes:
        """The bytes. PageRejected: page_too_large over `limit` bytes (no more are read), vanished, unreadable."""
        try:
            with self.file.open("rb") as stream:
                data = stream.read(limit + 1)
        except FileNotFoundError:
            raise PageRejected("page_vanished", "The file was there when listed, and is gone.") from None
        except OSError as error:
            raise PageRejected("page_unreadable", f"The file cannot be read: {error.strerror}.") from None
        if len(data) > limit:
            raise PageRejected("page_too_large", f"The page has more than {limit} bytes.")
        return data


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that is no page: "extension", "pattern", "symlink", "hidden", "special"; once read, "noindex" ..."""

    path: str
    reason: str


Entry = PageFile | Skipped | Rejected


@dataclass(frozen=True, slots=True)
class Source:
    """A folder or file to ingest. `root` is absolute, without symbolic links; `name` is "" without --source."""

    name: str
    root: Path
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def entries(self) -> Iterator[Entry]:
        """Everything in it: files of a folder, then its folders, by name. A Rejected path ending in "/" is a folder."""
        seen: set[str] = set()
        for entry in _file_entries(self) if self.root.is_file() else _folder_entries(self):
            if isinstance(entry, PageFile):
                if entry.id in seen:
                    yield Rejected(entry.id, "path_unsafe", "Another file's name is the same in Unicode's NFC form.")
                    continue
                seen.add(entry.id)
            yield entry

    def id_of(self, path: str) -> str:
        """The id of the page at this relative path."""
        return f"{self.name}/{path}" if self.name else path


def open_source(path: Path, include: tuple[str, ...], exclude: tuple[str, ...], name: str = "") -> Source:
    """The source at this path. SourceNotFound when nothing is there, UsageError for a name no id can begin with."""
    if name and (name != name.strip("/ ") or any(part in {"", ".", ".."} for part in name.split("/"))):
        raise UsageError(f"{name!r} cannot name a source.", hint="Use a short word, such as cms.")
    try:
        root = path.resolve(strict=True)
    except (OSError, RuntimeError):
        raise SourceNotFound(f"There is no file or folder {printable(str(path))}.") from None
    return Source(name, root, include, exclude)


def printable(name: str) -> str:
    """The name with undecodable bytes written out, so that it can be stored and shown."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def _file_entries(source: Source) -> Iterator[Entry]:
    yield _classify(source, source.root, source.root.name)


@dataclass(slots=True)
class _Folder:
    """A folder being listed: where it is, its relative path, and the real folders above it."""

    path: Path
    relative: str
    above: tuple[str, ...]


def _folder_entries(source: Source) -> Iterator[Entry]:
    root = os.path.realpath(source.root)
    # A folder reached through links is entered once: links among n folders would otherwise give 2^n paths.
    linked: set[str] = set()
    todo = [_Folder(source.root, "", (root,))]
    while todo:
        folder = todo.pop()
        try:
            with os.scandir(folder.path) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            place = source.id_of(printable(f"{folder.relative}/" if folder.relative else ""))
            yield Rejected(place or "/", "page_unreadable", f"The folder cannot be listed: {error.strerror}.")
            continue
        below: list[_Folder] = []
        for entry in entries:
            relative = f"{folder.relative}/{entry.name}" if folder.relative else entry.name
            if entry.name.startswith("."):
                yield Skipped(printable(relative), "hidden")
                continue
            real = os.path.realpath(entry.path)
            if entry.is_symlink() and not _may_follow(real, root, folder.above, linked):
                yield Skipped(printable(relative), "symlink")
            elif _is_folder(entry):
                below.append(_Folder(Path(entry.path), relative, (*folder.above, real)))
            else:
                yield _classify(source, Path(entry.path), relative)
        todo.extend(reversed(below))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False  # _classify says what is wrong with it


def _may_follow(real: str, root: str, above: tuple[str, ...], linked: set[str]) -> bool:
    """Whether a link's target lies inside the root, is there, and leads to no loop."""
    if not real.startswith(root.rstrip("/") + "/") or real in above or real in linked or not Path(real).exists():
        return False
    if Path(real).is_dir():
        linked.add(real)
    return True


def _classify(source: Source, file: Path, relative: str) -> Entry:
    path = unicodedata.normalize("NFC", relative)
    reason = _reason_to_skip(source, path)
    if reason:
        return Skipped(printable(path), reason)
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return Rejected(source.id_of(printable(path)), "path_unsafe", "The file's name is not valid UTF-8.")
    try:
        found = file.stat()
    except OSError as error:
        code = "page_vanished" if isinstance(error, FileNotFoundError) else "page_unreadable"
        return Rejected(source.id_of(path), code, f"The file cannot be read: {error.strerror}.")
    if not stat.S_ISREG(found.st_mode):
        return Skipped(path, "special")
    return PageFile(source.id_of(path), path, found.st_size, found.st_mtime_ns, file)


def _reason_to_skip(source: Source, path: str) -> str | None:
    if any(fnmatchcase(path, pattern) for pattern in source.exclude):
        return "pattern"
    if source.include:
        return None if any(fnmatchcase(path, pattern) for pattern in source.include) else "pattern"
    return None if os.path.splitext(path)[1].lower() in PAGE_EXTENSIONS else "extension"  # noqa: PTH122 (no file)
