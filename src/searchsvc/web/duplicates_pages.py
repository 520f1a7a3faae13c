"""The clusters that wait, one cluster, and any two articles side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from ..editorial import KINDS, Cluster, ClusterArticle, ComparedText, Comparison, Decision, Evidence, Kind
from ..editors import Editors
from ..errors import InvalidParameter
from ..service import SearchService
from .editors_view import PER_PAGE, Side, comparing, numbered, page_number, paging
from .notices import notices, titles_of
from .sessions import PAGES

ORDERS: Final = (("gain", "收益"), ("size", "篇数"), ("score", "相似度"), ("newest", "最新"))
STATES: Final = (("open", "待处理"), ("all", "全部"))
#: Pairs of one cluster that are listed; the others are reached by choosing left and right.
MOST_PAIRS: Final = 40


@dataclass(frozen=True, slots=True)
class Way:
    """The list an editor works through, and how many of it come before this cluster: where `next` leads."""

    kind: str = ""
    category: str = ""
    order: str = "gain"
    state: str = "open"
    at: int = 0

    def kept(self, **changes: Any) -> dict[str, Any]:
        """The values that are not the defaults, as parameters of a URL or fields of a form."""
        values = asdict(self) | changes
        usual = asdict(Way())
        return {name: value for name, value in values.items() if value not in (None, "") and value != usual.get(name)}


def read_way(values: MultiDict[str, str]) -> Way:
    """The list's parameters of a request. InvalidParameter for a value that no link of ours has."""
    at = values.get("at", "")
    way = Way(
        values.get("kind", ""), values.get("category", ""), values.get("order") or "gain",
        values.get("state") or "open", int(at) if at.isascii() and at.isdigit() and len(at) < 7 else 0,
    )  # fmt: skip
    for name, value, allowed in (
        ("kind", way.kind, ("", *KINDS)),
        ("order", way.order, tuple(order for order, _ in ORDERS)),
        ("state", way.state, tuple(state for state, _ in STATES)),
    ):
        if value not in allowed:
            raise InvalidParameter(name, f"{name} must be one of {', '.join(filter(None, allowed))}, not {value!r}.")
    return way


@dataclass(frozen=True, slots=True)
class PairLink:
    """A pair of a cluster: its two articles, what is known and what was decided about it."""

    a: ClusterArticle
    b: ClusterArticle
    kind: Kind | None
    score: float
    decision: Decision | None


@dataclass(frozen=True, slots=True)
class ShownText:
    """One side of a comparison on the page."""

    side: Side
    name: str
    article: ClusterArticle
    body: Markup
    keep: bool


def decisions_within(editors: Editors, ids: set[str], cluster: Cluster | None) -> dict[frozenset[str], Decision | None]:
    """What holds about each pair of these articles of which anything is known.

    Of two articles that comparing has linked, its word counts: a decision may apply by the texts, or no longer. Of
    others, which are in one cluster through a third, the decision about just these two.
    """
    found: dict[frozenset[str], Decision | None] = {}
    for one in editors.decisions():
        pair = frozenset((one.a.id, one.b.id))
        if pair <= ids:
            found.setdefault(pair, one)
    if cluster is not None:
        found |= {frozenset((pair.a, pair.b)): pair.decision for pair in cluster.pairs}
    return found


def decision_about(editors: Editors, comparison: Comparison) -> Decision | None:
    """What holds about the two articles compared."""
    if comparison.pair is not None:
        return comparison.pair.decision
    ids = frozenset((comparison.a.article.id, comparison.b.article.id))
    return decisions_within(editors, set(ids), None).get(ids)


def pairs_of(cluster: Cluster, decided: Mapping[frozenset[str], Decision | None]) -> list[PairLink]:
    """The pairs in the order to go through: the article to keep with each other one, then what else is linked."""
    articles = {one.id: one for one in cluster.articles}
    known = {frozenset((pair.a, pair.b)): pair for pair in cluster.pairs}
    order = [(cluster.keep, one.id) for one in cluster.articles if one.id != cluster.keep]
    order += [(pair.a, pair.b) for pair in cluster.pairs if cluster.keep not in (pair.a, pair.b)]
    links = []
    for a, b in order:
        ends = frozenset((a, b))
        pair = known.get(ends)
        kind, score = (pair.kind, pair.score) if pair else (None, 0.0)
        links.append(PairLink(articles[a], articles[b], kind, score, decided.get(ends)))
    return links


def pair_page(
    service: SearchService, way: Way, cluster: Cluster | None, a: str, b: str, *, conflicts: tuple[Decision, ...] = (),
    changed: bool = False, note: str = "",
) -> str:  # fmt: skip
    """The page of a cluster with two articles side by side, or of two articles alone.

    `changed`: another editor was faster, so nothing was decided; `conflicts` is what they decided.
    """
    editors = service.editors
    ids = {one.id for one in cluster.articles} if cluster else set[str]()
    decided = decisions_within(editors, ids, cluster)
    pairs = pairs_of(cluster, decided) if cluster else []
    a, b = _chosen(pairs, cluster, a, b)
    comparison = editors.compare(a, b)
    swapped = a in (comparison.b.article.id, comparison.b.article.key)
    left, right = (comparison.b, comparison.a) if swapped else (comparison.a, comparison.b)
    at = next((at for at, one in enumerate(pairs) if {one.a.id, one.b.id} == {left.article.id, right.article.id}), None)
    waits = editors.waiting(ids) if cluster else None
    return render_template(
        "editors/cluster.html",
        way=way,
        cluster=cluster,
        waits=waits is not None and cluster is not None and waits.id == cluster.id,
        pairs=pairs[:MOST_PAIRS],
        before=pairs[at - 1] if at else None,
        after=pairs[at + 1] if at is not None and at + 1 < len(pairs) else None,
        numbers={one.id: number for number, one in enumerate(cluster.articles, 1)} if cluster else {},
        left=left.article,
        right=right.article,
        texts=_texts(comparison, left, right, swapped, cluster.keep if cluster else ""),
        passages=len(comparison.passages),
        pair=comparison.pair,
        swapped=swapped,
        evidence=comparison.pair.evidence if comparison.pair else None,
        only=_only(comparison.pair.evidence, swapped) if comparison.pair else ((), ()),
        decision=decision_about(editors, comparison),
        seen=" ".join(sorted(one.id for one in decided.values() if one)),
        merging=[one for one in pairs if cluster and cluster.keep == one.a.id and one.decision is None],
        conflicts=conflicts,
        changed=changed,
        note=note,
        notices=notices(service),
        title=titles_of(service),
    )


