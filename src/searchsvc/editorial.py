"""The values of the editors' side: pairs and clusters of duplicates, what was decided about them, what is hidden.

All frozen. Offsets are code points into the string they belong to, half-open. In a pair `a` < `b` by id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

#: `copy`: the same title and text after folding. `near-copy`: published again with edits, a changed title too, or one
#: inside the other. `same-topic`: another text that answers the same question about the same product.
Kind = Literal["copy", "near-copy", "same-topic"]
KINDS: Final[tuple[Kind, ...]] = ("copy", "near-copy", "same-topic")

#: `same`: duplicates, keep one. `different`: no duplicates. `merged`: duplicates, already made one.
Verdict = Literal["same", "different", "merged"]
VERDICTS: Final[tuple[Verdict, ...]] = ("same", "different", "merged")


class Passage(NamedTuple):
    """A passage that two texts share: where it stands in the body of each."""

    a: tuple[int, int]
    b: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why two articles are a pair.

    `share_a` is the share of a's text (its letters and digits, boilerplate left out) that stands in b, `share_b` the
    reverse; `shared_passages` how many passages that is. `title` says how alike the titles are, 0 to 1. `ties` are the
    subjects both are about, strongest first; `only_a` and `only_b` are what part them.
    """

    share_a: float
    share_b: float
    shared_passages: int
    title: float
    ties: tuple[str, ...] = ()
    only_a: tuple[str, ...] = ()
    only_b: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    """Two duplicates. `score`: 1.0 for a copy; for a near copy the larger of the two shares of text; for two articles
    of one topic the probability that they are, calibrated on labelled pairs.

    `decision` is what was decided about the pair, if anything.
    """

    a: str
    b: str
    kind: Kind
    score: float
    evidence: Evidence
    decision: Decision | None = None


@dataclass(frozen=True, slots=True)
class ClusterArticle:
    """An article in a list of editors. `chars` counts letters and digits of its body; `visits` is None when unknown."""

    id: str
    key: str
    url: str
    title: str
    date: str | None
    category: str | None
    chars: int
    visits: int | None = None


@dataclass(frozen=True, slots=True)
class Cluster:
    """Articles that are duplicates of one another, directly or through others.

    `id` stays while the oldest article stays. `kind` is the weakest kind needed to hold the cluster together, `score`
    the lowest score among the links that do. `articles` are ordered oldest first; `keep` is the id of the one proposed
    to keep and `reason` says why, in Chinese. `gain` is what one page instead of several brings: the visits of the
    others, or without visits their number.
    """

    id: str
    kind: Kind
    score: float
    articles: tuple[ClusterArticle, ...]
    keep: str
    reason: str
    pairs: tuple[Pair, ...]
    gain: int


@dataclass(frozen=True, slots=True)
class ClusterList:
    """One page of clusters; `total` counts all that pass the filters, `kinds` those of each kind."""

    total: int
    clusters: tuple[Cluster, ...]
    kinds: Mapping[Kind, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two articles side by side: their texts and what both have. Ranges of `passages` are into the bodies."""

    a: ComparedText
    b: ComparedText
    pair: Pair | None
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class ComparedText:
    """One side of a comparison."""

    article: ClusterArticle
    headings: tuple[str, ...]
    body: str


@dataclass(frozen=True, slots=True)
class TextMark:
    """What a decision remembers of a text: its id, the hash of its content, and a sketch of it (hashes of some of its
    shingles, 8 bytes each, sorted), by which a later version is known to be materially the same or not."""

    id: str
    content_hash: str
    sketch: bytes


@dataclass(frozen=True, slots=True)
class Decision:
    """What an editor decided about a pair. `keep` is the id of the article to keep (None for `different`); `at` is a
    moment in UTC, ISO with seconds and `Z`; `by` the name of the token. `undone_by` and `undone_at` once taken back."""

    id: str
    a: TextMark
    b: TextMark
    decision: Verdict
    keep: str | None
    note: str
    by: str
    at: str
    undone_by: str | None = None
    undone_at: str | None = None


@dataclass(frozen=True, slots=True)
class Hidden:
    """An article taken out of every answer."""

    id: str
    by: str
    at: str


@dataclass(frozen=True, slots=True)
class Match:
    """An article the site already has on what was asked about. `score` as in Pair."""

    id: str
    key: str
    url: str
    title: str
    date: str | None
    kind: Kind
    score: float
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What the site already has, best first, and which passages of the draft none of it has.

    `new_passages` are ranges into the draft's body, empty for a title alone; `new_subjects` are what the draft is about
    and no match is.
    """

    title: str
    matches: tuple[Match, ...]
    new_passages: tuple[tuple[int, int], ...] = ()
    new_subjects: tuple[str, ...] = ()
    body: str = ""


@dataclass(frozen=True, slots=True)
class PlannedTitle:
    """One title of a list that was checked: what the site has, and which other titles of the list (0-based) ask the
    same, each with its probability."""

    title: str
    matches: tuple[Match, ...]
    planned: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Topic:
    """A row of the overview: an article that stands alone, or a cluster under the article to keep."""

    article: ClusterArticle
    articles: int
    kind: Kind | None
    cluster: str | None


@dataclass(frozen=True, slots=True)
class TopicList:
    """One page of the overview; `total` counts all rows that pass the filters."""

    total: int
    topics: tuple[Topic, ...]


@dataclass(frozen=True, slots=True)
class Redirect:
    """An address that should lead to another, chains resolved."""

    id: str
    url: str
    keep: str
    keep_url: str
