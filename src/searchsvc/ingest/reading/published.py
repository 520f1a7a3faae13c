"""Date, category and URL of a page: ordered rules, generic first. What a page says to machines comes before what it
shows, and what it shows beside its headline before anything else on it.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

from ..labelling.markup import Mark, Tree, tidy
from ..labelling.names import words_in
from ..labelling.wording import is_crumb
from .dates import date_in_url, iter_dates, parse_date, parse_short_date, parse_stamp, with_year
from .title import site_names, squeeze

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
)
_PUBLISHED_META: Final = re.compile(
    r"(?:^|[:._-])(?:pub|publish|published|publication|release|issue|article|create|created)[-_.]?(?:date|time|at)$"
)
_COLUMN_METAS: Final = (
    "article:section",
    "columnname",
    "og:article:section",
    "og:category",
    "channel",
    "category",
    "section",
)
_LD_DATES: Final = ("datePublished", "pubDate", "uploadDate", "dateCreated")
_UPDATED: Final = re.compile(r"更新|修改|修订|编辑于|推荐|updat|modif", re.I)
#: 已于 2026-04-02 修改: the word may follow the date.
_CHANGED: Final = re.compile(
    r"\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?(?:\s*\d{1,2}:\d{2}(?::\d{2})?)?\s*"
    r"(?:最后)?(?:更新|修改|修订|编辑)(?!\s*[:：于在]|时间|日期)"
)
#: A date in pieces one under the other: 2026 / 03/10, or 10 / 2026-03.
_STACKED: Final = re.compile(
    r"^(20\d\d)年?\n(\d{1,2})\s*[-/.月]\s*(\d{1,2})日?$|^(\d{1,2})日?\n(20\d\d)\s*[-/.年]\s*(\d{1,2})月?$", re.M
)
_LABELLED_DATES: Final = re.compile(r"(?=(?:发布|发表|更新|修改|修订|编辑于|最后|最新|推荐)[^\d]{0,6}[:：于在]?\s*\d)")
_DATE_WORDS: Final = words_in("date time pubtime pubdate publish published posted")
_CATEGORY_WORDS: Final = words_in("cat cats catalog category categories channel column lanmu")
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
_CRUMB_SPLIT: Final = re.compile(r"\s*(?:>+|›|»|→|＞|/|\\|≫|::|\|)\s*|\s+-\s+")
#: Links above the headline that lead one into the next: 人民网>>财经.
_LINKED_CRUMB: Final = re.compile(r"[^\s>›»＞]{2,12}(?:\s*(?:>+|›|»|＞)\s*[^\s>›»＞]{2,12}){1,4}\s*[>›»＞]*$")
_CRUMB_LABEL: Final = re.compile(r"^.{0,12}?位置(?:是|在)?\s*[:：]?\s*")
_NO_CATEGORY: Final = words_in("首页 主页 网站首页 home 正文 内容 详情 文章 全文 文章正文 文章详情 浏览文章 返回")


def json_ld_items(tree: Tree) -> list[dict[str, Any]]:
    """Every object of the page's JSON-LD, @graph and lists opened; what is no JSON is left out."""
    found: list[dict[str, Any]] = []
    for text in tree.json_ld:
        todo: list[Any] = [_json(text)]
        while todo and len(found) < 100:
            value = todo.pop(0)
            if isinstance(value, list):
                todo.extend(value[:100])
            elif isinstance(value, dict):
                found.append(value)
                todo.extend(value[name] for name in ("@graph", "mainEntity") if name in value)
    return found


def _json(text: str) -> Any:
    text = text.strip().removeprefix("<!--").removesuffix("-->").strip().rstrip(";")
    for attempt in (text, html.unescape(text), re.sub(r",\s*([}\]])", r"\1", text)):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    # Hand-written JSON-LD with a quote in a headline: the two fields that matter can still be read.
    pairs = re.findall(r'"(datePublished|articleSection|headline)"\s*:\s*"([^"\n]{1,200})"\s*[,}\n]', text)
    return dict(pairs)


def find_date(tree: Tree, ld: list[dict[str, Any]], near: list[str], url: str, timezone: str) -> str | None:
    """When the article was published. `near` are the lines around the headline, nearest first.

    1. JSON-LD datePublished. 2. Publication metas. 3. `<time>`, elements named as dates and lines near the headline.
    4. Script variables. 5. The date in the URL. A more precise later source wins over a bare day that it agrees with.
    """
    day: str | None = None
    for found in _dates(tree, ld, near, url, timezone):
        if day is None:
            day = found
        if len(found) > 10 and found[:10] == day[:10]:
            return found
    return day


def _dates(tree: Tree, ld: list[dict[str, Any]], near: list[str], url: str, timezone: str) -> Iterator[str]:
    sources = (
        (str(item[name]) for name in _LD_DATES for item in ld if isinstance(item.get(name), str | int)),
        (tree.metas[name] for name in _PUBLISHED_METAS if name in tree.metas),
        (text for name, text in tree.metas.items() if _PUBLISHED_META.search(name)),
    )
    for source in sources:
        for text in source:
            found = parse_stamp(text, timezone)
            if found is not None:
                yield found
    yield from _shown(tree, near, timezone)
    yield from _scripted(tree, near, timezone)
    found = date_in_url(url)
    if found is not None:
        yield found
    # Better the day of the last change than none.
    yield from (found for text in near for found in iter_dates(text, timezone))


