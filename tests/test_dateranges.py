"""Days, months and years as date filters."""

import pytest

from searchsvc.dateranges import first_day, last_day


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-03-10", 20260310, 20260310),
        ("2026-3-1", 20260301, 20260301),
        ("2024-02", 20240201, 20240229),
        ("2025-02", 20250201, 20250228),
        ("2026", 20260101, 20261231),
    ],
)
def test_both_ends_are_inclusive(text: str, first: int, last: int) -> None:
    assert (first_day(text), last_day(text)) == (first, last)


@pytest.mark.parametrize(
    "text", ["", "2026-13", "2025-02-29", "2026-00", "2026-01-00", "0000", "26", "2026-1-1T00", "２０２６", "x"]
)
def test_what_is_no_date_is_refused(text: str) -> None:
    for read in (first_day, last_day):
        with pytest.raises(ValueError, match="no date"):
            read(text)
