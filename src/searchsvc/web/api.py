"""The JSON API. Translates URLs to calls of the service and results to JSON, nothing else."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, jsonify, request

from ..editorial_records import similar_record
from ..errors import IndexMissing, InvalidParameter
from ..records import article_record, result_record
from ..service import SearchService
from .openapi import openapi_document
from .params import read_number, read_params
from .view import with_root

#: Similar articles given at most; a page shows a handful.
MAX_SIMILAR: Final = 50


def make_blueprint(service: SearchService) -> Blueprint:
    """Routes of the API over `service`."""
    blueprint = Blueprint("api", __name__)

    @blueprint.get("/api/v1/search")
    def search() -> Response:
        params = read_params(request.args)
        record = result_record(service.search(params.q, **params.options()))
        if request.script_root:
            for hit in record["hits"]:
                hit["url"] = with_root(hit["url"])
        return jsonify(record)

    @blueprint.get("/api/v1/articles/<path:ref>")
    def article(ref: str) -> Response:
        record = article_record(service.article(ref))
        record["url"] = with_root(record["url"])
        return jsonify(record)

    # An article whose own id ends in /similar is asked for by its key.
    @blueprint.get("/api/v1/articles/<path:ref>/similar")
    def similar(ref: str) -> Response:
        limit = read_number(request.args, "limit", 10)
        if not 1 <= limit <= MAX_SIMILAR:
            raise InvalidParameter("limit", f"limit must be a whole number between 1 and {MAX_SIMILAR}, not {limit}.")
        found = service.article(ref)
        return jsonify(similar_record(found.id, service.similar(found.id)[:limit], link=with_root))

    @blueprint.get("/api/v1/openapi.json")
    def openapi() -> Response:
        return jsonify(openapi_document())

    @blueprint.get("/healthz")
    def healthz() -> Response:
        return jsonify({"status": "ok"})

    @blueprint.get("/readyz")
    def readyz() -> Response:
        if not service.ready():
            raise IndexMissing("There is no index that can be searched.")
        return jsonify({"status": "ready"})

    return blueprint
