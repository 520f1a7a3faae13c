"""Several segments -> one, without the deleted articles; articles keep their order. Memory is bounded by CHUNK.

No sorting: where a posting goes follows from how many postings of its term the segments before hold.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .arrays import Array, ArrayFile, ArrayFileWriter
from .invert import encode_text, prefixes, starts_of
from .segment import category_names, run_lengths, words_of

#: Postings (and offsets) put in order at a time: about 100 bytes of memory each.
CHUNK: Final = 500_000
#: Bytes of texts copied at a time.
PIECE: Final = 4 << 20

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Part:
    """A segment to be merged: its arrays, and the new number of each of its articles, -1 for deleted ones."""

    arrays: ArrayFile
    renumbered: Ints

    @property
    def live(self) -> NDArray[np.bool_]:
        """Which articles stay."""
        return self.renumbered >= 0


def parts_of(segments: Sequence[tuple[ArrayFile, NDArray[np.bool_]]]) -> list[Part]:
    """Parts with articles numbered on; `segments` are (arrays, mask of live articles)."""
    parts = []
    first = 0
    for arrays, live in segments:
        renumbered = np.where(live, first + np.cumsum(live) - 1, -1).astype(np.int64)
        first += int(live.sum())
        parts.append(Part(arrays, renumbered))
    return parts


def merge(parts: Sequence[Part], path: Path) -> int:
    """Writes the merged segment as a new file, durably; the number of its articles."""
    count = sum(int(part.live.sum()) for part in parts)
    words = _Terms(parts, "word", _merged_words(parts))
    grams = _Terms(parts, "gram", _merged_codes(parts, "gram_code"))
    chars = _Terms(parts, "char", _merged_codes(parts, "char_code"))
    small = _small_arrays(parts) | words.dictionary() | grams.dictionary() | chars.dictionary()
    blobs = {name: _blob_size(parts, name) for name in ("meta", "text")}
    positions = int(grams.positions.sum())
    layout: dict[str, tuple[str, int]] = {name: (array.dtype.str, len(array)) for name, array in small.items()}
    layout |= {name: ("|u1", size) for name, size in blobs.items()}
    for terms in (words, grams, chars):
        layout |= dict.fromkeys(terms.columns(), ("<u4", terms.size))
    layout["gram_pos"] = ("<u4", positions)
    with ArrayFileWriter(path, layout) as file:
        for name, array in small.items():
            file.write(name, array)
        for name in blobs:
            for piece in _blob_pieces(parts, name):
                file.write(name, piece)
        for terms in (words, grams, chars):
            terms.write(file)
        file.finish()
    return count


def _small_arrays(parts: Sequence[Part]) -> dict[str, Array]:
    """What is kept of every article in a few numbers."""
    names: list[str] = sorted({name for part in parts for name in category_names(part.arrays)})
    categories = []
    for part in parts:
        table = np.array([*(names.index(name) for name in category_names(part.arrays)), -1], np.int32)
        categories.append(table[part.arrays["category"][part.live]])
    keys = np.concatenate([part.arrays["key"] for part in parts])
    owners = np.concatenate([part.renumbered[part.arrays["key_doc"]] for part in parts])
    keys, owners = keys[owners >= 0], owners[owners >= 0]
    order = np.argsort(keys, kind="stable")
    found: dict[str, Array] = {
        "key": keys[order],
        "key_doc": owners[order].astype(np.uint32),
        "moments": np.concatenate([part.arrays["moments"][part.live] for part in parts]),
        "category": np.concatenate(categories),
        "categories": np.frombuffer(encode_text(json.dumps(names, ensure_ascii=False)), np.uint8),
    }
    for name, width in (("lengths", 3), ("bounds", 2)):
        found[name] = np.concatenate([part.arrays[name].reshape(-1, width)[part.live].ravel() for part in parts])
    for name in ("meta", "text"):
        sizes = [np.diff(part.arrays[f"{name}_at"].astype(np.int64))[part.live] for part in parts]
        found[f"{name}_at"] = starts_of(np.concatenate(sizes))
    return found


def _blob_size(parts: Sequence[Part], name: str) -> int:
    return sum(int(np.diff(part.arrays[f"{name}_at"].astype(np.int64))[part.live].sum()) for part in parts)


def _blob_pieces(parts: Sequence[Part], name: str) -> Iterator[Array]:
    """The bytes of live articles, in runs of neighbours."""
    for part in parts:
        at = part.arrays.read(f"{name}_at").astype(np.int64)
        data = partial(part.arrays.read, name)
        edges = np.flatnonzero(np.diff(np.concatenate([[False], part.live, [False]]).astype(np.int8)))
        for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            yield from (data(place, min(at[end], place + PIECE)) for place in range(at[start], at[end], PIECE))


def _merged_words(parts: Sequence[Part]) -> tuple[list[bytes], list[Ints]]:
    """(all words in the order of their bytes, the new number of each part's words)."""
    lists = [words_of(part.arrays) for part in parts]
    merged = sorted(set().union(*lists))
    number = {word: i for i, word in enumerate(merged)}
    return merged, [np.fromiter((number[word] for word in words), np.int64, len(words)) for words in lists]


def _merged_codes(parts: Sequence[Part], name: str) -> tuple[Array, list[Ints]]:
    merged = np.sort(np.concatenate([part.arrays.read(name) for part in parts]))
    merged = merged[np.concatenate([[True], merged[1:] != merged[:-1]])] if len(merged) else merged
    return merged, [np.searchsorted(merged, part.arrays.read(name)).astype(np.int64) for part in parts]


class _Terms:
    """The terms of one kind, merged: which stay, how many postings each has, and the writing of them."""

    def __init__(self, parts: Sequence[Part], kind: str, merged: tuple[list[bytes] | Array, list[Ints]]) -> None:
        self._parts = parts
        self._kind = kind
        terms, numbers = merged
        counts = np.zeros((len(parts), len(terms)), np.int32)
        positions = np.zeros(len(terms), np.int64)
        for row, part in enumerate(parts):
            counts[row, numbers[row]] = self._live_counts(part)
            if kind == "gram":
                positions[numbers[row]] += self._live_positions(part)
        kept = np.flatnonzero(counts.sum(axis=0) > 0)
        self._counts = counts[:, kept]
        self.positions = positions[kept]
        # The part's own number of each kept term, -1 where it has none.
        self._own = np.full((len(parts), len(terms)), -1, np.int32)
        for row, number in enumerate(numbers):
            self._own[row, number] = np.arange(len(number))
        self._own = self._own[:, kept]
        self._terms: list[bytes] | Array = [terms[i] for i in kept] if isinstance(terms, list) else terms[kept]
        self.size = int(self._counts.sum())
        self._many: Array = np.empty(0, np.uint64)
        self._many_tf: Array = np.empty(0, np.uint32)
        if kind != "char":
            self._many, self._many_tf = self._overflows()

    def columns(self) -> list[str]:
        """The arrays that `write` fills, one value a posting."""
        return [f"{self._kind}_doc"] if self._kind == "char" else [f"{self._kind}_doc", f"{self._kind}_tf"]

    def dictionary(self) -> dict[str, Array]:
        """Everything but the postings."""
        kind, starts = self._kind, starts_of(self._counts.sum(axis=0))
        if isinstance(self._terms, list):
            at = starts_of(np.fromiter(map(len, self._terms), np.int64, len(self._terms)))
            found: dict[str, Array] = {
                "word_at": at,
                "word": np.frombuffer(b"".join(self._terms), np.uint8),
                "word_prefix": prefixes(self._terms),
            }
        else:
            found = {f"{kind}_code": self._terms}
        found[f"{kind}_start"] = starts
        if kind == "gram":
            found["gram_place"] = starts_of(self.positions)
        if kind != "char":
            found |= {f"{kind}_many": self._many, f"{kind}_many_tf": self._many_tf}
        return found

    def write(self, file: ArrayFileWriter) -> None:
        """Writes the postings, chunk by chunk."""
        for first, last in self._chunks():
            for name, values in self._chunk(first, last).items():
                file.write(name, values)

    def _chunks(self) -> Iterator[tuple[int, int]]:
        """Ranges of terms with about CHUNK postings each; a term is not divided."""
        load = np.cumsum(self._counts.sum(axis=0) + self.positions)
        first = 0
        while first < len(load):
            done = int(load[first - 1]) if first else 0
            last = max(first + 1, int(np.searchsorted(load, done + CHUNK, side="right")))
            yield first, last
            first = last

    def _chunk(self, first: int, last: int) -> dict[str, Array]:
        kind = self._kind
        counts = self._counts[:, first:last]
        # Where each part's postings of each term go: after those of the terms and parts before.
        starts = np.cumsum(counts.sum(axis=0)) - counts.sum(axis=0)
        starts = starts + np.cumsum(counts, axis=0) - counts
        total = int(counts.sum())
        doc = np.empty(total, np.uint32)
        tf = np.empty(total, np.uint32)
        lengths = np.zeros(total, np.int64)
        held: list[tuple[Ints, Ints, Array]] = []
        for row, part in enumerate(self._parts):
            own = self._own[row, first:last]
            there = np.flatnonzero(own >= 0)
            if not len(there):
                continue
            # A part's terms are in the same order as the merged ones: its chunk is one run of its arrays.
            low, high = int(own[there[0]]), int(own[there[-1]]) + 1
            begin, end = (int(part.arrays[f"{kind}_start"][i]) for i in (low, high))
            docs = part.renumbered[part.arrays.read(f"{kind}_doc", begin, end)]
            live = docs >= 0
            sizes = self._sizes(part, low, high, live, begin)
            chosen = np.flatnonzero(self._is_kept(row, low, high, first, last))
            target = np.repeat(starts[row, there], sizes[chosen]) + _counted(sizes[chosen])
            doc[target] = docs[live]
            if kind == "char":
                continue
            packed = part.arrays.read(f"{kind}_tf", begin, end)
            tf[target] = packed[live]
            if kind == "gram":
                runs = run_lengths(part.arrays, packed, begin)
                at = int(part.arrays["gram_place"][low]), int(part.arrays["gram_place"][high])
                values = part.arrays.read("gram_pos", *at)[np.repeat(live, runs)]
                lengths[target] = runs[live]
                held.append((target, runs[live], values))
        found: dict[str, Array] = {f"{kind}_doc": doc}
        if kind != "char":
            found[f"{kind}_tf"] = tf
        if kind == "gram":
            found["gram_pos"] = _placed(lengths, held)
        return found

    def _is_kept(self, row: int, low: int, high: int, first: int, last: int) -> NDArray[np.bool_]:
        """Which of a part's terms in a run stay; the others have no live article anywhere."""
        kept = np.zeros(high - low, np.bool_)
        own = self._own[row, first:last]
        kept[own[own >= 0] - low] = True
        return kept

    def _sizes(self, part: Part, low: int, high: int, live: NDArray[np.bool_], begin: int) -> Ints:
        """Live postings of each of a part's terms in a run."""
        edges = part.arrays[f"{self._kind}_start"][low : high + 1].astype(np.int64) - begin
        sizes: Ints = np.diff(np.concatenate([[0], np.cumsum(live)])[edges])
        return sizes

    def _live_counts(self, part: Part) -> Ints:
        start: Ints = part.arrays[f"{self._kind}_start"].astype(np.int64)
        if part.live.all():
            return start[1:] - start[:-1]
        return _sums(
            start, lambda low, high: part.live[part.arrays.read(f"{self._kind}_doc", low, high)].astype(np.int64)
        )

    def _live_positions(self, part: Part) -> Ints:
        place: Ints = part.arrays["gram_place"].astype(np.int64)
        if part.live.all():
            return place[1:] - place[:-1]

        def live_runs(low: int, high: int) -> Ints:
            runs = run_lengths(part.arrays, part.arrays.read("gram_tf", low, high), low)
            kept: Ints = np.where(part.live[part.arrays.read("gram_doc", low, high)], runs, 0)
            return kept

        return _sums(part.arrays["gram_start"].astype(np.int64), live_runs)

    def _overflows(self) -> tuple[NDArray[np.uint64], NDArray[np.uint32]]:
        """Postings whose frequencies do not fit, where they come to stand; there are hardly any."""
        kind = self._kind
        totals = self._counts.sum(axis=0)
        starts = np.cumsum(totals) - totals
        before = np.cumsum(self._counts, axis=0) - self._counts
        found: list[tuple[int, list[int]]] = []
        for row, part in enumerate(self._parts):
            start = part.arrays[f"{kind}_start"].astype(np.int64)
            new = (
                {int(own): number for number, own in enumerate(self._own[row]) if own >= 0}
                if len(part.arrays[f"{kind}_many"])
                else {}
            )
            for place, counts in zip(
                part.arrays[f"{kind}_many"].tolist(),
                part.arrays[f"{kind}_many_tf"].reshape(-1, 3).tolist(),
                strict=True,
            ):
                own = int(np.searchsorted(start, place, side="right")) - 1
                docs = part.arrays[f"{kind}_doc"][start[own] : place + 1]
                if not part.live[docs[-1]]:
                    continue
                number = new[own]
                at = starts[number] + before[row, number] + int(part.live[docs[:-1]].sum())
                found.append((int(at), counts))
        found.sort()
        return (
            np.array([place for place, _ in found], np.uint64),
            np.array([counts for _, counts in found], np.uint32).ravel(),
        )


def _sums(starts: Ints, values: Callable[[int, int], Ints]) -> Ints:
    """The sum of each run [starts[i], starts[i + 1]) of values, which are asked for CHUNK at a time."""
    found = np.zeros(len(starts) - 1, np.int64)
    first = 0
    while first < len(found):
        last = max(first + 1, int(np.searchsorted(starts, starts[first] + CHUNK, side="right")) - 1)
        low, high = int(starts[first]), int(starts[last])
        total = np.concatenate([[0], np.cumsum(values(low, high))])
        found[first:last] = np.diff(total[starts[first : last + 1] - low])
        first = last
    return found


def _counted(sizes: Ints) -> Ints:
    """0, 1, 2 ... within each run of these sizes."""
    ends = np.cumsum(sizes)
    return np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - sizes, sizes)


def _placed(lengths: Ints, held: Sequence[tuple[Ints, Ints, Array]]) -> NDArray[np.uint32]:
    """Offsets in the order of the postings they belong to."""
    starts = np.cumsum(lengths) - lengths
    found = np.empty(int(lengths.sum()), np.uint32)
    for target, runs, values in held:
        found[np.repeat(starts[target], runs) + _counted(runs)] = values
    return found
