"""When an article was published: ordered rules, generic first. What a page says to machines of its text comes before
what it shows, and what it shows beside its headline before anything else on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from ..dates import date_in_url, day_without_year, iter_dates, parse_date, parse_short_date, parse_stamp, with_year
from ..labelling.facts import is_of_text, strings_of, types_of
from ..labelling.page import LabelledPage, Line
from .region import is_prose, is_signed_day
from .title import TODAY

_PUBLISHED_METAS: Final = (
    "article:published_time",
    "og:article:published_time",
    "og:published_time",
    "og:release_date",
    "og:time",
    "apub:time",
    "firstpublishedtime",
    "publishedtime",
    "bytedance:published_time",
    "datepublished",
    "pubdate",
    "publishdate",
    "publish-date",
    "publish_date",
    "publish_time",
    "publishtime",
    "pubtime",
    "firstcreatedtime",
    "parsely-pub-date",
    "sailthru.date",
    "dc.date.issued",
    "dcterms.issued",
    "dc.date",
    "citation_publication_date",
    "weibo: article:create_at",
    "weibo:article:create_at",
    "releasedate",
    "date",
    "datecreated",
)
_CHANGED_METAS: Final = re.compile(r"(?:updat|modif)\w*[-_.:]?(?:date|time|at)?$|^date(?:update|modified)")
_PUBLISHED_META: Final = re.compile(
    r"(?:^|[:._-])(?:pub|publish|published|publication|release|issue|article|create|created)[-_.]?(?:date|time|at)$"
)
_LD_DATES: Final = ("datePublished", "pubDate", "uploadDate", "dateCreated")
_UPDATED: Final = re.compile(r"更新|修改|修订|编辑于|推荐|updat|modif", re.I)
#: 已于 2026-04-02 修改: the word may follow the date.
_CHANGED: Final = re.compile(
    r"\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?(?:\s*\d{1,2}:\d{2}(?::\d{2})?)?\s*"
    r"(?:最后)?(?:更新|修改|修订|编辑)(?!\s*[:：于在]|时间|日期)"
)
#: A date in pieces one under the other: 2026 / 03/10, 10 / 2026-03, 2026 / 3月 / 10, 10 / 3月 / 2026.
_STACKED: Final = re.compile(
    r"^(20\d\d)年?\n(\d{1,2})\s*[-/.月]\s*(\d{1,2})日?$|^(\d{1,2})日?\n?(20\d\d)\s*[-/.年]\s*(\d{1,2})月?$"
    r"|^(20\d\d)年?\n(\d{1,2})月?\n(\d{1,2})日?$|^(\d{1,2})日?\n(\d{1,2})月\n(20\d\d)年?$",
    re.M,
)
#: Their groups of year, month and day.
_STACKED_GROUPS: Final = ((1, 2, 3), (5, 6, 4), (7, 8, 9), (12, 11, 10))
_DATED: Final = re.compile(r"\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}")
_POSTED: Final = re.compile(r"(?:本文|文章|稿件)?(?:posted|published|发布|发表)\s*(?:@|at|on|于|时间|日期)", re.I)
_NO_DATES: Final = frozenset({"related", "comment", "nav", "hidden"})
#: How many lines after the headline may hold its date, and how many before it.
_NEAR: Final = 8
_BEFORE: Final = 4
#: A lead or an abstract may stand between the headline and its date.
_LEADS: Final = 1
_LONGEST: Final = 150
_SOURCE_LINK: Final = 30
_SCRIPT_SIZE: Final = 200_000
_LABELLED_DATES: Final = re.compile(r"(?=(?:发布|发表|更新|修改|修订|编辑于|最后|最新|推荐)[^\d]{0,6}[:：于在]?\s*\d)")
_SCRIPT_DATE: Final = re.compile(
    r"""["']?\b(?:publish_?(?:ed)?_?(?:time|date|at)(?:_?(?:stamp|str|long))?|pub_?(?:date|time)(?:_?(?:timestamp|stamp|str|long))?|create_?(?:time|d_at)|datePublished"""
    r"""|(?:news|post|issue|release|display|show|first_?publish)_?(?:date|time)|ct)\b["']?"""
    r"""\s*[:=]\s*["']?([\dT:/.Z+ -]{8,32})""",
    re.I,
)
#: Names that also stand for other things, read when no better one is there.
_WEAK_SCRIPT_DATE: Final = re.compile(
    r"""["']?\b(?:ctime|created|svr_time|add_?time|timestamp)\b["']?\s*[:=]"""
    r"""\s*["']?(\d{10}(?:\d{3})?|20\d\d-[\d T:-]{5,15})\b""",
    re.I,
)
#: A year on its own in a script or an address, for a day shown without one.
_SCRIPT_YEAR: Final = re.compile(r"""["']?\b\w{0,12}year["']?\s*[:=]\s*["']?(20\d\d)\b""", re.I)
_URL_YEAR: Final = re.compile(r"[/_-](20\d\d)(?=[/_-]|\d{2}(?:\d{2})?[/_.-])")


