"""What editors decided is kept: through restarts, crowds, kills and forks; and what cannot be used is named."""

import multiprocessing
import os
import resource
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.editorial import Decision, Hidden
from searchsvc.errors import DecisionNotFound, InvalidParameter, StateUnusable
from searchsvc.state import connection, database
from searchsvc.state.database import FILE
from searchsvc.state.matching import Found
from searchsvc.state.store import StateStore
from support_state import HERE, check_killed_deciders, check_writers_at_once, mark

A, B, C = mark("a", sketch=bytes(8)), mark("b", sketch=bytes(range(16))), mark("c")

#: Lone surrogates too.
ANY = st.characters() | st.characters(categories=["Cs"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def store(folder: Path) -> Iterator[StateStore]:
    made = StateStore(folder)
    yield made
    made.close()


def same(store: StateStore, note: str = "", keep: str = "a") -> Decision:
    return store.decide(A, B, "same", keep=keep, note=note, by="编辑")


def python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(HERE), *sys.path])}
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_a_state_without_a_file_reads_as_empty_and_makes_none(store: StateStore, folder: Path) -> None:
    assert (store.version(), store.decisions(), store.history(), store.hidden()) == (0, (), (), ())
    assert store.unhide("a") is False
    with pytest.raises(DecisionNotFound):
        store.undo("1-abcdef", "编辑")
    assert not folder.exists()


def test_folder_and_file_are_the_owners_alone(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        store = StateStore(tmp_path / "var" / "state")
        same(store)
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "var").rglob("*")}
        store.close()
    finally:
        os.umask(old)
    assert modes == {"state": 0o700, FILE: 0o600, f"{FILE}-wal": 0o600, f"{FILE}-shm": 0o600}


def test_a_folder_that_is_there_keeps_its_permissions(store: StateStore, folder: Path) -> None:
    folder.mkdir(mode=0o750)
    same(store)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o750


def test_a_decision_comes_back_whole_after_a_restart(store: StateStore, folder: Path) -> None:
    made = store.decide(B, A, "merged", keep="b", note="合并了\n两篇", by="编辑")
    assert (made.a, made.b, made.decision, made.keep) == (A, B, "merged", "b")
    assert (made.note, made.by, made.undone_by, made.undone_at) == ("合并了\n两篇", "编辑", None, None)
    assert abs(time.time() - time.mktime(time.strptime(made.at, "%Y-%m-%dT%H:%M:%SZ")) + time.timezone) < 60
    store.close()
    again = StateStore(folder)
    assert again.decisions() == again.history() == (made,)
    again.close()


def test_a_store_closed_and_used_again_opens_its_file_anew(store: StateStore) -> None:
    made = same(store)
    store.close()
    store.close()
    assert store.decisions() == (made,)


def test_ids_of_decisions_are_short_and_safe_in_an_address(store: StateStore) -> None:
    ids = [same(store).id for _ in range(20)]
    assert len(set(ids)) == 20
    assert all(len(one) <= 12 and set(one) <= set("0123456789abcdef-") and one[0].isdigit() for one in ids)


def test_the_newest_decision_of_a_pair_is_in_force_and_the_others_are_history(store: StateStore) -> None:
    first = same(store)
    other = store.decide(A, C, "different", keep=None, note="", by="x")
    second = store.decide(B, A, "different", keep=None, note="", by="x")
    assert store.decisions() == (second, other)
    assert store.history() == (second, other, first)


def test_a_decision_undone_stays_in_history_and_the_one_before_holds_again(store: StateStore) -> None:
    first, second = same(store, "one"), same(store, "two")
    undone = store.undo(second.id, "主编")
    assert (undone.id, undone.note, undone.undone_by) == (second.id, "two", "主编")
    assert undone.undone_at is not None
    assert undone.undone_at >= second.at
    assert store.decisions() == (first,)
    assert store.history() == (undone, first)
    store.undo(first.id, "主编")
    assert store.decisions() == ()
    assert [one.undone_by for one in store.history()] == ["主编", "主编"]


