"""The compiled loops and their numpy twins give the same numbers, and neither reads or writes outside its arrays."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from searchsvc.engines import open_engine
from searchsvc.engines.whoosh import kernel, scorer
from searchsvc.engines.whoosh.postings import ArraySource
from searchsvc.models import SearchRequest
from searchsvc.relevance import K1
from searchsvc.text.fold import fold
from support_articles import DIGEST, article, cut, query_of, random_article, random_request

SIZE = 500
NORMS = np.ones((SIZE, 4), np.float32)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def some_docs(rng: np.random.Generator, count: int, size: int = SIZE) -> NDArray[np.int32]:
    return np.sort(rng.choice(size, count, replace=False)).astype(np.int32)


def both(monkeypatch: pytest.MonkeyPatch, call: Callable[[], Any]) -> Iterator[Any]:
    """What the call gives with the compiled loops, then without."""
    assert kernel.COMPILED, "the tests need the compiled loops: is there a C compiler?"
    yield call()
    monkeypatch.setattr(kernel, "_compiled", None)
    yield call()


def test_impacts_agree(rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    docs = some_docs(rng, 200)
    tf = rng.integers(1, 1 << 32, 200, dtype=np.uint32)
    norms = rng.random((SIZE, 4), dtype=np.float32)
    one, other = both(monkeypatch, lambda: kernel.impacts(docs, tf, norms, K1))
    assert one == pytest.approx(other, rel=1e-6)
    title, headings, body = int(tf[3] >> 25), int(tf[3] >> 16 & 511), int(tf[3] & 65535)
    frequency = float(np.array([title, headings, body]) @ norms[docs[3], :3].astype(float))
    assert one[3] == pytest.approx(frequency * (K1 + 1) / (frequency + K1), rel=1e-6)


@pytest.mark.parametrize("held", [0, 15])
def test_accumulating_agrees_sparse_and_dense(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch, held: int
) -> None:
    docs = some_docs(rng, 200)
    values = rng.random(200, dtype=np.float32) + np.float32(0.1)
    dense = np.zeros(SIZE, np.float32)
    dense[docs] = values

    def added() -> list[Any]:
        found = []
        for spread in (None, dense):
            score, mass = np.ones(SIZE, np.float32), np.ones(SIZE, np.int32)  # what was there before is gone
            terms: list[Any] = [(docs, values, spread, 2.0, held), (docs, values, None, 0.5, 0)]
            kernel.accumulate(score, mass, terms, NORMS, None, K1)
            found += [score, mass]
        return found

    expected = np.zeros(SIZE, np.int32)
    expected[docs] += held
    for score, mass, score_too, mass_too in both(monkeypatch, added):
        assert score == pytest.approx(score_too, rel=1e-6)
        assert score[docs] == pytest.approx(2.5 * values, rel=1e-6)
        assert (mass == expected).all()
        assert (mass_too == expected).all()


@pytest.mark.parametrize("with_allowed", [False, True])
@pytest.mark.parametrize("with_extra", [False, True])
def test_matching_agrees(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch, with_allowed: bool, with_extra: bool
) -> None:
    mass = rng.integers(0, 100, SIZE).astype(np.int32)
    allowed = (rng.random(SIZE) < 0.5).astype(np.uint8) if with_allowed else None
    extra = some_docs(rng, 20) if with_extra else None
    one, other = both(monkeypatch, lambda: kernel.match(mass, 70, allowed, extra))
    assert (one == other).all()
    mask = (mass >= 70) & (allowed > 0 if allowed is not None else True)
    if extra is not None:
        mask[extra] = True
    assert (one == np.flatnonzero(mask)).all()


@pytest.mark.parametrize("k", [1, 10, 99, 100, 1_000])
def test_the_best_are_those_of_sorting_with_all_that_tie(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch, k: int
) -> None:
    score = rng.integers(0, 12, SIZE).astype(np.float32)
    docs = some_docs(rng, 100)
    one, other = both(monkeypatch, lambda: kernel.finish(score, docs, k, []))
    assert (one == other).all()
    least = np.sort(score[docs])[::-1][min(k, 100) - 1]
    assert (one == docs[score[docs] >= least]).all()


@pytest.mark.parametrize("k", [1, 10, 100, 1_000])
def test_terms_left_to_the_end_change_nothing_about_the_best(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch, k: int
) -> None:
    docs = some_docs(rng, 100)
    start = rng.random(SIZE, dtype=np.float32) * 10
    terms: list[kernel.Bounded] = []
    bound = 0.0
    full = start.copy()
    for count in (5, 60, 400, SIZE):
        held, values = some_docs(rng, count), rng.random(count, dtype=np.float32)
        dense = np.zeros(SIZE, np.float32) if count == 400 else None
        if dense is not None:
            dense[held] = values
        bound += 0.5 * float(values.max())
        full[held] += np.float32(0.5) * values
        terms.insert(0, (held, values, dense, 0.5, bound))

    def finished() -> tuple[list[int], list[float]]:
        score = start.copy()
        found = kernel.finish(score, docs, k, terms)
        return found.tolist(), score[found].tolist()

    least = np.sort(full[docs])[::-1][min(k, 100) - 1]
    for found, scores in both(monkeypatch, finished):
        assert found == docs[full[docs] >= least].tolist()
        assert scores == pytest.approx(full[found].tolist(), rel=1e-5)


@pytest.mark.parametrize("with_deleted", [False, True])
def test_located_postings_are_added_as_their_impacts_are(rng: np.random.Generator, with_deleted: bool) -> None:
    size = 20_000  # more than one block of documents
    live = (rng.random(size) < 0.8).astype(np.uint8) if with_deleted else None
    norms = rng.random((size, 4), dtype=np.float32)
    halves = [some_docs(rng, 3_000, size // 2).astype(np.uint32) for _ in range(2)]
    packed = [rng.integers(1, 1 << 25, 3_000, dtype=np.uint32) for _ in range(2)]
    none, start = np.empty(0, np.uint64), np.array([0, 0, 3_000], np.uint64)
    codes = np.array([1, ord("借") << 21 | ord("呗")], np.uint64)
    segments = tuple((n * size // 2, start, halves[n], packed[n], none, codes) for n in range(2))
    (found, absent) = kernel.find(segments, ["借呗", "花呗"], live)
    assert absent is None
    assert found is not None
    df, runs = found
    assert runs is not None
    docs = np.concatenate([halves[0], halves[1] + size // 2]).astype(np.int32)
    impacts = kernel.impacts(docs, np.concatenate(packed), norms, K1)
    kept = slice(None) if live is None else live[docs] > 0
    assert df == len(docs[kept])
    score, mass = np.zeros(size, np.float32), np.zeros(size, np.int32)
    expected, expected_mass = score.copy(), mass.copy()
    expected[docs[kept]] = 2.0 * impacts[kept]
    expected_mass[docs[kept]] = 7
    kernel.accumulate(score, mass, [(segments, runs, 2.0, 7)], norms, live, K1)
    assert score == pytest.approx(expected, rel=1e-5)
    assert (mass == expected_mass).all()


def test_a_search_with_the_compiled_loops_and_without_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(3)
    articles = [random_article(chance, number) for number in range(240)]
    often = [article(f"often-{n}", "借呗借呗", "借呗" * n + "\n花呗" + "呗借" * 70_000) for n in (1, 400, 70_000)]
    engine = open_engine(tmp_path, DIGEST)
    with engine.writer(create=True) as writer:
        for number, one in enumerate([*articles, *often]):
            writer.put(one)
            if number % 60 == 59:
                writer.commit()
        writer.commit()
        for one in articles[::7]:
            writer.remove(one.stored.id)
        writer.commit()
    snapshot = engine.snapshot()
    assert len(snapshot.segments) > 1  # type: ignore[attr-defined]
    requests = [random_request(chance, articles) for _ in range(300)]
    requests += [SearchRequest(query_of(text)) for text in ("借呗", "借呗花呗", "呗花", "呗借呗借", "借呗借呗花")]
    asked = ["借呗", "呗借呗", "借呗花", "借呗借呗借", *(cut(chance, articles) for _ in range(100))]

    def answers() -> tuple[list[Any], list[list[int]]]:
        source = ArraySource(snapshot.segments)  # type: ignore[attr-defined]
        results = [scorer.search(source, snapshot.columns, request) for request in requests]  # type: ignore[attr-defined]
        return results, [source.containing(fold(text)).tolist() for text in asked if text]

    (found, holding), (expected, holding_too) = both(monkeypatch, answers)
    assert holding == holding_too
    assert any(holding)
    for one, other in zip(found, expected, strict=True):
        assert [(hit.id, pytest.approx(hit.score, rel=1e-5)) for hit in one.hits] == [
            (hit.id, hit.score) for hit in other.hits
        ]
        assert (one.total, one.category_facet, one.year_facet) == (other.total, other.category_facet, other.year_facet)


def test_counting_and_common_numbers_agree(rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    codes = rng.integers(-1, 7, SIZE).astype(np.int32)
    docs = some_docs(rng, 120)
    few, many = some_docs(rng, 30), some_docs(rng, 300)
    nothing = np.empty(0, np.int32)
    found = both(
        monkeypatch,
        lambda: (
            kernel.tally(codes, docs, 7).tolist(),
            kernel.common(few, many).tolist(),
            kernel.common(nothing, many).tolist(),
            kernel.common(few, nothing).tolist(),
        ),
    )
    expected: tuple[list[int], ...] = (
        [int((codes[docs] == code).sum()) for code in range(7)],
        sorted(set(few.tolist()) & set(many.tolist())),
        [],
        [],
    )
    assert list(found) == [expected, expected]


@pytest.mark.parametrize("bad", [-1, SIZE, 2**31 - 1])
def test_a_document_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch, bad: int) -> None:
    docs, values = np.array([3, bad], np.int32), np.ones(2, np.float32)
    score, mass = np.zeros(SIZE, np.float32), np.zeros(SIZE, np.int32)

    def refused() -> int:
        calls: list[Callable[[], object]] = [
            lambda: kernel.impacts(docs, np.ones(2, np.uint32), np.ones((SIZE, 4), np.float32), K1),
            lambda: kernel.accumulate(score, mass, [(docs, values, None, 1.0, 1)], NORMS, None, K1),
            lambda: kernel.accumulate(score, mass, [(docs, values, None, 1.0, 0)], NORMS, None, K1),
            lambda: kernel.finish(score, np.arange(9, dtype=np.int32), 5, [(docs, values, None, 1.0, 1.0)]),
        ]
        for call in calls:
            with pytest.raises(ValueError, match="not there"):
                call()
        return len(calls)

    assert list(both(monkeypatch, refused)) == [4, 4]


def test_words_and_codes_are_found_alike(rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    same_beginning = [b"\xe5\x80\x9f\xe5\x91\x97ab" + bytes([65 + i % 26]) * (i // 26) for i in range(300)]
    words = sorted({*same_beginning, b"", b"a", b"zz", "借呗".encode(), *(rng.bytes(9) for _ in range(200))})
    prefixes = np.array([int.from_bytes(word[:8].ljust(8, b"\0"), "big") for word in words], np.uint64)
    at = np.cumsum([0, *map(len, words)]).astype(np.uint64)
    data = np.frombuffer(b"".join(words), np.uint8)
    start = np.arange(0, 3 * len(words) + 1, 3).astype(np.uint64)
    codes = np.unique(prefixes)
    asked = [*words, b"b", b"\xff" * 20, b"\xe5\x80\x9f\xe5\x91\x97ab!", words[40] + b"\0"]

    def found() -> list[object]:
        runs = [kernel.find_word(prefixes, at, data, start, word) for word in asked]
        return [*runs, *(kernel.find_code(codes, start, int(code)) for code in [*codes[:50], 12345])]

    one, other = both(monkeypatch, found)
    assert one == other
    assert one[: len(words)] == [(i, 3 * i, 3 * i + 3) for i in range(len(words))]
    assert one[len(words) : len(asked)] == [None] * 4
    assert one[-1] is None
