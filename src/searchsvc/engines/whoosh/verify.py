"""Reads every byte of an index and checks it: checksums, stored articles, postings, and that their counts agree."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...errors import IndexDamaged
from ...models import Problem
from .layout import DAMAGE
from .postings import Segment, read_term
from .snapshot import WhooshSnapshot
from .writer import CHECKSUM, checksum_of


def problems_of(version: Path, snapshot: WhooshSnapshot) -> Iterator[Problem]:
    """What is wrong with an index that opens."""
    for segment in snapshot.segments:
        name = segment.name
        yield from _checksums(version, version / f"{name}.{CHECKSUM}")
        yield from _postings(f"{version.name}/{name}", segment)
    try:
        for expected, stored in zip(snapshot.columns.ids, snapshot.iter_articles(), strict=True):
            if snapshot.article(stored.key) is None:
                yield Problem(version.name, f"article {expected!r} is not found by its key")
    except (IndexDamaged, *DAMAGE) as error:
        yield Problem(version.name, f"a stored article cannot be read: {error}")


def _checksums(version: Path, listing: Path) -> Iterator[Problem]:
    try:
        for line in listing.read_text("ascii").splitlines():
            digest, size, name = line.split(" ", 2)
            path = version / name
            if path.stat().st_size != int(size) or checksum_of(path) != int(digest, 16):
                yield Problem(f"{version.name}/{name}", "its bytes are not those that were written")
    except (OSError, ValueError) as error:
        yield Problem(f"{version.name}/{listing.name}", f"the checksums cannot be read: {error}")


def _postings(name: str, segment: Segment) -> Iterator[Problem]:
    reader = segment.reader
    ids = 0
    try:
        for field, term in reader.all_terms():
            numbers, _, values = read_term(reader, field, term, with_values=True)
            ids += field == "id" and sum(segment.ranks[number] >= 0 for number in numbers)
            # doc_frequency counts deleted articles too, the postings read here do not.
            if len(values) != len(numbers) or len(numbers) > reader.doc_frequency(field, term):
                yield Problem(name, f"the postings of {term!r} in {field} do not agree with their count")
    except DAMAGE as error:
        yield Problem(name, f"postings cannot be read: {error}")
        return
    if ids != reader.doc_count():
        yield Problem(name, f"{ids} ids for {reader.doc_count()} articles")
