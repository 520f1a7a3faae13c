"""Fields of the Whoosh index, and how an article goes into them and comes out again.

Values come ready cut: a field takes {term: positions}, nothing is analysed here. Words of `title`, `headings` and
`body` stand at word positions; `..._grams` hold the folded text's bigrams of adjacent characters, at code-point
offsets, and its single characters, which say only that they are there. No gram crosses a line.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, cast

import numpy as np
from whoosh.analysis.tokenizers import IDTokenizer
from whoosh.fields import STORED, FieldType, Schema
from whoosh.formats import Format

from ...models import FIELDS, AnalysedArticle, Article, FieldName, Origin, StoredArticle
from ...text.fold import fold

Terms = Mapping[str, Sequence[int]]

GRAMS: Final[Mapping[FieldName, str]] = {name: f"{name}_grams" for name in FIELDS}
_POSITION: Final = np.dtype("<u4")


def encode_term(term: str) -> bytes:
    """A term as Whoosh's dictionary holds it; pages may hold lone surrogates, which plain UTF-8 refuses."""
    return term.encode("utf-8", "surrogatepass")


class FlatPositions(Format):  # type: ignore[misc, unused-ignore]
    """A posting's value is its positions as little-endian 32-bit numbers; its weight is their count."""


class TermsField(FieldType):
    """A field whose values are {term: positions}."""

    def __init__(self) -> None:
        super().__init__(format=FlatPositions(), analyzer=cast(Any, IDTokenizer()))

    def index(self, value: Terms, **_options: Any) -> Iterator[tuple[bytes, int, float, bytes]]:  # type: ignore[override]
        for term, positions in value.items():
            yield encode_term(term), len(positions), float(len(positions)), np.array(positions, _POSITION).tobytes()

    def to_bytes(self, value: Any) -> bytes:
        return value if isinstance(value, bytes) else encode_term(value)


def schema() -> Schema:
    """The schema of every index of this format."""
    names = ["id", "key", *FIELDS, *GRAMS.values()]
    return Schema(stored=STORED(), **{name: TermsField() for name in names})


def read_positions(values: Sequence[bytes]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """(number of positions of each posting, all positions) of posting values."""
    counts = np.fromiter((len(value) // _POSITION.itemsize for value in values), np.int64, len(values))
    return counts, np.frombuffer(b"".join(values), _POSITION)


class Row(NamedTuple):
    """What is stored of an article: plain values, with the text packed so that reading the others is cheap."""

    id: str
    date: str | None
    category: str | None
    lengths: tuple[int, int, int]
    content_hash: str
    analysis: str
    origin: tuple[str, str, str, int, int, str, str]
    text: bytes

    def stored(self) -> StoredArticle:
        """The article, unpacked."""
        title, headings, body, url = json.loads(zlib.decompress(self.text).decode("utf-8", "surrogatepass"))
        article = Article(self.id, title, self.date, self.category, tuple(headings), body, url)
        return StoredArticle(article, Origin(*self.origin), self.content_hash, self.analysis)


def document(analysed: AnalysedArticle) -> dict[str, Any]:
    """An article as keyword arguments of Whoosh's `add_document`."""
    stored = analysed.stored
    values: dict[str, Any] = {"id": {stored.id: [0]}, "key": {stored.key: [0]}, "stored": tuple(_row(analysed))}
    for name in FIELDS:
        tokens = analysed.fields[name]
        words: dict[str, list[int]] = {}
        for word, position in zip(tokens.words, tokens.positions, strict=True):
            words.setdefault(word, []).append(position)
        values[name] = words
        values[GRAMS[name]] = grams(fold(stored.article.text_of(name)))
    return values


def grams(folded: str) -> dict[str, list[int]]:
    """Bigrams of adjacent characters with their offsets, and single characters (at 0, once); none across lines."""
    found: dict[str, list[int]] = {char: [0] for char in set(folded) if char != "\n"}
    start = 0
    for line in folded.split("\n"):
        for i in range(len(line) - 1):
            found.setdefault(line[i : i + 2], []).append(start + i)
        start += len(line) + 1
    return found


def _row(analysed: AnalysedArticle) -> Row:
    stored = analysed.stored
    article, origin = stored.article, stored.origin
    text = json.dumps([article.title, article.headings, article.body, article.url], ensure_ascii=False)
    title, headings, body = (analysed.fields[name].length for name in FIELDS)
    return Row(
        article.id,
        article.date,
        article.category,
        (title, headings, body),
        stored.content_hash,
        stored.analysis,
        (origin.source, origin.root, origin.path, origin.size, origin.mtime_ns, origin.sha256, origin.extractor),
        zlib.compress(text.encode("utf-8", "surrogatepass")),
    )
