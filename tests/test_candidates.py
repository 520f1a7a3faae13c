"""Candidates for one topic: the nearest by short keys, compiled and by numpy alike."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from searchsvc.duplicates import candidates, kernel
from searchsvc.duplicates.candidates import LEAST, MOST, Keys, key_maker
from searchsvc.text.subjects import load_subjects
from support_topics import judged_pairs, labelled_articles, profiles_of


def packed(rng: np.random.Generator, things: int) -> bytes:
    count = int(rng.integers(0, 12))
    entries = np.empty(count, [("thing", "<u2"), ("value", "<f2")])
    entries["thing"] = np.sort(rng.choice(things, count, replace=False))
    entries["value"] = rng.random(count) / 2 + 0.02
    return entries.tobytes()


def brute_force(keys: list[bytes], widest: float) -> list[set[int]]:
    dense = np.zeros((len(keys), 400))
    for row, one in zip(dense, keys, strict=True):
        entries = np.frombuffer(one, [("thing", "<u2"), ("value", "<f2")])
        row[entries["thing"]] = entries["value"]
    dense[:, np.count_nonzero(dense, axis=0) > widest] = 0
    products = dense @ dense.T
    np.fill_diagonal(products, 0)
    found = []
    for row in products:
        best = np.argsort(-row, kind="stable")[:MOST]
        found.append({int(other) for other in best if row[other] >= LEAST})
    return found


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("compiled", [True, False])
def test_the_nearest_are_those_of_all(seed: int, compiled: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    assert kernel.compiled is not None
    if not compiled:
        monkeypatch.setattr(kernel, "compiled", None)
    rng = np.random.default_rng(seed)
    keys = [packed(rng, 40 if seed % 2 else 400) for _ in range(int(rng.integers(1, 90)))]
    widest: float = len(keys)
    if seed % 3 == 0:
        monkeypatch.setattr(candidates, "LARGE", 10)
        monkeypatch.setattr(candidates, "COMMON", 0.2)
        widest = int(0.2 * len(keys)) if len(keys) > 10 else len(keys)
    found = Keys(keys).nearest(np.arange(len(keys), dtype=np.int32))
    assert [{other for other in row.tolist() if other >= 0} for row in found] == brute_force(keys, widest)


def test_pairs_are_ordered_and_each_once() -> None:
    rng = np.random.default_rng(3)
    keys = Keys([packed(rng, 30) for _ in range(60)])
    pairs = keys.pairs(np.array([5, 40, 7], np.int32)).tolist()
    assert pairs == sorted(pairs)
    assert len({tuple(pair) for pair in pairs}) == len(pairs)
    assert all(a < b and {a, b} & {5, 7, 40} for a, b in pairs)
    assert Keys([]).pairs(np.empty(0, np.int32)).tolist() == []


def test_nearly_all_articles_of_one_topic_are_candidates() -> None:
    articles, subjects = labelled_articles(), load_subjects()
    make = key_maker(subjects)
    keys = Keys([make(one) for one in profiles_of(articles, subjects)])
    found = {tuple(pair) for pair in keys.pairs(np.arange(len(articles), dtype=np.int32)).tolist()}
    pairs, same = judged_pairs(articles)
    wanted = [tuple(pair) for pair in pairs[same].tolist()]
    assert sum(pair in found for pair in wanted) >= 0.94 * len(wanted)


@pytest.mark.parametrize("wrong", ["chosen", "owners", "short"])
def test_arrays_that_do_not_fit_are_refused(wrong: str) -> None:
    starts, things = np.array([0, 1, 2], np.int64), np.zeros(2, np.uint32)
    values, bounds = np.ones(2, np.float32), np.array([0, 2], np.int64)
    owners, chosen = np.array([0, 1], np.int32), np.array([0], np.int32)
    if wrong == "chosen":
        chosen = np.array([2], np.int32)
    elif wrong == "owners":
        owners = np.array([0, 9], np.int32)
    else:
        values = np.ones(1, np.float32)
    out: Any = np.full((1, 4), -1, np.int32)
    with pytest.raises(ValueError, match=r"there is not|fit one another"):
        kernel.compiled.nearest(starts, things, values, bounds, owners, np.ones(2, np.float32), chosen, 0.1, 9, out)
