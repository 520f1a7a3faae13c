"""A page's markup becomes lines and elements, through the parser of lxml, which recovers from anything."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from typing import Any, Final

from bs4 import BeautifulSoup, MarkupResemblesLocatorWarning, XMLParsedAsHTMLWarning
from bs4.builder._lxml import LXMLTreeBuilder  # bs4.builder has it too, but type checkers do not see it there

from ...errors import PageRejected
from .tree import Tree
from .walk import Walk, words_of_text

#: More tags, or lines of a plain text, than this are refused: they take the 2 s that a page may take, and 400 MB.
MAX_TAGS: Final = 64_000


def parse(text: str) -> Tree:
    """The page as lines and containers. Raises PageRejected("page_too_complex") beyond MAX_TAGS."""
    if text.count("<") > MAX_TAGS:
        raise PageRejected("page_too_complex", f"The page has more than {MAX_TAGS} tags.")
    text = _clean(text)
    walk = Walk(words_of_text(text))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MarkupResemblesLocatorWarning)
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
        BeautifulSoup(text, builder=_Events(walk))
    return walk.finish()


class _Events(LXMLTreeBuilder):
    """Hands what the parser meets to a walk, and builds no tree: objects for each tag take half of the time."""

    def __init__(self, walk: Walk) -> None:
        super().__init__()
        self._walk = walk

    def initialize_soup(self, soup: BeautifulSoup) -> None:
        """Called before each way of reading the page that BeautifulSoup tries."""
        super().initialize_soup(soup)
        self._walk.begin()

    def start(self, tag: str | bytes, attrs: Mapping[Any, Any], nsmap: Mapping[Any, Any] | None = None) -> None:
        """A tag opens."""
        self._walk.enter(str(tag).lower(), attrs)

    def end(self, tag: str | bytes) -> None:
        """A tag closes, or the parser closes it."""
        self._walk.leave()

    def data(self, data: str | bytes) -> None:
        """A piece of text."""
        self._walk.text(str(data))

    def comment(self, text: str | bytes) -> None:
        """Comments say nothing."""

    def doctype(self, name: str, pubid: str, system: str) -> None:
        """Nor does the document type."""

    def pi(self, target: str, data: str) -> None:
        """Nor do processing instructions."""


def _clean(text: str) -> str:
    # libxml2 stops at NUL and at the declaration of another encoding inside text that is decoded already.
    return re.sub(r"^\s*<\?xml[^>]{0,200}\?>", "", text, count=1).replace("\0", "")
