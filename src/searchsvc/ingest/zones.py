"""What an element says by its name, tag, role and style that it is: navigation, comments, related texts, hidden.

Generic words only: what sites call such parts, in Chinese and English, never one site's own class names.
"""

from __future__ import annotations

import re
from typing import Final, Literal

Zone = Literal["", "nav", "crumb", "related", "comment", "tool", "foot", "hidden"]


def words_in(text: str) -> frozenset[str]:
    """The words of a word list."""
    return frozenset(text.split())


_TAG_ZONES: Final[dict[str, Zone]] = {"nav": "nav", "aside": "related", "footer": "foot", "menu": "nav"}
_LANDMARKS: Final[dict[str, Zone]] = {
    "navigation": "nav",
    "complementary": "related",
    "contentinfo": "foot",
    "search": "tool",
    "menu": "nav",
    "menubar": "nav",
    "dialog": "tool",
    "alertdialog": "tool",
}
#: Whole words of class and id names; compounds such as page-nav or relatedList are split first.
_WORD_ZONES: Final[tuple[tuple[Zone, frozenset[str]], ...]] = (
    ("crumb", words_in("breadcrumb breadcrumbs crumb crumbs bread")),
    (
        "related",
        words_in(
            "related relate relates relation recommend recommends recommended recommendation rec recs tuijian hot hots"
            " hotnews popular ranking rank ranks ranklist sidebar aside widget widgets guess youlike morenews"
        ),
    ),
    ("comment", words_in("comment comments cmt cmts reply replies pinglun liuyan gentie guestbook respond disqus")),
    (
        "tool",
        words_in(
            "share sharing shares sharebar bdsharebuttonbox sharedaddy social toolbar tool tools appdown"
            " download qrcode erweima advert advertisement ads ad adv gg guanggao popup modal dialog login"
            " pagination pager vote subscribe newsletter tags taglist keyword keywords copyright disclaimer"
            " shengming statement author-card"
        ),
    ),
    ("nav", words_in("nav navs navbar navigation menu menus topbar prevnext prev next pagenav siblings")),
    ("foot", words_in("footer foot bottom friendlink friendlinks links copy")),
)
_WORDS: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_HIDDEN_STYLE: Final = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|(?:left|top|text-indent|margin-left)\s*:\s*-\d{3,}"
    r"|(?<![\w-])(?:height|width)\s*:\s*[01](?:px)?\s*(?:;(?:[^;]*;)*?\s*overflow\s*:\s*hidden|;\s*$|$)"
    r"|overflow\s*:\s*hidden\s*;(?:[^;]*;)*?\s*(?:max-)?height\s*:\s*[01](?:px)?\s*(?:;|$)",
    re.I,
)
_ZONE_OF_WORD: Final[dict[str, Zone]] = {word: zone for zone, words in _WORD_ZONES for word in words}


def zone_of_element(tag: str, names: str, role: str, style: str) -> Zone:
    """What an element says it is: by its tag, its role, its style, or a word of its class and id `names`."""
    if style and _HIDDEN_STYLE.search(style[:500]):
        return "hidden"
    if role and role in _LANDMARKS:
        return _LANDMARKS[role]
    if names:
        zone = zone_of_names(names)
        if zone:
            return zone
    return _TAG_ZONES.get(tag, "")


def zone_of_names(names: str) -> Zone:
    """The zone a word of class and id names stands for, "" when none does."""
    for word in _WORDS.findall(names):
        zone = _ZONE_OF_WORD.get(word.lower())
        if zone:
            return zone
    return ""


def words_of(names: str) -> set[str]:
    """The words of class and id names, lower case: entry-title -> entry, title."""
    return {word.lower() for word in _WORDS.findall(names)}
