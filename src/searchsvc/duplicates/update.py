"""Brings what is known of duplicates in line with the index: only what changed is read and compared."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..editorial import Evidence, Kind
from ..protocols import Snapshot
from ..text.subjects import Subjects
from .evidence import evidence_of
from .model import SAME_TOPIC, Model
from .near import near_pairs
from .overlap import Overlap
from .profiles import Profile
from .rows import rows_of, version_of
from .store import DuplicateStore, StoredPair, Update
from .topics import Frequencies, Space, frequencies_of, make_space
from .vectors import main_part

#: Once more than this share of the articles has changed since all were compared, an update compares all anew; until
#: then it compares the fresh ones with all, by what was boilerplate and what was rare then.
ANEW: Final = 0.05
#: Up to so many articles everything is always compared anew: it takes less than a second.
SMALL: Final = 2_000
#: Candidates of one article for its topic, at most, and the least cosine of their main subjects.
TOPIC_CANDIDATES: Final = 16
TOPIC_COSINE: Final = 0.15
#: In a large index a subject of more than this share of the articles suggests no candidates.
COMMON: Final = 0.05
LARGE: Final = 20_000


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
        if self._all or self._fresh.any():
            space = self._space()
            pairs, found = self._near_pairs(space)
            self._update.add_pairs(pairs + self._topic_pairs(space, found))

    def _space(self) -> Space:
        subjects_rows, chars_rows = self._update.column("subjects"), self._update.column("chars")
        profiles = [Profile.unpacked(one, two) for one, two in zip(subjects_rows, chars_rows, strict=True)]
        return make_space(profiles, self._frequencies(profiles).plus(self._model.prior), self._subjects)

    def _near_pairs(self, space: Space) -> tuple[list[StoredPair], set[tuple[int, int]]]:
        """(the copies and near copies, by place)."""
        pairs, found = [], set()
        for a, b, kind, shared in near_pairs(self._update, self._snapshot, None if self._all else self._fresh):
            pairs.append(self._pair(a, b, kind, round(shared.share, 4), self._evidence(a, b, space, shared)))
            found.add((a, b))
        return pairs, found

    def _topic_pairs(self, space: Space, near: set[tuple[int, int]]) -> list[StoredPair]:
        candidates = self._topic_candidates(space)
        chosen = np.array([pair for pair in map(tuple, candidates.tolist()) if pair not in near], np.int32)
        chosen = chosen.reshape(-1, 2)
        probabilities = self._model.probabilities(space.features(chosen))
        pairs = []
        for at in np.flatnonzero(probabilities >= SAME_TOPIC).tolist():
            a, b = map(int, chosen[at])
            score = round(float(probabilities[at]), 4)
            pairs.append(self._pair(a, b, "same-topic", score, self._evidence(a, b, space, None)))
        return pairs

    def _evidence(self, a: int, b: int, space: Space, shared: Overlap | None) -> Evidence:
        titles = _text(self._titles[a]), _text(self._titles[b])
        return evidence_of(a, b, space, self._subjects, titles, shared)

    def _frequencies(self, profiles: list[Profile]) -> Frequencies:
        """Counted anew with all; between that, what was counted then still tells what is rare."""
        kept = self._update.fact("frequencies")
        if not self._all and kept:
            return read_frequencies(kept)
        held = frequencies_of(profiles, self._subjects)
        self._update.set_facts({"frequencies": frequencies_bytes(held)})
        return held

    def _topic_candidates(self, space: Space) -> NDArray[np.int32]:
        """For each fresh article those whose main subjects are most like its own, by an index of these."""
        rows = space.layers["subjects"]
        total = len(rows)
        values = main_part(rows, space.vectors["subjects", "focus"])
        kept = np.flatnonzero(values)
        order = kept[np.argsort(rows.things[kept], kind="stable")]
        owners = rows.rows()[order].astype(np.int32)
        bounds = np.searchsorted(rows.things[order], np.arange(len(self._subjects) + 1))
        common = COMMON * total if total > LARGE else total
        scores = np.zeros(total, np.float32)
        found: list[NDArray[np.int32]] = []
        for a in np.flatnonzero(self._fresh).tolist():
            for at in range(int(rows.starts[a]), int(rows.starts[a + 1])):
                first, last = bounds[rows.things[at]], bounds[rows.things[at] + 1]
                if values[at] and last - first <= common:
                    scores[owners[first:last]] += values[at] * values[order[first:last]]
            scores[a] = 0
            near = np.flatnonzero(scores >= TOPIC_COSINE)
            if len(near) > TOPIC_CANDIDATES:
                near = near[np.argpartition(-scores[near], TOPIC_CANDIDATES)[:TOPIC_CANDIDATES]]
            scores[:] = 0
            found.append(np.sort(np.stack((np.full(len(near), a), near), axis=1), axis=1).astype(np.int32))
        every = np.concatenate([np.empty((0, 2), np.int32), *found])
        unique: NDArray[np.int32] = np.unique(every, axis=0)
        return unique

    def _pair(self, a: int, b: int, kind: Kind, score: float, evidence: Evidence) -> StoredPair:
        """The pair by numbers, in order of ids."""
        if self._ids[a] <= self._ids[b]:
            return StoredPair(self._numbers[a], self._numbers[b], kind, score, evidence)
        turned = Evidence(
            evidence.share_b, evidence.share_a, evidence.shared_passages, evidence.title, evidence.ties,
            evidence.only_b, evidence.only_a,
        )  # fmt: skip
        return StoredPair(self._numbers[b], self._numbers[a], kind, score, turned)


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
