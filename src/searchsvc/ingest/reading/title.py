"""The headline of a page, without the site's name. Sources vote; the candidate with most agreement wins:

1. `<h1>`, and elements named title or headline that are not in a list of other articles.
2. og:title, twitter:title, an ArticleTitle meta, JSON-LD headline.
3. A line of the page that is a whole part of `<title>`, and the line above the first date.
4. `<title>` itself without the site's name, and its parts.

A bar or dash may be the headline's own: only what is known or looks like a site's or column's name is cut off.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ..labelling.facts import strings_of, types_of
from ..labelling.measures import HEADLINES
from ..labelling.names import words_in
from ..labelling.page import LabelledPage, Mark
from ..labelling.walk import tidy
from ..labelling.wording import is_linked_crumb
from .site_names import SITE_LIKE, parts_of, squeeze, without_site

#: Candidates are compared each with each: a page of 60,000 <h1> must not make 3.6 billion pairs.
_MAX_CANDIDATES: Final = 60
_MOST_MARKS: Final = 500
_META_TITLES: Final = ("og:title", "articletitle", "twitter:title", "dc.title", "title", "headline", "citation_title")
_TITLE_WORDS: Final = frozenset({"title", "headline", "tit", "biaoti", "tt", "bt", "subject"})
_NOT_TITLE_WORDS: Final = frozenset(
    {"site", "logo", "sub", "subtitle", "list", "section", "widget", "box", "mod", "category", "blog"}
)
#: [求助] before a thread's subject is the forum's.
_LABEL: Final = re.compile(r"[\[【(（][^\]】)）]{1,8}[\]】)）]")
#: 【...】 around a whole headline is the mark of short news.
#: 【...】 before a whole item of short news is its headline.
_FLASH: Final = re.compile(r"\s*【([^【】]{6,60})】(?=\S{8})")
_BRACKETED: Final = re.compile(r"^\s*【([^【】]{4,})】\s*$")
#: What forums and question pages put behind a subject.
_STATE: Final = re.compile(
    r"\s*[\[【（(](?:已解决|未解决|待解决|已采纳|已关闭|已回复|悬赏\S{0,6}|置顶|精华|图文?|多图)[\]】）)]\s*$"
)
#: 十个省钱妙招(2), on a page with links to the others.
_PAGE_NUMBER: Final = re.compile(r"\s*[（(]\d{1,2}(?:/\d{1,2})?[)）]\s*$")
_OTHER_PAGE: Final = re.compile(r"[上下]一?页|末页|尾页")
_NO_HEADLINE: Final = re.compile(r"欢迎(?:访问|光临|来到|您|进入)|[\d年月日时分秒:./\s-]+$")
_DATED: Final = re.compile(r"(?<!\d)(?:(?:19|20)?\d{2}[-/.年]\d{1,2}[-/.月]\d{1,2}|\d{1,2}月\d{1,2}日)")
TODAY: Final = re.compile(r"今天|今日|农历|欢迎")
_IS_META: Final = re.compile(
    r"(?:来源|作者|编辑|记者|时间|日期|字[号体])\s*[:：/|丨]|(?:浏览|阅读)(?:量|次数)?\s*[:：]?\s*\d|^\W*$|[›»＞]"
)
#: A headline further down than this belongs to another text.
_FIRST_LINES: Final = 1500
_LONG_LINE: Final = 200
_LOGO_WORDS: Final = frozenset({"site", "logo", "brand"})
#: The headline stands so few lines below the site's name; a name in the page's footer is further off.
_LOGO_LINES: Final = 40
#: A link to the page itself is its headline only when it is as long as one.
_LINKED_HEADLINE: Final = 6
_BADGES: Final = words_in("问 答 问答 原创 独家 置顶 精华 推荐 图文 视频 组图 专题 深度 转载 荐 热 新 顶")
_GENERIC: Final = words_in(
    "首页 正文 文章正文 新闻正文 新闻中心 新闻动态 文章内容 公告详情 通知公告 文章详情 新闻详情 详情 详情页 内容页 文章"
    " 资讯 快讯 要闻 电报 公告 新闻 无标题 untitled home article detail 正文页 问题详情 资讯详情"
)


@dataclass(slots=True)
class _Candidate:
    text: str
    votes: float
    line: int | None


def find_title(page: LabelledPage) -> tuple[str, int | None]:
    """(headline or "", the number of its line on the page or None)."""
    site = {squeeze(name) for name in _site_names(page)}
    groups: dict[str, _Candidate] = {}
    paged = any(line.link and _OTHER_PAGE.search(line.text) for line in page.lines)
    for found, votes, line in _candidates(page):
        text = _STATE.sub("", _BRACKETED.sub(r"\1", found))
        text = _PAGE_NUMBER.sub("", text) if paged else text
        key = squeeze(text)
        if len(key) < 2 or len(text) > 200 or key.lower() in _GENERIC or _NO_HEADLINE.match(key):
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
    _agree(groups, _site_names(page))
    best = max(groups.values(), key=lambda one: (one.votes, len(one.text)))
    if best.line is not None:
        return best.text, best.line
    declared = squeeze(best.text) in {squeeze(one) for one in _declared(page)}
    return without_site(best.text, _site_names(page), declared=declared), None


def _site_names(page: LabelledPage) -> frozenset[str]:
    return page.head.site_names | page.head.home_names


def _declared(page: LabelledPage) -> Iterator[str]:
    """What the page tells machines its headline is."""
    for name in _META_TITLES:
        if name in page.head.metas:
            yield page.head.meta(name)
    for fact in page.head.facts:
        yield from map(tidy, strings_of(fact, "headline"))
        if "question" in types_of(fact):
            yield from map(tidy, strings_of(fact, "name"))


def _candidates(page: LabelledPage) -> Iterator[tuple[str, float, int | None]]:
    title = page.head.title
    whole, own = squeeze(title), without_site(title, _site_names(page), declared=False)
    for mark in page.marks[:_MOST_MARKS]:
        line = mark.line if mark.line < len(page.lines) else None
        zoned = line is not None and bool(page.lines[line].outside)
        linked = line is not None and page.lines[line].link * 2 > len(mark.text)
        share = len(squeeze(mark.text)) / len(whole) if whole and squeeze(mark.text) in whole else 0.0
        share = 1.0 if share and squeeze(mark.text) == squeeze(own) else share
        crumb = not share and is_linked_crumb(mark.text)
        if mark.tag == "h1" and (crumb or _is_logo(page, mark, own)):
            yield mark.text, 0.2, line
        elif mark.tag == "h1":
            yield mark.text, (0.5 if zoned else 1.5) + 2 * share + (0.0 if zoned or (whole and share) else 0.7), line
        elif zoned or not mark.words & _TITLE_WORDS or mark.words & _NOT_TITLE_WORDS:
            continue
        elif not linked or share > 0.5:
            # A headline that links to its own page is one; a list's are links too, but not most of <title>.
            yield mark.text, 0.8 + share, line
    for declared in _declared(page):
        yield declared, 1.5, None
    flash = _FLASH.match(title)
    if flash:
        yield flash[1], 1.2, None
    yield from _lines_in_title(page, whole, squeeze(own))
    yield from _lines_above_date(page)
    shown = any(squeeze(own) in squeeze(line.text) for line in page.lines if len(line.text) <= _LONG_LINE)
    for part in dict.fromkeys((own, *parts_of(title))):
        if part:
            # A title that the page does not show may be the site's, the same on every page.
            worth = 0.4 if SITE_LIKE.search(part) else 1.0 if shown else 0.8
            yield part, worth * len(part) / len(title), None


def _is_logo(page: LabelledPage, mark: Mark, own: str) -> bool:
    """Whether an h1 is the name of the site or blog: named so, or `<title>` without the site is a line below it.

    Such an h1 is what `<title>` calls the site, or is not in it at all.
    """
    key, wanted = squeeze(mark.text), squeeze(own)
    if mark.words & _LOGO_WORDS or (mark.home and key != wanted):
        return True
    if len(wanted) < 4 or wanted == key or key in wanted or wanted in key:
        return False
    below = page.lines[mark.line + 1 : mark.line + 1 + _LOGO_LINES]
    return any(squeeze(line.text) == wanted for line in below)


def _lines_above_date(page: LabelledPage) -> Iterator[tuple[str, float, int | None]]:
    """The line that the page's first dated line stands under, when it reads like a headline."""
    for index, line in enumerate(page.lines[:_FIRST_LINES]):
        shown = line.outside not in {"related", "comment", "nav", "hidden", "foot", "crumb"}
        if not shown or not _DATED.search(line.text[:60]) or TODAY.search(line.text[:30]):
            continue
        for number in range(index - 1, max(-1, index - 4), -1):
            above = page.lines[number]
            headed = page.elements[above.element].tag in HEADLINES
            unfit = above.outside or (above.linked and not headed) or not 4 <= len(above.text) <= 80
            if unfit or _IS_META.search(above.text) or is_linked_crumb(above.text) or above.text[-1] in "。；;，,：:":
                continue
            yield above.text, 1.6 if headed else 0.9, number
            return