def test_only_what_is_in_force_can_be_undone(store: StateStore) -> None:
    first, second = same(store), same(store)
    version = store.version()
    for unknown in ("", "9-abcdef", "\ud800", first.id, "1' OR 1=1"):
        with pytest.raises(DecisionNotFound) as caught:
            store.undo(unknown, "x")
        assert caught.value.code == "decision_not_found"
    store.undo(second.id, "x")
    with pytest.raises(DecisionNotFound):
        store.undo(second.id, "x")
    assert store.version() == version + 1


def test_hiding_is_done_once_and_keeps_who_did_it_first(store: StateStore) -> None:
    first = store.hide("b", "一")
    version = store.version()
    assert store.hide("b", "二") == first
    assert store.version() == version
    store.hide("a", "二")
    assert [(one.id, one.by) for one in store.hidden()] == [("a", "二"), ("b", "一")]
    assert store.unhide("b") is True
    assert store.unhide("b") is False
    assert [one.id for one in store.hidden()] == ["a"]
    assert store.version() == version + 2


def test_hidden_articles_are_in_order_of_id_as_python_orders_them(store: StateStore) -> None:
    ids = ["b", "B", "", "文", "é", "\ud800", "\uffff", "\U0001f600", "a\0b", "a", "%", "'"]
    for one in ids:
        store.hide(one, "x")
    assert [one.id for one in store.hidden()] == sorted(ids)


@given(st.text(ANY, max_size=20), st.text(ANY, max_size=20), st.text(ANY, max_size=30))
def test_any_unicode_comes_back_as_it_was(one: str, other: str, note: str) -> None:
    a, b = mark(one), mark(other + one + "x")
    with tempfile.TemporaryDirectory() as place:
        store = StateStore(Path(place) / other.encode("ascii", "ignore").hex())
        made = store.decide(a, b, "same", keep=b.id, note=note, by=other)
        assert {made.a, made.b} == {a, b}
        assert made.a.id < made.b.id
        assert store.decisions() == (made,)
        assert store.undo(made.id, one).undone_by == one
        assert store.hidden() == ()
        assert store.hide(one, other) == Hidden(one, other, store.hidden()[0].at)
        store.close()


@pytest.mark.parametrize(
    ("parameter", "change"),
    [
        ("b", {"b": A}),
        ("decision", {"decision": "maybe"}),
        ("keep", {"keep": None}),
        ("keep", {"keep": "c"}),
        ("keep", {"decision": "merged", "keep": None}),
        ("keep", {"decision": "different", "keep": "a"}),
        ("note", {"note": "长" * 1_001}),
    ],
)
def test_a_decision_that_makes_no_sense_is_refused_and_not_kept(
    store: StateStore, folder: Path, parameter: str, change: dict[str, Any]
) -> None:
    given: dict[str, Any] = {"a": A, "b": B, "decision": "same", "keep": "a", "note": "", "by": "x"} | change
    with pytest.raises(InvalidParameter) as caught:
        store.decide(given.pop("a"), given.pop("b"), given.pop("decision"), **given)
    assert caught.value.parameter == parameter
    assert not folder.exists()


def test_a_note_of_a_thousand_characters_is_kept(store: StateStore) -> None:
    assert same(store, "长" * 1_000).note == store.decisions()[0].note == "长" * 1_000


def test_a_sketch_cut_short_is_refused(store: StateStore) -> None:
    with pytest.raises(ValueError, match="8-byte"):
        store.decide(mark("a", sketch=b"1234567"), B, "different", keep=None, note="", by="x")


def test_decisions_of_one_second_are_in_the_order_they_were_made(store: StateStore) -> None:
    made = [store.decide(mark(f"{9 - n}"), mark("z"), "different", keep=None, note="", by="x") for n in range(9)]
    assert len({one.at for one in made}) < 9
    assert store.decisions() == tuple(reversed(made))


def test_the_version_rises_with_each_change_and_only_then(store: StateStore) -> None:
    versions = [store.version()]
    made = same(store)
    versions.append(store.version())
    store.hide("a", "x")
    versions.append(store.version())
    store.unhide("a")
    versions.append(store.version())
    store.undo(made.id, "x")
    versions.append(store.version())
    assert versions == sorted(set(versions))
    store.decisions()
    store.close()
    assert store.version() == versions[-1]


