"""Questions to the arrays of one segment: where a term is, how often, what is stored of an article."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from ...models import Article, Origin, StoredArticle, article_key
from . import kernel, plain
from .arrays import ArrayFile
from .compression import decompress
from .packing import key_number, unpack, unpack_structure

#: json.loads without looking for white space around what is read; ten hits are twenty reads.
_read: Final = json.JSONDecoder().raw_decode

Kind = Literal["word", "gram"]
Run = tuple[int, int, int]


def find_word(arrays: ArrayFile, word: bytes) -> Run | None:
    """(number, first posting, end of its postings) of a word; None when the segment has it not."""
    number = plain.find_word(arrays["word_prefix"], arrays["word_at"], arrays["word"], word)
    return _run(arrays, "word", number)


def find_gram(arrays: ArrayFile, gram: str) -> Run | None:
    """The same of a bigram."""
    return _run(arrays, "gram", plain.find_gram(arrays["gram_code"], gram))


def find_char(arrays: ArrayFile, char: str) -> Run | None:
    """The same of a character."""
    return _run(arrays, "char", plain.find_code(arrays["char_code"], ord(char)))


def _run(arrays: ArrayFile, kind: str, number: int | None) -> Run | None:
    start = arrays[f"{kind}_start"]
    return None if number is None else (number, int(start[number]), int(start[number + 1]))


def frequencies(arrays: ArrayFile, kind: Kind, first: int, last: int) -> NDArray[np.int64]:
    """counts[:, field] of the postings first to last - 1."""
    return unpack(arrays[f"{kind}_tf"][first:last], first, arrays[f"{kind}_many"], arrays[f"{kind}_many_tf"])


def words_of(arrays: ArrayFile, low: int = 0, high: int | None = None) -> list[bytes]:
    """Words low to high - 1 of a segment, in the order of their bytes."""
    at = arrays.read("word_at", low, None if high is None else high + 1).astype(np.int64)
    data = arrays.read("word", int(at[0]), int(at[-1])).tobytes()
    return [data[start:end] for start, end in pairwise((at - at[0]).tolist())]


def category_names(arrays: ArrayFile) -> list[str]:
    """The category names of a segment, by number."""
    names: list[str] = json.loads(arrays["categories"].tobytes().decode("utf-8", "surrogatepass"))
    return names


def documents_with_key(arrays: ArrayFile, key: str) -> list[int]:
    """Articles with this key, deleted ones too; none for what is no key."""
    return [doc for doc in _candidates(arrays, key) if article_key(id_of(arrays, doc)) == key]


def documents_with_id(arrays: ArrayFile, article_id: str) -> list[int]:
    """Articles with this id, deleted ones too."""
    return [doc for doc in _candidates(arrays, article_key(article_id)) if id_of(arrays, doc) == article_id]


def documents_with_ids(arrays: ArrayFile, ids: Sequence[str], keys: NDArray[np.uint64]) -> list[tuple[int, int]]:
    """(place in `ids`, article) of the articles with one of these ids, whose key numbers are `keys`.

    Deleted ones too. Looked up together: 5,000 among 100,000 take 3 ms, one by one 27.
    """
    column = arrays["key"]
    low = column.searchsorted(keys)
    counts = column.searchsorted(keys, "right") - low
    places = np.repeat(np.arange(len(keys)), counts)
    # More than one article of a key are versions of one, or ids whose 64 bits agree.
    nth = np.arange(len(places)) - np.repeat(counts.cumsum() - counts, counts)
    docs = arrays["key_doc"][low[places] + nth].tolist()
    held = zip(places.tolist(), docs, ids_of(arrays, docs), strict=True)
    return [(place, doc) for place, doc, name in held if ids[place] == name]


def _candidates(arrays: ArrayFile, key: str) -> list[int]:
    try:
        number = np.uint64(key_number(key))
    except ValueError:
        return []
    column = arrays["key"]
    low, high = int(column.searchsorted(number)), int(column.searchsorted(number, "right"))
    found: list[int] = arrays["key_doc"][low:high].tolist()
    return found


def ids_of(arrays: ArrayFile, docs: list[int]) -> list[str]:
    """The ids of articles."""
    return kernel.texts(arrays["id_at"], arrays["id"], docs)


def id_of(arrays: ArrayFile, doc: int) -> str:
    """The id of an article."""
    return ids_of(arrays, [doc])[0]


Meta = tuple[str | None, str | None, str, str, str, str, str, int, int, str, str]


def metas_of(arrays: ArrayFile, docs: list[int]) -> list[Meta]:
    """What is stored of articles besides id and text; see prepare.py."""
    texts = kernel.texts(arrays["meta_at"], arrays["meta"], docs)
    # Parsing many at once takes a third of the time.
    found: list[Any] = json.loads(f"[{','.join(texts)}]")
    if len(found) != len(docs) or any(len(values) != 11 for values in found):
        raise ValueError("what is stored of articles does not have 11 values each")
    return found


def _meta(arrays: ArrayFile, doc: int) -> list[Any]:
    at = arrays["meta_at"]
    values: list[Any] = _read(str(arrays["meta"].data[at[doc] : at[doc + 1]], "utf-8", "surrogatepass"))[0]
    return values


def origin_of(meta: Meta) -> Origin:
    """Where an article came from."""
    return Origin(*meta[4:])


def article_of(arrays: ArrayFile, doc: int, article_id: str) -> Article:
    """The article of this number, whose id is known."""
    date, category, *_ = _meta(arrays, doc)
    at = arrays["text_at"]
    packed = arrays["text"].data[at[doc] : at[doc + 1]]
    values = _read(decompress(packed).decode("utf-8", "surrogatepass"))[0]
    title, headings, body, url = values[:4]
    # Segments written before articles had a structure hold four values.
    structure = unpack_structure(values[4]) if len(values) > 4 else ()
    return Article(article_id, title, date, category, tuple(headings), body, url, structure)


def document_of(arrays: ArrayFile, doc: int) -> StoredArticle:
    """The whole article, and what is stored about it."""
    (meta,) = metas_of(arrays, [doc])
    return StoredArticle(article_of(arrays, doc, id_of(arrays, doc)), origin_of(meta), meta[2], meta[3])
