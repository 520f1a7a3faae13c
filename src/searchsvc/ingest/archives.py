"""Pages inside other files: zip, tar (gzip, bzip2, xz), JSON lines and WARC. Lists members, and reads one at a time.

Nothing is unpacked to disk, so no member's name ever becomes a path; names that would leave the archive are refused
all the same, because they become ids. A member is found again by its offset.
"""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import posixpath
import struct
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from io import BufferedIOBase
from pathlib import Path
from typing import IO, Any, Final, Literal, cast
from urllib.parse import unquote, urlsplit

from ..errors import PageRejected, UsageError

Kind = Literal["file", "zip", "tar", "records", "warc"]

_SUFFIXES: Final[tuple[tuple[str, Kind], ...]] = (
    (".zip", "zip"),
    (".tar", "tar"),
    (".tar.gz", "tar"),
    (".tgz", "tar"),
    (".tar.bz2", "tar"),
    (".tar.xz", "tar"),
    (".jsonl", "records"),
    (".ndjson", "records"),
    (".warc", "warc"),
    (".warc.gz", "warc"),
)
#: An archive may expand to this many bytes, or to so many times its size. Saved pages shrink 5 to 40 times, deflate
#: itself reaches 1,032: what lies between is a bomb.
MIN_EXPANSION: Final = 256 << 20
MAX_RATIO: Final = 100
#: A tar's headers, long names among them, are refused unread over this size: a path has 4,096 bytes at most.
MAX_HEADER: Final = 1 << 20
#: Longer lines of JSON are refused unread.
MAX_LINE: Final = 64 << 20
_UNPACKERS: Final[dict[bytes, Callable[[Path, str], object]]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\0": lzma.open,
}


class _Damaged(Exception):
    """What is wrong with an archive, in words."""


_DAMAGE: Final = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,  # a compression method Python does not know
    RuntimeError,  # zipfile: a password is needed
    ValueError,
    struct.error,
    _Damaged,
)


@dataclass(frozen=True, slots=True)
class Member:
    """A page in an archive. `stamp` stands for its time: another stamp, another content. `url` is known from WARC."""

    name: str
    size: int
    stamp: int
    offset: int
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """What is no page: `code` "" for what is only skipped for `reason`, else the code to reject it with."""

    name: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Removal:
    """A record that asks for an article to leave the index."""

    name: str


Found = Member | Refused | Removal


def kind_of(path: Path) -> Kind:
    """What a file holds, told by its name: "file" when it is a page itself."""
    name = path.name.lower()
    return max(((suffix, kind) for suffix, kind in _SUFFIXES if name.endswith(suffix)), default=("", "file"))[1]


def list_members(path: Path, kind: Kind) -> Iterator[Found]:
    """Everything in the archive, in its order. A Refused named "" is the archive itself: what follows it is lost."""
    listing = {"zip": _zip_members, "tar": _tar_members, "records": _records, "warc": _warc_members}[kind]
    try:
        yield from listing(path)
    except _Refusal as error:
        yield Refused("", "archive_damaged", f"The archive {path.name} is refused: {error}.")
    except _DAMAGE as error:
        yield Refused("", "archive_damaged", f"The archive {path.name} cannot be read on: {error or 'it ends early'}.")
    except OSError as error:
        # Without a number it comes from gzip or bz2, which say so of bytes they cannot unpack.
        code = "archive_damaged" if error.errno is None else "page_unreadable"
        yield Refused("", code, f"The archive {path.name} cannot be read: {error.strerror or error}.")


