"""The OpenAPI 3.1 description of what the API answers."""

from __future__ import annotations

from typing import Any

from ..query import MAX_QUERY_CHARS
from ..service import MAX_LIMIT, MAX_OFFSET
from ..version import __version__


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
            "/healthz": {"get": _simple("Alive.")},
            "/readyz": {"get": _simple("There is an index to search.") | _problems_only("503")},
        },
        "components": {"schemas": _schemas()},
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _json(schema: dict[str, Any], kind: str = "application/json") -> dict[str, Any]:
    return {"content": {kind: {"schema": schema}}}


def _problems(*statuses: str) -> dict[str, Any]:
    return {
        one: {"description": "See `code`."} | _json(_ref("Problem"), "application/problem+json") for one in statuses
    }


def _problems_only(*statuses: str) -> dict[str, Any]:
    return {"responses": {"200": {"description": "Ready."}} | _problems(*statuses)}


def _simple(description: str) -> dict[str, Any]:
    return {"responses": {"200": {"description": description}}}


def _parameter(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema, "description": description}


def _search() -> dict[str, Any]:
    day = "Day, month or year, inclusive: 2026-03-10, 2026-03, 2026."
    return {
        "summary": "Ranked, highlighted search",
        "parameters": [
            _parameter("q", {"type": "string", "maxLength": MAX_QUERY_CHARS}, "What to look for."),
            _parameter(
                "limit",
                {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": 10},
                "Hits to return: groups of near copies, or articles without `collapse`.",
            ),
            _parameter(
                "offset", {"type": "integer", "minimum": 0, "maximum": MAX_OFFSET, "default": 0}, "Hits to skip."
            ),
            _parameter("category", {"type": "array", "items": {"type": "string"}}, "Any of these; repeatable."),
            _parameter("from", {"type": "string"}, day),
            _parameter("to", {"type": "string"}, day),
            _parameter(
                "sort", {"type": "string", "enum": ["relevance", "newest", "oldest"], "default": "relevance"}, "Order."
            ),
            _parameter(
                "collapse",
                {"type": "boolean", "default": True},
                "Fold near copies: `similar` says how many lie under a hit, `groups` how many hits are left in all.",
            ),
        ],
        "responses": {"200": {"description": "The answer."} | _json(_ref("SearchResult"))} | _problems("400", "503"),
    }


def _article() -> dict[str, Any]:
    ref = {"name": "ref", "in": "path", "required": True, "schema": {"type": "string"}, "description": "Id or key."}
    return {
        "summary": "One article",
        "parameters": [ref],
        "responses": {"200": {"description": "The article."} | _json(_ref("Article"))} | _problems("404", "503"),
    }


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


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
    return {
        "SearchResult": _object(
            query=text, total=count, groups=count, took_ms=number, suggestion=maybe,
            notes={"type": "array", "items": _object(code=text, message=text)},
            hits={"type": "array", "items": _ref("Hit")},
            facets=_object(category={"type": "array", "items": pair}, year={"type": "array", "items": pair}),
        ),
        "Hit": _object(
            **identity, score=number, similar=count, matched=names, snippets={"type": "array", "items": _ref("Snippet")}
        ),
        "Snippet": _object(field={"enum": ["title", "headings", "body"]}, text=text, ranges=ranges),
        "Article": _object(**identity, headings=names, body=text),
        "Problem": _object(type=text, title=text, status=count, detail=text, code=text),
    }  # fmt: skip
