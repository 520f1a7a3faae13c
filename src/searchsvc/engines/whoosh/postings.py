"""Postings as the scorer wants them, over all segments of a snapshot, live articles only."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from ...models import FIELDS
from ...relevance import FIELD_B, FIELD_WEIGHTS, K1, idf
from . import kernel
from .arrays import ArrayFile
from .invert import CODE_BITS, MANY, encode_text
from .kernel import Docs, Floats, Masses
from .segment import find_char, find_gram, find_word, frequencies, run_lengths

#: Bytes of arrays kept per snapshot, in each process. A hot word of 100,000 articles takes 0.8 MB.
BUDGET: Final = 192 << 20
#: A term in more than this share of the articles is kept as one number an article: adding it needs no look-ups.
DENSE_SHARE: Final = 0.25
#: Terms in more than this share of the articles are kept in the cache. The others are added straight from the files:
#: distinct queries name so many of them that they would drive one another out.
CACHED_SHARE: Final = 0.003
#: Bigrams in more than this share of the articles are added last, and only where they can change the best results.
LAST_SHARE: Final = 0.1
_OFFSET_BITS: Final = 32
_NO_DOCS: Final = np.empty(0, np.int32)
_NO_IMPACTS: Final = np.empty(0, np.float32)

Ints = NDArray[np.int64]


class Posting:
    """Articles that hold a term in any field, ascending, and its saturated BM25F frequency in each.

    `dense` has a value for every article, 0 without the term, when there are many, and `impacts` none; `idf` is of the
    snapshot, `peak` the greatest impact. The documents are `ours` when they are a copy, not a part of a mapped file.
    """

    __slots__ = ("dense", "df", "docs", "idf", "impacts", "nbytes", "peak", "used")

    def __init__(
        self, docs: Docs, impacts: Floats, dense: Floats | None = None, count: int = 0, *, ours: bool = True
    ) -> None:
        self.docs = docs
        self.impacts = impacts
        self.dense = dense
        self.df = len(docs)
        self.idf = idf(self.df, max(count, self.df))
        self.peak = float((impacts if dense is None else dense).max()) if self.df else 0.0
        self.nbytes = docs.nbytes * ours + impacts.nbytes + (dense.nbytes if dense is not None else 0) + 300
        self.used = True

    def weighted(self, weight: float, mass: int) -> kernel.Weighted:
        """The term as kernel.accumulate takes it."""
        return self.docs, self.impacts, self.dense, weight, mass


class Located:
    """A term that is added straight from the segments: `df` live articles hold it, `runs` say where (kernel.find)."""

    __slots__ = ("_runs", "_segments", "df", "idf", "nbytes", "used")

    def __init__(self, df: int, segments: kernel.Segments, runs: bytes, count: int) -> None:
        self.df = df
        self.idf = idf(df, max(count, df))
        self.nbytes = 300
        self.used = True
        self._segments = segments
        self._runs = runs

    def weighted(self, weight: float, mass: int) -> kernel.Located:
        """The term as kernel.accumulate takes it."""
        return self._segments, self._runs, weight, mass


class Source(Protocol):
    """Where the scorer's arrays come from. Documents are numbered 0 to size - 1; some may be deleted."""

    @property
    def size(self) -> int: ...

    @property
    def count(self) -> int:
        """Live documents."""
        ...

    @property
    def live(self) -> NDArray[np.uint8] | None:
        """1 for live documents; None when all are."""
        ...

    def word(self, text: str) -> Posting | Located: ...

    def holding(self, word: str) -> Docs:
        """Documents with a word, ascending."""
        ...

    def grams(self, texts: Sequence[str]) -> tuple[list[Posting | Located], list[Posting]]:
        """Those of the bigrams that any document holds: the rare ones, and the common ones."""
        ...

    def accumulate(self, score: Floats, mass: Masses, terms: list[kernel.Weighted | kernel.Located]) -> None:
        """See kernel.accumulate."""
        ...

    def containing(self, text: str) -> Docs:
        """Documents with this folded string inside one line of one field, ascending."""
        ...


