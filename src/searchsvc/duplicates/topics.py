"""Whether two articles answer the same question: features of a pair, and a calibrated probability."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..text.subjects import Subjects
from .profiles import BODY, LEAD, NUMBERS, TITLE, Profile
from .sparse import pair_dots
from .vectors import (
    EVERYWHERE,
    FOCUS,
    FRONT,
    TITLE_PRODUCT,
    WIDE_FOCUS,
    Floats,
    Rows,
    Weighting,
    frequencies,
    idf_of,
    main_part,
    normalised,
    shares,
    stack,
    sums,
    weights,
)

#: Characters beyond the basic plane are rare and share a place.
CHARS: Final = 0x10000
#: A product's weight in the broader ones it lies in.
_BROADER: Final = 0.5
#: Questions that count, and the power their nearness is raised to, in two vectors.
_NEAR: Final = (12, 3.0)
_NEAREST: Final = (6, 2.0)
#: What a product counts beside a matter.
_PRODUCT: Final = 0.7


class Frequencies(NamedTuple):
    """In how many of `total` articles each subject, family, character and (hashed) number stands."""

    total: int
    subjects: NDArray[np.int64]
    families: NDArray[np.int64]
    chars: NDArray[np.int64]
    numbers: NDArray[np.int64]

    def plus(self, other: Frequencies) -> Frequencies:
        """Both together."""
        return Frequencies(
            self.total + other.total,
            self.subjects + other.subjects,
            self.families + other.families,
            self.chars + other.chars,
            self.numbers + other.numbers,
        )


def frequencies_of(profiles: Sequence[Profile], subjects: Subjects) -> Frequencies:
    """What these articles hold."""
    rows = stack([one.subjects for one in profiles])
    chars = _narrow(stack([one.chars for one in profiles]))
    return Frequencies(
        len(profiles),
        frequencies(rows, len(subjects)),
        frequencies(_families(rows, subjects), subjects.families),
        frequencies(chars, CHARS),
        frequencies(stack([one.numbers for one in profiles]), NUMBERS),
    )


def _narrow(rows: Rows) -> Rows:
    return Rows(rows.starts, np.minimum(rows.things, np.uint32(CHARS - 1)), rows.zones)


def _families(rows: Rows, subjects: Subjects) -> Rows:
    """The rows with families instead of subjects, counts added up."""
    table = np.array([one.family for one in subjects.entries], np.int64)
    keys = rows.rows() * subjects.families + table[rows.things]
    unique, place = np.unique(keys, return_inverse=True)
    zones = np.zeros((len(unique), rows.zones.shape[1]), np.int64)
    np.add.at(zones, place, rows.zones)
    owners = unique // max(subjects.families, 1)
    starts = np.searchsorted(owners, np.arange(len(rows) + 1))
    things = (unique % max(subjects.families, 1)).astype(np.uint32)
    return Rows(starts.astype(np.int64), things, np.minimum(zones, 255).astype(np.uint8))


class Match(NamedTuple):
    """One way in which a pair is compared: the dot product of one article's `left` vector with the other's `right`.

    `both` is how the two directions make features: "same" where the vectors are the same, else the least and the mean.
    """

    name: str
    layer: str
    left: str
    right: str


MATCHES: Final = (
    Match("subjects", "subjects", "everywhere", "everywhere"),
    Match("subjects in focus", "subjects", "focus", "focus"),
    Match("subjects in front", "subjects", "front", "front"),
    Match("products", "subjects", "products", "products"),
    Match("asks", "subjects", "asks", "asks"),
    Match("families", "families", "everywhere", "everywhere"),
    Match("families in focus", "families", "focus", "focus"),
    Match("characters", "chars", "everywhere", "everywhere"),
    Match("characters in focus", "chars", "focus", "focus"),
    Match("characters in front", "chars", "front", "front"),
    Match("main subjects covered", "subjects", "main", "held"),
    Match("main families covered", "families", "main", "held"),
    Match("title's subjects covered", "subjects", "title", "held"),
    Match("title's characters covered", "chars", "title", "held"),
    Match("numbers", "numbers", "everywhere", "everywhere"),
    Match("questions", "questions", "near", "near"),
    Match("nearest questions", "questions", "nearest", "nearest"),
    Match("questions in front", "questions", "near in front", "near in front"),
    Match("nearest questions in front", "questions", "nearest in front", "nearest in front"),
    Match("main product shared", "subjects", "main product", "product shares"),
)


def _feature_names(match: Match) -> tuple[str, ...]:
    return (match.name,) if match.left == match.right else (f"{match.name}, least", f"{match.name}, mean")


_TITLE_PRODUCTS: Final = ("subjects", "title products")
FEATURES: Final = (*(name for match in MATCHES for name in _feature_names(match)), "title products differ")


@dataclass(frozen=True)
class Space:
    """Articles as vectors, ready to be compared in pairs by number."""

    layers: dict[str, Rows]
    vectors: dict[tuple[str, str], Floats]

    def features(self, pairs: NDArray[np.int32]) -> Floats:
        """A row of FEATURES for each pair."""
        dots = {layer: self._dots(layer, pairs) for layer in self.layers}
        columns: list[Floats] = []
        for match in MATCHES:
            forth = dots[match.layer][match.left, match.right]
            if match.left == match.right:
                columns.append(forth)
                continue
            back = dots[match.layer][match.right, match.left]
            columns += [np.minimum(forth, back), ((forth + back) / 2).astype(np.float32)]
        named = sums(self.layers["subjects"], self.vectors[_TITLE_PRODUCTS]) > 0
        apart = dots["subjects"]["title products", "title products"] == 0
        columns.append((apart & named[pairs[:, 0]] & named[pairs[:, 1]]).astype(np.float32))
        return np.stack(columns, axis=1)

    def weights_of(self, article: int, layer: str, vector: str) -> dict[int, float]:
        """The entries of one vector of an article, by thing."""
        rows = self.layers[layer]
        things = rows.things[rows.starts[article] : rows.starts[article + 1]].tolist()
        return dict(zip(things, self._row(layer, vector, article).tolist(), strict=True))

    def _row(self, layer: str, vector: str, a: int) -> Floats:
        rows = self.layers[layer]
        return self.vectors[layer, vector][rows.starts[a] : rows.starts[a + 1]]

    def _dots(self, layer: str, pairs: NDArray[np.int32]) -> dict[tuple[str, str], Floats]:
        """The dot products that MATCHES name of a layer's vectors, both ways."""
        wanted = [(one.left, one.right) for one in MATCHES if one.layer == layer]
        wanted += [(right, left) for left, right in wanted if left != right]
        if layer == "subjects":
            wanted.append(("title products", "title products"))
        lefts, rights = ([self.vectors[layer, name] for name in names] for names in zip(*wanted, strict=True))
        found = pair_dots(self.layers[layer], lefts, rights, pairs)
        return {names: found[:, column] for column, names in enumerate(wanted)}


