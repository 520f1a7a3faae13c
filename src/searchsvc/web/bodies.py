"""JSON bodies of requests, strictly read: an object, its fields of the types asked for. Unknown ones are ignored."""

from __future__ import annotations

import json
from typing import Any

from flask import Request
from werkzeug.exceptions import BadRequest

from ..errors import InvalidParameter


def read_object(request: Request) -> dict[str, Any]:
    """The object a request brings, whatever its content type. BadRequest for what is none, RequestEntityTooLarge."""
    try:
        value = json.loads(request.get_data(cache=False))
    except RecursionError:
        raise BadRequest("The body is nested too deeply.") from None
    except ValueError as error:  # no UTF-8, no JSON, or a number longer than Python reads
        raise BadRequest(f"The body is not JSON: {str(error)[:200]}.") from None
    if not isinstance(value, dict):
        raise BadRequest(f"The body must be a JSON object, not {_kind(value)}.")
    return value


def text_of(body: dict[str, Any], name: str, default: str | None = None) -> str:
    """A field that is text; `default` when it is absent or null. InvalidParameter when it is not text, or is needed."""
    value = body.get(name)
    if value is None and default is not None:
        return default
    if name not in body:
        raise InvalidParameter(name, f"{name} is needed.")
    return _text(name, value)


def texts_of(body: dict[str, Any], name: str) -> list[str]:
    """A field that is a list of texts. InvalidParameter names the first entry that is none."""
    value = body.get(name)
    if not isinstance(value, list):
        raise InvalidParameter(name, f"{name} must be a list of texts, not {_kind(value)}.")
    return [_text(name, one, f"{name}[{at}]") for at, one in enumerate(value)]


def _text(name: str, value: Any, shown: str = "") -> str:
    if not isinstance(value, str):
        raise InvalidParameter(name, f"{shown or name} must be text, not {_kind(value)}.")
    if any("\ud800" <= char <= "\udfff" for char in value):
        # JSON can escape it, but no answer could hold it.
        raise InvalidParameter(name, f"{shown or name} holds half of a character pair.")
    return value


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
