"""The JSON API. Translates URLs to calls of the service and results to JSON, nothing else."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from ..errors import IndexMissing
from ..records import article_record, result_record
from ..service import SearchService
from .openapi import openapi_document
from .params import read_params
from .view import with_root


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
