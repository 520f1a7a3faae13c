"""The compiled reader and the one in numpy give the same answers, and neither reads or writes outside its arrays."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

from searchsvc.engines import open_engine
from searchsvc.engines.whoosh import kernel, plain, postings, scorer
from searchsvc.engines.whoosh.arrays import ArrayFile
from searchsvc.engines.whoosh.kernel import ANY_TIME, Columns, Reader
from searchsvc.engines.whoosh.packing import encode_text
from searchsvc.engines.whoosh.postings import ArraySource
from searchsvc.models import EngineResult, SearchRequest
from searchsvc.relevance import K1
from searchsvc.text.fold import fold
from support_articles import DIGEST, Laid, article, cut, query_of, random_article, random_request


def a_snapshot(folder: Path) -> tuple[Any, list[Any]]:
    """Several segments with deleted articles, and frequencies that fit no packed number."""
    chance = random.Random(3)
    articles = [random_article(chance, number) for number in range(240)]
    often = [article(f"often-{n}", "借呗借呗", "借呗" * n + "\n花呗" + "呗借" * 70_000) for n in (1, 400, 70_000)]
    engine = open_engine(folder, DIGEST)
    with engine.writer(create=True) as writer:
        for number, one in enumerate([*articles, *often]):
            writer.put(one)
            if number % 60 == 59:
                writer.commit()
        writer.commit()
        for one in articles[::7]:
            writer.remove(one.stored.id)
        writer.commit()
    snapshot: Any = engine.snapshot()
    assert len(snapshot.segments) > 1
    return snapshot, articles


@pytest.fixture(params=["compiled", "numpy"])
def compiled(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    assert kernel.COMPILED, "the tests need the compiled loops: is there a C compiler?"
    if request.param == "numpy":
        monkeypatch.setattr(kernel, "_compiled", None)
    return bool(request.param == "compiled")


def same(found: EngineResult, expected: EngineResult) -> bool:
    # Rounding may swap neighbours whose scores differ by less than it; each must have its own.
    scores = {hit.id: hit.score for hit in expected.hits}
    if {hit.id: hit.score for hit in found.hits} != pytest.approx(scores, rel=1e-5):
        return False
    if [hit.score for hit in found.hits] != pytest.approx([hit.score for hit in expected.hits], rel=1e-5):
        return False
    counts = [(one.total, one.category_facet, one.year_facet, one.relaxed) for one in (found, expected)]
    return counts[0] == counts[1]


@pytest.mark.parametrize("share", [0.0, 1 / 24, 1.0])
def test_a_search_with_the_compiled_loops_and_without_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, share: float
) -> None:
    monkeypatch.setattr(postings, "FREQUENT_SHARE", share)  # 0: every term is a frequent one, 1: none is
    snapshot, articles = a_snapshot(tmp_path)
    chance = random.Random(4)
    requests = [random_request(chance, articles) for _ in range(300)]
    requests += [SearchRequest(query_of(text)) for text in ("借呗", "借呗花呗", "呗花", "呗借呗借", "借呗借呗花")]
    asked = ["借", "借呗", "呗借呗", "借呗花", "借呗借呗借", *(cut(chance, articles) for _ in range(100))]

    def answers() -> tuple[list[EngineResult], list[list[int]]]:
        source = ArraySource(snapshot.segments, snapshot.columns.numbers())
        results = [scorer.search(source, snapshot.columns, request) for request in requests]
        return results, [source.containing(fold(text)).tolist() for text in asked if text]

    found, holding = answers()
    monkeypatch.setattr(kernel, "_compiled", None)
    expected, holding_too = answers()
    assert holding == holding_too
    assert any(holding)
    for one, other in zip(found, expected, strict=True):
        assert same(one, other)


def test_the_best_of_a_great_match_set_are_those_of_going_over_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More matches than are looked at one by one: most are taken out before the last bigrams are added."""
    chance = random.Random(5)
    engine = open_engine(tmp_path, DIGEST)
    words = ["借呗", "逾期", "家人", "花呗", "征信"]
    with engine.writer(create=True) as writer:
        for number in range(9_000):
            title = "".join(chance.choices(words, weights=[8, 4, 2, 1, 1], k=3))
            writer.put(article(f"{number:04d}", title, "".join(chance.choices(words, k=chance.randint(2, 20)))))
        writer.commit()
    snapshot: Any = engine.snapshot()
    requests = [SearchRequest(query_of("".join(chance.sample(words, 4))), limit=limit) for limit in (1, 10, 100)]

    def answers() -> list[EngineResult]:
        source = ArraySource(snapshot.segments, snapshot.columns.numbers())
        return [scorer.search(source, snapshot.columns, request) for request in requests]

    found = answers()
    monkeypatch.setattr(kernel, "_compiled", None)
    for one, other in zip(found, answers(), strict=True):
        assert one.total > 4_096
        assert same(one, other)


