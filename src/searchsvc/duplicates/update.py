"""Brings what is known of duplicates in line with the index: only what changed is read and compared."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..editorial import Kind
from ..protocols import Snapshot
from ..text.subjects import Subjects
from .candidates import Keys
from .crowds import crowds_of
from .evidence import evidence_of
from .model import SAME_TOPIC, Model, Scores
from .near import near_pairs
from .overlap import Overlap
from .profiles import Profile
from .rows import rows_of, version_of
from .store import DuplicateStore, StoredPair, Update
from .topics import PARTING, Frequencies, Space, frequencies_of, join_spaces, make_space
from .vectors import Floats

#: Once more than this share of the articles has changed since all were compared, an update compares all anew; until
#: then it compares the fresh ones with all, by what was boilerplate and what was rare then.
ANEW: Final = 0.05
#: Up to so many articles everything is always compared anew: it takes less than a second.
SMALL: Final = 2_000
#: Profiles and pairs at hand at a time: some 20 MB each.
_CHUNK: Final = 4_000
_PAIRS: Final = 200_000


@dataclass(frozen=True, slots=True)
class UpdateReport:
    """Articles read anew, articles gone, pairs known now."""

    changed: int
    removed: int
    pairs: int


class Updater:
    """One update of a store. `tick` is called for each article read."""

    def __init__(self, store: DuplicateStore, subjects: Subjects, model: Model, jobs: int = 1) -> None:
        """`jobs` as in the settings."""
        self._store = store
        self._jobs = jobs
        self._subjects = subjects
        self._model = model

    def run(self, snapshot: Snapshot, tick: Callable[[], None] = lambda: None) -> UpdateReport:
        """Reads what changed since the last update, compares it, and keeps what it finds."""
        with self._store.update() as update:
            known = update.versions()
            now = {name: version_of(content, date, category) for name, content, date, category in snapshot.contents()}
            gone = [number for name, (number, _) in known.items() if name not in now]
            changed = [name for name, version in now.items() if name not in known or known[name][1] != version]
            update.set_facts({"generation": str(snapshot.generation).encode()})
            if not gone and not changed:
                return UpdateReport(0, 0, update.count_pairs())
            update.remove(gone)
            fresh = []
            read = (stored for stored in map(snapshot.article, changed) if stored is not None)
            for row in rows_of(read, len(changed), self._subjects, self._jobs):
                fresh.append(update.put(row))
                tick()
            drift = int(update.fact("drift") or b"0") + len(fresh) + len(gone)
            anew = len(now) <= SMALL or drift > ANEW * len(now)
            update.set_facts({"drift": b"0" if anew else str(drift).encode()})
            update.forget_pairs(None if anew else fresh)
            _Comparison(update, snapshot, self._subjects, self._model, None if anew else fresh).run()
            return UpdateReport(len(fresh), len(gone), update.count_pairs())


class _Comparison:
    """The comparing of fresh articles with all."""

    def __init__(
        self, update: Update, snapshot: Snapshot, subjects: Subjects, model: Model, fresh: Iterable[int] | None
    ) -> None:
        """`fresh` is None when all are."""
        self._update = update
        self._snapshot = snapshot
        self._subjects = subjects
        self._model = model
        self._numbers = update.numbers()
        self._ids: list[bytes] = update.column("id")
        self._titles: list[bytes] = update.column("title")
        self._all = fresh is None
        self._fresh = np.isin(self._numbers, list(self._numbers if fresh is None else fresh))

    def run(self) -> None:
        """Finds the pairs and puts them into the store."""
        if not self._all and not self._fresh.any():
            return
        known = self._frequencies().plus(self._model.prior)
        near = list(near_pairs(self._update, self._snapshot, None if self._all else self._fresh))
        topics = self._topic_candidates([(one.a, one.b) for one in near])
        places = np.unique(np.concatenate([topics.ravel(), [place for one in near for place in (one.a, one.b)]]))
        space = self._space(places.astype(np.int64), known)
        at = {place: number for number, place in enumerate(places.tolist())}
        pairs = [self._pair(one.a, one.b, one.kind, one.shared.share, at, space, one.shared) for one in near]
        scores, parting, barred = self._scores(topics, places, space)
        crowds = self._crowds(topics, scores)
        chances = self._model.probabilities(scores, crowds[topics[:, 0]], crowds[topics[:, 1]], parting)
        for row in np.flatnonzero((chances >= SAME_TOPIC["texts"]) & ~barred).tolist():
            a, b = topics[row].tolist()
            pairs.append(self._pair(a, b, "same-topic", float(chances[row]), at, space, None))
        self._update.add_pairs(pairs)

    def _scores(
        self, topics: NDArray[np.int32], places: NDArray[np.int64], space: Space
    ) -> tuple[Scores, Floats, NDArray[np.bool_]]:
        """(score of each pair, its row of PARTING, whether it cannot be one)."""
        barred = np.zeros(len(topics), np.bool_)
        scores, parting = np.zeros(len(topics)), np.zeros((len(topics), len(PARTING)), np.float32)
        for start in range(0, len(topics), _PAIRS):
            part = slice(start, start + _PAIRS)
            local = np.searchsorted(places, topics[part]).astype(np.int32)
            scores[part] = self._model.scores(space.features(local))
            parting[part] = space.parting(local)
            barred[part] = space.vague(local) | space.excluded(local)
        return scores, parting, barred

    def _crowds(self, topics: NDArray[np.int32], scores: Scores) -> Floats:
        """The crowds of all articles: of fresh ones found and kept, of the others as they were kept."""
        kept = np.array(self._update.column("crowd"), np.float32)
        fresh = np.flatnonzero(self._fresh)
        kept[fresh] = crowds_of(topics, scores, len(kept))[fresh]
        self._update.set_crowds((self._numbers[place], float(kept[place])) for place in fresh.tolist())
        return kept

    def _topic_candidates(self, near: Sequence[tuple[int, int]]) -> NDArray[np.int32]:
        """Pairs to be compared for their topic: not those that are near copies anyway."""
        pairs = Keys(self._update.column("key")).pairs(np.flatnonzero(self._fresh).astype(np.int32))
        total = np.int64(len(self._numbers))
        taken = np.array([a * total + b for a, b in near], np.int64)
        found: NDArray[np.int32] = pairs[np.isin(pairs[:, 0] * total + pairs[:, 1], taken, invert=True)]
        return found

    def _space(self, places: NDArray[np.int64], known: Frequencies) -> Space:
        """The articles of these places, in their order."""
        everything = len(places) * 2 > len(self._numbers)
        chosen = {self._numbers[place] for place in places.tolist()}
        found = self._update.profiles(None if everything else sorted(chosen))
        profiles = (Profile.unpacked(about, chars) for number, about, chars in found if number in chosen)
        return join_spaces(
            make_space(chunk, known, self._subjects) for chunk in iter(lambda: list(islice(profiles, _CHUNK)), [])
        )

    def _frequencies(self) -> Frequencies:
        """Counted anew with all; between that, what was counted then still tells what is rare."""
        kept = self._update.fact("frequencies")
        if not self._all and kept:
            return read_frequencies(kept)
        profiles = (Profile.unpacked(about, chars) for _, about, chars in self._update.profiles())
        held = frequencies_of([], self._subjects)
        for chunk in iter(lambda: list(islice(profiles, _CHUNK)), []):
            held = held.plus(frequencies_of(chunk, self._subjects))
        self._update.set_facts({"frequencies": frequencies_bytes(held)})
        return held

    def _pair(
        self, a: int, b: int, kind: Kind, score: float, at: Mapping[int, int], space: Space, shared: Overlap | None
    ) -> StoredPair:
        """The pair by numbers, in order of ids."""
        if self._ids[a] > self._ids[b]:
            a, b, shared = b, a, shared.turned() if shared else None
        titles = _text(self._titles[a]), _text(self._titles[b])
        evidence = evidence_of(at[a], at[b], space, self._subjects, titles, shared)
        return StoredPair(self._numbers[a], self._numbers[b], kind, round(score, 4), evidence)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")


def frequencies_bytes(held: Frequencies) -> bytes:
    """Frequencies to be kept."""
    out = io.BytesIO()
    np.savez_compressed(
        out,
        total=np.int64(held.total),
        subjects=held.subjects,
        chars=held.chars,
    )
    return out.getvalue()


def read_frequencies(data: bytes) -> Frequencies:
    """Frequencies that were kept."""
    with np.load(io.BytesIO(data), allow_pickle=False) as found:
        return Frequencies(int(found["total"]), found["subjects"], found["chars"])
