"""What is known of an index's duplicates, kept beside it: a row for each article, a row for each pair.

Everything here is derived from the index. A file that is missing, damaged or of another method is begun anew by the
next update; nothing of an editor's is in it.
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

from ..editorial import KINDS, Evidence, Kind
from ..errors import DuplicatesUnreadable, IndexNotWritten
from ..models import Problem
from .crowds import MISSING

T = TypeVar("T")

FILE: Final = "duplicates.sqlite3"
#: Size and checksum of the file as the last update left it, under a token that the file holds in two places: a seal of
#: another update says nothing. SQLite has no checksums of its own, and finds no flipped byte in what rows hold.
SEAL: Final = "duplicates.check"
#: Changes whenever another method would find other pairs, or keeps them differently.
METHOD: Final = "2"

_TABLES: Final = f"""
CREATE TABLE articles (
    number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, version TEXT NOT NULL, content TEXT NOT NULL,
    body TEXT NOT NULL, title BLOB NOT NULL, date TEXT, category BLOB, url BLOB, size INTEGER NOT NULL,
    crowd REAL NOT NULL DEFAULT {MISSING},
    key BLOB NOT NULL, sketch BLOB NOT NULL, subjects BLOB NOT NULL, chars BLOB NOT NULL
);
CREATE INDEX articles_by_category ON articles (category);
CREATE TABLE pairs (
    a INTEGER NOT NULL, b INTEGER NOT NULL, kind INTEGER NOT NULL, score REAL NOT NULL, evidence TEXT NOT NULL,
    PRIMARY KEY (a, b)
) WITHOUT ROWID;
CREATE INDEX pairs_by_second ON pairs (b);
CREATE TABLE facts (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
"""


_FIELDS: Final = (
    *("id", "version", "content", "body", "title", "date", "category", "url", "size"),
    *("key", "sketch", "subjects", "chars"),
)
_ALL: Final = f"number, {', '.join(_FIELDS)}"
_PUT: Final = (
    f"INSERT INTO articles ({', '.join(_FIELDS)}) VALUES ({', '.join('?' * len(_FIELDS))}) ON CONFLICT (id) "  # noqa: S608
    f"DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _FIELDS[1:])} RETURNING number"
)
_DAMAGE: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
#: Seconds to wait for another process. Readers wait for none that writes, only for one that mends or copies the file.
_WRITE_SECONDS: Final = 30.0
_READ_SECONDS: Final = 2.0
_COLUMNS: Final = frozenset({"id", "content", "body", "title", "size", "crowd", "key", "sketch"})


class Row(NamedTuple):
    """An article as the store keeps it. `size` counts letters and digits of its body; see candidates.py for `key`."""

    id: str
    version: str
    content_hash: str
    body_hash: str
    title: str
    date: str | None
    category: str | None
    url: str | None
    size: int
    key: bytes
    sketch: bytes
    subjects: bytes
    chars: bytes


class StoredPair(NamedTuple):
    """Two articles by number, the smaller id first."""

    a: int
    b: int
    kind: Kind
    score: float
    evidence: Evidence


class DuplicateStore:
    """The file in an index's folder. Each method opens it for itself, so it may be used in any thread and process."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._seal = folder / SEAL

    # Reading. A store that is not there or damaged is empty; DuplicatesUnreadable when it is busy or refused.

    def stamp(self) -> tuple[int, int, int]:
        """Differs after every update; two system calls."""
        found = [0, 0, 0]
        for place, name in enumerate((self._path, self._path.with_name(f"{FILE}-wal"))):
            try:
                status = name.stat()
            except FileNotFoundError:
                continue
            found[place] = status.st_mtime_ns
            found[2] += status.st_size
        return found[0], found[1], found[2]

    def generation(self) -> int:
        """The generation of the index that the pairs are of; -1 before the first update."""
        return int(self.fact("generation", b"-1"))

    def fact(self, name: str, default: bytes = b"") -> bytes:
        """A value kept under a name."""
        rows = self._rows("SELECT value FROM facts WHERE name = ?", (name,))
        return bytes(rows[0][0]) if rows else default

    def ids(self) -> list[str]:
        """The ids of all articles, in no order."""
        return [_text(name) for (name,) in self._rows("SELECT id FROM articles", ())]

    def plain_rows(self) -> list[Row]:
        """Every article without what is compared (key, sketch, subjects, characters), by number."""
        columns = "id, version, content, body, title, date, category, url, size, x'', x'', x'', x''"
        return [_row(row) for row in self._rows(f"SELECT {columns} FROM articles ORDER BY number", ())]  # noqa: S608

    def rows(self, numbers: Iterable[int]) -> dict[int, Row]:
        """The articles of these numbers."""
        return {row[0]: _row(row[1:]) for row in self._some(_ALL, "number", list(numbers))}

    def rows_of(self, ids: Iterable[str]) -> dict[str, tuple[int, Row]]:
        """The articles of these ids, with their numbers."""
        return {
            _text(row[1]): (row[0], _row(row[1:]))
            for row in self._some(_ALL, "id", [_bytes(article) for article in ids])
        }

    def crowds(self, ids: Iterable[str]) -> dict[str, float]:
        """The crowds of the articles of these ids; see crowds.py."""
        names = [_bytes(article) for article in ids]
        return {_text(row[0]): row[1] for row in self._some("id, crowd", "id", names)}

    def pairs(self) -> list[StoredPair]:
        """Every pair, by numbers."""
        return [_pair(row) for row in self._rows("SELECT a, b, kind, score, evidence FROM pairs ORDER BY a, b", ())]

    def _some(self, columns: str, name: str, values: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
        for start in range(0, len(values), 500):
            chosen = values[start : start + 500]
            marks = ",".join("?" * len(chosen))
            yield from self._rows(f"SELECT {columns} FROM articles WHERE {name} IN ({marks})", chosen)  # noqa: S608

    def at_once(self, ask: Callable[[DuplicateStore], T]) -> T:
        """The answer of `ask`, to which the store is of one state, whatever is written meanwhile."""
        try:
            with self._reading() as connection:
                return ask(_Moment(self._path, connection))
        except _Damaged:
            return ask(_Moment(self._path, None))

    def _rows(self, query: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        try:
            with self._reading() as connection:
                return [] if connection is None else connection.execute(query, values).fetchall()
        except _Damaged:
            # Derived: the next update makes it anew.
            return []

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection | None]:
        """A read transaction; None where there is no store of this method. _Damaged, DuplicatesUnreadable."""
        if not self._path.exists():
            yield None
            return
        try:
            with closing(self._connect(_READ_SECONDS)) as connection:
                connection.execute("BEGIN")
                yield connection if _is_ours(connection) else None
        except sqlite3.DatabaseError as error:
            if _is_damage(error):
                raise _Damaged from error
            if not isinstance(error, sqlite3.OperationalError):
                raise
            raise DuplicatesUnreadable(
                f"What is known of duplicates cannot be read from {self._path}: {error}.",
                hint="Try again; if it stays so, look for a process that hangs with the file open.",
            ) from error

    def _connect(self, seconds: float = _WRITE_SECONDS) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=seconds, isolation_level=None)

    # Writing: one update at a time, see `update`.

    @contextmanager
    def update(self) -> Iterator[Update]:
        """One update, visible at once and as a whole when the block ends; nothing of it when the block fails.

        A store that cannot be read is emptied first. IndexNotWritten when the system refuses.
        """
        try:
            self._begin()
            with closing(self._connect()) as connection:
                connection.execute("BEGIN IMMEDIATE")
                self._seal.unlink(missing_ok=True)
                yield Update(connection)
                token = secrets.randbits(31)
                connection.execute(f"PRAGMA user_version = {token}")
                connection.execute("INSERT OR REPLACE INTO facts VALUES ('seal', ?)", (_token_bytes(token),))
                connection.execute("COMMIT")
                # Into the file itself, so that its bytes can be checked; waits for those who still read what was.
                ((busy, _, _),) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                if not busy:
                    self._write_seal(token)
        except sqlite3.DatabaseError as error:
            if _is_damage(error):
                self._delete()
                raise IndexNotWritten(
                    f"What was known of duplicates in {self._path} is damaged ({error}) and was deleted.",
                    hint="The articles are in the index. Run the same command again: it finds the duplicates anew.",
                ) from error
            if not isinstance(error, sqlite3.OperationalError):
                raise
            raise self._not_written(error) from error
        except OSError as error:
            raise self._not_written(error) from error

    def _not_written(self, error: Exception) -> IndexNotWritten:
        return IndexNotWritten(
            f"What is known of duplicates cannot be written to {self._path}: {error}.",
            hint="The articles are in the index. Make room or give access, then run the same command again.",
        )

    def _write_seal(self, token: int) -> None:
        body = f"{token} {self._path.stat().st_size} {_crc(self._path)}"
        new = self._seal.with_name(f"{SEAL}.new")
        new.write_text(f"{body} {zlib.crc32(body.encode())}\n", "ascii")
        new.replace(self._seal)

    def verify(self) -> list[Problem]:
        """What is wrong with the file: its structure, or any byte of it. DuplicatesUnreadable when it is busy."""
        try:
            with self._reading() as connection:
                if connection is None:
                    return []
                ((said,),) = connection.execute("PRAGMA integrity_check(1)").fetchall()
                ((header,),) = connection.execute("PRAGMA user_version").fetchall()
                fact = connection.execute("SELECT value FROM facts WHERE name = 'seal'").fetchall()
                # Whatever else is said, an update that goes on or waits for readers leaves bytes that no seal is of.
                fault = said if said != "ok" else self._broken_seal({_token_bytes(header), *(row[0] for row in fact)})
        except _Damaged as error:
            fault = str(error.__cause__)
        return [Problem(FILE, f"{fault}. Delete it; the next ingest finds the duplicates anew.")] if fault else []

    def _broken_seal(self, tokens: Set[bytes]) -> str:
        try:
            *values, check = (int(one) for one in self._seal.read_text("ascii").split())
            token, size, crc = values
            if check != zlib.crc32(f"{token} {size} {crc}".encode()):
                return f"{SEAL} was altered"
        except FileNotFoundError:
            return ""
        except ValueError:
            return f"{SEAL} was altered"
        log = self._path.with_name(f"{FILE}-wal")
        if _token_bytes(token) not in tokens or (log.exists() and log.stat().st_size):
            return ""
        return "" if (self._path.stat().st_size, _crc(self._path)) == (size, crc) else "The file was altered"

    def _delete(self) -> None:
        for name in (FILE, f"{FILE}-wal", f"{FILE}-shm", SEAL):
            self._path.with_name(name).unlink(missing_ok=True)

    def _begin(self) -> None:
        if self._path.exists():
            try:
                with closing(self._connect()) as connection:
                    if _is_ours(connection):
                        return
            except sqlite3.DatabaseError as error:
                if not _is_damage(error):
                    raise
            self._delete()
        os.close(os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600))
        with closing(self._connect()) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("BEGIN IMMEDIATE")
            for statement in filter(str.strip, _TABLES.split(";")):
                connection.execute(statement)
            connection.execute("INSERT INTO facts VALUES ('method', ?)", (METHOD.encode(),))
            connection.execute("COMMIT")