def test_the_version_is_cheap(store: StateStore) -> None:
    same(store)
    fastest = min(_seconds_of_a_hundred_versions(store) for _ in range(20)) / 100
    # Measured at 9 microseconds.
    assert fastest < 100e-6


def _seconds_of_a_hundred_versions(store: StateStore) -> float:
    started = time.perf_counter()
    for _ in range(100):
        store.version()
    return time.perf_counter() - started


def test_a_change_of_another_process_is_seen_at_once(store: StateStore, folder: Path) -> None:
    code = """
import sys
from pathlib import Path
from searchsvc.state.store import StateStore
StateStore(Path(sys.argv[1])).hide(sys.argv[2], "other")
"""
    assert store.version() == 0
    for article in ("a", "b"):
        before = store.version()
        assert python(code, str(folder), article).returncode == 0
        assert store.version() > before
        assert article in [one.id for one in store.hidden()]


def test_a_reader_does_not_wait_for_a_writer(store: StateStore, folder: Path) -> None:
    same(store)
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting = threading.Thread(target=store.hide, args=("a", "x"))
        waiting.start()
        started = time.monotonic()
        for _ in range(20):
            assert (store.version(), len(store.decisions()), store.hidden()) == (1, 1, ())
        assert time.monotonic() - started < 2
        other.execute("ROLLBACK")
        waiting.join()
    assert [one.id for one in store.hidden()] == ["a"]


def test_a_writer_that_never_ends_is_named_after_some_seconds(
    store: StateStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.2)
    same(store)
    store.close()
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StateUnusable, match="another process"):
            store.hide("a", "x")
        other.execute("ROLLBACK")
    assert store.hide("a", "x").id == "a"


def test_what_fails_within_a_write_leaves_nothing_of_it(store: StateStore, folder: Path) -> None:
    same(store)
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as other:
        other.execute("CREATE TRIGGER no BEFORE UPDATE ON changes BEGIN SELECT raise(ABORT, 'no'); END")
    with pytest.raises(StateUnusable):
        same(store)
    assert (len(store.history()), store.version()) == (1, 1)
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as other:
        other.execute("DROP TRIGGER no")
    same(store)
    assert (len(store.history()), store.version()) == (2, 2)


@pytest.mark.parametrize(
    "content",
    [b"", b"notes of mine" * 1_000, b"SQLite format 3\0" + b"\xff" * 5_000],
    ids=["empty", "another kind", "damaged"],
)
def test_a_file_that_is_none_of_ours_is_named_and_left_alone(store: StateStore, folder: Path, content: bytes) -> None:
    folder.mkdir()
    (folder / FILE).write_bytes(content)
    for use in (store.version, store.decisions, store.hidden, lambda: store.hide("a", "x"), lambda: same(store)):
        with pytest.raises(StateUnusable) as caught:
            use()
        assert str(folder / FILE) in caught.value.message
        assert caught.value.hint
        assert (caught.value.code, caught.value.exit_code) == ("state_unusable", 3)
    assert (folder / FILE).read_bytes() == content


def test_a_database_of_another_program_is_left_alone(store: StateStore, folder: Path) -> None:
    folder.mkdir()
    with closing(sqlite3.connect(folder / FILE)) as other:
        other.execute("CREATE TABLE decisions (number)")
    content = (folder / FILE).read_bytes()
    with pytest.raises(StateUnusable, match="another program"):
        same(store)
    assert (folder / FILE).read_bytes() == content


