"""Ranking measures, against values worked out by hand."""

import math

import pytest

from searchsvc.metrics import Judged, evaluate, ndcg, recall, reciprocal_rank

GRADES = {"a": 3, "b": 2, "c": 1}


def test_ndcg_is_one_for_the_ideal_order_and_less_for_others() -> None:
    assert ndcg(["a", "b", "c"], GRADES) == pytest.approx(1.0)
    ideal = 7 + 3 / math.log2(3) + 1 / 2
    assert ndcg(["x", "a"], GRADES) == pytest.approx((7 / math.log2(3)) / ideal)
    assert ndcg([], GRADES) == 0.0
    assert ndcg(["a"], {}) == 0.0


def test_only_grades_of_two_and_more_count_for_mrr_and_recall() -> None:
    assert reciprocal_rank(["c", "b"], GRADES) == 0.5
    assert reciprocal_rank(["c"], GRADES) == 0.0
    assert recall(["c", "b"], GRADES) == 0.5
    assert recall([], {"c": 1}) == 1.0


def test_nothing_below_the_tenth_rank_counts() -> None:
    ranking = [f"x{i}" for i in range(10)] + ["a"]
    assert ndcg(ranking, GRADES) == reciprocal_rank(ranking, GRADES) == recall(ranking, GRADES) == 0.0


def test_the_means_name_queries_without_any_hit() -> None:
    scores = evaluate([Judged("一", GRADES), Judged("二", GRADES)], [["a", "b", "c"], []])
    assert (scores.ndcg, scores.mrr, scores.recall, scores.queries) == (0.5, 0.5, 0.5, 2)
    assert scores.without_hit == ("二",)


def test_no_queries_is_an_error_rather_than_a_perfect_score() -> None:
    with pytest.raises(ValueError, match="no judged"):
        evaluate([], [])
