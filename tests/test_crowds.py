"""The crowd around an article, and what a pair has above it."""

import numpy as np
import pytest

from searchsvc.duplicates.crowds import CROWDED, FLOOR, MISSING, NEIGHBOURS, SURE, crowded, crowds_of
from searchsvc.duplicates.model import Mode, load_model
from searchsvc.duplicates.topics import PARTING
from searchsvc.text.subjects import load_subjects


def crowds(scores: dict[tuple[int, int], float], total: int) -> list[float]:
    pairs = np.array(list(scores), np.int32).reshape(-1, 2)
    return [round(value, 4) for value in crowds_of(pairs, np.array(list(scores.values())), total).tolist()]


def test_the_crowd_is_the_mean_of_the_nearest() -> None:
    scores = {(0, 1): -1.0, (0, 2): 0.5, (0, 3): -2.0, (0, 4): -3.0, (1, 2): 1.0}
    found = crowds(scores, 5)
    best = sorted([-1.0, 0.5, -2.0, -3.0], reverse=True)[:NEIGHBOURS]
    assert found[0] == pytest.approx(np.mean([*best, *[MISSING] * (NEIGHBOURS - len(best))]), abs=1e-3)
    assert found[4] == pytest.approx((-3.0 + MISSING * (NEIGHBOURS - 1)) / NEIGHBOURS, abs=1e-3)


def test_neighbours_that_are_missing_far_or_surely_the_same_do_not_count_as_near() -> None:
    assert crowds({}, 2) == [MISSING, MISSING]
    assert crowds({(0, 1): SURE + 1}, 2) == [MISSING, MISSING]
    far = crowds({(0, 1): -50.0}, 2)
    assert far[0] == pytest.approx((FLOOR + MISSING * (NEIGHBOURS - 1)) / NEIGHBOURS, abs=1e-3)


def test_the_same_score_is_less_in_a_crowd_and_where_titles_part() -> None:
    model = load_model(load_subjects())
    alone, amid = np.array([-3.0], np.float32), np.array([0.0], np.float32)
    score, alike = np.array([0.5]), np.zeros((1, len(PARTING)), np.float32)
    modes: tuple[Mode, ...] = ("texts", "title and text")
    for mode in modes:
        apart = model.probabilities(score, alone, alone, alike, mode)[0]
        one = model.probabilities(score, amid, alone, alike, mode)
        assert apart > one[0]
        assert apart > model.probabilities(score, amid, amid, alike, mode)[0] + 0.1
        assert one == model.probabilities(score, alone, amid, alike, mode)
        for column in range(len(PARTING)):
            other = alike.copy()
            other[0, column] = 1
            assert model.probabilities(score, alone, alone, other, mode)[0] < apart - 0.1
    assert crowded(score, alone, amid).shape == (1, len(CROWDED))
