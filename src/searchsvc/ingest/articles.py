"""A record of JSON lines -> what its article says: the shape that `searchsvc extract` prints."""

from __future__ import annotations

from typing import Any, Final, get_args
from urllib.parse import urlsplit

from ..errors import REJECT_CODES, PageRejected
from ..models import MAX_LEVEL, MAX_PLACE, Block, BlockKind
from .dates import parse_stamp
from .extract import Extraction
from .labelling.walk import tidy

_KINDS: Final = frozenset(get_args(BlockKind))
#: The levels that a kind may have, where it is not any depth from 1.
_LEVELS: Final[dict[str, range]] = {
    "text": range(1),
    "heading": range(1, 7),
    **dict.fromkeys(("table", "row", "cell"), range(1, 3)),
}
_DEPTHS: Final = range(1, MAX_LEVEL + 1)
_PLACES: Final = range(MAX_PLACE + 1)
_TEXTS: Final = ("url", "title", "date", "category", "body")


def extraction_of(record: dict[str, Any], *, timezone: str) -> Extraction:
    """The article in a record. Fields may be absent or null, others are ignored; text stays text, markup included.

    PageRejected: record_invalid for a field of another type or a date that is none; an `error` of `extract` is
    passed on with its code.
    """
    error = record.get("error")
    if error is not None:
        code = error.get("code") if isinstance(error, dict) else None
        message = error.get("message") if isinstance(error, dict) else error
        raise PageRejected(code if code in REJECT_CODES else "record_invalid", f"The record is an error: {message}")
    texts = {name: _text(record, name) for name in _TEXTS}
    headings = record.get("headings") or []
    if not isinstance(headings, list) or not all(isinstance(one, str) for one in headings):
        raise PageRejected("record_invalid", '"headings" is not a list of strings.')
    date = parse_stamp(texts["date"], timezone) if texts["date"] else None
    if texts["date"] and date is None:
        raise PageRejected("record_invalid", '"date" is no date: use YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS.')
    if not texts["title"] and not texts["body"]:
        raise PageRejected("record_invalid", 'The record has neither "title" nor "body".')
    lines = [tidy(line) for line in texts["body"].splitlines()]
    structure = _structure(record, len(lines))
    return Extraction(
        tidy(texts["title"]),
        date,
        tidy(texts["category"]) or None,
        tuple(filter(None, map(tidy, headings))),
        "\n".join(filter(None, lines)),
        _url(texts["url"]),
        (),
        None,
        tuple(block for block, line in zip(structure, lines, strict=True) if line) if structure else (),
    )


def _structure(record: dict[str, Any], lines: int) -> tuple[Block, ...]:
    """The kinds of the body's lines; a record may leave them out."""
    value = record.get("structure")
    if value is None or value == []:
        return ()
    try:
        blocks = tuple(Block(*entry) for entry in value)
    except (TypeError, ValueError):
        blocks = ()
    if not blocks or not all(map(_is_block, blocks)):
        raise PageRejected(
            "record_invalid", '"structure" is not a list of [kind, level, place], as `extract` prints it.'
        )
    if len(blocks) != lines:
        raise PageRejected("record_invalid", f'"structure" has {len(blocks)} entries, "body" has {lines} lines.')
    return blocks


def _is_block(block: Block) -> bool:
    """Whether values from outside are a kind and a level."""
    named = isinstance(block.kind, str) and block.kind in _KINDS
    whole = type(block.level) is int and type(block.place) is int
    return named and whole and block.level in _LEVELS.get(block.kind, _DEPTHS) and block.place in _PLACES


def _text(record: dict[str, Any], name: str) -> str:
    value = record.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise PageRejected("record_invalid", f'"{name}" is not a string.')
    return value


def _url(text: str) -> str | None:
    try:
        parts = urlsplit(text.strip())
    except ValueError:
        return None
    return text.strip() if parts.scheme in {"http", "https"} and parts.netloc else None
