"""kernel.Reader in numpy: slower, and the same answers. Goes over every posting, which needs no cleverness."""

from __future__ import annotations

import json
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .packing import CODE_BITS, unpack

Ints = NDArray[np.int64]

#: Names of the arrays in kernel.make_reader's tuples, by place.
_START, _DOC, _TF, _MANY, _MANY_TF, _CODES, _AT, _DATA = range(8)
_PLACE, _POS = 6, 7
_OFFSET_BITS: Final = 32
_NO_DOCS: Final = np.empty(0, np.int32)


class Reader:
    """See kernel.Reader. Runs are a JSON list of [segment, begin, end]."""

    def __init__(
        self, segments: tuple[tuple[Any, ...], ...], norms: Any, live: Any, categories: Any, category_kinds: int,
        years: Any, year_kinds: int, moments: Any, k1: float,
    ) -> None:  # fmt: skip
        self._segments = segments
        self._norms = norms
        self._size = norms.shape[1]
        self._live = np.ones(self._size, np.bool_) if live is None else live.view(np.bool_)
        self._codes = {"categories": (categories, category_kinds), "years": (years, year_kinds)}
        self._moments = moments
        self._k1 = k1
        for _, size, words, grams, _ in segments:
            for lists in (words, grams):
                docs = lists[_DOC]
                if len(lists[_START]) != len(lists[_CODES]) + 1 or (len(docs) and int(docs.max()) >= size):
                    raise ValueError("the arrays of a segment do not agree")

    def find(self, words: list[bytes], grams: list[str]) -> tuple[list[Any], list[Any]]:
        return [self._located(True, word) for word in words], [self._located(False, gram) for gram in grams]

    def frequent(self, runs: bytes, word: bool) -> bytes:
        return b""

    def documents(self, runs: bytes) -> bytearray:
        return bytearray(self._live_docs(self._docs(True, runs)).tobytes())

    def containing(self, text: str) -> bytearray:
        found = [_NO_DOCS]
        for number, (first, _, _, _, chars) in enumerate(self._segments):
            if len(text) == 1:
                place = find_code(chars[2], ord(text))
                if place is not None:
                    found.append(chars[1][int(chars[0][place]) : int(chars[0][place + 1])].astype(np.int32) + first)
            else:
                found.append((self._holding(number, text) + first).astype(np.int32))
        return bytearray(self._live_docs(np.concatenate(found)).tobytes())

    def search(
        self, words: list[Any], grams: list[Any], need: int, candidates: Any, extra: Any, allowed: Any, wanted: Any,
        low: int, high: int, k: int, facets: bool,
    ) -> tuple[bytearray, tuple[list[int], list[float]], list[int], list[int]]:  # fmt: skip
        score, mass = np.zeros(self._size), np.zeros(self._size, np.int64)
        for runs, _, weight, held in words:
            docs, impacts = self._postings(True, runs)
            score[docs] += weight * impacts
            mass[docs] += held
        always = self._mask(extra)
        fits = mass >= need if candidates is None else self._mask(candidates) & (mass >= need)
        fits &= np.True_ if allowed is None else allowed > 0
        docs = np.flatnonzero((fits | always) & self._passing(wanted, low, high)).astype(np.int32)
        for runs, _, weight in grams:
            held_by, impacts = self._postings(False, runs)
            score[held_by] += weight * impacts
        counts = [self._tally(name, docs) if facets else [] for name in ("categories", "years")]
        return bytearray(docs.tobytes()), _best(score, docs, k), counts[0], counts[1]

    def _located(self, word: bool, term: Any) -> tuple[int, bytes] | None:
        runs = []
        for number, segment in enumerate(self._segments):
            lists = segment[2 if word else 3]
            place = find_word(lists[_CODES], lists[_AT], lists[_DATA], term) if word else find_gram(lists[_CODES], term)
            if place is not None:
                runs.append((number, int(lists[_START][place]), int(lists[_START][place + 1])))
        packed = json.dumps(runs).encode()
        df = len(self._live_docs(self._docs(word, packed)))
        return (df, packed) if df else None

    def _docs(self, word: bool, runs: bytes) -> NDArray[np.int32]:
        found = [_NO_DOCS]
        for number, begin, end in json.loads(runs):
            segment = self._segments[number]
            found.append((segment[2 if word else 3][_DOC][begin:end] + segment[0]).astype(np.int32))
        return np.concatenate(found)

    def _postings(self, word: bool, runs: bytes) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """(documents, saturated frequencies) of a term."""
        counts = [np.empty((0, 3), np.int64)]
        for number, begin, end in json.loads(runs):
            lists = self._segments[number][2 if word else 3]
            counts.append(unpack(lists[_TF][begin:end], begin, lists[_MANY], lists[_MANY_TF]))
        docs = self._docs(word, runs)
        frequency = (np.concatenate(counts) * self._norms[:, docs].T.astype(np.float64)).sum(axis=1)
        return docs, frequency * (self._k1 + 1.0) / (frequency + self._k1)

    def _live_docs(self, docs: NDArray[np.int32]) -> NDArray[np.int32]:
        return docs[self._live[docs]]

    def _mask(self, docs: Any) -> NDArray[np.bool_]:
        mask = np.zeros(self._size, np.bool_)
        if docs is not None:
            mask[np.frombuffer(docs, np.int32)] = True
        return mask

    def _passing(self, wanted: Any, low: int, high: int) -> NDArray[np.bool_]:
        passing = self._live.copy()
        if wanted is not None:
            passing &= np.frombuffer(wanted, np.bool_)[self._codes["categories"][0] + 1]
        if low or high:
            passing &= (self._moments >= low) & (self._moments <= high)
        return passing

    def _tally(self, name: str, docs: NDArray[np.int32]) -> list[int]:
        codes, kinds = self._codes[name]
        counts: list[int] = np.bincount(codes[docs] + 1, minlength=kinds + 1)[1:].tolist()
        return counts

    def _holding(self, number: int, text: str) -> Ints:
        """Documents of a segment with a string. Every second bigram and the last one cover it."""
        offsets = [*range(0, len(text) - 1, 2), *([len(text) - 2] if len(text) % 2 else [])]
        starts: Ints | None = None
        for offset in offsets:
            places = self._places(number, text[offset : offset + 2]) - offset
            starts = places if starts is None else np.intersect1d(starts, places, assume_unique=True)
        docs: Ints = np.unique(starts >> _OFFSET_BITS) if starts is not None else np.empty(0, np.int64)
        return docs

    def _places(self, number: int, gram: str) -> Ints:
        """Where a bigram stands in a segment: document << 32 | offset, ascending."""
        lists = self._segments[number][3]
        term = find_gram(lists[_CODES], gram)
        if term is None:
            return np.empty(0, np.int64)
        begin, end = int(lists[_START][term]), int(lists[_START][term + 1])
        counts = unpack(lists[_TF][begin:end], begin, lists[_MANY], lists[_MANY_TF]).sum(axis=1)
        positions = lists[_POS][int(lists[_PLACE][term]) :][: int(counts.sum())].astype(np.int64)
        places: Ints = np.repeat(lists[_DOC][begin:end].astype(np.int64), counts) << _OFFSET_BITS | positions
        return places