def make_space(profiles: Sequence[Profile], known: Frequencies, subjects: Subjects) -> Space:
    """The vectors of these articles, with idf from `known`."""
    rows = stack([one.subjects for one in profiles])
    families = _families(rows, subjects)
    chars = _narrow(stack([one.chars for one in profiles]))
    role = np.array([("product", "matter", "ask").index(one.role) for one in subjects.entries])
    idf = idf_of(known.subjects, known.total)
    about = idf * np.array([_PRODUCT, 1.0, 0.0], np.float32)[role]
    plain: Floats = (role == 2).astype(np.float32)
    vectors: dict[tuple[str, str], Floats] = {}
    _common(vectors, "subjects", rows, about)
    _common(vectors, "families", families, idf_of(known.families, known.total) * _no_asks(subjects))
    _common(vectors, "chars", chars, idf_of(known.chars, known.total), WIDE_FOCUS)
    vectors["subjects", "asks"] = normalised(rows, weights(rows, Weighting(3, 1, 0, 0, 1), plain))
    numbers, questions = (stack([getattr(one, name) for one in profiles]) for name in ("numbers", "questions"))
    of_numbers = weights(numbers, EVERYWHERE, idf_of(known.numbers, known.total))
    vectors["numbers", "everywhere"] = normalised(numbers, of_numbers)
    for name, column in (("", BODY), (" in front", LEAD)):
        vectors["questions", f"near{name}"] = _sharpened(questions, column, *_NEAR)
        vectors["questions", f"nearest{name}"] = _sharpened(questions, column, *_NEAREST)
    mentions = _mentions(rows, role == 0)
    largest = main_part(rows, mentions, 1)
    vectors["subjects", "main product"] = (largest > 0).astype(np.float32)
    vectors["subjects", "product shares"] = shares(rows, mentions)
    wide = _with_broader(rows, role == 0, subjects)
    vectors["subjects", "products"] = normalised(rows, wide[0])
    vectors["subjects", "title products"] = wide[1]
    return Space(
        {"subjects": rows, "families": families, "chars": chars, "numbers": numbers, "questions": questions},
        vectors,
    )