def _shown(tree: Tree, near: list[str], timezone: str) -> Iterator[str]:
    for text in near:
        found = _labelled(text, timezone)
        if found is not None:
            yield found
    found = parse_date(_STACKED.sub(_straight, "\n".join(near[:6])), timezone) if near else None
    if found is not None:
        yield found
    visible = set(near)
    for stamp, text in tree.times:
        if stamp and not _UPDATED.search(text) and any(text in line or line in text for line in visible if text):
            found = parse_stamp(stamp, timezone)
            if found is not None:
                yield found
    for text in near[:6]:
        found = parse_short_date(text, timezone)
        if found is not None:
            yield found


def _straight(match: re.Match[str]) -> str:
    year, month, day = (match[1], match[2], match[3]) if match[1] else (match[5], match[6], match[4])
    return f"{year}-{month}-{day}"


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


def _scripted(tree: Tree, near: list[str], timezone: str) -> Iterator[str]:
    stamps: list[str] = []
    for script in tree.scripts:
        for match in _SCRIPT_DATE.finditer(script[:200_000]):
            found = parse_stamp(match[1].strip(), timezone)
            if found is not None:
                stamps.append(found)
    for text in near[:6]:
        matching = with_year(text, iter(stamps))
        if matching is not None:
            yield matching
    yield from stamps
    for script in tree.scripts:
        for match in _WEAK_SCRIPT_DATE.finditer(script[:200_000]):
            found = parse_stamp(match[1].strip(), timezone)
            if found is not None:
                yield found


def find_category(tree: Tree, ld: list[dict[str, Any]], title: str, title_line: int | None) -> str | None:
    """The column of the site: 1. breadcrumb (labelled, named, or links above the
    headline), 2. JSON-LD or meta section, 3. an element named category."""
    barred = {squeeze(title), *site_names(tree, ld), ""}
    for pieces in _crumbs(tree, ld, squeeze(title), title_line):
        usable = [piece for piece in map(tidy, pieces) if _is_category(piece, barred)]
        if usable:
            return usable[-1]
    sections = [item.get("articleSection") for item in ld]
    named = [one[0] if isinstance(one, list) and one else one for one in sections]
    named += [tree.metas.get(name) for name in _COLUMN_METAS]
    named += [mark.text for mark in tree.marks if _names_category(mark)]
    tidied = (tidy(one) for one in named if isinstance(one, str))
    return next((one for one in tidied if _is_category(one, barred)), None)


def _crumbs(tree: Tree, ld: list[dict[str, Any]], title: str, title_line: int | None) -> Iterator[list[str]]:
    for node in tree.nodes:
        if node.zone == "crumb" or "breadcrumb" in node.label.lower() or "面包屑" in node.label:
            lines = [line.text for line in tree.lines[node.first : min(node.last, node.first + 12)]]
            if lines:
                yield [piece for text in lines for piece in _crumb_pieces(text)]
    for line in tree.lines:
        if is_crumb(line.text):
            yield _crumb_pieces(line.text)
    for line in tree.lines[: title_line or 0]:
        if line.link and len(line.text) <= 60 and _LINKED_CRUMB.match(line.text):
            yield _crumb_pieces(line.text)
        elif line.link and len(line.text) <= 160:
            # A path of links that ends with the headline itself.
            pieces = _crumb_pieces(line.text)
            if len(pieces) > 2 and len(title) > 3 and squeeze(pieces[-1]) == title:
                yield pieces
    for item in ld:
        if item.get("@type") == "BreadcrumbList" and isinstance(item.get("itemListElement"), list):
            yield [_crumb_name(one) for one in item["itemListElement"] if isinstance(one, dict)]


def _crumb_name(one: dict[str, Any]) -> str:
    inner = one.get("item")
    return str(one.get("name") or (inner.get("name", "") if isinstance(inner, dict) else ""))


def _crumb_pieces(text: str) -> list[str]:
    return [piece.strip() for piece in _CRUMB_SPLIT.split(_CRUMB_LABEL.sub("", text, count=1))]


def _names_category(mark: Mark) -> bool:
    return bool(mark.words & _CATEGORY_WORDS) and len(mark.text) <= 12 and mark.tag != "h1"


def _is_category(piece: str, barred: set[str]) -> bool:
    if not piece or len(piece) > 20 or squeeze(piece) in barred or piece.lower() in _NO_CATEGORY:
        return False
    if piece.startswith(("http", "首页")) or piece.endswith(("首页", "正文")) or re.fullmatch(r"[\d\s:/.-]+", piece):
        return False
    return not any(
        len(title) > 8 and squeeze(piece).rstrip(".…") in title[: len(piece) + 1] and len(piece) > 8 for title in barred
    )


def find_url(tree: Tree) -> str | None:
    """The page's own absolute http(s) address: canonical, else og:url."""
    for url in (tree.canonical, tree.metas.get("og:url", "")):
        try:
            parts = urlsplit(url)
        except ValueError:
            continue
        if parts.scheme in {"http", "https"} and parts.netloc and not re.search(r"[\s\x00-\x1f]", url):
            return url
    return None
