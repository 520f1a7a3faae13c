"""A walk over the tags and texts of a page, in their order: they become lines and elements. No rules about content.

Inline elements join, block elements and <br> part. Pages nest deeper than Python recurses; nothing here does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from .names import CERTAIN, NONE, Evidence, evidence_of, words_in, words_of
from .page import Mark
from .tree import Node, RawLine, Tree

# The parser puts an article without <body> before it into the head; so the head is walked like the rest.
_BLOCKS: Final = words_in(
    "address article aside blockquote body caption center col colgroup dd details dialog dir div dl dt fieldset head"
    " figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol optgroup option"
    " p pre section summary table tbody td tfoot th thead tr ul"
)
_SKIPPED: Final = words_in(
    "script style noscript template iframe frame object embed svg canvas audio video select button textarea input"
    " map math title meta link base noframes"
)
#: The attributes that count: columns and rows of a cell, numbers of lists and items.
_COUNTED: Final = {
    "td": ("colspan", "rowspan"),
    "th": ("colspan", "rowspan"),
    "ol": ("start", "reversed"),
    "li": ("value", ""),
}
_CAPTIONS: Final = words_in("h1 h2 h3 h4 h5 h6 dt summary")
_MOST_PIECES: Final = 16
_FIELDS: Final = words_in("input textarea select")
_BOLD: Final = words_in("b strong h1 h2 h3 h4 h5 h6 dt")
_BOLD_WORDS: Final = words_in("bold strong")
_NO_WORDS: Final[frozenset[str]] = frozenset()
_CHANGED: Final = frozenset({"updated", "modified"})
#: Custom elements with text right before or behind them.
_CUSTOM: Final = re.compile(r"[^\s>]<([a-z][a-z0-9]*-[\w-]+)|</([a-z][a-z0-9]*-[\w-]+)\s*>(?=[^\s<])", re.I)
_MARKING: Final = words_in(
    "title headline tit biaoti tt bt subject date time pubtime pubdate publish published posted"
    " cat cats catalog category categories channel column section lanmu"
)
#: What links say that lead to the column of their page.
_REL_CATEGORY: Final = frozenset({"rel-category", "category"})
_CJK: Final = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f"
_DATE_WORDS: Final = words_in("date time pubtime pubdate publish published posted")
#: Where an element that shows 昨天 may say which day it was.
_STAMPS: Final = ("title", "data-time", "data-timestamp", "data-date", "data-publish-time", "data-pubtime", "content")
_STAMP: Final = re.compile(r"\s*(?:1[0-9]{9}(?:\d{3})?\s*$|20\d\d[-/年.]\d)")
_HIDDEN_DATE: Final = re.compile(r"pub(?:lish)?(?:ed)?[-_]?(?:time|date)", re.I)
_BROKEN_LINE: Final = re.compile(rf"(?<=[{_CJK}])[ \t]*\n\s*(?=[{_CJK}])")
#: What wikis put beside each heading.
_EDIT_LINK: Final = re.compile(r"\s*\[(?:编辑|編輯)\]\s*")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")
_BIG: Final = re.compile(
    r"font-size\s*:\s*(?:1[89]|[2-9]\d)(?:\.\d+)?px|font-size\s*:\s*(?:1\.[2-9]|[2-9])\d*(?:r?em)", re.I
)
_FRONT_PAGE: Final = re.compile(r"/|(?:\./)?index\.s?html?|(?:https?:)?//[^/?#]{3,60}/?")
_BOLD_STYLE: Final = re.compile(r"font-weight\s*:\s*(?:bold|[6-9]00)", re.I)


def tidy(text: str) -> str:
    """One line of text: white space runs become a space, and none where a line broke between Chinese characters.

    Control characters go; those of 0x80 to 0x9F are what browsers show for them, the characters of Windows-1252.
    """
    if not text.isprintable():
        text = _CONTROL.sub(_of_control, text)
        if "\n" in text:
            text = _BROKEN_LINE.sub("", text)
    return " ".join(text.split())


def _of_control(match: re.Match[str]) -> str:
    return match[0].encode("latin-1").decode("cp1252", "ignore") if match[0] >= "\x80" else ""


@dataclass(slots=True)
class _Open:
    """An element being walked: what ends with it."""

    tag: str
    block: bool
    link: int
    bold: int
    big: int
    outer: int
    marked: frozenset[str] | None
    homes: int
    line: int
    part: int
    stamp: str | None


class Walk:
    """Gathers lines and elements from the tags and texts of a page, in their order. `words` are custom elements that
    stand between words of a sentence; others are containers."""

    def __init__(self, words: frozenset[str]) -> None:
        self._words = words
        self.begin()

    def begin(self) -> None:
        """Forgets what was met so far."""
        self.tree = Tree(nodes=[Node("html", -1, "", NONE, "")])
        self.parts: list[str] = []
        self.counted: list[tuple[int, int, int]] = []
        self.link = self.bold = self.big = self.node = 0
        self._stack: list[_Open] = []
        self._pieces: list[str] = []
        #: Inside an element that is left out: how deep, which, and its own text.
        self._depth = 0
        self._left_out: tuple[str, Mapping[str, Any]] = ("", {})
        self._strings: list[str] = []

    def finish(self) -> Tree:
        """What was gathered, when all of the page has been met."""
        while self._stack:
            self.leave()
        self._settle()
        self._flush()
        self.tree.nodes[0].last = len(self.tree.lines)
        return self.tree

    def text(self, text: str) -> None:
        """A piece of text; the parser may cut one text into several."""
        if self._depth:
            if self._depth == 1:
                self._strings.append(text)
        elif self._pieces:
            self._pieces.append(text)
        else:
            self._pieces.append(text)
            self.counted.append((self.link, self.bold, self.big))

    def _settle(self) -> None:
        """Ends the text being gathered: the parser gives one in as many pieces as it has entities."""
        if self._pieces:
            self.parts.append("".join(self._pieces))
            self._pieces.clear()

    def _flush(self) -> None:
        """Ends the line being gathered."""
        if not self.parts:
            return
        text = tidy("".join(self.parts))
        if "编辑]" in text or "編輯]" in text:
            text = _EDIT_LINK.sub("", text).strip()
        if text:
            link = bold = big = 0
            for part, (in_link, in_bold, in_big) in zip(self.parts, self.counted, strict=True):
                if in_link or in_bold or in_big:
                    size = len(part.strip())
                    link += size if in_link else 0
                    bold += size if in_bold else 0
                    big += size if in_big else 0
            pieces = tuple(self.parts) if link and 1 < len(self.parts) <= _MOST_PIECES else ()
            self.tree.lines.append(RawLine(text, self.node, link, bold, big, pieces))
        self.parts.clear()
        self.counted.clear()

    def enter(self, tag: str, attrs: Mapping[str, Any]) -> None:
        """A tag opens."""
        self._settle()
        if self._depth:
            self._depth += 1
            return
        if tag in _SKIPPED and not (tag == "template" and _is_shadow_root(attrs)):
            self._leave_out(tag, attrs)
            return
        if tag == "br":
            self._flush()
            self._leave_out("", {})
            return
        block = tag in _BLOCKS or tag == "template" or ("-" in tag and tag not in self._words)
        self._stack.append(self._opened(tag, attrs, block=block) if attrs else self._plain(tag, block=block))
        if attrs and self._stack[-1].outer < 0:
            self._stack.pop()
            self._leave_out("", {})

    def _leave_out(self, tag: str, attrs: Mapping[str, Any]) -> None:
        self._depth, self._left_out = 1, (tag, attrs)
        self._strings.clear()

    def _plain(self, tag: str, *, block: bool) -> _Open:
        """An element without attributes: most of a page."""
        outer = self.node
        if block:
            self._flush()
            self._open_block(tag, "", evidence_of(tag, "", "", ""), "")
        link, bold = 1 if tag == "a" else 0, 1 if tag in _BOLD else 0
        self.link, self.bold = self.link + link, self.bold + bold
        self.tree.links += link
        tree, marked = self.tree, _NO_WORDS if tag == "h1" else None
        stamp = "" if tag == "time" else None
        return _Open(tag, block, link, bold, 0, outer, marked, tree.home_links, len(tree.lines), len(self.parts), stamp)

    def _opened(self, tag: str, attrs: Mapping[str, Any], *, block: bool) -> _Open:
        """An element with attributes; `outer` is -1 for an inline one that is hidden, which is left out."""
        tree, outer = self.tree, self.node
        names, style = _names(attrs), attrs.get("style", "")
        evidence = evidence_of(tag, names, attrs.get("role", "").lower(), style)
        if "hidden" in attrs and attrs["hidden"].strip().lower() != "until-found":
            evidence = Evidence("hidden", CERTAIN)
        if block:
            self._flush()
            self._open_block(tag, names, evidence, attrs.get("aria-label", ""))
            if tag in _COUNTED:
                tree.nodes[-1].counts = _counts_of(tag, attrs)
        elif evidence.zone == "hidden":
            outer = -1
        words = words_of(names) if names else _NO_WORDS
        # A name or id and no address make an anchor: a place that links lead to. So is what leads to its own heading.
        href = attrs.get("href", "")
        own = len(href) > 1 and href[0] == "#" and tree.nodes[self.node].tag in _CAPTIONS
        anchor = own or ("href" not in attrs and ("name" in attrs or "id" in attrs))
        link, home = 1 if tag == "a" and outer >= 0 and not anchor else 0, False
        if link:
            tree.links += 1
            home = _FRONT_PAGE.fullmatch(attrs.get("href", "")[:80]) is not None
            if home:
                tree.home_links += 1
                tree.homes += filter(None, [tidy(attrs.get("title", "")[:60])])
            if "category" in attrs.get("rel", "").lower():
                words = words | _REL_CATEGORY
        if "itemprop" in attrs and attrs["itemprop"] == "datePublished" and attrs.get("content"):
            tree.add_meta("datepublished", tidy(attrs["content"]))
        bold = 1 if tag in _BOLD or words & _BOLD_WORDS or (style and _BOLD_STYLE.search(style)) else 0
        big = 1 if _is_big(tag, attrs, style) else 0
        if outer >= 0:
            self.link, self.bold, self.big = self.link + link, self.bold + bold, self.big + big
        marked = words if tag == "h1" or home or words & _MARKING else None
        stamp = _stamp_of(tag, attrs, words)
        return _Open(
            tag, block, link, bold, big, outer, marked, tree.home_links, len(tree.lines), len(self.parts), stamp
        )

    def _open_block(self, tag: str, names: str, evidence: Evidence, label: str) -> None:
        self.tree.nodes.append(Node(tag, self.node, names, evidence, label, len(self.tree.lines), 0))
        self.node = len(self.tree.nodes) - 1

    def leave(self) -> None:
        """The last tag that is open closes."""
        self._settle()
        if self._depth:
            self._depth -= 1
            if not self._depth:
                self._skipped(*self._left_out)
            return
        one = self._stack.pop()
        if one.block:
            self._flush()
            self.tree.nodes[self.node].last = len(self.tree.lines)
        if one.marked is not None or one.stamp is not None:
            self._mark(one)
        self.link, self.bold, self.big = self.link - one.link, self.bold - one.bold, self.big - one.big
        if one.block:
            self.node = one.outer

    def _mark(self, one: _Open) -> None:
        text = self._short_text(one)
        if one.tag == "a" and one.marked is not None and text and not one.marked & _MARKING:
            self.tree.homes.append(text[:60])
        elif one.marked is not None and text:
            home = self.tree.home_links > one.homes
            self.tree.marks.append(Mark(one.marked, one.tag, text, one.line, home))
        if one.stamp is not None:
            self.tree.times.append((one.stamp, text))

    def _short_text(self, one: _Open) -> str:
        """The text of an element of at most 3 lines and 200 characters, else ""; looks at no more than that."""
        lines = self.tree.lines[one.line : one.line + 4]
        if not lines and not one.block:
            parts = self.parts[one.part : one.part + 51]
            text = tidy("".join(parts)) if len(parts) <= 50 and sum(map(len, parts)) <= 2000 else ""
        else:
            whole = sum(len(line.text) for line in lines) <= 200
            text = tidy("\n".join(line.text for line in lines)) if whole else ""
        return text if len(lines) < 4 and len(text) <= 200 else ""

    def _skipped(self, tag: str, attrs: Mapping[str, Any]) -> None:
        """An element that is left out has ended: what the page says with it to machines."""
        tree = self.tree
        if tag == "title":
            tree.title = tree.title or tidy("".join(self._strings)[:2000])[:500]
        elif tag == "meta":
            name = attrs.get("property") or attrs.get("name") or attrs.get("itemprop") or ""
            content = attrs.get("content")
            if name and content:
                tree.add_meta(name.strip().lower(), tidy(content))
        elif tag == "button" or (tag in _FIELDS and attrs.get("type", "").lower() != "hidden"):
            tree.controls.append(self.node)
        elif tag == "input":
            name = attrs.get("name") or attrs.get("id") or ""
            if _HIDDEN_DATE.search(name[:100]):
                tree.add_meta("pubtime", tidy(attrs.get("value", "")[:100]))
        elif tag == "link" and not tree.canonical and "canonical" in attrs.get("rel", "").lower():
            tree.canonical = attrs.get("href", "").strip()
        elif tag == "script":
            kind = attrs.get("type", "").lower()
            (tree.json_ld if "ld+json" in kind else tree.scripts).append("".join(self._strings))


def _counts_of(tag: str, attrs: Mapping[str, Any]) -> tuple[int, int]:
    first, second = _COUNTED[tag]
    return _number(attrs.get(first, "")), -1 if second in attrs and tag == "ol" else _number(attrs.get(second, ""))


def _number(text: str) -> int:
    """A small whole number; 0 for all else."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else 0


