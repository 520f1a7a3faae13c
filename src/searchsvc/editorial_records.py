"""The editors' values as JSON writes them: one shape for the command line, the API and scripts. Pure.

`link` makes the URL that is given out from an article's own; a service below a path puts that path before its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

from .editorial import (
    CheckResult,
    Cluster,
    ClusterArticle,
    ClusterList,
    Decision,
    Evidence,
    Hidden,
    Match,
    Pair,
    PlannedTitle,
    Redirect,
)
from .models import article_key
from .text.analyse import clean_line

Link = Callable[[str], str]


def clusters_record(found: ClusterList, *, current: bool, link: Link = str) -> dict[str, Any]:
    """The answer of `GET /api/v1/duplicates`. `current`: whether it is of the newest state of the index."""
    return {
        "total": found.total,
        "kinds": dict(found.kinds),
        "current": current,
        "clusters": [cluster_record(one, link=link) for one in found.clusters],
    }


def cluster_record(cluster: Cluster, *, link: Link = str) -> dict[str, Any]:
    """The answer of `GET /api/v1/duplicates/clusters/{id}`."""
    return {
        "id": cluster.id,
        "kind": cluster.kind,
        "score": cluster.score,
        "keep": cluster.keep,
        "reason": cluster.reason,
        "gain": cluster.gain,
        "articles": [_article(one, link) for one in cluster.articles],
        "pairs": [_pair(one) for one in cluster.pairs],
    }


def _article(one: ClusterArticle, link: Link) -> dict[str, Any]:
    return {
        "id": one.id,
        "key": one.key,
        "title": one.title,
        "date": one.date,
        "url": link(one.url),
        "category": one.category,
        "chars": one.chars,
        "visits": one.visits,
    }


def _pair(pair: Pair) -> dict[str, Any]:
    return {
        "a": pair.a,
        "b": pair.b,
        "kind": pair.kind,
        "score": pair.score,
        "evidence": _evidence(pair.evidence),
        "decision": decision_record(pair.decision) if pair.decision else None,
    }


def _evidence(one: Evidence) -> dict[str, Any]:
    return {
        "shared_passages": one.shared_passages,
        "share_a": one.share_a,
        "share_b": one.share_b,
        "title": one.title,
        "ties": list(one.ties),
        "only_a": list(one.only_a),
        "only_b": list(one.only_b),
    }


def decision_record(one: Decision) -> dict[str, Any]:
    """A stored decision; `undone_by` and `undone_at` only once it was taken back."""
    record = {
        "id": one.id,
        "a": one.a.id,
        "b": one.b.id,
        "decision": one.decision,
        "keep": one.keep,
        "note": one.note,
        "by": one.by,
        "at": one.at,
    }
    if one.undone_at is not None:
        record |= {"undone_by": one.undone_by, "undone_at": one.undone_at}
    return record


def hidden_record(one: Hidden) -> dict[str, Any]:
    """A hidden article, and who hid it."""
    return {"id": one.id, "key": article_key(one.id), "by": one.by, "at": one.at}


def redirect_record(one: Redirect, *, link: Link = str) -> dict[str, Any]:
    """An old address and the one to lead to."""
    return {"id": one.id, "url": link(one.url), "keep": one.keep, "keep_url": link(one.keep_url)}


def similar_record(article_id: str, matches: Sequence[Match], *, link: Link = str) -> dict[str, Any]:
    """The answer of `GET /api/v1/articles/{id}/similar`: what visitors see, so without evidence."""
    shown = [_match(one, link) for one in matches]
    return {"id": article_id, "similar": [{k: v for k, v in one.items() if k != "evidence"} for one in shown]}


def check_record(result: CheckResult, sent: str, *, link: Link = str) -> dict[str, Any]:
    """The answer to a draft. `new_passages` are ranges into `sent`: the body as it came, before it was cleaned."""
    return {
        "matches": [_match(one, link) for one in result.matches],
        "new_passages": _ranges_in(sent, result),
        "new_subjects": list(result.new_subjects),
    }


def planned_record(titles: Sequence[PlannedTitle], *, link: Link = str) -> dict[str, Any]:
    """The answer to a list of titles, in its order; `planned` names other titles of the list by index from 0."""
    return {
        "titles": [
            {
                "title": one.title,
                "matches": [_match(match, link) for match in one.matches],
                "planned": [{"index": index, "score": score} for index, score in one.planned],
            }
            for one in titles
        ]
    }


def _match(one: Match, link: Link) -> dict[str, Any]:
    return {
        "id": one.id,
        "key": one.key,
        "url": link(one.url),
        "title": one.title,
        "date": one.date,
        "kind": one.kind,
        "score": one.score,
        "evidence": _evidence(one.evidence),
    }


def _ranges_in(sent: str, result: CheckResult) -> list[list[int]]:
    """The new passages as ranges into the text as it was sent.

    Cleaning drops characters nobody sees and squeezes white space; all other characters stay, in their order. So the
    n-th visible character of one text is the n-th of the other.
    """
    if sent == result.body or not result.new_passages:
        return [[start, end] for start, end in result.new_passages]
    seen = {char: bool(clean_line(char)) for char in set(sent)}
    places = [at for at, char in enumerate(sent) if seen[char]]
    before = [0, *accumulate(not char.isspace() for char in result.body)]
    found = []
    for start, end in result.new_passages:
        first, last = before[start], before[end]
        if last > first:
            found.append([places[first], places[last - 1] + 1])
    return found