def test_words_that_begin_alike_are_told_apart(tmp_path: Path, compiled: bool) -> None:
    chance = random.Random(6)
    words = ["借呗ab" + chr(65 + i % 26).lower() * (1 + i // 26) for i in range(120)]
    words += ["", "a", "zz", "借呗", "\ud800x", "\U0010ffff" * 3]
    reader, _ = a_reader(words)
    found, _ = reader.find([encode_text(word) for word in [*words, "b", "借呗ab", "借呗abaaaaaaaa", "zz\0"]], [])
    assert [one is not None for one in found] == [True] * len(words) + [False] * 4
    chance.shuffle(words)
    again, _ = reader.find([encode_text(word) for word in words], [])
    assert len({one[1] for one in again if one}) == len(words)


def a_reader(words: list[str], **changes: Any) -> tuple[Reader, dict[str, Any]]:
    """A reader of two documents, the second of which has every word once, and the bigram 借呗 once."""
    data = sorted(map(encode_text, words))
    count = len(data)
    arrays: dict[str, Any] = {
        "word_start": np.arange(count + 1, dtype=np.uint64), "word_doc": np.ones(count, np.uint32),
        "word_tf": np.ones(count, np.uint32), "word_many": np.empty(0, np.uint64),
        "word_many_tf": np.empty(0, np.uint32),
        "word_prefix": np.array([int.from_bytes(one[:8].ljust(8, b"\0"), "big") for one in data], np.uint64),
        "word_at": np.cumsum([0, *map(len, data)]).astype(np.uint64),
        "word": np.frombuffer(b"".join(data), np.uint8),
        "gram_start": np.array([0, 1], np.uint64), "gram_doc": np.ones(1, np.uint32),
        "gram_tf": np.ones(1, np.uint32), "gram_many": np.empty(0, np.uint64), "gram_many_tf": np.empty(0, np.uint32),
        "gram_code": np.array([ord("借") << 21 | ord("呗")], np.uint64),
        "gram_place": np.array([0, 1], np.uint64), "gram_pos": np.zeros(1, np.uint32),
        "char_start": np.array([0, 1], np.uint64), "char_doc": np.ones(1, np.uint32),
        "char_code": np.array([ord("借")], np.uint64),
    }  # fmt: skip
    arrays |= changes
    nothing = np.zeros(2, np.int32)
    columns = Columns(nothing, 1, nothing, 1, np.zeros(2, np.int64))
    held: dict[str, Any] = arrays

    class Held:
        def __getitem__(self, name: str) -> Any:
            return held[name]

    file: ArrayFile = Held()  # type: ignore[assignment]
    return kernel.make_reader([(0, 2, file)], np.ones((3, 2), np.float32), None, columns, K1), arrays


def search(reader: Reader, runs: bytes, **changes: Any) -> kernel.Answer:
    asked: dict[str, Any] = {
        "words": [(runs, None, 2.0, 5)], "grams": [], "need": 5, "candidates": None, "extra": None, "allowed": None,
        "wanted": None, "low": ANY_TIME[0], "high": ANY_TIME[1], "k": 10, "facets": True,
    }  # fmt: skip
    return reader.search(*(asked | changes).values())


def test_an_answer_has_matches_best_and_counts(compiled: bool) -> None:
    reader, _ = a_reader(["借呗"])
    ((df, runs),), _ = reader.find([encode_text("借呗")], [])  # type: ignore[misc]
    assert df == 1
    matches, (docs, scores), categories, years = search(reader, runs)
    assert np.frombuffer(matches, np.int32).tolist() == docs == [1]
    assert scores == pytest.approx([2.0])
    assert (categories, years) == ([1], [1])
    assert search(reader, runs, need=6)[0] == b""
    assert search(reader, runs, allowed=np.array([1, 0], np.uint8))[0] == b""
    assert search(reader, runs, wanted=b"\1\0")[0] == b""
    assert np.frombuffer(search(reader, runs, need=6, extra=np.array([0], np.int32))[0], np.int32).tolist() == [0]
    assert search(reader, runs, k=0)[1] == ([], [])
    assert search(reader, runs, facets=False)[2:] == ([], [])


GROUPS = np.array([0, -1, 1, 0, 1, 0, 2], np.int32)


@pytest.mark.parametrize(
    ("matches", "under", "counts"),
    [([], 0, [0, 0, 0]), ([0, 1, 2], 0, [1, 1, 0]), ([0, 1, 3, 5, 6], 2, [3, 0, 1]), ([*range(7)], 3, [3, 2, 1])],
)
def test_matches_are_counted_by_group(compiled: bool, matches: list[int], under: int, counts: list[int]) -> None:
    found = kernel.fold(GROUPS, bytearray(np.array(matches, np.int32).tobytes()), 3)
    assert (found[0], found[1].tolist()) == (under, counts)


@pytest.mark.parametrize(("matches", "kinds"), [([7], 3), ([-1], 3), ([6], 2), ([0], -1), ([0], 8)])
def test_groups_and_matches_that_lie_outside_are_refused(compiled: bool, matches: list[int], kinds: int) -> None:
    with pytest.raises(ValueError, match="do not agree"):
        kernel.fold(GROUPS, bytearray(np.array(matches, np.int32).tobytes()), kinds)


@pytest.mark.parametrize("sort", ["relevance", "newest", "oldest"])
def test_a_page_is_right_though_its_first_thousand_articles_are_one_group(
    tmp_path: Path, compiled: bool, sort: Literal["relevance", "newest", "oldest"]
) -> None:
    engine = open_engine(tmp_path, DIGEST)
    names = [f"{number:04d}" for number in range(1_200)]
    with engine.writer(create=True) as writer:
        for number, name in enumerate(names):
            # All are of one day, and all but the last hundred score the same: ties by id in every order.
            writer.put(article(name, "借呗" if number < 1_100 else "借呗，花", date="2024-01-01"))
        writer.commit()
    pairs = {name: number // 2 for number, name in enumerate(names[1_000:1_100], start=2)}
    engine.cover(Laid(1, groups=dict.fromkeys(names[:1_000], 0) | pairs))
    snapshot = engine.snapshot()
    expected = [names[0], *names[1_000:1_100:2], *names[1_100:]]
    found = snapshot.search(SearchRequest(query_of("借呗"), sort=sort))
    assert (found.total, found.groups) == (1_200, 151)
    assert [(hit.id, hit.similar) for hit in found.hits[:2]] == [("0000", 999), ("1000", 1)]
    for offset in (0, 1, 45, 140, 150, 151):
        page = snapshot.search(SearchRequest(query_of("借呗"), sort=sort, offset=offset)).hits
        assert [hit.id for hit in page] == expected[offset : offset + 10]


OUTSIDE = np.array([7], np.uint32)


@pytest.mark.parametrize(
    "changes",
    [
        {"word_start": np.array([0, 9], np.uint64)},
        {"word_start": np.array([1, 0], np.uint64)},
        {"word_doc": OUTSIDE},
        {"word_doc": np.array([0xFFFFFFFF], np.uint32)},
        {"word_start": np.array([0], np.uint64)},
        {"word_at": np.array([0, 99], np.uint64)},
        {"word_tf": np.empty(0, np.uint32)},
    ],
)
def test_damaged_arrays_are_refused_and_nothing_outside_them_is_touched(changes: dict[str, Any]) -> None:
    def use() -> None:
        reader, _ = a_reader(["借呗"], **changes)
        (found,), _ = reader.find([encode_text("借呗")], [])
        if found is not None:
            search(reader, found[1])

    with pytest.raises(ValueError, match="do not agree"):
        use()


@pytest.mark.parametrize("changes", [{"gram_doc": OUTSIDE}, {"gram_start": np.array([0, 9], np.uint64)}])
def test_damaged_bigrams_are_refused(changes: dict[str, Any]) -> None:
    calls: list[Callable[[Reader], object]] = [
        lambda reader: reader.containing("借呗"),
        lambda reader: reader.frequent(reader.find([], ["借呗"])[1][0][1], False),  # type: ignore[index]
    ]
    for call in calls:
        with pytest.raises(ValueError, match="do not agree"):
            call(a_reader(["借呗"], **changes)[0])


@pytest.mark.parametrize(
    "changes",
    [
        {"words": [(b"x", None, 1.0, 1)]},
        {"words": [(bytes(24 * 3), b"", 1.0, 1)]},
        {"words": [((9).to_bytes(8, "little") + bytes(16), None, 1.0, 1)]},
        {"words": [3]},
        {"candidates": np.array([5], np.int32)},
        {"extra": np.array([1, 0], np.int32)},
        {"allowed": np.ones(1, np.uint8)},
        {"wanted": b""},
        {"k": -1},
    ],
)
def test_what_is_asked_must_fit_the_arrays(changes: dict[str, Any]) -> None:
    reader, _ = a_reader(["借呗"])
    ((_, runs),), _ = reader.find([encode_text("借呗")], [])  # type: ignore[misc]
    with pytest.raises(ValueError, match="do not agree"):
        search(reader, runs, **changes)
    assert search(reader, runs)[1][0] == [1]


def test_the_numpy_reader_is_the_one_without_a_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "_compiled", None)
    assert isinstance(a_reader(["借呗"])[0], plain.Reader)


def three_characters(**changes: Any) -> Reader:
    """A reader whose second document has 借呗逾: two bigrams in a row."""
    codes = sorted(ord(a) << 21 | ord(b) for a, b in ("借呗", "呗逾"))
    offsets = [0 if code >> 21 == ord("借") else 1 for code in codes]
    arrays = {
        "gram_start": np.array([0, 1, 2], np.uint64), "gram_doc": np.ones(2, np.uint32),
        "gram_tf": np.ones(2, np.uint32), "gram_code": np.array(codes, np.uint64),
        "gram_place": np.array([0, 1, 2], np.uint64), "gram_pos": np.array(offsets, np.uint32),
    }  # fmt: skip
    return a_reader(["借呗"], **(arrays | changes))[0]


@pytest.mark.parametrize("place", [2, 3, 1 << 63, (1 << 64) - 2, (1 << 64) - 1])
def test_places_of_bigrams_that_lie_outside_are_refused_though_their_sum_wraps(place: int) -> None:
    assert three_characters().containing("借呗逾") == bytearray(np.array([1], np.int32).tobytes())
    with pytest.raises(ValueError, match="do not agree"):
        three_characters(gram_place=np.array([place, place, 2], np.uint64)).containing("借呗逾")


def test_masses_that_a_damaged_list_adds_up_without_end_do_no_harm(compiled: bool) -> None:
    """A document that stands in a list again and again: more mass than a signed number of 32 bits has."""
    times = 5_000
    reader, _ = a_reader(
        ["借呗"],
        word_start=np.array([0, times], np.uint64),
        word_doc=np.ones(times, np.uint32),
        word_tf=np.ones(times, np.uint32),
    )
    ((_, runs),), _ = reader.find([encode_text("借呗")], [])  # type: ignore[misc]
    mass = 1 << 22
    matches = search(reader, runs, words=[(runs, None, 2.0, mass)], need=mass)[0]
    assert set(np.frombuffer(matches, np.int32).tolist()) <= {1}


@pytest.mark.parametrize("mass", [-1, 1 << 31, 1 << 40])
def test_a_mass_that_is_none_is_refused(mass: int) -> None:
    reader, _ = a_reader(["借呗"])
    ((_, runs),), _ = reader.find([encode_text("借呗")], [])  # type: ignore[misc]
    with pytest.raises(ValueError, match="do not agree"):
        search(reader, runs, words=[(runs, None, 2.0, mass)])
