"""Headlines and the names of sites that pages put before or behind them: 借呗逾期会怎样_网贷_某某网.

A part is cut off when it is known to be the site's name, reads like one, or, in `<title>` only, when a separator that
hardly any headline has stands before something much shorter. A headline's own bars and dashes stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from ..labelling.names import words_in

_SEPARATOR: Final = re.compile(
    r"\s*(?:_+|\||｜|--+|—{2}|<<|>>|«|»|::+|✦|•)\s*|\s+(?:[-–—―·»>@:：]|/)\s+|\s*[-–—](?=\S)|·(?=\S)|·\s"
)
#: Separators that headlines hardly have.
_STRONG: Final = re.compile(r"(?<=[？?！!])\s*[-–—]\s*|\s*(?:_+|\||｜|--+|::+|«|»|✦)\s*|\s+[-–—»@·]\s+")
#: 借呗逾期会怎样【某某网】.
_IN_BRACKETS: Final = re.compile(r"\s*[【\[（(]([^【】\[\]（）()]{2,14})[】\]）)]\s*$")
#: How pages of one site call the site; a headline seldom ends so.
SITE_LIKE: Final = re.compile(
    r"(?:网|网站|频道|信息港|门户|论坛|社区|博客|部落格|日报|晚报|晨报|时报|在线|官网|总局|客户端|中心|手机版|移动版|电子版|数字报|百科"
    r"|痞客邦|隨意窩|新聞網|博客园|CSDN|知乎|简书|\.(?:com|cn|net|org|tw|hk)|blog)[\W_]*$",
    re.I,
)
#: How they call a column, behind a strong separator of `<title>`.
_COLUMN_LIKE: Final = re.compile(
    r"(?:资讯|新闻|问答|专栏|财经|股票|基金|理财|知识|攻略|财富|律师|法律|银行|保险|之家|大全|平台|新聞|財經|栏目|学院|指南)$"
)
_NO_NAME: Final = re.compile(r"[，。！？；：,!?;“”《》%]|吗|怎么|如何|什么|多少|为何|哪|为什么")
#: The longest name of a site or column, and the longest that a strong separator alone makes one.
_LONGEST_SITE: Final = 14
_LONGEST_UNKNOWN: Final = 12
_SHORTEST: Final = 4
_PAGE_KINDS: Final = words_in(
    "首页 主页 正文 详情 文章 新闻 资讯 公告 内容 详情页 内容页 文章详情 新闻详情 资讯详情 问题详情 文章正文 新闻正文"
)
_WIDTH: Final = str.maketrans("，？！：；（）“”‘’", ",?!:;()\"\"''")


def squeeze(text: str) -> str:
    """What two spellings of a headline share: no white space, no difference in width of punctuation, lower case."""
    return re.sub(r"\s+", "", text).translate(_WIDTH).lower()


def parts_of(title: str) -> list[str]:
    """The parts of a title between strong separators."""
    return [part for part in _STRONG.split(title) if part]


def without_site(text: str, names: Iterable[str], *, declared: bool) -> str:
    """A headline without the names of site and columns before and behind it.

    `names` are what the page calls its site. `declared` is for what a page tells machines its headline is: it is cut
    at names that are known or read like one only.
    """
    known = {squeeze(name) for name in names}
    bracketed = _IN_BRACKETS.search(text)
    if bracketed and _is_site(bracketed[1], known):
        text = text[: bracketed.start()]
    cuts = list(_SEPARATOR.finditer(text))
    while cuts and _ends_in_site(text, cuts[-1], known, declared=declared):
        text = text[: cuts[-1].start()].rstrip()
        cuts.pop()
    while cuts and _begins_with_site(text, cuts[0], known):
        rest = text[cuts[0].end() :]
        text, cuts = rest, list(_SEPARATOR.finditer(rest))
    return text if declared else _without_keywords(text)


def _ends_in_site(text: str, cut: re.Match[str], known: set[str], *, declared: bool) -> bool:
    head, last = text[: cut.start()].strip(), text[cut.end() :].strip()
    if not last:
        return True
    if len(head) < _SHORTEST and squeeze(last) not in known:
        return False
    strong = _STRONG.fullmatch(cut[0]) is not None or head[-1] in "？?！!"
    column = strong and len(last) <= _LONGEST_SITE and _COLUMN_LIKE.search(last) and not _NO_NAME.search(last)
    if _is_site(last, known) or (not declared and (last in _PAGE_KINDS or column)):
        return True
    if declared or not strong or _NO_NAME.search(last) or len(last) > _LONGEST_UNKNOWN:
        return False
    return "_" in cut[0] or len(last) * 5 <= len(head) * 3


def _begins_with_site(text: str, cut: re.Match[str], known: set[str]) -> bool:
    first, rest = text[: cut.start()].strip(), text[cut.end() :].strip()
    return (
        not first
        or first in _PAGE_KINDS
        or (len(rest) >= _SHORTEST and _is_site(first, known) and len(rest) > len(first) // 2)
    )


def _is_site(part: str, known: set[str]) -> bool:
    key = squeeze(part)
    if key in known or (len(key) >= 3 and any(key.startswith(name) and len(name) >= 3 for name in known)):
        return not _NO_NAME.search(part) or key in known
    return len(part) <= _LONGEST_SITE and bool(SITE_LIKE.search(part)) and not _NO_NAME.search(part)


def _without_keywords(text: str) -> str:
    """借呗逾期了怎么协商还款|借呗|逾期: parts that the first one holds are keywords."""
    parts = parts_of(text)
    first = squeeze(parts[0]) if parts else ""
    rest = [squeeze(part) for part in parts[1:]]
    return parts[0] if rest and all(len(part) <= 6 and part in first for part in rest) else text
