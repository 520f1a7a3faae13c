"""What a writer does to an article before it needs the index: in the processes that read the pages."""

from __future__ import annotations

import json
from typing import NamedTuple

from ...models import FIELDS, AnalysedArticle
from .compression import compress
from .packing import encode_text, pack_structure


class Prepared(NamedTuple):
    """An article as it waits for its batch, and travels between processes: plain values, 5 KB a thousand characters.

    `words` are those of title, headings and body in UTF-8, one a line, of which each field has `counts`; `folded` is
    the text of all fields, in which headings and body begin at `bounds`.
    """

    id: str
    key: str
    meta: bytes
    text: bytes
    date: str | None
    category: str | None
    lengths: tuple[int, ...]
    counts: tuple[int, ...]
    words: bytes
    bounds: tuple[int, int]
    folded: str


def prepare(one: AnalysedArticle) -> Prepared:
    """What the index keeps of an article, and what is inverted of it."""
    stored = one.stored
    article = stored.article
    lines = [one.fields[name].lines for name in FIELDS]
    headings_at = len(article.title) + 1
    return Prepared(
        stored.id, stored.key, _meta(one), _text(one), article.date, article.category,
        tuple(one.fields[name].length for name in FIELDS),
        tuple(words.count("\n") + 1 if words else 0 for words in lines),
        encode_text("\n".join(filter(None, lines))),
        (headings_at, headings_at + len(article.text_of("headings")) + 1),
        one.folded,
    )  # fmt: skip


def _meta(one: AnalysedArticle) -> bytes:
    """What the index keeps of an article besides its text."""
    stored = one.stored
    origin = stored.origin
    values = [
        stored.article.date, stored.article.category, stored.content_hash, stored.analysis,
        origin.source, origin.root, origin.path, origin.size, origin.mtime_ns, origin.sha256, origin.extractor,
    ]  # fmt: skip
    return encode_text(json.dumps(values, ensure_ascii=False, separators=(",", ":")))


def _text(one: AnalysedArticle) -> bytes:
    """Title, headings, body, URL and the kinds of the body's lines, compressed."""
    article = one.stored.article
    values = [article.title, article.headings, article.body, article.url, pack_structure(article.structure)]
    text = json.dumps(values, ensure_ascii=False)
    return compress(encode_text(text))
