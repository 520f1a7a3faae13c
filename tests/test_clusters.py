"""Pairs become clusters: near copies by any chain, topics only where enough of them are linked."""

import random

import pytest

from searchsvc.duplicates.clusters import Link, gain_of, group_links, propose
from support_duplicates import shown


def near(a: str, b: str, score: float = 0.9) -> Link:
    return Link(a, b, "near-copy", score)


def topic(a: str, b: str, score: float = 0.8) -> Link:
    return Link(a, b, "same-topic", score)


def members(links: list[Link]) -> list[tuple[str, ...]]:
    return [group.members for group in group_links(links)]


def test_near_copies_are_one_cluster_through_any_chain() -> None:
    chain = [near(f"{i}", f"{i + 1}", 0.5 + i / 100) for i in range(6)]
    (group,) = group_links(chain)
    assert group.members == tuple("0123456")
    assert (group.kind, group.score) == ("near-copy", 0.5)


def test_a_chain_of_topics_is_cut() -> None:
    chain = [
        topic(a, b, score) for a, b, score in (("a", "b", 0.9), ("c", "d", 0.85), ("e", "f", 0.8), ("b", "c", 0.7))
    ]
    assert members([*chain, topic("d", "e", 0.6)]) == [("a", "b"), ("c", "d"), ("e", "f")]
    # Linked with half of the others: one topic.
    assert members([topic("a", "b", 0.9), topic("b", "c", 0.8)]) == [("a", "b", "c")]


def test_an_article_that_is_left_goes_where_it_is_linked() -> None:
    links = [topic("a", "b", 0.9), topic("b", "c", 0.8), topic("c", "d", 0.7), topic("d", "e", 0.1)]
    (group,) = group_links(links[:3])
    assert (group.members, group.score) == (("a", "b", "c", "d"), 0.7)
    assert members(links) == [("a", "b", "c"), ("d", "e")]
    copies = [near("d", "d2"), near("d2", "d3")]
    assert members([*links[:3], *copies]) == [("a", "b", "c", "d", "d2", "d3")]


def test_a_cluster_of_near_copies_counts_once_in_a_topic() -> None:
    copies = [near("a", f"a{i}") for i in range(5)]
    (group,) = group_links([*copies, topic("a3", "b", 0.6)])
    assert group.members == ("a", "a0", "a1", "a2", "a3", "a4", "b")
    assert (group.kind, group.score) == ("same-topic", 0.6)


@pytest.mark.parametrize("seed", range(10))
def test_clusters_do_not_depend_on_the_order_of_links(seed: int) -> None:
    rng = random.Random(seed)
    names = [f"n{i:02}" for i in range(20)]
    links = [
        Link(a, b, rng.choice(["copy", "near-copy", "same-topic"]), round(rng.random(), 3))
        for a, b in (sorted(rng.sample(names, 2)) for _ in range(25))
    ]
    found = group_links(links)
    for _ in range(5):
        rng.shuffle(links)
        assert group_links(links) == found
    every = [name for group in found for name in group.members]
    assert len(every) == len(set(every))
    linked = {name for link in links if link.kind != "same-topic" for name in (link.a, link.b)}
    assert linked <= set(every)


def test_what_is_proposed_says_why() -> None:
    a = shown("a", date="2025-01-01", chars=500)
    b = shown("b", date="2026-01-01", chars=480)
    assert propose([a, b]) == ("b", "内容相当完整，发布日期最新（2026-01-01）")
    assert propose([shown("a", chars=900), b]) == ("a", "内容最完整（900 字）")
    assert propose([shown("a", visits=10, chars=900), shown("b", visits=100)]) == ("b", "访问量最高（100 次）")
    assert propose([shown("b"), shown("a")])[0] == "a"


def test_what_is_gained_are_the_visits_of_the_others_else_their_number() -> None:
    assert gain_of([shown("a"), shown("b"), shown("c")], "a") == 2
    assert gain_of([shown("a", visits=5), shown("b", visits=7), shown("c")], "a") == 7
