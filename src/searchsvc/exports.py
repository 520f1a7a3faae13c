"""Lists of the editors' side as files that Excel opens right: UTF-8 with a byte-order mark, lines ending in CRLF. Pure.

What pages and editors wrote comes from anywhere, and a spreadsheet runs a cell that begins like a formula. Each cell is
made text first. The redirects as a map for nginx are in `redirect_map`.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

from .editorial import Cluster, PlannedTitle, Redirect

DUPLICATES_COLUMNS: Final = (
    "cluster", "kind", "score", "keep", "id", "url", "title", "date", "category", "chars", "visits", "reason",
)  # fmt: skip
REDIRECTS_COLUMNS: Final = ("old_url", "kept_url", "old_id", "kept_id")
PLANNED_COLUMNS: Final = (
    "number", "title", "kind", "score", "matches", "id", "url", "matching_title", "date", "same_as_numbers",
)  # fmt: skip

#: What begins a formula, in Excel also at full width. A tab or a line break counts too: what follows it may be one.
_FORMULA: Final = frozenset("=+-@\t\r\n＝＋－＠")
#: Spreadsheets and converters drop these before they look: every space there is, and characters without width.
_UNSEEN: Final = "".join(char for char in map(chr, range(0x3001)) if char.isspace() and char not in "\t\r\n") + (
    "\x00\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
)

Cell = str | int | float | None


def duplicates_csv(clusters: Iterable[Cluster]) -> bytes:
    """A row for each article of each cluster, in the order given; `keep` is yes for the article proposed to keep."""
    return _csv(
        DUPLICATES_COLUMNS,
        (
            (
                cluster.id, cluster.kind, cluster.score, "yes" if one.id == cluster.keep else "no", one.id, one.url,
                one.title, one.date, one.category, one.chars, one.visits, cluster.reason,
            )
            for cluster in clusters
            for one in cluster.articles
        ),
    )  # fmt: skip


def redirects_csv(redirects: Iterable[Redirect]) -> bytes:
    """A row for each redirect, in the order given."""
    return _csv(REDIRECTS_COLUMNS, ((one.url, one.keep_url, one.id, one.keep) for one in redirects))


def planned_csv(titles: Sequence[PlannedTitle]) -> bytes:
    """A row for each planned title, in order: its best match, and the numbers (from 1) of titles that ask the same."""
    return _csv(PLANNED_COLUMNS, (_planned(number, one) for number, one in enumerate(titles, 1)))


def _planned(number: int, one: PlannedTitle) -> tuple[Cell, ...]:
    same = " ".join(str(index + 1) for index, _ in one.planned)
    if not one.matches:
        return (number, one.title, None, None, 0, None, None, None, None, same)
    best = one.matches[0]
    found = (best.kind, best.score, len(one.matches), best.id, best.url, best.title, best.date)
    return (number, one.title, *found, same)


def cell_text(value: Cell) -> str:
    """A cell as it is written: text that a spreadsheet would run gets an apostrophe before it, which it shows as text.

    Leading white space and characters without width do not hide a formula.
    """
    if not isinstance(value, str):
        return "" if value is None else str(value)
    return f"'{value}" if value.lstrip(_UNSEEN)[:1] in _FORMULA else value


def _csv(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([cell_text(value) for value in row] for row in rows)
    # A title may hold half of a character pair, which no file can.
    return codecs.BOM_UTF8 + text.getvalue().encode("utf-8", "replace")
