"""An ingest that is killed at any moment leaves the last committed index intact."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from searchsvc import Settings, open_service

CORPUS = Path(__file__).parents[1] / "corpus"
KILLS = 20


def copy_corpus(target: Path) -> None:
    for file in CORPUS.rglob("*.htm*"):
        copy = target / file.relative_to(CORPUS)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(file.read_bytes())


def test_twenty_kills_at_random_moments_leave_a_committed_state(tmp_path: Path) -> None:
    pages, index = tmp_path / "pages", tmp_path / "index"
    copy_corpus(pages)
    settings = Settings(index=index, state=tmp_path / "state", jobs=1, batch_pages=20)
    with open_service(settings) as service:
        service.ingest([pages / "wechat"], source="wechat")
    rng = random.Random(11)
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
    for _ in range(KILLS):
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
    assert killed >= KILLS // 2
    with open_service(settings) as service:
        service.ingest([pages / "cms"], source="cms")
        assert service.stats().articles == 16 + 68
        ids = [stored.id for stored in service.snapshot().iter_articles()]
        assert len(ids) == len(set(ids)) == 16 + 68