@dataclass(frozen=True, slots=True)
class OpenSegment:
    """A segment of a snapshot: its arrays, the snapshot's number of its first article, which are live (None: all)."""

    name: str
    arrays: ArrayFile
    first: int
    live: NDArray[np.bool_] | None

    @property
    def size(self) -> int:
        """Articles in it, deleted ones too."""
        return len(self.arrays["moments"])


class Cache:
    """Postings by term, those not used for long dropped beyond a budget of bytes. Safe in threads.

    Looking up takes no lock and moves nothing: a posting is marked as used, and spared once when room is made (the
    second-chance approximation of least recently used).
    """

    def __init__(self, budget: int, load: Callable[[str], Posting | Located]) -> None:
        self._budget = budget
        self._load = load
        self._held: dict[str, Posting | Located] = {}
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, term: str) -> Posting | Located:
        """The posting of a term, loaded when it is not held. Two threads may load the same; one of them is kept."""
        found = self._held.get(term)
        if found is not None:
            found.used = True
            return found
        loaded = self._load(term)
        with self._lock:
            if term not in self._held:
                self._held[term] = loaded
                self._bytes += loaded.nbytes
                if self._bytes > self._budget:
                    self._make_room()
        return loaded

    def terms(self) -> list[str]:
        """What is held."""
        with self._lock:
            return list(self._held)

    def _make_room(self) -> None:
        for term in list(self._held):
            if self._bytes <= 0.9 * self._budget or len(self._held) == 1:
                return
            posting = self._held.pop(term)
            if posting.used:
                posting.used = False
                self._held[term] = posting
            else:
                self._bytes -= posting.nbytes


