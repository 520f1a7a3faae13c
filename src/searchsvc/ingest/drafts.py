"""A draft before it is published, from a file: HTML as a page is read, a text with its title in the first line."""

from __future__ import annotations

import re
from typing import Final

from ..errors import InvalidParameter, PageRejected
from .decode import decode
from .extract import extract_page
from .labelling.dump import is_dump
from .pages import PAGE_SECONDS, PageTookTooLong, time_limit

_MARKDOWN: Final = re.compile(r"#{1,6}\s+")


def read_draft(data: bytes, name: str, *, timezone: str = "Asia/Shanghai") -> tuple[str, str]:
    """Title and body of a draft; a text of one line has no body. Any charset that pages may have.

    InvalidParameter ("draft") when it cannot be read: the fault is the request's, not that of one page among many.
    """
    try:
        with time_limit(PAGE_SECONDS):
            text = decode(data).text
            if not is_dump(text, name):
                found = extract_page(data, path=name, timezone=timezone)
                return found.title, found.body
    except PageRejected as error:
        raise InvalidParameter("draft", f"{name} cannot be read: {error.message}", hint=error.hint) from None
    except PageTookTooLong as error:
        raise InvalidParameter("draft", f"{name} cannot be read: {error}") from None
    # Not by the rules for saved pages: those look for a headline, and in a draft the first line is one.
    title, _, body = text.strip().partition("\n")
    return _MARKDOWN.sub("", title, count=1).strip(), body.strip()
