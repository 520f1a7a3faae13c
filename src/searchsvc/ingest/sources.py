"""Folders, files and archives as pages. Lists names, sizes and times; reads no page.

A listing never raises for one entry: what is no page is `Skipped` with a reason, what cannot be listed `Rejected`.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import IO, Final

from ..errors import PageRejected, SourceNotFound, UsageError
from ..models import Rejected
from .archives import Archives, Kind, Member, Refused, Removal, kind_of, list_members

PAGE_EXTENSIONS: Final = frozenset({".html", ".htm", ".xhtml", ".shtml", ".txt"})
#: Text files that talk to machines about a site; folders of saved pages hold them beside the pages.
_SITE_FILES: Final = frozenset({"robots.txt", "ads.txt", "app-ads.txt", "humans.txt", "security.txt", "llms.txt"})
#: The root of everything that came as JSON lines, from a file or standard input: later lines may speak of the ids of
#: earlier ones, whatever file they came in.
RECORDS_ROOT: Final = "-"


@dataclass(frozen=True, slots=True)
class PageFile:
    """A page that can be read. `path` is relative to the root, with "/", in NFC; `id` has the source's name too.

    A plan holds all pages of a run: `file` is text, because a Path takes five times the room. In an archive (`kind`
    other than "file") it is the archive, `offset` where in it the page is, and `mtime_ns`
    whatever changes with the page's content. `url` is what it was saved from, where the archive says so.
    """

    id: str
    path: str
    size: int
    mtime_ns: int
    file: str
    kind: Kind = "file"
    offset: int = 0
    url: str | None = None

    def read(self, limit: int, archives: Archives | None = None) -> bytes:
        """The bytes. PageRejected: page_too_large over `limit` bytes (no more are read), vanished, unreadable."""
        if self.kind != "file":
            data = (archives or Archives()).read(Path(self.file), self.kind, self.offset, self.size, limit)
        else:
            data = self._read_file(limit)
        if len(data) > limit:
            raise PageRejected("page_too_large", f"The page has more than {limit} bytes.")
        return data

    def _read_file(self, limit: int) -> bytes:
        try:
            with Path(self.file).open("rb") as stream:
                return stream.read(limit + 1)
        except FileNotFoundError:
            raise PageRejected("page_vanished", "The file was there when listed, and is gone.") from None
        except OSError as error:
            raise PageRejected("page_unreadable", f"The file cannot be read: {error.strerror}.") from None


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that is no page: "extension", "pattern", "symlink", "hidden", "special"; once read, "noindex" ..."""

    path: str
    reason: str


Entry = PageFile | Skipped | Rejected | Removal


@dataclass(frozen=True, slots=True)
class Source:
    """A folder, file or archive to ingest. `root` is absolute, without links; `name` is "" without --source.

    `kind` is "file" for a folder too. `spooled` when `root` is a copy of standard input, which `close` deletes.
    """

    name: str
    root: Path
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    kind: Kind = "file"
    spooled: bool = False

    @property
    def origin_root(self) -> str:
        """What articles of this source have as their `Origin.root`."""
        return RECORDS_ROOT if self.kind == "records" else str(self.root)

    @property
    def is_whole(self) -> bool:
        """Whether what is not listed is gone. JSON lines are changes: what they do not name stays."""
        return self.kind != "records"

    def close(self) -> None:
        """Deletes the copy of standard input, if this is one."""
        if self.spooled:
            self.root.unlink(missing_ok=True)

    def entries(self) -> Iterator[Entry]:
        """Everything in it: files of a folder, then its folders, by name; members of an archive in its order.

        A Rejected path ending in "/" is a folder, or the archive itself, of which not all could be listed.
        """
        seen: set[str] = set()
        for entry in self._listing():
            if isinstance(entry, PageFile):
                if entry.id in seen:
                    yield Rejected(entry.id, "path_unsafe", "Another file's name is the same in Unicode's NFC form.")
                    continue
                seen.add(entry.id)
            yield entry

    def _listing(self) -> Iterator[Entry]:
        if self.kind != "file":
            return _archive_entries(self)
        return _file_entries(self) if self.root.is_file() else _folder_entries(self)

    def id_of(self, path: str) -> str:
        """The id of the page at this relative path."""
        return f"{self.name}/{path}" if self.name else path