class Archives:
    """Reads members. Keeps the last archive open, because opening one again for each page would parse it again."""

    def __init__(self) -> None:
        self._key: tuple[Path, Kind] | None = None
        self._open: _Zip | _Stream | None = None

    def read(self, path: Path, kind: Kind, offset: int, size: int, limit: int) -> bytes:
        """At most limit + 1 bytes of the member at `offset`. PageRejected when the archive does not give them."""
        try:
            if self._key != (path, kind):
                self.close()
                self._open = _Zip(path) if kind == "zip" else _Stream(path, kind)
                self._key = (path, kind)
            if self._open is None:  # the key is set after it
                raise RuntimeError("no archive is open")
            return self._open.read(offset, size, limit)
        except FileNotFoundError:
            self.close()
            raise PageRejected("page_vanished", "The archive was there when listed, and is gone.") from None
        except _DAMAGE as error:
            self.close()
            message = f"The archive gives no such page: {error or 'it ends early'}."
            raise PageRejected("archive_damaged", message) from None
        except OSError as error:
            self.close()
            code = "archive_damaged" if error.errno is None else "page_unreadable"
            raise PageRejected(code, f"The archive cannot be read: {error.strerror or error}.") from None

    def close(self) -> None:
        """Closes what is open."""
        opened, self._open, self._key = self._open, None, None
        if opened is not None:
            opened.close()

    def __reduce__(self) -> tuple[type[Archives], tuple[()]]:
        """Sent to another process, it begins with nothing open."""
        return (Archives, ())

    def __del__(self) -> None:
        self.close()


class _Refusal(Exception):
    """An archive that would take more than any collection of pages does."""


def _expands() -> _Refusal:
    return _Refusal(f"it unpacks to over {MAX_RATIO} times its size, as no collection of pages does")


def _allowed(path: Path) -> int:
    return max(MIN_EXPANSION, MAX_RATIO * path.stat().st_size)


class _Zip:
    def __init__(self, path: Path) -> None:
        self._zip = zipfile.ZipFile(path)
        self._members = {member.header_offset: member for member in self._zip.infolist()}

    def read(self, offset: int, size: int, limit: int) -> bytes:
        if offset not in self._members:
            raise zipfile.BadZipFile("it changed since it was listed")
        with self._zip.open(self._members[offset]) as stream:
            return stream.read(limit + 1)

    def close(self) -> None:
        self._zip.close()


class _Stream:
    """A tar's unpacked bytes, the lines of a file, or a WARC's records, by offset. Forward reading unpacks once."""

    def __init__(self, path: Path, kind: Kind) -> None:
        self._kind = kind
        self._stream = _unpacked(path) if kind == "tar" else path.open("rb")

    def read(self, offset: int, size: int, limit: int) -> bytes:
        self._stream.seek(offset)
        if self._kind == "warc":
            return _warc_payload(self._stream, limit)
        data = self._stream.read(min(size, limit + 1))
        if len(data) < min(size, limit + 1):
            raise EOFError("it was cut short since it was listed")
        return data

    def close(self) -> None:
        self._stream.close()


def _unpacked(path: Path) -> IO[bytes]:
    with path.open("rb") as stream:
        magic = stream.read(6)
    opener = next((one for start, one in _UNPACKERS.items() if magic.startswith(start)), Path.open)
    return cast(IO[bytes], opener(path, "rb"))


class _Bounded(BufferedIOBase):
    """A stream that refuses to go past a number of bytes; tarfile skips what it does not read by seeking."""

    def __init__(self, stream: IO[bytes], limit: int) -> None:
        self._stream, self._limit = stream, limit

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._stream.tell()

    def seek(self, offset: int, whence: int = 0) -> int:
        if whence != 0 or offset > self._limit:
            raise _expands()
        return self._stream.seek(offset)

    def read(self, size: int | None = -1) -> bytes:
        # tarfile reads headers, of a size that the archive names, and skips all else.
        if size is None or not 0 <= size <= MAX_HEADER:
            raise _Refusal(f"one of its headers has over {MAX_HEADER} bytes")
        if size > self._limit - self._stream.tell():
            raise _expands()
        return self._stream.read(size)


def _zip_members(path: Path) -> Iterator[Found]:
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        if sum(member.file_size for member in members) > _allowed(path):
            raise _expands()
        for member in members:
            name = _zip_name(member)
            if name.endswith("/"):
                continue
            if member.flag_bits & 1:
                yield Refused(name, "archive_damaged", "The member is encrypted; unpack it first.")
                continue
            year, month, day, hour, minute, second = member.date_time
            written = ((((year * 12 + month) * 31 + day) * 24 + hour) * 60 + minute) * 60 + second
            yield _checked(Member(name, member.file_size, (written << 32) | member.CRC, member.header_offset))


