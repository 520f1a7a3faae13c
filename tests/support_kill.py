"""Kills an ingest at random moments and looks at what is left."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from searchsvc import Settings, open_service

CORPUS = Path(__file__).parents[1] / "corpus"


def copy_corpus(target: Path) -> None:
    for file in CORPUS.rglob("*.htm*"):
        copy = target / file.relative_to(CORPUS)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(file.read_bytes())


def check_killed_ingests(tmp_path: Path, kills: int, seed: int) -> None:
    """Every kill leaves an index that verifies and holds a committed state; the next full run completes it."""
    pages, index = tmp_path / "pages", tmp_path / "index"
    copy_corpus(pages)
    settings = Settings(index=index, state=tmp_path / "state", jobs=1, batch_pages=20)
    with open_service(settings) as service:
        service.ingest([pages / "wechat"], source="wechat")
    rng = random.Random(seed)
    command = [
        sys.executable,
        "-m",
        "searchsvc",
        "ingest",
        str(pages / "cms"),
        "--source",
        "cms",
        "--index",
        str(index),
        "--jobs",
        "1",
    ]
    killed = 0
    for _ in range(kills):
        process = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"SEARCHSVC_BATCH_PAGES": "10", "PATH": "/usr/bin:/bin"},
        )
        time.sleep(rng.uniform(0.05, 2.5))
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        with open_service(settings) as service:
            assert service.verify() == []
            stats = service.stats()
            assert {one.source: one.articles for one in stats.sources}["wechat"] == 16
        if stats.articles == 16 + 68:
            for file in list((pages / "cms").iterdir())[:30]:
                file.write_bytes(file.read_bytes() + b"<!-- again -->")
    assert killed >= kills // 2
    with open_service(settings) as service:
        service.ingest([pages / "cms"], source="cms")
        assert service.stats().articles == 16 + 68
        ids = [stored.id for stored in service.snapshot().iter_articles()]
        assert len(ids) == len(set(ids)) == 16 + 68
