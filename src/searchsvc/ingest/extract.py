"""Bytes of a page -> what its article says. decode -> label once -> headline -> lines -> date, category, body."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ..errors import PageRejected
from ..models import Block
from .decode import decode
from .labelling.facts import strings_of
from .labelling.label import label
from .labelling.page import LabelledPage
from .labelling.walk import tidy
from .reading.body import body_of
from .reading.category import find_category, find_url
from .reading.published import find_date
from .reading.region import find_region, is_prose
from .reading.site_names import squeeze
from .reading.title import find_title

#: Part of every stored page's origin: a new number makes the next ingest read every page again.
EXTRACTOR_VERSION: Final[str] = "5"

_ROBOTS: Final = ("robots", "googlebot", "baiduspider")
_NOT_INDEXED: Final = frozenset({"noindex", "none"})
#: A page with this many links and less prose than _LIST_PROSE characters is a list of articles, not one.
_LIST_LINKS: Final = 10
_LIST_PROSE: Final = 80


@dataclass(frozen=True, slots=True)
class Extraction:
    """A page read. `skip` says why it should not be found ("noindex", "list_page"), None when it should.

    `date` is local to the site; `body` one block a line, headings included, `structure` what each of them is; `url`
    what the page declares.
    """

    title: str
    date: str | None
    category: str | None
    headings: tuple[str, ...]
    body: str
    url: str | None
    warnings: tuple[str, ...]
    skip: str | None
    structure: tuple[Block, ...] = ()


def extract_page(data: bytes, *, path: str, timezone: str = "Asia/Shanghai") -> Extraction:
    """What the page says; `path` (its id) may hold its date. Raises PageRejected, and nothing else.

    Codes: page_empty, page_binary, page_charset (see decode), page_too_complex, page_no_article.
    """
    decoded = decode(data)
    page = label(decoded.text, path, timezone)
    title, title_line = find_title(page)
    if title_line is None:
        title_line = _line_of(page, title)
    region = find_region(page, title_line)
    headings, body, structure = body_of(page, region)
    skip = _skip(page, body, any(is_prose(page.lines[number]) for number in region))
    if not body and not skip:
        body = _declared_body(page.head.facts)
        structure = ()
    if not body and not skip:
        raise PageRejected("page_no_article", "There is no article text on the page.")
    warnings = decoded.warnings
    if not title:
        title, warnings = body.split("\n", 1)[0][:80] or path, (*warnings, "no_title")
    url = find_url(page)
    date = find_date(page, region, title_line, f"{url or ''}\n/{path}", timezone)
    category = find_category(page, title, title_line)
    return Extraction(title, date, category, headings, body, url, warnings, skip, structure)


def _line_of(page: LabelledPage, title: str) -> int | None:
    key = squeeze(title)
    for number, line in enumerate(page.lines):
        if key and not line.linked and squeeze(line.text) == key:
            return number
    return None


def _skip(page: LabelledPage, body: str, has_prose: bool) -> str | None:
    if any(_is_not_indexed(content) for name in _ROBOTS for content in page.head.metas.get(name, ())):
        return "noindex"
    if page.links >= _LIST_LINKS and len(body) < _LIST_PROSE and not has_prose:
        linked = sum(line.link for line in page.lines)
        if linked > 0.6 * sum(len(line.text) for line in page.lines):
            return "list_page"
    return None


def _is_not_indexed(content: str) -> bool:
    """Whether a robots meta forbids the index; a word with a value (max-image-preview: none) is another rule."""
    rules = re.split(r"[,;，；]", re.sub(r"\s*:\s*", ":", content.lower()))
    return any(word in _NOT_INDEXED for rule in rules for word in rule.split())


def _declared_body(facts: Sequence[Mapping[str, Any]]) -> str:
    """The text a page without readable markup still gives in its JSON-LD."""
    for fact in facts:
        for text in strings_of(fact, "articleBody"):
            if len(text) >= 20:
                return "\n".join(filter(None, map(tidy, re.sub(r"<[^>]{0,200}>", "\n", text).split("\n"))))
    return ""
