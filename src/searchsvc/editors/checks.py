"""Before writing: what the site already has on a title or a draft."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..duplicates.crowds import MISSING, crowds_of
from ..duplicates.evidence import evidence_of, new_subjects
from ..duplicates.model import SAME_TOPIC, Mode, Model, Scores
from ..duplicates.overlap import Measured, Overlap, measured, overlap
from ..duplicates.profiles import Profile, profile_of
from ..duplicates.questions import load_questions
from ..duplicates.rows import hash_of
from ..duplicates.shingles import Hashes, Plain, covered, plain_text
from ..duplicates.signatures import share_enough
from ..duplicates.store import DuplicateStore, Row
from ..duplicates.topics import Frequencies, Space, all_pairs, make_space
from ..editorial import CheckResult, ClusterArticle, Evidence, Kind, Match, PlannedTitle
from ..models import SearchRequest
from ..protocols import Segmenter, Snapshot
from ..query import MAX_QUERY_CHARS, parse_query
from ..text.analyse import clean_line, clean_lines
from ..text.fold import fold
from ..text.lexicon import Lexicon
from ..text.subjects import Subjects

#: Articles looked at for each question put to the index.
PER_QUESTION: Final = 25
#: Pieces of a draft that are looked for, and their length in characters.
PIECES: Final = 4
PIECE_CHARS: Final = 120
#: Known questions near the draft whose words are looked for too.
NEAR_QUESTIONS: Final = 2
#: Matches given, and other titles of a list.
MOST_MATCHES: Final = 20
#: Makes an article of lists out of a row.
ShowArticle = Callable[[Row], ClusterArticle]

_SENTENCE: Final = re.compile(r"[^。！？!?\n]+[。！？!?]*")


@dataclass(frozen=True)
class Checker:
    """Looks drafts up in one state of the index and the store. `hidden` articles are no matches."""

    snapshot: Snapshot
    store: DuplicateStore
    segmenter: Segmenter
    lexicon: Lexicon
    subjects: Subjects
    model: Model
    known: Frequencies
    boilerplate: Hashes
    hidden: frozenset[str]

    def check(self, title: str, body: str, show: ShowArticle) -> CheckResult:
        """What the site has on a draft; a body that is empty makes it a title alone."""
        title, body = clean_line(title), clean_lines(body)
        profile = profile_of(title, (), body, self.subjects)
        rows = self._candidates(self._questions(title, body, profile))
        space = self._space([profile, *map(_profile, rows)])
        draft = measured(body, self.boilerplate) if body else None
        near = self._near(title, draft, rows)
        pairs = np.array([(0, at + 1) for at in range(len(rows))], np.int32).reshape(-1, 2)
        mode: Mode = "texts" if body else "title and text"
        chances = self._chances(space, pairs, rows, set(near), mode)
        matches: list[tuple[Kind, float, Evidence, Row]] = []
        for at, row in enumerate(rows):
            if row.id in near:
                kind, score, shared = near[row.id]
            elif fold(row.title) == fold(title):
                kind, score, shared = "same-topic", 1.0, None
            elif chances[at] >= SAME_TOPIC[mode]:
                kind, score, shared = "same-topic", float(chances[at]), None
            else:
                continue
            evidence = evidence_of(0, at + 1, space, self.subjects, (title, row.title), shared)
            matches.append((kind, round(score, 4), evidence, row))
        matches.sort(key=lambda one: (("copy", "near-copy", "same-topic").index(one[0]), -one[1], one[3].id))
        chosen = matches[:MOST_MATCHES]
        at_of = {row.id: at + 1 for at, row in enumerate(rows)}
        added = new_subjects(0, [at_of[row.id] for *_, row in chosen], space, self.subjects) if chosen else ()
        passages = _new_passages(body, draft, [self._text(row) for *_, row in chosen]) if draft else ()
        return CheckResult(title, tuple(_match(*one, show) for one in chosen), passages, added, body)

    def check_titles(self, titles: Sequence[str], show: ShowArticle) -> tuple[PlannedTitle, ...]:
        """Each title against the site, and against the others of the list."""
        cleaned = [clean_line(title) for title in titles]
        profiles = [profile_of(title, (), "", self.subjects) for title in cleaned]
        space = self._space(profiles)
        pairs = all_pairs(len(profiles))
        # What the titles of a list have for neighbours is the list, which says nothing.
        unknown = np.full(len(pairs), MISSING, np.float32)
        scores = self.model.scores(space.features(pairs), "titles")
        chances = self.model.probabilities(scores, unknown, unknown, space.parting(pairs), "titles")
        chances[space.excluded(pairs) | space.vague_titles()[pairs].any(axis=1)] = 0
        others: dict[int, list[tuple[int, float]]] = {}
        for (a, b), chance in zip(pairs.tolist(), chances.tolist(), strict=True):
            chance = 1.0 if fold(cleaned[a]) == fold(cleaned[b]) else chance
            if chance >= SAME_TOPIC["titles"]:
                others.setdefault(a, []).append((b, round(chance, 4)))
                others.setdefault(b, []).append((a, round(chance, 4)))
        return tuple(
            PlannedTitle(title, self.check(title, "", show).matches, _likeliest(others.get(at, ())))
            for at, title in enumerate(cleaned)
        )

    def _chances(
        self, space: Space, pairs: NDArray[np.int32], rows: Sequence[Row], near: set[str], mode: Mode
    ) -> Scores:
        """The probability that the draft answers the question of each article. Near copies are no part of its crowd."""
        scores = self.model.scores(space.features(pairs), mode)
        apart = np.array([row.id not in near for row in rows], np.bool_)
        mine = np.full(len(rows), crowds_of(pairs[apart], scores[apart], 1)[0], np.float32)
        known = self.store.crowds(row.id for row in rows)
        theirs = np.array([known.get(row.id, MISSING) for row in rows], np.float32)
        found = self.model.probabilities(scores, mine, theirs, space.parting(pairs), mode)
        vague = space.vague(pairs) if mode == "texts" else space.vague_titles()[pairs[:, 0]]
        return np.where(space.excluded(pairs) | vague, 0.0, found)

    def _questions(self, title: str, body: str, profile: Profile) -> list[str]:
        """Queries that find what may match: the title, its subjects by name, and pieces of the body."""
        zones = profile.subjects.zones
        main = np.argsort(-(zones[:, 0].astype(int) * 8 + zones[:, 2] * 2 + zones[:, 3]), kind="stable")[:6]
        names = [self.subjects.entries[int(profile.subjects.things[at])].name for at in main.tolist()]
        step = max(len(body) // PIECES, PIECE_CHARS)
        pieces = [body[at : at + PIECE_CHARS] for at in range(0, len(body), step)][:PIECES]
        near = profile.questions
        best = np.argsort(-near.zones.astype(int).sum(axis=1), kind="stable")[:NEAR_QUESTIONS]
        known = [load_questions().names[int(near.things[at])] for at in best.tolist()]
        # What a draft holds is text, never an operator.
        questions = [re.sub(r"[\W_]+", " ", text).strip() for text in (title, " ".join(names), *known, *pieces)]
        return [question[:MAX_QUERY_CHARS] for question in questions if question]

    def _candidates(self, questions: Iterable[str]) -> list[Row]:
        ids: dict[str, None] = {}
        for question in questions:
            query = parse_query(question, self.segmenter, self.lexicon)
            request = SearchRequest(query, limit=PER_QUESTION, collapse=False, facets=False)
            ids.update((hit.id, None) for hit in self.snapshot.search(request).hits)
        found = self.store.rows_of(ids)
        return [found[name][1] for name in ids if name in found and name not in self.hidden]

    def _space(self, profiles: Sequence[Profile]) -> Space:
        return make_space(profiles, self.known, self.subjects)

    def _text(self, row: Row) -> Measured:
        stored = self.snapshot.article(row.id)
        return measured(stored.article.body if stored else "", self.boilerplate)

    def _near(self, title: str, draft: Measured | None, rows: Sequence[Row]) -> dict[str, tuple[Kind, float, Overlap]]:
        """The rows that share enough text with the draft: kind, score, and what they share."""
        found: dict[str, tuple[Kind, float, Overlap]] = {}
        if draft is None:
            return found
        body_hash = hash_of(draft.plain)
        own = np.setdiff1d(draft.sketch, self.boilerplate, assume_unique=True)
        for row in rows:
            if draft.plain and row.body_hash == body_hash:
                same_title = plain_text(row.title) == plain_text(title)
                found[row.id] = ("copy" if same_title else "near-copy", 1.0, Overlap(1.0, 1.0, 1, len(draft.plain)))
            elif share_enough(own, np.frombuffer(row.sketch, "<u8").astype(np.uint64), self.boilerplate):
                shared = overlap(draft, self._text(row))
                if shared.is_near_copy:
                    found[row.id] = ("near-copy", shared.share, shared)
        return found


def _likeliest(others: Iterable[tuple[int, float]]) -> tuple[tuple[int, float], ...]:
    """The likeliest, in order of the list: of a thousand titles that ask the same, each would name all others."""
    return tuple(sorted(sorted(others, key=lambda one: (-one[1], one[0]))[:MOST_MATCHES]))


def _profile(row: Row) -> Profile:
    return Profile.unpacked(row.subjects, row.chars)


def _match(kind: Kind, score: float, evidence: Evidence, row: Row, show: ShowArticle) -> Match:
    one = show(row)
    return Match(one.id, one.key, one.url, one.title, one.date, kind, score, evidence)


def _new_passages(body: str, draft: Measured, others: Sequence[Measured]) -> tuple[tuple[int, int], ...]:
    """The sentences of a draft that stand in none of the others by more than half, neighbours joined."""
    if not others:
        return ()
    known = np.zeros(len(draft.plain), np.bool_)
    for other in others:
        known |= covered(draft.hashes, other.hashes, len(draft.plain))
    places = np.array(Plain(body).places, np.int64)
    found: list[tuple[int, int]] = []
    for sentence in _SENTENCE.finditer(body):
        start, end = np.searchsorted(places, sentence.span())
        if end > start and np.count_nonzero(known[start:end]) * 2 <= end - start:
            if found and not body[found[-1][1] : sentence.start()].strip():
                found[-1] = (found[-1][0], sentence.end())
            else:
                found.append(sentence.span())
    return tuple(found)
