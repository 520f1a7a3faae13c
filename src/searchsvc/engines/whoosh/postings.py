"""Terms of a snapshot as the scorer wants them: how many live articles hold each, and where."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ...models import FIELDS
from ...relevance import FIELD_B, FIELD_WEIGHTS, K1, idf
from . import kernel
from .arrays import ArrayFile
from .kernel import Columns, Docs, Reader
from .packing import encode_text

#: Bytes of frequent terms kept per snapshot, in each process, for each article: a frequent term takes room as the index
#: grows, and 2,000 questions about generated articles used 1,200.
BUDGET: Final = 2_000
#: The least and the most that they may take in all.
BUDGET_LIMITS: Final = (64 << 20, 1 << 30)
#: The impacts of terms in more than this share of the articles are kept: in 100,000 articles 42 to 425 KB a term.
FREQUENT_SHARE: Final = 1 / 24
#: Rare words, and rare bigrams, whose places are kept: some 7 MB each.
MAX_RARE: Final = 20_000
#: Terms that are remembered as asked for.
MAX_USED: Final = 100_000
#: Seconds that a new snapshot may take to be made ready before it is searched.
WARM_SECONDS: Final = 0.4
#: Seconds between two terms that a new snapshot is warmed with: as long as making one ready.
_PAUSE: Final = 0.000_2


class Found(NamedTuple):
    """A term: live articles that hold it, its inverse document frequency, where its postings are."""

    df: int
    idf: float
    runs: kernel.Runs
    frequent: kernel.Frequent | None


class Source(Protocol):
    """Where the scorer's terms come from."""

    @property
    def size(self) -> int:
        """Documents, deleted ones too."""
        ...

    @property
    def count(self) -> int:
        """Live documents."""
        ...

    @property
    def reader(self) -> Reader: ...

    def find(self, words: Sequence[str], grams: Sequence[str]) -> tuple[dict[str, Found], dict[str, Found]]:
        """Those of the words and of the bigrams that a live document holds."""
        ...

    def containing(self, text: str) -> Docs:
        """Documents with this folded string inside one line of one field, ascending."""
        ...

    def holding(self, word: str) -> Docs:
        """Documents with a word, ascending."""
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
    """Found terms, those not asked for lately dropped beyond a budget of bytes. Safe in threads.

    Rare terms, of which only the places are held, lie outside the budget, and are dropped all at once when they become
    too many. Looking up takes no lock: what is asked for is noted, and spared once when room is made (the second-chance
    approximation of least recently used).
    """

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._held: dict[str, Found] = {}
        self._rare: dict[str, Found] = {}
        self._used: set[str] = set()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, terms: Iterable[str]) -> dict[str, Found]:
        """Those of the terms that are held."""
        held, rare = self._held.get, self._rare.get
        found = {term: one for term in terms if (one := held(term) or rare(term)) is not None}
        self._used.update(found)
        if len(self._used) > MAX_USED:
            self._used.clear()
        return found

    def put(self, term: str, found: Found) -> None:
        """Holds a term."""
        with self._lock:
            if term not in self._held:
                self._held[term] = found
                self._bytes += _bytes_of(found)
                if self._bytes > self._budget:
                    self._make_room()

    def put_rare(self, term: str, found: Found) -> None:
        """Holds a term of which only the place is known. Finding it again takes a few microseconds."""
        with self._lock:
            if len(self._rare) >= MAX_RARE:
                self._rare.clear()
            self._rare[term] = found

    def terms(self) -> list[tuple[int, str]]:
        """The frequent terms that are held, and how many articles have each."""
        with self._lock:
            return [(found.df, term) for term, found in self._held.items()]

    def _make_room(self) -> None:
        for term in list(self._held):
            if self._bytes <= 0.9 * self._budget or len(self._held) == 1:
                return
            found = self._held.pop(term)
            if term in self._used:
                self._used.discard(term)
                self._held[term] = found
            else:
                self._bytes -= _bytes_of(found)


