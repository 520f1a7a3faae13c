"""Inverting and merging in numpy, by sorting: the same arrays as native/invert.c and native/merge.c make.

For where nothing was compiled; kernel_writing.py chooses.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from operator import add
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .arrays import Array
from .packing import CODE_BITS, blob, pack, prefixes, starts_of, unpack

Kind = Literal["word", "gram", "char"]
#: A text to invert: its words in UTF-8, one a line; how many of them are of title, headings and body; the folded text
#: of all three, joined by line breaks; where in it headings and body begin.
Text = tuple[bytes, tuple[int, ...], str, tuple[int, int]]
_LAST: Final = (1 << 64) - 1
_NEWLINE: Final = ord("\n")
#: So many tokens can be sorted as (gram, place) in one 64-bit number: 42 bits and 22 bits.
_PLACE_BITS: Final = 22


class Lists(NamedTuple):
    """The terms of one kind in a segment (see invert.py), and what each document's number becomes (-1: it goes).

    `at` and `data` are word_at and word, or gram_place and gram_pos. Of characters, all from `tf` on are empty.
    """

    renumbered: NDArray[np.int32]
    start: NDArray[np.uint64]
    doc: NDArray[np.uint32]
    codes: NDArray[np.uint64]
    tf: NDArray[np.uint32]
    many: NDArray[np.uint64]
    many_tf: NDArray[np.uint32]
    at: NDArray[np.uint64]
    data: Array


class Sizes(NamedTuple):
    """What a merge comes to: terms, bytes of words, postings, offsets, postings whose frequencies do not fit."""

    terms: int
    bytes: int
    postings: int
    positions: int
    many: int


class Merged(NamedTuple):
    """A run of merged terms: see invert.py. `counts` and `places` are postings and offsets of each, `sizes` bytes.

    `many` are numbers of postings in the merged segment. Arrays that the kind has not are empty.
    """

    keys: NDArray[np.uint64]
    counts: NDArray[np.uint64]
    doc: NDArray[np.uint32]
    tf: NDArray[np.uint32]
    many: NDArray[np.uint64]
    many_tf: NDArray[np.uint32]
    places: NDArray[np.uint64]
    pos: NDArray[np.uint32]
    sizes: NDArray[np.uint64]
    words: NDArray[np.uint8]


def invert_texts(texts: list[Text]) -> dict[str, Array]:
    """See kernel_writing.invert_texts."""
    return _words(texts) | _grams(texts)


class Merger:
    """See kernel_writing.Merger."""

    def __init__(self, kind: Kind, parts: Sequence[Lists]) -> None:
        self._kind = kind
        self._parts = parts
        self._counted = Sizes(0, 0, 0, 0, 0)
        self._begin()

    def count(self, limit: int) -> Sizes | None:
        merged = self.next(limit)
        if merged is not None:
            lengths = [len(merged.keys), len(merged.words), len(merged.doc), len(merged.pos), len(merged.many)]
            self._counted = Sizes(*map(add, self._counted, lengths))
            return None
        counted = self._counted
        self._begin()
        return counted

    def next(self, limit: int) -> Merged | None:
        while not all(at == len(part.codes) for at, part in zip(self._at, self._parts, strict=True)):
            merged = self._merged(self._until(limit))
            self._done += len(merged.doc)
            if len(merged.keys):
                return merged
        return None

    def _begin(self) -> None:
        self._at = [0] * len(self._parts)
        self._done = 0
        self._counted = Sizes(0, 0, 0, 0, 0)

    def _until(self, limit: int) -> list[tuple[int, int]]:
        """The terms of each part that come next: all below a key, which is more than the least one."""
        ends = []
        for at, part in zip(self._at, self._parts, strict=True):
            load = part.start[at] + np.uint64(limit // len(self._parts))
            until = max(at + 1, int(np.searchsorted(part.start, load)))
            ends += [int(part.codes[until])] if until < len(part.codes) else []
        runs = []
        least = min(int(p.codes[at]) for at, p in zip(self._at, self._parts, strict=True) if at < len(p.codes))
        key = max(min(ends), least + 1) if ends and least < _LAST else None
        for row, part in enumerate(self._parts):
            stop = len(part.codes) if key is None else int(np.searchsorted(part.codes, np.uint64(key)))
            runs.append((self._at[row], stop))
            self._at[row] = stop
        return runs

    def _merged(self, runs: list[tuple[int, int]]) -> Merged:
        keys, words, numbers = self._terms(runs)
        rows = [self._postings(*each) for each in zip(self._parts, runs, numbers, strict=True)]
        term, doc, tf, row, length, place = (np.concatenate(column) for column in zip(*rows, strict=True))
        order = np.argsort(term << 32 | doc, kind="stable")
        term, doc, tf, row, length, place = (column[order] for column in (term, doc, tf, row, length, place))
        counts = np.bincount(term, minlength=len(keys))
        kept = counts > 0
        much = np.flatnonzero(row >= 0)
        part_of = np.repeat(np.arange(len(rows)), [len(each[0]) for each in rows])[order]
        many_tf = [self._parts[part_of[at]].many_tf[3 * row[at] : 3 * row[at] + 3] for at in much.tolist()]
        pos = [np.empty(0, np.uint32)]
        places = np.empty(0, np.int64)
        if self._kind == "gram":
            pos += [self._parts[p].data[a : a + n] for p, a, n in zip(part_of, place, length, strict=True)]
            places = np.bincount(term, length, minlength=len(keys))[kept]
        left = [word for word, stays in zip(words, kept.tolist(), strict=True) if stays] if words else []
        return Merged(
            keys[kept],
            counts[kept].astype(np.uint64),
            doc.astype(np.uint32),
            tf.astype(np.uint32) if self._kind != "char" else np.empty(0, np.uint32),
            (much + self._done).astype(np.uint64),
            np.concatenate([np.empty(0, np.uint32), *many_tf]),
            places.astype(np.uint64),
            np.concatenate(pos),
            np.array([len(word) for word in left], np.uint64),
            np.frombuffer(b"".join(left), np.uint8),
        )

    def _terms(self, runs: list[tuple[int, int]]) -> tuple[Array, list[bytes], list[NDArray[np.int64]]]:
        """(merged keys, words, the merged number of each part's terms)."""
        codes = [part.codes[low:high] for part, (low, high) in zip(self._parts, runs, strict=True)]
        if self._kind != "word":
            keys = np.unique(np.concatenate(codes))
            return keys, [], [np.searchsorted(keys, one).astype(np.int64) for one in codes]
        held = [
            [part.data[start:end].tobytes() for start, end in pairwise(part.at[low : high + 1].tolist())]
            for part, (low, high) in zip(self._parts, runs, strict=True)
        ]
        words = sorted(set().union(*held))
        number = {word: i for i, word in enumerate(words)}
        return prefixes(words), words, [np.array([number[word] for word in one], np.int64) for one in held]

    def _postings(self, part: Lists, run: tuple[int, int], number: NDArray[np.int64]) -> tuple[Array, ...]:
        """(merged term, new document, tf, row of many_tf or -1, number of offsets, the first) of live postings."""
        start = part.start[run[0] : run[1] + 1].astype(np.int64)
        first, last = int(start[0]), int(start[-1])
        doc = part.renumbered[part.doc[first:last]].astype(np.int64)
        term = np.repeat(number, np.diff(start))
        row = np.full(last - first, -1, np.int64)
        length = np.zeros(last - first, np.int64)
        place = length
        tf = np.zeros(last - first, np.uint32) if self._kind == "char" else part.tf[first:last]
        if self._kind != "char":
            low, high = np.searchsorted(part.many, [np.uint64(first), np.uint64(last)])
            row[part.many[low:high].astype(np.int64) - first] = np.arange(low, high)
        if self._kind == "gram":
            length = unpack(tf, first, part.many, part.many_tf).sum(axis=1)
            place = int(part.at[run[0]]) + np.cumsum(length) - length
        live = doc >= 0
        return term[live], doc[live], tf[live], row[live], length[live], place[live]


def _words(texts: Sequence[Text]) -> dict[str, Array]:
    number: defaultdict[bytes, int] = defaultdict()
    number.default_factory = number.__len__
    lines = [words.split(b"\n") if words or any(counts) else [] for words, counts, _, _ in texts]
    sizes = np.array([counts for _, counts, _, _ in texts], np.int64).ravel()
    if [len(each) for each in lines] != sizes.reshape(-1, 3).sum(axis=1).tolist():
        raise ValueError("the arrays do not agree")
    tokens = np.array([number[word] for each in lines for word in each], np.int64)
    words = list(number)
    order = sorted(range(len(words)), key=words.__getitem__)
    rank = np.empty(len(words), np.int64)
    rank[order] = np.arange(len(words))
    owner = np.repeat(np.arange(len(sizes)), sizes)  # 3 * text + field
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


def _grams(texts: Sequence[Text]) -> dict[str, Array]:
    folded = [text for _, _, text, _ in texts]
    sizes = np.array([len(text) + 1 for text in folded], np.int64)
    bounds = np.array([bounds for *_, bounds in texts], np.int32).reshape(-1, 2)
    joined = "\n".join([*folded, ""]).encode("utf-32-le", "surrogatepass")
    points = np.frombuffer(joined, np.uint32)
    doc = np.repeat(np.arange(len(texts), dtype=np.int32), sizes)
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
    arrays: dict[str, Array] = {
        "gram_code": codes[new_gram],
        "gram_start": np.append(np.searchsorted(posting, new_gram), len(posting)).astype(np.uint64),
        "gram_doc": docs[posting].astype(np.uint32),
        "gram_tf": tf,
        "gram_many": many,
        "gram_many_tf": many_tf,
        "gram_place": np.append(new_gram, len(codes)).astype(np.uint64),
        "gram_pos": offsets.astype(np.uint32),
    }
    return arrays | _characters(points, doc)


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


def _changes(values: Array) -> NDArray[np.intp]:
    """Places where a value differs from the one before; the first place too."""
    return np.flatnonzero(_differs(values))


def _differs(values: Array) -> NDArray[np.bool_]:
    found = np.ones(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=found[1:])
    return found