def test_a_file_cut_short_is_named_as_damaged(store: StateStore, folder: Path) -> None:
    for number in range(50):
        store.decide(mark(f"{number}", sketch=bytes(800)), B, "different", keep=None, note="", by="x")
    store.close()
    content = (folder / FILE).read_bytes()
    (folder / FILE).write_bytes(content[: len(content) // 2])
    with pytest.raises(StateUnusable, match="damaged"):
        store.decisions()


@pytest.mark.parametrize("change", ["decision = x'78'", "note = x'ff'", "a_hash = 7"])
def test_a_row_that_says_nothing_sensible_is_named_as_damaged(store: StateStore, folder: Path, change: str) -> None:
    same(store)
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as other:
        other.execute(f"UPDATE decisions SET {change}")
    with pytest.raises(StateUnusable, match="damaged"):
        store.history()


def test_a_file_of_a_newer_version_is_named_and_left_alone(store: StateStore, folder: Path) -> None:
    same(store)
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as newer:
        newer.execute("PRAGMA user_version = 3")
    with pytest.raises(StateUnusable, match="schema 3; this one knows 2"):
        same(store)
    store.close()
    for use in (store.version, store.history, lambda: store.unhide("a")):
        with pytest.raises(StateUnusable, match="schema 3"):
            use()


def test_a_file_deleted_while_it_is_open_reads_as_empty_and_is_made_anew(store: StateStore, folder: Path) -> None:
    same(store)
    # What it left beside it belonged to the old file and must not be read into the new one.
    (folder / FILE).unlink()
    assert (store.version(), store.history()) == (0, ())
    made = same(store)
    assert store.history() == (made,)
    with closing(sqlite3.connect(folder / FILE)) as other:
        assert other.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_backup_put_in_place_of_an_open_file_is_read(store: StateStore, folder: Path) -> None:
    made = same(store)
    store.close()
    backup = (folder / FILE).read_bytes()
    same(store, "later")
    other = StateStore(folder)
    assert len(other.history()) == 2
    store.close()
    other.close()
    assert len(other.history()) == 2
    (folder / "restored").write_bytes(backup)
    for ending in ("-wal", "-shm"):
        (folder / f"{FILE}{ending}").unlink(missing_ok=True)
    (folder / "restored").rename(folder / FILE)
    assert other.history() == store.history() == (made,)
    other.close()


def test_a_killed_creation_is_done_again(store: StateStore, folder: Path) -> None:
    folder.mkdir()
    (folder / f"{FILE}.new").write_bytes(b"half")
    (folder / f"{FILE}.new-journal").write_bytes(b"half")
    assert store.history() == ()
    made = same(store)
    assert store.history() == (made,)
    assert sorted(path.name for path in folder.glob("*.new*")) == []


REFUSED = """
import os, sys
from pathlib import Path
from searchsvc.editorial import TextMark
from searchsvc.errors import StateUnusable
from searchsvc.state.store import StateStore
store = StateStore(Path(sys.argv[1]))
if os.getuid() == 0:
    os.setuid(65534)  # root may write anywhere
try:
    store.hide("b", "x")
except StateUnusable as error:
    print(error)
"""


@pytest.mark.parametrize("there", [False, True], ids=["no file yet", "file of another user"])
def test_a_folder_that_may_not_be_written_is_named(there: bool) -> None:
    # Not below tmp_path, which other users may not even see.
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "state"
        folder.mkdir()
        if there:
            store = StateStore(folder)
            store.hide("a", "x")
            store.close()
            (folder / FILE).chmod(0o444)
        for one in (folder, folder.parent):
            one.chmod(0o555)
        done = python(REFUSED, str(folder))
        for one in (folder, folder.parent):
            one.chmod(0o755)
    assert done.returncode == 0, done.stderr
    assert str(folder / FILE) in done.stdout
    assert "needs read and write access" in done.stdout


def test_a_file_in_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "state").write_bytes(b"")
    store = StateStore(tmp_path / "state")
    for use in (store.version, lambda: store.hide("a", "x")):
        with pytest.raises(StateUnusable, match="Not a directory"):
            use()


def test_a_disk_without_room_is_named_and_loses_nothing(store: StateStore, folder: Path) -> None:
    made = same(store)
    with closing(sqlite3.connect(folder / FILE)) as other:
        size = other.execute("PRAGMA page_count").fetchone()[0]
    with store._writing.use() as writing:
        assert writing is not None
        writing.execute(f"PRAGMA max_page_count = {size}")
    big = mark("c", sketch=bytes(80_000))
    with pytest.raises(StateUnusable, match="disk is full"):
        store.decide(A, big, "different", keep=None, note="", by="x")
    assert store.history() == (made,)
    store.decide(A, big, "different", keep=None, note="", by="x")
    assert len(store.history()) == 2


def test_what_the_system_refuses_to_write_is_named_and_loses_nothing(store: StateStore, folder: Path) -> None:
    made = same(store)
    limit = max(path.stat().st_size for path in folder.iterdir())
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        with pytest.raises(StateUnusable) as caught:
            store.decide(A, mark("c", sketch=bytes(800_000)), "different", keep=None, note="", by="x")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "room" in caught.value.hint
    assert store.history() == (made,)
    assert same(store).keep == "a"


def test_a_mistake_of_ours_is_not_taken_for_damage(store: StateStore) -> None:
    same(store)
    with pytest.raises(sqlite3.ProgrammingError):
        store._read("SELECT ?")


def _decide_in_child(store: StateStore, name: str) -> None:
    for number in range(20):
        store.decide(mark(f"{name}-{number}"), B, "different", keep=None, note="", by=name)
    assert store.version() >= 20


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_forked_processes_and_their_parent_write_with_one_store(store: StateStore) -> None:
    same(store)
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            store.hide(f"{number}", "thread")
            store.version()
            number += 1

    thread = threading.Thread(target=write)
    thread.start()
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=_decide_in_child, args=(store, f"child{n}")) for n in range(6)]
    for child in children:
        child.start()
    _decide_in_child(store, "parent")
    for child in children:
        child.join(60)
    stop.set()
    thread.join()
    assert [child.exitcode for child in children] == [0] * 6
    assert len(store.decisions()) == 1 + 7 * 20
    assert len(store.hidden()) > 0


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_fork_carries_no_open_connection(store: StateStore) -> None:
    same(store)
    store.version()
    child = os.fork()
    if child == 0:
        closed = all(one._connection is None for one in connection._ALL)
        os._exit(0 if closed and store.version() == 1 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert store.version() == 1


def test_threads_that_write_at_once_lose_nothing(store: StateStore) -> None:
    def write(name: str) -> None:
        for number in range(25):
            made = store.decide(mark(f"{name}{number}"), B, "same", keep="b", note="", by=name)
            assert made in store.decisions()

    threads = [threading.Thread(target=write, args=(name,)) for name in "defghijk"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.decisions()) == store.version() == 200


def test_ten_processes_that_decide_at_once_lose_nothing(tmp_path: Path) -> None:
    check_writers_at_once(tmp_path, processes=10, threads=1, seconds=1.5)


def test_threads_of_three_processes_that_decide_at_once_lose_nothing(tmp_path: Path) -> None:
    check_writers_at_once(tmp_path, processes=3, threads=4, seconds=0.5)


def test_a_process_killed_while_it_decides_loses_nothing_acknowledged(tmp_path: Path) -> None:
    check_killed_deciders(tmp_path, kills=8, seed=1, longest=0.15)


def test_where_decisions_were_found_is_kept_once(store: StateStore) -> None:
    made = store.decide(mark("a"), mark("b"), "different", keep=None, note="", by="王")
    one, other = Found(made.id, "z", "h1", "b", "h2"), Found(made.id, "y", "h1", "b", "h2")
    store.remember([one])
    version = store.version()
    store.remember([one])
    assert store.version() == version
    store.remember([one, other, Found("none", "x", "h", "y", "h")])
    assert store.version() == version + 1
    assert set(store.found()) == {one, other}
    store.remember([])
    assert store.version() == version + 1


def test_a_file_of_the_first_version_is_converted_when_it_is_opened(tmp_path: Path) -> None:
    first = StateStore(tmp_path)
    made = first.decide(mark("a"), mark("b"), "different", keep=None, note="", by="王")
    first.close()
    with closing(sqlite3.connect(tmp_path / FILE)) as older:
        older.executescript("DROP TABLE found; PRAGMA user_version = 1;")
    again = StateStore(tmp_path)
    assert again.decisions() == (made,)
    assert again.found() == ()
    again.remember([Found(made.id, "z", "h1", "b", "h2")])
    assert len(again.found()) == 1
    again.close()
