"""What a text is about: products and matters, known by their many names.

The list (data/subjects.txt) is written for this project. A line is `role, name, forms`, separated by tabs: the forms
are strings that mean the subject wherever they stand. A product may lie inside a broader one (`借呗 < 网贷`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Final, Literal

from ahocorasick_rs import AhoCorasick, MatchKind

from .fold import fold, without_surrogates

Role = Literal["product", "matter"]
ROLES: Final[tuple[Role, ...]] = ("product", "matter")


@dataclass(frozen=True, slots=True)
class Subject:
    """One entry; `broader` is the number of the product it lies in, or -1."""

    name: str
    role: Role
    broader: int


class Subjects:
    """The subjects of a list, by number, and a matcher of all their forms.

    Of overlapping forms the leftmost counts, and of those that begin together the longest; products and the others are
    looked for apart.
    """

    def __init__(self, text: str) -> None:
        rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
        names = {_name(row): number for number, row in enumerate(rows)}
        forms: dict[str, int] = {}
        entries: list[Subject] = []
        for number, row in enumerate(rows):
            role, name, own = row
            if role not in ROLES:
                raise ValueError(f"{role!r} is no role")
            inner = name.partition(" < ")[2]
            broader = names[f"product\t{inner}"] if inner else -1
            entries.append(Subject(name.partition(" < ")[0], role, broader))
            for form in own.split():
                forms.setdefault(fold(form), number)
        self.entries = tuple(entries)
        # Products apart from the rest: 信用卡套现 is a matter, and the text is about 信用卡 too.
        products = {form: number for form, number in forms.items() if entries[number].role == "product"}
        others = {form: number for form, number in forms.items() if entries[number].role != "product"}
        self._matchers = [
            (AhoCorasick(list(group), matchkind=MatchKind.LeftmostLongest), list(group.values()))
            for group in (products, others)
        ]

    def __len__(self) -> int:
        return len(self.entries)

    def broader(self, number: int) -> list[int]:
        """The products that a product lies in, the nearest first."""
        found = []
        while (number := self.entries[number].broader) >= 0:
            found.append(number)
        return found

    def find(self, folded: str) -> list[tuple[int, int, int]]:
        """(number of the subject, start, end) of each form in a folded text: products, then the rest, each in order."""
        readable = without_surrogates(folded)
        return [
            (numbers[form], start, end)
            for matcher, numbers in self._matchers
            for form, start, end in matcher.find_matches_as_indexes(readable)
        ]


def _name(row: list[str]) -> str:
    return f"{row[0]}\t{row[1].partition(' < ')[0]}"


@lru_cache(maxsize=1)
def load_subjects() -> Subjects:
    """The packaged list, read once."""
    return Subjects(resources.files(__package__).joinpath("data/subjects.txt").read_text("utf-8"))
