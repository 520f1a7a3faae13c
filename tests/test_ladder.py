"""Texts published again, from 90% of the sentences down: found from half on, and nothing but them."""

from __future__ import annotations

import importlib
import random
import sys
from pathlib import Path
from typing import Any

import pytest

from support_duplicates import Site, kinds_in

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
ORIGINALS = 12


@pytest.fixture(scope="module")
def altered() -> Any:
    """The changes of the benchmark."""
    sys.path.insert(0, str(BENCHMARKS))
    try:
        return importlib.import_module("altered")
    finally:
        sys.path.remove(str(BENCHMARKS))


@pytest.fixture(scope="module")
def climbed(altered: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, list[bool]], int]:
    """(step -> whether each original was found with what was made of it, pairs of articles of other originals)."""
    site, rng, other = Site({}), random.Random(5), altered.others(5_000)
    for one in altered.articles(ORIGINALS, seed=31):
        site.put(f"{one.number:02}", one.title, one.body)
        for name, change in altered.STEPS.items():
            site.put(f"{one.number:02} {name}", f"{name}，{one.number}", change(one.body, rng, other))
    folder = tmp_path_factory.mktemp("ladder")
    site.update(folder)
    found = {pair for pair, kind in kinds_in(folder).items() if kind in {"copy", "near-copy"}}
    steps = {
        name: [(f"{number:02}", f"{number:02} {name}") in found for number in range(ORIGINALS)]
        for name in altered.STEPS
    }
    return steps, sum(a[:2] != b[:2] for a, b in found)


def test_whatever_keeps_half_of_a_text_is_found(altered: Any, climbed: tuple[dict[str, list[bool]], int]) -> None:
    steps, _ = climbed
    assert len(altered.FOUND_ALWAYS) == 15
    assert {name: steps[name].count(False) for name in altered.FOUND_ALWAYS if not all(steps[name])} == {}


def test_less_of_a_text_is_found_less_often(climbed: tuple[dict[str, list[bool]], int]) -> None:
    steps, _ = climbed
    shares = [sum(steps[f"{share}% of the sentences kept"]) / ORIGINALS for share in (40, 30, 20)]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > 0.9


def test_nothing_else_is_taken_for_a_copy(climbed: tuple[dict[str, list[bool]], int]) -> None:
    assert climbed[1] == 0
