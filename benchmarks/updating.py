"""One-article updates of a large index beside queries: how soon they are found, and what they cost the queries.

Usage: python benchmarks/updating.py INDEX [--updates 10] [--every 4]

INDEX is an index that `engines.py --folder` kept; a copy of it is changed. One process asks distinct questions, 200 a
second, and follows commits as a server does; every few seconds another one is the command `searchsvc ingest` with one
article on its standard input. First comes the same time without updates.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from itertools import cycle
from pathlib import Path

from engines import SEGMENTER, questions
from searchsvc import SearchService, open_service

PAUSE = 0.005


def ask(service: SearchService, queries: list[str], seconds: float, found: dict[str, float]) -> list[float]:
    """Milliseconds of each query; notes when each update's word is found for the first time."""
    spent = []
    end = time.perf_counter() + seconds
    for query in cycle(queries):
        began = time.perf_counter()
        if began > end:
            return spent
        service.search(query)
        spent.append(1000 * (time.perf_counter() - began))
        for word in [word for word, when in found.items() if not when]:
            if service.search(word, limit=1).total:
                found[word] = time.perf_counter()
        time.sleep(PAUSE)
    return spent


def update(index: Path, state: Path, number: int, word: str) -> tuple[float, float]:
    """When the command began, and when it was done."""
    record = {"id": f"new-{number % 3}", "title": f"{word} update", "body": f"{word} body"}
    command = [sys.executable, "-m", "searchsvc", "ingest", "--source", "updates", "-"]
    began = time.perf_counter()
    subprocess.run(
        [*command, "--index", str(index), "--state", str(state)], input=json.dumps(record), text=True, check=True,
        capture_output=True,
    )  # fmt: skip
    return began, time.perf_counter()


def p95(times: list[float]) -> float:
    """95th percentile."""
    return sorted(times)[int(0.95 * len(times))]


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("index", type=Path)
    parser.add_argument("--updates", type=int, default=10)
    parser.add_argument("--every", type=float, default=4.0)
    options = parser.parse_args()
    SEGMENTER.load()
    seconds = options.updates * options.every
    with tempfile.TemporaryDirectory(prefix="searchsvc-updating-") as name:
        index, state = Path(name) / "index", Path(name) / "state"
        shutil.copytree(options.index, index)
        with open_service(index=index, state=state) as service:
            service.warm()
            service.watch()
            queries = [query.raw for query in questions(service.stats().articles, 3_000, "question")]
            ask(service, queries, seconds / 2, {})
            calm = ask(service, queries, seconds, {})
            found: dict[str, float] = {}
            times: dict[str, tuple[float, float]] = {}

            def updates() -> None:
                for number in range(options.updates):
                    word = f"update{number}word"
                    found[word] = 0.0
                    times[word] = update(index, state, number, word)
                    time.sleep(max(0.0, options.every - (times[word][1] - times[word][0])))

            writer = threading.Thread(target=updates)
            writer.start()
            beside = ask(service, queries, seconds, found)
            writer.join()
            again = ask(service, queries, seconds, {})
        since_begin = sorted(when - times[word][0] for word, when in found.items() if when)
        since_end = sorted(when - times[word][1] for word, when in found.items() if when)
    print("| queries | p50 ms | p95 ms |\n|---|---|---|")
    for label, spent in (("before", calm), ("beside updates", beside), ("after", again)):
        print(f"| {label} | {sorted(spent)[len(spent) // 2]:.2f} | {p95(spent):.2f} |")
    print(f"\np95 beside updates: {p95(beside) / ((p95(calm) + p95(again)) / 2):.2f} times that before and after")
    print(f"{len(since_begin)} of {options.updates} updates found")
    print(
        f"seconds from the command's begin: median {since_begin[len(since_begin) // 2]:.2f}, most {since_begin[-1]:.2f}"
    )
    print(f"seconds from its end: median {since_end[len(since_end) // 2]:.2f}, most {since_end[-1]:.2f}")


if __name__ == "__main__":
    main()
