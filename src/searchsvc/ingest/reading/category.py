"""The column of its site that an article stands in, and the address it says it has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from ..labelling.facts import strings_of, types_of
from ..labelling.markup import tidy
from ..labelling.names import words_in
from ..labelling.page import LabelledPage, Mark
from ..labelling.wording import is_linked_crumb
from .site_names import squeeze

_CATEGORY_WORDS: Final = words_in("cat cats catalog category categories channel column lanmu")
_COLUMN_METAS: Final = (
    "article:section",
    "columnname",
    "og:article:section",
    "og:category",
    "channel",
    "category",
    "section",
)
# Icon fonts put their arrows in the private area.
_CRUMB_SPLIT: Final = re.compile(r"\s*[\ue000-\uf8ff]+\s*|\s*(?:>+|›|»|→|＞|》|❯|▶|/|\\|≫|::|\||丨|｜)\s*|\s+[-–—]\s+")
_CRUMB_LABEL: Final = re.compile(r"^.{0,12}?位置(?:是|在)?\s*[:：]?\s*")
_NO_CATEGORY: Final = words_in("首页 主页 网站首页 home 返回 当前页 当前页面 本页 index 网站地图 全部 更多")
#: Entries that name the kind of page, not a column: 正文, 问题详情, 浏览文章.
_PAGE_KIND: Final = re.compile(
    r"(?:浏览|查看|阅读)(?:文章|新闻|资讯|信息|内容|全文|详情|正文)"
    r"|(?:文章|新闻|资讯|公告|问题|问答|内容|产品|帖子|知识|案例|咨询|信息|回答|话题|政策|详细|本站|法规|通知)?"
    r"(?:正文|详情|详细|内容|全文)?(?:正文页?|详情页?|详细|内容页?|全文|页面|浏览|查看|阅读|展示)"
)
_SOURCE: Final = re.compile(r"(?:文章|稿件|信息|本文)?(?:来源|来自|出处|作者|编辑)\s*[:：]\s*([^\s|/，,]{2,20})")
#: Crumbs beyond this many lines are a menu.
_CRUMB_LINES: Final = 12
_PATH_LENGTH: Final = 160


def find_category(page: LabelledPage, title: str, title_line: int | None) -> str | None:
    """The column of the site: 1. breadcrumb (labelled, named, or links above the
    headline), 2. JSON-LD or meta section, 3. an element named category."""
    barred = {squeeze(title), *map(squeeze, page.head.site_names), *_sources(page), ""}
    for pieces in _crumbs(page, squeeze(title), title_line):
        usable = [piece for piece in map(_tidied, pieces) if _is_category(piece, barred)]
        if usable:
            return usable[-1]
    named = [section for fact in page.head.facts for section in strings_of(fact, "articleSection")[:1]]
    named += [page.head.meta(name) for name in _COLUMN_METAS]
    named += [mark.text for mark in page.marks if _names_category(mark)]
    return next((one for one in map(_tidied, named) if _is_category(one, barred)), None)


def _tidied(text: str) -> str:
    return tidy(text).strip("·•●▪◆■-—>»[]【】:： ")


def _sources(page: LabelledPage) -> set[str]:
    """The names that credits on the page give: a source is no column, wherever it stands."""
    credits = (line.text for line in page.lines if line.words.edge)
    return {squeeze(match[1]) for text in credits for match in _SOURCE.finditer(text)}


def _crumbs(page: LabelledPage, title: str, title_line: int | None) -> Iterator[list[str]]:
    for element in page.elements:
        if element.zone == "crumb" or "breadcrumb" in element.label.lower() or "面包屑" in element.label:
            lines = page.lines[element.first : min(element.last, element.first + _CRUMB_LINES)]
            pieces = [piece for line in lines for piece in _crumb_pieces(line.text)]
            # Arrows may be drawn by the style sheet: then only spaces are between the links.
            yield pieces if len(pieces) != 1 else pieces[0].split(" ")
    for line in page.lines:
        if line.words.crumb:
            yield _crumb_pieces(line.text)
    for line in page.lines[: title_line or 0]:
        if line.link and is_linked_crumb(line.text):
            yield _crumb_pieces(line.text)
        elif line.link and len(line.text) <= _PATH_LENGTH:
            # A path of links that ends with the headline itself.
            pieces = _crumb_pieces(line.text)
            if len(pieces) > 2 and len(title) > 3 and squeeze(pieces[-1]) == title:
                yield pieces
    for fact in page.head.facts:
        entries = fact.get("itemListElement")
        if "breadcrumblist" in types_of(fact) and isinstance(entries, list):
            yield [_crumb_name(one) for one in entries if isinstance(one, dict)]


def _crumb_name(one: Mapping[str, Any]) -> str:
    inner = one.get("item")
    return str(one.get("name") or (inner.get("name", "") if isinstance(inner, dict) else ""))


def _crumb_pieces(text: str) -> list[str]:
    path = _CRUMB_LABEL.sub("", text, count=1)
    pieces = [piece.strip() for piece in _CRUMB_SPLIT.split(path)]
    return pieces if len(pieces) > 1 else [piece.strip() for piece in re.split("[•·・]", path)]


def _names_category(mark: Mark) -> bool:
    return bool(mark.words & _CATEGORY_WORDS) and len(mark.text) <= 12 and mark.tag != "h1"


def _is_category(piece: str, barred: set[str]) -> bool:
    if not piece or len(piece) > 20 or squeeze(piece) in barred or piece.lower() in _NO_CATEGORY:
        return False
    if piece.startswith(("http", "首页")) or piece.endswith(("首页", "正文")) or re.fullmatch(r"[\d\W_]+", piece):
        return False
    if _PAGE_KIND.fullmatch(piece) or _SOURCE.match(piece):
        return False
    return not any(
        len(title) > 8 and squeeze(piece).rstrip(".…") in title[: len(piece) + 1] and len(piece) > 8 for title in barred
    )


def find_url(page: LabelledPage) -> str | None:
    """The page's own absolute http(s) address: canonical, else og:url."""
    for url in (page.head.canonical, page.head.meta("og:url")):
        try:
            parts = urlsplit(url)
        except ValueError:
            continue
        if parts.scheme in {"http", "https"} and parts.netloc and not re.search(r"[\s\x00-\x1f]", url):
            return url
    return None
