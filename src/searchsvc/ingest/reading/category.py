"""The column of its site that an article stands in, and the address it says it has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from ..labelling.facts import strings_of, types_of
from ..labelling.names import words_in
from ..labelling.page import LabelledPage, Line, Mark
from ..labelling.walk import tidy
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
_NO_CATEGORY: Final = words_in(
    "首页 主页 首頁 网站首页 home 返回 当前页 当前页面 本页 index 网站地图 全部 更多"
    " 文章 博客 posts post blog 归档 archives 全部文章 所有文章 未分类 未分類 uncategorized 关注 默认分类"
)
#: Entries that name the kind of page, not a column: 正文, 问题详情, 浏览文章.
_PAGE_KIND: Final = re.compile(
    r"(?:浏览|查看|阅读)(?:文章|新闻|资讯|信息|内容|全文|详情|正文|问题|帖子|主题|公告)"
    r"|(?:文章|新闻|资讯|公告|问题|问答|内容|产品|帖子|知识|案例|咨询|信息|回答|话题|政策|详细|本站|法规|通知)?"
    r"(?:正文|详情|详细|内容|全文)?(?:正文页?|详情页?|详细|内容页?|全文|页面|浏览|查看|阅读|展示)"
)
_SOURCE: Final = re.compile(r"(?:文章|稿件|信息|本文)?(?:来源|来自|出处|作者|编辑)\s*[:：]\s*([^\s|/，,]{2,20})")
_COLUMN_LINE: Final = re.compile(
    r"((?:文章|页面|頁面|个人|個人|本文|所属|全站|日志|随笔)?(?:分类|分類|栏目|欄目|类别)(?:专栏|目录|于)?|categor(?:y|ies)"
    r"|posted in|filed under|(?:发布|发表)在|(?:分类|分類)[于於](?=\S))"
    r"(?:\s*[:：\s]\s*|(?<=[于於]))[【\[《]?([^\s|｜,，、:：/\]】》\d][^|｜,，、:：/\]】》]{0,14}?)(?=\s*(?:$|[|｜,，、\]】》/]|\s*[^\s]{2,4}[:：]|\s\d|\s(?:标签|标籤|浏览|阅读|评论|tags?)))",
    re.I,
)
#: A path without links: 理财频道 → 基金.
_TRAIL: Final = re.compile(r"[^\s→>。，]{2,10}(?:\s*(?:→|>>|»)\s*[^\s→>。，]{2,12}){1,3}")
#: The label of a column inside its own element.
_LABELLED_PIECE: Final = re.compile(
    r"^(?:(?:文章|个人|個人|所属)?(?:分类|分類|栏目|欄目)\s*[:：]?|(?:发布|发表|分类|收录)(?:在|于)\s+"
    r"|(?:第\s*)?[A-Z]?\d{1,3}\s*版\s*[：:·])\s*"
)
_EDITION: Final = re.compile(
    r"(?:第\s*)?[A-Z]?\d{1,3}\s*版\s*[：:·]\s*([\u4e00-\u9fff·]{2,10})(?=\s|$)|^[A-Z]\d{2}\s*[·:：]\s*([\u4e00-\u9fff]{2,8})$"
)
_NO_COLUMN: Final = frozenset({"nav", "related", "comment", "hidden"})
_LONGEST_COLUMN: Final = 12
#: Crumbs beyond this many lines are a menu.
_CRUMB_LINES: Final = 12
_PATH_LENGTH: Final = 160


def find_category(page: LabelledPage, title: str, title_line: int | None) -> str | None:
    """The column of the site: 1. breadcrumb (labelled, named, or links above the
    headline), 2. a link or line that says it is (分类：…), 3. JSON-LD or meta section, 4. the edition of a newspaper,
    5. an element named category, 6. the part of `<title>` between headline and site that a link leads to."""
    barred = {squeeze(title), *map(squeeze, page.head.site_names), *_sources(page), ""}
    for pieces in _crumbs(page, squeeze(title), title_line):
        usable = [piece for piece in map(_tidied, pieces) if _is_category(piece, barred)]
        if usable:
            return usable[-1]
    linked = [mark.text for mark in page.marks if "rel-category" in mark.words and not _is_beside(page, mark)]
    named = [*linked[:1], *_labelled(page)]
    named += [section for fact in page.head.facts for section in strings_of(fact, "articleSection")[:1]]
    named += [page.head.meta(name) for name in _COLUMN_METAS]
    named += _editions(page)
    named += [mark.text for mark in page.marks if _names_category(mark)]
    named += _between_headline_and_site(page, title)
    return next((one for one in map(_tidied, named) if _is_category(one, barred)), None)


def _tidied(text: str) -> str:
    return _LABELLED_PIECE.sub("", tidy(text)).strip("·•●▪◆■-—>»[]【】:：|｜┊, ")


def _labelled(page: LabelledPage) -> list[str]:
    """What lines beside the text call its column: 分类：…, 個人分類：…, 发布在 …; the site's own before a portal's."""
    found: list[tuple[bool, str]] = []
    for line in page.lines:
        if line.outside not in _NO_COLUMN and len(line.text) <= _PATH_LENGTH:
            found += [("全站" in match[1], match[2]) for match in _COLUMN_LINE.finditer(line.text)]
    return [name for _, name in sorted(found, key=lambda one: one[0])]


def _editions(page: LabelledPage) -> list[str]:
    """第05版：民生周刊, A10 · 城事: the page of the newspaper, where it is no link to another one."""
    lines = (line for line in page.lines if not line.link and len(line.text) <= 60)
    return [match[1] or match[2] for line in lines if (match := _EDITION.search(line.text))]


def _between_headline_and_site(page: LabelledPage, title: str) -> list[str]:
    """借呗逾期会怎样_网贷平台_某某网: a part of `<title>` behind the headline, when a link on the page is called so."""
    parts = re.split(r"_|\s[-–—]\s|(?<=\S)-(?=\S)", page.head.title)
    if len(parts) < 3 or squeeze(title) not in squeeze(parts[0]):
        return []
    links = {line.text for line in page.lines if line.linked and len(line.text) <= _LONGEST_COLUMN}
    links |= {piece.strip() for line in page.lines for piece in line.pieces if len(piece) <= _LONGEST_COLUMN}
    return [part for part in parts[1:-1] if part in links][-1:]


def _is_beside(page: LabelledPage, mark: Mark) -> bool:
    return mark.line < len(page.lines) and page.lines[mark.line].outside in _NO_COLUMN


def _sources(page: LabelledPage) -> set[str]:
    """The names that credits on the page give: a source is no column, wherever it stands."""
    texts = (line.text for line in page.lines if line.words.edge)
    return {squeeze(match[1]) for text in texts for match in _SOURCE.finditer(text)}


def _crumbs(page: LabelledPage, title: str, title_line: int | None) -> Iterator[list[str]]:
    for element in page.elements:
        if element.zone == "crumb" or "breadcrumb" in element.label.lower() or "面包屑" in element.label:
            lines = page.lines[element.first : min(element.last, element.first + _CRUMB_LINES)]
            pieces = [piece for line in lines for piece in _pieces(line)]
            # Arrows may be drawn by the style sheet: then only spaces are between the links.
            yield pieces if len(pieces) != 1 else pieces[0].split(" ")
    for line in page.lines:
        if line.words.crumb:
            yield _pieces(line)
    for line in page.lines[: title_line or 0]:
        if (line.link and is_linked_crumb(line.text)) or _TRAIL.fullmatch(line.text):
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


def _pieces(line: Line) -> list[str]:
    """The entries of a breadcrumb; where no sign stands between them, the texts of its elements."""
    pieces = _crumb_pieces(line.text)
    return pieces if len(pieces) > 1 or len(line.pieces) < 2 else [piece.strip() for piece in line.pieces]


def _crumb_pieces(text: str) -> list[str]:
    path = _CRUMB_LABEL.sub("", text, count=1)
    pieces = [piece.strip() for piece in _CRUMB_SPLIT.split(path)]
    return pieces if len(pieces) > 1 else [piece.strip() for piece in re.split("[•·・–—-]", path)]


def _names_category(mark: Mark) -> bool:
    return bool(mark.words & _CATEGORY_WORDS) and len(mark.text) <= 12 and mark.tag != "h1"


def _is_category(piece: str, barred: set[str]) -> bool:
    if (
        not piece
        or len(piece) > 20
        or re.match(r"\d+\s", piece)
        or squeeze(piece) in barred
        or piece.lower() in _NO_CATEGORY
    ):
        return False
    if piece.startswith(("http", "首页")) or piece.endswith(("首页", "正文")) or re.fullmatch(r"[\d\W_]+", piece):
        return False
    if _PAGE_KIND.fullmatch(piece) or _PAGE_KIND.fullmatch(piece.split(" ")[0]) or _SOURCE.match(piece):
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
