"""Candidates among many sketches, and what is boilerplate."""

import random

import numpy as np
import pytest

from searchsvc.duplicates.signatures import (
    GROUP,
    LEAST_HASHES,
    LEAST_SHARE,
    WIDESPREAD,
    boilerplate_of,
    candidate_pairs,
    gather,
)

NONE = np.empty(0, np.uint64)


def sketches_of(sets: list[set[int]]) -> list[bytes]:
    return [np.array(sorted(one), "<u8").tobytes() for one in sets]


def candidates(sets: list[set[int]], boilerplate: set[int] | frozenset[int] = frozenset()) -> list[tuple[int, ...]]:
    known = np.array(sorted(boilerplate), np.uint64)
    return [tuple(pair) for pair in candidate_pairs(gather(sketches_of(sets)).inverted().without(known)).tolist()]


def brute_force(sets: list[set[int]], boilerplate: set[int] | frozenset[int] = frozenset()) -> list[tuple[int, ...]]:
    own = [one - boilerplate for one in sets]
    found: list[tuple[int, ...]] = []
    for i, one in enumerate(own):
        for j in range(i + 1, len(own)):
            shared, smaller = len(one & own[j]), min(len(one), len(own[j]))
            if shared and shared >= min(max(LEAST_SHARE * smaller, LEAST_HASHES), smaller):
                found.append((i, j))
    return found


@pytest.mark.parametrize("seed", range(30))
def test_candidates_are_those_that_share_enough(seed: int) -> None:
    rng = random.Random(seed)
    values = range(rng.choice([10, 60, 400]))
    # Fewer texts than GROUP: all pairs of each hash count.
    sets = [set(rng.sample(values, rng.randint(0, 10))) for _ in range(rng.randint(0, GROUP))]
    boilerplate = set(rng.sample(values, 4))
    assert candidates(sets) == brute_force(sets)
    assert candidates(sets, boilerplate) == brute_force(sets, boilerplate)


@pytest.mark.parametrize("seed", range(30))
def test_candidates_of_a_few_texts_are_the_same_when_only_what_they_hold_is_looked_at(seed: int) -> None:
    rng = random.Random(seed)
    sets = [set(rng.sample(range(60), rng.randint(0, 12))) for _ in range(GROUP)]
    boilerplate, fresh = np.array(sorted(rng.sample(range(60), 8)), np.uint64), rng.sample(range(GROUP), 3)
    postings = gather(sketches_of(sets)).without(boilerplate)
    held = np.array(sorted(set().union(*(sets[one] for one in fresh))), np.uint64)
    few = [pair for pair in candidate_pairs(postings.only(held).inverted()).tolist() if set(pair) & set(fresh)]
    every = [pair for pair in candidate_pairs(postings.inverted()).tolist() if set(pair) & set(fresh)]
    assert few == every


def test_texts_without_a_sketch_and_no_texts_are_no_candidates() -> None:
    assert candidates([]) == []
    assert candidates([set(), set(), {1}]) == []


def test_a_text_of_two_hashes_is_a_candidate_when_it_lies_inside_another() -> None:
    assert candidates([{1, 2}, set(range(100)), {1, 200}]) == [(0, 1)]


def test_copies_in_a_large_group_are_linked_without_looking_at_all_pairs() -> None:
    count = 20 * GROUP
    found = candidates([set(range(50)) for _ in range(count)])
    assert found == [(i, i + 1) for i in range(count - 1)]


def test_pairs_are_counted_over_all_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(3)
    sets = [set(rng.sample(range(50), 12)) for _ in range(GROUP)]
    expected = candidates(sets)
    monkeypatch.setattr("searchsvc.duplicates.signatures._CHUNK", 40)
    assert candidates(sets) == expected == brute_force(sets)


def site(rng: random.Random, texts: int, size: int, common: set[int]) -> list[set[int]]:
    """Texts with hashes of their own and common ones."""
    return [common | {rng.getrandbits(60) for _ in range(size)} for _ in range(texts)]


def boilerplate(sets: list[set[int]]) -> set[int]:
    return set(boilerplate_of(gather(sketches_of(sets)).inverted()).tolist())


def test_what_many_texts_repeat_beside_texts_of_their_own_is_boilerplate() -> None:
    rng = random.Random(1)
    disclaimer, note = {1, 2, 3, 4}, {11, 12}
    sets = site(rng, 60, 80, disclaimer) + site(rng, 30, 80, disclaimer | note)
    assert boilerplate(sets) == disclaimer | note


def test_mass_copies_are_no_boilerplate_with_or_without_a_disclaimer() -> None:
    rng = random.Random(2)
    (text,) = site(rng, 1, 80, set())
    disclaimer = {1, 2, 3, 4}
    copies = [text | {rng.getrandbits(60) for _ in range(rng.randint(0, 8))} for _ in range(40)]
    assert boilerplate(copies) == set()
    others = site(rng, 400, 80, disclaimer)
    assert boilerplate([one | disclaimer for one in copies] + others) == disclaimer


def test_a_disclaimer_in_fewer_texts_than_are_widespread_counts_as_text() -> None:
    rng = random.Random(4)
    assert boilerplate(site(rng, WIDESPREAD - 1, 80, {1, 2})) == set()
    assert boilerplate(site(rng, WIDESPREAD, 80, {1, 2})) == {1, 2}


def test_a_text_that_many_others_quote_whole_is_still_known_from_its_copies() -> None:
    rng = random.Random(5)
    article = {rng.getrandbits(60) for _ in range(60)}
    copies, quoting = [set(article) for _ in range(5)], site(rng, 5, 400, article)
    assert boilerplate(copies + quoting) == set()


def test_an_empty_site_has_no_boilerplate() -> None:
    assert boilerplate([]) == set()
    assert boilerplate_of(gather([b"", b""]).inverted()).tolist() == NONE.tolist()
