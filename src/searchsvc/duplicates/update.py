"""Brings what is known of duplicates in line with the index: only what changed is read and compared."""

from __future__ import annotations

import hashlib
import io
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..editorial import Evidence
from ..models import StoredArticle
from ..protocols import Snapshot
from ..text.subjects import Subjects
from .evidence import evidence_of, title_likeness
from .model import SAME_TOPIC, Model
from .overlap import Measured, measured, overlap
from .profiles import Profile, profile_of
from .shingles import Hashes, hash_shingles, plain_text, sketch_of
from .signatures import GROUP, boilerplate_of, candidate_pairs, invert, only
from .store import DuplicateStore, Row, StoredPair, Update
from .topics import Frequencies, Space, frequencies_of, make_space
from .vectors import main_part

#: An update of more than this share of the articles compares all anew; a smaller one compares the fresh ones with all.
ANEW: Final = 0.05
#: Up to so many articles everything is always compared anew: it takes less than a second.
SMALL: Final = 2_000
#: Candidates of one article for its topic, at most, and the least cosine of their main subjects.
TOPIC_CANDIDATES: Final = 16
TOPIC_COSINE: Final = 0.15
#: In a large index a subject of more than this share of the articles suggests no candidates.
COMMON: Final = 0.05
LARGE: Final = 20_000
_NONE: Final = np.empty(0, np.uint64)


@dataclass(frozen=True, slots=True)
class UpdateReport:
    """Articles read anew, articles gone, pairs known now."""

    changed: int
    removed: int
    pairs: int


def version_of(content_hash: str, date: str | None, category: str | None) -> str:
    """Changes when anything the store keeps of an article does."""
    return f"{content_hash[:32]}-{zlib.crc32(repr((date, category)).encode('utf-8', 'surrogatepass')):08x}"


