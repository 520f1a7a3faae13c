"""Parameters of a search as they come in a URL: one value each (category any number), strictly read."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Final

from werkzeug.datastructures import MultiDict

from ..errors import InvalidParameter

_NUMBER: Final = re.compile(r"[0-9]{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class SearchParams:
    """The parameters of `GET /api/v1/search`; ranges and dates are the service's to check."""

    q: str = ""
    limit: int = 10
    offset: int = 0
    category: tuple[str, ...] = ()
    date_from: str | None = None
    date_to: str | None = None
    sort: str = "relevance"
    collapse: bool = True

    def options(self) -> dict[str, Any]:
        """Keyword arguments of `SearchService.search`."""
        return {
            "limit": self.limit,
            "offset": self.offset,
            "category": self.category,
            "date_from": self.date_from,
            "date_to": self.date_to,
            "sort": self.sort,
            "collapse": self.collapse,
        }

    def without_filters(self) -> SearchParams:
        """The same question with nothing but its text."""
        return replace(SearchParams(), q=self.q)


def read_params(args: MultiDict[str, str]) -> SearchParams:
    """Parameters of a request; unknown ones are ignored. InvalidParameter names one repeated or unreadable."""
    return SearchParams(
        q=_one(args, "q") or "",
        limit=_number(args, "limit", 10),
        offset=_number(args, "offset", 0),
        category=tuple(value for value in args.getlist("category") if value),
        date_from=_one(args, "from") or None,
        date_to=_one(args, "to") or None,
        sort=_one(args, "sort") or "relevance",
        collapse=_flag(args, "collapse", True),
    )


def _one(args: MultiDict[str, str], name: str) -> str | None:
    values = args.getlist(name)
    if len(values) > 1:
        raise InvalidParameter(name, f"{name} is given {len(values)} times.", hint="Give it once.")
    return values[0] if values else None


def _number(args: MultiDict[str, str], name: str, default: int) -> int:
    value = _one(args, name)
    if value is None or value == "":
        return default
    if not _NUMBER.fullmatch(value):
        raise InvalidParameter(name, f"{name} must be a whole number, not {value[:40]!r}.")
    return int(value)


def _flag(args: MultiDict[str, str], name: str, default: bool) -> bool:
    value = _one(args, name)
    if value is None or value == "":
        return default
    if value.lower() not in {"true", "false", "1", "0"}:
        raise InvalidParameter(name, f"{name} must be true or false, not {value[:40]!r}.")
    return value.lower() in {"true", "1"}
