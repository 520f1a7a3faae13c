"""Bytes of a page -> what its article says. decode -> one walk -> title -> region -> date, category, body."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from ..errors import PageRejected
from .decode import decode
from .labelling.dump import is_plain, plain_tree
from .labelling.markup import Line, Tree, parse, tidy
from .labelling.wording import is_edge_print
from .reading.body import body_of
from .reading.dates import iter_dates
from .reading.metadata import find_category, find_date, find_url, json_ld_items
from .reading.region import Region, find_region, is_prose, is_signed_day, line_zones
from .reading.title import TODAY, find_title, squeeze

#: Part of every stored page's origin: a new number makes the next ingest read every page again.
EXTRACTOR_VERSION: Final[str] = "4"

_NOINDEX: Final = re.compile(r"(?:^|[\s,;])(?:noindex|none)(?:$|[\s,;])", re.I)
#: A page with this many links and less prose than _LIST_PROSE characters is a list of articles, not one.
_LIST_LINKS: Final = 10
_LIST_PROSE: Final = 80
#: How many lines after the headline may hold its date.
_NEAR: Final = 8
#: A lead or an abstract may stand between the headline and its date.
_LEADS: Final = 1
_DATED: Final = re.compile(r"\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}")
_POSTED: Final = re.compile(r"(?:posted|published|发布|发表)\s*(?:@|at|on|于|时间|日期)", re.I)
_NO_DATES: Final = frozenset({"related", "comment", "nav", "hidden"})


@dataclass(frozen=True, slots=True)
class Extraction:
    """A page read. `skip` says why it should not be found ("noindex", "list_page"), None when it should.

    `date` is local to the site; `body` one block a line, headings included; `url` what the page declares.
    """

    title: str
    date: str | None
    category: str | None
    headings: tuple[str, ...]
    body: str
    url: str | None
    warnings: tuple[str, ...]
    skip: str | None


def extract_page(data: bytes, *, path: str, timezone: str = "Asia/Shanghai") -> Extraction:
    """What the page says; `path` (its id) may hold its date. Raises PageRejected, and nothing else.

    Codes: page_empty, page_binary, page_charset (see decode), page_too_complex, page_no_article.
    """
    decoded = decode(data)
    tree = plain_tree(decoded.text) if is_plain(decoded.text, path) else parse(decoded.text)
    ld = json_ld_items(tree)
    zones = line_zones(tree)
    title, title_line = find_title(tree, ld, zones)
    if title_line is None:
        title_line = _line_of(tree, title)
    region = find_region(tree, zones, title_line)
    headings, body = body_of(tree, region.lines)
    skip = _skip(tree, body, any(is_prose(tree.lines[index]) for index in region.lines))
    if not body and not skip:
        body = _declared_body(ld)
    if not body and not skip:
        raise PageRejected("page_no_article", "There is no article text on the page.")
    warnings = decoded.warnings
    if not title:
        title, warnings = body.split("\n", 1)[0][:80] or path, (*warnings, "no_title")
    url = find_url(tree)
    date = find_date(tree, ld, _near(tree, region, title_line), f"{url or ''}\n/{path}", timezone)
    if date is None:
        date = _only_day_above(tree, region, title_line, timezone)
    category = find_category(tree, ld, title, title_line)
    return Extraction(title, date, category, headings, body, url, warnings, skip)


def _line_of(tree: Tree, title: str) -> int | None:
    key = squeeze(title)
    for index, line in enumerate(tree.lines):
        if key and squeeze(line.text) == key and line.link * 2 <= len(line.text):
            return index
    return None


def _near(tree: Tree, region: Region, title_line: int | None) -> list[str]:
    """Lines where the date may stand: between headline and text, just before them, and at the article's end."""
    first = region.lines[0] if region.lines else 0
    at = title_line if title_line is not None else max(-1, first - _NEAR)
    lines: list[str] = []
    prose = 0
    for index in range(at + 1, min(len(tree.lines), max(first, at + 1 + _NEAR))):
        line = tree.lines[index]
        if is_prose(line) and not is_edge_print(line.text) and not _is_dated(line):
            prose += 1
            if prose > _LEADS:
                break
            continue
        linked = line.link * 2 > len(line.text) and not is_edge_print(line.text)
        if not linked and len(line.text) <= 150 and region.zones[index] not in _NO_DATES:
            lines.append(line.text)
    before = [i for i in range(at, max(-1, at - 4), -1) if region.zones[i] not in _NO_DATES]
    lines += [tree.lines[i].text for i in before if tree.lines[i].link * 2 <= len(tree.lines[i].text) <= 150]
    last = region.lines[-1] if region.lines else 0
    ending = [tree.lines[i] for i in (*region.lines[-2:], *range(last + 1, min(last + 3, len(tree.lines))))]
    lines += [one.text for one in ending if not one.link and (is_edge_print(one.text) or is_signed_day(one.text))]
    below = range(last + 1, min(last + 1 + _NEAR, len(tree.lines)))
    return lines + [tree.lines[i].text for i in below if _POSTED.match(tree.lines[i].text[:150])]


def _is_dated(line: Line) -> bool:
    return len(line.text) <= 150 and next(iter_dates(line.text, "UTC"), None) is not None


def _only_day_above(tree: Tree, region: Region, title_line: int | None, timezone: str) -> str | None:
    """The day of the issue in the head of a page, when it is the only one there and is not called today's."""
    end = title_line if title_line is not None else region.lines[0] if region.lines else 0
    days: set[str] = set()
    for line, zone in zip(tree.lines[:end], region.zones[:end], strict=True):
        if zone not in {"related", "comment", "hidden"} and _DATED.search(line.text) and not TODAY.search(line.text):
            days.update(found[:10] for found in iter_dates(line.text, timezone))
    return days.pop() if len(days) == 1 else None


def _skip(tree: Tree, body: str, has_prose: bool) -> str | None:
    if any(_NOINDEX.search(tree.metas.get(name, "")) for name in ("robots", "googlebot", "baiduspider")):
        return "noindex"
    if tree.links >= _LIST_LINKS and len(body) < _LIST_PROSE and not has_prose:
        linked = sum(line.link for line in tree.lines)
        if linked > 0.6 * sum(len(line.text) for line in tree.lines):
            return "list_page"
    return None


def _declared_body(ld: list[dict[str, Any]]) -> str:
    """The text a page without readable markup still gives in its JSON-LD."""
    for item in ld:
        text = item.get("articleBody")
        if isinstance(text, str) and len(text) >= 20:
            return "\n".join(filter(None, (tidy(line) for line in re.sub(r"<[^>]{0,200}>", "\n", text).split("\n"))))
    return ""
