"""What editors decide: about a pair, about a whole cluster, and taking it back. Each answers with a redirect, or with
the page again when another editor was faster."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from flask import Blueprint, Flask, Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ..editorial import Cluster, Decision, Verdict
from ..errors import ClusterNotFound, DecisionConflict, DecisionNotFound, InvalidParameter, TokenRequired
from ..models import article_key
from ..service import SearchService
from .access import current_editor
from .duplicates_pages import Way, decisions_within, onward, pair_page, read_way
from .notices import article_today
from .sessions import PAGES

#: What a button says -> the decision, and which side is kept.
_CHOICES: Final[dict[str, tuple[Verdict, str]]] = {
    "same-left": ("same", "a"),
    "same-right": ("same", "b"),
    "different": ("different", ""),
    "merged-left": ("merged", "a"),
    "merged-right": ("merged", "b"),
}


def editor_name() -> str:
    """Who is asking. The guard lets nobody else this far."""
    name = current_editor()
    if name is None:
        raise TokenRequired("Only editors decide.")
    return name


def register_deciding(app: Flask, service: SearchService) -> None:
    """Adds the three forms that decide."""
    blueprint = Blueprint("deciding", __name__)

    @blueprint.post(f"{PAGES}/decide")
    def decide() -> BaseResponse:
        return _decide(service)

    @blueprint.post(f"{PAGES}/duplicates/<cluster_id>/merge")
    def merge(cluster_id: str) -> BaseResponse:
        return _merge(service, cluster_id)

    @blueprint.post(f"{PAGES}/undo")
    def undo() -> BaseResponse:
        return _undo(service)

    app.register_blueprint(blueprint)


def _decide(service: SearchService) -> BaseResponse:
    form, editors, way = request.form, service.editors, read_way(request.form)
    left, right, choice = form.get("a", ""), form.get("b", ""), form.get("choice", "")
    if choice not in _CHOICES:
        raise InvalidParameter("choice", f"choice must be one of {', '.join(_CHOICES)}, not {choice!r}.")
    verdict, side = _CHOICES[choice]
    keep = form.get(side) if side else None
    cluster = _cluster(service, form.get("cluster", ""))
    try:
        made = editors.decide(
            left, right, verdict, keep=keep, note=_note(), by=editor_name(), expected=form.get("seen", "")
        )
    except DecisionConflict as error:
        return _ask_again(service, way, cluster, (left, right), *_conflicts(error))
    members = {one.id for one in cluster.articles} if cluster else set[str]()
    return onward(service, way, members | {made.a.id, made.b.id}, done=made.id)


def _merge(service: SearchService, cluster_id: str) -> BaseResponse:
    form, editors, way = request.form, service.editors, read_way(request.form)
    keys, keep = form.get("articles", "").split(), form.get("keep", "")
    if keep not in keys or len(keys) < 2:
        raise InvalidParameter("keep", "keep must be one of at least two articles.")
    cluster = _cluster(service, cluster_id)
    decided = _decided_by_key(service, cluster, keys)
    seen = set(form.get("seen", "").split())
    new = tuple(one for one in decided.values() if one is not None and one.id not in seen)
    gone = seen - {one.id for one in decided.values() if one is not None}
    if new or gone or cluster is None or {one.key for one in cluster.articles} != set(keys):
        other = next(key for key in keys if key != keep)
        return _ask_again(service, way, cluster, ("", "") if cluster else (keep, other), *new)
    # What was decided about a pair one by one stays: a button for all is no reason to overrule it.
    others = [key for key in keys if key != keep and decided.get(frozenset((keep, key))) is None]
    if not others:
        raise InvalidParameter("keep", "Everything about this article is decided.")
    try:
        made = editors.keep_one(keep, others, note=_note(), by=editor_name())
    except DecisionConflict as error:
        return _ask_again(service, way, cluster, ("", ""), *_conflicts(error))
    members = {one.id for one in cluster.articles}
    return onward(service, way, members, done=[one.id for one in made])


def _undo(service: SearchService) -> BaseResponse:
    form, editors, way = request.form, service.editors, read_way(request.form)
    by, undone, missing = editor_name(), list[Decision](), None
    for decision_id in form.getlist("decision"):
        try:
            undone.append(editors.undo(decision_id, by=by))
        except DecisionNotFound as error:
            # Of many, one may have been taken back by another editor; the rest still should be.
            missing = error
    if not undone:
        raise missing or InvalidParameter("decision", "decision is missing.")
    ids = [one.id for one in undone]
    if form.get("back") == "decisions":
        return redirect(url_for("decisions.decisions", undone=ids, view=form.get("view") or None), 303)
    first = undone[0]
    cluster = editors.waiting([first.a.id, first.b.id])
    if cluster is None and not all(article_today(service, side.id) for side in (first.a, first.b)):
        return redirect(url_for("duplicates.clusters", **way.kept(at=None), undone=ids), 303)
    pair = _sides(first)
    if cluster is None:
        return redirect(url_for("duplicates.compare", **pair, **way.kept(), undone=ids), 303)
    # An article that left the cluster meanwhile is not shown in it.
    inside = {one.id for one in cluster.articles} >= {first.a.id, first.b.id}
    chosen = pair if inside and len(undone) == 1 else {}
    return redirect(url_for("duplicates.cluster", cluster_id=cluster.id, **chosen, **way.kept(), undone=ids), 303)


def _sides(decision: Decision) -> dict[str, Any]:
    """The pair of a decision as it stood side by side: what was kept on the left."""
    a, b = decision.a.id, decision.b.id
    if decision.keep == b:
        a, b = b, a
    return {"a": article_key(a), "b": article_key(b)}


def _cluster(service: SearchService, cluster_id: str) -> Cluster | None:
    """The cluster the editor was on; None when it is no more, or there was none."""
    if not cluster_id:
        return None
    try:
        return service.editors.cluster(cluster_id)
    except ClusterNotFound:
        # Another editor may have settled it: then the pair is shown alone, with what was decided.
        return None


def _decided_by_key(
    service: SearchService, cluster: Cluster | None, keys: Iterable[str]
) -> dict[frozenset[str], Decision | None]:
    snapshot = service.snapshot()
    stored = [snapshot.article(key) for key in keys]
    ids = {one.article.id for one in stored if one is not None}
    within = decisions_within(service.editors, ids, cluster)
    return {frozenset(map(article_key, ends)): one for ends, one in within.items()}


def _ask_again(
    service: SearchService, way: Way, cluster: Cluster | None, pair: tuple[str, str], *conflicts: Decision
) -> Response:
    page = pair_page(service, way, cluster, *pair, conflicts=conflicts, changed=True, note=_note())
    return Response(page, 409, mimetype="text/html")


def _conflicts(error: DecisionConflict) -> tuple[Decision, ...]:
    return () if error.decision is None else (error.decision,)


def _note() -> str:
    # Browsers send line breaks of a text field as two characters, and count them as one.
    return request.form.get("note", "").replace("\r\n", "\n").strip()
