"""Whether two articles answer the same question: articles as vectors, and the features of a pair."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..text.contrasts import load_contrasts
from ..text.subjects import Subjects
from .profiles import BODY, LEAD, TITLE, Profile
from .questions import FULL
from .sparse import pair_dots
from .vectors import (
    EVERYWHERE,
    FOCUS,
    TITLE_PRODUCT,
    Floats,
    Rows,
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
#: From this nearness on a text is near a question. Of 117 labelled pairs of one topic all but two have an article with
#: 0.14 or more; of articles of words drawn at random few have 0.13.
CLEAR: Final = 0.13
#: How alike in characters two articles of one topic are at least: all of these pairs are by 0.132 or more; of unrelated
#: articles of one trade half are by less than 0.17, of random words most by less than 0.13.
ALIKE: Final = 0.13
#: What a product counts beside a matter.
_PRODUCT: Final = 0.7


class Frequencies(NamedTuple):
    """In how many of `total` articles each subject and each character stands."""

    total: int
    subjects: NDArray[np.int64]
    chars: NDArray[np.int64]

    def plus(self, other: Frequencies) -> Frequencies:
        """Both together."""
        return Frequencies(self.total + other.total, self.subjects + other.subjects, self.chars + other.chars)


def frequencies_of(profiles: Sequence[Profile], subjects: Subjects) -> Frequencies:
    """What these articles hold."""
    return Frequencies(
        len(profiles),
        frequencies(stack([one.subjects for one in profiles]), len(subjects)),
        frequencies(_narrow(stack([one.chars for one in profiles])), CHARS),
    )


def _narrow(rows: Rows) -> Rows:
    return Rows(rows.starts, np.minimum(rows.things, np.uint32(CHARS - 1)), rows.zones)


class Match(NamedTuple):
    """One way in which a pair is compared: the dot product of one article's `left` vector with the other's `right`.

    Where the vectors are not the same, the two directions make two features: the least and the mean.
    """

    name: str
    layer: str
    left: str
    right: str


MATCHES: Final = (
    Match("subjects", "subjects", "everywhere", "everywhere"),
    Match("subjects in focus", "subjects", "focus", "focus"),
    Match("products", "subjects", "products", "products"),
    Match("main subjects covered", "subjects", "main", "held"),
    Match("characters", "chars", "everywhere", "everywhere"),
    Match("title's characters covered", "chars", "title", "held"),
    Match("questions", "questions", "near", "near"),
    Match("nearest questions", "questions", "nearest", "nearest"),
    Match("questions in front", "questions", "near in front", "near in front"),
    Match("nearest questions in front", "questions", "nearest in front", "nearest in front"),
)


def _feature_names(match: Match) -> tuple[str, ...]:
    return (match.name,) if match.left == match.right else (f"{match.name}, least", f"{match.name}, mean")


#: What makes a pair alike.
FEATURES: Final = tuple(name for match in MATCHES for name in _feature_names(match))
#: What parts it, 0 or 1: the titles name products none of which they share; the product that one article speaks of most
#: has less than _HARDLY of the other's mentions of products.
PARTING: Final = ("title products differ", "main product hardly named")
_HARDLY: Final = 0.05
_TITLE_PRODUCTS: Final = ("subjects", "title products")


@dataclass(frozen=True)
class Space:
    """Articles as vectors, ready to be compared in pairs by number."""

    layers: dict[str, Rows]
    vectors: dict[tuple[str, str], Floats]

    def features(self, pairs: NDArray[np.int32]) -> Floats:
        """A row of FEATURES for each pair."""
        dots = {layer: self._dots(layer, pairs) for layer in sorted({match.layer for match in MATCHES})}
        columns: list[Floats] = []
        for match in MATCHES:
            forth = dots[match.layer][match.left, match.right]
            if match.left == match.right:
                columns.append(forth)
                continue
            back = dots[match.layer][match.right, match.left]
            columns += [np.minimum(forth, back), ((forth + back) / 2).astype(np.float32)]
        return np.stack(columns, axis=1)

    def parting(self, pairs: NDArray[np.int32]) -> Floats:
        """A row of PARTING for each pair."""
        named = sums(self.layers["subjects"], self.vectors[_TITLE_PRODUCTS]) > 0
        titles = self.vectors[_TITLE_PRODUCTS]
        shared = pair_dots(self.layers["subjects"], [titles], [titles], pairs)[:, 0]
        products = named[pairs[:, 0]] & named[pairs[:, 1]] & (shared == 0)
        main, share = (self.vectors["subjects", name] for name in ("main product", "product shares"))
        each = pair_dots(self.layers["subjects"], [main, share], [share, main], pairs).min(axis=1)
        has = sums(self.layers["subjects"], main) > 0
        hardly = has[pairs[:, 0]] & has[pairs[:, 1]] & (each < _HARDLY)
        return np.stack([products, hardly], axis=1).astype(np.float32)

    def excluded(self, pairs: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Pairs whose titles name conditions that exclude one another (a first home and a second), or that mainly speak
        of two products of one kind, each of which the other hardly names (借呗 and 微粒贷).
        """
        vectors = [self.vectors["conditions", name] for name in ("facets", "values")]
        both = pair_dots(self.layers["conditions"], vectors, vectors, pairs)
        one, share = (self.vectors["subjects", name] for name in ("main one of a kind", "product shares"))
        each = pair_dots(self.layers["subjects"], [one, share], [share, one], pairs).max(axis=1)
        has = sums(self.layers["subjects"], one) > 0
        products = has[pairs[:, 0]] & has[pairs[:, 1]] & (each < _HARDLY)
        found: NDArray[np.bool_] = (both[:, 0] > both[:, 1]) | products
        return found

    def vague(self, pairs: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Pairs of which neither article is near any known question, or that have hardly a character in common: of
        texts that say nothing in particular (words drawn at random, pages of commonplaces) it cannot be told what they
        answer.
        """
        vectors = [self.vectors["chars", "everywhere"]]
        alike = pair_dots(self.layers["chars"], vectors, vectors, pairs)[:, 0]
        found: NDArray[np.bool_] = (self._nearest()[pairs].max(axis=1, initial=0) < CLEAR) | (alike < ALIKE)
        return found

    def vague_titles(self) -> NDArray[np.bool_]:
        """Titles that are near no known question, and name no subject."""
        rows = self.layers["subjects"]
        found: NDArray[np.bool_] = (self._nearest() < CLEAR) & (rows.starts[1:] == rows.starts[:-1])
        return found

    def _nearest(self) -> Floats:
        """How near each article is to the question it is nearest to."""
        rows = self.layers["questions"]
        found = np.zeros(len(rows), np.float32)
        np.maximum.at(found, rows.rows(), self.vectors["questions", "nearness"])
        return found

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
        lefts, rights = ([self.vectors[layer, name] for name in names] for names in zip(*wanted, strict=True))
        found = pair_dots(self.layers[layer], lefts, rights, pairs)
        return {names: found[:, column] for column, names in enumerate(wanted)}


def make_space(profiles: Sequence[Profile], known: Frequencies, subjects: Subjects) -> Space:
    """The vectors of these articles, with idf from `known`."""
    rows = stack([one.subjects for one in profiles])
    chars = _narrow(stack([one.chars for one in profiles]))
    questions = stack([one.questions for one in profiles])
    vectors: dict[tuple[str, str], Floats] = {}
    rare = subject_idf(known, subjects)
    vectors["subjects", "everywhere"] = normalised(rows, weights(rows, EVERYWHERE, rare))
    in_focus = weights(rows, FOCUS, rare)
    vectors["subjects", "focus"] = normalised(rows, in_focus)
    vectors["subjects", "main"] = shares(rows, main_part(rows, in_focus))
    vectors["subjects", "held"] = _held(rows)
    is_product = np.array([one.role == "product" for one in subjects.entries])
    products, titles = _with_broader(rows, is_product, subjects)
    vectors["subjects", "products"] = normalised(rows, products)
    vectors[_TITLE_PRODUCTS] = titles
    mentions = _mentions(rows, is_product)
    main = main_part(rows, mentions, 1) > 0
    vectors["subjects", "main product"] = main.astype(np.float32)
    of_a_kind = np.array([one.broader >= 0 for one in subjects.entries])
    vectors["subjects", "main one of a kind"] = (main & of_a_kind[rows.things]).astype(np.float32)
    total = sums(rows, mentions)[rows.rows()]
    vectors["subjects", "product shares"] = (products / np.maximum(total, 1)).astype(np.float32)
    rare = idf_of(known.chars, known.total)
    vectors["chars", "everywhere"] = normalised(chars, weights(chars, EVERYWHERE, rare))
    in_title = np.minimum(chars.zones[:, TITLE], 1).astype(np.float32)
    vectors["chars", "title"] = shares(chars, in_title * rare[chars.things])
    vectors["chars", "held"] = _held(chars)
    vectors["questions", "nearness"] = questions.zones[:, BODY].astype(np.float32) * np.float32(FULL / 255)
    for name, column in (("", BODY), (" in front", LEAD)):
        vectors["questions", f"near{name}"] = _sharpened(questions, column, *_NEAR)
        vectors["questions", f"nearest{name}"] = _sharpened(questions, column, *_NEAREST)
    conditions = stack([one.conditions for one in profiles])
    is_facet = conditions.things < load_contrasts().facets
    vectors["conditions", "facets"] = is_facet.astype(np.float32)
    vectors["conditions", "values"] = (~is_facet).astype(np.float32)
    return Space({"subjects": rows, "chars": chars, "questions": questions, "conditions": conditions}, vectors)


def join_spaces(spaces: Iterable[Space]) -> Space:
    """The articles of several spaces in one, in order, without the counts they were made of. They are used up."""
    parts = list(spaces)
    layers: dict[str, Rows] = {}
    vectors: dict[tuple[str, str], Floats] = {}
    for layer in list(parts[0].layers) if parts else ():
        rows = [part.layers.pop(layer) for part in parts]
        ends = np.cumsum([len(one.things) for one in rows])
        starts = [one.starts[:-1] + end - len(one.things) for one, end in zip(rows, ends, strict=True)]
        things = np.concatenate([one.things for one in rows])
        layers[layer] = Rows(np.concatenate([*starts, ends[-1:]]), things, np.empty((0, 4), np.uint8))
        del rows
        for name in [name for name in parts[0].vectors if name[0] == layer]:
            vectors[name] = np.concatenate([part.vectors.pop(name) for part in parts])
    return Space(layers, vectors)


def subject_idf(known: Frequencies, subjects: Subjects) -> Floats:
    """How much each subject says: its idf, products less than matters."""
    worth = np.array([_PRODUCT if one.role == "product" else 1.0 for one in subjects.entries], np.float32)
    found: Floats = idf_of(known.subjects, known.total) * worth
    return found


def _sharpened(rows: Rows, column: int, most: int, power: float) -> Floats:
    """Nearness to the `most` nearest questions, raised to a power so that the nearest count, normalised."""
    values = rows.zones[:, column].astype(np.float32) / np.float32(255)
    found: Floats = normalised(rows, (main_part(rows, values, most) ** np.float32(power)).astype(np.float32))
    return found


def _held(rows: Rows) -> Floats:
    """How surely an article speaks of each thing, 0 to 1."""
    counts = rows.zones[:, BODY].astype(np.float32) + np.minimum(rows.zones[:, TITLE], 1)
    found: Floats = counts / (counts + 1)
    return found


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