def _chosen(pairs: list[PairLink], cluster: Cluster | None, a: str, b: str) -> tuple[str, str]:
    """The pair asked for; else the first that waits, else the first."""
    if cluster is None or (a and b):
        return a, b
    if a or b:
        other = next(one.key for one in cluster.articles if (a or b) not in (one.key, one.id))
        return (a, other) if a else (other, b)
    link = next((one for one in pairs if one.decision is None and one.kind is not None), pairs[0])
    return link.a.key, link.b.key


def _texts(
    comparison: Comparison, left: ComparedText, right: ComparedText, swapped: bool, keep: str
) -> list[ShownText]:
    """Both sides with the shared passages marked, numbered as they come on the left."""
    ranges = [(one.b, one.a) if swapped else (one.a, one.b) for one in comparison.passages]
    ranges.sort()
    shown: list[ShownText] = []
    sides: tuple[tuple[Side, str, ComparedText], ...] = (("left", "左边", left), ("right", "右边", right))
    for place, (side, name, text) in enumerate(sides):
        body = numbered(text.body, [one[place] for one in ranges], side, text.headings)
        shown.append(ShownText(side, name, text.article, body, text.article.id == keep))
    return shown


def _only(evidence: Evidence, swapped: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return (evidence.only_b, evidence.only_a) if swapped else (evidence.only_a, evidence.only_b)


def onward(service: SearchService, way: Way, ids: Iterable[str] = (), **more: Any) -> BaseResponse:
    """To what is left of the cluster of these articles, else to the next that waits, else to the list."""
    editors = service.editors
    found = editors.waiting(ids)
    if found is None:
        for at in dict.fromkeys((way.at, 0)):
            after = editors.duplicates(
                kind=way.kind or None, category=way.category or None, order=way.order, limit=1, offset=at
            )
            if after.clusters:
                found, way = after.clusters[0], replace(way, at=at)
                break
    if found is None:
        return redirect(url_for("duplicates.clusters", **way.kept(at=None), **more), 303)
    return redirect(url_for("duplicates.cluster", cluster_id=found.id, **way.kept(), **more), 303)


def register_duplicates(app: Flask, service: SearchService) -> None:
    """Adds the list, the page of a cluster, and the page of any two articles."""
    blueprint = Blueprint("duplicates", __name__)

    @blueprint.get(f"{PAGES}/duplicates")
    def clusters() -> str:
        return _list_page(service, read_way(request.args))

    @blueprint.get(f"{PAGES}/duplicates/<cluster_id>")
    def cluster(cluster_id: str) -> str:
        found = service.editors.cluster(cluster_id)
        a, b = request.args.get("a", ""), request.args.get("b", "")
        return pair_page(service, read_way(request.args), found, a, b)

    @blueprint.get(f"{PAGES}/compare")
    def compare() -> str:
        a, b = request.args.get("a", ""), request.args.get("b", "")
        if not a or not b:
            raise InvalidParameter("a" if not a else "b", "Two articles are needed: a and b.")
        return pair_page(service, read_way(request.args), None, a, b)

    @blueprint.get(f"{PAGES}/next")
    def next_cluster() -> BaseResponse:
        way = read_way(request.args)
        waiting = service.editors.duplicates(
            kind=way.kind or None, category=way.category or None, order=way.order, limit=None
        )
        # By its name, not by its place: what is left of a cluster after a decision may have moved in the list.
        at = next((at for at, one in enumerate(waiting.clusters) if one.id == request.args.get("after")), way.at - 1)
        return onward(service, replace(way, at=at + 1))

    app.register_blueprint(blueprint)


def _list_page(service: SearchService, way: Way) -> str:
    editors = service.editors
    number = page_number()

    def ask(number: int) -> Any:
        return editors.duplicates(
            kind=way.kind or None, category=way.category or None, order=way.order, state=way.state,
            limit=PER_PAGE, offset=(number - 1) * PER_PAGE,
        )  # fmt: skip

    found = ask(number)
    turning = paging(found.total, number)
    if turning.page != number:
        # A page past the end: the list became shorter while it was worked through.
        found = ask(turning.page)
    first = (turning.page - 1) * PER_PAGE
    rows = [(replace(way, at=first + place), one, _decided(one)) for place, one in enumerate(found.clusters)]

    def turn(number: int) -> str:
        return url_for("duplicates.clusters", **way.kept(at=None, page=None if number == 1 else number))

    return render_template(
        "editors/duplicates.html",
        way=replace(way, at=0),
        found=found,
        every=sum(found.kinds.values()),
        rows=rows,
        paging=turning,
        turn=turn,
        kinds=KINDS,
        orders=ORDERS,
        states=STATES,
        categories=editors.categories(),
        comparing=comparing(editors),
        notices=notices(service),
    )


def _decided(cluster: Cluster) -> int:
    return sum(pair.decision is not None for pair in cluster.pairs)
