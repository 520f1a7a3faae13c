"""One page -> an article ready for the index. Runs in worker processes; never raises for a page."""

from __future__ import annotations

import hashlib
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import FrameType
from typing import Final

from ..config import Settings
from ..errors import PageRejected
from ..models import Article, Origin, Rejected, StoredArticle
from ..protocols import Prepare, Prepared, Segmenter
from ..text.analyse import Analyser, normalise
from .archives import Archives, parse_record
from .articles import extraction_of
from .extract import EXTRACTOR_VERSION, Extraction, extract_page
from .sources import PageFile, Skipped

#: The corpus takes milliseconds a page; a page that takes this long is broken or an attack.
PAGE_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True)
class Read:
    """What was read of a page: where from, and the article as the index's writer takes it."""

    origin: Origin
    article: Prepared


Outcome = Read | Skipped | Rejected


@dataclass(frozen=True, slots=True)
class Task:
    """A page to read, and the source it belongs to."""

    page: PageFile
    source: str
    root: str


class PageReader:
    """Reads, extracts and analyses pages with one segmenter. One a process; can be sent to another process."""

    def __init__(
        self, segmenter: Segmenter, settings: Settings, prepare: Prepare, seconds: float = PAGE_SECONDS
    ) -> None:
        self._analyse = Analyser(segmenter)
        self._prepare = prepare
        self._settings = settings
        self._seconds = seconds
        self._archives = Archives()

    def __call__(self, task: Task) -> Outcome:
        """The article, or why there is none. Nothing a page holds raises."""
        page = task.page
        try:
            with time_limit(self._seconds):
                return self._read(task)
        except PageRejected as error:
            return Rejected(page.id, error.code, error.message)
        except (PageTookTooLong, RecursionError, MemoryError) as error:
            return Rejected(page.id, "page_too_complex", f"Gave up on the page: {error or type(error).__name__}")
        except Exception as error:  # noqa: BLE001 (a fault met by one page must not cost the run the others)
            return Rejected(page.id, "page_unreadable", f"{type(error).__name__}: {error}")

    def analyse(self, stored: StoredArticle) -> Prepared:
        """A stored article, analysed anew."""
        return self._prepare(self._analyse(stored))

    def _read(self, task: Task) -> Outcome:
        page = task.page
        if page.size > self._settings.max_page_bytes:
            raise PageRejected("page_too_large", f"The page has {page.size} bytes.", hint="See max_page_bytes.")
        data = page.read(self._settings.max_page_bytes, self._archives)
        if page.kind == "records":
            found = extraction_of(parse_record(data), timezone=self._settings.timezone)
        else:
            found = extract_page(data, path=page.path, timezone=self._settings.timezone)
        if page.url and not found.url:
            found = replace(found, url=page.url)
        if found.skip:
            return Skipped(page.id, found.skip)
        article = article_of(page.id, found)
        digest = hashlib.sha256(data).hexdigest()
        origin = Origin(task.source, task.root, page.path, page.size, page.mtime_ns, digest, EXTRACTOR_VERSION)
        return Read(origin, self.analyse(StoredArticle(article, origin, "", "")))


class PageTookTooLong(BaseException):
    """Not an Exception: no handler inside a library may take it for a fault of its own."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raises PageTookTooLong in the block after so many seconds. No limit where signals cannot be used: in threads."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def give_up(number: int, frame: FrameType | None) -> None:
        raise PageTookTooLong(f"it took more than {seconds:g} seconds.")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def article_of(page_id: str, found: Extraction) -> Article:
    """What was extracted, with its text cleaned. PageRejected when nothing is left of it."""
    article = normalise(
        Article(
            page_id,
            found.title,
            found.date,
            found.category,
            tuple(found.headings),
            found.body,
            found.url,
            found.structure,
        )
    )
    if not article.title and not article.body:
        raise PageRejected("page_no_article", "There is no article text on the page.")
    return article