def _zip_name(member: zipfile.ZipInfo) -> str:
    """The name as its maker meant it: zip files of Chinese Windows hold GBK names without saying so."""
    if member.flag_bits & 0x800:
        return member.filename
    raw = member.orig_filename.encode("cp437", "replace")
    for charset in ("utf-8", "gb18030", "big5hkscs"):
        try:
            return raw.decode(charset)
        except UnicodeDecodeError:
            continue
    return member.filename


def _tar_members(path: Path) -> Iterator[Found]:
    with _unpacked(path) as stream:
        bounded = cast(IO[bytes], _Bounded(stream, _allowed(path)))
        with tarfile.open(fileobj=bounded, mode="r:", errorlevel=1) as archive:
            for member in archive:
                # Without this the list of members grows with the archive.
                archive.members = []  # type: ignore[attr-defined, unused-ignore]
                if member.isdir():
                    continue
                if member.issym() or member.islnk():
                    yield Refused(_printable(member.name), "", "symlink")
                elif not member.isreg() or member.issparse():
                    yield Refused(_printable(member.name), "", "special")
                else:
                    stamp = _tar_stamp(member.mtime)
                    yield _checked(Member(_tar_name(member.name), member.size, stamp, member.offset_data))
        # After the last member come a few blocks of zeros, and then the checksum of a packed archive: read to it.
        while bounded.read(1 << 16):
            pass


def _tar_stamp(seconds: float) -> int:
    """Nanoseconds; 0 for what is no time of any file, because a stamp has 64 bits."""
    return int(seconds * 1_000_000_000) if abs(seconds) < 1 << 33 else 0


def _tar_name(name: str) -> str:
    """tarfile reads names as UTF-8 and keeps other bytes as surrogates: those are GB18030 in what Windows packs."""
    raw = name.encode("utf-8", "surrogateescape")
    for charset in ("utf-8", "gb18030"):
        try:
            return raw.decode(charset)
        except UnicodeDecodeError:
            continue
    return _printable(name)


def _records(path: Path) -> Iterator[Found]:
    """The last line of each id, where it stands. Lines are parsed twice, here and by a worker, and held by nobody."""
    found: dict[str, Found] = {}
    with path.open("rb") as stream:
        offset = number = 0
        while line := stream.readline(MAX_LINE):
            number += 1
            start, offset = offset, offset + len(line)
            where = f"{path.name}:{number}"
            if len(line) == MAX_LINE and not line.endswith(b"\n"):
                yield Refused(where, "record_invalid", f"The line has more than {MAX_LINE} bytes.")
                while (rest := stream.readline(MAX_LINE)) and not rest.endswith(b"\n"):
                    offset += len(rest)
                offset += len(rest)
                continue
            if not line.strip():
                continue
            entry = _record(line, start, where)
            if isinstance(entry, Refused) and entry.name == where:
                yield entry
                continue
            found.pop(entry.name, None)
            found[entry.name] = entry
    yield from found.values()


def _record(line: bytes, offset: int, where: str) -> Found:
    try:
        record = parse_record(line)
    except PageRejected as error:
        return Refused(where, error.code, error.message)
    name = record.get("id") or record.get("path")
    if name and name == record.get("path") and isinstance(name, str):
        name = name.lstrip("/")  # `extract` gives paths as it was given them; an id was chosen by somebody
    if not isinstance(name, str):
        return Refused(where, "record_invalid", 'The record has neither "id" nor "path".')
    stamp = int.from_bytes(blake2b(line.strip(), digest_size=7).digest())
    entry = _checked(Member(name, len(line), stamp, offset))
    if isinstance(entry, Member) and record.get("removed") is True:
        return Removal(entry.name)
    # What a record lacks is the line's fault: two such lines are two faults.
    return Refused(where, entry.code or "path_unsafe", entry.reason) if isinstance(entry, Refused) else entry


def parse_record(line: bytes) -> dict[str, Any]:
    """The JSON object on a line. PageRejected record_invalid when it is none."""
    try:
        record = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise PageRejected("record_invalid", f"The line is not JSON in UTF-8: {error}.") from None
    if not isinstance(record, dict):
        raise PageRejected("record_invalid", "The line is not a JSON object.")
    return record


