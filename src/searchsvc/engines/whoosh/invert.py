"""Articles -> the arrays of a segment: tokens become numbers, and sorting them inverts them.

A text is title, headings and body of an article, folded, joined by line breaks: one space of offsets for all fields.
Arrays, for n articles (numbered as given), words and grams in ascending order:

    id_at n+1, id                ids, in UTF-8
    meta_at n+1, meta            JSON of what else is stored of each article besides its text
    text_at n+1, text            compressed JSON of title, headings, body, URL
    key n, key_doc n             the articles' keys as ascending numbers, and whose they are
    lengths 3n                   coarse words of title, headings, body
    bounds 2n                    offsets in the text where headings and body begin
    moments n                    dates as numbers (see moment)
    category n, categories       number of the category (-1: none), JSON list of the names
    word_at W+1, word            the words, in UTF-8, in the order of their bytes
    word_prefix W                their first 8 bytes as a big-endian number: ascending, to be searched
    word_start W+1               where a word's postings begin
    word_doc, word_tf            postings: article, and packed frequencies in the three fields
    word_many, word_many_tf      postings whose frequencies do not fit (see pack), and those frequencies, 3 each
    gram_code G                  bigrams of adjacent characters of a line: first code point << 21 | second
    gram_start G+1, gram_doc, gram_tf, gram_many, gram_many_tf   as for words
    gram_place G+1, gram_pos     offsets of a gram in the texts, in the order of its postings
    char_code C, char_start C+1, char_doc                        which articles hold a character
"""

from __future__ import annotations

import base64
import json
import zlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...models import FIELDS, AnalysedArticle
from ...text.fold import fold
from .arrays import Array

#: Bits of the frequencies of title, headings and body in a packed number.
TF_BITS: Final = (7, 9, 16)
MANY: Final = 0xFFFFFFFF
CODE_BITS: Final = 21
_NEWLINE: Final = ord("\n")
#: Compression of stored text: level 1 takes a third of the time of 6 and 10% more room.
_LEVEL: Final = 1
#: So many tokens can be sorted as (gram, place) in one 64-bit number: 42 bits and 22 bits.
_PLACE_BITS: Final = 22


def moment(date: str | None) -> int:
    """A model's date as a number that sorts: YYYYMMDDhhmmss, midnight without a time; 0 for None."""
    digits = (date or "").replace("-", "").replace("T", "").replace(":", "")
    return int(digits[:14].ljust(14, "0")) if date else 0


class Vocabulary(defaultdict[str, int]):
    """Numbers for words, given as they come."""

    def __init__(self) -> None:
        super().__init__()
        self.default_factory = self.__len__


@dataclass(frozen=True, slots=True)
class Prepared:
    """An article as it waits for its batch: a tenth of the room that its words would take as objects.

    `words` are numbers of a Vocabulary, those of the fields one after another, of which each has `counts`; `folded` is
    the text of all fields.
    """

    id: str
    key: str
    meta: bytes
    text: bytes
    date: str | None
    category: str | None
    lengths: tuple[int, ...]
    counts: tuple[int, ...]
    words: NDArray[np.int32]
    bounds: tuple[int, int]
    folded: str


def prepare(one: AnalysedArticle, vocabulary: Vocabulary) -> Prepared:
    """What is kept of an article until it is inverted."""
    article = one.stored.article
    tokens = [one.fields[name].words for name in FIELDS]
    counts = tuple(map(len, tokens))
    words = map(vocabulary.__getitem__, chain.from_iterable(tokens))
    texts = [article.text_of(name) for name in FIELDS]
    body_at = len(texts[0]) + len(texts[1]) + 2
    return Prepared(
        one.stored.id, one.stored.key, stored_meta(one), stored_text(one), article.date, article.category,
        tuple(one.fields[name].length for name in FIELDS), counts, np.fromiter(words, np.int32, sum(counts)),
        (len(texts[0]) + 1, body_at), fold("\n".join(texts)),
    )  # fmt: skip


def invert(articles: Sequence[Prepared], vocabulary: Vocabulary) -> dict[str, Array]:
    """The arrays of a segment of these articles."""
    return _documents(articles) | _words(articles, vocabulary) | _grams(articles)


def key_number(key: str) -> int:
    """The first 64 of the 72 bits that an article's key writes. ValueError for what is no key."""
    if len(key) != 12:
        raise ValueError(f"{key!r} is no key")
    return int.from_bytes(base64.b64decode(key, b"-_", validate=True)[:8], "big")


def encode_text(text: str) -> bytes:
    """UTF-8; pages may hold lone surrogates, which strict UTF-8 refuses."""
    return text.encode("utf-8", "surrogatepass")


