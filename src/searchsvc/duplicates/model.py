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
from .topics import CHARS, FEATURES, Frequencies
from .vectors import Floats

#: Two articles are of one topic from this probability on.
SAME_TOPIC: Final = 0.5


#: What is compared: two articles, a planned title and an article, two planned titles.
Mode = Literal["texts", "title and text", "titles"]
MODES: Final[tuple[Mode, ...]] = ("texts", "title and text", "titles")


class Model(NamedTuple):
    """Logistic regressions over FEATURES, one for each mode: probability = 1 / (1 + exp(-(intercept + sum of weight *
    feature))).

    `prior` is what the calibration texts hold; it is added to what an index holds, so that a small index has a sense
    of what is rare.
    """

    weights: dict[Mode, Floats]
    intercepts: dict[Mode, float]
    prior: Frequencies

    def probabilities(self, features: Floats, mode: Mode = "texts") -> NDArray[np.float64]:
        """The probability of each row of features that the pair answers one question."""
        sums = features.astype(np.float64) @ self.weights[mode] + self.intercepts[mode]
        found: NDArray[np.float64] = 1 / (1 + np.exp(-sums))
        return found


def model_record(
    weights: Mapping[Mode, Mapping[str, float]],
    intercepts: Mapping[Mode, float],
    prior: Frequencies,
    subjects: Subjects,
) -> dict[str, Any]:
    """A model as JSON: subjects and characters by name, so that a list with more entries can read it."""
    chars = {chr(code): int(prior.chars[code]) for code in np.flatnonzero(prior.chars).tolist()}
    names = [f"{one.role} {one.name}" for one in subjects.entries]
    held = {name: int(count) for name, count in zip(names, prior.subjects.tolist(), strict=True) if count}
    return {
        "modes": {mode: {"intercept": intercepts[mode], "weights": dict(weights[mode])} for mode in MODES},
        "articles": prior.total, "subjects": held, "characters": chars,
    }  # fmt: skip


def read_model(record: dict[str, Any], subjects: Subjects) -> Model:
    """The model of a record. ValueError when it is of other features."""
    weights: dict[Mode, Floats] = {}
    for mode in MODES:
        given = record["modes"][mode]["weights"]
        if set(given) != set(FEATURES):
            raise ValueError("the model has other features than this version: run tools/calibrate_topics.py")
        weights[mode] = np.array([given[name] for name in FEATURES], np.float32)
    intercepts: dict[Mode, float] = {mode: record["modes"][mode]["intercept"] for mode in MODES}
    of_subjects = np.zeros(len(subjects), np.int64)
    for number, one in enumerate(subjects.entries):
        of_subjects[number] = record["subjects"].get(f"{one.role} {one.name}", 0)
    of_chars = np.zeros(CHARS, np.int64)
    for char, count in record["characters"].items():
        of_chars[ord(char)] = count
    prior = Frequencies(record["articles"], of_subjects, of_chars)
    return Model(weights, intercepts, prior)


@lru_cache(maxsize=1)
def load_model(subjects: Subjects) -> Model:
    """The packaged model, read once."""
    text = resources.files(__package__).joinpath("data/topic_model.json").read_text("utf-8")
    return read_model(json.loads(text), subjects)
