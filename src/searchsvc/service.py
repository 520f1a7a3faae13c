"""SearchService: the one place that joins query, engine, snippets and settings. Faces call it and nothing else."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, cast, get_args

from .config import OPTIONS, Settings, load_settings
from .dateranges import first_day, last_day
from .editorial import Match
from .editors import Editors
from .engines import open_engine, recorded_analysis
from .errors import ArticleNotFound, ConfigError, IndexIncompatible, IndexUnusable, InvalidParameter, SearchServiceError
from .ingest.pipeline import ingest
from .models import (
    Article,
    ArticleView,
    EngineHit,
    EngineResult,
    Filters,
    Hit,
    IndexStats,
    IngestReport,
    Note,
    Problem,
    Query,
    SearchRequest,
    SearchResult,
    Sort,
    article_key,
)
from .protocols import Engine, Overlay, Progress, Segmenter, Snapshot
from .query import parse_query
from .snippets import SnippetMaker
from .text.analyse import Analyser
from .text.lexicon import Lexicon, load_lexicon
from .text.segment import make_segmenter
from .urls import url_resolver

MAX_LIMIT: Final = 100
MAX_OFFSET: Final = 1_000_000
#: How often a server looks for a new commit; half of the second within which it must be seen.
POLL_SECONDS: Final = 0.3

_log = logging.getLogger(__name__)


def open_service(settings: Settings | None = None, **options: Any) -> SearchService:
    """The service over the index in `settings.index`.

    `options` are names of the settings table (`index="index"`), and win over `settings`. Without `settings` the other
    values come from `searchsvc.toml` and the environment. Nothing is opened until it is asked for, so a missing index
    is reported by the first search. ConfigError for an unknown or unusable option.
    """
    if settings is None:
        loaded = load_settings(flags=options)
        for note in loaded.notes:
            _log.warning(note)
        settings = loaded.settings
    elif options:
        settings = replace(settings, **_parsed(options))
    lexicon = load_lexicon(_contents(settings.dictionaries), _contents(settings.stop_words))
    segmenter = make_segmenter(lexicon, recorded=recorded_analysis(settings.index))
    return SearchService(settings, open_engine(settings.index, segmenter.digest), segmenter, lexicon)


def _parsed(options: dict[str, Any]) -> dict[str, Any]:
    known = {option.name: option for option in OPTIONS}
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise ConfigError(f"There is no option {unknown[0]!r}.", hint=f"Options are: {', '.join(sorted(known))}.")
    parsed = {}
    for name, value in options.items():
        try:
            parsed[name] = known[name].parse(value)
        except (ValueError, TypeError) as error:
            shown = "***" if known[name].secret else repr(value)
            raise ConfigError(f"{name} = {shown}: {error}.", hint=known[name].help) from None
    return parsed


def _contents(files: Sequence[Path]) -> list[str]:
    texts = []
    for file in files:
        try:
            texts.append(file.read_text("utf-8-sig"))
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"Cannot read the word list {file}: {error}.") from None
    return texts


class SearchService:
    """Searches one index. Safe to use from many threads; close it when done."""

    def __init__(self, settings: Settings, engine: Engine, segmenter: Segmenter, lexicon: Lexicon) -> None:
        self.settings = settings
        # Changed together, by one assignment: a query is never cut by one segmenter and looked up in another's index.
        self._parts = engine, segmenter
        self._overlay: Overlay | None = None
        self._changing = threading.Lock()
        self._lexicon = lexicon
        self._url = url_resolver(settings.site_hosts, settings.url_rules)
        self._editors = Editors(settings, lambda: self._parts, lexicon, self._url)
        self._editors.follow(self._follow_on)
        self._stop = threading.Event()
        self._watcher: threading.Thread | None = None

    @property
    def engine(self) -> Engine:
        """The index engine in use."""
        return self._parts[0]

    @property
    def segmenter(self) -> Segmenter:
        """The segmenter that the index is written and searched with."""
        return self._parts[1]

    @property
    def editors(self) -> Editors:
        """The editors' side: duplicates, decisions, checks before writing, hidden articles."""
        return self._editors

    # Searching

    def search(
        self,
        q: str,
        *,
        limit: int = 10,
        offset: int = 0,
        category: str | Sequence[str] | None = None,
        date_from: str | None = None,
        date_to: str | None = None,
        sort: Sort = "relevance",
        collapse: bool = True,
    ) -> SearchResult:
        """Ranked, highlighted answer to what a reader typed.

        `limit` is 1 to 100; `date_from` and `date_to` are days, months or years, inclusive. With `collapse` near copies
        are one hit, and `limit` and `offset` count such hits. Any text of at most 512 characters is a valid query.
        Raises QueryTooLong, InvalidParameter, or IndexUnusable.
        """
        began = time.perf_counter()
        if self._overlay is None:
            self.follow_editors()
        engine, segmenter = self._parts
        query = parse_query(q, segmenter, self._lexicon)
        request = SearchRequest(
            query, _filters(category, date_from, date_to), _sort(sort), _count("limit", limit, 1, MAX_LIMIT),
            _count("offset", offset, 0, MAX_OFFSET), collapse,
        )  # fmt: skip
        snapshot = engine.snapshot()
        found = snapshot.search(request)
        articles = snapshot.found(found.hits)
        maker = SnippetMaker(query, chars=self.settings.snippet_chars)
        hits = tuple(self._hit(hit, one, maker) for hit, one in zip(found.hits, articles, strict=True))
        return SearchResult(
            query=q,
            total=found.total,
            groups=found.groups,
            took_ms=round((time.perf_counter() - began) * 1000, 3),
            suggestion=None,
            notes=_notes(query, found),
            hits=hits,
            facets={"category": found.category_facet, "year": found.year_facet},
        )

    def explain(self, q: str) -> Query:
        """How a query is understood: words and their weights, phrases, exclusions. QueryTooLong as in search."""
        return parse_query(q, self.segmenter, self._lexicon)

    def _hit(self, hit: EngineHit, article: Article, maker: SnippetMaker) -> Hit:
        matched, snippets = maker.make(article)
        return Hit(
            id=article.id,
            key=article_key(article.id),
            url=self._url(article),
            title=article.title,
            date=article.date,
            category=article.category,
            score=round(hit.score, 6),
            similar=hit.similar,
            matched=matched,
            snippets=snippets,
        )

    def article(self, ref: str) -> ArticleView:
        """The article with this id or key. ArticleNotFound when there is none, or it is hidden."""
        stored = self.engine.snapshot().article(ref)
        if stored is None or self._is_hidden(stored.id):
            raise ArticleNotFound(f"There is no article {ref!r}.", hint="Use an id or key from a search result.")
        one = stored.article
        return ArticleView(
            one.id, stored.key, self._url(one), one.title, one.date, one.category, one.headings, one.body, one.structure
        )

    def similar(self, ref: str) -> tuple[Match, ...]:
        """The articles that say the same, or answer the same question. ArticleNotFound as in `article`."""
        return self._editors.similar(ref)

    def _is_hidden(self, article_id: str) -> bool:
        if self._overlay is None:
            self.follow_editors()
        return self._overlay is not None and article_id in self._overlay.hidden

    def categories(self) -> tuple[tuple[str, int], ...]:
        """Every category that visitors can find articles of, with their number, most first."""
        return self.engine.snapshot().categories()

    # Keeping up with the index

    def ready(self) -> bool:
        """True when there is an index that can be searched."""
        try:
            self.engine.snapshot()
        except IndexUnusable:
            return False
        return True

    def snapshot(self) -> Snapshot:
        """The state searched now."""
        return self.engine.snapshot()

    def warm(self) -> None:
        """Loads dictionary and index now, so that the first visitor does not wait. IndexUnusable as in search."""
        self.search("借呗逾期多久会联系家人", limit=1)

    def follow_editors(self) -> None:
        """Applies what editors have decided or hidden since the last call. Cheap when nothing was."""
        if self._overlay is None or self._overlay.version != self._editors.version():
            self.cover(self._editors.overlay())

    def _follow_on(self) -> None:
        # Before the first search there is nothing to change, and maybe no index.
        if self._overlay is not None:
            self.follow_editors()

    def refresh(self) -> bool:
        """Loads the newest commit; True when there was one. Follows a change between jieba and rjieba, and editors."""
        self.follow_editors()
        try:
            return self.engine.refresh()
        except IndexIncompatible:
            segmenter = make_segmenter(self._lexicon, recorded=recorded_analysis(self.settings.index))
            if segmenter.digest == self.segmenter.digest:
                raise
            self._change_to(segmenter)
            return True

    def _change_to(self, segmenter: Segmenter) -> None:
        """Opens the index anew with another segmenter. The one before goes on serving when that fails."""
        with self._changing:
            engine = open_engine(self.settings.index, segmenter.digest)
            if self._overlay is not None:
                engine.cover(self._overlay)
            engine.snapshot()
            self._parts = engine, segmenter

    def cover(self, overlay: Overlay) -> None:
        """Searches from now on apply this overlay, whatever is loaded later; see `Engine.cover`."""
        with self._changing:
            self._overlay = overlay
            self.engine.cover(overlay)

    def watch(self) -> None:
        """Follows new commits from a background thread until close(). Calling it again changes nothing."""
        if self._watcher is None:
            self._watcher = threading.Thread(target=self._follow, name="searchsvc-watch", daemon=True)
            self._watcher.start()

    def _follow(self) -> None:
        complaint = ""
        while not self._stop.wait(POLL_SECONDS):
            try:
                self.refresh()
                complaint = ""
            except (SearchServiceError, OSError) as error:
                # The state loaded before goes on being served; said once, not three times a second.
                if str(error) != complaint:
                    complaint = str(error)
                    _log.warning("The newest state of the index cannot be loaded: %s", error)

    # Writing

    def ingest(
        self,
        paths: Sequence[Path],
        *,
        source: str = "",
        allow_removals: bool = False,
        progress: Progress | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> IngestReport:
        """Brings the index in line with these folders and files; see `ingest.pipeline.ingest`."""
        report = ingest(
            paths,
            engine=self.engine,
            segmenter=self.segmenter,
            settings=self.settings,
            source=source,
            allow_removals=allow_removals,
            progress=progress,
            stop=stop,
        )
        # A run stopped half-way through another dictionary is not searchable yet; its report still counts.
        with suppress(IndexIncompatible):
            self.engine.refresh()
        if not report.interrupted:
            self._editors.update()
            self.follow_editors()
        return report

    def remove(self, ref: str) -> str:
        """Deletes the article with this id or key from the index and returns its id. It returns with its page."""
        stored = self.engine.snapshot().article(ref)
        if stored is None:
            raise ArticleNotFound(f"There is no article {ref!r}.", hint="Use an id or key from a search result.")
        with self.engine.writer() as writer:
            writer.remove(stored.id)
            writer.commit()
        self.engine.refresh()
        self._editors.update()
        self.follow_editors()
        return stored.id

    def reindex(self) -> int:
        """Rebuilds the index from the stored articles with today's dictionary and segmenter (rjieba where installed).

        Articles written.
        """
        segmenter = make_segmenter(self._lexicon)
        written = open_engine(self.settings.index, segmenter.digest).rebuild(Analyser(segmenter))
        if segmenter.digest != self.segmenter.digest:
            self._change_to(segmenter)
        self._editors.update()
        return written

    def stats(self) -> IndexStats:
        """Counts and sizes."""
        return self.engine.stats()

    def verify(self) -> list[Problem]:
        """What is wrong with the index and with what is known of duplicates; empty when all is well."""
        return [*self.engine.verify(), *self._editors.verify()]

    def close(self) -> None:
        """Stops following and releases the index."""
        self._stop.set()
        if self._watcher is not None:
            self._watcher.join(timeout=5)
        self._editors.close()
        self.engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _count(name: str, value: int, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InvalidParameter(name, f"{name} must be a whole number between {low} and {high}, not {value!r}.")
    return value


def _sort(value: str) -> Sort:
    if value not in get_args(Sort):
        raise InvalidParameter("sort", f"sort must be one of {', '.join(get_args(Sort))}, not {value!r}.")
    return cast(Sort, value)


def _filters(category: str | Sequence[str] | None, date_from: str | None, date_to: str | None) -> Filters:
    categories = (category,) if isinstance(category, str) else tuple(category or ())
    low, high = _day("from", date_from, first_day), _day("to", date_to, last_day)
    if low is not None and high is not None and low > high:
        raise InvalidParameter("from", f"from ({date_from}) lies after to ({date_to}).")
    return Filters(tuple(one for one in categories if one), low, high)


def _day(name: str, value: str | None, read: Callable[[str], int]) -> int | None:
    if value is None or not value.strip():
        return None
    try:
        return read(value)
    except ValueError:
        raise InvalidParameter(
            name, f"{name} must be a day, month or year, not {value!r}.", hint="Write 2026-03-10, 2026-03 or 2026."
        ) from None


def _notes(query: Query, found: EngineResult) -> tuple[Note, ...]:
    notes = []
    if query.is_empty:
        notes.append(Note("empty_query", "请输入要查找的内容。"))
    if found.missing:
        words = "、".join(f"“{word}”" for word in found.missing[:5])
        notes.append(Note("words_not_found", f"没有文章提到{words}。"))
    if found.relaxed and found.total:
        notes.append(Note("relaxed", "没有文章包含大部分查询词，以下结果只符合其中一部分。"))
    return tuple(notes)
