"""Duplicates at scale: see duplicates.py, which calls this. Each measurement is a process of its own."""

from __future__ import annotations

import json
import random
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from altered import PLANTED, STEPS, others
from generate import articles
from searchsvc import Settings, open_service
from searchsvc.duplicates.model import load_model
from searchsvc.duplicates.store import FILE, DuplicateStore
from searchsvc.duplicates.update import Updater
from searchsvc.ingest.pipeline import ingest
from searchsvc.text.subjects import load_subjects

#: One article in so many is published again.
SHARE = 20
SAMPLE = 50


def records(count: int) -> Iterator[tuple[dict[str, Any], str | None]]:
    """(article as a JSON line, id of the one it was made from): generated ones, and 1 in SHARE made from another."""
    rng, other = random.Random(5), others(1_000)
    originals = count - count // SHARE
    for one in articles(originals):
        record = {"id": one.path, "title": one.title, "date": one.date, "category": one.category}
        yield record | {"headings": one.headings, "body": one.body}, None
        # Evenly spread: after so many originals there is a copy of one of them, of each kind in turn.
        if one.number % (SHARE - 1) == SHARE - 2:
            number = one.number // (SHARE - 1)
            kind = PLANTED[number % len(PLANTED)]
            again = {"id": f"again/{number:06d}.html", "date": "2026-05-05", "category": one.category}
            again |= {"title": f"关于{one.title}的说明", "headings": [], "body": STEPS[kind](one.body, rng, other)}
            yield again, one.path


def write_index(folder: Path, count: int) -> Path:
    """The index in a folder, written by the service's own ingest if it is not there yet; no duplicates known."""
    done = folder / "planted.json"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        planted = {}
        with (folder / "articles.jsonl").open("w", encoding="utf-8") as lines:
            for record, original in records(count):
                lines.write(json.dumps(record, ensure_ascii=False) + "\n")
                if original is not None:
                    planted[record["id"]] = original
        write_lines(folder, folder / "articles.jsonl")
        done.write_text(json.dumps(planted), "utf-8")
    return folder


def write_lines(folder: Path, lines: Path, source: str = "") -> None:
    """Brings the articles into the index, and no more than that: what is known of duplicates stays as it was."""
    settings = Settings(index=folder / "index", state=folder / "state", jobs=2)
    with open_service(settings) as service:
        ingest([lines], engine=service.engine, segmenter=service.segmenter, settings=settings, source=source)


def update(folder: Path) -> dict[str, float]:
    """One update, in this process: seconds, and megabytes at the peak and before."""
    subjects = load_subjects()
    model = load_model(subjects)
    with open_service(index=folder / "index", state=folder / "state") as service:
        snapshot = service.engine.snapshot()
        before = _resident()
        began = time.perf_counter()
        report = Updater(DuplicateStore(folder / "index"), subjects, model, jobs=2).run(snapshot)
        seconds = time.perf_counter() - began
    return {"seconds": seconds, "changed": report.changed, "pairs": report.pairs, "before": before, "peak": _resident()}


def _resident() -> int:
    """Megabytes this process and its largest child had at most."""
    own, below = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return (own + below) // 1024


def checks(folder: Path) -> dict[str, float]:
    """Milliseconds of a check, the median of distinct ones: of a title, and of a draft."""
    asked = [one for one in articles(20_000, seed=8) if one.number % 400 == 0][:SAMPLE]
    found = {}
    with open_service(index=folder / "index", state=folder / "state") as service:
        service.editors.check(asked[0].title, asked[0].body)
        for name in ("title", "draft"):
            times = []
            for one in asked:
                began = time.perf_counter()
                service.editors.check(one.title, one.body if name == "draft" else "")
                times.append((time.perf_counter() - began) * 1000)
            found[name] = statistics.median(times)
        began = time.perf_counter()
        service.editors.duplicates()
        found["list"] = (time.perf_counter() - began) * 1000
    return found


def judged(folder: Path) -> dict[str, int]:
    """What was found of what was planted, and what was found besides."""
    planted = json.loads((folder / "planted.json").read_text("utf-8"))
    wanted = {tuple(sorted(pair)) for pair in planted.items()}
    store = DuplicateStore(folder / "index")
    pairs = store.pairs()
    rows = store.rows({number for pair in pairs for number in (pair.a, pair.b)})
    near = {(rows[one.a].id, rows[one.b].id) for one in pairs if one.kind != "same-topic"}
    topics = {(rows[one.a].id, rows[one.b].id) for one in pairs if one.kind == "same-topic"}
    return {
        "planted": len(wanted),
        "found": len(near & wanted),
        "near, not planted": len(near - wanted),
        "same topic": len(topics),
        "same topic, planted in neither": len({one for one in topics if not set(one) & set(planted)}),
    }


def in_child(what: str, folder: Path) -> dict[str, Any]:
    """What a function of this module gives, called in a new process."""
    command = [sys.executable, __file__, what, str(folder)]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    return found


def scale(place: Path, sizes: list[int]) -> None:
    """Prints the tables of all sizes."""
    print("| articles | planted | found | near copies besides | same topic | seconds | peak MB | index open MB |")
    print("|---|---|---|---|---|---|---|---|")
    spent = []
    for size in sizes:
        folder = write_index(place / str(size), size)
        (folder / "index" / FILE).unlink(missing_ok=True)
        done, seen = in_child("update", folder), judged(folder)
        spent.append(done["seconds"])
        print(
            f"| {size:,} | {seen['planted']:,} | {seen['found']:,} | {seen['near, not planted']} | "
            f"{seen['same topic']:,} | {done['seconds']:.1f} | {done['peak']:,.0f} | {done['before']:,.0f} |",
            flush=True,
        )
    if len(sizes) > 1:
        print(f"\n{sizes[-1] / sizes[0]:.0f} times the articles take {spent[-1] / spent[0]:.1f} times as long")
    one = folder / "one.jsonl"
    again = next(record for record, original in records(sizes[-1]) if original is None)
    planted = json.loads((folder / "planted.json").read_text("utf-8"))
    (folder / "planted.json").write_text(json.dumps(planted | {"one/new.html": again["id"]}), "utf-8")
    # Each time this is run it is another text.
    again |= {"id": "new.html", "body": f"{again['body']}\n本文更新于{time.time_ns()}。"}
    one.write_text(json.dumps(again, ensure_ascii=False) + "\n", "utf-8")
    write_lines(folder, one, source="one")
    done = in_child("update", folder)
    print(f"\none article more: {done['seconds']:.2f} s, {done['changed']} read, {done['peak']:,.0f} MB at most")
    found = in_child("checks", folder)
    names = {"title": "check of a title", "draft": "of a draft", "list": "first list"}
    print(", ".join(f"{name} {found[key]:.0f} ms" for key, name in names.items()))


if __name__ == "__main__":
    print(json.dumps({"update": update, "checks": checks}[sys.argv[1]](Path(sys.argv[2]))))
