"""Several segments -> one, without the deleted articles; articles keep their order. Memory is bounded by CHUNK.

No sorting: where a posting goes follows from how many postings of its term the segments before hold.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
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
CHUNK: Final = 400_000
#: What is stored of articles as bytes, one after another.
BLOBS: Final = ("id", "meta", "text")
#: Bytes of texts copied at a time.
PIECE: Final = 4 << 20
#: Terms put in order at a time.
TERMS: Final = 25_000

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
    kinds = [_Terms(parts, kind) for kind in ("word", "gram", "char")]
    small = _small_arrays(parts)
    layout: dict[str, tuple[str, int]] = {name: (array.dtype.str, len(array)) for name, array in small.items()}
    layout |= {name: ("|u1", _blob_size(parts, name)) for name in BLOBS}
    for terms in kinds:
        layout |= terms.layout()
    with ArrayFileWriter(path, layout) as file:
        for name, array in small.items():
            file.write(name, array)
        for name in BLOBS:
            for piece in _blob_pieces(parts, name):
                file.write(name, piece)
        for terms in kinds:
            terms.write(file)
        file.finish()
    return sum(int(part.live.sum()) for part in parts)


def _small_arrays(parts: Sequence[Part]) -> dict[str, Array]:
    """What is kept of every article in a few numbers."""
    names: list[str] = sorted({name for part in parts for name in category_names(part.arrays)})
    categories = []
    for part in parts:
        table = np.array([*(names.index(name) for name in category_names(part.arrays)), -1], np.int32)
        categories.append(table[part.arrays.read("category")[part.live]])
    keys = np.concatenate([part.arrays.read("key") for part in parts])
    owners = np.concatenate([part.renumbered[part.arrays.read("key_doc")] for part in parts])
    keys, owners = keys[owners >= 0], owners[owners >= 0]
    order = np.argsort(keys, kind="stable")
    found: dict[str, Array] = {
        "key": keys[order],
        "key_doc": owners[order].astype(np.uint32),
        "moments": np.concatenate([part.arrays.read("moments")[part.live] for part in parts]),
        "category": np.concatenate(categories),
        "categories": np.frombuffer(encode_text(json.dumps(names, ensure_ascii=False)), np.uint8),
    }
    for name, width in (("lengths", 3), ("bounds", 2)):
        found[name] = np.concatenate([part.arrays.read(name).reshape(-1, width)[part.live].ravel() for part in parts])
    for name in BLOBS:
        sizes = [np.diff(part.arrays.read(f"{name}_at").astype(np.int64))[part.live] for part in parts]
        found[f"{name}_at"] = starts_of(np.concatenate(sizes))
    return found


def _blob_size(parts: Sequence[Part], name: str) -> int:
    return sum(int(np.diff(part.arrays.read(f"{name}_at").astype(np.int64))[part.live].sum()) for part in parts)


def _blob_pieces(parts: Sequence[Part], name: str) -> Iterator[Array]:
    """The bytes of live articles, in runs of neighbours."""
    for part in parts:
        at = part.arrays.read(f"{name}_at").astype(np.int64)
        data = partial(part.arrays.read, name)
        edges = np.flatnonzero(np.diff(np.concatenate([[False], part.live, [False]]).astype(np.int8)))
        for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            yield from (data(place, min(at[end], place + PIECE)) for place in range(at[start], at[end], PIECE))


_KEYS: Final = {"word": "word_prefix", "gram": "gram_code", "char": "char_code"}


@dataclass(frozen=True, slots=True)
class _Slice:
    """One part's terms in a range: numbers low to high - 1, the merged number of each, and its live postings."""

    low: int
    high: int
    numbers: Ints
    sizes: Ints


@dataclass(frozen=True, slots=True)
class _Range:
    """A run of merged terms that have live articles, as keys and (for words) as bytes."""

    keys: Array
    words: list[bytes]
    slices: list[_Slice]
    counts: Ints
    positions: Ints


