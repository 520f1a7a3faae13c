"""A pool of processes that read pages, in order, with few in flight, and that outlives a page that kills its reader."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from typing import Final

from ..models import Rejected
from ..processes import is_usable, start_pool, submit
from .pages import Outcome, PageReader, Task

#: Starting a worker costs about a second (imports, dictionary): as long as reading some 50 pages.
FEW_PAGES: Final = 50
#: Pages handed over at once: a hand-over costs as much as a tenth of a page.
CHUNK: Final = 8
#: Chunks in flight for each worker: enough to keep it busy while the parent inverts a batch, 15 KB a page.
IN_FLIGHT: Final = 128
#: Bytes of pages in flight for each worker, beyond four chunks: what is in flight is read to the end at Ctrl-C, a few
#: seconds.
BYTES_IN_FLIGHT: Final = 3 << 20


def job_count(jobs: int, pages: int) -> int:
    """How many processes to use: `jobs`, or one a core for 0; 1 (this one) for few pages."""
    if pages < FEW_PAGES:
        return 1
    return jobs or os.cpu_count() or 1


def read_all(tasks: Iterable[Task], reader: PageReader, jobs: int) -> Generator[tuple[Task, Outcome], None, None]:
    """Each task with its outcome, in order. One job reads in this process. Close the iterator to stop early."""
    if jobs <= 1:
        for task in tasks:
            yield task, reader(task)
        return
    try:
        pool = start_pool(reader, jobs)
    except OSError:
        # Semaphores are small files: a full disk or a closed /dev/shm has no room for them.
        yield from read_all(tasks, reader, jobs=1)
        return
    flying: deque[tuple[list[Task], Future[list[Outcome]]]] = deque()
    size = 0  # bytes of what is flying
    waiting = iter(tasks)
    try:
        if not is_usable(pool):
            # Slower, yet no reason to fail.
            yield from read_all(tasks, reader, jobs=1)
            return
        while True:
            while _has_room(len(flying), size, jobs) and (chunk := list(islice(waiting, CHUNK))):
                flying.append((chunk, submit(pool, chunk)))
                size += _size(chunk)
            if not flying:
                return
            try:
                outcomes = flying[0][1].result()
            except BrokenProcessPool:
                pool.shutdown()
                suspects = [task for chunk, _ in flying for task in chunk]
                flying.clear()
                size = 0
                yield from _read_apart(reader, suspects)
                pool = start_pool(reader, jobs)
                continue
            chunk, _ = flying.popleft()
            size -= _size(chunk)
            yield from zip(chunk, outcomes, strict=True)
    finally:
        pool.shutdown(cancel_futures=True)


def _has_room(chunks: int, size: int, jobs: int) -> bool:
    """Whether another chunk may be handed over."""
    return chunks < 4 * jobs or (chunks < jobs * IN_FLIGHT and size < jobs * BYTES_IN_FLIGHT)


def _size(chunk: list[Task]) -> int:
    return sum(task.page.size for task in chunk)


def _read_apart(reader: PageReader, tasks: list[Task]) -> Generator[tuple[Task, Outcome], None, None]:
    """Reads pages that were in flight when a worker died one by one: the page at which it dies again is the cause."""
    pool = start_pool(reader, 1)
    try:
        for task in tasks:
            try:
                (outcome,) = submit(pool, [task]).result()
            except BrokenProcessPool:
                outcome = Rejected(task.page.id, "page_too_complex", "The process that read the page died of it.")
                pool.shutdown()
                pool = start_pool(reader, 1)
            yield task, outcome
    finally:
        pool.shutdown(cancel_futures=True)
