"""Worker processes are deaf to Ctrl-C from their first moment."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

SCRIPT = """
import pathlib
import signal
import sys
import time
from searchsvc.processes import is_usable, start_pool, submit

class Slow:
    def __setstate__(self, state):
        pathlib.Path(sys.argv[1]).touch()
        time.sleep(1.5)  # the process is signalled while it starts

    def __getstate__(self):
        return {"a": 1}

    def __call__(self, item):
        return item * 2

if __name__ == "__main__":
    # A shell ignores it for what it starts in the background.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    pool = start_pool(Slow(), 2)
    try:
        usable = is_usable(pool)
    except KeyboardInterrupt:
        usable = None
    found = submit(pool, [1, 2, 3]).result()
    pool.shutdown()
    print(usable, found, flush=True)
"""


def test_a_process_that_starts_does_not_hear_ctrl_c(tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text(SCRIPT, "utf-8")
    process = subprocess.Popen(
        [sys.executable, str(path), str(tmp_path / "starting")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    end = time.monotonic() + 30
    while not (tmp_path / "starting").exists() and time.monotonic() < end:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert out == "None [2, 4, 6]\n", err
    assert "Traceback" not in err
