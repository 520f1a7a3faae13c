"""The quality of same-topic pairs, cross-validated by topic: floors over four labelled sets of articles."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from searchsvc.duplicates.clusters import Link, group_links
from searchsvc.duplicates.model import SAME_TOPIC, load_model
from searchsvc.text.subjects import load_subjects
from support_topics import Labelled, calibrated, cross_validated, judged_pairs, labelled_articles

#: F1 at the fixed probability of SAME_TOPIC, near copies left out: what is reached now, less a little.
FLOORS = {
    "corpus": 0.8,
    "topics_banking.jsonl": 0.45,
    "topics_housing.jsonl": 0.65,
    "topics_insurance.jsonl": 0.75,
    "topics_loans.jsonl": 0.6,
}


class Judged(NamedTuple):
    """Pairs of articles by number, near copies left out: the probability of each, whether it is one, its set."""

    articles: list[Labelled]
    pairs: NDArray[np.int32]
    chances: NDArray[np.float64]
    same: NDArray[np.bool_]
    groups: NDArray[np.str_]


@pytest.fixture(scope="module")
def judged() -> Judged:
    """The labelled pairs, judged by a model that saw neither topic."""
    articles = labelled_articles()
    pairs, same = judged_pairs(articles)
    chances = cross_validated(articles, pairs, same, load_subjects())
    return Judged(articles, pairs, chances, same, np.array([articles[a].group for a, _ in pairs.tolist()]))


def f1(found: NDArray[np.bool_], true: NDArray[np.bool_]) -> float:
    return float(2 * np.count_nonzero(found & true) / (np.count_nonzero(found) + np.count_nonzero(true)))


@pytest.mark.parametrize("group", FLOORS)
def test_same_topic_pairs_reach_their_floor_on_topics_the_model_has_not_seen(judged: Judged, group: str) -> None:
    mine = judged.groups == group
    found, true = judged.chances[mine] >= SAME_TOPIC["texts"], judged.same[mine]
    print(f"{group}: F1 {f1(found, true):.3f}, {np.count_nonzero(found & true)} of {true.sum()}, {found.sum()} found")
    assert f1(found, true) >= FLOORS[group]


def test_clusters_of_the_corpus_reach_their_floor(judged: Judged) -> None:
    """What an editor sees together: near copies (tests/test_near_copies.py) bring their topics together."""
    names = {one.path: f"{number:04}" for number, one in enumerate(judged.articles)}
    links = [Link(names[one.path], names[other], "near-copy", 0.9) for one in judged.articles for other in one.near]
    for (a, b), chance in zip(judged.pairs.tolist(), judged.chances.tolist(), strict=True):
        if chance >= SAME_TOPIC["texts"]:
            links.append(Link(f"{a:04}", f"{b:04}", "same-topic", chance))
    group_of = {name: number for number, group in enumerate(group_links(links)) for name in group.members}
    together = np.array(
        [f"{a:04}" in group_of and group_of[f"{a:04}"] == group_of.get(f"{b:04}") for a, b in judged.pairs.tolist()]
    )
    mine = judged.groups == "corpus"
    print(f"clusters: F1 {f1(together[mine], judged.same[mine]):.3f}")
    assert f1(together[mine], judged.same[mine]) >= 0.85


def test_the_packaged_model_is_the_one_that_these_texts_give() -> None:
    subjects = load_subjects()
    expected = calibrated(labelled_articles(), subjects)
    model = load_model(subjects)
    assert np.array_equal(model.prior.subjects, expected.prior.subjects)
    assert np.array_equal(model.prior.chars, expected.prior.chars)
    for mine, theirs in ((model.lines, expected.lines), (model.deciding, expected.deciding)):
        assert mine.keys() == theirs.keys()
        for mode, line in theirs.items():
            assert mine[mode].weights == pytest.approx(line.weights, rel=1e-3, abs=1e-3)
            assert mine[mode].intercept == pytest.approx(line.intercept, rel=1e-3)