def _bytes_of(found: Found) -> int:
    return len(found.frequent or b"") + len(found.runs) + 200


class ArraySource:
    """A Source over the segments of one snapshot."""

    def __init__(self, segments: Sequence[OpenSegment], columns: Columns) -> None:
        self.size = sum(segment.size for segment in segments)
        mask = np.ones(self.size, np.uint8)
        for segment in segments:
            if segment.live is not None:
                mask[segment.first : segment.first + segment.size] = segment.live
        self.count = int(mask.sum())
        live = mask if self.count < self.size else None
        parts = [(segment.first, segment.size, segment.arrays) for segment in segments]
        self.reader = kernel.make_reader(parts, _norms(segments, mask), live, columns, K1)
        # Of terms that are not frequent, by document frequency.
        self._idf = [idf(df, self.count) for df in range(min(self.count, int(FREQUENT_SHARE * self.size)) + 1)]
        least, most = BUDGET_LIMITS
        budget = min(max(BUDGET * self.size, least), most)
        self._words, self._grams = Cache(budget // 2), Cache(budget // 2)

    def find(self, words: Sequence[str], grams: Sequence[str]) -> tuple[dict[str, Found], dict[str, Found]]:
        found, found_grams = self._words.get(words), self._grams.get(grams)
        new = [word for word in words if word not in found]
        new_grams = [gram for gram in grams if gram not in found_grams]
        located, located_grams = self.reader.find([encode_text(word) for word in new], new_grams)
        self._add(found, new, located, self._words)
        self._add(found_grams, new_grams, located_grams, self._grams)
        return found, found_grams

    def containing(self, text: str) -> Docs:
        return np.frombuffer(self.reader.containing(text), np.int32)

    def holding(self, word: str) -> Docs:
        found = self.find((word,), ())[0].get(word)
        return np.frombuffer(self.reader.documents(found.runs) if found else b"", np.int32)

    def warm(self, before: ArraySource) -> None:
        """Finds what another snapshot's caches hold, for WARM_SECONDS; with a pause after each, so that searches go on.

        The most frequent ones first: they take longest, and are asked for most.
        """
        end = time.monotonic() + WARM_SECONDS
        held = [(*one, True) for one in before._words.terms()] + [(*one, False) for one in before._grams.terms()]
        for _, term, word in sorted(held, reverse=True):
            if time.monotonic() > end:
                return
            self.find((term,) if word else (), () if word else (term,))
            time.sleep(_PAUSE)

    def _add(self, found: dict[str, Found], terms: list[str], located: list[kernel.Located], cache: Cache) -> None:
        known = self._idf
        for term, place in zip(terms, located, strict=True):
            if place is None:
                continue
            df, runs = place
            if df < len(known):
                found[term] = Found(df, known[df], runs, None)
                cache.put_rare(term, found[term])
            else:
                found[term] = Found(df, idf(df, self.count), runs, self.reader.frequent(runs, cache is self._words))
                cache.put(term, found[term])


def _norms(segments: Sequence[OpenSegment], live: NDArray[np.uint8]) -> NDArray[np.float32]:
    """relevance.weighted_frequency of one occurrence in each field of every article: norms[field, doc]."""
    norms = np.zeros((len(FIELDS), len(live)), np.float32)
    if not len(live):
        return norms
    lengths = np.concatenate([segment.arrays["lengths"].reshape(-1, 3) for segment in segments])
    chosen = live.view(np.bool_)
    for number, name in enumerate(FIELDS):
        average = float(lengths[chosen, number].mean()) if chosen.any() else 0.0
        ratio = lengths[:, number] / average if average > 0 else np.ones(len(live))
        norms[number] = FIELD_WEIGHTS[name] / (1.0 - FIELD_B[name] + FIELD_B[name] * ratio)
    return norms