def _best(score: NDArray[np.float64], docs: NDArray[np.int32], k: int) -> tuple[list[int], list[float]]:
    if not k:
        return [], []
    if k < len(docs):
        scores = score[docs]
        docs = docs[scores >= np.partition(scores, len(docs) - k)[len(docs) - k]]
    docs = docs[np.lexsort((docs, -score[docs]))]
    return docs.tolist(), score[docs].tolist()


def fold(groups: NDArray[np.int32], matches: bytearray, kinds: int) -> tuple[int, bytearray]:
    """See kernel.fold."""
    docs = np.frombuffer(matches, np.int32)
    if not 0 <= kinds <= len(groups) or (len(docs) and not 0 <= int(docs.min()) <= int(docs.max()) < len(groups)):
        raise ValueError("the arrays of a segment do not agree")
    held = groups[docs]
    counts = np.bincount(held[held >= 0], minlength=kinds)
    if len(counts) > kinds:
        raise ValueError("the arrays of a segment do not agree")
    return int(counts.sum() - np.count_nonzero(counts)), bytearray(counts.astype(np.int32).tobytes())


def find_code(codes: NDArray[np.uint64], code: int) -> int | None:
    """The number of a code in an ascending array; None without it."""
    place = int(codes.searchsorted(np.uint64(code)))
    return place if place < len(codes) and codes[place] == code else None


def find_gram(codes: NDArray[np.uint64], gram: str) -> int | None:
    """The number of a bigram."""
    return find_code(codes, ord(gram[0]) << CODE_BITS | ord(gram[1]))


def find_word(prefixes: NDArray[np.uint64], at: NDArray[np.uint64], data: NDArray[np.uint8], word: bytes) -> int | None:
    """The number of a word: `prefixes` are the words' first 8 bytes as numbers, `at` where each lies in `data`."""
    prefix = np.uint64(int.from_bytes(word[:8].ljust(8, b"\0"), "big"))
    low, high = int(prefixes.searchsorted(prefix)), int(prefixes.searchsorted(prefix, "right"))
    while low < high:
        middle = (low + high) // 2
        found = data[int(at[middle]) : int(at[middle + 1])].tobytes()
        if found == word:
            return middle
        if found < word:
            low = middle + 1
        else:
            high = middle
    return None
