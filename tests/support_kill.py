"""Kills an ingest, or a writer, at random moments and looks at what is left."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from searchsvc import Settings, open_service
from searchsvc.engines import open_engine
from support_articles import DIGEST

HERE = Path(__file__).parent
CORPUS = Path(__file__).parents[1] / "corpus"
FIRST = 16


def copy_of(name: str) -> Callable[[Path], None]:
    """Writes the pages of one folder of the corpus into a folder."""

    def write(target: Path) -> None:
        target.mkdir(parents=True)
        for file in (CORPUS / name).iterdir():
            (target / file.name).write_bytes(file.read_bytes())

    return write


def check_killed_ingests(
    tmp_path: Path, kills: int, seed: int, write: Callable[[Path], None], *, batch: int, longest: float
) -> None:
    """Every kill leaves an index that verifies and holds a committed state; the next full run completes it.

    `write` makes the pages that the killed runs read; runs are killed within `longest` seconds.
    """
    pages, index = tmp_path / "pages", tmp_path / "index"
    copy_of("wechat")(pages / "wechat")
    write(pages / "many")
    files = sorted(path for path in (pages / "many").rglob("*") if path.suffix in {".html", ".htm", ".shtml"})
    settings = Settings(index=index, state=tmp_path / "state", jobs=1, batch_pages=20)
    with open_service(settings) as service:
        service.ingest([pages / "wechat"], source="wechat")
    rng = random.Random(seed)
    command = [sys.executable, "-m", "searchsvc", "ingest", str(pages / "many"), "--source", "many"]
    command += ["--index", str(index), "--jobs", "1"]
    killed = 0
    for _ in range(kills):
        process = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"SEARCHSVC_BATCH_PAGES": str(batch), "PATH": "/usr/bin:/bin", "HOME": os.environ.get("HOME", "/")},
        )
        time.sleep(rng.uniform(0.05, longest))
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        with open_service(settings) as service:
            assert service.verify() == []
            stats = service.stats()
            assert {one.source: one.articles for one in stats.sources}["wechat"] == FIRST
        if stats.articles == FIRST + len(files):
            for file in rng.sample(files, len(files) // 2):
                file.write_bytes(file.read_bytes() + b"<!-- again -->")
    assert killed >= kills // 2
    with open_service(settings) as service:
        service.ingest([pages / "many"], source="many")
        assert service.stats().articles == FIRST + len(files)
        snapshot = service.snapshot()
        stored = list(snapshot.iter_articles())
        assert len({one.id for one in stored}) == len(stored) == FIRST + len(files)
        # Each is found, and once: by its own title, among those that have it.
        for one in rng.sample(stored, min(200, len(stored))):
            hits = service.search(f'"{one.article.title[:60]}"', limit=100).hits
            assert [hit.id for hit in hits].count(one.id) == 1


WRITER = """
import sys
from pathlib import Path
from support_articles import DIGEST, article
from searchsvc.engines import open_engine
with open_engine(Path(sys.argv[1]), DIGEST).writer(create=True) as writer:
    print("ready", flush=True)
    for batch in range(10_000):
        for number in range(5):
            writer.put(article(f"{number}", f"b{batch}", "借呗" * 20))
            writer.put(article(f"{batch}-{number}", f"b{batch}", "借呗" * 20))
        writer.remove(f"{batch - 9}-0")
        writer.commit()
"""


def check_killed_writers(folder: Path, kills: int, seed: int) -> None:
    """A writer that commits and merges without end, killed: always one commit, whole."""
    rng = random.Random(seed)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(HERE), *sys.path])}
    for number in range(kills):
        command = [sys.executable, "-c", WRITER, str(folder / str(number // 50))]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            time.sleep(rng.uniform(0.0, 0.5))
            process.kill()
        engine = open_engine(folder / str(number // 50), DIGEST)
        assert engine.verify() == []
        stored = list(engine.snapshot().iter_articles())
        # One commit carries the five fixed articles, all of its batch: they agree on what it was.
        assert len({one.article.title for one in stored if "-" not in one.id}) <= 1
