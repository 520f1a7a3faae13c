"""A real headless Chromium, and a real server for it to visit."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

#: Without these, Chromium as root does not start, or keeps looking for hosts of its own.
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MAC = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


def chromium() -> str:
    """Path of the browser: $CHROMIUM, else an installed one. RuntimeError when there is none."""
    candidates = [
        os.environ.get("CHROMIUM"),
        *map(shutil.which, _NAMES),
        *(path for path in _MAC if Path(path).exists()),
    ]
    found = next((one for one in candidates if one), None)
    if found is None:
        raise RuntimeError("No Chromium found; run tools/system.sh")
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_server(index: Path, state: Path, *more: str, stderr: IO[bytes] | None = None) -> Iterator[str]:
    """Base URL of `searchsvc serve` over the index, until the block is left."""
    port = free_port()
    command = [sys.executable, "-m", "searchsvc", "serve", "--port", str(port), "--workers", "1", *more]
    process = subprocess.Popen([*command, "--index", str(index), "--state", str(state)], stderr=stderr)
    try:
        base = f"http://127.0.0.1:{port}"
        _wait_until_ready(base, process)
        yield base
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_until_ready(base: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            with urllib.request.urlopen(f"{base}/readyz", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server did not become ready")
