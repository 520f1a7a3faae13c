"""What templates need: highlighted markup, links that keep the question, dates and durations in Chinese.

This is the only place where text and ranges become markup, and every piece is escaped on its way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from flask import request
from markupsafe import Markup, escape

from ..models import ArticleView, Block
from ..text.outline import Part, outline
from .params import SearchParams

PAGE_SIZE: Final = 10
SORTS: Final = (("relevance", "相关度"), ("newest", "最新"), ("oldest", "最早"))


def highlight(text: str, ranges: Sequence[tuple[int, int]]) -> Markup:
    """The text, escaped, with each range inside <mark>."""
    pieces: list[Markup] = []
    done = 0
    for start, end in ranges:
        pieces += [escape(text[done:start]), Markup("<mark>"), escape(text[start:end]), Markup("</mark>")]
        done = end
    return Markup("").join([*pieces, escape(text[done:])])


def parts_of(article: ArticleView) -> list[Part]:
    """The article's body as nested parts; where only its headings are known, those and paragraphs."""
    lines = article.body.split("\n") if article.body else []
    headings = set(article.headings)
    guessed = (Block("heading", 2) if line in headings else Block("text", 0) for line in lines)
    return outline(lines, article.structure or tuple(guessed))


def with_root(url: str) -> str:
    """A path of this service as a browser must ask for it, below the mounted root; other URLs as they are."""
    return request.script_root + url if url.startswith("/") else url


def link(params: SearchParams, *, page: int = 1, **changes: Any) -> str:
    """URL of the search page for these parameters, with changes; defaults are left out."""
    values: dict[str, Any] = {
        "q": params.q,
        "category": list(params.category),
        "from": params.date_from,
        "to": params.date_to,
        "sort": params.sort,
        "collapse": "" if params.collapse else "false",
        "page": page,
    } | changes
    kept = {name: value for name, value in values.items() if value not in (None, "", [], (), "relevance", 1)}
    return f"{request.script_root}/?{urlencode(kept, doseq=True, errors='replace')}"


def chinese_date(date: str | None) -> str:
    """2026-03-10T19:53:47 -> 2026年3月10日; an empty string for no date."""
    if not date:
        return ""
    year, month, day = date[:10].split("-")
    return f"{int(year)}年{int(month)}月{int(day)}日"


def duration(milliseconds: float) -> str:
    """About how long a search took, in milliseconds or seconds."""
    if milliseconds >= 1000:
        return f"{milliseconds / 1000:.1f} 秒"
    return f"{milliseconds:.1f} 毫秒" if milliseconds < 10 else f"{milliseconds:.0f} 毫秒"


@dataclass(frozen=True, slots=True)
class PageLink:
    """One entry of the page list: its number (None is a gap) and whether it is the page shown."""

    number: int | None
    current: bool = False


def page_links(page: int, pages: int) -> list[PageLink]:
    """First, last, and the pages around the one shown; gaps between."""
    wanted = sorted({1, pages, *range(max(page - 1, 1), min(page + 1, pages) + 1)})
    links: list[PageLink] = []
    for number in wanted:
        last = links[-1].number if links else None
        if last is not None and number - last > 1:
            links.append(PageLink(None))
        links.append(PageLink(number, number == page))
    return links
