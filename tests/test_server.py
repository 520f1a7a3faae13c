"""The real server process over HTTP: it answers, follows new commits, and stops when told."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from searchsvc import Settings, open_service
from searchsvc.errors import IndexMissing, PortUnavailable
from searchsvc.web.server import serve

PAGE = """<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>{0}</title></head><body><article>
<h1>{0}</h1><p>{1}</p></article></body></html>"""


def write_page(folder: Path, name: str, title: str) -> None:
    folder.mkdir(exist_ok=True)
    text = "逾期以后应当先联系平台，说明自己的情况，协商还款需要准备材料，不要失联。" * 3
    (folder / name).write_text(PAGE.format(title, text), "utf-8")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(condition: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def total(port: int) -> int:
    """Articles found for 逾期, -1 while nobody answers."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/api/v1/search?q=%E9%80%BE%E6%9C%9F&collapse=false", timeout=5) as answer:
            return int(json.load(answer)["total"])
    except (URLError, ConnectionError):
        return -1


@contextmanager
def running(settings: Settings, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    flags = ["--index", str(settings.index), "--state", str(settings.state), "--port", str(port), "--workers", "2"]
    process = subprocess.Popen([sys.executable, "-m", "searchsvc", "serve", *flags], env=dict(os.environ))
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_a_server_follows_new_commits_and_stops_cleanly(tmp_path: Path) -> None:
    settings = Settings(index=tmp_path / "index", state=tmp_path / "state")
    pages, port = tmp_path / "pages", free_port()
    write_page(pages, "a.html", "借呗逾期怎么办")
    with open_service(settings) as service:
        assert service.ingest([pages]).added == 1
        with running(settings, port) as process:
            assert wait_for(lambda: total(port) == 1, 20)
            write_page(pages, "b.html", "花呗逾期怎么办")
            assert service.ingest([pages]).added == 1
            assert wait_for(lambda: all(total(port) == 2 for _ in range(6)), 3)
            process.send_signal(signal.SIGTERM)
            assert process.wait(15) == 0
        assert wait_for(lambda: total(port) == -1, 3)


def test_a_taken_port_and_a_missing_index_are_said_before_anything_starts(tmp_path: Path) -> None:
    settings = Settings(index=tmp_path / "index", state=tmp_path / "state")
    with pytest.raises(IndexMissing):
        serve(settings)
    write_page(tmp_path / "pages", "a.html", "借呗逾期怎么办")
    with open_service(settings) as service, socket.socket() as taken:
        service.ingest([tmp_path / "pages"])
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortUnavailable, match=str(port)):
            serve(Settings(index=settings.index, state=settings.state, port=port))
