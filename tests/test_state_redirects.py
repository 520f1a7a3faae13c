"""Redirects lead to the article that is kept in the end."""

import random

from hypothesis import given
from hypothesis import strategies as st

from searchsvc.state.redirects import resolve

STEPS = st.lists(st.tuples(st.sampled_from("ABCDEFG"), st.sampled_from("ABCDEFG")), max_size=15)


def test_no_decision_is_no_redirect() -> None:
    assert resolve([]) == []


def test_a_chain_leads_to_its_end_whatever_the_order_of_its_decisions() -> None:
    steps = [("A", "B"), ("B", "C"), ("C", "D")]
    for seed in range(10):
        assert resolve(random.Random(seed).sample(steps, 3)) == [("A", "D"), ("B", "D"), ("C", "D")]


def test_redirects_are_in_order_of_the_old_id() -> None:
    assert resolve([("乙", "K"), ("b", "K"), ("甲", "K"), ("a", "K")]) == [
        ("a", "K"),
        ("b", "K"),
        ("乙", "K"),
        ("甲", "K"),
    ]


def test_of_two_decisions_about_one_old_article_the_later_counts() -> None:
    assert resolve([("A", "B"), ("A", "C")]) == [("A", "C")]


def test_of_two_decisions_that_contradict_the_article_kept_by_the_newer_stays() -> None:
    assert resolve([("A", "B"), ("B", "A")]) == [("B", "A")]
    assert resolve([("B", "A"), ("A", "B")]) == [("A", "B")]
    assert resolve([("A", "B"), ("B", "A"), ("A", "B")]) == [("A", "B")]


def test_a_longer_circle_ends_at_the_article_that_its_newest_decision_keeps() -> None:
    assert resolve([("A", "B"), ("B", "C"), ("C", "A")]) == [("B", "A"), ("C", "A")]
    assert resolve([("C", "A"), ("A", "B"), ("B", "C")]) == [("A", "C"), ("B", "C")]


def test_what_leads_into_a_circle_leads_to_the_article_that_stays() -> None:
    assert resolve([("X", "Y"), ("Y", "A"), ("A", "B"), ("B", "A")]) == [("B", "A"), ("X", "A"), ("Y", "A")]


def test_an_article_kept_for_itself_stays() -> None:
    assert resolve([("A", "B"), ("A", "A"), ("C", "A")]) == [("C", "A")]


def test_a_chain_of_a_hundred_thousand_is_resolved() -> None:
    steps = [(f"{number:06}", f"{number + 1:06}") for number in range(100_000)]
    assert {kept for _, kept in resolve(steps)} == {"100000"}


@given(STEPS)
def test_no_redirect_leads_to_an_article_that_is_redirected_itself(steps: list[tuple[str, str]]) -> None:
    redirects = resolve(steps)
    old = [one for one, _ in redirects]
    assert old == sorted(set(old))
    assert not {kept for _, kept in redirects} & set(old)


@given(STEPS)
def test_each_article_named_is_redirected_or_stays_and_what_the_newest_decision_keeps_ends_both(
    steps: list[tuple[str, str]],
) -> None:
    redirects = dict(resolve(steps))
    last = dict(steps)
    # An article without a decision of its own stays; one that stays in spite of one is kept in a circle.
    assert redirects.keys() <= last.keys()
    assert all(redirects.get(one, one) == redirects.get(last[one], last[one]) for one in redirects)
    if steps:
        old, kept = steps[-1]
        assert redirects.get(old, old) == redirects.get(kept, kept)
