"""Articles made ready for an index: cleaned text, tokens of each field, and a hash of what they say. Pure."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import replace
from itertools import accumulate
from typing import Final

from ..models import FIELDS, AnalysedArticle, Article, Block, StoredArticle
from ..protocols import Segmenter
from .fold import fold

#: Format characters that carry meaning inside emoji and scripts, kept; all other Cc and Cf are dropped.
_KEPT: Final = {"\n", "\u200c", "\u200d"}


class _Clean(dict[int, int | str | None]):
    """Drops control and format characters, lone surrogates too; makes every white space a space."""

    def __missing__(self, code: int) -> int | str | None:
        char = chr(code)
        if char in _KEPT:
            value: int | str | None = code
        elif char.isspace():
            value = " "
        elif unicodedata.category(char) in {"Cc", "Cf", "Cs"}:
            value = None
        else:
            value = code
        self[code] = value
        return value


_CLEAN: Final = _Clean()
_UNKNOWN: Final[tuple[Block, ...]] = ()


def clean_lines(text: str) -> str:
    """The text with one space for each run of white space, no empty lines, no invisible characters."""
    return "\n".join(filter(None, map(_clean, text.split("\n"))))


def _clean(line: str) -> str:
    # What Python calls printable has nothing to drop and no white space but plain spaces: nearly every line.
    return " ".join((line if line.isprintable() else line.translate(_CLEAN)).split())


def clean_line(text: str) -> str:
    """As clean_lines, on one line."""
    return clean_lines(text).replace("\n", " ")


def normalise(article: Article) -> Article:
    """The article with all its text cleaned; title, category and each heading on one line.

    `structure` loses what belonged to lines that are empty now, and all of it when it never fitted.
    """
    lines = [_clean(line) for line in article.body.split("\n")]
    fits = len(article.structure) == len(lines)
    structure = tuple(kept for kept, line in zip(article.structure, lines, strict=True) if line) if fits else _UNKNOWN
    return replace(
        article,
        title=clean_line(article.title),
        category=clean_line(article.category or "") or None,
        headings=tuple(line for line in map(clean_line, article.headings) if line),
        body="\n".join(filter(None, lines)),
        structure=structure,
    )


def content_hash(article: Article) -> str:
    """SHA-256, in hex, of folded title and body without white space: equal for texts that read the same."""
    return _hash(fold(article.title), fold(article.body))


def _hash(title: str, body: str) -> str:
    text = "".join(f"{title}\n{body}".split())
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class Analyser:
    """Implements `protocols.Analyse` with one segmenter."""

    def __init__(self, segmenter: Segmenter) -> None:
        self._segmenter = segmenter

    def __call__(self, stored: StoredArticle) -> AnalysedArticle:
        article = stored.article
        texts = [article.text_of(name) for name in FIELDS]
        folded = fold("\n".join(texts))
        ends = accumulate(len(text) + 1 for text in texts)
        title, headings, body = (folded[end - len(text) - 1 : end - 1] for end, text in zip(ends, texts, strict=True))
        tokens = map(self._segmenter.index_tokens, (title, headings, body))
        current = replace(stored, content_hash=_hash(title, body), analysis=self._segmenter.digest)
        return AnalysedArticle(current, dict(zip(FIELDS, tokens, strict=True)), folded)
