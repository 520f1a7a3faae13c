"""What folding near copies costs a question: searches with an overlay beside searches without, in one run.

Usage: python benchmarks/folding.py FOLDER [--queries 500] [--rounds 8]

FOLDER is an index as engines.py --folder keeps it, such as DIR/20000/searchsvc. A twentieth of the articles are in
groups of two to four: of articles drawn at random, and of articles that follow one another in the answers to the
questions (which is harder: they meet on one page). The variants take turns of 25 questions. Printed are medians and
means in milliseconds and their ratio to the search without an overlay, and how long the overlay took to lay.
"""

from __future__ import annotations

import argparse
import gc
import random
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from engines import LEXICON, SEGMENTER, TURN, questions
from searchsvc.engines import open_engine
from searchsvc.models import SearchRequest
from searchsvc.protocols import Engine, Snapshot
from searchsvc.query import parse_query

SHARE = 1 / 20


class Laid(NamedTuple):
    """An overlay as a value; see protocols.Overlay."""

    version: str
    hidden: frozenset[str]
    groups: dict[str, int]


def grouped(version: str, order: Iterator[str], wanted: int, rng: random.Random) -> Laid:
    """Groups of two to four of the ids, in their order, until so many articles are in one."""
    groups: dict[str, int] = {}
    for number in range(wanted):
        for name in [name for name, _ in zip(order, range(rng.choice([2, 2, 2, 3, 4])), strict=False)]:
            groups.setdefault(name, number)
        if len(groups) >= wanted:
            break
    return Laid(version, frozenset(), groups)


def neighbours(snapshot: Snapshot, requests: list[SearchRequest]) -> Iterator[str]:
    """Ids as they follow one another on the first pages."""
    seen: set[str] = set()
    for page in range(20):
        for request in requests:
            for hit in snapshot.search(request._replace(offset=10 * page)).hits:
                if hit.id not in seen:
                    seen.add(hit.id)
                    yield hit.id


def overlays(engine: Engine, requests: list[SearchRequest]) -> Iterator[Laid]:
    """The variants measured."""
    snapshot = engine.snapshot()
    rng = random.Random(1)
    names = sorted(name for name, _ in snapshot.contents())
    wanted = int(SHARE * len(names))
    rng.shuffle(names)
    yield Laid("none", frozenset(), {})
    yield grouped("groups at random", iter(names), wanted, rng)
    yield grouped("groups of neighbours", neighbours(snapshot, requests), wanted, rng)
    yield Laid("hidden", frozenset(names[:wanted]), {})


def main() -> None:
    """Prints one line a variant."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--queries", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=8)
    options = parser.parse_args()
    SEGMENTER.load()
    engine = open_engine(options.folder, SEGMENTER.digest)
    size = len(engine.snapshot())
    asked = [one.raw for one in questions(size, options.queries, "question")]
    requests = [SearchRequest(parse_query(raw, SEGMENTER, LEXICON)) for raw in asked]
    began = time.perf_counter()
    contents = sum(1 for _ in engine.snapshot().contents())
    print(f"contents of {contents:,} articles: {1000 * (time.perf_counter() - began):.0f} ms")
    snapshots: dict[str, Snapshot] = {}
    for overlay in list(overlays(engine, requests)):
        began = time.perf_counter()
        engine.cover(overlay)
        laid = 1000 * (time.perf_counter() - began)
        snapshots[overlay.version] = engine.snapshot()
        folded = [engine.snapshot().search(request) for request in requests]
        affected = sum(any(hit.similar for hit in one.hits) for one in folded)
        print(
            f"{overlay.version}: {len(overlay.groups):,} in groups, {len(overlay.hidden):,} hidden, "
            f"laid in {laid:.1f} ms; {sum(one.groups < one.total for one in folded)} answers fold, "
            f"{affected} on the first page"
        )
    spent: dict[str, list[float]] = {name: [] for name in snapshots}
    gc.collect()
    gc.disable()
    names = list(snapshots)
    for number in range(options.rounds):
        for turn in range(0, len(asked), TURN):
            # The first to ask finds the caches of the processor cold: each is, as often as the others.
            first = (number + turn // TURN) % len(names)
            for name in names[first:] + names[:first]:
                for raw in asked[turn : turn + TURN]:
                    began = time.perf_counter()
                    snapshots[name].search(SearchRequest(parse_query(raw, SEGMENTER, LEXICON)))
                    spent[name].append(1000 * (time.perf_counter() - began))
    # Of each question the median of its rounds: what a busy machine adds to one is no matter of the question.
    times = {
        name: [statistics.median(one[place :: len(asked)]) for place in range(len(asked))]
        for name, one in spent.items()
    }
    for name, one in times.items():
        median, mean = statistics.median(one), statistics.mean(one)
        base = times["none"]
        print(
            f"{name:22} p50 {median:.4f} ms ({median / statistics.median(base):.3f}), "
            f"mean {mean:.4f} ms ({mean / statistics.mean(base):.3f})"
        )


if __name__ == "__main__":
    main()
