"""The file of the editors' state: how it comes to be, how it is opened, and what its errors mean.

The file appears whole, with its tables, by one rename; so a file that is empty or of another kind is never ours. It is
in write-ahead mode: readers never wait for a writer. SQLite keeps two more files beside it while it is in use (-wal,
-shm); they belong together.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from ..errors import StateUnusable

FILE: Final = "editors.sqlite3"

#: Version of the tables, in PRAGMA user_version. A change of them raises it and converts older files when they are
#: opened.
SCHEMA: Final = 2

#: "SsEd" in PRAGMA application_id: says that an SQLite file is ours.
APPLICATION: Final = 0x53734564

#: How long a write waits for those of other processes, in seconds.
BUSY_SECONDS: Final = 10.0

#: Text is kept as bytes (UTF-8, lone surrogates too), which SQLite orders as Python orders the strings. Rows of
#: `decisions` and `undone` are only ever added. `number` is the order in which decisions were made. `found` are the
#: ids and hashes that the two texts of a decision came to have later.
_FOUND_TABLE: Final = """
CREATE TABLE found (
    number INTEGER NOT NULL REFERENCES decisions (number),
    a_id BLOB NOT NULL, a_hash BLOB NOT NULL, b_id BLOB NOT NULL, b_hash BLOB NOT NULL,
    PRIMARY KEY (number, a_id, a_hash, b_id, b_hash)
) WITHOUT ROWID;
"""
_TABLES: Final = """
CREATE TABLE decisions (
    number INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    a_id BLOB NOT NULL, a_hash BLOB NOT NULL, a_sketch BLOB NOT NULL,
    b_id BLOB NOT NULL, b_hash BLOB NOT NULL, b_sketch BLOB NOT NULL,
    decision BLOB NOT NULL,
    keep BLOB,
    note BLOB NOT NULL,
    made_by BLOB NOT NULL,
    made_at BLOB NOT NULL
);
CREATE INDEX decisions_of_pair ON decisions (a_id, b_id);
CREATE TABLE undone (
    number INTEGER PRIMARY KEY REFERENCES decisions (number),
    undone_by BLOB NOT NULL,
    undone_at BLOB NOT NULL
);
CREATE TABLE hidden (id BLOB PRIMARY KEY, hidden_by BLOB NOT NULL, hidden_at BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE changes (version INTEGER NOT NULL);
INSERT INTO changes VALUES (0);
"""
_MARKS: Final = f"PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {SCHEMA};"

_REFUSED: Final = {
    sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_AUTH, sqlite3.SQLITE_IOERR,
}  # fmt: skip
_ACCESS: Final = "This user needs read and write access to {} (to read, too), and the disk some room."
_BUSY: Final = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def create(folder: Path) -> None:
    """Makes folder and file for the owner only, unless they are there. StateUnusable when the system refuses."""
    path = folder / FILE
    with refusals_named(path):
        if _exists(path):
            return
        missing = [one for one in (folder, *folder.parents) if not _exists(one)]
        for one in reversed(missing):
            # Another process may make it at the same moment.
            one.mkdir(mode=0o700 if one == folder else 0o777, exist_ok=True)
            _sync_folder(one.parent)
        handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            # Whoever comes second finds the file of the first.
            fcntl.flock(handle, fcntl.LOCK_EX)
            if not _exists(path):
                _create_file(path)
                os.fsync(handle)
        finally:
            # Unlocked, not only closed: a child forked just now would hold the lock with its copy.
            fcntl.flock(handle, fcntl.LOCK_UN)
            os.close(handle)


def _create_file(path: Path) -> None:
    draft = path.with_name(f"{path.name}.new")
    # What a killed creation left; and what belonged to a file that was deleted, which would be read into the new one.
    for leftover in (draft, *(Path(f"{one}{end}") for one in (draft, path) for end in ("-wal", "-shm", "-journal"))):
        leftover.unlink(missing_ok=True)
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    with closing(sqlite3.connect(draft, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        connection.executescript(f"BEGIN; {_TABLES} {_FOUND_TABLE} {_MARKS} COMMIT; PRAGMA journal_mode = WAL;")
    draft.rename(path)


def _exists(path: Path) -> bool:
    """Unlike Path.exists it raises PermissionError: what cannot be seen is not missing."""
    try:
        path.stat()
    except FileNotFoundError:
        return False
    return True


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def connect(path: Path) -> sqlite3.Connection:
    """A connection to the file, which must be there. It may be used by any thread, one at a time.

    StateUnusable for a file that is damaged, of another program or of a newer version.
    """
    uri = f"{path.absolute().as_uri()}?mode=rw"
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        # An acknowledged decision is on the disk, whatever the power does next.
        connection.execute("PRAGMA synchronous = FULL")
        _convert(connection)
        check_version(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _convert(connection: sqlite3.Connection) -> None:
    """Brings a file of ours of an older version to this one; all of it, or nothing."""
    if _marks(connection) == (APPLICATION, 1):
        connection.execute("BEGIN IMMEDIATE")
        # Another process may have been faster.
        if _marks(connection) == (APPLICATION, 1):
            connection.execute(_FOUND_TABLE)
            connection.execute("PRAGMA user_version = 2")
        connection.execute("COMMIT")


def _marks(connection: sqlite3.Connection) -> tuple[int, int]:
    ((application,),) = connection.execute("PRAGMA application_id")
    ((schema,),) = connection.execute("PRAGMA user_version")
    return application, schema


def check_version(connection: sqlite3.Connection, path: Path) -> None:
    """StateUnusable when the file is not ours, or of a version that this program does not know."""
    application, schema = _marks(connection)
    if application != APPLICATION:
        raise StateUnusable(
            f"{path} was emptied, or is of another program than searchsvc.",
            hint="Restore a backup, give another --state, or move the file away.",
        )
    if schema != SCHEMA:
        raise StateUnusable(
            f"{path} was written by another version of searchsvc (schema {schema}; this one knows {SCHEMA}).",
            hint="Update searchsvc; nothing in the file was changed.",
        )


@contextmanager
def refusals_named(path: Path) -> Iterator[None]:
    """Turns what SQLite and the operating system raise into StateUnusable, which names the file and the way out."""
    try:
        yield
    except (sqlite3.ProgrammingError, sqlite3.InterfaceError):
        # Our own mistakes say nothing about the file.
        raise
    except sqlite3.Error as error:
        raise _named(path, error) from error
    except OSError as error:
        raise StateUnusable(
            f"{path} cannot be read or written: {error.strerror or error}.",
            hint=_ACCESS.format(path.parent),
        ) from error


def _named(path: Path, error: sqlite3.Error) -> StateUnusable:
    # Errors of Python's own module carry no code, such as text that cannot be decoded: the content is at fault.
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
    if code in _BUSY:
        return StateUnusable(
            f"{path} is being written by another process, for more than {BUSY_SECONDS:.0f} seconds.",
            hint="Try again; if it stays so, look for a process that hangs with the file open.",
        )
    if code == sqlite3.SQLITE_FULL:
        return StateUnusable(
            f"{path} cannot be written: the disk is full.",
            hint="Nothing written before is lost. Make room, then do the same again.",
        )
    if code in _REFUSED:
        return StateUnusable(
            f"{path} cannot be read or written: {error}.",
            hint=_ACCESS.format(path.parent),
        )
    return StateUnusable(
        f"{path} is damaged ({error}).",
        hint=f"Restore {path.name} from a backup with no {path.name}-wal or -shm beside it; or move all three away "
        "to begin anew.",
    )
