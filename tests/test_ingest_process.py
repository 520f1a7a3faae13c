"""The ingest command as a process of its own: stopped, following a folder, out of room."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import queue
import signal
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from searchsvc import Settings, open_service
from searchsvc.errors import IndexUnusable

CORPUS = Path(__file__).parents[1] / "corpus"
#: Seconds to wait for what takes a second or two on an idle machine.
PATIENCE = 60


def page(title: str, text: str = "借呗逾期之后平台会先联系借款人本人，再联系紧急联系人。") -> str:
    return f"<html><head><title>{title}</title></head><body><h1>{title}</h1><p>{text * 3}</p></body></html>"


class House:
    """A folder of pages, an index, and the command over both."""

    def __init__(self, folder: Path) -> None:
        self.pages = folder / "pages"
        self.pages.mkdir()
        self.settings = Settings(index=folder / "index", state=folder / "state")

    def fill(self, copies: int) -> None:
        """So many copies of 186 pages."""
        for copy in range(copies):
            for number, file in enumerate(sorted(CORPUS.rglob("*.htm*"))):
                (self.pages / f"{copy}-{number}.html").write_bytes(file.read_bytes())

    def command(self, *args: str) -> list[str]:
        places = ["--index", str(self.settings.index), "--state", str(self.settings.state)]
        return [sys.executable, "-m", "searchsvc", "ingest", str(self.pages), *places, "--json", *args]

    def count(self) -> int:
        try:
            with open_service(self.settings) as service:
                return service.stats().articles
        except IndexUnusable:
            return 0

    def problems(self) -> list[object]:
        with open_service(self.settings) as service:
            return list(service.verify())

    def titles(self) -> list[str]:
        with open_service(self.settings) as service:
            return sorted(stored.article.title for stored in service.snapshot().iter_articles())


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.1)


@pytest.mark.parametrize(("jobs", "sent"), [("1", signal.SIGINT), ("2", signal.SIGINT), ("2", signal.SIGHUP)])
def test_ctrl_c_and_a_hangup_finish_the_batch_and_say_what_is_left(
    house: House, jobs: str, sent: signal.Signals
) -> None:
    copies = 9  # more pages than are with the workers at a time, which are read to the end
    house.fill(copies)
    process = subprocess.Popen(
        house.command("--jobs", jobs),
        env=os.environ | {"SEARCHSVC_BATCH_PAGES": "20"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    until(lambda: house.count() > 0)
    os.killpg(process.pid, sent)  # what a terminal does: the workers get it too
    out, err = process.communicate(timeout=PATIENCE)
    report = json.loads(out)
    assert process.returncode == 130
    said = {
        signal.SIGINT: "Stopping after this batch; once more to stop at once.",
        signal.SIGHUP: "Stopping after this batch: the terminal hung up.",
    }
    assert err.strip() == said[sent]
    assert report["interrupted"]
    assert report["remaining"] > 0
    assert report["added"] + report["remaining"] == copies * 186
    assert house.count() == report["added"]
    assert house.problems() == []
    second = subprocess.run(house.command("--jobs", jobs), capture_output=True, text=True, check=True)
    assert json.loads(second.stdout)["added"] == report["remaining"]
    assert house.count() == copies * 186


def test_a_terminal_that_closes_costs_no_batch(house: House) -> None:
    """The kernel hangs up, as a shell would do once more; and what the run then writes goes to no terminal."""
    house.fill(9)
    terminal, end = pty.openpty()
    process = subprocess.Popen(
        [one for one in house.command("--jobs", "2") if one != "--json"],
        env=os.environ | {"SEARCHSVC_BATCH_PAGES": "20"},
        stdin=end, stdout=end, stderr=end,
        start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )  # fmt: skip
    os.close(end)
    until(lambda: house.count() > 0)
    os.close(terminal)
    process.send_signal(signal.SIGHUP)
    assert process.wait(PATIENCE) == 130
    assert house.problems() == []
    assert 0 < house.count() < 9 * 186


def test_what_was_told_to_outlive_its_terminal_does(house: House) -> None:
    house.fill(2)
    process = subprocess.Popen(
        ["nohup", *house.command("--jobs", "2")], env=os.environ | {"SEARCHSVC_BATCH_PAGES": "20"},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True,
    )  # fmt: skip
    until(house.settings.index.exists)
    os.killpg(process.pid, signal.SIGHUP)
    out, _ = process.communicate(timeout=PATIENCE)
    assert (process.returncode, json.loads(out)["added"]) == (0, 2 * 186)


class Watching:
    """A running `ingest --watch` and the reports it prints."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)

    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._lines.get(timeout=PATIENCE))
        return found

    def silent_for(self, seconds: float) -> bool:
        try:
            self._lines.get(timeout=seconds)
        except queue.Empty:
            return True
        return False

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


