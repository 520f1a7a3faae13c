"""The editors' desk: lists of duplicates, decisions, checks before writing, hidden articles."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final

import numpy as np

from ..config import Settings
from ..duplicates.clusters import propose
from ..duplicates.model import load_model
from ..duplicates.shingles import passages_of, plain_text
from ..duplicates.store import DuplicateStore, Row
from ..duplicates.topics import Frequencies
from ..duplicates.update import Updater, UpdateReport, read_frequencies
from ..editorial import (
    KINDS,
    VERDICTS,
    CheckResult,
    Cluster,
    ClusterArticle,
    ClusterList,
    ComparedText,
    Comparison,
    Decision,
    Hidden,
    Kind,
    Match,
    Pair,
    PlannedTitle,
    Redirect,
    TextMark,
    Topic,
    TopicList,
    Verdict,
)
from ..errors import (
    ArticleNotFound,
    ClusterNotFound,
    ConfigError,
    DecisionConflict,
    DuplicatesUnreadable,
    InvalidParameter,
    TooLarge,
)
from ..models import Article, Problem, StoredArticle, article_key
from ..protocols import Engine, Segmenter
from ..state.matching import Decided, also_found
from ..state.store import Draft, InForce, StateStore
from ..text.lexicon import Lexicon
from ..text.subjects import load_subjects
from .checks import Checker
from .overlay import EditorialOverlay
from .picture import Picture, article_of, mark_of, take_picture
from .visits import read_visits

_log = logging.getLogger(__name__)

#: Characters of a draft's title and body, and planned titles of one list, at most.
MAX_TITLE: Final = 300
MAX_BODY: Final = 100_000
MAX_TITLES: Final = 1_000
MAX_LISTED: Final = 200
#: Orders of a list of clusters: the first is the default.
ORDERS: Final = ("gain", "size", "score", "newest")
STATES: Final = ("open", "all")

Parts = Callable[[], tuple[Engine, Segmenter]]


class Editors:
    """What editors do with one index. Safe in threads; every answer is of one moment."""

    def __init__(self, settings: Settings, parts: Parts, lexicon: Lexicon, url: Callable[[Article], str]) -> None:
        self._settings = settings
        self._parts = parts
        self._lexicon = lexicon
        self._url = url
        self._store = DuplicateStore(settings.index)
        self._state = StateStore(settings.state)
        self._lock = threading.Lock()
        self._picture: tuple[Any, Picture] | None = None
        self._known: tuple[Any, Frequencies] | None = None
        self._followers: list[Callable[[], None]] = []

    # Keeping up

    def follow(self, tell: Callable[[], None]) -> None:
        """Has this called after each decision, undoing, hiding or showing that is made here."""
        self._followers.append(tell)

    def _tell(self) -> None:
        for tell in self._followers:
            tell()

    def update(self, tick: Callable[[], None] = lambda: None) -> UpdateReport:
        """Brings what is known of duplicates in line with the index; only what changed is read and compared.

        IndexUnusable as in search. `tick` is called for each article read.
        """
        engine, _ = self._parts()
        subjects = load_subjects()
        snapshot = engine.snapshot(any_analysis=True)
        report = Updater(self._store, subjects, load_model(subjects), self._settings.jobs).run(snapshot, tick)
        # A decision is known under the ids and hashes of today before they change again.
        self._state.remember(self._now().decisions_found())
        return report

    def is_current(self) -> bool:
        """Whether the duplicates known are those of the newest state of the index."""
        return self._store.generation() == self._parts()[0].snapshot().generation

    def verify(self) -> list[Problem]:
        """What is wrong with the file of duplicates. DuplicatesUnreadable."""
        return self._store.verify()

    def version(self) -> object:
        """Changes whenever a list of duplicates, a decision or what is hidden does; cheap."""
        return self._store.stamp(), self._state.version()

    def overlay(self) -> EditorialOverlay:
        """What editors' work means for searching.

        While duplicates cannot be read, visitors are answered without folding them, or with the groups known last. No
        version is of the kind of this overlay, so the next look asks again.
        """
        version = self.version()
        try:
            picture = self._now()
        except DuplicatesUnreadable as error:
            _log.warning("%s Near copies are shown as they were known before.", error)
            hidden = frozenset(one.id for one in self._state.hidden())
            return EditorialOverlay(None, hidden, self._picture[1].copy_groups if self._picture else {})
        return EditorialOverlay(version, picture.hidden, picture.copy_groups)

    # Lists

    def duplicates(
        self,
        *,
        kind: str | None = None,
        category: str | None = None,
        min_score: float = 0.0,
        limit: int | None = 50,
        offset: int = 0,
        order: str = "gain",
        state: str = "open",
    ) -> ClusterList:
        """Clusters that wait for a decision (`state="all"`: decided ones too), those that bring most first.

        `category`: at least one of the articles is of it. Without `limit` (None) all are given, as files need them.
        InvalidParameter names what is wrong.
        """
        _choice("kind", kind, (None, *KINDS))
        _choice("order", order, ORDERS)
        _choice("state", state, STATES)
        if not 0 <= min_score <= 1:
            raise InvalidParameter("min_score", f"min_score must be a number between 0 and 1, not {min_score!r}.")
        if limit is not None:
            _range("limit", limit, 1, MAX_LISTED)
        _range("offset", offset, 0, 10_000_000)
        picture = self._now()
        fitting = [
            cluster
            for cluster in (picture.open_list if state == "open" else picture.whole_list)
            if cluster.score >= min_score
            and (not category or any(one.category == category for one in cluster.articles))
        ]
        kinds: dict[Kind, int] = {one: sum(cluster.kind == one for cluster in fitting) for one in KINDS}
        chosen = [cluster for cluster in fitting if kind is None or cluster.kind == kind]
        chosen.sort(key=_ORDERS[order])
        return ClusterList(len(chosen), tuple(chosen[offset:][:limit]), kinds)

    def cluster(self, cluster_id: str) -> Cluster:
        """One cluster by its id, whether it waits or is decided. ClusterNotFound when there is none."""
        picture = self._now()
        for groups in (picture.open_clusters, picture.all_clusters):
            for group in groups:
                if any(article_key(name) == cluster_id for name in group.members):
                    found = picture.cluster(group)
                    if found.id == cluster_id:
                        return found
        raise ClusterNotFound(
            f"There is no cluster {cluster_id!r}.", hint="It may be decided, or its articles may have changed."
        )

    def waiting(self, ids: Iterable[str]) -> Cluster | None:
        """The first cluster that waits and holds any of these articles: what is left of one after a decision."""
        picture, wanted = self._now(), set(ids)
        group = next((group for group in picture.open_clusters if wanted & set(group.members)), None)
        return picture.cluster(group) if group else None

    def compare(self, a: str, b: str) -> Comparison:
        """Two articles side by side, by id or key, with the passages both have. ArticleNotFound."""
        one, other = self._article(a), self._article(b)
        if one.id == other.id:
            raise InvalidParameter("b", "An article cannot be compared with itself.")
        if one.id > other.id:
            one, other = other, one
        picture = self._now()
        pair = next((pair for pair in picture.pairs_of.get(one.id, ()) if (pair.a, pair.b) == (one.id, other.id)), None)
        passages = passages_of(one.article.body, other.article.body)
        return Comparison(self._text(one, picture), self._text(other, picture), pair, passages)

    def similar(self, ref: str) -> tuple[Match, ...]:
        """The duplicates of one article, those decided to be different left out; nearest first. ArticleNotFound."""
        stored = self._article(ref)
        picture = self._now()
        if stored.id in picture.hidden:
            raise _no_article(ref)
        found = []
        for pair in picture.pairs_of.get(stored.id, ()):
            if not (pair.decision and pair.decision.decision == "different"):
                one = picture.articles[pair.b if pair.a == stored.id else pair.a]
                found.append(Match(one.id, one.key, one.url, one.title, one.date, pair.kind, pair.score, pair.evidence))
        return tuple(sorted(found, key=lambda match: (KINDS.index(match.kind), -match.score, match.id)))

    def topics(self, *, category: str | None = None, contains: str = "", limit: int = 50, offset: int = 0) -> TopicList:
        """Everything the site has: each cluster once, under the article to keep, and each article that stands alone.

        The largest first, then the newest. `contains`: only rows with an article whose title contains it.
        """
        _range("limit", limit, 1, MAX_LISTED)
        _range("offset", offset, 0, 10_000_000)
        picture = self._now()
        held = {name for group in picture.all_clusters for name in group.members}
        rows = []
        for group in picture.all_clusters:
            articles = [picture.articles[name] for name in group.members]
            if _passes(articles, category, contains):
                cluster = picture.cluster(group)
                keep = next(one for one in articles if one.id == cluster.keep)
                rows.append(Topic(keep, len(articles), cluster.kind, cluster.id))
        show = partial(article_of, url=self._url, visits=picture.visits)
        for row in self._store.plain_rows():
            if row.id not in held and row.id not in picture.hidden:
                one = show(row)
                if _passes([one], category, contains):
                    rows.append(Topic(one, 1, None, None))
        rows.sort(key=lambda topic: topic.article.id)
        rows.sort(key=lambda topic: topic.article.date or "", reverse=True)
        rows.sort(key=lambda topic: -topic.articles)
        return TopicList(len(rows), tuple(rows[offset : offset + limit]))

    def redirects(self) -> tuple[Redirect, ...]:
        """Old address -> address of the article kept, for everything decided to be one; chains resolved, by old id."""
        picture = self._now()
        found = []
        for old, new in sorted(picture.redirects.items()):
            if old in picture.articles and new in picture.articles:
                found.append(Redirect(old, picture.articles[old].url, new, picture.articles[new].url))
        return tuple(found)

    def categories(self) -> tuple[str, ...]:
        """The categories that have articles, by name."""
        return tuple(sorted({row.category for row in self._store.plain_rows() if row.category}))

    # Before writing

    def check(self, title: str, body: str = "") -> CheckResult:
        """What the site already has on a title or a draft. InvalidParameter; TooLarge: the body."""
        _check_draft(title, body)
        return self._checker().check(title, body, self._show())

    def compare_draft(self, title: str, body: str, ref: str) -> Comparison:
        """A draft (side a, without id) beside an article. ArticleNotFound, InvalidParameter as in `check`."""
        _check_draft(title, body)
        stored = self._article(ref)
        draft = ClusterArticle("", "", "", title, None, None, len(plain_text(body)))
        other = self._text(stored, self._now())
        return Comparison(ComparedText(draft, (), body), other, None, passages_of(body, other.body))

    def check_titles(self, titles: Sequence[str]) -> tuple[PlannedTitle, ...]:
        """A list of planned titles against the site and one another, in order. InvalidParameter, TooLarge."""
        if len(titles) > MAX_TITLES:
            raise TooLarge("titles", f"{len(titles)} titles are too many: {MAX_TITLES} are allowed at once.")
        for title in titles:
            _check_draft(title, "")
        return self._checker().check_titles(titles, self._show())

    def _checker(self) -> Checker:
        engine, segmenter = self._parts()
        subjects = load_subjects()
        return Checker(
            engine.snapshot(), self._store, segmenter, self._lexicon, subjects, load_model(subjects),
            self._frequencies(), np.frombuffer(self._store.fact("boilerplate"), "<u8").astype(np.uint64),
            self._now().hidden,
        )  # fmt: skip

    def _frequencies(self) -> Frequencies:
        stamp = self._store.stamp()
        if self._known is None or self._known[0] != stamp:
            subjects = load_subjects()
            data, prior = self._store.fact("frequencies"), load_model(subjects).prior
            self._known = stamp, read_frequencies(data).plus(prior) if data else prior
        return self._known[1]

    def _show(self) -> Callable[[Row], ClusterArticle]:
        return partial(article_of, url=self._url, visits=self._now().visits)

    # Decisions

    def decide(
        self, a: str, b: str, decision: str, *, keep: str | None = None, note: str = "", by: str, expected: str = ""
    ) -> Decision:
        """Stores what an editor decided about two articles, given by id or key; `keep` is one of them.

        Of `same` and `merged` without `keep` the article proposed is kept. `expected` is the id of the decision in
        force that the editor has seen, "" for none: DecisionConflict when another is, and nothing is stored.
        ArticleNotFound, InvalidParameter.
        """
        _choice("decision", decision, VERDICTS)
        verdict: Verdict = decision  # type: ignore[assignment]
        one, other = self._article(a), self._article(b)
        kept = self._article(keep).id if keep else None
        if verdict != "different" and kept is None:
            kept = self._proposed(one, other)
        draft = Draft(self._mark(one), self._mark(other), verdict, kept)
        return self._decide_all([draft], expected, note=note, by=by)[0]

    def keep_one(self, keep: str, others: Sequence[str], *, note: str = "", by: str) -> list[Decision]:
        """Decides that each of these says the same as the one to keep; all of it, or nothing.

        DecisionConflict when a decision about one of the pairs is in force. ArticleNotFound, InvalidParameter.
        """
        kept = self._mark(self._article(keep))
        drafts = [Draft(kept, self._mark(self._article(ref)), "same", kept.id) for ref in others]
        return self._decide_all(drafts, "", note=note, by=by)

    def _decide_all(self, drafts: Sequence[Draft], expected: str, *, note: str, by: str) -> list[Decision]:
        linked = self._now().pairs_of
        present = frozenset(self._store.ids())

        def check(now: InForce) -> None:
            decided = Decided(also_found(*now), present)
            for a, b, _, _ in drafts:
                holds = _holding(a, b, now, decided if _joins(linked.get(a.id, ()), b.id) else None)
                if (holds.id if holds else "") != expected:
                    raise DecisionConflict(holds)

        made = self._state.decide_all(drafts, note=note, by=by, check=check)
        self._tell()
        return made

    def undo(self, decision_id: str, *, by: str) -> Decision:
        """Takes a decision back; its pair waits again. DecisionNotFound."""
        undone = self._state.undo(decision_id, by)
        self._tell()
        return undone

    def decisions(self) -> tuple[Decision, ...]:
        """The decisions in force, newest first."""
        return self._state.decisions()

    def history(self) -> tuple[Decision, ...]:
        """Every decision ever made, undone ones too, newest first."""
        return self._state.history()

    def _proposed(self, one: StoredArticle, other: StoredArticle) -> str:
        picture = self._now()
        rows = self._store.rows_of([one.id, other.id])
        articles = [article_of(row, self._url, picture.visits) for _, row in rows.values()]
        return propose(articles)[0] if articles else one.id

    def _mark(self, stored: StoredArticle) -> TextMark:
        found = self._store.rows_of([stored.id])
        if stored.id in found and found[stored.id][1].content_hash == stored.content_hash:
            return mark_of(found[stored.id][1])
        return TextMark(stored.id, stored.content_hash, b"")

    # Hidden articles

    def hide(self, ref: str, *, by: str) -> Hidden:
        """Takes an article out of every answer to visitors, until `unhide`. ArticleNotFound."""
        made = self._state.hide(self._article(ref).id, by)
        self._tell()
        return made

    def unhide(self, ref: str) -> str:
        """Brings a hidden article back, by id or key, in the index or not; its id. ArticleNotFound."""
        for one in self._state.hidden():
            if ref in (one.id, article_key(one.id)):
                self._state.unhide(one.id)
                self._tell()
                return one.id
        raise ArticleNotFound(f"No article {ref!r} is hidden.", hint="`searchsvc hidden` lists those that are.")

    def hidden(self) -> tuple[Hidden, ...]:
        """What is hidden, by id."""
        return self._state.hidden()

    def close(self) -> None:
        """Releases the state."""
        self._state.close()

    def _article(self, ref: str) -> StoredArticle:
        stored = self._parts()[0].snapshot().article(ref)
        if stored is None:
            raise _no_article(ref)
        return stored

    def _text(self, stored: StoredArticle, picture: Picture) -> ComparedText:
        found = self._store.rows_of([stored.id])
        one = stored.article
        row = found[stored.id][1] if stored.id in found else None
        if row is None:
            row = Row(one.id, "", "", "", one.title, one.date, one.category, one.url, len(one.body), b"", b"", b"", b"")
        return ComparedText(article_of(row, self._url, picture.visits), one.headings, one.body)

    def _now(self) -> Picture:
        """The picture of this moment, made anew when anything changed."""
        stamp = (*self._store.stamp(), self._state.version(), self._visits_stamp())
        found = self._picture
        if found is None or found[0] != stamp:
            with self._lock:
                found = self._picture
                if found is None or found[0] != stamp:
                    hidden = frozenset(one.id for one in self._state.hidden())
                    decisions = also_found(self._state.decisions(), self._state.found())
                    picture = take_picture(self._store, decisions, hidden, self._visits(), self._url)
                    found = self._picture = stamp, picture
        return found[1]

    def _visits_stamp(self) -> int:
        try:
            return self._settings.visits.stat().st_mtime_ns if self._settings.visits else 0
        except OSError:
            return -1

    def _visits(self) -> Mapping[str, int]:
        file = self._settings.visits
        if file is None:
            return {}
        try:
            with file.open(encoding="utf-8-sig", newline="") as lines:
                return read_visits(lines, str(file))
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"Cannot read the visits in {file}: {error}.") from None


_ORDERS: Final[dict[str, Callable[[Cluster], Any]]] = {
    "gain": lambda one: (-one.gain, KINDS.index(one.kind), -one.score, one.id),
    "size": lambda one: (-len(one.articles), KINDS.index(one.kind), -one.score, one.id),
    "score": lambda one: (KINDS.index(one.kind), -one.score, -one.gain, one.id),
    "newest": lambda one: ([-int(part) for part in _days(one)], one.id),
}


def _days(cluster: Cluster) -> list[int]:
    newest = max((one.date or "" for one in cluster.articles), default="")[:10]
    return [int(part) for part in newest.split("-")] if newest else [0]


def _passes(articles: Iterable[ClusterArticle], category: str | None, contains: str) -> bool:
    return any((not category or one.category == category) and contains in one.title for one in articles)


def _choice(name: str, value: Any, allowed: Sequence[Any]) -> None:
    if value not in allowed:
        known = ", ".join(str(one) for one in allowed if one is not None)
        raise InvalidParameter(name, f"{name} must be one of {known}, not {value!r}.")


def _range(name: str, value: int, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InvalidParameter(name, f"{name} must be a whole number between {low} and {high}, not {value!r}.")


def _check_draft(title: str, body: str) -> None:
    errors = (("title", title, MAX_TITLE, InvalidParameter), ("body", body, MAX_BODY, TooLarge))
    for name, text, most, error in errors:
        if not isinstance(text, str):
            raise InvalidParameter(name, f"{name} must be text.")
        if len(text) > most:
            raise error(name, f"{name} has {len(text)} characters; {most} are allowed.")
    if not title.strip():
        raise InvalidParameter("title", "A title is needed.")


def _no_article(ref: str) -> ArticleNotFound:
    return ArticleNotFound(f"There is no article {ref!r}.", hint="Use an id or key from a search result.")


def _joins(pairs: Iterable[Pair], other: str) -> bool:
    return any(other in (pair.a, pair.b) for pair in pairs)


def _holding(a: TextMark, b: TextMark, now: InForce, decided: Decided | None) -> Decision | None:
    """What holds about two articles: of two that comparing has linked by their texts, else by their ids."""
    if decided is not None:
        return decided.find(a, b)
    ids = {a.id, b.id}
    return next((one for one in now.decisions if {one.a.id, one.b.id} == ids), None)
