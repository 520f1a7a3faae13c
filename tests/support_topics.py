"""Labelled articles, and the fit of the topic model: shared by its tests and by tools/calibrate_topics.py."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from searchsvc.duplicates.model import MODES, Mode
from searchsvc.duplicates.profiles import Profile, profile_of
from searchsvc.duplicates.topics import FEATURES, Frequencies, frequencies_of, make_space
from searchsvc.duplicates.vectors import Floats
from searchsvc.text.subjects import Subjects

DATA = Path(__file__).parent / "data"
#: Quadratic penalty on the weights of standardised features.
PENALTY = 5.0
FOLDS = 5


@dataclass(frozen=True)
class Labelled:
    """An article with its topic. `near` are paths of near copies, `either` of those an editor could decide either way,
    `hard` of articles close in wording that answer another question. `group` names the set it comes from.
    """

    path: str
    title: str
    headings: tuple[str, ...]
    body: str
    topic: str
    group: str
    near: frozenset[str]
    either: frozenset[str]
    hard: frozenset[str]


def labelled_articles() -> list[Labelled]:
    """The sample corpus, then articles on other subjects."""
    gold = {row["path"]: row for row in _lines("gold.jsonl")}
    labels = _lines("labels.jsonl")
    paths = {row["slug"]: row["path"] for row in labels}
    found = []
    for row in labels:
        text = gold[row["path"]]
        found.append(
            Labelled(
                row["path"],
                text["title"],
                tuple(text["headings"]),
                text["body"],
                row["topic"],
                "corpus",
                frozenset(paths[slug] for slug in [row["near_copy_of"]] if slug),
                frozenset(row.get("ambiguous_with") or ()),
                frozenset(paths[slug] for slug in [row["hard_negative_of"]] if slug),
            )
        )
    for name in sorted(path.name for path in DATA.glob("topics_*.jsonl")):
        for row in _lines(name):
            hard = frozenset([row["hard_negative_of"]] if row.get("hard_negative_of") else ())
            found.append(
                Labelled(
                    row["path"],
                    row["title"],
                    tuple(row["headings"]),
                    row["body"],
                    row["topic"],
                    name,
                    frozenset(),
                    frozenset(),
                    hard,
                )
            )
    return found


def _lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines()]


def profiles_of(articles: list[Labelled], subjects: Subjects, mode: str = "text") -> list[Profile]:
    """Profiles of whole articles, or of their titles alone (`mode="title"`)."""
    if mode == "title":
        return [profile_of(one.title, (), "", subjects) for one in articles]
    return [profile_of(one.title, one.headings, one.body, subjects) for one in articles]


def judged_pairs(articles: list[Labelled]) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """(pairs within each group, whether they are of one topic): near copies and undecidable pairs left out."""
    pairs, same = [], []
    for i, one in enumerate(articles):
        for j in range(i + 1, len(articles)):
            other = articles[j]
            if one.group != other.group or other.path in one.either or one.path in other.either:
                continue
            if other.path in one.near or one.path in other.near:
                continue
            pairs.append((i, j))
            same.append(one.topic == other.topic)
    return np.array(pairs, np.int32), np.array(same)


def fit(features: Floats, same: NDArray[np.bool_], penalty: float = PENALTY) -> tuple[NDArray[np.float64], float]:
    """(weights, intercept) of a logistic regression on these features, penalised as if they were standardised."""
    mean, spread = features.mean(axis=0, dtype=np.float64), features.std(axis=0, dtype=np.float64) + 1e-9
    design = np.hstack([(features - mean) / spread, np.ones((len(features), 1))])
    ridge = np.diag([penalty] * features.shape[1] + [1e-9])
    beta = np.zeros(design.shape[1])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-design @ beta))
        gradient = design.T @ (chance - same) + ridge @ beta
        hessian = (design * (chance * (1 - chance) + 1e-9)[:, None]).T @ design + ridge
        step = np.linalg.solve(hessian, gradient)
        beta -= step
        if np.abs(step).max() < 1e-8:
            break
    weights = beta[:-1] / spread
    return weights, float(beta[-1] - weights @ mean)


def pair_features(
    articles: list[Labelled], pairs: NDArray[np.int32], prior: Frequencies, subjects: Subjects, mode: Mode
) -> Floats:
    """A row of FEATURES for each pair, in the given mode (of "title and text" the first is the title)."""
    texts, titles = profiles_of(articles, subjects), profiles_of(articles, subjects, "title")
    if mode == "title and text":
        space = make_space([*titles, *texts], prior, subjects)
        return space.features(pairs + np.array([0, len(titles)], np.int32))
    return make_space(texts if mode == "texts" else titles, prior, subjects).features(pairs)


def folds_of(articles: list[Labelled]) -> NDArray[np.int64]:
    """The fold of each article: articles of one topic are of one fold."""
    topics = sorted({one.topic for one in articles})
    random.Random(3).shuffle(topics)
    folds = {topic: number % FOLDS for number, topic in enumerate(topics)}
    return np.array([folds[one.topic] for one in articles])


def cross_validated(
    articles: list[Labelled], pairs: NDArray[np.int32], same: NDArray[np.bool_], subjects: Subjects
) -> NDArray[np.float64]:
    """The probability of each pair, by a model fitted to pairs of topics that neither article is of."""
    prior = frequencies_of(profiles_of(articles, subjects), subjects)
    features = pair_features(articles, pairs, prior, subjects, "texts")
    folds = folds_of(articles)
    chances = np.zeros(len(pairs))
    for fold in range(FOLDS):
        held = (folds[pairs] == fold).any(axis=1)
        weights, intercept = fit(features[~held], same[~held])
        chances[held] = 1 / (1 + np.exp(-(features[held] @ weights + intercept)))
    return chances


def calibrated(
    articles: list[Labelled], subjects: Subjects
) -> tuple[dict[Mode, dict[str, float]], dict[Mode, float], Frequencies]:
    """(weights, intercepts, prior) of the model over all judged pairs."""
    prior = frequencies_of(profiles_of(articles, subjects), subjects)
    pairs, same = judged_pairs(articles)
    weights: dict[Mode, dict[str, float]] = {}
    intercepts: dict[Mode, float] = {}
    for mode in MODES:
        found, intercept = fit(pair_features(articles, pairs, prior, subjects, mode), same)
        weights[mode] = {name: round(float(value), 6) for name, value in zip(FEATURES, found, strict=True)}
        intercepts[mode] = round(intercept, 6)
    return weights, intercepts, prior