def _token_bytes(token: int) -> bytes:
    return str(token).encode()


def _crc(path: Path) -> int:
    found = 0
    with path.open("rb") as stream:
        while data := stream.read(1 << 20):
            found = zlib.crc32(data, found)
    return found


class _Damaged(Exception):
    """The file's content is at fault."""


class _Moment(DuplicateStore):
    """A store whose reading all happens in one transaction."""

    def __init__(self, path: Path, connection: sqlite3.Connection | None) -> None:
        super().__init__(path.parent)
        self._connection = connection

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection | None]:
        yield self._connection


def _is_ours(connection: sqlite3.Connection) -> bool:
    """Whether the file is of this method. An empty file has no tables."""
    tables = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'facts'").fetchall()
    if tables == [(0,)]:
        return False
    found = connection.execute("SELECT value FROM facts WHERE name = 'method'").fetchall()
    return bool(found == [(METHOD.encode(),)])


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether the file's content is at fault: a busy or refused one is as good as it was.

    Errors of Python's own module carry no code, such as text that cannot be decoded.
    """
    if isinstance(error, (sqlite3.ProgrammingError, sqlite3.InterfaceError)):
        return False
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
    return code in _DAMAGE or (code == sqlite3.SQLITE_ERROR and str(error).startswith("no such"))  # a table, a column


class Update:
    """What may be done in an update."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def versions(self) -> dict[str, tuple[int, str]]:
        """id -> (number, version) of every article."""
        rows = self._connection.execute("SELECT number, id, version FROM articles ORDER BY number")
        return {_text(name): (number, version) for number, name, version in rows}

    def numbers(self) -> list[int]:
        """The numbers of all articles, ascending."""
        return [number for (number,) in self._connection.execute("SELECT number FROM articles ORDER BY number")]

    def column(self, name: str) -> list[Any]:
        """A column of every article, in the order of `numbers`."""
        if name not in _COLUMNS:
            raise ValueError(f"no column {name!r}")
        rows = self._connection.execute(f"SELECT {name} FROM articles ORDER BY number")  # noqa: S608 - checked above
        return [value for (value,) in rows]

    def profiles(self, numbers: Sequence[int] | None = None) -> Iterator[tuple[int, bytes, bytes]]:
        """(number, packed subjects and questions, packed characters) of these articles, or of all, by number."""
        if numbers is None:
            yield from self._connection.execute("SELECT number, subjects, chars FROM articles ORDER BY number")
            return
        for number in numbers:
            query = "SELECT number, subjects, chars FROM articles WHERE number = ?"
            yield from self._connection.execute(query, (number,))

    def fact(self, name: str) -> bytes:
        """A value kept under a name; empty when there is none."""
        rows = self._connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchall()
        return bytes(rows[0][0]) if rows else b""

    def count_pairs(self) -> int:
        """How many pairs there are."""
        ((count,),) = self._connection.execute("SELECT count(*) FROM pairs")
        return int(count)

    def remove(self, numbers: Iterable[int]) -> None:
        """Forgets these articles and their pairs."""
        values = [(number,) for number in numbers]
        self._connection.executemany("DELETE FROM articles WHERE number = ?", values)
        self.forget_pairs(number for (number,) in values)

    def forget_pairs(self, numbers: Iterable[int] | None) -> None:
        """Forgets the pairs of these articles; of all for None."""
        if numbers is None:
            self._connection.execute("DELETE FROM pairs")
            return
        values = [(number,) for number in numbers]
        self._connection.executemany("DELETE FROM pairs WHERE a = ?", values)
        self._connection.executemany("DELETE FROM pairs WHERE b = ?", values)

    def put(self, row: Row) -> int:
        """Adds an article or replaces the one of this id, which keeps its number; the number."""
        values = (
            _bytes(row.id), row.version, row.content_hash, row.body_hash, _bytes(row.title), row.date,
            None if row.category is None else _bytes(row.category), None if row.url is None else _bytes(row.url),
            row.size, row.key, row.sketch, row.subjects, row.chars,
        )  # fmt: skip
        (number,) = self._connection.execute(_PUT, values).fetchone()
        return int(number)

    def set_crowds(self, crowds: Iterable[tuple[int, float]]) -> None:
        """Keeps (number, crowd) of articles; a new one has the crowd of one without neighbours."""
        rows = ((value, number) for number, value in crowds)
        self._connection.executemany("UPDATE articles SET crowd = ? WHERE number = ?", rows)

    def add_pairs(self, pairs: Iterable[StoredPair]) -> None:
        """Adds pairs; one that is there already is replaced."""
        self._connection.executemany(
            "INSERT OR REPLACE INTO pairs VALUES (?, ?, ?, ?, ?)",
            ((one.a, one.b, KINDS.index(one.kind), one.score, _evidence_json(one.evidence)) for one in pairs),
        )

    def set_facts(self, facts: Mapping[str, bytes]) -> None:
        """Keeps values under names."""
        self._connection.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", list(facts.items()))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _text(data: bytes) -> str:
    return bytes(data).decode("utf-8", "surrogatepass")


def _row(values: Sequence[Any]) -> Row:
    name, version, content, body, title, date, category, url, size, key, sketch, subjects, chars = values
    return Row(
        _text(name), version, content, body, _text(title), date, None if category is None else _text(category),
        None if url is None else _text(url), size, key, sketch, subjects, chars,
    )  # fmt: skip


def _evidence_json(one: Evidence) -> str:
    values = [one.share_a, one.share_b, one.shared_passages, one.title, one.ties, one.only_a, one.only_b]
    return json.dumps(values, separators=(",", ":"))


def _pair(row: Sequence[Any]) -> StoredPair:
    a, b, kind, score, evidence = row
    share_a, share_b, passages, title, ties, only_a, only_b = json.loads(evidence)
    found = Evidence(share_a, share_b, passages, title, tuple(ties), tuple(only_a), tuple(only_b))
    return StoredPair(a, b, KINDS[kind], score, found)
