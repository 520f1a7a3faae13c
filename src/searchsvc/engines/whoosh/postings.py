"""Postings as arrays: the one source the scorer computes from, filled from Whoosh's postings as they are asked for."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray
from whoosh.reading import SegmentReader

from ...models import FIELDS, FieldName
from ...relevance import FIELD_B, FIELD_WEIGHTS, K1
from .layout import damage_named
from .schema import GRAMS, encode_term, read_positions

#: Bytes of arrays kept per snapshot, in each process. A hot word of 100,000 articles takes 0.8 MB.
BUDGET: Final = 128 << 20
POSITION_BITS: Final = 32

Ints = NDArray[np.int64]
_NO_DOCS: Final = np.empty(0, np.int32)


@dataclass(frozen=True, slots=True)
class Posting:
    """Articles that hold a term in any field, ascending, and its saturated BM25F frequency in each."""

    docs: NDArray[np.int32]
    impacts: NDArray[np.float32]

    @property
    def df(self) -> int:
        return len(self.docs)

    @property
    def nbytes(self) -> int:
        return self.docs.nbytes + self.impacts.nbytes + 200


class Source(Protocol):
    """Where the scorer's arrays come from. Documents are numbered in the order of their ids, 0 to size - 1."""

    @property
    def size(self) -> int: ...

    def word(self, text: str) -> Posting: ...

    def gram(self, text: str) -> Posting: ...

    def places(self, field: FieldName, gram: str) -> Ints:
        """Where a bigram stands in a field: document << POSITION_BITS | offset, ascending."""
        ...

    def holding(self, char: str) -> NDArray[np.int32]:
        """Documents with this character in any field, ascending."""
        ...


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment, its reader; `ranks` maps its document numbers to the snapshot's, -1 for deleted ones."""

    name: str
    reader: SegmentReader
    ranks: NDArray[np.int32]


class Cache:
    """Arrays by key, the least recently used dropped beyond a budget of bytes. Safe in threads."""

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._held: OrderedDict[object, Any] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()
        self._loading = threading.Lock()

    def get(self, key: object, load: Callable[[], Any]) -> Any:
        """The value of a key, loaded when it is not held; one thread loads at a time: a file has one place."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
        with self._loading:
            with self._lock:
                if key in self._held:
                    return self._held[key]
            value = load()
        with self._lock:
            self._held[key] = value
            self._bytes += value.nbytes + 100
            while self._bytes > self._budget and len(self._held) > 1:
                self._bytes -= self._held.popitem(last=False)[1].nbytes + 100
        return value

    def alone(self, read: Callable[[], Any]) -> Any:
        """Runs something else that reads the same files."""
        with self._loading:
            return read()


class WhooshSource:
    """Arrays out of Whoosh's postings, over all segments, live articles only."""

    def __init__(
        self,
        folder: Path,
        segments: Sequence[Segment],
        lengths: Mapping[FieldName, NDArray[np.int64]],
        budget: int = BUDGET,
    ) -> None:
        self._folder = folder
        self._segments = segments
        self._size = len(lengths["body"])
        self._norms = {name: _norms(name, lengths[name]) for name in FIELDS}
        self.cache = Cache(budget)

    @property
    def size(self) -> int:
        return self._size

    def word(self, text: str) -> Posting:
        found: Posting = self.cache.get(("word", text), lambda: self._combined({name: name for name in FIELDS}, text))
        return found

    def gram(self, text: str) -> Posting:
        found: Posting = self.cache.get(("gram", text), lambda: self._combined(GRAMS, text))
        return found

    def places(self, field: FieldName, gram: str) -> Ints:
        found: Ints = self.cache.get((field, gram), lambda: self._places(GRAMS[field], gram))
        return found

    def holding(self, char: str) -> NDArray[np.int32]:
        found: NDArray[np.int32] = self.cache.get(("char", char), lambda: self._combined(GRAMS, char).docs)
        return found

    def _combined(self, fields: Mapping[FieldName, str], term: str) -> Posting:
        docs, frequencies = [_NO_DOCS], [np.empty(0)]
        for name, field in fields.items():
            for segment in self._segments:
                ranks, weights, _ = self._read(segment, field, term, with_values=False)
                docs.append(ranks)
                frequencies.append(weights * self._norms[name][ranks])
        unique, places = np.unique(np.concatenate(docs), return_inverse=True)
        frequency = np.bincount(places, weights=np.concatenate(frequencies), minlength=len(unique))
        # relevance.saturate, over an array
        impacts = frequency * (K1 + 1.0) / (frequency + K1)
        return Posting(unique.astype(np.int32), impacts.astype(np.float32))

    def _places(self, field: str, gram: str) -> Ints:
        found = [np.empty(0, np.int64)]
        for segment in self._segments:
            ranks, _, values = self._read(segment, field, gram, with_values=True)
            counts, positions = read_positions(values)
            found.append(np.repeat(ranks.astype(np.int64), counts) << POSITION_BITS | positions.astype(np.int64))
        return np.sort(np.concatenate(found))

    def _read(
        self, segment: Segment, field: str, term: str, *, with_values: bool
    ) -> tuple[NDArray[np.int32], NDArray[np.float64], list[bytes]]:
        """(live documents, term frequencies, posting values) of a term in one field of one segment."""
        with damage_named(self._folder):
            numbers, weights, values = read_term(segment.reader, field, encode_term(term), with_values=with_values)
            ranks = segment.ranks[np.array(numbers, np.int64)]
        live = ranks >= 0
        kept = [value for value, keep in zip(values, live, strict=True) if keep] if with_values else []
        return ranks[live], np.array(weights, np.float64)[live], kept


def read_term(
    reader: SegmentReader, field: str, term: bytes, *, with_values: bool
) -> tuple[list[int], list[float], list[bytes]]:
    """A term's postings as they stand in a segment; empty when it has none."""
    numbers: list[int] = []
    weights: list[float] = []
    values: list[bytes] = []
    if (field, term) not in reader:
        return numbers, weights, values
    matcher: Any = reader.postings(field, term)
    while matcher.is_active():
        numbers.append(matcher.id())
        weights.append(matcher.weight())
        if with_values:
            values.append(matcher.value())
        matcher.next()
    return numbers, weights, values


def _norms(name: FieldName, lengths: NDArray[np.int64]) -> NDArray[np.float64]:
    """relevance.weighted_frequency of one occurrence, for every article."""
    average = float(lengths.mean()) if len(lengths) else 0.0
    ratio = lengths / average if average > 0 else np.ones(len(lengths))
    b = FIELD_B[name]
    norms: NDArray[np.float64] = FIELD_WEIGHTS[name] / (1.0 - b + b * ratio)
    return norms
