"""Several segments -> one, without the deleted articles; articles keep their order. Memory is bounded by CHUNK."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .arrays import Array, ArrayFile, ArrayFileWriter
from .kernel_writing import make_merger
from .packing import encode_text, starts_of
from .plain_writing import Kind, Lists
from .segment import category_names

#: Values (postings, offsets, terms) merged at a time: some 20 bytes of memory each.
CHUNK: Final = 250_000
#: What is stored of articles as bytes, one after another.
BLOBS: Final = ("id", "meta", "text")
#: Bytes of texts copied at a time.
PIECE: Final = 4 << 20


@dataclass(frozen=True, slots=True)
class Part:
    """A segment to be merged: its arrays, and the new number of each of its articles, -1 for deleted ones."""

    arrays: ArrayFile
    renumbered: NDArray[np.int32]

    @property
    def live(self) -> NDArray[np.bool_]:
        """Which articles stay."""
        return self.renumbered >= 0


def parts_of(segments: Sequence[tuple[ArrayFile, NDArray[np.bool_]]]) -> list[Part]:
    """Parts with articles numbered on; `segments` are (arrays, mask of live articles)."""
    parts = []
    first = 0
    for arrays, live in segments:
        renumbered = np.where(live, first + np.cumsum(live) - 1, -1).astype(np.int32)
        first += int(live.sum())
        parts.append(Part(arrays, renumbered))
    return parts


def merge(parts: Sequence[Part], path: Path, *, threads: int = 1) -> int:
    """Writes the merged segment as a new file, durably; the number of its articles."""
    with ThreadPoolExecutor(threads) as pool:
        _merge(parts, path, pool)
    return sum(int(part.live.sum()) for part in parts)


def _merge(parts: Sequence[Part], path: Path, pool: ThreadPoolExecutor) -> None:
    # Bigrams first, which take most of the time; the loops and the writing let go of the interpreter's lock.
    kinds = list(pool.map(partial(_Terms, parts), ("gram", "word", "char")))
    small = _small_arrays(parts)
    layout: dict[str, tuple[str, int]] = {name: (array.dtype.str, len(array)) for name, array in small.items()}
    layout |= {name: ("|u1", _blob_size(parts, name)) for name in BLOBS}
    for terms in kinds:
        layout |= terms.layout()
    with ArrayFileWriter(path, layout) as file:
        writing = [pool.submit(terms.write, file) for terms in kinds]
        writing.append(pool.submit(_write_documents, parts, small, file))
        try:
            for done in writing:
                done.result()
        except BaseException:
            # Nobody may still be writing when the file is closed: its number may then be another file's.
            for one in writing:
                one.cancel()
            wait(writing)
            raise
        file.finish()


def _write_documents(parts: Sequence[Part], small: dict[str, Array], file: ArrayFileWriter) -> None:
    for name, array in small.items():
        file.write(name, array)
    for name in BLOBS:
        for piece in _blob_pieces(parts, name):
            file.write(name, piece)


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


_KEYS: Final[dict[Kind, str]] = {"word": "word_prefix", "gram": "gram_code", "char": "char_code"}
#: Further arrays of each kind, in the order of Lists.
_MORE: Final[dict[Kind, tuple[str, ...]]] = {
    "word": ("word_tf", "word_many", "word_many_tf", "word_at", "word"),
    "gram": ("gram_tf", "gram_many", "gram_many_tf", "gram_place", "gram_pos"),
    "char": (),
}
_NOTHING: Final = (np.empty(0, np.uint32),) * 5


class _Terms:
    """The terms of one kind, merged run by run: nothing is held of more terms, or postings, than a run has."""

    def __init__(self, parts: Sequence[Part], kind: Kind) -> None:
        self._kind = kind
        self._files = [part.arrays for part in parts]
        names = (f"{kind}_start", f"{kind}_doc", _KEYS[kind], *_MORE[kind])
        rest = _NOTHING[len(_MORE[kind]) :]
        self._merger = make_merger(
            kind, [Lists(part.renumbered, *(part.arrays[name] for name in names), *rest) for part in parts]
        )
        while (sizes := self._merger.count(CHUNK)) is None:
            self._let_go()
        self._let_go()
        self._sizes = sizes

    def layout(self) -> dict[str, tuple[str, int]]:
        """The arrays that `write` fills."""
        kind, sizes = self._kind, self._sizes
        found = {_KEYS[kind]: ("<u8", sizes.terms), f"{kind}_start": ("<u8", sizes.terms + 1)}
        found[f"{kind}_doc"] = ("<u4", sizes.postings)
        if kind != "char":
            found[f"{kind}_tf"] = ("<u4", sizes.postings)
            found |= {f"{kind}_many": ("<u8", sizes.many), f"{kind}_many_tf": ("<u4", 3 * sizes.many)}
        if kind == "word":
            found |= {"word_at": ("<u8", sizes.terms + 1), "word": ("|u1", sizes.bytes)}
        if kind == "gram":
            found |= {"gram_place": ("<u8", sizes.terms + 1), "gram_pos": ("<u4", sizes.positions)}
        return found

    def write(self, file: ArrayFileWriter) -> None:
        """Writes the terms and their postings."""
        kind = self._kind
        ends = {f"{kind}_start": 0} | {"word": {"word_at": 0}, "gram": {"gram_place": 0}, "char": {}}[kind]
        for name in ends:
            file.write(name, np.zeros(1, np.uint64))
        while (found := self._merger.next(CHUNK)) is not None:
            runs = {f"{kind}_start": found.counts, "gram_place": found.places, "word_at": found.sizes}
            for name in ends:
                file.write(name, ends[name] + np.cumsum(runs[name], dtype=np.int64))
                ends[name] += int(runs[name].sum())
            file.write(_KEYS[kind], found.keys)
            file.write(f"{kind}_doc", found.doc)
            if kind != "char":
                for name, values in (("tf", found.tf), ("many", found.many), ("many_tf", found.many_tf)):
                    file.write(f"{kind}_{name}", values)
            if kind == "word":
                file.write("word", found.words)
            if kind == "gram":
                file.write("gram_pos", found.pos)
            self._let_go()

    def _let_go(self) -> None:
        for arrays in self._files:
            arrays.let_go()
