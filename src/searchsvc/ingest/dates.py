"""Dates as pages write them -> `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM:SS` in the site's time zone. Pure.

What has an offset (or is an instant, as epoch seconds are) is converted; what has none is already local.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

#: No machine writes a date this long.
_LONGEST_STAMP: Final = 200
_FIRST_YEAR: Final = 1990
_LAST_YEAR: Final = 2099

_TIME: Final = (
    r"(?:(?P<half>上午|下午|晚上|凌晨|中午|早上|傍晚|am|pm)\s*)?(?P<h>[01]?\d|2[0-3])(?:[:：]|点|时)(?P<m>[0-5]\d)"
    r"(?:分|(?:[:：](?P<s>[0-5]\d)))?(?:\.\d+)?(?:\s*(?P<ap>[ap])\.?m\b\.?)?"
)
#: An offset follows seconds or a T; after 15:00 a -17:00 is the end of a period.
_OFFSET: Final = r"\s*(?P<o>Z\b|[+-](?:0\d|1[0-4]):?[0-5]\d\b)?"
#: Elements beside one another leave no space between a date and its time: 2026-03-1008:30.
_DAY_ENDS: Final = r"(?!\d(?!\d:[0-5]\d))"
_DATE: Final = re.compile(
    # 评分42026-03-10 08:00: a number may touch a date that has its time.
    r"(?:(?<![\d.])|(?=20\d\d-\d\d-\d\d\s\d\d:\d\d))(?P<y>(?:19|20)\d{2})(?:\s*年\s*|[-/.])(?P<mo>1[0-2]|0?[1-9])(?:\s*月\s*|[-/.])(?P<d>3[01]|[12]\d|0?[1-9])"
    rf"{_DAY_ENDS}(?:\s*[日号])?(?:(?:\s*(?P<t>T)|\s*[（(]?(?:星期|周)[一二三四五六日天][）)]?|[\s,，]+|(?<=[日号])|-(?=\d\d:)|(?=\d\d:))"
    rf"\s*{_TIME}{_OFFSET})?",
    re.I,
)
_SHORT_YEAR: Final = re.compile(
    rf"(?<![\d.\-/])(?P<y>\d{{2}})(?:年|[-/.])(?P<mo>1[0-2]|0?[1-9])(?:月|[-/.])(?P<d>3[01]|[12]\d|0?[1-9])"
    rf"{_DAY_ENDS}日?(?:\s*{_TIME})?",
    re.I,
)
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH: Final = r"(?P<mo>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_WEEKDAY: Final = (
    r"(?:\(?(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}\.?\)?[,\s]*|(?:星期|周|週)[一二三四五六日天][,\s]*)?"
)
#: 5月 07 週二 2019, 5 月 20, 2021.
_MONTH_FIRST: Final = re.compile(
    rf"(?<![\d年])(?P<mo>1[0-2]|0?[1-9])\s*月\s*(?P<d>3[01]|[12]\d|0?[1-9])日?[,\s·]*{_WEEKDAY}(?P<y>20\d\d)(?!\d)",
    re.I,
)
_ENGLISH: Final = re.compile(
    rf"\b(?:{_MONTH}\s*(?P<d>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?[,\s]*{_WEEKDAY}(?P<y>(?:19|20)\d{{2}})(?!\d)"
    rf"|(?P<d2>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?[\s-]*{_MONTH.replace('<mo>', '<mo2>')}"
    rf"[,\s-]*(?P<y2>(?:19|20)\d{{2}})(?!\d)"
    rf"|(?P<y3>(?:19|20)\d{{2}})[,\s-]+{_MONTH.replace('<mo>', '<mo3>')}[\s-]*(?P<d3>3[01]|[12]\d|0?[1-9])\b)",
    re.I,
)
_AMERICAN: Final = re.compile(r"(1[0-2]|0?[1-9])/(3[01]|[12]\d|0?[1-9])/((?:19|20)\d{2})(?!\d)")
_COMPACT: Final = re.compile(
    r"(?<!\d)(20\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?:([01]\d|2[0-3])([0-5]\d)([0-5]\d))?(?!\d)"
)
_IN_URL: Final = re.compile(
    r"/(?:[a-z]{1,8}[-_]?)?(20\d{2})[-/_]?(0[1-9]|1[0-2])[-/_]?(0[1-9]|[12]\d|3[01])(?=\D|$)"
    # An id that begins with its day: /202603103340571234.html.
    r"|/(?:[a-z]{1,8}[-_]?)?(20\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{6,12}(?=\D|$)"
)
#: 二〇二六年三月十日, as notices are signed.
_NUMERALS: Final = "一二三四五六七八九"
_CHINESE: Final = re.compile(
    rf"(?P<y>[〇○零{_NUMERALS}]{{4}}|(?:19|20)\d\d)\s*年\s*(?P<mo>[{_NUMERALS}十]{{1,2}}|1[0-2]|0?[1-9])\s*月"
    rf"\s*(?P<d>[{_NUMERALS}十]{{1,3}}|3[01]|[12]\d|0?[1-9])\s*[日号]"
)
#: 民國115年3月10日: years of the Republic.
_MINGUO: Final = re.compile(r"民[国國]\s?(\d{2,3})\s?年\s?(1[0-2]|0?[1-9])\s?月\s?(3[01]|[12]\d|0?[1-9])\s?日")
#: 发布时间：20260310, 20260310 at the beginning of a line, and with its time behind.
_LABELLED_COMPACT: Final = re.compile(
    r"(?:^|(?:时间|日期|发布|发表|于|[Dd]ate|[Tt]ime)\s{0,4}[:：]?\s{0,4})(20\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])"
    r"(?:\s*([01]\d|2[0-3])[:：]?([0-5]\d)(?:[:：]?([0-5]\d))?)?(?!\d)"
)
#: Characters that pages write dates with and rules do not: full-width digits and signs, dashes, invisible ones.
_PLAIN: Final = {
    **{ord("０") + digit: str(digit) for digit in range(10)},
    **dict.fromkeys(map(ord, "－–—‐‑‒―−﹣─"), "-"),
    **dict.fromkeys(map(ord, "／⁄∕"), "/"),
    ord("．"): ".",
    **dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u200e\u200f\u00ad\u202a\u202c"), None),
    ord("："): ":",
    ord("\u3000"): " ",
    ord("\xa0"): " ",
}
_UNUSUAL: Final = re.compile(r"[０-９－–—‐‑‒―−﹣─／⁄∕．\u200b-\u200f\u2060\ufeff\u00ad\u202a\u202c]")
_MAY_HOLD: Final = re.compile(r"\d{4}|\d\s*[-/.]\s*\d|月|[０-９]{2}|[a-z]{3}\D{0,3}\d", re.I)
_MONTH_DAY: Final = re.compile(r"(?<![\d.])(1[0-2]|0?[1-9])\s*[-/月.]\s*(3[01]|[12]\d|0?[1-9])(?![\d.])")
_EPOCH: Final = re.compile(r"\d{10}(?:\d{3})?")


@lru_cache(maxsize=32)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def parse_date(text: str, timezone: str) -> str | None:
    """The first date written in `text`; None when there is none."""
    return next(iter_dates(text, timezone), None)


def iter_dates(text: str, timezone: str) -> Iterator[str]:
    """Every full date in `text`, in order of their forms; impossible ones (February 30) are left out."""
    text = _plain(text)
    for match in _DATE.finditer(text):
        found = _build(match.groupdict(), timezone)
        if found is not None:
            yield found
    for match in _CHINESE.finditer(text) if "月" in text else ():
        year, month, day = match.groups()
        if any(not part.isascii() for part in (year, month, day)):  # else the rule above has read it
            found = _day(_numeral_year(year), _number(month), _number(day))
            if found is not None:
                yield found
    for match in _MONTH_FIRST.finditer(text) if "月" in text else ():
        found = _day(int(match["y"]), int(match["mo"]), int(match["d"]))
        if found is not None:
            yield found
    for match in _MINGUO.finditer(text) if "民" in text else ():
        found = _day(int(match[1]) + 1911, int(match[2]), int(match[3]))
        if found is not None:
            yield found
    for match in _LABELLED_COMPACT.finditer(text):
        year, month, day, hour, minute, second = match.groups()
        found = _build({"y": year, "mo": month, "d": day, "h": hour, "m": minute, "s": second}, timezone)
        if found is not None:
            yield found
    for match in _ENGLISH.finditer(text):
        name, year, day = next(
            (match[f"mo{n}"], match[f"y{n}"], match[f"d{n}"]) for n in ("", "2", "3") if match[f"mo{n}"]
        )
        found = _day(int(year), _MONTHS.index(name[:3].lower()) + 1, int(day))
        if found is not None:
            yield found


def _digits(text: str) -> int:
    return int("".join(str(_NUMERALS.find(one) + 1) for one in text))


def _numeral_year(text: str) -> int:
    return int(text) if text.isascii() else _digits(text)


def _number(text: str) -> int:
    """三, 十, 十二, 二十, 三十一; digits as they are."""
    if text.isascii():
        return int(text)
    tens, ten, ones = text.rpartition("十")
    return (_digits(tens or "一") * 10 if ten else 0) + (_digits(ones) if ones else 0)


def parse_short_date(text: str, timezone: str) -> str | None:
    """A date with a year of two digits (26-03-10, 26年3月10日), read as 20YY; only where a date is expected."""
    match = _SHORT_YEAR.search(_plain(text))
    if match is None:
        return None
    parts = match.groupdict()
    return _build({**parts, "y": "20" + str(parts["y"])}, timezone)


def parse_stamp(text: str, timezone: str) -> str | None:
    """A machine's date: ISO 8601, epoch seconds or milliseconds, YYYYMMDD[HHMMSS], or anything parse_date reads."""
    text = " ".join(text[:_LONGEST_STAMP].split())
    if _EPOCH.fullmatch(text):
        return from_epoch(int(text[:10]), timezone)
    match = _COMPACT.fullmatch(text)
    if match is not None:
        year, month, day, hour, minute, second = match.groups()
        return _build({"y": year, "mo": month, "d": day, "h": hour, "m": minute, "s": second, "o": None}, timezone)
    american = _AMERICAN.match(text)
    if american is not None:
        return _day(int(american[3]), int(american[1]), int(american[2]))
    return parse_date(text, timezone)


