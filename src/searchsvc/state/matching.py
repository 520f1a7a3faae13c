"""Which decision applies to a pair of today's articles, whose ids and texts may have changed since. Pure.

A decision speaks of two texts. One of them is *found* in one of today's articles

- **by id**: the ids are the same, and the text has not changed materially: the content hash is the same, or the
  sketches resemble one another (Jaccard) by at least 0.8. Two empty sketches show nothing, so they count as changed;
- **by text**: the content hash is the same, whatever the id. An article that was renamed or moved, or came back under
  another id with a new index, is known by this.

A decision applies to a pair when its two texts are found in the two articles, either way round. Decisions of which both
texts are found by id come first, the newest of them; without one, the newest of the others. So of three copies of one
text, which all have one hash, each pair keeps what was decided about just that pair.

Among copies the hash alone cannot tell a third copy from one that was renamed. Give `present`, the ids that exist
today, and a text is sought under another id only when its own id is gone.

Where a decision was found once under other ids or hashes, it is found there again (`also_found`): an article that was
renamed may be edited later. Whether its text changed materially is still asked of the text that was decided about, so
that many small edits do not make it another one unnoticed.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np

from ..editorial import Decision, TextMark

#: Resemblance of sketches under which a text counts as materially changed: four fifths.
SAME_TEXT: Final = (4, 5)

_NOT, _BY_TEXT, _BY_ID = 0, 1, 2


class Found(NamedTuple):
    """Where the texts a and b of a decision were found later."""

    decision: str
    a_id: str
    a_hash: str
    b_id: str
    b_hash: str


def also_found(decisions: Iterable[Decision], found: Iterable[Found]) -> tuple[Decision, ...]:
    """The decisions, each followed by itself as it was found later; the order is kept."""
    later: dict[str, list[Found]] = {}
    for one in found:
        later.setdefault(one.decision, []).append(one)
    every: list[Decision] = []
    for decision in decisions:
        every.append(decision)
        for one in later.get(decision.id, ()):
            a = TextMark(one.a_id, one.a_hash, decision.a.sketch)
            b = TextMark(one.b_id, one.b_hash, decision.b.sketch)
            keep = {None: None, decision.a.id: a.id, decision.b.id: b.id}[decision.keep]
            every.append(replace(decision, a=a, b=b, keep=keep))
    return tuple(every)


def found_now(decision: Decision, a: TextMark, b: TextMark) -> Found | None:
    """Where a decision that applies to two articles of today is found; None where it speaks of just these texts.

    Raises ValueError when the decision does not apply to the two.
    """
    straight, crossed = _ways(decision, a, b)
    if not straight and not crossed:
        raise ValueError(f"decision {decision.id} does not apply to {a.id!r} and {b.id!r}")
    first, second = (a, b) if straight >= crossed else (b, a)
    one = Found(decision.id, first.id, first.content_hash, second.id, second.content_hash)
    known = (decision.a.id, decision.a.content_hash, decision.b.id, decision.b.content_hash)
    return None if one[1:] == known else one


class Decided:
    """Decisions in force, ready to be looked up: in constant time for each pair.

    `decisions` are newest first, as `StateStore.decisions` gives them. `present` are the ids of today's articles, where
    they are known.
    """

    def __init__(self, decisions: Sequence[Decision], present: Container[str] = ()) -> None:
        self._decisions = tuple(decisions)
        self._present = present
        # Each index leads from what must be equal to places in the list, ascending: the first that fits is the newest.
        self._by_ids: dict[tuple[str, str], list[int]] = {}
        self._by_id_and_text: dict[tuple[str, str], list[int]] = {}
        self._by_texts: dict[tuple[str, str], list[int]] = {}
        for place, one in enumerate(self._decisions):
            a, b = one.a, one.b
            self._by_ids.setdefault(_sorted(a.id, b.id), []).append(place)
            for key in {(a.id, b.content_hash), (b.id, a.content_hash)}:
                self._by_id_and_text.setdefault(key, []).append(place)
            self._by_texts.setdefault(_sorted(a.content_hash, b.content_hash), []).append(place)

    def find(self, a: TextMark, b: TextMark) -> Decision | None:
        """The decision that applies to two articles as they are today, in any order; None when none does.

        The rule stands at the head of this module. Raises ValueError for a sketch that is no row of 8-byte numbers.
        """
        if a.id == b.id:
            return None
        for place in self._by_ids.get(_sorted(a.id, b.id), ()):
            one = self._decisions[place]
            if 2 * _BY_ID in _ways(one, a, b):
                return one
        newest = min(
            self._first(self._by_id_and_text.get((a.id, b.content_hash), ()), a, b),
            self._first(self._by_id_and_text.get((b.id, a.content_hash), ()), a, b),
            self._first(self._by_texts.get(_sorted(a.content_hash, b.content_hash), ()), a, b),
        )
        return self._decisions[newest] if newest < len(self._decisions) else None

    def _first(self, places: Sequence[int], a: TextMark, b: TextMark) -> int:
        """The first of these places whose decision applies; the end of the list when none does."""
        fitting = (place for place in places if any(_ways(self._decisions[place], a, b, self._present)))
        return next(fitting, len(self._decisions))


def keep_of(decision: Decision, a: TextMark, b: TextMark) -> str | None:
    """The id of that of two articles of today which a decision keeps; None when it keeps none (`different`).

    The article is the one in which the text to keep is found, so the answer is `a.id` or `b.id` even when ids changed.
    Raises ValueError when the decision does not apply to the two.
    """
    # Of two that have one text either may be the one: the order of ids decides, not the order asked in.
    a, b = (a, b) if a.id <= b.id else (b, a)
    straight, crossed = _ways(decision, a, b)
    if not straight and not crossed:
        raise ValueError(f"decision {decision.id} does not apply to {a.id!r} and {b.id!r}")
    if decision.keep is None:
        return None
    first, second = (a, b) if straight >= crossed else (b, a)
    return first.id if decision.keep == decision.a.id else second.id


def _ways(decision: Decision, a: TextMark, b: TextMark, present: Container[str] = ()) -> tuple[int, int]:
    """How well a decision applies straight (its a is a, its b is b) and crossed; 0: not at all."""
    return (
        _both(_found(decision.a, a, present), _found(decision.b, b, present)),
        _both(_found(decision.a, b, present), _found(decision.b, a, present)),
    )


def _both(one: int, other: int) -> int:
    return one + other if one and other else _NOT


def _found(decided: TextMark, today: TextMark, present: Container[str]) -> int:
    """How the text of a decision is found in an article of today."""
    if decided.id == today.id:
        return _NOT if materially_changed(decided, today) else _BY_ID
    if decided.content_hash != today.content_hash or decided.id in present:
        return _NOT
    return _BY_TEXT


def materially_changed(before: TextMark, after: TextMark) -> bool:
    """Whether a text is another one now: its hash differs, and its sketch resembles the old one by less than 0.8.

    Raises ValueError for a sketch that is no row of 8-byte numbers.
    """
    if before.content_hash == after.content_hash:
        return False
    old, new = np.frombuffer(before.sketch, "<u8"), np.frombuffer(after.sketch, "<u8")
    shared = int(np.intersect1d(old, new, assume_unique=True).size)
    either = old.size + new.size - shared
    # In whole numbers, so that exactly 0.8 is never lost to rounding.
    return either == 0 or shared * SAME_TEXT[1] < either * SAME_TEXT[0]


def _sorted(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one <= other else (other, one)
