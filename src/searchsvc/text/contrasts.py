"""Conditions that exclude one another: a question about a first home is none about a second.

The list (data/contrasts.txt) is written for this project. A line is a facet and its values, separated by tabs; a value
is known by any of its forms, separated by spaces.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

from ahocorasick_rs import AhoCorasick, MatchKind

from .fold import fold, without_surrogates


class Contrasts:
    """The facets of a list and their values, numbered: facets first, values of all facets after them."""

    def __init__(self, text: str) -> None:
        rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
        self.facets = len(rows)
        self._facet_of: list[int] = []
        forms: dict[str, list[int]] = {}
        for facet, (_, *values) in enumerate(rows):
            for value in values:
                number = len(self._facet_of)
                self._facet_of.append(facet)
                for form in value.split():
                    forms.setdefault(fold(form), []).append(number)
        self._values = list(forms.values())
        self._matcher = AhoCorasick(list(forms), matchkind=MatchKind.Standard)

    def __len__(self) -> int:
        return self.facets + len(self._facet_of)

    def find(self, folded: str) -> list[int]:
        """The facets and values that a folded text names, ascending. Inside a longer form of its facet none counts."""
        found = [
            (start, end, value)
            for form, start, end in self._matcher.find_matches_as_indexes(without_surrogates(folded), overlapping=True)
            for value in self._values[form]
        ]
        named = set()
        for start, end, value in found:
            facet = self._facet_of[value]
            inside = any(
                self._facet_of[other] == facet and first <= start and end <= last and last - first > end - start
                for first, last, other in found
            )
            if not inside:
                named |= {facet, self.facets + value}
        return sorted(named)


@lru_cache(maxsize=1)
def load_contrasts() -> Contrasts:
    """The packaged list, read once."""
    return Contrasts(resources.files(__package__).joinpath("data/contrasts.txt").read_text("utf-8"))
