"""What the store keeps of articles: read in this process, or, where there are many, in several."""

from __future__ import annotations

import hashlib
import os
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from typing import Final

from ..models import StoredArticle
from ..processes import is_usable, start_pool, submit
from ..text.subjects import Subjects, load_subjects
from .candidates import key_maker
from .profiles import profile_of
from .shingles import hash_shingles, plain_text, sketch_of
from .store import Row

#: Starting a process costs a second (imports, lists): as long as reading some 1,000 articles.
FEW_ARTICLES: Final = 3_000
#: Articles handed over at once, and such chunks in flight for each process.
CHUNK: Final = 32
IN_FLIGHT: Final = 4


def version_of(content_hash: str, date: str | None, category: str | None) -> str:
    """Changes when anything the store keeps of an article does."""
    return f"{content_hash[:32]}-{zlib.crc32(repr((date, category)).encode('utf-8', 'surrogatepass')):08x}"


def hash_of(plain: str) -> str:
    """Names a plain text."""
    return hashlib.blake2b(plain.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def row_of(stored: StoredArticle, subjects: Subjects) -> Row:
    """What the store keeps of an article."""
    one = stored.article
    plain = plain_text(one.body)
    profile = profile_of(one.title, one.headings, one.body, subjects)
    packed_subjects, packed_chars = profile.packed()
    return Row(
        one.id,
        version_of(stored.content_hash, one.date, one.category),
        stored.content_hash,
        hash_of(plain),
        one.title,
        one.date,
        one.category,
        one.url,
        len(plain),
        key_maker(subjects)(profile),
        sketch_of(hash_shingles(plain)).astype("<u8").tobytes(),
        packed_subjects,
        packed_chars,
    )


def rows_of(articles: Iterable[StoredArticle], count: int, subjects: Subjects, jobs: int) -> Iterator[Row]:
    """The rows of these articles, in order; `count` is about how many there are, `jobs` as in the settings (0: one
    process a core). Where processes cannot be started, or die, the rest is read in this one.
    """
    jobs = jobs or os.cpu_count() or 1
    waiting = iter(articles)
    if jobs > 1 and count >= FEW_ARTICLES:
        yield from _by_processes(waiting, subjects, jobs)
    yield from (row_of(one, subjects) for one in waiting)


def packaged_row(stored: StoredArticle) -> Row:
    """As row_of, by the packaged lists."""
    return row_of(stored, load_subjects())


def _by_processes(waiting: Iterator[StoredArticle], subjects: Subjects, jobs: int) -> Iterator[Row]:
    try:
        pool = start_pool(packaged_row, jobs)
    except OSError:
        # Semaphores are small files: a full disk or a closed /dev/shm has no room for them.
        return
    flying: deque[tuple[list[StoredArticle], Future[list[Row]]]] = deque()
    try:
        if not is_usable(pool):
            return
        while True:
            while len(flying) < jobs * IN_FLIGHT and (chunk := list(islice(waiting, CHUNK))):
                flying.append((chunk, submit(pool, chunk)))
            if not flying:
                return
            try:
                yield from flying[0][1].result()
            except BrokenProcessPool:
                # Killed, perhaps for want of memory: what it had is read here.
                yield from (row_of(one, subjects) for chunk, _ in flying for one in chunk)
                return
            flying.popleft()
    finally:
        pool.shutdown(cancel_futures=True)