def pack(counts: Array) -> tuple[NDArray[np.uint32], NDArray[np.uint64], NDArray[np.uint32]]:
    """(packed frequencies, places of those that do not fit, their counts) of counts[:, field]."""
    _, headings, body = TF_BITS
    limits = np.array([(1 << bits) - 1 for bits in TF_BITS], np.int64)
    over = (counts > limits).any(axis=1) | (counts == limits).all(axis=1)
    packed = counts[:, 0] << (headings + body) | counts[:, 1] << body | counts[:, 2]
    packed[over] = MANY
    places = np.flatnonzero(over)
    return packed.astype(np.uint32), places.astype(np.uint64), counts[places].astype(np.uint32).ravel()


def unpack(packed: Array, first: int, many: Array, many_tf: Array) -> NDArray[np.int64]:
    """counts[:, field] of a slice of packed frequencies that begins at posting `first`."""
    _, headings, body = TF_BITS
    wide = packed.astype(np.int64)
    counts = np.stack(
        [wide >> (headings + body), wide >> body & ((1 << headings) - 1), wide & ((1 << body) - 1)], axis=1
    )
    if len(many):
        low, high = np.searchsorted(many, [np.uint64(first), np.uint64(first + len(packed))])
        if high > low:
            counts[many[low:high].astype(np.int64) - first] = many_tf.reshape(-1, 3)[low:high]
    return counts


def blob(parts: Sequence[bytes]) -> tuple[NDArray[np.uint64], Array]:
    """(offsets of n parts, n + 1 of them; all bytes)."""
    return starts_of(np.fromiter(map(len, parts), np.int64, len(parts))), np.frombuffer(b"".join(parts), np.uint8)


def starts_of(counts: Array) -> NDArray[np.uint64]:
    """Where each of the runs of these lengths begins, and the end."""
    starts = np.zeros(len(counts) + 1, np.uint64)
    np.cumsum(counts, out=starts[1:])
    return starts


def stored_meta(one: AnalysedArticle) -> bytes:
    """What the index keeps of an article besides its text."""
    stored = one.stored
    origin = stored.origin
    values = [
        stored.article.date, stored.article.category, stored.content_hash, stored.analysis,
        origin.source, origin.root, origin.path, origin.size, origin.mtime_ns, origin.sha256, origin.extractor,
    ]  # fmt: skip
    return encode_text(json.dumps(values, ensure_ascii=False, separators=(",", ":")))


def stored_text(one: AnalysedArticle) -> bytes:
    """Title, headings, body and URL, compressed."""
    article = one.stored.article
    text = json.dumps([article.title, article.headings, article.body, article.url], ensure_ascii=False)
    return zlib.compress(encode_text(text), _LEVEL)


def key_order(keys: Sequence[str]) -> tuple[NDArray[np.uint64], NDArray[np.uint32]]:
    """(key numbers ascending, whose they are)."""
    numbers = np.array([key_number(key) for key in keys], np.uint64)
    order = np.argsort(numbers, kind="stable")
    return numbers[order], order.astype(np.uint32)


def _documents(articles: Sequence[Prepared]) -> dict[str, Array]:
    id_at, ids = blob([encode_text(one.id) for one in articles])
    meta_at, meta = blob([one.meta for one in articles])
    text_at, text = blob([one.text for one in articles])
    key, key_doc = key_order([one.key for one in articles])
    names = sorted({one.category for one in articles if one.category is not None})
    number: dict[str | None, int] = {name: i for i, name in enumerate(names)} | {None: -1}
    listing = encode_text(json.dumps(names, ensure_ascii=False))
    return {
        "id_at": id_at,
        "id": ids,
        "meta_at": meta_at,
        "meta": meta,
        "text_at": text_at,
        "text": text,
        "key": key,
        "key_doc": key_doc,
        "lengths": np.array([one.lengths for one in articles], np.uint32).ravel(),
        "moments": np.array([moment(one.date) for one in articles], np.int64),
        "category": np.array([number[one.category] for one in articles], np.int32),
        "categories": np.frombuffer(listing, np.uint8),
    }


