"""Processes that do one piece of work each time they are asked: spawned, deaf to a terminal, gone with their parent."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any, Final

#: What a terminal sends to every process in it: the parent's business.
_FROM_TERMINAL: Final = (signal.SIGINT, signal.SIGHUP)

_work: Callable[[Any], Any] | None = None


def start_pool(work: Callable[[Any], Any], jobs: int) -> ProcessPoolExecutor:
    """Processes that each hold `work`, which can be pickled. OSError where there is no room for semaphores."""
    # Spawned, not forked: a fork copies locks that other threads of this process may hold.
    context = multiprocessing.get_context("spawn")
    with _deaf():  # Python's tracker of semaphores starts here, and is as deaf as it was born
        return ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin, initargs=(work,))


def is_usable(pool: ProcessPoolExecutor) -> bool:
    """Whether processes start at all: a script without `if __name__ == "__main__"` cannot start them."""
    try:
        with _deaf():
            answer = pool.submit(_ready)
        return answer.result()
    except BrokenProcessPool:
        return False


def submit(pool: ProcessPoolExecutor, items: Sequence[Any]) -> Future[list[Any]]:
    """The results of the work on each of these, in order; BrokenProcessPool as the result where the pool is."""
    try:
        with _deaf():
            return pool.submit(_do, list(items))
    except BrokenProcessPool as error:
        failed: Future[list[Any]] = Future()
        failed.set_exception(error)
        return failed


@contextmanager
def _deaf() -> Iterator[None]:
    """A terminal's signals wait meanwhile, and never reach what starts: deaf before it can say so."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _FROM_TERMINAL)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin(work: Callable[[Any], Any]) -> None:
    """Makes a process ready: deaf to a terminal. One whose parent was killed ends."""
    global _work
    _work = work
    for number in _FROM_TERMINAL:
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _ready() -> bool:
    return _work is not None


def _do(items: list[Any]) -> list[Any]:
    if _work is None:
        raise RuntimeError("the process was not initialised")
    return [_work(item) for item in items]