def open_source(path: Path, include: tuple[str, ...], exclude: tuple[str, ...], name: str = "") -> Source:
    """The source at this path; "-" is standard input, as JSON lines. Close it when done.

    SourceNotFound when nothing is there, UsageError for a name no id can begin with.
    """
    if name and (name != name.strip("/ ") or any(part in {"", ".", ".."} for part in name.split("/"))):
        raise UsageError(f"{name!r} cannot name a source.", hint="Use a short word, such as cms.")
    if str(path) == "-":
        try:
            spooled = _spool(sys.stdin.buffer)
        except OSError as error:
            raise UsageError(
                f"Standard input cannot be kept in {tempfile.gettempdir()}: {error.strerror}.",
                hint="Make room there, or set TMPDIR to a folder with room.",
            ) from error
        return Source(name, spooled, include, exclude, "records", spooled=True)
    try:
        root = path.resolve(strict=True)
    except (OSError, RuntimeError):
        raise SourceNotFound(f"There is no file or folder {printable(str(path))}.") from None
    return Source(name, root, include, exclude, kind_of(root) if root.is_file() else "file")


def _spool(stream: IO[bytes]) -> Path:
    """Standard input as a file, because several processes read it, each where its pages are."""
    with tempfile.NamedTemporaryFile(prefix="searchsvc-", suffix=".jsonl", delete=False) as spooled:
        try:
            shutil.copyfileobj(stream, spooled, 1 << 20)
        except BaseException:
            Path(spooled.name).unlink(missing_ok=True)
            raise
        return Path(spooled.name)


def printable(name: str) -> str:
    """The name with undecodable bytes written out, so that it can be stored and shown."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def _archive_entries(source: Source) -> Iterator[Entry]:
    for found in list_members(source.root, source.kind):
        if isinstance(found, Removal):
            yield Removal(source.id_of(found.name))
        elif isinstance(found, Refused):
            if not found.code:
                yield Skipped(found.name, found.reason)
            else:
                place = source.id_of(found.name) if found.name else (f"{source.name}/" if source.name else "/")
                yield Rejected(place, found.code, found.reason)
        else:
            # Records and addresses have names without extensions: they are pages by what they are.
            named = source.kind in {"records", "warc"} and not source.include
            reason = _pattern_reason(source, found.name) if named else _reason_to_skip(source, found.name)
            yield Skipped(found.name, reason) if reason else _page_of(source, found)


def _page_of(source: Source, member: Member) -> PageFile:
    page_id = source.id_of(member.name)
    return PageFile(
        page_id, member.name, member.size, member.stamp, str(source.root), source.kind, member.offset, member.url
    )


def _file_entries(source: Source) -> Iterator[Entry]:
    yield _classify(source, str(source.root), source.root.name)


@dataclass(slots=True)
class _Folder:
    """A folder being listed: where it is, its relative path, its real path and the real folders above it."""

    path: Path
    relative: str
    real: str
    above: tuple[str, ...]


def _folder_entries(source: Source) -> Iterator[Entry]:
    root = os.path.realpath(source.root)
    # A folder reached through links is entered once: links among n folders would otherwise give 2^n paths.
    linked: set[str] = set()
    todo = [_Folder(source.root, "", root, (root,))]
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
            # Asking the file system for every path takes half of a listing's time, and only links need it.
            link = entry.is_symlink()
            real = os.path.realpath(entry.path) if link else f"{folder.real}/{entry.name}"
            if link and not _may_follow(real, root, folder.above, linked):
                yield Skipped(printable(relative), "symlink")
            elif _is_folder(entry):
                below.append(_Folder(Path(entry.path), relative, real, (*folder.above, real)))
            else:
                yield _classify(source, entry.path, relative)
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


def _classify(source: Source, file: str, relative: str) -> Entry:
    path = unicodedata.normalize("NFC", relative)
    reason = _reason_to_skip(source, path)
    if reason:
        return Skipped(printable(path), reason)
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return Rejected(source.id_of(printable(path)), "path_unsafe", "The file's name is not valid UTF-8.")
    try:
        found = Path(file).stat()
    except OSError as error:
        code = "page_vanished" if isinstance(error, FileNotFoundError) else "page_unreadable"
        return Rejected(source.id_of(path), code, f"The file cannot be read: {error.strerror}.")
    if not stat.S_ISREG(found.st_mode):
        return Skipped(path, "special")
    return PageFile(source.id_of(path), path, found.st_size, found.st_mtime_ns, file)


def _reason_to_skip(source: Source, path: str) -> str | None:
    reason = _pattern_reason(source, path)
    if reason or source.include:
        return reason
    name = path.rsplit("/", 1)[-1].lower()
    if name in _SITE_FILES:
        return "site_file"
    return None if os.path.splitext(name)[1] in PAGE_EXTENSIONS else "extension"  # noqa: PTH122 (no file)


def _pattern_reason(source: Source, path: str) -> str | None:
    if any(fnmatchcase(path, pattern) for pattern in source.exclude):
        return "pattern"
    if source.include and not any(fnmatchcase(path, pattern) for pattern in source.include):
        return "pattern"
    return None
