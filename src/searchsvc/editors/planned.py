"""Planned titles, from a CSV as Excel saves it: one title a line, in the first column."""

from __future__ import annotations

import codecs
import csv
import io
from typing import Final

from ..errors import InvalidParameter

#: What the first line says when it is no title.
_HEADINGS: Final = frozenset({"title", "titles", "标题", "题目", "选题", "文章标题", "標題", "題目"})


def read_titles(data: bytes, name: str) -> list[str]:
    """The titles in order, lines without one left out. UTF-8, UTF-16 with its mark, or GB18030.

    InvalidParameter ("titles") when no charset reads it, it is no CSV, or there is no title.
    """
    found = []
    try:
        for row in csv.reader(io.StringIO(_text(data), newline="")):
            if row and row[0].strip():
                found.append(row[0].strip())
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidParameter("titles", f"{name} cannot be read: {error}.", hint="Save it as CSV, UTF-8.") from None
    if found and found[0].casefold() in _HEADINGS:
        del found[0]
    if not found:
        raise InvalidParameter("titles", f"There is no title in {name}.", hint="The first column holds the titles.")
    return found


def _text(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Excel in China saves CSV so; strictly read, it is hardly ever UTF-8 as well.
        return data.decode("gb18030")