def _stamp_of(tag: str, attrs: Mapping[str, Any], words: frozenset[str]) -> str | None:
    """The machine's form of the date that an element shows; None where it shows none, or that of a change."""
    dated = tag == "time"
    if not dated and not words & _DATE_WORDS:
        return None
    if words & _CHANGED and not words & {"published", "publish"}:
        return None
    if dated:
        return str(attrs.get("datetime", ""))
    return next((attrs[name] for name in _STAMPS if name in attrs and _STAMP.match(attrs[name])), None)


def words_of_text(text: str) -> frozenset[str]:
    """Custom elements that text touches on either side: those are words of a sentence, not containers."""
    return frozenset(match.lower() for pair in _CUSTOM.findall(text) for match in pair if match)


def _is_shadow_root(attrs: Mapping[str, object]) -> bool:
    """True for a template that browsers show in place: a declarative shadow root."""
    return bool(attrs) and ("shadowrootmode" in attrs or "shadowroot" in attrs)


def _names(attrs: Mapping[str, Any]) -> str:
    classes, ident, meaning = attrs.get("class", ""), attrs.get("id"), attrs.get("itemprop")
    if meaning:
        classes = f"{classes} {meaning}"
    return f"{classes} {ident}" if ident else classes


def _is_big(tag: str, attrs: Mapping[str, Any], style: str) -> bool:
    if style and _BIG.search(style):
        return True
    return tag == "font" and attrs.get("size", "").strip().lstrip("+") in {"4", "5", "6", "7"}
