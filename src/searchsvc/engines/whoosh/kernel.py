"""The loops of a search over arrays: compiled where a C compiler was at hand when installing, else in numpy.

Both keep the one interface `Reader`, and give the same answers (tests/test_kernel.py). Documents are numbered through
the segments of a snapshot, from 0, deleted ones included.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from . import plain
from .arrays import Array, ArrayFile

Docs = NDArray[np.int32]
#: Where a term's postings are: what `find` gives and the other methods take. Its content is the reader's own business.
Runs = bytes
#: The postings of a frequent term, made ready to be looked up and added: what `frequent` gives.
Frequent = bytes
#: A word as `search` takes it: runs, what `frequent` gave or None, weight, mass.
Word = tuple[Runs, Frequent | None, float, int]
#: A bigram as `search` takes it: runs, what `frequent` gave or None, weight.
Gram = tuple[Runs, Frequent | None, float]
#: (live documents, runs) of a term; None where no live document has it.
Located = tuple[int, Runs] | None
#: (match set as int32, ascending; ([best documents], [their scores]), best first; counts of categories; of years).
Answer = tuple[bytearray, tuple[list[int], list[float]], list[int], list[int]]

#: First and last moment of a search that takes any: the one that undated articles have too.
ANY_TIME: Final = (0, 0)


@dataclass(frozen=True, slots=True)
class Columns:
    """What filters and facets need of every document: numbers of category and year (-1: none), moments (0: undated)."""

    categories: NDArray[np.int32]
    category_kinds: int
    years: NDArray[np.int32]
    year_kinds: int
    moments: NDArray[np.int64]


class Reader(Protocol):
    """Searches the segments of one snapshot."""

    def find(self, words: list[bytes], grams: list[str]) -> tuple[list[Located], list[Located]]:
        """Where the postings of words and of bigrams are."""
        ...

    def frequent(self, runs: Runs, word: bool) -> Frequent:
        """The impacts of a frequent term, and in a quarter of a byte an article where each of them is."""
        ...

    def documents(self, runs: Runs) -> bytearray:
        """Live documents with a word, ascending, as int32."""
        ...

    def containing(self, text: str) -> bytearray:
        """Live documents with a folded string inside one line of one field, ascending, as int32."""
        ...

    def search(
        self,
        words: list[Word],
        grams: list[Gram],
        need: int,
        candidates: Array | bytearray | None,
        extra: Array | bytearray | None,
        allowed: Array | None,
        wanted: bytes | None,
        low: int,
        high: int,
        k: int,
        facets: bool,
    ) -> Answer:
        """The match set of words, and the best k of it by the scores of words and bigrams, with all that tie.

        A document matches when the masses of its words come to `need`, it is one of `candidates` (None: any), it is
        `allowed` (None: all are), `wanted` holds 1 for its category + 1 (None: any), and its moment lies between
        `low` and `high` (ANY_TIME: any). Those of `extra` match whatever mass they have, allowed or not. A score is
        the sum of weight times saturated BM25F frequency. Without `facets` the counts are empty.
        """
        ...


try:
    _compiled: Any = importlib.import_module("._kernel", __package__)
except ImportError:  # no compiler when this was installed
    _compiled = None

#: Whether the compiled loops are in use.
COMPILED: Final = _compiled is not None


def make_reader(
    segments: Sequence[tuple[int, int, ArrayFile]],
    norms: NDArray[np.float32],
    live: NDArray[np.uint8] | None,
    columns: Columns,
    k1: float,
) -> Reader:
    """A reader of segments: (first document, documents, arrays) of each.

    `norms[field, doc]` is what one occurrence in title, headings or body counts; `live` is 1 for documents
    that are not deleted (None: none is). ValueError when the arrays do not agree with one another.
    """
    parts = tuple(_part(*segment) for segment in segments)
    make = _compiled.Reader if _compiled else plain.Reader
    reader: Reader = make(
        parts, norms, live, columns.categories, columns.category_kinds, columns.years, columns.year_kinds,
        columns.moments, k1,
    )  # fmt: skip
    return reader


def _part(first: int, size: int, arrays: ArrayFile) -> tuple[object, ...]:
    lists = ("start", "doc", "tf", "many", "many_tf")
    words = (
        *(arrays[f"word_{name}"] for name in lists),
        *(arrays[name] for name in ("word_prefix", "word_at", "word")),
    )
    grams = (
        *(arrays[f"gram_{name}"] for name in lists),
        *(arrays[f"gram_{name}"] for name in ("code", "place", "pos")),
    )
    return first, size, words, grams, tuple(arrays[f"char_{name}"] for name in ("start", "doc", "code"))


def texts(at: NDArray[np.uint64], data: NDArray[np.uint8], numbers: list[int]) -> list[str]:
    """The string of each number: data[at[number]] to data[at[number + 1]], in UTF-8."""
    if _compiled:
        found: list[str] = _compiled.texts(at, data, numbers)
        return found
    return [data[at[number] : at[number + 1]].tobytes().decode("utf-8", "surrogatepass") for number in numbers]


def fold(groups: NDArray[np.int32], matches: bytearray, kinds: int) -> tuple[int, memoryview]:
    """(matches that lie under another one of their group, matches of each of `kinds` groups as int32).

    `groups` has the number of each document's group, -1 for none. ValueError for numbers that lie outside.
    """
    # With the 768 matches of a median question at 20,000 articles 1.4 us, and 10 in numpy: 16 when what it needs has
    # left the processor's caches, a tenth of the whole search.
    under, counts = (_compiled or plain).fold(groups, matches, kinds)
    return under, memoryview(counts).cast("i")
