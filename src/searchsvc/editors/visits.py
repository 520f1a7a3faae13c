"""How often pages are visited, from a CSV: one page a line, its URL, id or key first, a number of visits after it."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping

from ..errors import ConfigError


def read_visits(lines: Iterable[str], name: str) -> Mapping[str, int]:
    """Visits by the name of the page; lines of one page add up. A first line without a number is a heading.

    ConfigError names the first line that cannot be read.
    """
    found: dict[str, int] = {}
    for number, row in enumerate(csv.reader(lines), 1):
        if not any(cell.strip() for cell in row):
            continue
        page, count = row[0].strip(), row[1].strip().replace(",", "") if len(row) > 1 else ""
        if page and count.isascii() and count.isdigit() and len(count) <= 15:
            found[page] = found.get(page, 0) + int(count)
        elif number > 1:
            raise ConfigError(
                f"{name}, line {number}: {','.join(row)[:80]!r} is no page with its visits.",
                hint="Write the page's URL or id, a comma, and a whole number.",
            )
    return found