def _warc_members(path: Path) -> Iterator[Found]:
    """The last capture of each address; those before the damage, when there is some."""
    found: dict[str, Found] = {}
    damage: Exception | None = None
    try:
        for entry in _captures(path):
            if isinstance(entry, Refused):
                yield entry
            else:
                found.pop(entry.name, None)  # a later capture replaces an earlier one
                found[entry.name] = entry
    except _DAMAGE as error:
        damage = error
    yield from found.values()
    if damage is not None:
        raise damage


def _captures(path: Path) -> Iterator[Member | Refused]:
    iterator = _warc_iterator()
    with path.open("rb") as stream:
        with _parsed_by_warcio():
            records = iterator(stream)
        while True:
            with _parsed_by_warcio():
                record = next(records, None)
                entry = record and _capture(record, int(records.get_record_offset()))
            if record is None:
                return
            if entry is not None:
                yield entry


def _capture(record: Any, offset: int) -> Member | Refused | None:
    """The page of a record, or why it is none; nothing for records about records."""
    if record.rec_type not in {"response", "resource"}:
        return None
    url = record.rec_headers.get_header("WARC-Target-URI") or ""
    kind = (record.http_headers or record.rec_headers).get_header("Content-Type") or ""
    status = record.http_headers.get_statuscode() if record.http_headers else "200"
    if status != "200" or "html" not in kind.lower():
        return Refused(url, "", "not_a_page")
    return _checked(Member(_name_of_url(url), int(record.length or 0), _warc_stamp(record), offset, url))


@contextmanager
def _parsed_by_warcio() -> Iterator[None]:
    """What warcio raises, its own and what its parser stumbles over, in one word: the record is damaged."""
    from warcio.exceptions import ArchiveLoadFailed  # noqa: PLC0415 (an optional extra)

    try:
        yield
    except (ArchiveLoadFailed, ValueError, AttributeError, IndexError, TypeError) as error:
        raise _Damaged(f"a record of it is damaged ({' '.join(str(error).split())[:100]})") from error


def _warc_stamp(record: Any) -> int:
    header = record.rec_headers.get_header
    digest = header("WARC-Payload-Digest") or header("WARC-Date") or ""
    return int.from_bytes(blake2b(digest.encode(), digest_size=7).digest())


def _warc_payload(stream: IO[bytes], limit: int) -> bytes:
    iterator = _warc_iterator()
    with _parsed_by_warcio():
        record = next(iterator(stream), None)
        if record is None:
            raise _Damaged("it changed since it was listed")
        data: bytes = record.content_stream().read(limit + 1)
    return data


def _warc_iterator() -> Any:
    try:
        from warcio.archiveiterator import ArchiveIterator  # noqa: PLC0415 (an optional extra)
    except ImportError:
        raise UsageError("WARC files need the package warcio.", hint="pip install 'searchsvc[warc]'") from None
    return ArchiveIterator


def _name_of_url(url: str) -> str:
    """host/path of an address, with its query: what a browser would save it under."""
    parts = urlsplit(url)
    path = unquote(parts.path).strip("/") or "index"
    return f"{parts.hostname or ''}/{path}" + (f"?{parts.query}" if parts.query else "")


def _checked(member: Member) -> Member | Refused:
    """The member under a clean relative name, or why its name cannot be an id."""
    name = unicodedata.normalize("NFC", member.name.replace("\\", "/"))
    parts = [part for part in name.split("/") if part != "."]
    printable = _printable(name)
    if name.startswith("/") or ".." in parts or (parts and len(parts[0]) == 2 and parts[0][1] == ":"):
        return Refused(printable, "path_unsafe", "The name leads out of the archive.")
    if not name.strip() or not parts or "" in parts or any(ord(char) < 32 for char in name) or printable != name:
        return Refused(printable, "path_unsafe", "The name is no relative path.")
    if any(part.startswith(".") for part in parts) or parts[0] == "__MACOSX":
        return Refused(printable, "", "hidden")
    return Member(posixpath.join(*parts), member.size, member.stamp, member.offset, member.url)


def _printable(name: str) -> str:
    return name.encode("utf-8", "backslashreplace").decode("utf-8")