def _words(articles: Sequence[Prepared], vocabulary: Vocabulary) -> dict[str, Array]:
    tokens = np.concatenate([np.empty(0, np.int32), *(one.words for one in articles)]).astype(np.int64)
    sizes = np.array([one.counts for one in articles], np.int64).ravel()
    # The vocabulary may hold words of other batches too.
    used = np.flatnonzero(np.bincount(tokens, minlength=len(vocabulary)))
    every = list(vocabulary)
    words = [encode_text(every[i]) for i in used.tolist()]
    order = sorted(range(len(words)), key=words.__getitem__)
    rank = np.empty(len(every), np.int64)
    rank[used[order]] = np.arange(len(words))
    owner = np.repeat(np.arange(len(sizes)), sizes)  # 3 * article + field
    keys = np.sort(rank[tokens] << 34 | (owner // 3) << 2 | owner % 3)
    first = _changes(keys)
    counts = np.diff(np.append(first, len(keys)))
    keys = keys[first]
    posting = _changes(keys >> 2)
    field_counts = np.zeros((len(posting), 3), np.int64)
    belongs = np.repeat(np.arange(len(posting)), np.diff(np.append(posting, len(keys))))
    field_counts[belongs, keys & 3] = counts
    tf, many, many_tf = pack(field_counts)
    ranks = keys[posting] >> 34
    word_at, word = blob([words[i] for i in order])
    return {
        "word_at": word_at,
        "word": word,
        "word_prefix": prefixes([words[i] for i in order]),
        "word_start": starts_of(np.bincount(ranks, minlength=len(words))),
        "word_doc": (keys[posting] >> 2 & 0xFFFFFFFF).astype(np.uint32),
        "word_tf": tf,
        "word_many": many,
        "word_many_tf": many_tf,
    }


def prefixes(words: Sequence[bytes]) -> NDArray[np.uint64]:
    """The first 8 bytes of each word as a number that sorts as they do."""
    return np.frombuffer(b"".join(word[:8].ljust(8, b"\0") for word in words), ">u8").astype(np.uint64)


def _grams(articles: Sequence[Prepared]) -> dict[str, Array]:
    sizes = np.array([len(one.folded) + 1 for one in articles], np.int64)
    bounds = np.array([one.bounds for one in articles], np.int32).reshape(-1, 2)
    joined = "\n".join([*(one.folded for one in articles), ""]).encode("utf-32-le", "surrogatepass")
    points = np.frombuffer(joined, np.uint32)
    doc = np.repeat(np.arange(len(articles), dtype=np.int32), sizes)
    offset = (np.arange(len(points)) - np.repeat(np.cumsum(sizes) - sizes, sizes)).astype(np.int32)
    inside = points != _NEWLINE
    places = np.flatnonzero(inside[:-1] & inside[1:]) if len(points) else np.empty(0, np.int64)
    codes = points[places].astype(np.uint64) << np.uint64(CODE_BITS) | points[places + 1]
    codes, order = _stably_sorted(codes)
    places = places[order]
    docs, offsets = doc[places], offset[places]
    del order, places
    field = (offsets >= bounds[docs, 0]).astype(np.int8) + (offsets >= bounds[docs, 1])
    new_gram = _changes(codes)
    posting = np.flatnonzero(_differs(codes) | _differs(docs))
    counts = np.zeros((len(posting), 3), np.int64)
    if len(posting):
        for number in range(3):
            counts[:, number] = np.add.reduceat((field == number).astype(np.int32), posting)
    tf, many, many_tf = pack(counts)
    return {
        "bounds": bounds.astype(np.uint32).ravel(),
        "gram_code": codes[new_gram],
        "gram_start": np.append(np.searchsorted(posting, new_gram), len(posting)).astype(np.uint64),
        "gram_doc": docs[posting].astype(np.uint32),
        "gram_tf": tf,
        "gram_many": many,
        "gram_many_tf": many_tf,
        "gram_place": np.append(new_gram, len(codes)).astype(np.uint64),
        "gram_pos": offsets.astype(np.uint32),
    } | _characters(points, doc)


def _characters(points: Array, doc: Array) -> dict[str, Array]:
    inside = points != _NEWLINE
    keys = points[inside].astype(np.uint64) << np.uint64(32) | doc[inside].astype(np.uint64)
    keys.sort()
    keys = keys[_differs(keys)]  # np.unique hashes, which takes 6 times as long
    codes = keys >> np.uint64(32)
    first = _changes(codes)
    return {
        "char_code": codes[first],
        "char_start": np.append(first, len(keys)).astype(np.uint64),
        "char_doc": (keys & np.uint64(0xFFFFFFFF)).astype(np.uint32),
    }


def _stably_sorted(codes: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """(the codes in ascending order, their places; equal ones in the order they had)."""
    if len(codes) >= 1 << _PLACE_BITS:
        order = np.argsort(codes, kind="stable")
        return codes[order], order
    # Sorting plain numbers is vectorised in numpy, sorting their places is not: 4 times faster.
    keys = codes << np.uint64(_PLACE_BITS) | np.arange(len(codes), dtype=np.uint64)
    keys.sort()
    places = (keys & np.uint64((1 << _PLACE_BITS) - 1)).astype(np.int64)
    keys >>= np.uint64(_PLACE_BITS)
    return keys, places


def _changes(values: Array) -> Any:
    """Places where a value differs from the one before; the first place too."""
    return np.flatnonzero(_differs(values))


def _differs(values: Array) -> NDArray[np.bool_]:
    found = np.ones(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=found[1:])
    return found
