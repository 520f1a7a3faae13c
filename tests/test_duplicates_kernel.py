"""The compiled loops of duplicates and numpy give the same profiles and the same features."""

from __future__ import annotations

import numpy as np
import pytest

from searchsvc.duplicates import kernel
from searchsvc.duplicates.profiles import Profile
from searchsvc.duplicates.topics import all_pairs, frequencies_of, make_space
from searchsvc.text.subjects import load_subjects
from support_topics import Labelled, labelled_articles, profiles_of

STRANGE = ("", "。。！", "_ _", "𠮷野家分期 ABC １２３", "Ａ１借呗é\u0301" * 300, "\ud800逾期\x00", "逾" * 600)


def _articles() -> list[Labelled]:
    found = labelled_articles()[::6]
    nobody = frozenset[str]()
    for number, text in enumerate(STRANGE):
        body = f"{text}\n{found[number].body}" if number % 2 else text
        found.append(Labelled(f"x{number}", text, (text,), body, f"x{number}", "x", nobody, nobody, nobody))
    return found


def _same(one: Profile, other: Profile) -> bool:
    return all(
        np.array_equal(mine.things, theirs.things) and np.array_equal(mine.zones, theirs.zones)
        for mine, theirs in zip(one, other, strict=True)
    )


def test_profiles_and_features_are_the_same_compiled_and_by_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    assert kernel.compiled is not None, "the tests need the compiled loops: is there a C compiler?"
    subjects, articles = load_subjects(), _articles()
    pairs = all_pairs(len(articles))
    profiles = profiles_of(articles, subjects)
    held = frequencies_of(profiles, subjects)
    features = make_space(profiles, held, subjects).features(pairs)
    assert features.any(axis=0).all(), "a feature that is 0 for all pairs proves nothing"
    monkeypatch.setattr(kernel, "compiled", None)
    plain = profiles_of(articles, subjects)
    assert all(map(_same, profiles, plain))
    assert make_space(plain, held, subjects).features(pairs) == pytest.approx(features, abs=2e-6)
    assert make_space(plain, held, subjects).features(pairs[::-1].copy()) == pytest.approx(features[::-1], abs=2e-6)


def test_profiles_survive_packing() -> None:
    for one in profiles_of(_articles(), load_subjects()):
        assert _same(one, Profile.unpacked(*one.packed()))


@pytest.mark.parametrize(
    ("starts", "things", "left", "pairs", "out"),
    [
        ([0, 2], [1, 2], 2, [(0, 1)], 1),
        ([0, 9], [1, 2], 2, [(0, 0)], 1),
        ([0, 2], [1, 2], 1, [(0, 0)], 1),
        ([0, 2], [1, 2], 2, [(0, 0)], 2),
        ([0, 2], [1, 2], 2, [(-1, 0)], 1),
    ],
)
def test_arrays_that_do_not_fit_are_refused(
    starts: list[int], things: list[int], left: int, pairs: list[tuple[int, int]], out: int
) -> None:
    vector = np.ones(left, np.float32)
    with pytest.raises(ValueError, match=r"fit one another|one value for each entry|rows there are not"):
        kernel.compiled.dots(
            np.array(starts, np.int64), np.array(things, np.uint32), (vector,), (vector,),
            np.array(pairs, np.int32), np.zeros((out, 1), np.float32),
        )  # fmt: skip


def test_texts_that_are_none_are_refused() -> None:
    for zones in (("a", "b", "c"), ["a"] * 4, ("a", "b", "c", b"d")):
        with pytest.raises(ValueError, match="four strings"):
            kernel.compiled.characters(zones)
    with pytest.raises(ValueError, match="too small"):
        kernel.compiled.fill(np.arange(9), np.full(8, -1), np.zeros(8, np.int32))


def nearest(starts: list[int], bounds: list[int], held: list[float], owners: list[int], rows: int = 3) -> np.ndarray:
    """The nearest rows of each of `rows` rows, of which each has the same things once."""
    entries = len(owners)
    out = np.full((rows, 2), -1, np.int32)
    kernel.compiled.nearest(
        np.array(starts, np.int64), np.zeros(entries, np.uint32), np.ones(entries, np.float32),
        np.array(bounds, np.int64), np.array(owners, np.int32), np.array(held, np.float32),
        np.arange(rows, dtype=np.int32), 0.5, 1 << 30, out,
    )  # fmt: skip
    return out


def test_entries_of_no_weight_are_met_once_however_many_there_are() -> None:
    """A row was put on the list of those met for each entry of value 0: past the end of the list."""
    each = 20_000
    owners = [row for row in range(3) for _ in range(each)]
    found = nearest([0, each, 2 * each, 3 * each], [0, 3 * each], [0.0] * (3 * each), owners)
    assert (found == -1).all()


@pytest.mark.parametrize(
    ("starts", "bounds"),
    [
        ([0, 1, 2, 9], [0, 3]),
        ([0, 2, 1, 3], [0, 3]),
        ([-1, 1, 2, 3], [0, 3]),
        ([0, 1, 2, 3], [0, 9]),
        ([0, 1, 2, 3], [-5, 3]),
    ],
)
def test_bounds_that_do_not_ascend_or_lie_outside_are_refused(starts: list[int], bounds: list[int]) -> None:
    with pytest.raises(ValueError, match="fit one another"):
        nearest(starts, bounds, [1.0] * 3, [0, 1, 2])
