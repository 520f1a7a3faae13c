"""Writers of the editors' state that run at once or are killed, and what must be found afterwards."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from searchsvc.editorial import TextMark
from searchsvc.state.store import StateStore

HERE = Path(__file__).parent

#: Decides until its time is up, in some threads, and says the id and pair of each decision once it is acknowledged.
WRITER = """
import sys, threading, time
from pathlib import Path
from support_state import mark
from searchsvc.state.store import StateStore

folder, name, threads, seconds = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
store = StateStore(folder)
end = time.monotonic() + seconds

def run(thread):
    number, version = 0, 0
    while number == 0 or time.monotonic() < end:
        a, b = mark(f"{name}-{thread}-{number}"), mark("shared")
        made = store.decide(a, b, "same", keep=b.id, note="", by=name)
        newer = store.version()
        assert newer > version, (newer, version)
        number, version = number + 1, newer
        # One write: lines of two threads do not mix.
        sys.stdout.write(f"{made.id} {a.id}\\n")
        sys.stdout.flush()

running = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
for one in running:
    one.start()
for one in running:
    one.join()
"""


def mark(article_id: str, content_hash: str | None = None, sketch: bytes = b"") -> TextMark:
    """A text: its hash is made from the id unless given."""
    return TextMark(article_id, f"hash of {article_id}" if content_hash is None else content_hash, sketch)


def start_writer(folder: Path, name: str, *, threads: int = 1, seconds: float, output: Path) -> subprocess.Popen[bytes]:
    """A process that decides for some seconds; what was acknowledged stands in `output`."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(HERE), *sys.path])}
    command = [sys.executable, "-c", WRITER, str(folder), name, str(threads), str(seconds)]
    with output.open("wb") as lines:
        return subprocess.Popen(command, stdout=lines, env=environment)


def acknowledged(outputs: list[Path]) -> dict[str, str]:
    """Decision id -> id of the article decided about, for every whole line."""
    whole = [line.split() for one in outputs for line in one.read_text("utf-8").splitlines(True) if line.endswith("\n")]
    return dict(whole)


def check_writers_at_once(folder: Path, *, processes: int, threads: int, seconds: float) -> None:
    """Processes that decide at the same time, from the making of the file on: each decision is found, and once."""
    outputs = [folder / f"{number}.txt" for number in range(processes)]
    running = [
        start_writer(folder / "state", str(number), threads=threads, seconds=seconds, output=output)
        for number, output in enumerate(outputs)
    ]
    assert [process.wait(seconds + 120) for process in running] == [0] * processes
    store = StateStore(folder / "state")
    history = store.history()
    assert {one.id: one.b.id if one.a.id == "shared" else one.a.id for one in history} == acknowledged(outputs)
    assert len(history) == len({one.id for one in history}) == store.version() >= processes * threads
    assert store.decisions() == history
    store.close()


def check_killed_deciders(folder: Path, *, kills: int, seed: int, longest: float) -> None:
    """A process killed while it decides: all that was acknowledged is there, and nothing is half there."""
    rng = random.Random(seed)
    outputs: list[Path] = []
    store = StateStore(folder / "state")
    for number in range(kills):
        outputs.append(folder / f"{number}.txt")
        process = start_writer(folder / "state", str(number), threads=2, seconds=600, output=outputs[-1])
        # Some are killed while they make the file; most once they write.
        end = time.monotonic() + 30
        while number and outputs[-1].stat().st_size == 0 and time.monotonic() < end:
            time.sleep(0.005)
        time.sleep(rng.uniform(0.0, longest))
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        history = store.history()
        told = acknowledged(outputs)
        assert told.keys() <= {one.id for one in history}
        # At most what each of the two threads had written and not yet said, in each kill.
        assert len(history) <= len(told) + 2 * len(outputs)
        assert store.version() == len(history)
    assert len(acknowledged(outputs)) >= kills // 2
    store.close()
