"""Parameters as they come in a URL, strictly read: one value each (category of a search any number)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Final

from werkzeug.datastructures import MultiDict

from ..errors import InvalidParameter

_NUMBER: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
_DECIMAL: Final = re.compile(r"[0-9]{0,9}\.?[0-9]{1,20}", re.ASCII)


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
        q=read_one(args, "q") or "",
        limit=read_number(args, "limit", 10),
        offset=read_number(args, "offset", 0),
        category=tuple(value for value in args.getlist("category") if value),
        date_from=read_one(args, "from") or None,
        date_to=read_one(args, "to") or None,
        sort=read_one(args, "sort") or "relevance",
        collapse=read_flag(args, "collapse", True),
    )


def read_list_params(args: MultiDict[str, str]) -> dict[str, Any]:
    """Keyword arguments of `Editors.duplicates`, whose to check they are; unknown ones are ignored.

    InvalidParameter names one repeated or unreadable.
    """
    return {
        "kind": read_one(args, "kind") or None,
        "category": read_one(args, "category") or None,
        "min_score": _fraction(args, "min_score", 0.0),
        "order": read_one(args, "order") or "gain",
        "state": read_one(args, "state") or "open",
        "limit": read_number(args, "limit", 50),
        "offset": read_number(args, "offset", 0),
    }


def read_one(args: MultiDict[str, str], name: str) -> str | None:
    """The value of a parameter, None when it is not given. InvalidParameter when it is given several times."""
    values = args.getlist(name)
    if len(values) > 1:
        raise InvalidParameter(name, f"{name} is given {len(values)} times.", hint="Give it once.")
    return values[0] if values else None


def read_number(args: MultiDict[str, str], name: str, default: int) -> int:
    """A whole number. InvalidParameter for anything else."""
    value = read_one(args, name)
    if value is None or value == "":
        return default
    if not _NUMBER.fullmatch(value):
        raise InvalidParameter(name, f"{name} must be a whole number, not {value[:40]!r}.")
    return int(value)


def _fraction(args: MultiDict[str, str], name: str, default: float) -> float:
    value = read_one(args, name)
    if value is None or value == "":
        return default
    if not _DECIMAL.fullmatch(value):
        raise InvalidParameter(name, f"{name} must be a number between 0 and 1, not {value[:40]!r}.")
    return float(value)


def read_flag(args: MultiDict[str, str], name: str, default: bool) -> bool:
    """True or false. InvalidParameter for anything else."""
    value = read_one(args, name)
    if value is None or value == "":
        return default
    if value.lower() not in {"true", "false", "1", "0"}:
        raise InvalidParameter(name, f"{name} must be true or false, not {value[:40]!r}.")
    return value.lower() in {"true", "1"}