def _sharpened(rows: Rows, column: int, most: int, power: float) -> Floats:
    """Nearness to the `most` nearest questions, raised to a power so that the nearest count, normalised."""
    values = rows.zones[:, column].astype(np.float32) / np.float32(255)
    found: Floats = normalised(rows, (main_part(rows, values, most) ** np.float32(power)).astype(np.float32))
    return found


def _no_asks(subjects: Subjects) -> Floats:
    found = np.ones(subjects.families, np.float32)
    for one in subjects.entries:
        if one.role == "ask":
            found[one.family] = 0
    return found


def _common(
    vectors: dict[tuple[str, str], Floats], layer: str, rows: Rows, idf: Floats, focus: Weighting = FOCUS
) -> None:
    """The vectors every layer has."""
    vectors[layer, "everywhere"] = normalised(rows, weights(rows, EVERYWHERE, idf))
    in_focus = weights(rows, focus, idf)
    vectors[layer, "focus"] = normalised(rows, in_focus)
    vectors[layer, "front"] = normalised(rows, weights(rows, FRONT, idf))
    vectors[layer, "main"] = shares(rows, main_part(rows, in_focus))
    counts = rows.zones[:, BODY].astype(np.float32) + np.minimum(rows.zones[:, TITLE], 1)
    vectors[layer, "held"] = counts / (counts + 1)
    vectors[layer, "title"] = shares(rows, np.minimum(rows.zones[:, TITLE], 1).astype(np.float32) * idf[rows.things])


def _mentions(rows: Rows, chosen: NDArray[np.bool_]) -> Floats:
    """Mentions of the chosen subjects, those in the title and the lead counted more."""
    zones = rows.zones.astype(np.float32)
    counts = zones[:, BODY] + TITLE_PRODUCT * np.minimum(zones[:, TITLE], 1) + 2 * np.minimum(zones[:, LEAD], 1)
    found: Floats = np.where(chosen[rows.things], counts, np.float32(0))
    return found


def _with_broader(rows: Rows, chosen: NDArray[np.bool_], subjects: Subjects) -> tuple[Floats, Floats]:
    """(mentions of products, those of products inside them counted in part; 1 for the title's products and what they
    lie in). A profile has an entry for what its products lie in, see profile_of.
    """
    mentions = _mentions(rows, chosen)
    titles = np.where(chosen[rows.things], np.minimum(rows.zones[:, TITLE], 1), 0).astype(np.float32)
    keys = rows.rows() * np.int64(len(subjects)) + rows.things
    broader = np.array([one.broader for one in subjects.entries], np.int64)
    narrow = np.flatnonzero(mentions)
    number, weight = rows.things[narrow].astype(np.int64), mentions[narrow].copy()
    while True:
        wider = broader[number]
        inside = wider >= 0
        if not inside.any():
            return mentions, titles
        keep = keys[narrow[inside]] - rows.things[narrow[inside]] + wider[inside]
        places = np.searchsorted(keys, keep)
        weight = weight[inside] * np.float32(_BROADER)
        np.add.at(mentions, places, weight)
        np.maximum.at(titles, places, titles[narrow[inside]])
        narrow, number = narrow[inside], wider[inside]


def all_pairs(count: int) -> NDArray[np.int32]:
    """Every pair of so many articles, ordered."""
    first, second = np.triu_indices(count, 1)
    return np.stack((first, second), axis=1).astype(np.int32)