def find_date(page: LabelledPage, region: list[int], title_line: int | None, url: str, timezone: str) -> str | None:
    """When the article was published, local to the site; None when the page does not say.

    `region` are the lines of the article, `url` is the page's address or path. Rules, the first that gives a day wins:

    1. JSON-LD of the text. 2. Publication metas. 3. JSON-LD of the page. 4. `<time>`, elements named as dates and lines
    near the headline. 5. Script variables. 6. The date in the URL. 7. The only day in the head of the page.

    A more precise later source wins over a bare day that it agrees with.
    """
    day: str | None = None
    near = _near(page, region, title_line)
    for found in _dates(page, near, url, timezone):
        if day is None:
            day = found
        if len(found) > 10 and found[:10] == day[:10]:
            return found
    return day if day is not None else _only_day_above(page, region, title_line)


def _near(page: LabelledPage, region: list[int], title_line: int | None) -> list[str]:
    """Lines where the date may stand: between headline and text, just before them, and at the article's end."""
    first = region[0] if region else 0
    at = title_line if title_line is not None else max(-1, first - _NEAR)
    lines: list[str] = []
    prose = 0
    for line in page.lines[at + 1 : max(first, at + 1 + _NEAR)]:
        if is_prose(line) and not line.words.edge and _is_sentence(line):
            prose += 1
            if prose > _LEADS:
                break
            continue
        # Where it was first published may be a link, with the date beside it.
        linked = line.linked and not line.words.edge and not (line.dates and line.link <= _SOURCE_LINK)
        if not linked and len(line.text) <= _LONGEST and line.outside not in _NO_DATES:
            lines.append(line.text)
    before = [one for one in page.lines[max(0, at - _BEFORE + 1) : at + 1] if one.outside not in _NO_DATES]
    lines += [one.text for one in before if one.link * 2 <= len(one.text) <= _LONGEST]
    last = region[-1] if region else 0
    ending = [page.lines[i] for i in (*region[-2:], *range(last + 1, min(last + 3, len(page.lines))))]
    lines += [one.text for one in ending if not one.link and (one.words.edge or is_signed_day(one.text))]
    below = [one for one in page.lines[last + 1 :] if one.outside in {"", "tool"}][:_NEAR]
    return lines + [one.text for one in below if _POSTED.match(one.text[:_LONGEST])]


def _is_sentence(line: Line) -> bool:
    """True for text; facts have colons, and commas where a date stands."""
    return "。" in line.text or ("，" in line.text and not line.dates)


def _only_day_above(page: LabelledPage, region: list[int], title_line: int | None) -> str | None:
    """The day of the issue in the head of a page, when it is the only one there and is not called today's."""
    end = title_line if title_line is not None else region[0] if region else 0
    days: set[str] = set()
    for line in page.lines[:end]:
        if (
            line.outside not in {"related", "comment", "hidden"}
            and _DATED.search(line.text)
            and not TODAY.search(line.text)
        ):
            days.update(found[:10] for found in line.dates)
    return days.pop() if len(days) == 1 else None


