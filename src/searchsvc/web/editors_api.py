"""The editors' API, behind the gate of `access`. Translates requests to calls of the desk, and back; nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from flask import Blueprint, Response, jsonify, request

from ..editorial_records import (
    check_record,
    cluster_record,
    clusters_record,
    decision_record,
    hidden_record,
    planned_record,
    redirect_record,
)
from ..errors import InvalidParameter, TokenRequired
from ..exports import redirects_csv
from ..models import article_key
from ..redirect_map import nginx_map
from ..service import SearchService
from .access import current_editor
from .bodies import read_object, text_of, texts_of
from .params import read_flag, read_list_params, read_number, read_one
from .sessions import API
from .view import with_root

#: Rows of a list that no filter shortens: decisions and hidden articles.
MAX_ROWS: Final = 200
FORMATS: Final = ("json", "csv", "nginx")


def make_blueprint(service: SearchService) -> Blueprint:
    """Routes of the editors' API over `service`. What is decided or hidden holds in this process at once."""
    blueprint = Blueprint("editors_api", __name__, url_prefix=API)
    desk = service.editors

    @blueprint.get("")
    def duplicates() -> Response:
        found = desk.duplicates(**read_list_params(request.args))
        return jsonify(clusters_record(found, current=desk.is_current(), link=with_root))

    @blueprint.get("/clusters/<cluster_id>")
    def cluster(cluster_id: str) -> Response:
        return jsonify(cluster_record(desk.cluster(cluster_id), link=with_root))

    @blueprint.post("/check")
    def check() -> Response:
        body = read_object(request)
        if "titles" in body:
            if "title" in body or "body" in body:
                raise InvalidParameter("titles", "titles do not go with title and body.")
            return jsonify(planned_record(desk.check_titles(texts_of(body, "titles")), link=with_root))
        title, text = text_of(body, "title"), text_of(body, "body", "")
        return jsonify(check_record(desk.check(title, text), text, link=with_root))

    @blueprint.post("/decisions")
    def decide() -> tuple[Response, int]:
        body = read_object(request)
        made = desk.decide(
            text_of(body, "a"), text_of(body, "b"), text_of(body, "decision"),
            keep=text_of(body, "keep", "") or None, note=text_of(body, "note", ""), by=_editor(),
            expected=text_of(body, "expected", ""),
        )  # fmt: skip
        return jsonify(decision_record(made)), 201

    @blueprint.get("/decisions")
    def decisions() -> Response:
        found = desk.history() if read_flag(request.args, "history", False) else desk.decisions()
        return jsonify(_page("decisions", [decision_record(one) for one in found]))

    @blueprint.delete("/decisions/<decision_id>")
    def undo(decision_id: str) -> Response:
        taken_back = desk.undo(decision_id, by=_editor())
        return jsonify(decision_record(taken_back))

    @blueprint.get("/redirects")
    def redirects() -> Response:
        wanted = read_one(request.args, "format") or "json"
        if wanted not in FORMATS:
            raise InvalidParameter("format", f"format must be one of {', '.join(FORMATS)}, not {wanted[:40]!r}.")
        found = desk.redirects()
        if wanted == "json":
            return jsonify({"redirects": [redirect_record(one, link=with_root) for one in found]})
        linked = [replace(one, url=with_root(one.url), keep_url=with_root(one.keep_url)) for one in found]
        if wanted == "csv":
            return _file(redirects_csv(linked), "text/csv", "redirects.csv")
        return _file(nginx_map(linked).encode("ascii"), "text/plain", "searchsvc-redirects.conf")

    @blueprint.get("/hidden")
    def hidden() -> Response:
        return jsonify(_page("hidden", [hidden_record(one) for one in desk.hidden()]))

    @blueprint.put("/hidden/<path:ref>")
    def hide(ref: str) -> Response:
        made = desk.hide(ref, by=_editor())
        return jsonify(hidden_record(made))

    @blueprint.delete("/hidden/<path:ref>")
    def unhide(ref: str) -> Response:
        article_id = desk.unhide(ref)
        return jsonify({"id": article_id, "key": article_key(article_id)})

    return blueprint


def _editor() -> str:
    name = current_editor()
    if name is None:
        # The gate lets no such request through; nothing is ever written in nobody's name.
        raise TokenRequired("This needs a token: Authorization: Bearer TOKEN.")
    return name


def _page(name: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    limit, offset = read_number(request.args, "limit", 50), read_number(request.args, "offset", 0)
    if not 1 <= limit <= MAX_ROWS:
        raise InvalidParameter("limit", f"limit must be a whole number between 1 and {MAX_ROWS}, not {limit}.")
    return {"total": len(rows), name: rows[offset : offset + limit]}


def _file(data: bytes, kind: str, name: str) -> Response:
    headers = {"Content-Disposition": f"attachment; filename={name}"}
    return Response(data, content_type=f"{kind}; charset=utf-8", headers=headers)
