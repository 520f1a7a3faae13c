"""Date filters as readers write them: a day, a month or a year, both ends inclusive. Pure."""

from __future__ import annotations

import calendar
import re
from typing import Final

_DAY: Final = re.compile(r"([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2}))?)?", re.ASCII)


def first_day(text: str) -> int:
    """First day of the day, month or year given, as a `YYYYMMDD` number. ValueError when it is none."""
    year, month, day = _parts(text)
    return year * 10_000 + (month or 1) * 100 + (day or 1)


def last_day(text: str) -> int:
    """Last day of the day, month or year given, as a `YYYYMMDD` number. ValueError when it is none."""
    year, month, day = _parts(text)
    month = month or 12
    return year * 10_000 + month * 100 + (day or calendar.monthrange(year, month)[1])


def _parts(text: str) -> tuple[int, int, int]:
    match = _DAY.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no date")
    year, month, day = (int(part) if part else 0 for part in match.groups())
    if year < 1 or (match[2] and not 1 <= month <= 12):
        raise ValueError(f"{text!r} is no date")
    if match[3] and not 1 <= day <= calendar.monthrange(year, month)[1]:
        raise ValueError(f"{text!r} is no date")
    return year, month, day