def _lines_in_title(page: LabelledPage, whole: str, own: str) -> Iterator[tuple[str, float, int | None]]:
    """Lines of the page that are parts of `<title>`, standing between separators or its ends."""
    if not whole:
        return
    longest = len(page.head.title)
    site = {squeeze(name) for name in _site_names(page)}
    for index, line in enumerate(page.lines):
        size = len(line.text)
        if size < 4 or size > longest + 8 or line.outside:
            continue
        key = squeeze(line.text)
        if line.linked and (key != own or size < _LINKED_HEADLINE):
            continue  # a blog's headline links to its own page; so do lists, but not with most of <title>
        at = whole.find(key)
        if at < 0:
            continue
        before, after = whole[:at], whole[at + len(key) :]
        before, after = "" if before in site else before, "" if after in site else after
        if (not before or before[-1] in "_-|｜–—·>»:@") and (not after or after[0] in "_-|｜–—·<«:@"):
            yield line.text, 0.5 + 2 * size / longest, index


def _agree(groups: dict[str, _Candidate], site: frozenset[str]) -> None:
    """A source that gives the headline cut short, or with the site's name added, votes for the whole headline."""
    votes = {key: candidate.votes for key, candidate in groups.items()}
    for key, one in groups.items():
        for other_key, other in groups.items():
            if (
                other is not one
                and len(key) >= 4
                and other_key.endswith(key)
                and (_LABEL.fullmatch(other_key[: -len(key)]) or other_key[: -len(key)] in _BADGES)
            ):
                one.votes += votes[other_key]
                one.line = other.line if one.line is None else one.line
            if other is one or len(key) < 4 or not other_key.startswith(key):
                continue
            rest = other_key[len(key) :]
            if _is_suffix(rest):
                # What follows may be the headline's own: 养老金并轨 | 十年过渡期怎么算.
                cut = one.line is not None or squeeze(without_site(other.text, site, declared=True)) == key
                one.votes += 0.5 * votes[other_key] if cut else 0.0
            elif _DATED.search(rest):
                one.votes += votes[other_key]
                one.line = other.line if one.line is None else one.line
            elif other.line is not None and one.line is None:
                other.votes += votes[key]


def _is_suffix(rest: str) -> bool:
    return bool(re.match(r"[-_|｜–—@:]", rest))
