"""What an element says by its name, tag, role and style that it is: navigation, comments, related texts, hidden.

Generic words only: what sites call such parts, in Chinese and English, never one site's own class names.
"""

from __future__ import annotations

import re
from functools import lru_cache
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
    (
        "comment",
        words_in("comment comments cmt cmts cmnt commt reply replies pinglun liuyan gentie guestbook respond disqus"),
    ),
    (
        "tool",
        words_in(
            "share sharing shares sharebar bdsharebuttonbox sharedaddy social toolbar tool tools appdown"
            " download qrcode erweima advert advertisement ads ad adv gg guanggao popup modal dialog login"
            " pagination pager vote subscribe newsletter tags taglist keyword keywords copyright disclaimer"
            " shengming statement bio authorbio"
        ),
    ),
    ("nav", words_in("nav navs navbar navigation menu menus topbar prevnext prev next pagenav siblings")),
    ("foot", words_in("footer foot bottom friendlink friendlinks links copy")),
)
_WORDS: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
#: Longer names and styles are an attack; the rest of them says nothing new.
_MOST_NAMES: Final = 300
_MOST_STYLE: Final = 500
_AWAY: Final = re.compile(r"-\d{3,}")
_NOTHING: Final = re.compile(r"[01](?:px)?$")
_ZONE_OF_WORD: Final[dict[str, Zone]] = {word: zone for zone, words in _WORD_ZONES for word in words}


def zone_of_element(tag: str, names: str, role: str, style: str) -> Zone:
    """What an element says it is: by its tag, its role, its style, or a word of its class and id `names`."""
    if style and is_hidden(style[:_MOST_STYLE]):
        return "hidden"
    if role and role in _LANDMARKS:
        return _LANDMARKS[role]
    if names:
        zone = zone_of_names(names)
        if zone:
            return zone
    return _TAG_ZONES.get(tag, "")


@lru_cache(maxsize=2048)
def is_hidden(style: str) -> bool:
    """True for a style that shows nothing: no display, no height, or far outside of the window."""
    rules = {
        name.strip().lower(): value.strip().lower()
        for name, _, value in (declared.partition(":") for declared in style.split(";"))
    }
    if rules.get("display", "").startswith("none") or rules.get("visibility", "").startswith("hidden"):
        return True
    if any(_AWAY.match(rules.get(name, "")) for name in ("left", "top", "text-indent", "margin-left")):
        return True
    clipped = rules.get("overflow", "").startswith("hidden")
    return clipped and any(_NOTHING.match(rules.get(name, "")) for name in ("height", "max-height", "width"))


def zone_of_names(names: str) -> Zone:
    """The zone a word of class and id names stands for, "" when none does."""
    return _read_names(names[:_MOST_NAMES])[1]


def words_of(names: str) -> frozenset[str]:
    """The words of class and id names, lower case: entry-title -> entry, title."""
    return _read_names(names[:_MOST_NAMES])[0]


# Templates repeat their names on every page, so most are looked up.
@lru_cache(maxsize=4096)
def _read_names(names: str) -> tuple[frozenset[str], Zone]:
    words = [word.lower() for word in _WORDS.findall(names)]
    return frozenset(words), next((_ZONE_OF_WORD[word] for word in words if word in _ZONE_OF_WORD), "")