class _Terms:
    """The terms of one kind, merged range by range: nothing is held of more terms, or postings, than a range has."""

    def __init__(self, parts: Sequence[Part], kind: str) -> None:
        self._parts = parts
        self._kind = kind
        self._bounds = self._divided()
        self._terms = self._bytes = self._postings = self._positions = 0
        for found in self._ranges():
            self._terms += len(found.keys)
            self._bytes += sum(map(len, found.words))
            self._postings += int(found.counts.sum())
            self._positions += int(found.positions.sum())
        self._many = sum(int(self._live_many(part).sum()) for part in parts) if kind != "char" else 0

    def layout(self) -> dict[str, tuple[str, int]]:
        """The arrays that `write` fills."""
        kind, terms = self._kind, self._terms
        found = {_KEYS[kind]: ("<u8", terms), f"{kind}_start": ("<u8", terms + 1)}
        found[f"{kind}_doc"] = ("<u4", self._postings)
        if kind != "char":
            found[f"{kind}_tf"] = ("<u4", self._postings)
            found |= {f"{kind}_many": ("<u8", self._many), f"{kind}_many_tf": ("<u4", 3 * self._many)}
        if kind == "word":
            found |= {"word_at": ("<u8", terms + 1), "word": ("|u1", self._bytes)}
        if kind == "gram":
            found |= {"gram_place": ("<u8", terms + 1), "gram_pos": ("<u4", self._positions)}
        return found

    def write(self, file: ArrayFileWriter) -> None:
        """Writes the terms and their postings."""
        kind = self._kind
        ends = {f"{kind}_start": 0} | ({"word_at": 0} if kind == "word" else {})
        ends |= {"gram_place": 0} if kind == "gram" else {}
        for name in ends:
            file.write(name, np.zeros(1, np.uint64))
        for found in self._ranges():
            runs = {f"{kind}_start": found.counts.sum(axis=0), "gram_place": found.positions}
            runs["word_at"] = np.fromiter(map(len, found.words), np.int64, len(found.words))
            first = ends[f"{kind}_start"]
            for name in ends:
                file.write(name, ends[name] + np.cumsum(runs[name]))
                ends[name] += int(runs[name].sum())
            file.write(_KEYS[kind], found.keys)
            if kind == "word":
                file.write("word", np.frombuffer(b"".join(found.words), np.uint8))
            for name, values in self._postings_of(found, first).items():
                file.write(name, values)

    def _divided(self) -> list[Array]:
        """For each part, where its terms are divided: at the same keys in all, CHUNK postings or TERMS apart."""
        chosen = [np.empty(0, np.uint64)]
        for part in self._parts:
            # Read, not mapped: searching would keep the pages it looks at, in the end all, in this process.
            keys, start = part.arrays.read(_KEYS[self._kind]), part.arrays.read(f"{self._kind}_start")
            load = np.arange(0, int(start[-1]), max(1, CHUNK // len(self._parts)), dtype=np.uint64)
            at = np.concatenate([np.searchsorted(start, load), np.arange(0, len(keys), TERMS)]).astype(np.int64)
            chosen.append(keys[at[at < len(keys)]].astype(np.uint64))
        edges = _distinct(np.sort(np.concatenate(chosen)))
        found = []
        for part in self._parts:
            keys = part.arrays.read(_KEYS[self._kind])
            places = np.searchsorted(keys, edges[1:].astype(keys.dtype))
            found.append(np.concatenate([[0], places, [len(keys)]]).astype(np.int64))
        return found

    def _ranges(self) -> Iterator[_Range]:
        for number in range(len(self._bounds[0]) - 1):
            yield self._range([(int(bounds[number]), int(bounds[number + 1])) for bounds in self._bounds])

    def _range(self, runs: Sequence[tuple[int, int]]) -> _Range:
        """The terms `runs` of the parts, merged, without those that no live article has."""
        keys, words, numbers = self._merged(runs)
        counts = np.zeros((len(runs), len(keys)), np.int64)
        positions = np.zeros(len(keys), np.int64)
        sizes = []
        for row, (part, (low, high)) in enumerate(zip(self._parts, runs, strict=True)):
            sizes.append(self._live_sizes(part, low, high))
            counts[row, numbers[row]] = sizes[row]
            if self._kind == "gram":
                positions[numbers[row]] += self._live_positions(part, low, high)
        kept = counts.sum(axis=0) > 0
        # A term that goes has no postings, so that its number is of no account.
        new = np.maximum(np.cumsum(kept) - 1, 0)
        slices = [
            _Slice(low, high, new[number], size) for (low, high), number, size in zip(runs, numbers, sizes, strict=True)
        ]
        words = [word for word, stays in zip(words, kept.tolist(), strict=True) if stays] if words else []
        return _Range(keys[kept], words, slices, counts[:, kept], positions[kept])

    def _merged(self, runs: Sequence[tuple[int, int]]) -> tuple[Array, list[bytes], list[Ints]]:
        """(merged keys, words, the merged number of each part's terms)."""
        if self._kind != "word":
            lists = [
                part.arrays.read(_KEYS[self._kind], low, high)
                for part, (low, high) in zip(self._parts, runs, strict=True)
            ]
            codes = _distinct(np.sort(np.concatenate(lists)))
            return codes, [], [np.searchsorted(codes, one).astype(np.int64) for one in lists]
        held = [words_of(part.arrays, low, high) for part, (low, high) in zip(self._parts, runs, strict=True)]
        words = sorted(set().union(*held))
        number = {word: i for i, word in enumerate(words)}
        return prefixes(words), words, [np.array([number[word] for word in one], np.int64) for one in held]

    def _postings_of(self, found: _Range, first: int) -> dict[str, Array]:
        """The postings of a range, whose first one is number `first` of the merged segment."""
        kind = self._kind
        totals = found.counts.sum(axis=0)
        # Where each part's postings of each term go: after those of the terms and of the parts before.
        starts = np.cumsum(totals) - totals + np.cumsum(found.counts, axis=0) - found.counts
        count = int(totals.sum())
        doc, tf = np.empty(count, np.uint32), np.empty(count, np.uint32)
        lengths = np.zeros(count if kind == "gram" else 0, np.int64)
        placed: list[tuple[Ints, Ints, Array]] = []
        many: list[tuple[Ints, Array]] = []
        for row, (part, run) in enumerate(zip(self._parts, found.slices, strict=True)):
            if not run.sizes.any():
                continue
            begin, end = _edges(part, f"{kind}_start", run.low, run.high)
            docs = part.renumbered[part.arrays.read(f"{kind}_doc", begin, end)]
            live = docs >= 0
            target = np.repeat(starts[row, run.numbers], run.sizes) + _counted(run.sizes)
            doc[target] = docs[live]
            if kind == "char":
                continue
            packed = part.arrays.read(f"{kind}_tf", begin, end)
            tf[target] = packed[live]
            many.append(self._moved_many(part, begin, live, target))
            if kind == "gram":
                runs = run_lengths(part.arrays, packed, begin)
                at = _edges(part, "gram_place", run.low, run.high)
                lengths[target] = runs[live]
                placed.append((target, runs[live], part.arrays.read("gram_pos", *at)[np.repeat(live, runs)]))
        values: dict[str, Array] = {f"{kind}_doc": doc}
        if kind != "char":
            places = np.concatenate([np.empty(0, np.int64), *(place for place, _ in many)])
            order = np.argsort(places)
            counts = np.concatenate([np.empty((0, 3), np.uint32), *(each for _, each in many)])
            values |= {f"{kind}_tf": tf, f"{kind}_many": first + places[order]}
            values[f"{kind}_many_tf"] = counts[order].ravel()
        if kind == "gram":
            values["gram_pos"] = _placed(lengths, placed)
        return values

    def _moved_many(self, part: Part, begin: int, live: NDArray[np.bool_], target: Ints) -> tuple[Ints, Array]:
        """(where the postings of a slice come to stand whose frequencies do not fit, those frequencies)."""
        many = part.arrays[f"{self._kind}_many"]
        low, high = np.searchsorted(many, [np.uint64(begin), np.uint64(begin + len(live))])
        inside = many[low:high].astype(np.int64) - begin
        stays = live[inside]
        rank = np.cumsum(live) - 1
        counts = part.arrays[f"{self._kind}_many_tf"].reshape(-1, 3)[low:high]
        return target[rank[inside[stays]]], counts[stays]

    def _live_many(self, part: Part) -> NDArray[np.bool_]:
        """Which of a part's postings whose frequencies do not fit are of live articles."""
        places = part.arrays[f"{self._kind}_many"].astype(np.int64)
        return part.live[part.arrays[f"{self._kind}_doc"][places]]

    def _live_sizes(self, part: Part, low: int, high: int) -> Ints:
        start = part.arrays.read(f"{self._kind}_start", low, high + 1).astype(np.int64)
        if low == high or part.live.all():
            return start[1:] - start[:-1]
        live = part.live[part.arrays.read(f"{self._kind}_doc", int(start[0]), int(start[-1]))]
        return _sums(live, start - start[0])

    def _live_positions(self, part: Part, low: int, high: int) -> Ints:
        place = part.arrays.read("gram_place", low, high + 1).astype(np.int64)
        if low == high or part.live.all():
            return place[1:] - place[:-1]
        start = part.arrays.read("gram_start", low, high + 1).astype(np.int64)
        begin, end = int(start[0]), int(start[-1])
        runs = run_lengths(part.arrays, part.arrays.read("gram_tf", begin, end), begin)
        return _sums(np.where(part.live[part.arrays.read("gram_doc", begin, end)], runs, 0), start - begin)


def _edges(part: Part, name: str, low: int, high: int) -> tuple[int, int]:
    first, last = (int(part.arrays.read(name, at, at + 1)[0]) for at in (low, high))
    return first, last


def _distinct(values: Array) -> Array:
    """Sorted values, each once."""
    return values[np.concatenate([[True], values[1:] != values[:-1]])] if len(values) else values


def _sums(values: Array, starts: Ints) -> Ints:
    """The sum of each run [starts[i], starts[i + 1])."""
    total = np.concatenate([[0], np.cumsum(values)])[starts]
    sums: Ints = total[1:] - total[:-1]
    return sums


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