def row_of(stored: StoredArticle, subjects: Subjects) -> Row:
    """What the store keeps of an article."""
    one = stored.article
    plain = plain_text(one.body)
    profile = profile_of(one.title, one.headings, one.body, subjects)
    packed_subjects, packed_chars = profile.packed()
    return Row(
        one.id,
        version_of(stored.content_hash, one.date, one.category),
        stored.content_hash,
        hashlib.blake2b(plain.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest(),
        one.title,
        one.date,
        one.category,
        one.url,
        len(plain),
        sketch_of(hash_shingles(plain)).astype("<u8").tobytes(),
        packed_subjects,
        packed_chars,
    )


class Updater:
    """One update of a store. `tick` is called for each article read."""

    def __init__(self, store: DuplicateStore, subjects: Subjects, model: Model) -> None:
        self._store = store
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
            for name in changed:
                stored = snapshot.article(name)
                if stored is not None:
                    fresh.append(update.put(row_of(stored, self._subjects)))
                    tick()
            update.forget_pairs(fresh)
            _Comparison(update, snapshot, self._subjects, self._model, fresh).run()
            return UpdateReport(len(fresh), len(gone), update.count_pairs())


class _Comparison:
    """The comparing of fresh articles with all."""

    def __init__(
        self, update: Update, snapshot: Snapshot, subjects: Subjects, model: Model, fresh: Iterable[int]
    ) -> None:
        self._update = update
        self._snapshot = snapshot
        self._subjects = subjects
        self._model = model
        self._numbers = update.numbers()
        place = {number: at for at, number in enumerate(self._numbers)}
        self._fresh = np.zeros(len(self._numbers), np.bool_)
        self._fresh[[place[number] for number in fresh]] = True
        self._all = len(self._numbers) <= SMALL or int(self._fresh.sum()) > ANEW * len(self._numbers)

    def run(self) -> None:
        """Finds the pairs and puts them into the store."""
        boilerplate, near = self._near_candidates()
        pairs, found = self._near_pairs(near, boilerplate)
        pairs += self._topic_pairs(found)
        self._update.add_pairs(pairs)

    # Near copies

    def _near_candidates(self) -> tuple[Hashes, NDArray[np.int32]]:
        sketches = [np.frombuffer(data, "<u8").astype(np.uint64) for data in self._update.column("sketch")]
        postings = invert(sketches)
        if self._all:
            boilerplate = boilerplate_of(postings)
            self._update.set_facts({"boilerplate": boilerplate.astype("<u8").tobytes()})
        else:
            boilerplate = np.frombuffer(self._update.fact("boilerplate"), "<u8").astype(np.uint64)
            fresh = [sketches[at] for at in np.flatnonzero(self._fresh).tolist()]
            postings = only(postings, np.unique(np.concatenate([_NONE, *fresh])))
        return boilerplate, self._of_fresh(candidate_pairs(postings, boilerplate))

    def _of_fresh(self, pairs: NDArray[np.int32]) -> NDArray[np.int32]:
        chosen: NDArray[np.int32] = pairs[self._fresh[pairs].any(axis=1)]
        return chosen

    def _near_pairs(
        self, candidates: NDArray[np.int32], boilerplate: Hashes
    ) -> tuple[list[StoredPair], set[tuple[int, int]]]:
        """(the copies and near copies, by place)."""
        every = sorted({(int(a), int(b)) for a, b in candidates.tolist()} | set(self._equal_bodies()))
        ids, contents, bodies = (self._update.column(name) for name in ("id", "content", "body"))
        texts = _Texts(self._snapshot, ids, boilerplate)
        pairs: list[StoredPair] = []
        found: set[tuple[int, int]] = set()
        for a, b in every:
            one, other = texts.get(a), texts.get(b)
            if one is None or other is None:
                continue
            shared = overlap(one[1], other[1])
            same_body = bodies[a] == bodies[b]
            if not same_body and not shared.is_near_copy:
                continue
            if same_body:
                shared = shared._replace(share_a=1.0, share_b=1.0, passages=max(shared.passages, 1))
            kind = "copy" if contents[a] == contents[b] else "near-copy"
            evidence = Evidence(
                round(shared.share_a, 4), round(shared.share_b, 4), shared.passages,
                round(title_likeness(one[0].article.title, other[0].article.title), 4),
            )  # fmt: skip
            pairs.append(self._pair(a, b, kind, round(shared.share, 4), evidence, ids))
            found.add((a, b))
        return pairs, found

    def _equal_bodies(self) -> Iterable[tuple[int, int]]:
        """Pairs of equal bodies, the shortest of which have no sketch; in large groups neighbours only."""
        groups: dict[bytes, list[int]] = {}
        for place, body in enumerate(self._update.column("body")):
            groups.setdefault(body, []).append(place)
        for places in groups.values():
            step = len(places) if len(places) <= GROUP else 2
            for i, a in enumerate(places):
                for b in places[i + 1 : i + step]:
                    if self._fresh[a] or self._fresh[b]:
                        yield a, b

    # Topics

    def _topic_pairs(self, near: set[tuple[int, int]]) -> list[StoredPair]:
        subjects_rows, chars_rows = self._update.column("subjects"), self._update.column("chars")
        profiles = [Profile.unpacked(one, two) for one, two in zip(subjects_rows, chars_rows, strict=True)]
        held = self._frequencies(profiles)
        space = make_space(profiles, held.plus(self._model.prior), self._subjects)
        candidates = self._topic_candidates(space)
        chosen = np.array([pair for pair in map(tuple, candidates.tolist()) if pair not in near], np.int32)
        chosen = chosen.reshape(-1, 2)
        probabilities = self._model.probabilities(space.features(chosen))
        ids = self._update.column("id")
        titles = [data.decode("utf-8", "surrogatepass") for data in self._update.column("title")]
        pairs = []
        for at in np.flatnonzero(probabilities >= SAME_TOPIC).tolist():
            a, b = map(int, chosen[at])
            evidence = evidence_of(a, b, space, self._subjects, (titles[a], titles[b]), None)
            pairs.append(self._pair(a, b, "same-topic", round(float(probabilities[at]), 4), evidence, ids))
        return pairs

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

    def _pair(self, a: int, b: int, kind: str, score: float, evidence: Evidence, ids: list[bytes]) -> StoredPair:
        """The pair by numbers, in order of ids."""
        if ids[a] <= ids[b]:
            return StoredPair(self._numbers[a], self._numbers[b], kind, score, evidence)  # type: ignore[arg-type]
        turned = Evidence(
            evidence.share_b, evidence.share_a, evidence.shared_passages, evidence.title, evidence.ties,
            evidence.only_b, evidence.only_a,
        )  # fmt: skip
        return StoredPair(self._numbers[b], self._numbers[a], kind, score, turned)  # type: ignore[arg-type]


class _Texts:
    """Articles measured when first asked for; the last ones stay at hand, because pairs come ordered."""

    def __init__(self, snapshot: Snapshot, ids: list[bytes], boilerplate: Hashes) -> None:
        self._snapshot = snapshot
        self._ids = ids
        self._boilerplate = boilerplate
        self._held: dict[int, tuple[StoredArticle, Measured] | None] = {}

    def get(self, place: int) -> tuple[StoredArticle, Measured] | None:
        """The article at a place; None when the index has it no more."""
        if place not in self._held:
            if len(self._held) > 1_000:
                self._held.clear()
            stored = self._snapshot.article(self._ids[place].decode("utf-8", "surrogatepass"))
            self._held[place] = None if stored is None else (stored, measured(stored.article.body, self._boilerplate))
        return self._held[place]


def frequencies_bytes(held: Frequencies) -> bytes:
    """Frequencies to be kept."""
    out = io.BytesIO()
    np.savez_compressed(
        out,
        total=np.int64(held.total),
        subjects=held.subjects,
        families=held.families,
        chars=held.chars,
        numbers=held.numbers,
    )
    return out.getvalue()


def read_frequencies(data: bytes) -> Frequencies:
    """Frequencies that were kept."""
    with np.load(io.BytesIO(data), allow_pickle=False) as found:
        return Frequencies(int(found["total"]), found["subjects"], found["families"], found["chars"], found["numbers"])
