"""What editors decided and hid, as they see it: a log of decisions that nothing is ever taken out of."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from ..editorial import VERDICTS, Decision, Hidden, TextMark, Verdict
from ..errors import DecisionNotFound, InvalidParameter, StateUnusable
from .connection import SharedConnection
from .database import FILE, check_version, create
from .matching import Found

NOTE_CHARS: Final = 1_000

_COLUMNS: Final = """
SELECT id, a_id, a_hash, a_sketch, b_id, b_hash, b_sketch, decision, keep, note, made_by, made_at, undone_by, undone_at
FROM decisions LEFT JOIN undone USING (number)
"""
_HISTORY: Final = f"{_COLUMNS} ORDER BY number DESC"
#: Of each pair the newest decision that was not undone.
_NEWEST: Final = """WHERE number IN (
    SELECT max(number) FROM decisions WHERE number NOT IN (SELECT number FROM undone) GROUP BY a_id, b_id
)"""
_IN_FORCE: Final = f"{_COLUMNS} {_NEWEST} ORDER BY number DESC"
#: The same for one id: not undone, and nothing newer about its pair that is in force.
_NUMBER_IN_FORCE: Final = """
SELECT number FROM decisions AS asked WHERE id = ? AND number = (
    SELECT max(number) FROM decisions AS other
    WHERE other.a_id = asked.a_id AND other.b_id = asked.b_id AND number NOT IN (SELECT number FROM undone)
)"""


_FOUND: Final = (
    "SELECT id, found.a_id, found.a_hash, found.b_id, found.b_hash FROM found JOIN decisions USING (number) "
    "ORDER BY number, 2, 3, 4, 5"
)


class Draft(NamedTuple):
    """A decision to be made."""

    a: TextMark
    b: TextMark
    decision: Verdict
    keep: str | None


class InForce(NamedTuple):
    """What is in force: decisions, newest first, and under what else their texts were found."""

    decisions: tuple[Decision, ...]
    found: tuple[Found, ...]


class StateStore:
    """The editors' state in a folder. Any number of threads and processes may read and write it at once.

    Folder and file are made by the first write; until then everything is empty. When a method that writes has
    returned, what it wrote is on the disk. Every method but `close` raises StateUnusable when the file is damaged, of
    another program or of a newer version, or when the system refuses to read or write it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self._path = self._folder / FILE
        # Two, so that readers do not wait while a write waits for another process or the disk.
        self._reading = SharedConnection(self._path)
        self._writing = SharedConnection(self._path)

    def version(self) -> int:
        """A number that rises with every change, whichever process makes it; 0 when there is no file.

        Ask before reading what you keep: a change in between then shows as a newer version.
        """
        rows = self._read("SELECT version FROM changes")
        return int(rows[0][0]) if rows else 0

    def decide(self, a: TextMark, b: TextMark, decision: Verdict, *, keep: str | None, note: str, by: str) -> Decision:
        """Adds a decision about a pair and returns it; see `decide_all`."""
        return self.decide_all([Draft(a, b, decision, keep)], note=note, by=by)[0]

    def decide_all(
        self, drafts: Sequence[Draft], *, note: str, by: str, check: Callable[[InForce], None] | None = None
    ) -> list[Decision]:
        """Adds all of these decisions, or none, and returns them, `a` and `b` of each in order of id.

        Each takes the place of earlier ones. `check` is told what is in force at the moment of writing, when nobody
        else can write; what it raises leaves everything as it was.
        InvalidParameter for an article with itself, an unknown decision, a `keep` that does not go with the decision,
        or a note of more than 1,000 characters; ValueError for a sketch that is no row of 8-byte numbers.
        """
        for one in drafts:
            _check(*one, note)
        made = []
        with self._write() as connection:
            if check is not None:
                decisions = tuple(map(self._decision, connection.execute(_IN_FORCE).fetchall()))
                check(InForce(decisions, self._finds(connection.execute(_FOUND).fetchall())))
            ((last,),) = connection.execute("SELECT coalesce(max(number), 0) FROM decisions")
            for number, draft in enumerate(drafts, last + 1):
                a, b = sorted((draft.a, draft.b), key=lambda mark: mark.id)
                # The number alone would come again after a backup is restored: an old page would undo another decision.
                name = f"{number}-{secrets.token_hex(3)}"
                made.append(Decision(name, a, b, draft.decision, draft.keep, note, by, _now()))
                connection.execute(
                    f"INSERT INTO decisions VALUES ({', '.join('?' * 13)})",  # noqa: S608 (only question marks)
                    (number, *_row(made[-1])),
                )
            _count_change(connection)
        return made

    def undo(self, decision_id: str, by: str) -> Decision:
        """Takes back a decision in force, and returns it as it is now. An earlier one about the pair holds again.

        DecisionNotFound when no decision in force has this id.
        """
        missing = DecisionNotFound(f"No decision in force has the id {decision_id!r}.")
        if not self.version():
            # No file is made only to find that it is empty.
            raise missing
        with self._write() as connection:
            numbers = connection.execute(_NUMBER_IN_FORCE, (_pack(decision_id),)).fetchall()
            if not numbers:
                raise missing
            connection.execute("INSERT INTO undone VALUES (?, ?, ?)", (*numbers[0], _pack(by), _pack(_now())))
            _count_change(connection)
            row = connection.execute(f"{_COLUMNS} WHERE number = ?", numbers[0]).fetchone()
        return self._decision(row)

    def decisions(self) -> tuple[Decision, ...]:
        """The decisions in force, one a pair, newest first."""
        return tuple(map(self._decision, self._read(_IN_FORCE)))

    def history(self) -> tuple[Decision, ...]:
        """All decisions ever made, those undone or replaced too, newest first."""
        return tuple(map(self._decision, self._read(_HISTORY)))

    def found(self) -> tuple[Found, ...]:
        """What the texts of decisions came to be called later, in order of decisions."""
        return self._finds(self._read(_FOUND))

    def remember(self, found: Iterable[Found]) -> None:
        """Keeps under which ids and hashes the texts of decisions were found; what is known already changes nothing."""
        values = [tuple(map(_pack, one)) for one in found]
        if not values:
            return
        with self._write() as connection:
            added = connection.executemany(
                "INSERT INTO found SELECT number, ?2, ?3, ?4, ?5 FROM decisions WHERE id = ?1 ON CONFLICT DO NOTHING",
                values,
            )
            if added.rowcount:
                _count_change(connection)

    def hide(self, article_id: str, by: str) -> Hidden:
        """Hides an article. One already hidden stays as it was, and is returned so."""
        with self._write() as connection:
            added = connection.execute(
                "INSERT INTO hidden VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (_pack(article_id), _pack(by), _pack(_now())),
            )
            if added.rowcount:
                _count_change(connection)
            row = connection.execute("SELECT * FROM hidden WHERE id = ?", (_pack(article_id),)).fetchone()
        return self._hidden(row)

    def unhide(self, article_id: str) -> bool:
        """Shows an article again. False when it was not hidden."""
        if not self.version():
            return False
        with self._write() as connection:
            removed = connection.execute("DELETE FROM hidden WHERE id = ?", (_pack(article_id),)).rowcount
            if removed:
                _count_change(connection)
        return removed > 0

    def hidden(self) -> tuple[Hidden, ...]:
        """What is hidden, in order of id."""
        return tuple(map(self._hidden, self._read("SELECT * FROM hidden ORDER BY id")))

    def close(self) -> None:
        """Closes the file. A store used again opens it anew."""
        self._reading.close()
        self._writing.close()

    def _read(self, query: str) -> list[Any]:
        with self._reading.use() as connection:
            return [] if connection is None else connection.execute(query).fetchall()

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of the block, or nothing."""
        create(self._folder)
        with self._writing.use() as connection:
            if connection is None:
                raise StateUnusable(f"{self._path} was deleted while it was to be written.", hint="Try again.")
            # Taken at once: a transaction that only turns to writing later can be refused without any waiting.
            connection.execute("BEGIN IMMEDIATE")
            try:
                check_version(connection, self._path)
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def _decision(self, row: tuple[bytes, ...]) -> Decision:
        a_sketch, b_sketch = row[3], row[6]
        texts = self._unpack(*row[:3], *row[4:6], *row[7:])
        made, a_id, a_hash, b_id, b_hash, decision, keep, *rest = texts
        if decision not in VERDICTS:
            raise self._damaged(f"a decision {decision!r}")
        a, b = TextMark(a_id, a_hash, a_sketch), TextMark(b_id, b_hash, b_sketch)
        return Decision(made, a, b, decision, keep, *rest)

    def _finds(self, rows: Iterable[tuple[bytes, ...]]) -> tuple[Found, ...]:
        return tuple(Found(*self._unpack(*row)) for row in rows)

    def _hidden(self, row: tuple[bytes, ...]) -> Hidden:
        return Hidden(*self._unpack(*row))

    def _unpack(self, *values: bytes | None) -> list[Any]:
        try:
            return [None if value is None else value.decode("utf-8", "surrogatepass") for value in values]
        except (UnicodeDecodeError, AttributeError) as error:
            raise self._damaged(str(error)) from error

    def _damaged(self, what: str) -> StateUnusable:
        return StateUnusable(
            f"{self._path} is damaged (it holds {what}).",
            hint=f"Restore {FILE} from a backup with no {FILE}-wal or -shm beside it.",
        )


def _check(a: TextMark, b: TextMark, decision: Verdict, keep: str | None, note: str) -> None:
    if a.id == b.id:
        raise InvalidParameter("b", f"An article cannot be paired with itself: {a.id!r}.")
    if decision not in VERDICTS:
        raise InvalidParameter("decision", f"{decision!r} is no decision.", hint=f"One of: {', '.join(VERDICTS)}.")
    if decision == "different" and keep is not None:
        raise InvalidParameter("keep", "Of two articles that are no duplicates both are kept.", hint="Leave out keep.")
    if decision != "different" and keep not in (a.id, b.id):
        raise InvalidParameter("keep", f"keep must be the id of one of the two articles, not {keep!r}.")
    if len(note) > NOTE_CHARS:
        raise InvalidParameter("note", f"The note has {len(note):,} characters; {NOTE_CHARS:,} are the most.")
    if len(a.sketch) % 8 or len(b.sketch) % 8:
        raise ValueError("a sketch is a row of 8-byte numbers")


def _count_change(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE changes SET version = version + 1")


def _row(made: Decision) -> tuple[bytes | None, ...]:
    a, b = made.a, made.b
    head = (_pack(made.id), _pack(a.id), _pack(a.content_hash), a.sketch, _pack(b.id), _pack(b.content_hash), b.sketch)
    keep = None if made.keep is None else _pack(made.keep)
    return (*head, _pack(made.decision), keep, _pack(made.note), _pack(made.by), _pack(made.at))


def _pack(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
