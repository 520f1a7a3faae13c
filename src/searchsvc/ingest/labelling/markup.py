"""A parsed page in one walk: elements and lines of text, head data, and marked pieces. No rules about content.

The walk is iterative (pages nest deeper than Python recurses) and visits each node once; everything later works on
its lists. Inline elements join, block elements and <br> part.
"""

from __future__ import annotations

import gc
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from bs4 import BeautifulSoup, MarkupResemblesLocatorWarning, XMLParsedAsHTMLWarning
from bs4.element import NavigableString, PageElement, Tag, TemplateString

from ...errors import PageRejected
from .names import CERTAIN, NONE, Evidence, evidence_of, words_in, words_of
from .page import Mark

#: More tags, or lines of a plain text, than this are refused: they take the 2 s that a page may take, and 400 MB.
MAX_TAGS: Final = 64_000

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
_MOST_PIECES: Final = 16
_FIELDS: Final = words_in("input textarea select")
_BOLD: Final = words_in("b strong h1 h2 h3 h4 h5 h6 dt")
_BOLD_WORDS: Final = words_in("bold strong")
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


@dataclass(slots=True)
class Node:
    """A block element. `first:last` are its lines, `parent` the index of the element around it (-1: none)."""

    tag: str
    parent: int
    names: str
    evidence: Evidence
    label: str
    first: int = 0
    last: int = 0


@dataclass(slots=True)
class RawLine:
    """A line of text, and how many of its characters are links, bold, or larger than the rest.

    `pieces` are the texts of its elements, where links are among them: arrows between them may be pictures.
    """

    text: str
    node: int
    link: int
    bold: int
    big: int
    pieces: tuple[str, ...] = ()


@dataclass(slots=True)
class Tree:
    """Everything the walk saw. `metas` are keyed by lower-case name or property, values in page order.

    `homes` are what links to a front page say, `controls` the elements that hold a field or button of a form.
    """

    nodes: list[Node] = field(default_factory=list)
    lines: list[RawLine] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    times: list[tuple[str, str]] = field(default_factory=list)
    metas: dict[str, list[str]] = field(default_factory=dict)
    scripts: list[str] = field(default_factory=list)
    json_ld: list[str] = field(default_factory=list)
    title: str = ""
    canonical: str = ""
    links: int = 0
    homes: list[str] = field(default_factory=list)
    controls: list[int] = field(default_factory=list)

    def add_meta(self, name: str, value: str) -> None:
        """One more value of a name."""
        self.metas.setdefault(name, []).append(value)


def parse(text: str) -> Tree:
    """The page as lines and containers. Raises PageRejected("page_too_complex") beyond MAX_TAGS."""
    if text.count("<") > MAX_TAGS:
        raise PageRejected("page_too_complex", f"The page has more than {MAX_TAGS} tags.")
    # Attributes as plain strings in a plain dictionary: converting each takes a seventh of the time.
    options: dict[str, Any] = {"multi_valued_attributes": None, "attribute_dict_class": dict}
    with warnings.catch_warnings(), _no_collection():
        warnings.simplefilter("ignore", MarkupResemblesLocatorWarning)
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
        return _Walker().walk(BeautifulSoup(_clean(text), "lxml", **options))


