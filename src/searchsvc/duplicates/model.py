"""The calibrated model: how features become a probability, and what the calibration texts say is rare."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Any, Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..text.subjects import Subjects
from .crowds import CROWDED, crowded
from .topics import CHARS, FEATURES, PARTING, Frequencies
from .vectors import Floats

#: What is compared: two articles, a planned title and an article, two planned titles.
Mode = Literal["texts", "title and text", "titles"]
MODES: Final[tuple[Mode, ...]] = ("texts", "title and text", "titles")
#: From this probability on a pair is one: where F1 is best, which is at about half of what it can be (Lipton, Elkan,
#: Naryanaswamy: Optimal Thresholding of Classifiers to Maximize F1 Measure, ECML 2014). Titles alone say less.
SAME_TOPIC: Final[dict[Mode, float]] = {"texts": 0.4, "title and text": 0.2, "titles": 0.2}
#: What decides about a pair.
DECIDING: Final = (*CROWDED, *PARTING)

Scores = NDArray[np.float64]


class Line(NamedTuple):
    """A logistic regression."""

    weights: NDArray[np.float64]
    intercept: float

    def logits(self, features: NDArray[np.floating[Any]]) -> Scores:
        """The log-odds of each row of features."""
        found: Scores = features.astype(np.float64) @ self.weights + self.intercept
        return found


class Model(NamedTuple):
    """For each mode a logistic regression over FEATURES, whose log-odds are the score of a pair, and one over
    DECIDING, which turns the score, the crowds of both articles and what parts them into a probability.

    `prior` is what the calibration texts hold; it is added to what an index holds, so that a small index has a sense
    of what is rare.
    """

    lines: Mapping[Mode, Line]
    deciding: Mapping[Mode, Line]
    prior: Frequencies

    def scores(self, features: Floats, mode: Mode = "texts") -> Scores:
        """The log-odds of each row of features that the pair answers one question, its surroundings unknown."""
        return self.lines[mode].logits(features)

    def probabilities(
        self, scores: Scores, first: Floats, second: Floats, parting: Floats, mode: Mode = "texts"
    ) -> Scores:
        """The probability of each pair that it answers one question; `first` and `second` are crowds, `parting` rows
        of PARTING.
        """
        return sigmoid(self.deciding[mode].logits(deciding_features(scores, first, second, parting)))


def deciding_features(scores: Scores, first: Floats, second: Floats, parting: Floats) -> Scores:
    """A row of DECIDING for each pair."""
    return np.hstack([crowded(scores, first, second), parting.astype(np.float64)])


def sigmoid(logits: Scores) -> Scores:
    """Log-odds as probabilities."""
    found: Scores = 1 / (1 + np.exp(-logits))
    return found


def model_record(model: Model, subjects: Subjects) -> dict[str, Any]:
    """A model as JSON: subjects and characters by name, so that a list with more entries can read it."""
    prior = model.prior
    chars = {chr(code): int(prior.chars[code]) for code in np.flatnonzero(prior.chars).tolist()}
    names = [f"{one.role} {one.name}" for one in subjects.entries]
    held = {name: int(count) for name, count in zip(names, prior.subjects.tolist(), strict=True) if count}
    lines = {mode: _line_record(line, FEATURES) for mode, line in model.lines.items()}
    deciding = {mode: _line_record(line, DECIDING) for mode, line in model.deciding.items()}
    return {"modes": lines, "deciding": deciding, "articles": prior.total, "subjects": held, "characters": chars}


def _line_record(line: Line, names: tuple[str, ...]) -> dict[str, Any]:
    weights = {name: round(float(weight), 6) for name, weight in zip(names, line.weights, strict=True)}
    return {"intercept": round(line.intercept, 6), "weights": weights}


def read_model(record: dict[str, Any], subjects: Subjects) -> Model:
    """The model of a record. ValueError when it is of other features."""
    of_subjects = np.zeros(len(subjects), np.int64)
    for number, one in enumerate(subjects.entries):
        of_subjects[number] = record["subjects"].get(f"{one.role} {one.name}", 0)
    of_chars = np.zeros(CHARS, np.int64)
    for char, count in record["characters"].items():
        of_chars[ord(char)] = count
    return Model(
        {mode: _line(record["modes"][mode], FEATURES) for mode in MODES},
        {mode: _line(record["deciding"][mode], DECIDING) for mode in MODES},
        Frequencies(record["articles"], of_subjects, of_chars),
    )


def _line(record: dict[str, Any], names: tuple[str, ...]) -> Line:
    if set(record["weights"]) != set(names):
        raise ValueError("the model has other features than this version: run tools/calibrate_topics.py")
    return Line(np.array([record["weights"][name] for name in names], np.float64), record["intercept"])


@lru_cache(maxsize=1)
def load_model(subjects: Subjects) -> Model:
    """The packaged model, read once."""
    text = resources.files(__package__).joinpath("data/topic_model.json").read_text("utf-8")
    return read_model(json.loads(text), subjects)
