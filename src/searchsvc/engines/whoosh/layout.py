"""What lies in an index folder, and how its small files change without a moment in between.

    searchsvc.json   format, engine, analysis, and which subfolder is current; replaced whole, never edited
    v-<hex>/         one Whoosh index: tables of contents (_MAIN_<n>.toc) and segments (MAIN_<id>.arr)
    writer.lock      held by the one writer

Other files are left alone. Tables of contents are pickles, behind a checksum: the folder is trusted input, created
for its owner only.
"""

from __future__ import annotations

# Whoosh marks itself as typed, yet most of what writes has no annotations.
# mypy: disable-error-code="no-untyped-call"
import errno
import json
import os
import pickle
import re
import secrets
import shutil
import struct
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from whoosh.filedb.filestore import FileStorage
from whoosh.filedb.filetables import FileFormatError
from whoosh.index import TOC
from whoosh.index import IndexError as WhooshIndexError
from whoosh.reading import CorruptIndexError, ReaderClosed, TermNotFound

from ...errors import IndexDamaged, IndexIncompatible, IndexMissing, IndexNotWritten
from .codec import FlatSegment
from .schema import schema

FORMAT: Final = 3
#: Format 2 has no structure beside its texts; a writer makes it 3 before it writes a segment.
_READABLE: Final = frozenset({2, 3})
ENGINE: Final = "whoosh"
INDEX_NAME: Final = "MAIN"
DESCRIPTOR: Final = "searchsvc.json"
LOCK: Final = "writer.lock"
_VERSION: Final = re.compile(r"v-[0-9a-f]{16}")
_TOC: Final = re.compile(rf"_{INDEX_NAME}_([0-9]+)\.toc")
#: At the end of a table of contents, where Whoosh does not look: a mark, and the CRC-32 of all bytes before.
_SEAL: Final = struct.Struct("<8sI")
_SEAL_MARK: Final = b"SSVCTOC1"

#: What reading a cut or altered Whoosh index has been seen to raise: it unpickles, unpacks and maps what it finds.
DAMAGE: Final = (
    OSError, ValueError, LookupError, EOFError, ArithmeticError, MemoryError, AttributeError, ImportError, TypeError,
    AssertionError, RuntimeError, struct.error, pickle.UnpicklingError, zlib.error, WhooshIndexError, ReaderClosed,
    TermNotFound, CorruptIndexError, FileFormatError,
)  # fmt: skip


#: What says that there is no room, which damages nothing: see refusal_named.
_REFUSALS: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG})


@dataclass(frozen=True, slots=True)
class Descriptor:
    """The content of searchsvc.json. `base` is added to Whoosh's generation, which begins anew with each rebuild."""

    analysis: str
    current: str
    created: str
    base: int = 0
    format: int = FORMAT
    engine: str = ENGINE


class damage_named:  # noqa: N801 (used like a function; as a class it takes a third of the time, in every query)
    """Turns whatever a damaged file makes Whoosh raise in its block into IndexDamaged, naming the folder."""

    __slots__ = ("_place",)

    def __init__(self, place: Path) -> None:
        self._place = place

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None) -> None:
        if isinstance(error, DAMAGE) and getattr(error, "errno", None) not in _REFUSALS:
            raise IndexDamaged(
                f"The index {self._place} is damaged ({type(error).__name__}: {error}).",
                hint="Run `searchsvc verify`; restore a backup, or delete the folder's contents and ingest anew.",
            ) from error


@contextmanager
def refusal_named(place: Path) -> Iterator[None]:
    """Turns what the operating system says to a write (no space left, read-only) into IndexNotWritten."""
    try:
        yield
    except OSError as error:
        raise IndexNotWritten(
            f"The index {place} cannot be written: {error.strerror or error}.",
            hint="What was committed before is kept. Make room or give access, then run the same command again.",
        ) from error


class DurableStorage(FileStorage):
    """Whoosh's folder, with a rename that survives a power cut. Only tables of contents are renamed."""

    def rename_file(self, oldname: str, newname: str, safe: bool = False) -> None:
        folder = Path(self.folder)
        content = (folder / oldname).read_bytes()
        with (folder / oldname).open("ab") as file:
            file.write(_SEAL.pack(_SEAL_MARK, zlib.crc32(content)))
        sync(folder / oldname)
        (folder / oldname).replace(folder / newname)
        sync(folder)