@contextmanager
def _no_collection() -> Iterator[None]:
    """No garbage collection in the block: nothing of a page is garbage while it is read, and looking takes a sixth."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


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


def _clean(text: str) -> str:
    # libxml2 stops at NUL and at the declaration of another encoding inside text that is decoded already.
    return re.sub(r"^\s*<\?xml[^>]{0,200}\?>", "", text, count=1).replace("\0", "")


@dataclass(slots=True)
class _Open:
    """An element being walked: what is left of its children, and what ends with it."""

    todo: Iterator[PageElement]
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


class _Walker:
    def __init__(self) -> None:
        self.tree = Tree(nodes=[Node("html", -1, "", NONE, "")])
        self.parts: list[str] = []
        self.counted: list[tuple[int, int, int]] = []
        self.link = self.bold = self.big = self.node = 0

    def walk(self, soup: BeautifulSoup) -> Tree:
        stack = [_Open(iter(soup.contents), "html", True, 0, 0, 0, 0, None, 0, 0, 0, None)]
        while stack:
            child = next(stack[-1].todo, None)
            if child is None:
                self._leave(stack.pop())
            elif type(child) is NavigableString or type(child) is TemplateString:
                self._text(child)
            elif isinstance(child, Tag):
                opened = self._enter(child)
                if opened is not None:
                    stack.append(opened)
        return self.tree

    def _text(self, text: str) -> None:
        self.parts.append(text)
        self.counted.append((self.link, self.bold, self.big))

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

    def _enter(self, element: Tag) -> _Open | None:
        tag = element.name.lower()
        if tag in _SKIPPED and not (tag == "template" and _is_shadow_root(element.attrs)):
            self._skipped(tag, element)
            return None
        if tag == "br":
            self._flush()
            return None
        attrs = element.attrs
        names, style = _names(attrs), str(attrs.get("style", "")) if attrs else ""
        block = tag in _BLOCKS or tag == "template" or ("-" in tag and not _between_text(element))
        role = str(attrs.get("role", "")).lower() if attrs else ""
        evidence = evidence_of(tag, names, role, style) if attrs or block else NONE
        if "hidden" in attrs and str(attrs["hidden"]).strip().lower() != "until-found":
            evidence = Evidence("hidden", CERTAIN)
        if not block and evidence.zone == "hidden":
            return None
        outer = self.node
        if block:
            self._flush()
            self._open_block(tag, names, evidence, str(attrs.get("aria-label", "")) if attrs else "")
        link = 1 if tag == "a" else 0
        home = False
        if link:
            self.tree.links += 1
            home = bool(attrs) and _FRONT_PAGE.fullmatch(str(attrs.get("href", ""))[:80]) is not None
            if home:
                self.tree.homes.append(tidy(str(attrs.get("title", ""))[:60]))
        if attrs.get("itemprop") == "datePublished" and attrs.get("content"):
            self.tree.add_meta("datepublished", tidy(str(attrs["content"])))
        words = words_of(names) if names else frozenset()
        bold = 1 if tag in _BOLD or words & _BOLD_WORDS or (style and _BOLD_STYLE.search(style)) else 0
        big = 1 if _is_big(tag, attrs, style) else 0
        self.link, self.bold, self.big = self.link + link, self.bold + bold, self.big + big
        if link and "category" in str(attrs.get("rel", "")).lower():
            words = words | _REL_CATEGORY
        marked = words if tag == "h1" or home or words & _MARKING else None
        updated = bool(words & {"updated", "modified"}) and not words & {"published", "publish"}
        stamp = str(attrs.get("datetime", "")) if tag == "time" and not updated else None
        if stamp is None and words & _DATE_WORDS and not updated:
            stamp = next(
                (str(attrs[name]) for name in _STAMPS if name in attrs and _STAMP.match(str(attrs[name]))), None
            )
        start = len(self.tree.homes), len(self.tree.lines), len(self.parts)
        return _Open(iter(element.contents), tag, block, link, bold, big, outer, marked, *start, stamp)

    def _open_block(self, tag: str, names: str, evidence: Evidence, label: str) -> None:
        self.tree.nodes.append(Node(tag, self.node, names, evidence, label, len(self.tree.lines), 0))
        self.node = len(self.tree.nodes) - 1

    def _leave(self, one: _Open) -> None:
        if one.block:
            self._flush()
            self.tree.nodes[self.node].last = len(self.tree.lines)
        if one.marked is not None or one.stamp is not None:
            text = self._short_text(one)
            if one.tag == "a" and one.marked is not None and text and not one.marked & _MARKING:
                self.tree.homes.append(text[:60])
            elif one.marked is not None and text:
                home = len(self.tree.homes) > one.homes
                self.tree.marks.append(Mark(one.marked, one.tag, text, one.line, self.node, home))
            if one.stamp is not None:
                self.tree.times.append((one.stamp, text))
        self.link, self.bold, self.big = self.link - one.link, self.bold - one.bold, self.big - one.big
        if one.block:
            self.node = one.outer

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

    def _skipped(self, tag: str, element: Tag) -> None:
        tree = self.tree
        if tag == "title":
            tree.title = tree.title or tidy(_strings(element)[:2000])[:500]
        elif tag == "meta":
            name = element.get("property") or element.get("name") or element.get("itemprop") or ""
            content = element.get("content")
            if name and content:
                tree.add_meta(str(name).strip().lower(), tidy(str(content)))
        elif tag == "button" or (tag in _FIELDS and str(element.get("type", "")).lower() != "hidden"):
            tree.controls.append(self.node)
        elif tag == "input" and str(element.get("type", "")).lower() == "hidden":
            name = str(element.get("name") or element.get("id") or "")
            if _HIDDEN_DATE.search(name[:100]):
                tree.add_meta("pubtime", tidy(str(element.get("value", ""))[:100]))
        elif tag == "link" and not tree.canonical and "canonical" in str(element.get("rel", "")).lower():
            tree.canonical = str(element.get("href", "")).strip()
        elif tag == "script":
            kind = str(element.get("type", "")).lower()
            (tree.json_ld if "ld+json" in kind else tree.scripts).append(_strings(element))


def _is_shadow_root(attrs: Mapping[str, object]) -> bool:
    """True for a template that browsers show in place: a declarative shadow root."""
    return bool(attrs) and ("shadowrootmode" in attrs or "shadowroot" in attrs)


def _between_text(element: Tag) -> bool:
    """True for an element that text touches: a custom element there is a word of a sentence, elsewhere a container."""
    beside = element.previous_sibling, element.next_sibling
    return any(type(one) is NavigableString and not one.isspace() for one in beside)


def _strings(element: Tag) -> str:
    return "".join(child for child in element.contents if isinstance(child, NavigableString))


def _names(attrs: Mapping[str, object]) -> str:
    if not attrs:
        return ""
    found = attrs.get("class", "")
    classes = " ".join(map(str, found)) if isinstance(found, list) else str(found)
    ident, meaning = attrs.get("id"), attrs.get("itemprop")
    if meaning:
        classes = f"{classes} {meaning}"
    return f"{classes} {ident}" if ident else classes


def _is_big(tag: str, attrs: Mapping[str, object], style: str) -> bool:
    if style and _BIG.search(style):
        return True
    return tag == "font" and str(attrs.get("size", "")).strip().lstrip("+") in {"4", "5", "6", "7"}
