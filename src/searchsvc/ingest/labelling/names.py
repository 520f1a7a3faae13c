"""What an element says of itself: by tag, role, style, and the words of its class and id names.

Generic words only: what sites call such parts, in Chinese and English, never one site's own class names. A name is
evidence, not proof. Words such as `bottom`, `hot` or `next` are presentation as often as zones: alone or beside other
words for boxes they weigh STRONG, in a compound with words of another kind (border-bottom, hot-line) WEAK.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Literal, NamedTuple

Zone = Literal["", "nav", "crumb", "related", "comment", "tool", "foot", "hidden"]

#: Strength of evidence. Weak names need other evidence beside them; what is hidden, or says it is an advertisement,
#: needs none and is never overruled by what it holds.
WEAK: Final = 1
STRONG: Final = 2
CERTAIN: Final = 3
#: Where the text itself has been looked at already, as in dumps: not to be asked again.
DECIDED: Final = 4


class Evidence(NamedTuple):
    """What an element is said to be, how strongly, and whether the words for it mean hardly anything else (`firm`)."""

    zone: Zone
    strength: int
    firm: bool = False


NONE: Final = Evidence("", 0)


def words_in(text: str) -> frozenset[str]:
    """The words of a word list."""
    return frozenset(text.split())


_TAGS: Final[dict[str, Evidence]] = {
    "nav": Evidence("nav", STRONG, firm=True),
    "menu": Evidence("nav", STRONG),
    # Tips and notes of an article stand in <aside> as well as lists of other articles.
    "aside": Evidence("related", WEAK),
    "footer": Evidence("foot", STRONG, firm=True),
}
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
#: Words that say it strongly in any compound: comment-body, my-footer; alone or beside words for boxes, firmly.
_FIRM: Final[tuple[tuple[Zone, frozenset[str]], ...]] = (
    ("crumb", words_in("breadcrumb breadcrumbs crumb crumbs")),
    ("related", words_in("tuijian hotnews ranklist youlike morenews recommends recommended recommendation")),
    (
        "comment",
        words_in("comment comments cmt cmts cmnt commt replies pinglun liuyan gentie guestbook respond disqus"),
    ),
    (
        "tool",
        words_in(
            "sharebar bdsharebuttonbox sharedaddy toolbar appdown qrcode erweima pagination pager newsletter taglist"
            " copyright disclaimer shengming authorbio"
        ),
    ),
    ("nav", words_in("navbar topbar prevnext pagenav")),
    ("foot", words_in("footer friendlink friendlinks")),
)
_ADVERTS: Final = words_in("ad ads adv gg advert adverts advertisement guanggao adsense adsbygoogle")
#: Words that say it only alone, or beside words for boxes.
_LOOSE: Final[tuple[tuple[Zone, frozenset[str]], ...]] = (
    ("crumb", words_in("bread")),
    (
        "related",
        words_in(
            "related relate relates relation recommend rec recs hot hots popular ranking rank ranks aside guess sidebar"
        ),
    ),
    ("comment", words_in("reply")),
    (
        "tool",
        words_in(
            "share sharing shares social tool tools download popup modal dialog login vote subscribe tags keyword"
            " keywords statement bio paywall regwall"
        ),
    ),
    ("nav", words_in("nav navs navigation menu menus prev next siblings")),
    ("foot", words_in("foot bottom links copy")),
)
#: Names that page builders give to every paragraph, and sites to their side columns: never more than weak.
_ALWAYS_WEAK: Final = words_in("widget widgets")
#: What sites call boxes of any kind; beside a loose word they leave its meaning as it is.
_BOXES: Final = words_in(
    "list lists listing box boxes wrap wrapper area bar block blocks con cont container content contents inner outer"
    " left right main mid middle center mod module section sec panel title titles tit hd bd ft hd head header item"
    " items article articles news post posts group col column columns row page pages side part zone div ul li dl dd"
    " info new now my the top fixed float index global read reading more plugin component grid card cards detail"
    " details data common pc mobile m js el view clearfix line1 hide show on blog site primary secondary"
    " slot banner unit inline space label form text count btn"
    " button icon meta thread body node"
)
#: Elements that hold one piece of text: a class on them is nearly always about how it looks.
_TEXTS: Final = words_in("p h1 h2 h3 h4 h5 h6 span caption blockquote pre figure figcaption dt font strong b em")
#: Rows, cells and items: of an article's tables and lists as often as of a layout.
_PARTS: Final = words_in("td th tr table tbody dd li")
_WORDS: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
#: Longer names and styles are an attack; the rest of them says nothing new.
_MOST_NAMES: Final = 300
_MOST_STYLE: Final = 500
_AWAY: Final = re.compile(r"-\d{3,}")
_FOLDED: Final = re.compile(r"display\s*:\s*none", re.I)
_NOTHING: Final = re.compile(r"[01](?:px)?$")
_FIRM_ZONES: Final[dict[str, Zone]] = {word: zone for zone, words in _FIRM for word in words}
_LOOSE_ZONES: Final[dict[str, Zone]] = {word: zone for zone, words in _LOOSE for word in words}
#: Letters between digits are no word: css-1gg2x.
_HASH: Final = re.compile(r"\d[a-z]{1,3}\d", re.I)
#: Of utility classes: md:hidden, bottom-0, hover:next.
_UTILITY: Final = re.compile(r"[^\s:]*:\S*|(?:bottom|top|left|right)-(?:\d+|auto|\[.*|px|full)")


def evidence_of(tag: str, names: str, role: str, style: str) -> Evidence:
    """What an element says it is: by its style, its role, a word of its class and id `names`, its tag."""
    if style and is_hidden(style[:_MOST_STYLE]):
        # No display may be a part of the text that is folded away; no height and far outside are for machines only.
        return Evidence("hidden", CERTAIN, firm=not is_folded(style[:_MOST_STYLE]))
    if role and role in _LANDMARKS:
        return Evidence(_LANDMARKS[role], STRONG, firm=True)
    by_tag = _TAGS.get(tag, NONE)
    found = evidence_of_names(names) if names else NONE
    if found.strength == STRONG and (tag in _TEXTS or (tag in _PARTS and not found.firm)):
        found = Evidence(found.zone, WEAK)
    if found.strength == by_tag.strength == WEAK:
        return Evidence(found.zone, STRONG)  # <aside class="...-widget">: each says it
    return found if found.strength >= by_tag.strength and found.zone else by_tag


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


def is_folded(style: str) -> bool:
    """True for a style without display, which a press on a button gives back."""
    return "none" in style and _FOLDED.search(style) is not None


def evidence_of_names(names: str) -> Evidence:
    """What the words of class and id names say; the strongest of the names, the first of equals."""
    return _read_names(names[:_MOST_NAMES])[1]


def words_of(names: str) -> frozenset[str]:
    """The words of class and id names, lower case: entry-title -> entry, title."""
    return _read_names(names[:_MOST_NAMES])[0]


# Templates repeat their names on every page, so most are looked up.
@lru_cache(maxsize=4096)
def _read_names(names: str) -> tuple[frozenset[str], Evidence]:
    words: set[str] = set()
    best = NONE
    for name in names.split():
        parts = [word.lower() for word in _WORDS.findall(name)]
        words.update(parts)
        found = _of_name(name, parts)
        if found.strength > best.strength:
            best = found
    return frozenset(words), best


def _of_name(name: str, parts: list[str]) -> Evidence:
    if _UTILITY.fullmatch(name):
        return NONE
    said = [part for part in parts if not _is_box(part)]
    if not _ADVERTS.isdisjoint(parts) and not _HASH.search(name):
        only = all(part in _ADVERTS for part in said)
        return Evidence("tool", CERTAIN if only else STRONG if said[-1] in _ADVERTS else WEAK, firm=True)
    firm = next((part for part in parts if part in _FIRM_ZONES), None)
    if firm is not None:
        # The last word says what a thing is: my-comment is a comment, comment-letter a letter.
        if said and said[-1] not in _FIRM_ZONES and said[-1] not in _LOOSE_ZONES:
            return Evidence(_FIRM_ZONES[firm], WEAK)
        alone = all(part in _FIRM_ZONES or part in _LOOSE_ZONES for part in said)
        return Evidence(_FIRM_ZONES[firm], STRONG, firm=alone)
    zones = [_LOOSE_ZONES[part] for part in parts if part in _LOOSE_ZONES]
    if zones:
        return Evidence(zones[0], STRONG if all(part in _LOOSE_ZONES or _is_box(part) for part in parts) else WEAK)
    return Evidence("related", WEAK) if not _ALWAYS_WEAK.isdisjoint(parts) else NONE


def _is_box(part: str) -> bool:
    return part in _BOXES or part.isdigit() or len(part) == 1
