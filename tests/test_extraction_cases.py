"""Pages by kind of situation (tests/data/cases): page builders, presentation classes, button words, dumps of text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from searchsvc.ingest.extract import Extraction, extract_page

CASES = Path(__file__).parent / "data" / "cases"


def cases() -> Iterator[Any]:
    for file in sorted(CASES.glob("*/expected.json")):
        for case in json.loads(file.read_text("utf-8"))["cases"]:
            yield pytest.param(file.parent / case["file"], case["expected"], id=f"{file.parent.name}/{case['file']}")


def squeezed(text: str | None) -> str:
    return "".join((text or "").split())


def wrong(found: Extraction, expected: dict[str, Any]) -> list[str]:
    """What differs, as sentences."""
    body, headings = squeezed(found.body), {squeezed(one) for one in found.headings}
    differences = [
        f"{name} is {getattr(found, name)!r}"
        for name in ("title", "category")
        if name in expected and squeezed(getattr(found, name)) != squeezed(expected[name])
    ]
    if "date" in expected and not (found.date or "").startswith(expected["date"]):
        differences.append(f"date is {found.date!r}")
    differences += [f"no heading {one!r}" for one in expected.get("headings", []) if squeezed(one) not in headings]
    differences += [f"heading {one!r}" for one in expected.get("notheadings", []) if squeezed(one) in headings]
    differences += [f"lost {one!r}" for one in expected.get("body", []) if squeezed(one) not in body]
    differences += [f"kept {one!r}" for one in expected.get("notbody", []) if squeezed(one) in body]
    said = [*found.warnings, *([found.skip] if found.skip else [])]
    differences += [f"no warning {one!r}" for one in expected.get("warn", []) if not any(one in it for it in said)]
    if expected.get("warn") == [] and "noindex" in said:
        differences.append("noindex")
    return differences


def test_every_kind_is_there() -> None:
    folders = {file.parent.name for file in CASES.glob("*/expected.json")}
    assert len(folders) >= 30
    assert sum(1 for _ in cases()) >= 300


@pytest.mark.parametrize(("path", "expected"), list(cases()))
def test_a_page_of_this_kind_is_read_right(path: Path, expected: dict[str, Any]) -> None:
    found = extract_page(path.read_bytes(), path=path.name)
    assert wrong(found, expected) == []
    assert len(found.structure) == len(found.body.split("\n"))
