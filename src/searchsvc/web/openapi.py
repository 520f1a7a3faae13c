"""The OpenAPI 3.1 description of what the API answers."""

from __future__ import annotations

from typing import Any, get_args

from ..models import BlockKind
from ..query import MAX_QUERY_CHARS
from ..service import MAX_LIMIT, MAX_OFFSET
from ..version import __version__
from .openapi_editors import SECURITY_SCHEMES, editors_paths, editors_schemas, similar_operation
from .openapi_parts import json_content, object_of, parameter, problems, ref


def openapi_document() -> dict[str, Any]:
    """The whole document, as plain JSON values."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "searchsvc",
            "version": __version__,
            "description": "Full-text search over Chinese articles.",
        },
        "paths": {
            "/api/v1/search": {"get": _search()},
            "/api/v1/articles/{ref}": {"get": _article()},
            "/api/v1/articles/{ref}/similar": {"get": similar_operation()},
            **editors_paths(),
            "/healthz": {"get": _simple("Alive.")},
            "/readyz": {"get": _simple("There is an index to search.") | _problems_only("503")},
        },
        "components": {"schemas": _schemas() | editors_schemas(), "securitySchemes": SECURITY_SCHEMES},
    }


def _problems_only(*statuses: str) -> dict[str, Any]:
    return {"responses": {"200": {"description": "Ready."}} | problems(*statuses)}


def _simple(description: str) -> dict[str, Any]:
    return {"responses": {"200": {"description": description}}}


def _search() -> dict[str, Any]:
    day = "Day, month or year, inclusive: 2026-03-10, 2026-03, 2026."
    return {
        "summary": "Ranked, highlighted search",
        "parameters": [
            parameter("q", {"type": "string", "maxLength": MAX_QUERY_CHARS}, "What to look for."),
            parameter(
                "limit",
                {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": 10},
                "Hits to return: groups of near copies, or articles without `collapse`.",
            ),
            parameter(
                "offset", {"type": "integer", "minimum": 0, "maximum": MAX_OFFSET, "default": 0}, "Hits to skip."
            ),
            parameter("category", {"type": "array", "items": {"type": "string"}}, "Any of these; repeatable."),
            parameter("from", {"type": "string"}, day),
            parameter("to", {"type": "string"}, day),
            parameter(
                "sort", {"type": "string", "enum": ["relevance", "newest", "oldest"], "default": "relevance"}, "Order."
            ),
            parameter(
                "collapse",
                {"type": "boolean", "default": True},
                "Fold near copies: `similar` says how many lie under a hit, `groups` how many hits are left in all.",
            ),
        ],
        "responses": {"200": {"description": "The answer."} | json_content(ref("SearchResult"))}
        | problems("400", "503"),
    }


def _article() -> dict[str, Any]:
    article = {"name": "ref", "in": "path", "required": True, "schema": {"type": "string"}, "description": "Id or key."}
    return {
        "summary": "One article",
        "parameters": [article],
        "responses": {"200": {"description": "The article."} | json_content(ref("Article"))} | problems("404", "503"),
    }


def _schemas() -> dict[str, Any]:
    text, maybe, number, count = (
        {"type": "string"},
        {"type": ["string", "null"]},
        {"type": "number"},
        {"type": "integer"},
    )
    names = {"type": "array", "items": text}
    pair = {"type": "array", "minItems": 2, "maxItems": 2}
    identity = {"id": text, "key": text, "url": text, "title": text, "date": maybe, "category": maybe}
    ranges = {"type": "array", "items": pair | {"items": count}}
    kinds = {"enum": list(get_args(BlockKind))}
    block = {"type": "array", "minItems": 3, "maxItems": 3, "prefixItems": [kinds, count, count], "items": False}
    return {
        "SearchResult": object_of(
            query=text, total=count, groups=count, took_ms=number, suggestion=maybe,
            notes={"type": "array", "items": object_of(code=text, message=text)},
            hits={"type": "array", "items": ref("Hit")},
            facets=object_of(category={"type": "array", "items": pair}, year={"type": "array", "items": pair}),
        ),
        "Hit": object_of(
            **identity, score=number, similar=count, matched=names, snippets={"type": "array", "items": ref("Snippet")}
        ),
        "Snippet": object_of(field={"enum": ["title", "headings", "body"]}, text=text, ranges=ranges),
        "Article": object_of(**identity, headings=names, body=text, structure={"type": "array", "items": block}),
        "Problem": object_of(type=text, title=text, status=count, detail=text, code=text),
    }  # fmt: skip