def from_epoch(seconds: int, timezone: str) -> str | None:
    """Seconds since 1970 (UTC) as local time."""
    moment = datetime.fromtimestamp(0, UTC) + timedelta(seconds=seconds)
    return _stamp(moment.astimezone(_zone(timezone)))


def date_in_url(url: str) -> str | None:
    """The day in a path such as /2026/03/10/ or /20260310/; None without one."""
    match = _IN_URL.search(url)
    if match is None:
        return None
    year, month, day = (one for one in match.groups() if one)
    return _day(int(year), int(month), int(day))


def with_year(text: str, candidates: Iterator[str]) -> str | None:
    """The candidate that falls on the month and day `text` shows without a year (07-29 09:36)."""
    match = _MONTH_DAY.search(_plain(text))
    if match is None:
        return None
    wanted = f"{int(match[1]):02}-{int(match[2]):02}"
    return next((one for one in candidates if one[5:10] == wanted), None)


def day_without_year(text: str, year: int) -> str | None:
    """The month and day that `text` shows (3月10日, 03-10), in this year; None when it shows none."""
    match = _MONTH_DAY.search(_plain(text))
    return _day(year, int(match[1]), int(match[2])) if match is not None else None


def may_hold_date(text: str) -> bool:
    """False for a text in which none of the rules finds a date: most lines, told at a glance."""
    return _MAY_HOLD.search(text) is not None