class ArraySource:
    """A Source over the segments of one snapshot."""

    def __init__(self, segments: Sequence[OpenSegment], budget: int = BUDGET) -> None:
        self._segments = segments
        self.size = sum(segment.size for segment in segments)
        mask = np.ones(self.size, np.uint8)
        for segment in segments:
            if segment.live is not None:
                mask[segment.first : segment.first + segment.size] = segment.live
        self.count = int(mask.sum())
        self.live = mask if self.count < self.size else None
        self._norms = _norms(segments, mask)
        self._parts = {kind: tuple(_part(segment, kind) for segment in segments) for kind in ("word", "gram")}
        self._limit = int(CACHED_SHARE * self.count)
        self._words = Cache(budget // 2, self._load_word)
        self._grams = Cache(budget // 2, lambda text: self._posting("gram", text))
        self._gram_arrays = tuple(_gram_arrays(segment) for segment in segments)
        self.word = self._words.get

    def holding(self, word: str) -> Docs:
        return self._posting("word", word).docs

    def grams(self, texts: Sequence[str]) -> tuple[list[Posting | Located], list[Posting]]:
        rare: list[Posting | Located] = []
        common: list[Posting] = []
        segments = self._parts["gram"]
        for text, found in zip(texts, kernel.find(segments, list(texts), self.live), strict=True):
            if found is None:
                continue
            df, runs = found
            if runs is not None and df <= self._limit:
                rare.append(Located(df, segments, runs, self.count))
            else:
                posting = self._gram(text)
                (common if posting.df > LAST_SHARE * self.count else rare).append(posting)
        return rare, common

    def accumulate(self, score: Floats, mass: Masses, terms: list[kernel.Weighted | kernel.Located]) -> None:
        kernel.accumulate(score, mass, terms, self._norms, self.live, K1)

    def containing(self, text: str) -> Docs:
        if len(text) == 1:
            return self._with_char(text)
        found = kernel.containing(self._gram_arrays, text, self.live)
        if found is not None:
            return found
        return self._gram(text).docs if len(text) == 2 else self._containing(text)

    def warm(self, before: ArraySource) -> None:
        """Loads what another snapshot's caches hold."""
        for text in before._words.terms():
            self.word(text)
        for text in before._grams.terms():
            self._grams.get(text)

    def _gram(self, text: str) -> Posting:
        found = self._grams.get(text)
        return found if isinstance(found, Posting) else self._posting("gram", text)

    def _load_word(self, text: str) -> Posting | Located:
        (found,) = kernel.find(self._parts["word"], [encode_text(text)], self.live)
        if found is None:
            return Posting(_NO_DOCS, _NO_IMPACTS)
        df, runs = found
        if runs is not None and df <= self._limit:
            return Located(df, self._parts["word"], runs, self.count)
        return self._posting("word", text)

    def _posting(self, kind: str, text: str) -> Posting:
        docs, impacts, ours = self._whole(kind, text)
        if len(docs) <= DENSE_SHARE * self.size:
            return Posting(docs, impacts, None, self.count, ours=ours)
        dense = np.zeros(self.size, np.float32)
        dense[docs] = impacts
        return Posting(docs, _NO_IMPACTS, dense, self.count, ours=ours)

    def _whole(self, kind: str, text: str) -> tuple[Docs, Floats, bool]:
        """(documents, impacts, whether the documents are a copy) of a term."""
        term = encode_text(text) if kind == "word" else ord(text[0]) << CODE_BITS | ord(text[1])
        if len(self._segments) == 1 and self.live is None:
            arrays = self._segments[0].arrays
            run = find_word(arrays, encode_text(text)) if kind == "word" else find_gram(arrays, text)
            if run is None:
                return _NO_DOCS, _NO_IMPACTS, False
            docs = arrays[f"{kind}_doc"][run[1] : run[2]].view(np.int32)
            return docs, self._impacts(self._segments[0], kind, run[1], docs), False
        docs, impacts = kernel.gather(self._parts[kind], term, self._norms, self.live, K1) or self._gathered(kind, text)
        return docs, impacts, True

    def _gathered(self, kind: str, text: str) -> tuple[Docs, Floats]:
        """What kernel.gather gives, segment by segment: without the compiled part, or for huge frequencies."""
        docs: list[Docs] = []
        impacts: list[Floats] = []
        for segment in self._segments:
            arrays = segment.arrays
            run = find_word(arrays, encode_text(text)) if kind == "word" else find_gram(arrays, text)
            if run is None:
                continue
            _, first, last = run
            found = _global(segment, arrays[f"{kind}_doc"][first:last])
            values = self._impacts(segment, kind, first, found)
            if segment.live is not None:
                live = segment.live[found - segment.first]
                found, values = found[live], values[live]
            docs.append(found)
            impacts.append(values)
        if not docs:
            return _NO_DOCS, _NO_IMPACTS
        return np.concatenate(docs), np.concatenate(impacts)

    def _impacts(self, segment: OpenSegment, kind: str, first: int, docs: Docs) -> Floats:
        arrays = segment.arrays
        tf = arrays[f"{kind}_tf"][first : first + len(docs)]
        values = kernel.impacts(docs, tf, self._norms, K1)
        if len(arrays[f"{kind}_many"]):
            for place in np.flatnonzero(tf == MANY).tolist():
                counts = frequencies(arrays, "word" if kind == "word" else "gram", first + place, first + place + 1)[0]
                frequency = float(counts @ self._norms[docs[place], :3].astype(np.float64))
                values[place] = frequency * (K1 + 1.0) / (frequency + K1)  # relevance.saturate
        return values

    def _with_char(self, char: str) -> Docs:
        found = [_NO_DOCS]
        for segment in self._segments:
            run = find_char(segment.arrays, char)
            if run is not None:
                docs = _global(segment, segment.arrays["char_doc"][run[1] : run[2]])
                found.append(docs if segment.live is None else docs[segment.live[docs - segment.first]])
        return np.concatenate(found)

    def _containing(self, text: str) -> Docs:
        """Articles with all bigrams of the text, then those where they stand at their distances.

        Every second bigram and the last one cover the text.
        """
        grams = sorted({text[i : i + 2] for i in range(len(text) - 1)}, key=lambda gram: self._gram(gram).df)
        docs = self._gram(grams[0]).docs
        for gram in grams[1:]:
            if not len(docs):
                return _NO_DOCS
            docs = kernel.common(docs, self._gram(gram).docs)
        found = [_NO_DOCS]
        for segment in self._segments:
            low, high = np.searchsorted(docs, [segment.first, segment.first + segment.size])
            if high > low:
                inside = docs[low:high].astype(np.int64) - segment.first
                found.append((self._aligned(segment, text, inside) + segment.first).astype(np.int32))
        return np.concatenate(found)

    def _aligned(self, segment: OpenSegment, text: str, docs: Ints) -> Ints:
        """Those of a segment's articles, all of which have the bigrams, that have them in a row."""
        offsets = [*range(0, len(text) - 1, 2), *([len(text) - 2] if len(text) % 2 else [])]
        placed = []
        for offset in offsets:
            places = self._places(segment, text[offset : offset + 2], docs)
            placed.append((len(places), offset, places))
        placed.sort(key=lambda entry: entry[0])
        _, first, places = placed[0]
        starts = places - first
        for _, offset, places in placed[1:]:
            if not len(starts) or not len(places):
                return np.empty(0, np.int64)
            wanted = starts + offset
            at = np.minimum(np.searchsorted(places, wanted), len(places) - 1)
            starts = starts[places[at] == wanted]
        docs_found: Ints = np.unique(starts >> _OFFSET_BITS)
        return docs_found

    def _places(self, segment: OpenSegment, gram: str, docs: Ints) -> Ints:
        """Where a bigram stands in these articles: article << 32 | offset, ascending."""
        arrays = segment.arrays
        run = find_gram(arrays, gram)
        if run is None:
            return np.empty(0, np.int64)
        number, first, last = run
        begin = int(arrays["gram_place"][number])
        ends = np.cumsum(run_lengths(arrays, arrays["gram_tf"][first:last], first))
        held = arrays["gram_doc"][first:last]
        at = np.searchsorted(held, docs.astype(held.dtype))
        at = at[(at < len(held)) & (held[np.minimum(at, len(held) - 1)] == docs)] if len(held) else at[:0]
        high = ends[at]
        low = np.where(at > 0, ends[at - 1], 0)
        sizes = high - low
        total = np.cumsum(sizes)
        inside = np.arange(int(total[-1]) if len(total) else 0) - np.repeat(total - sizes, sizes)
        positions = arrays["gram_pos"][begin + np.repeat(low, sizes) + inside].astype(np.int64)
        places: Ints = np.repeat(held[at].astype(np.int64), sizes) << _OFFSET_BITS | positions
        return places


def _gram_arrays(segment: OpenSegment) -> tuple[object, ...]:
    """A segment as kernel.containing takes it."""
    names = ("start", "doc", "tf", "code", "place", "pos", "many", "many_tf")
    return (segment.first, *(segment.arrays[f"gram_{name}"] for name in names))


def _part(segment: OpenSegment, kind: str) -> tuple[object, ...]:
    """A segment as kernel.find and kernel.gather take it."""
    keys = ("word_prefix", "word_at", "word") if kind == "word" else ("gram_code",)
    names = (f"{kind}_start", f"{kind}_doc", f"{kind}_tf", f"{kind}_many", *keys)
    return (segment.first, *(segment.arrays[name] for name in names))


def _global(segment: OpenSegment, docs: NDArray[np.uint32]) -> Docs:
    """A segment's article numbers as the snapshot's; no copy for the first segment."""
    return docs.view(np.int32) if segment.first == 0 else (docs + np.uint32(segment.first)).view(np.int32)


def _norms(segments: Sequence[OpenSegment], live: NDArray[np.uint8]) -> Floats:
    """relevance.weighted_frequency of one occurrence in each field of every article; the fourth column is filling."""
    norms = np.zeros((len(live), 4), np.float32)
    if not len(live):
        return norms
    lengths = np.concatenate([segment.arrays["lengths"].reshape(-1, 3) for segment in segments])
    chosen = live.view(np.bool_)
    for number, name in enumerate(FIELDS):
        average = float(lengths[chosen, number].mean()) if chosen.any() else 0.0
        ratio = lengths[:, number] / average if average > 0 else np.ones(len(live))
        norms[:, number] = FIELD_WEIGHTS[name] / (1.0 - FIELD_B[name] + FIELD_B[name] * ratio)
    return norms
