"""Pieces that the OpenAPI description is made of, as plain JSON values."""

from __future__ import annotations

from typing import Any, Final

TEXT: Final[dict[str, Any]] = {"type": "string"}
MAYBE: Final[dict[str, Any]] = {"type": ["string", "null"]}
NUMBER: Final[dict[str, Any]] = {"type": "number"}
COUNT: Final[dict[str, Any]] = {"type": "integer"}


def ref(name: str) -> dict[str, Any]:
    """A schema named in `components`."""
    return {"$ref": f"#/components/schemas/{name}"}


def list_of(schema: dict[str, Any]) -> dict[str, Any]:
    """A list of such values."""
    return {"type": "array", "items": schema}


def object_of(**properties: Any) -> dict[str, Any]:
    """An object that has all these fields."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def json_content(schema: dict[str, Any], kind: str = "application/json") -> dict[str, Any]:
    """The content of a body."""
    return {"content": {kind: {"schema": schema}}}


def problems(*statuses: str) -> dict[str, Any]:
    """Answers that are problems, by status."""
    return {
        one: {"description": "See `code`."} | json_content(ref("Problem"), "application/problem+json")
        for one in statuses
    }


def parameter(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    """A parameter in the URL's query."""
    return {"name": name, "in": "query", "schema": schema, "description": description}


def in_path(name: str, description: str) -> dict[str, Any]:
    """A parameter in the URL's path."""
    return {"name": name, "in": "path", "required": True, "schema": TEXT, "description": description}


def counted(name: str, description: str, *, default: int, low: int, high: int | None = None) -> dict[str, Any]:
    """A whole number in the URL's query."""
    schema = COUNT | {"minimum": low, "default": default} | ({} if high is None else {"maximum": high})
    return parameter(name, schema, description)
