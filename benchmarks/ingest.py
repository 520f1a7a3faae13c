"""Speed and memory of an ingest of generated pages: one worker, two workers, and again with nothing changed.

Usage: python benchmarks/ingest.py [--pages N] [--jobs 1 2] [--size BYTES] [--folder DIR]
Each run is the command itself, in a new process, over the same files. Memory is the proportional set size (PSS) of the
process and its workers, read every half second; "first" and "last" are the peaks of the first and the last quarter.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from generate import write_pages


def tree(pid: int) -> list[int]:
    """A process and those below it."""
    found = [pid]
    for parent in found:
        try:
            for thread in Path(f"/proc/{parent}/task").iterdir():
                found += map(int, (thread / "children").read_text().split())
        except OSError:
            continue
    return found


def pss(pid: int) -> int:
    """Megabytes of a process tree."""
    total = 0
    for one in tree(pid):
        try:
            for line in Path(f"/proc/{one}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        except OSError:
            continue
    return total // 1024


def run(folder: Path, index: Path, jobs: int) -> dict[str, float]:
    """One ingest: seconds, pages, and memory over its course."""
    command = [sys.executable, "-m", "searchsvc", "ingest", str(folder), "--json", "--jobs", str(jobs)]
    command += ["--index", str(index), "--state", str(index) + "-state"]
    began = time.perf_counter()
    samples: list[int] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ) as process:
        while process.poll() is None:
            samples.append(pss(process.pid))
            time.sleep(0.5)
        assert process.stdout is not None
        report = json.loads(process.stdout.read())
    seconds = time.perf_counter() - began
    quarter = max(1, len(samples) // 4)
    return {
        "seconds": seconds,
        "pages": report["added"] + report["unchanged"],
        "peak": max(samples),
        "first": max(samples[:quarter]),
        "last": max(samples[-quarter:]),
    }


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=4_000)
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--size", type=int, default=0, help="bytes of script added to each page")
    parser.add_argument("--folder", type=Path, help="where to put pages and indexes; kept")
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="searchsvc-ingest-"))
    try:
        pages = folder / f"pages-{options.pages}-{options.size}"
        if not pages.exists():
            write_pages(pages, options.pages, size=options.size)
        print("| run | pages | seconds | pages/s | PSS peak MB | first quarter | last quarter |")
        print("|---|---|---|---|---|---|---|")
        first = again = 0.0
        for jobs in options.jobs:
            index = folder / "index"
            shutil.rmtree(index, ignore_errors=True)
            found = run(pages, index, jobs)
            show(f"{jobs} worker{'s' if jobs > 1 else ''}", found)
            if first:
                print(f"\n{jobs} workers: {first / found['seconds']:.2f} times as fast as {options.jobs[0]}\n")
            first = first or found["seconds"]
            again = found["seconds"]
        found = run(pages, index, options.jobs[-1])
        show("again, unchanged", found)
        print(f"\nunchanged: {again / found['seconds']:.0f} times as fast")
    finally:
        if options.folder is None:
            shutil.rmtree(folder)


def show(name: str, found: dict[str, float]) -> None:
    """One line of the table."""
    rate = found["pages"] / found["seconds"]
    print(
        f"| {name} | {found['pages']:.0f} | {found['seconds']:.1f} | {rate:.0f} | {found['peak']:.0f} | "
        f"{found['first']:.0f} | {found['last']:.0f} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
