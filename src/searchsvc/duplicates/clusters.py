"""Pairs -> clusters, and which article of a cluster to keep. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from ..editorial import KINDS, ClusterArticle, Kind

#: Two groups become one topic when this part of the texts of one are linked with texts of the other: a chain of
#: articles, each a little off the one before, does not become one topic.
LINKED_SHARE: Final = 0.5
#: An article is more visited, or more complete, when it has so many times as many visits, or letters.
CLEARLY_MORE_VISITS: Final = 1.2
CLEARLY_LONGER: Final = 1.15


class Link(NamedTuple):
    """Two articles that are duplicates, by whatever names them."""

    a: str
    b: str
    kind: Kind
    score: float


class Group(NamedTuple):
    """Names that belong together, ordered; the weakest kind and score of the links that hold them together."""

    members: tuple[str, ...]
    kind: Kind
    score: float


def group_links(links: Iterable[Link]) -> list[Group]:
    """The clusters of linked articles, ordered by their first member.

    1. Copies and near copies are linked whatever lies between (single linkage): a text published again and again
       drifts. 2. What came of this is linked by topic, the most probable link first, where LINKED_SHARE of the texts
       are linked (average linkage over links, each cluster of near copies counted once). 3. A text that is left goes to
       the cluster that it is most probably linked with, so that no editor misses it.
    """
    ranked = sorted(links, key=lambda link: (KINDS.index(link.kind), -link.score, link.a, link.b))
    texts = [link for link in ranked if link.kind != "same-topic"]
    topics = [link for link in ranked if link.kind == "same-topic"]
    near = _Sets()
    for link in ranked:
        near.add(link.a)
        near.add(link.b)
    for link in texts:
        near.join(link.a, link.b, link)
    neighbours: dict[str, set[str]] = {}
    for link in topics:
        a, b = near.root(link.a), near.root(link.b)
        neighbours.setdefault(a, set()).add(b)
        neighbours.setdefault(b, set()).add(a)
    # The texts of each cluster, by its root: a cluster of near copies is one text.
    held = {root: {root} for root in {near.root(name) for name in near.parents}}
    for link in topics:
        first, second = sorted((near.top(link.a), near.top(link.b)))
        if first == second:
            continue
        small, large = sorted((held[first], held[second]), key=len)
        linked = sum(len(neighbours.get(text, set()) & large) for text in small)
        if linked >= LINKED_SHARE * len(small) * len(large):
            held[near.chain(first, second, link)] = held.pop(first) | held.pop(second)
    left = {root for root, texts in held.items() if len(texts) == 1}
    for link in topics:
        first, second = sorted((near.top(link.a), near.top(link.b)))
        alone = {first, second} & left
        if first != second and len(alone) == 1:
            left -= alone
            near.chain(first, second, link)
    return near.groups()


class _Sets:
    """Disjoint sets of names in two layers: texts joined by `join`, and clusters of texts chained by `chain`."""

    def __init__(self) -> None:
        self.parents: dict[str, str] = {}
        self._tops: dict[str, str] = {}
        self._weakest: dict[str, Link] = {}

    def add(self, name: str) -> None:
        self.parents.setdefault(name, name)
        self._tops.setdefault(name, name)

    def root(self, name: str) -> str:
        """The first name of the text that `name` is a copy of."""
        return _find(self.parents, name)

    def top(self, name: str) -> str:
        """The first name of the cluster."""
        return _find(self._tops, self.root(name))

    def join(self, a: str, b: str, link: Link) -> None:
        first, second = sorted((self.root(a), self.root(b)))
        if first != second:
            self.parents[second] = first
            self._weakest[first] = link

    def chain(self, first: str, second: str, link: Link) -> str:
        self._tops[second] = first
        self._weakest[first] = link
        return first

    def groups(self) -> list[Group]:
        members: dict[str, list[str]] = {}
        for name in sorted(self.parents):
            members.setdefault(self.top(name), []).append(name)
        found = []
        for top, names in sorted(members.items()):
            link = self._weakest.get(top)
            if link is not None:
                found.append(Group(tuple(names), link.kind, link.score))
        return found


def _find(parents: dict[str, str], name: str) -> str:
    root = name
    while parents[root] != root:
        root = parents[root]
    while parents[name] != root:
        parents[name], name = root, parents[name]
    return root


def propose(articles: Sequence[ClusterArticle]) -> tuple[str, str]:
    """(id of the article to keep, why, in Chinese): the most visited, else the most complete, else the newest.

    What a site cannot get back are the visitors that have found a page; then the text that says most; then the one
    that is most likely to be right today. Ties go to the smaller id.
    """
    by_visits = sorted(articles, key=lambda one: (-(one.visits or 0), one.id))
    if len(by_visits) > 1 and (by_visits[0].visits or 0) > CLEARLY_MORE_VISITS * (by_visits[1].visits or 0):
        return by_visits[0].id, f"访问量最高（{by_visits[0].visits} 次）"
    by_length = sorted(articles, key=lambda one: (-one.chars, one.id))
    if len(by_length) > 1 and by_length[0].chars > CLEARLY_LONGER * by_length[1].chars:
        return by_length[0].id, f"内容最完整（{by_length[0].chars} 字）"
    longest = by_length[0].chars
    complete = [one for one in articles if one.chars * CLEARLY_LONGER >= longest]
    newest = max(one.date or "" for one in complete)
    chosen = min((one for one in complete if (one.date or "") == newest), key=lambda one: one.id)
    if newest and len(complete) > 1 and any((one.date or "") != newest for one in complete):
        return chosen.id, f"内容相当完整，发布日期最新（{newest[:10]}）"
    return chosen.id, "与其他几篇同样完整，任选其一"


def gain_of(articles: Sequence[ClusterArticle], keep: str) -> int:
    """The visits of the articles that are not kept; where none are known, their number."""
    others = [one for one in articles if one.id != keep]
    if any(one.visits is not None for one in others):
        return sum(one.visits or 0 for one in others)
    return len(others)
