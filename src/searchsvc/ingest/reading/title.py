"""The headline of a page, without the site's name. Sources vote; the candidate with most agreement wins:

1. `<h1>`, and elements named title or headline that are not in a list of other articles.
2. og:title, twitter:title, an ArticleTitle meta, JSON-LD headline.
3. A line of the page that is a whole part of `<title>`.
4. The parts of `<title>` itself, cut at `_ - | – --` on either side.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from ..labelling.markup import Mark, Tree, tidy
from ..labelling.names import Zone, words_in

#: Candidates are compared each with each: a page of 60,000 <h1> must not make 3.6 billion pairs.
_MAX_CANDIDATES: Final = 60
_META_TITLES: Final = ("og:title", "articletitle", "twitter:title", "dc.title", "title", "headline", "citation_title")
_SEPARATOR: Final = re.compile(r"\s*(?:_+|\||｜|--+|—{2}|–|·\s|\s[-—·»>]\s|<<|>>|«|»)\s*|\s*-\s*")
_STRONG: Final = re.compile(r"\s*(?:_+|\||｜|--+|\s[-–—»]\s)\s*")
_TITLE_WORDS: Final = frozenset({"title", "headline", "tit", "biaoti", "tt", "bt", "subject"})
_NOT_TITLE_WORDS: Final = frozenset(
    {"site", "logo", "sub", "subtitle", "list", "section", "widget", "box", "mod", "category"}
)
#: How pages of one site call the site; a headline seldom ends so.
_SITE_LIKE: Final = re.compile(
    r"(?:网|网站|频道|信息港|门户|论坛|社区|博客|日报|晚报|在线|官网|总局|客户端|中心)[\W_]*$"
)
#: [求助] before a thread's subject is the forum's.
_LABEL: Final = re.compile(r"[\[【(（][^\]】)）]{1,8}[\]】)）]")
#: 【...】 around a whole headline is the mark of short news.
_BRACKETED: Final = re.compile(r"^\s*【([^【】]{4,})】\s*$")
_DATED: Final = re.compile(r"(?<!\d)(?:(?:19|20)?\d{2}[-/.年]\d{1,2}[-/.月]\d{1,2}|\d{1,2}月\d{1,2}日)")
TODAY: Final = re.compile(r"今天|今日|农历|欢迎")
_IS_META: Final = re.compile(
    r"(?:来源|作者|编辑|记者|时间|日期|字[号体])\s*[:：/|丨]|(?:浏览|阅读)(?:量|次数)?\s*[:：]?\s*\d|^\W*$|[›»＞]"
)
_HEADLINE_TAGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5"})
#: A headline further down than this belongs to another text.
_FIRST_LINES: Final = 1500
#: A headline before a dash and a site's name after one have so many characters.
_SHORTEST: Final = 6
_LONGEST_SITE: Final = 10
_LOGO_WORDS: Final = frozenset({"site", "logo", "brand"})
#: The headline stands so few lines below the site's name; a name in the page's footer is further off.
_LOGO_LINES: Final = 40
_BADGES: Final = words_in("原创 独家 置顶 精华 推荐 图文 视频 组图 专题 深度 转载 荐 热 新 顶")
_GENERIC: Final = words_in(
    "首页 正文 文章正文 新闻正文 新闻中心 新闻动态 文章内容 公告详情 通知公告 文章详情 新闻详情 详情 详情页 内容页 文章"
    " 资讯 快讯 要闻 电报 公告 新闻 无标题 untitled home article detail 正文页"
)


@dataclass(slots=True)
class _Candidate:
    text: str
    votes: float
    line: int | None


def find_title(tree: Tree, ld: list[dict[str, Any]], zones: list[Zone]) -> tuple[str, int | None]:
    """(headline or "", the index of its line on the page or None)."""
    site = site_names(tree, ld)
    groups: dict[str, _Candidate] = {}
    for found, votes, line in _candidates(tree, ld, zones):
        text = _BRACKETED.sub(r"\1", found)
        key = squeeze(text)
        if len(key) < 2 or len(text) > 200 or key.lower() in _GENERIC:
            continue
        if key in site:
            votes *= 0.1
        known = groups.get(key)
        if known is None and len(groups) < _MAX_CANDIDATES:
            groups[key] = _Candidate(text, votes, line)
        elif known is not None:
            known.votes += votes
            known.line = line if known.line is None else known.line
    if not groups:
        return "", None
    _agree(groups)
    best = max(groups.values(), key=lambda one: (one.votes, len(one.text)))
    return _without_site(best, groups, site)


def squeeze(text: str) -> str:
    """What two spellings of a headline share: no white space, no difference in width of punctuation, lower case."""
    return re.sub(r"\s+", "", text).translate(_WIDTH).lower()


_WIDTH: Final = str.maketrans("，？！：；（）“”‘’", ",?!:;()\"\"''")


def site_names(tree: Tree, ld: list[dict[str, Any]]) -> set[str]:
    """What the page calls its site: og:site_name, application-name, JSON-LD publisher (squeezed)."""
    names = [tree.metas.get(name, "") for name in ("og:site_name", "application-name", "apple-mobile-web-app-title")]
    for item in ld:
        publisher = item.get("publisher")
        if isinstance(publisher, dict):
            names.append(str(publisher.get("name", "")))
        if item.get("@type") in {"WebSite", "Organization", "NewsMediaOrganization"}:
            names.append(str(item.get("name", "")))
    return {squeeze(name) for name in names if name.strip()}


def _candidates(tree: Tree, ld: list[dict[str, Any]], zones: list[Zone]) -> Iterator[tuple[str, float, int | None]]:
    whole = squeeze(tree.title)
    for mark in tree.marks:
        line = mark.line if mark.line < len(zones) else None
        zoned = line is not None and bool(zones[line])
        linked = line is not None and tree.lines[line].link * 2 > len(mark.text)
        share = len(squeeze(mark.text)) / len(whole) if whole and squeeze(mark.text) in whole else 0.0
        if mark.tag == "h1" and _is_logo(tree, mark, whole):
            yield mark.text, 0.2, line
        elif mark.tag == "h1":
            yield mark.text, (0.5 if zoned else 1.5) + 2 * share + (0.0 if zoned or (whole and share) else 0.7), line
        elif zoned or not mark.words & _TITLE_WORDS or mark.words & _NOT_TITLE_WORDS:
            continue
        elif not linked or share > 0.5:
            # A headline that links to its own page is one; a list's are links too, but not most of <title>.
            yield mark.text, 0.8 + share, line
    for name in _META_TITLES:
        if name in tree.metas:
            yield tree.metas[name], 1.5, None
    for item in ld:
        headline = item.get("headline")
        if isinstance(headline, str):
            yield tidy(headline), 1.5, None
    yield from _lines_in_title(tree, zones, whole)
    yield from _lines_above_date(tree, zones)
    parts = [part for part in _STRONG.split(tree.title) if part]
    for part in parts:
        yield part, (0.4 if _SITE_LIKE.search(part) else 1.0) * len(part) / len(tree.title), None


def _is_logo(tree: Tree, mark: Mark, whole: str) -> bool:
    """Whether an h1 is the site's name: named so, or a part of `<title>` whose longer part is a line below it."""
    if mark.words & _LOGO_WORDS:
        return True
    key = squeeze(mark.text)
    if not whole or not (whole.startswith(key) or whole.endswith(key)):
        return False
    longest = max((squeeze(part) for part in _STRONG.split(tree.title)), key=len)
    below = tree.lines[mark.line + 1 : mark.line + 1 + _LOGO_LINES]
    return len(longest) > len(key) and any(squeeze(line.text) == longest for line in below)


