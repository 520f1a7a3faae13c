"""Labelled articles, and the fit of the topic model: shared by its tests and by tools/calibrate_topics.py."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from searchsvc.duplicates.crowds import MISSING, crowds_of
from searchsvc.duplicates.model import MODES, Line, Mode, Model, Scores, deciding_features, sigmoid
from searchsvc.duplicates.profiles import Profile, profile_of
from searchsvc.duplicates.topics import Frequencies, frequencies_of, make_space
from searchsvc.duplicates.vectors import Floats
from searchsvc.text.subjects import Subjects

DATA = Path(__file__).parent / "data"
#: Quadratic penalty on the weights of standardised features.
PENALTY = 5.0
DECIDING_PENALTY = 1.0
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


def fit(features: NDArray[Any], same: NDArray[np.bool_], penalty: float = PENALTY) -> Line:
    """A logistic regression on these features, penalised as if they were standardised."""
    mean, spread = features.mean(axis=0, dtype=np.float64), features.std(axis=0, dtype=np.float64) + 1e-9
    design = np.hstack([(features - mean) / spread, np.ones((len(features), 1))])
    ridge = np.diag([penalty] * features.shape[1] + [1e-9])
    beta = np.zeros(design.shape[1])
    for _ in range(50):
        chance = sigmoid(design @ beta)
        gradient = design.T @ (chance - same) + ridge @ beta
        hessian = (design * (chance * (1 - chance) + 1e-9)[:, None]).T @ design + ridge
        step = np.linalg.solve(hessian, gradient)
        beta -= step
        if np.abs(step).max() < 1e-8:
            break
    weights = beta[:-1] / spread
    return Line(weights, float(beta[-1] - weights @ mean))


def pair_features(
    articles: list[Labelled], pairs: NDArray[np.int32], prior: Frequencies, subjects: Subjects, mode: Mode
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """(a row of FEATURES, a row of PARTING, whether it cannot be one) for each pair, in the given mode (of "title and
    text" the first is the title).
    """
    texts, titles = profiles_of(articles, subjects), profiles_of(articles, subjects, "title")
    if mode == "title and text":
        pairs = pairs + np.array([0, len(titles)], np.int32)
    space = make_space({"texts": texts, "titles": titles}.get(mode, [*titles, *texts]), prior, subjects)
    barred = space.excluded(pairs)
    barred |= space.vague(pairs) if mode == "texts" else space.vague_titles()[pairs[:, 0]]
    return space.features(pairs), space.parting(pairs), barred


def folds_of(articles: list[Labelled]) -> NDArray[np.int64]:
    """The fold of each article: articles of one topic are of one fold."""
    topics = sorted({one.topic for one in articles})
    random.Random(3).shuffle(topics)
    folds = {topic: number % FOLDS for number, topic in enumerate(topics)}
    return np.array([folds[one.topic] for one in articles])


def _held(pairs: NDArray[np.int32], folds: NDArray[np.int64], fold: int) -> NDArray[np.bool_]:
    """Pairs of which an article is in the fold."""
    found: NDArray[np.bool_] = (folds[pairs] == fold).any(axis=1)
    return found


def unseen_scores(
    features: Floats, same: NDArray[np.bool_], pairs: NDArray[np.int32], folds: NDArray[np.int64]
) -> Scores:
    """The score of each pair by a model fitted to pairs of topics that neither article is of."""
    scores = np.zeros(len(pairs))
    for fold in np.unique(folds[pairs]).tolist():
        held = _held(pairs, folds, fold)
        scores[held] = fit(features[~held], same[~held]).logits(features[held])
    return scores


def cross_validated(
    articles: list[Labelled], pairs: NDArray[np.int32], same: NDArray[np.bool_], subjects: Subjects
) -> Scores:
    """The probability of each pair, by a model all of which was fitted to topics that neither article is of."""
    prior = frequencies_of(profiles_of(articles, subjects), subjects)
    features, parting, barred = pair_features(articles, pairs, prior, subjects, "texts")
    folds = folds_of(articles)
    chances = np.zeros(len(pairs))
    for fold in range(FOLDS):
        held = _held(pairs, folds, fold)
        scores = np.zeros(len(pairs))
        scores[held] = fit(features[~held], same[~held]).logits(features[held])
        scores[~held] = unseen_scores(features[~held], same[~held], pairs[~held], folds)
        # The crowd of an article of the other folds is among those, as it was when the second line was fitted.
        crowds = crowds_of(pairs[~held], scores[~held], len(articles))
        seen = ~held & ~barred
        second = fit(_deciding(scores, crowds, crowds, parting, pairs)[seen], same[seen], DECIDING_PENALTY)
        crowds = crowds_of(pairs, scores, len(articles))
        chances[held] = sigmoid(second.logits(_deciding(scores, crowds, crowds, parting, pairs)[held]))
    chances[barred] = 0
    return chances


def _deciding(scores: Scores, first: Floats, second: Floats, parting: Floats, pairs: NDArray[np.int32]) -> Scores:
    return deciding_features(scores, first[pairs[:, 0]], second[pairs[:, 1]], parting)


def calibrated(articles: list[Labelled], subjects: Subjects) -> Model:
    """The model over all judged pairs."""
    prior = frequencies_of(profiles_of(articles, subjects), subjects)
    pairs, same = judged_pairs(articles)
    folds = folds_of(articles)
    lines: dict[Mode, Line] = {}
    deciding: dict[Mode, Line] = {}
    of_texts = unknown = np.full(len(articles), MISSING, np.float32)
    for mode in MODES:
        features, parting, barred = pair_features(articles, pairs, prior, subjects, mode)
        lines[mode] = fit(features, same)
        scores = unseen_scores(features, same, pairs, folds)
        mine = unknown if mode == "titles" else crowds_of(pairs, scores, len(articles))
        if mode == "texts":
            of_texts = mine
        # The crowd of a title is of articles, that of an article as it is kept of it.
        theirs = of_texts if mode == "title and text" else mine
        above = _deciding(scores, mine, theirs, parting, pairs)
        deciding[mode] = fit(above[~barred], same[~barred], DECIDING_PENALTY)
    return Model(lines, deciding, prior)
