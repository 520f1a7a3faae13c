"""Articles made ready for an index: cleaned text, tokens of each field, and a hash of what they say. Pure."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import replace
from itertools import accumulate
from typing import Final

from ..models import FIELDS, AnalysedArticle, Article, StoredArticle
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


def clean_lines(text: str) -> str:
    """The text with one space for each run of white space, no empty lines, no invisible characters."""
    # What Python calls printable has nothing to drop and no white space but plain spaces: nearly every line.
    lines = (line if line.isprintable() else line.translate(_CLEAN) for line in text.split("\n"))
    return "\n".join(clean for line in lines if (clean := " ".join(line.split())))


def clean_line(text: str) -> str:
    """As clean_lines, on one line."""
    return clean_lines(text).replace("\n", " ")


def normalise(article: Article) -> Article:
    """The article with all its text cleaned; title, category and each heading on one line."""
    return replace(
        article,
        title=clean_line(article.title),
        category=clean_line(article.category or "") or None,
        headings=tuple(line for line in map(clean_line, article.headings) if line),
        body=clean_lines(article.body),
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
