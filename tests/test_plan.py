"""Which sources overlap: held against comparing each with each, and in a time that grows with their number only."""

from pathlib import Path, PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.errors import SourceConflict
from searchsvc.ingest.archives import kind_of
from searchsvc.ingest.plan import check_roots, is_same_source
from searchsvc.ingest.sources import RECORDS_ROOT, Source
from searchsvc.models import Origin

PARTS = st.lists(st.sampled_from(["a", "b", "c.zip", "d.html", "e.jsonl"]), min_size=1, max_size=3)
SOURCES = st.builds(
    lambda name, parts: Source(name, Path("/", *parts), kind=kind_of(Path("/", *parts))),
    st.sampled_from(["", "x"]),
    PARTS,
)


def origin(name: str, root: str) -> Origin:
    return Origin(source=name, root=root, path="1.html", size=1, mtime_ns=1, extractor="1", sha256="")


def overlap(one: Source, root: str) -> bool:
    """Whether a source reads pages of a root: the definition."""
    other = Path(root)
    if RECORDS_ROOT in {one.origin_root, root}:
        return False
    if one.kind != "file" or kind_of(other) != "file":
        return one.root == other
    return one.root == other or one.root in other.parents or other in one.root.parents


@given(st.lists(SOURCES, max_size=4), st.lists(SOURCES, max_size=4))
def test_sources_conflict_where_they_overlap(now: list[Source], before: list[Source]) -> None:
    def exists(path: Path) -> bool:
        return "b" not in path.parts

    existing = {str(number): (origin(one.name, one.origin_root), "") for number, one in enumerate(before)}
    expected = any(
        any(overlap(one, other.origin_root) for other in now[:number])
        or any(
            overlap(one, old.origin_root) and not is_same_source(one, old.name, old.origin_root, exists)
            for old in before
        )
        for number, one in enumerate(now)
    )
    try:
        check_roots(now, existing, exists)
    except SourceConflict:
        assert expected
    else:
        assert not expected


def test_many_files_as_arguments_are_not_each_compared_with_each(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0
    parents = PurePath.parents.fget  # type: ignore[attr-defined]

    def counted(path: PurePath) -> object:
        nonlocal asked
        asked += 1
        return parents(path)

    monkeypatch.setattr(PurePath, "parents", property(counted))
    sources = [Source("", Path(f"/pages/{number}.html")) for number in range(2_000)]
    existing = {f"{number}.html": (origin("", f"/pages/{number}.html"), "") for number in range(2_000)}
    check_roots(sources, existing, lambda _: True)
    assert asked <= 4 * 2_000  # one to keep each place, one to look around it