@contextmanager
def watching(house: House, *args: str, errors: Path) -> Iterator[Watching]:
    with errors.open("w") as stderr:
        process = subprocess.Popen(house.command("--watch", *args), stdout=subprocess.PIPE, stderr=stderr, text=True)
        try:
            yield Watching(process)
        finally:
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()


def test_a_watched_folder_is_followed_until_told_to_stop(house: House, tmp_path: Path) -> None:
    (house.pages / "a.html").write_text(page("花呗可以提前还款吗"), "utf-8")
    # The index inside the watched folder: its own commits must not count as changes.
    house.settings = Settings(index=house.pages / "index", state=tmp_path / "state")
    with watching(house, errors=tmp_path / "errors") as running:
        assert running.report()["added"] == 1
        new = house.pages / "sub"
        new.mkdir()
        (new / "b.html").write_text(page("借呗逾期多久上征信"), "utf-8")
        assert running.report()["added"] == 1
        (house.pages / "a.html").write_text(page("花呗提前还款有违约金吗"), "utf-8")
        report = running.report()
        assert (report["updated"], report["unchanged"]) == (1, 1)
        (new / "b.html").unlink()
        assert running.report()["removed"] == 1
        assert running.silent_for(3)
        assert house.titles() == ["花呗提前还款有违约金吗"]
        assert running.stop() == 0
    assert house.problems() == []


def test_a_page_still_being_written_is_left_alone_until_it_is_whole(house: House, tmp_path: Path) -> None:
    with watching(house, errors=tmp_path / "errors") as running:
        assert running.report()["added"] == 0
        text = page("网贷逾期后如何与平台协商", "协商时说明困难，提出可行的还款计划。")
        with (house.pages / "slow.html").open("w", encoding="utf-8") as file:
            for start in range(0, len(text), 25):
                file.write(text[start : start + 25])
                file.flush()
                time.sleep(0.3)
        assert running.report()["added"] == 1
        assert running.silent_for(2)
        assert house.titles() == ["网贷逾期后如何与平台协商"]


def test_a_run_that_cannot_be_done_is_said_once_and_tried_again(house: House, tmp_path: Path) -> None:
    for number in range(30):
        (house.pages / f"{number}.html").write_text(page(f"第{number}个问题"), "utf-8")
    aside = tmp_path / "aside"
    with watching(house, errors=tmp_path / "errors") as running:
        assert running.report()["added"] == 30
        house.pages.rename(aside)
        time.sleep(3)
        house.pages.mkdir()
        (house.pages / "0.html").write_text(page("第0个问题"), "utf-8")
        until(lambda: "29 of 30 articles" in (tmp_path / "errors").read_text())
        assert house.count() == 30
        for file in aside.iterdir():
            if file.name != "0.html":
                file.rename(house.pages / file.name)
        (house.pages / "30.html").write_text(page("第30个问题"), "utf-8")
        assert running.report()["added"] == 1
    assert house.count() == 31
    assert (tmp_path / "errors").read_text().count("29 of 30 articles") == 1


def test_standard_input_cannot_be_watched(house: House) -> None:
    command = [sys.executable, "-m", "searchsvc", "ingest", "-", "--watch", "--index", str(house.settings.index)]
    done = subprocess.run(command, input="", capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "cannot be watched" in done.stderr


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
sys.argv[1:] = sys.argv[2:]
from searchsvc.cli import main
main()
"""


def test_a_disk_without_room_is_one_sentence_and_costs_nothing_committed(house: House, tmp_path: Path) -> None:
    """No file may pass a limit: the operating system refuses to write as it does on a full disk."""
    (house.pages / "first.html").write_text(page("花呗可以提前还款吗"), "utf-8")
    subprocess.run(house.command(), check=True, capture_output=True)
    for number, file in enumerate(sorted(CORPUS.rglob("*.htm*"))[:60]):
        (house.pages / f"{number}.html").write_bytes(file.read_bytes())
    arguments = house.command()[3:]
    for limit in (10, 20_000, 120_000):
        done = subprocess.run(
            [sys.executable, "-c", LIMITED, str(limit), *arguments], capture_output=True, text=True, check=False
        )
        assert done.returncode == 3, (limit, done.stderr)
        assert "cannot be written: File too large" in done.stderr
        assert "Traceback" not in done.stderr
        assert house.titles() == ["花呗可以提前还款吗"]
        assert house.problems() == []
    done = subprocess.run(house.command(), capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["added"] == 60
    assert house.count() == 61
    assert house.problems() == []
