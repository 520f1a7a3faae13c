"""The picture an editor sees at one moment: pairs as decisions leave them, and their clusters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from ..duplicates.clusters import Group, Link, gain_of, group_links, propose
from ..duplicates.store import DuplicateStore, Row, StoredPair
from ..editorial import Cluster, ClusterArticle, Decision, Pair, TextMark
from ..models import Article, article_key
from ..state.matching import Decided, Found, found_now, keep_of
from ..state.redirects import resolve

Resolve = Callable[[Article], str]


def mark_of(row: Row) -> TextMark:
    """What a decision remembers of an article."""
    return TextMark(row.id, row.content_hash, row.sketch)


def article_of(row: Row, url: Resolve, visits: Mapping[str, int]) -> ClusterArticle:
    """An article as lists show it; visits are known by URL, id or key."""
    address = url(Article(row.id, row.title, row.date, row.category, (), "", row.url))
    key = article_key(row.id)
    seen = next((visits[name] for name in (address, row.id, key) if name in visits), None)
    return ClusterArticle(row.id, key, address, row.title, row.date, row.category, row.size, seen)


@dataclass(frozen=True)
class Picture:
    """Everything at one stamp of the store and the state. `rows` are the articles of pairs, by number."""

    rows: Mapping[int, Row]
    every: tuple[StoredPair, ...]
    decisions: tuple[Decision, ...]
    present: frozenset[str]
    hidden: frozenset[str]
    visits: Mapping[str, int]
    url: Resolve

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """Every pair of visible articles, with what was decided about it."""
        decided = Decided(self.decisions, self.present) if self.decisions else None
        found = []
        for one in self.every:
            a, b = self.rows[one.a], self.rows[one.b]
            if a.id in self.hidden or b.id in self.hidden:
                continue
            decision = decided.find(mark_of(a), mark_of(b)) if decided else None
            found.append(Pair(a.id, b.id, one.kind, one.score, one.evidence, decision))
        return tuple(found)

    def decisions_found(self) -> list[Found]:
        """Where decisions are found under other ids or hashes than they are known by."""
        marks = {row.id: mark_of(row) for row in self.rows.values()}
        every = (
            found_now(pair.decision, marks[pair.a], marks[pair.b]) for pair in self.pairs if pair.decision is not None
        )
        return [one for one in every if one is not None]

    @cached_property
    def redirects(self) -> dict[str, str]:
        """id -> id to keep, chains resolved, for each article of which another was decided to be kept."""
        steps = []
        for decision in reversed(self.decisions):
            if decision.keep is not None:
                other = decision.b.id if decision.keep == decision.a.id else decision.a.id
                steps.append((other, decision.keep))
        # A decided pair whose articles have other ids now leads there.
        marks = {row.id: mark_of(row) for row in self.rows.values()}
        for pair in self.pairs:
            if pair.decision is not None and pair.decision.keep is not None:
                keep = keep_of(pair.decision, marks[pair.a], marks[pair.b])
                if keep is not None:
                    steps.append((pair.b if keep == pair.a else pair.a, keep))
        return {old: new for old, new in resolve(steps) if old != new}

    @cached_property
    def open_pairs(self) -> tuple[Pair, ...]:
        """The pairs that wait for a decision.

        An article that another replaces stands for nothing of its own: a pair with it is a pair with the one that is
        kept, and settled when that one is, or when both lead to the same article.
        """
        kept = self.redirects
        settled = {
            frozenset((kept.get(pair.a, pair.a), kept.get(pair.b, pair.b)))
            for pair in self.pairs
            if pair.decision is not None
        }
        direct = {frozenset((pair.a, pair.b)) for pair in self.pairs if pair.a not in kept and pair.b not in kept}
        found = []
        for pair in self.pairs:
            ends = frozenset((kept.get(pair.a, pair.a), kept.get(pair.b, pair.b)))
            replaced = pair.a in kept or pair.b in kept
            if pair.decision is None and len(ends) == 2 and ends not in settled and not (replaced and ends in direct):
                found.append(pair)
        return tuple(found)

    @cached_property
    def open_clusters(self) -> tuple[Group, ...]:
        """Clusters of the pairs that wait."""
        return tuple(_groups(self.open_pairs))

    @cached_property
    def all_clusters(self) -> tuple[Group, ...]:
        """Clusters of all pairs that nobody called different, decided ones too."""
        return tuple(_groups(pair for pair in self.pairs if not _is_different(pair)))

    @cached_property
    def open_list(self) -> tuple[Cluster, ...]:
        """The clusters that wait, as editors see them."""
        return tuple(map(self.cluster, self.open_clusters))

    @cached_property
    def whole_list(self) -> tuple[Cluster, ...]:
        """All clusters, as editors see them."""
        return tuple(map(self.cluster, self.all_clusters))

    @cached_property
    def copy_groups(self) -> dict[str, int]:
        """id -> number of the group of copies and near copies that it belongs to."""
        links = (pair for pair in self.pairs if pair.kind != "same-topic" and not _is_different(pair))
        return {name: number for number, group in enumerate(_groups(links)) for name in group.members}

    @cached_property
    def pairs_of(self) -> dict[str, list[Pair]]:
        """The pairs of each article, by its id; visitors ask for them, so none is looked for."""
        found: dict[str, list[Pair]] = {}
        for pair in self.pairs:
            found.setdefault(pair.a, []).append(pair)
            found.setdefault(pair.b, []).append(pair)
        return found

    @cached_property
    def articles(self) -> dict[str, ClusterArticle]:
        """The articles of all pairs, by id."""
        return {row.id: article_of(row, self.url, self.visits) for row in self.rows.values()}

    def cluster(self, group: Group) -> Cluster:
        """A group as an editor sees it."""
        articles = sorted((self.articles[name] for name in group.members), key=lambda one: (one.date or "9", one.id))
        inside = set(group.members)
        pairs = [
            pair
            for name in group.members
            for pair in self.pairs_of.get(name, ())
            if pair.a == name and pair.b in inside
        ]
        keep, reason = self._proposal(articles)
        return Cluster(
            articles[0].key, group.kind, group.score, tuple(articles), keep, reason,
            tuple(sorted(pairs, key=lambda pair: (-pair.score, pair.a, pair.b))), gain_of(articles, keep),
        )  # fmt: skip

    def _proposal(self, articles: Sequence[ClusterArticle]) -> tuple[str, str]:
        kept = {self.redirects[one.id] for one in articles if one.id in self.redirects}
        chosen = sorted(kept & {one.id for one in articles})
        if len(chosen) == 1:
            return chosen[0], "已经决定保留这一篇"
        return propose(articles)


def _is_different(pair: Pair) -> bool:
    return pair.decision is not None and pair.decision.decision == "different"


def _groups(pairs: Iterable[Pair]) -> list[Group]:
    return group_links(Link(pair.a, pair.b, pair.kind, pair.score) for pair in pairs)


def take_picture(
    store: DuplicateStore,
    decisions: tuple[Decision, ...],
    hidden: frozenset[str],
    visits: Mapping[str, int],
    url: Resolve,
) -> Picture:
    """The picture as it is now, of one state of the store. DuplicatesUnreadable."""

    def ask(now: DuplicateStore) -> Picture:
        pairs = tuple(now.pairs())
        rows = now.rows({number for pair in pairs for number in (pair.a, pair.b)})
        present = frozenset(now.ids()) if decisions else frozenset()
        return Picture(rows, pairs, decisions, present, hidden, visits, url)

    return store.at_once(ask)