def _dates(page: LabelledPage, near: list[str], url: str, timezone: str) -> Iterator[str]:
    head = page.head
    texts = [fact for fact in head.facts if is_of_text(fact)]
    pages = [fact for fact in head.facts if "webpage" in types_of(fact)]
    sources: tuple[Iterable[str], ...] = (
        (value for name in _LD_DATES for fact in texts for value in strings_of(fact, name)),
        (head.meta(name) for name in _PUBLISHED_METAS if name in head.metas),
        (values[0] for name, values in head.metas.items() if _PUBLISHED_META.search(name)),
        (value for fact in pages for value in strings_of(fact, "datePublished")),
    )
    for source in sources:
        for text in source:
            found = parse_stamp(text, timezone)
            if found is not None:
                yield found
    yield from _shown(page, near, timezone)
    yield from _scripted(page, near, url, timezone)
    found = date_in_url(url)
    if found is not None:
        yield found
    # Better the day of the last change than none.
    yield from (found for text in near for found in iter_dates(text, timezone))


def _shown(page: LabelledPage, near: list[str], timezone: str) -> Iterator[str]:
    for text in sorted(near, key=lambda text: _POSTED.match(text) is None):
        found = _labelled(text, timezone)
        if found is not None:
            yield found
    found = parse_date(_STACKED.sub(_straight, "\n".join(near[: _NEAR + _BEFORE])), timezone) if near else None
    if found is not None:
        yield found
    visible = set(near)
    for stamp, text in page.head.times:
        if not _UPDATED.search(text) and any(text in line or line in text for line in visible if text):
            found = parse_stamp(stamp or text, timezone)
            if found is not None:
                yield found
    for text in near[:6]:
        found = parse_short_date(text, timezone)
        if found is not None:
            yield found


def _straight(match: re.Match[str]) -> str:
    return next("-".join(match[one] for one in groups) for groups in _STACKED_GROUPS if match[groups[0]])


def _labelled(text: str, timezone: str) -> str | None:
    """The date in a line: one that follows 发布, else the first that does not follow 更新."""
    pieces = _LABELLED_DATES.split(_CHANGED.sub(" ", text))
    pieces.sort(key=lambda piece: not piece.startswith(("发布", "发表")))
    for piece in pieces:
        if not _UPDATED.search(piece[:12]):
            found = parse_date(piece, timezone)
            if found is not None:
                return found
    return None


def _scripted(page: LabelledPage, near: list[str], url: str, timezone: str) -> Iterator[str]:
    scripts = [script[:_SCRIPT_SIZE] for script in page.head.scripts]
    matches = (match[1].strip() for script in scripts for match in _SCRIPT_DATE.finditer(script))
    stamps = [found for text in matches if (found := parse_stamp(text, timezone)) is not None]
    weak = (match[1].strip() for script in scripts for match in _WEAK_SCRIPT_DATE.finditer(script))
    others = [found for text in weak if (found := parse_stamp(text, timezone)) is not None]
    changes = [found for text in _changes(page) if (found := parse_stamp(text, timezone)) is not None]
    in_url = date_in_url(url)
    for text in near[:6]:
        matching = with_year(text, iter([*stamps, *([in_url] if in_url else []), *others, *changes]))
        if matching is not None:
            yield matching
    yield from stamps
    yield from others
    # A day shown without its year: an address or a script may say it.
    years = [match[1] for match in _URL_YEAR.finditer(url)]
    years += [match[1] for script in scripts for match in _SCRIPT_YEAR.finditer(script)]
    for text in near[:6]:
        day = day_without_year(text, int(years[0])) if years else None
        if day is not None:
            yield day


def _changes(page: LabelledPage) -> list[str]:
    """When the page says it was changed: good for the year of a day it shows without one."""
    named = [value for name, values in page.head.metas.items() if _CHANGED_METAS.search(name) for value in values]
    return named + [value for fact in page.head.facts for value in strings_of(fact, "dateModified")]
