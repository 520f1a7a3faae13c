"""The loops of a search over arrays: compiled where a C compiler was at hand when installing, else in numpy.

Both give the same numbers, up to rounding in the last place (tests/test_kernel.py). Without the compiled part a
search takes about 4 times as long (docs/performance.md). Documents are int32 numbers, ascending; scores float32.
"""

from __future__ import annotations

import importlib
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Docs = NDArray[np.int32]
Floats = NDArray[np.float32]
#: Parts of MASS_UNIT: whole numbers, half the size of what could hold the sums of fractions.
Masses = NDArray[np.int32]
#: A term as it is added: docs, impacts, impacts of every document (or None), weight, mass.
Weighted = tuple[Docs, Floats, Floats | None, float, int]
#: What find, gather and accumulate take of each segment: (first document, start, doc, tf, many, codes of bigrams) or
#: (first document, start, doc, tf, many, prefixes, at, data of words).
Segments = tuple[tuple[object, ...], ...]
#: A term as it is added straight from the segments: these, its runs (see find), weight, mass.
Located = tuple[Segments, bytes, float, int]
#: A Weighted with, in place of a mass, the most that it and the terms behind it can add to a document.
Bounded = tuple[Docs, Floats, Floats | None, float, float]
Run = tuple[int, int, int]

#: What the compiled loop has room for.
_MOST_SEGMENTS: Final = 256

try:
    _compiled: Any = importlib.import_module("._kernel", __package__)
except ImportError:  # no compiler when this was installed
    _compiled = None

#: Whether the compiled loops are in use.
COMPILED: Final = _compiled is not None


def impacts(docs: Docs, tf: NDArray[np.uint32], norms: Floats, k1: float) -> Floats:
    """Saturated BM25F frequencies of packed frequencies; norms[doc] are those of the three fields, and a filling."""
    found = np.empty(len(docs), np.float32)
    if _compiled:
        _compiled.impacts(docs, tf, norms, found, k1)
        return found
    _check(docs, len(norms))
    chosen = norms[docs]
    frequency = (tf >> np.uint32(25)) * chosen[:, 0].astype(np.float64)
    frequency += (tf >> np.uint32(16) & np.uint32(511)) * chosen[:, 1].astype(np.float64)
    frequency += (tf & np.uint32(65535)) * chosen[:, 2].astype(np.float64)
    found[:] = frequency * (k1 + 1.0) / (frequency + k1)
    return found


def accumulate(
    score: Floats,
    mass: Masses,
    terms: list[Weighted | Located],
    norms: Floats,
    live: NDArray[np.uint8] | None,
    k1: float,
) -> None:
    """Sets score[doc] to the sum of weight * impact and mass[doc] to that of masses, over the postings of the terms.

    Located terms are for the compiled part only, which alone gives them (see find).
    """
    if _compiled:
        _compiled.accumulate(score, mass, terms, norms, live, k1)
        return
    score.fill(0)
    mass.fill(0)
    for term in terms:
        if len(term) != 5:
            raise TypeError("a located term needs the compiled part")
        docs, values, dense, weight, held = term
        _add(score, docs, values, dense, weight)
        if dense is not None and held:
            mass += np.where(dense > 0, np.int32(held), np.int32(0))
        elif dense is None:
            mass[docs] += np.int32(held)


def match(mass: Masses, need: int, allowed: NDArray[np.uint8] | None, extra: Docs | None) -> Docs:
    """Documents with at least `need` mass that are allowed (None: all are), and those of `extra` anyway."""
    if _compiled:
        found = np.empty(len(mass), np.int32)
        count: int = _compiled.match(mass, need, allowed, extra, found)
        return found[:count]
    mask = mass >= need
    if allowed is not None:
        mask &= allowed.view(np.bool_)
    if extra is not None:
        mask[extra] = True
    return np.flatnonzero(mask).astype(np.int32)


def finish(score: Floats, docs: Docs, k: int, last: list[Bounded]) -> Docs:
    """Those of the documents that score at least as much as the k-th best of them, in no order of score.

    `last` are terms still to be added: compiled, only documents that can be among the k best get them, so that the
    scores of the others are not to be used.
    """
    if _compiled:
        found = np.empty(len(docs), np.int32)
        count: int = _compiled.finish(score, docs, k, last, found)
        return found[:count]
    for docs_of, values, dense, weight, _ in last:
        _add(score, docs_of, values, dense, weight)
    if k >= len(docs):
        return docs
    scores = score[docs]
    chosen: Docs = docs[scores >= np.partition(scores, len(docs) - k)[len(docs) - k]]
    return chosen