def _plain(text: str) -> str:
    return text.translate(_PLAIN) if not text.isascii() and _UNUSUAL.search(text) else text


def _build(parts: dict[str, str | None], timezone: str) -> str | None:
    day = _day(int(parts["y"] or 0), int(parts["mo"] or 0), int(parts["d"] or 0))
    if day is None or parts.get("h") is None:
        return day
    local = datetime.fromisoformat(day).replace(
        hour=_hour(parts), minute=int(parts["m"] or 0), second=int(parts.get("s") or 0)
    )
    offset = parts.get("o")
    if offset is None or (offset != "Z" and not parts.get("s") and not parts.get("t")):
        return _stamp(local)
    if offset == "Z":
        return _stamp(local.replace(tzinfo=UTC).astimezone(_zone(timezone)))
    hours, minutes = int(offset[1:3]), int(offset[-2:])
    shift = timedelta(hours=hours, minutes=minutes) * (-1 if offset[0] == "-" else 1)
    return _stamp((local - shift).replace(tzinfo=UTC).astimezone(_zone(timezone)))


def _hour(parts: dict[str, str | None]) -> int:
    """The hour of the day; after noon where the text says so (3:20 PM, 下午3:20)."""
    hour = int(parts["h"] or 0)
    half = (parts.get("half") or f"{parts.get('ap') or ''}m").lower()
    if half in {"pm", "下午", "晚上", "傍晚"} or (half == "中午" and hour < 3):
        return hour + 12 if hour < 12 else hour
    return 0 if hour == 12 and half in {"am", "凌晨", "上午", "早上"} else hour


def _day(year: int, month: int, day: int) -> str | None:
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return None
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _stamp(moment: datetime) -> str | None:
    return moment.strftime("%Y-%m-%dT%H:%M:%S") if _FIRST_YEAR <= moment.year <= _LAST_YEAR else None
