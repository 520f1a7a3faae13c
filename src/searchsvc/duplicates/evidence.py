"""What ties two articles and what parts them, in words an editor reads."""

from __future__ import annotations

from typing import Final

from ..editorial import Evidence
from ..text.subjects import Subjects
from .overlap import Overlap
from .shingles import plain_text
from .topics import Space

#: Subjects named at most.
_TIES: Final = 6
_PARTS: Final = 4
#: A subject parts two articles when it is among the main ones of one, and the other mentions it this often at most.
_FAINT: Final = 0


def title_likeness(a: str, b: str) -> float:
    """How alike two titles are: the Dice coefficient of their character bigrams, 0 to 1."""
    one, other = (_bigrams(plain_text(title)) for title in (a, b))
    if not one or not other:
        return float(one == other)
    return 2 * len(one & other) / (len(one) + len(other))


def _bigrams(plain: str) -> set[str]:
    return {plain[i : i + 2] for i in range(max(len(plain) - 1, 1))} - {""}


def evidence_of(
    a: int, b: int, space: Space, subjects: Subjects, titles: tuple[str, str], shared: Overlap | None
) -> Evidence:
    """The evidence of a pair of articles of a space. `shared` is None when they have no text in common."""
    focus_a, focus_b = space.weights_of(a, "subjects", "focus"), space.weights_of(b, "subjects", "focus")
    both = sorted(focus_a.keys() & focus_b.keys(), key=lambda one: (-focus_a[one] * focus_b[one], one))
    ties = [one for one in both if focus_a[one] * focus_b[one] > 0]
    return Evidence(
        round(shared.share_a, 4) if shared else 0.0,
        round(shared.share_b, 4) if shared else 0.0,
        shared.passages if shared else 0,
        round(title_likeness(*titles), 4),
        _names(ties[:_TIES], subjects),
        _names(_only(a, b, space)[:_PARTS], subjects),
        _names(_only(b, a, space)[:_PARTS], subjects),
    )


def _only(a: int, b: int, space: Space) -> list[int]:
    """The main subjects of a that b does not mention, strongest first."""
    main = space.weights_of(a, "subjects", "main")
    held = space.weights_of(b, "subjects", "held")
    alone = [one for one, weight in main.items() if weight > 0 and held.get(one, 0.0) <= _FAINT]
    return sorted(alone, key=lambda one: (-main[one], one))


def _names(numbers: list[int], subjects: Subjects) -> tuple[str, ...]:
    return tuple(dict.fromkeys(subjects.entries[number].name for number in numbers))


def new_subjects(draft: int, others: list[int], space: Space, subjects: Subjects) -> tuple[str, ...]:
    """The main subjects of a draft that none of the others mentions, strongest first."""
    main = space.weights_of(draft, "subjects", "main")
    known = {one for other in others for one, held in space.weights_of(other, "subjects", "held").items() if held > 0}
    alone = sorted((one for one, weight in main.items() if weight > 0 and one not in known), key=lambda n: -main[n])
    return _names(alone[:_TIES], subjects)