def _lines_above_date(tree: Tree, zones: list[Zone]) -> Iterator[tuple[str, float, int | None]]:
    """The line that the page's first dated line stands under, when it reads like a headline."""
    for index, line in enumerate(tree.lines[:_FIRST_LINES]):
        shown = zones[index] not in {"related", "comment", "nav", "hidden", "foot", "crumb"}
        if not shown or not _DATED.search(line.text[:60]) or TODAY.search(line.text[:30]):
            continue
        for above in range(index - 1, max(-1, index - 4), -1):
            text, tag = tree.lines[above].text, tree.nodes[tree.lines[above].node].tag
            linked = tree.lines[above].link * 2 > len(text) and tag not in _HEADLINE_TAGS
            if zones[above] or linked or not 4 <= len(text) <= 80 or _IS_META.search(text):
                continue
            if text[-1] not in "。；;，,：:":
                yield text, 1.6 if tag in _HEADLINE_TAGS else 0.9, above
                return


def _lines_in_title(tree: Tree, zones: list[Zone], whole: str) -> Iterator[tuple[str, float, int | None]]:
    """Lines of the page that are parts of `<title>`, standing between separators or its ends."""
    if not whole:
        return
    for index, line in enumerate(tree.lines):
        size = len(line.text)
        if size < 4 or size > len(tree.title) + 8 or line.link * 2 > size or zones[index]:
            continue
        key = squeeze(line.text)
        at = whole.find(key)
        if at < 0:
            continue
        before, after = whole[:at], whole[at + len(key) :]
        if (not before or before[-1] in "_-|｜–—·>»") and (not after or after[0] in "_-|｜–—·<«"):
            yield line.text, 0.5 + 2 * size / len(tree.title), index


def _agree(groups: dict[str, _Candidate]) -> None:
    """A source that gives the headline cut short, or with the site's name added, votes for the whole headline."""
    for key, one in groups.items():
        for other_key, other in groups.items():
            if (
                other is not one
                and len(key) >= 4
                and other_key.endswith(key)
                and (_LABEL.fullmatch(other_key[: -len(key)]) or other_key[: -len(key)] in _BADGES)
            ):
                one.votes += other.votes
                one.line = other.line if one.line is None else one.line
            if other is one or len(key) < 4 or not other_key.startswith(key):
                continue
            rest = other_key[len(key) :]
            if _is_suffix(rest):
                one.votes += 0.5 * other.votes
            elif _DATED.search(rest):
                one.votes += other.votes
                one.line = other.line if one.line is None else one.line
            elif other.line is not None and one.line is None:
                other.votes += one.votes


def _is_suffix(rest: str) -> bool:
    return bool(re.match(r"[-_|｜–—]", rest))


def _without_site(best: _Candidate, groups: dict[str, _Candidate], site: set[str]) -> tuple[str, int | None]:
    """Cuts the site's name off a headline that only <title> or og:title gave."""
    if best.line is not None:
        return best.text, best.line
    text = best.text
    parts = [part for part in _SEPARATOR.split(text) if part]
    if len(parts) > 1:
        kept = [part for part in parts if squeeze(part) not in site]
        if len(kept) < len(parts) and kept:
            text = max(kept, key=len)
        elif squeeze(_STRONG.split(text)[0]) != squeeze(text):
            text = max(_STRONG.split(text), key=len)
        else:
            text = _before_site(text)
    return text, best.line


def _before_site(text: str) -> str:
    """The text before the first dash that a site's name follows: headline-某某网-手机版."""
    for dash in _SEPARATOR.finditer(text):
        name = _SEPARATOR.split(text[dash.end() :])[0]
        if dash.start() >= _SHORTEST and len(name) <= _LONGEST_SITE and _SITE_LIKE.search(name):
            return text[: dash.start()]
    return text
