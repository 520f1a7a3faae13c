"""What an ingest has to do, decided before anything is written. Pure, given the listings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePath
from typing import Final, Generic, TypeVar

from ..errors import RemovalsRefused, SourceConflict
from ..models import Origin, Rejected
from .archives import Removal, kind_of
from .pages import Task
from .sources import RECORDS_ROOT, Entry, PageFile, Source

T = TypeVar("T")

#: A run that would remove more than this share of a source, and more than so many articles, asks first.
REMOVAL_SHARE: Final = 0.2
REMOVAL_COUNT: Final = 20

#: id -> (where it came from, digest of its analysis)
Existing = Mapping[str, tuple[Origin, str]]


@dataclass(slots=True)
class Plan:
    """Pages to read, in order; ids to remove; what needs nothing."""

    tasks: list[Task] = field(default_factory=list)
    removals: list[str] = field(default_factory=list)
    unchanged: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    rejected: list[Rejected] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Current:
    """The versions an unchanged page must have been read with."""

    extractor: str
    analysis: str


def check_roots(sources: Sequence[Source], existing: Existing, exists: Callable[[Path], bool] = Path.exists) -> None:
    """SourceConflict when a source lies inside, around or at the root of another, given now or indexed before.

    Takes as long as the list is: of ten thousand files as arguments each pair would be 50 million comparisons.
    """
    given: _Places[Source] = _Places()
    known: _Places[tuple[str, str]] = _Places()
    for name, root in sorted({(origin.source, origin.root) for origin, _ in existing.values()}):
        if root != RECORDS_ROOT:
            known.add(Path(root), kind_of(Path(root)) == "file", (name, root))
    for source in sources:
        if source.origin_root == RECORDS_ROOT:
            continue
        is_open = source.kind == "file"
        for other in given.overlapping(source.root, is_open):
            raise SourceConflict(f"{source.root} and {other.root} overlap.", hint="Ingest the outer folder only.")
        for name, root in known.overlapping(source.root, is_open):
            if not is_same_source(source, name, root, exists):
                raise SourceConflict(
                    f"{source.root} overlaps {root}, ingested before{f' as {name!r}' if name else ''}.",
                    hint="Ingest the same folder as before, or use another index.",
                )
        given.add(source.root, is_open, source)


class _Places(Generic[T]):
    """Things by where they lie. An open place is a folder or page; a folder skips the archives in it."""

    def __init__(self) -> None:
        self._at: dict[Path, list[tuple[bool, T]]] = {}
        self._below: dict[Path, list[T]] = {}

    def add(self, path: Path, is_open: bool, thing: T) -> None:
        self._at.setdefault(path, []).append((is_open, thing))
        if is_open:
            for parent in path.parents:
                self._below.setdefault(parent, []).append(thing)

    def overlapping(self, path: Path, is_open: bool) -> Iterator[T]:
        """Those with pages of this place among theirs: at it, around it, inside it."""
        yield from (thing for _, thing in self._at.get(path, ()))
        if is_open:
            for parent in path.parents:
                yield from (thing for other_is_open, thing in self._at.get(parent, ()) if other_is_open)
            yield from self._below.get(path, ())


def is_same_source(source: Source, name: str, root: str, exists: Callable[[Path], bool] = Path.exists) -> bool:
    """Whether articles of source `name` at `root` belong to this source: the same place, or one that moved here.

    1. Same name and root. 2. Same name, and the old root is gone. 3. Without a name, the old root is gone and its
    last component is the same: a checkout that moved.
    """
    if name != source.name:
        return False
    if root == source.origin_root:
        return True
    if RECORDS_ROOT in {root, source.origin_root}:
        return False  # records lie nowhere: they cannot have moved
    return not exists(Path(root)) and (bool(name) or PurePath(root).name == source.root.name)


def make_plan(
    sources: Sequence[Source],
    existing: Existing,
    current: Current,
    *,
    allow_removals: bool = False,
    exists: Callable[[Path], bool] = Path.exists,
    entries: Callable[[Source], Iterable[Entry]] = Source.entries,
) -> Plan:
    """The work of one run. Raises SourceConflict, and RemovalsRefused unless `allow_removals`."""
    exists = cache(exists)
    check_roots(sources, existing, exists)
    plan = Plan()
    claimed: dict[str, Source] = {}
    ids: dict[tuple[str, str], list[str]] = {}
    for page_id, (origin, _) in existing.items():
        ids.setdefault((origin.source, origin.root), []).append(page_id)
    moved = [(name, root) for name, root in ids if root != RECORDS_ROOT and not exists(Path(root))]
    for source in sources:
        places = {(source.name, source.origin_root), *moved}
        own = {
            page_id
            for name, root in places
            if is_same_source(source, name, root, exists)
            for page_id in ids.get((name, root), ())
        }
        seen, unlisted = _take_entries(plan, source, entries(source), existing, own, current)
        for page_id in seen:
            if page_id in claimed:
                raise _conflict(page_id, str(claimed[page_id].root), source)
            claimed[page_id] = source
        if not source.is_whole:
            continue
        vanished = sorted(page_id for page_id in own - seen if not page_id.startswith(tuple(unlisted)))
        if not allow_removals:
            _check_removals(source, len(vanished), len(own))
        plan.removals += vanished
    plan.removals = [page_id for page_id in plan.removals if page_id not in claimed]
    return plan


def _take_entries(
    plan: Plan, source: Source, entries: Iterable[Entry], existing: Existing, own: set[str], current: Current
) -> tuple[set[str], list[str]]:
    """Sorts a listing into the plan; the ids that are there, broken ones too, and prefixes of what was not listed."""
    seen: set[str] = set()
    unlisted: list[str] = []
    for entry in entries:
        if isinstance(entry, PageFile):
            if entry.id in existing and entry.id not in own:
                raise _conflict(entry.id, existing[entry.id][0].root, source)
            seen.add(entry.id)
            if entry.id in own and is_unchanged(entry, source, *existing[entry.id], current):
                plan.unchanged += 1
            else:
                plan.tasks.append(Task(entry, source.name, source.origin_root))
        elif isinstance(entry, Removal):
            if entry.name in existing and entry.name not in own:
                raise _conflict(entry.name, existing[entry.name][0].root, source)
            if entry.name in own:
                plan.removals.append(entry.name)
        elif isinstance(entry, Rejected):
            plan.rejected.append(entry)
            seen.add(entry.path)
            if entry.path.endswith("/"):
                unlisted.append("" if entry.path == "/" else entry.path)
        else:
            plan.skipped[entry.reason] += 1
    return seen, unlisted


def is_unchanged(page: PageFile, source: Source, origin: Origin, analysis: str, current: Current) -> bool:
    """Whether the index holds this page as it is now, by its size and time and the versions it was read with."""
    then = (origin.root, origin.size, origin.mtime_ns, origin.extractor, analysis)
    return then == (source.origin_root, page.size, page.mtime_ns, current.extractor, current.analysis)


def _conflict(page_id: str, root: str, source: Source) -> SourceConflict:
    return SourceConflict(
        f"{page_id!r} of {source.root} is already the id of a page of {root}.",
        hint="Give this folder a name of its own with --source NAME.",
    )


def _check_removals(source: Source, vanished: int, total: int) -> None:
    if vanished > REMOVAL_COUNT and vanished > REMOVAL_SHARE * total:
        raise RemovalsRefused(
            f"{vanished} of {total} articles of {source.root} are gone; nothing was changed.",
            hint="Use --allow-removals if they are meant to leave the index.",
        )


def stale_ids(existing: Existing, plan: Plan, analysis: str) -> Iterator[str]:
    """Ids of articles with another analysis that this plan neither reads nor removes."""
    handled = {task.page.id for task in plan.tasks} | set(plan.removals)
    return (page_id for page_id, (_, digest) in existing.items() if digest != analysis and page_id not in handled)