def find(
    segments: Segments, terms: list[bytes] | list[str], live: NDArray[np.uint8] | None
) -> list[tuple[int, bytes | None] | None]:
    """(live documents, runs) of each term, a word in bytes or a bigram; None where no live document has it.

    Runs say where the postings are; without the compiled part, and for huge frequencies, they are None.
    """
    if not _compiled or len(segments) > _MOST_SEGMENTS:
        return [(0, None)] * len(terms)
    found: list[tuple[int, bytes | None] | None] = _compiled.find(segments, terms, live)
    return found


def containing(segments: Segments, text: str, live: NDArray[np.uint8] | None) -> Docs | None:
    """Live documents with a string of two or more characters, ascending; None without the compiled part.

    A segment is (first document, start, doc, tf, code, place, pos, many, many_tf), of bigrams.
    """
    return np.frombuffer(_compiled.containing(segments, text, live), np.int32) if _compiled else None


def text(at: NDArray[np.uint64], data: NDArray[np.uint8], number: int) -> str:
    """The string of this number: data[at[number]] to data[at[number + 1]], in UTF-8."""
    if _compiled:
        found: str = _compiled.text(at, data, number)
        return found
    return data[at[number] : at[number + 1]].tobytes().decode("utf-8", "surrogatepass")


def tally(codes: NDArray[np.int32], docs: Docs, kinds: int) -> NDArray[np.int64]:
    """How many of the documents have each code, 0 to kinds - 1; -1 is none."""
    counts = np.zeros(kinds + 1, np.int64)
    if _compiled:
        _compiled.tally(codes, docs, counts)
    else:
        counts += np.bincount(codes[docs] + 1, minlength=kinds + 1)
    return counts[1:]


def common(few: Docs, many: Docs) -> Docs:
    """Numbers in both ascending arrays."""
    if _compiled:
        found = np.empty(len(few), np.int32)
        count: int = _compiled.common(few, many, found)
        return found[:count]
    at = np.searchsorted(many, few)
    at[at == len(many)] = 0
    return few[many[at] == few] if len(many) else few[:0]


def find_code(codes: NDArray[np.uint64], start: NDArray[np.uint64], code: int) -> Run | None:
    """The number of a code in an ascending array, and where its postings begin and end; None without it."""
    if _compiled:
        run: Run | None = _compiled.find_code(codes, start, code)
        return run
    place = int(codes.searchsorted(np.uint64(code)))
    if place == len(codes) or codes[place] != code:
        return None
    return place, int(start[place]), int(start[place + 1])


def find_word(
    prefixes: NDArray[np.uint64],
    at: NDArray[np.uint64],
    data: NDArray[np.uint8],
    start: NDArray[np.uint64],
    word: bytes,
) -> Run | None:
    """As find_code for a word: `prefixes` are the words' first 8 bytes as numbers, `at` where each lies in `data`."""
    if _compiled:
        run: Run | None = _compiled.find_word(prefixes, at, data, start, word)
        return run
    prefix = np.uint64(int.from_bytes(word[:8].ljust(8, b"\0"), "big"))
    low, high = int(prefixes.searchsorted(prefix)), int(prefixes.searchsorted(prefix, "right"))
    while low < high:
        middle = (low + high) // 2
        found = data[int(at[middle]) : int(at[middle + 1])].tobytes()
        if found == word:
            return middle, int(start[middle]), int(start[middle + 1])
        if found < word:
            low = middle + 1
        else:
            high = middle
    return None


def gather(
    segments: Segments,
    term: int | bytes,
    norms: Floats,
    live: NDArray[np.uint8] | None,
    k1: float,
) -> tuple[Docs, Floats] | None:
    """(live documents, impacts) of a term over segments; None where this has to be done segment by segment."""
    if not _compiled or len(segments) > _MOST_SEGMENTS:
        return None
    docs, values, many = _compiled.gather(segments, term, norms, live, k1)
    return None if many else (np.frombuffer(docs, np.int32), np.frombuffer(values, np.float32))


def _add(score: Floats, docs: Docs, values: Floats, dense: Floats | None, weight: float) -> None:
    if dense is not None:
        score += np.float32(weight) * dense
        return
    _check(docs, len(score))
    score[docs] += np.float32(weight) * values


def _check(docs: Docs, size: int) -> None:
    if len(docs) and not 0 <= int(docs.min()) <= int(docs.max()) < size:
        raise ValueError("a posting names a document that is not there")