def write_toc(version: Path, generation: int, segments: Sequence[FlatSegment]) -> None:
    """Makes these segments the index's content, durably and at once."""
    TOC(schema(), list(segments), generation).write(DurableStorage(str(version)), INDEX_NAME)


def read_toc(version: Path, generation: int) -> list[FlatSegment]:
    """The segments of a generation. ValueError when its file was altered, which is seen before it is unpickled."""
    content = (version / f"_{INDEX_NAME}_{generation}.toc").read_bytes()
    body, seal = content[: -_SEAL.size], content[-_SEAL.size :]
    if len(seal) < _SEAL.size or _SEAL.unpack(seal) != (_SEAL_MARK, zlib.crc32(body)):
        raise ValueError(f"_{INDEX_NAME}_{generation}.toc was altered or cut short")
    toc = TOC.read(FileStorage(str(version), readonly=True), INDEX_NAME, gen=generation, schema=schema())
    segments: list[FlatSegment] = toc.segments
    return segments


def new_version(folder: Path) -> Path:
    """Creates a subfolder with an empty Whoosh index."""
    path = folder / f"v-{secrets.token_hex(8)}"
    path.mkdir(mode=0o700)
    write_toc(path, 0, [])
    return path


def now() -> str:
    """The time of day as ISO text, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def read_descriptor(folder: Path) -> Descriptor:
    """Raises IndexMissing, IndexDamaged (not ours, or cut short) or IndexIncompatible (another format or engine)."""
    try:
        text = (folder / DESCRIPTOR).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise IndexMissing(f"There is no index in {folder}.", hint="Run `searchsvc ingest`.") from None
    with damage_named(folder):
        values = json.loads(text)
        check = values.pop("check", None)
        # A version that comes later may write other values, but will check them in the same way.
        if check is not None and check != _check(values):
            raise ValueError(f"{DESCRIPTOR} was altered")
        if values["format"] not in _READABLE or values["engine"] != ENGINE:
            raise IndexIncompatible(
                f"The index {folder} has format {values['format']} of {values['engine']}; this version reads {FORMAT}.",
                hint="Run `searchsvc reindex` with the version that wrote it, or ingest into a new folder.",
            )
        found = Descriptor(**values)
        if check is None:
            raise ValueError(f"{DESCRIPTOR} was altered")
        if not _VERSION.fullmatch(found.current) or not isinstance(found.base, int):
            raise ValueError(f"{DESCRIPTOR} names {found.current!r}")
        return found


def write_descriptor(folder: Path, descriptor: Descriptor) -> None:
    """Replaces searchsvc.json at once and durably."""
    aside = folder / f".{DESCRIPTOR}.new"
    values = asdict(descriptor)
    values["check"] = _check(values)
    aside.write_text(json.dumps(values, ensure_ascii=False, indent=1) + "\n", "utf-8")
    sync(aside)
    aside.replace(folder / DESCRIPTOR)
    sync(folder)


def _check(values: dict[str, Any]) -> int:
    return zlib.crc32(json.dumps(values, sort_keys=True).encode())


def latest_generation(version: Path) -> int:
    """Generation of the newest table of contents in a Whoosh folder; -1 when there is none."""
    try:
        names = os.listdir(version)  # noqa: PTH208 - a fifth of the time of iterdir, and asked twice a second
    except FileNotFoundError:
        return -1
    return max((int(found[1]) for name in names if (found := _TOC.fullmatch(name))), default=-1)


def remove_leftovers(folder: Path, current: str) -> None:
    """Removes what killed writers left: other versions, and files no commit mentions. Only under the writer's lock."""
    for path in folder.iterdir():
        if _VERSION.fullmatch(path.name) and path.name != current:
            shutil.rmtree(path)
    for path in (folder / current).iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name.startswith(f"_{INDEX_NAME}_") and not _TOC.fullmatch(path.name):
            path.unlink()


def sync(path: Path) -> None:
    """Waits until a file or folder is on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
