"""How numbers and texts lie in a segment's arrays: packed frequencies, runs, keys."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models import Block, BlockKind, article_key
from .arrays import Array

#: Bits of the frequencies of title, headings and body in a packed number.
TF_BITS: Final = (7, 9, 16)
MANY: Final = 0xFFFFFFFF
#: A bigram as a number: first code point << CODE_BITS | second.
CODE_BITS: Final = 21


def moment(date: str | None) -> int:
    """A model's date as a number that sorts: YYYYMMDDhhmmss, midnight without a time; 0 for None."""
    digits = (date or "").replace("-", "").replace("T", "").replace(":", "")
    return int(digits[:14].ljust(14, "0")) if date else 0


def key_number(key: str) -> int:
    """The first 64 of the 72 bits that an article's key writes. ValueError for what is no key."""
    if len(key) != 12:
        raise ValueError(f"{key!r} is no key")
    return int.from_bytes(base64.b64decode(key, b"-_", validate=True)[:8], "big")


def id_numbers(ids: Sequence[str]) -> NDArray[np.uint64]:
    """The key numbers of ids."""
    return np.array([key_number(article_key(one)) for one in ids], np.uint64)


#: A kind's letter in the stored form; the order is part of the format.
_LETTERS: Final[dict[BlockKind, str]] = {
    "text": "t", "heading": "h", "list": "l", "numbered": "n", "table": "b", "row": "r", "cell": "c", "quote": "q",
    "continued": "m",
}  # fmt: skip
_KINDS: Final[dict[str, BlockKind]] = {letter: kind for kind, letter in _LETTERS.items()}
_BLOCK: Final = re.compile(r"([a-z])(\d{0,2})(?:\.(\d{1,3}))?")


def pack_structure(structure: Sequence[Block]) -> str:
    """Kinds, levels and places as a string: "th2n1.1n1.2". A level or place of 0 is not written."""
    return "".join(f"{_LETTERS[kind]}{level or ''}{f'.{place}' if place else ''}" for kind, level, place in structure)


def unpack_structure(text: str) -> tuple[Block, ...]:
    """The reverse of pack_structure. ValueError for a letter that is no kind's."""
    blocks: list[Block] = []
    at = 0
    while at < len(text):
        match = _BLOCK.match(text, at)
        if match is None or match[1] not in _KINDS:
            raise ValueError(f"{text[:40]!r} is no structure")
        blocks.append(Block(_KINDS[match[1]], int(match[2] or 0), int(match[3] or 0)))
        at = match.end()
    return tuple(blocks)


def encode_text(text: str) -> bytes:
    """UTF-8; pages may hold lone surrogates, which strict UTF-8 refuses."""
    return text.encode("utf-8", "surrogatepass")


def pack(counts: Array) -> tuple[NDArray[np.uint32], NDArray[np.uint64], NDArray[np.uint32]]:
    """(packed frequencies, places of those that do not fit, their counts) of counts[:, field]."""
    _, headings, body = TF_BITS
    limits = np.array([(1 << bits) - 1 for bits in TF_BITS], np.int64)
    over = (counts > limits).any(axis=1) | (counts == limits).all(axis=1)
    packed = counts[:, 0] << (headings + body) | counts[:, 1] << body | counts[:, 2]
    packed[over] = MANY
    places = np.flatnonzero(over)
    return packed.astype(np.uint32), places.astype(np.uint64), counts[places].astype(np.uint32).ravel()


def unpack(packed: Array, first: int, many: Array, many_tf: Array) -> NDArray[np.int64]:
    """counts[:, field] of a slice of packed frequencies that begins at posting `first`."""
    _, headings, body = TF_BITS
    wide = packed.astype(np.int64)
    counts = np.stack(
        [wide >> (headings + body), wide >> body & ((1 << headings) - 1), wide & ((1 << body) - 1)], axis=1
    )
    if len(many):
        low, high = np.searchsorted(many, [np.uint64(first), np.uint64(first + len(packed))])
        if high > low:
            counts[many[low:high].astype(np.int64) - first] = many_tf.reshape(-1, 3)[low:high]
    return counts


def blob(parts: Sequence[bytes]) -> tuple[NDArray[np.uint64], Array]:
    """(offsets of n parts, n + 1 of them; all bytes)."""
    return starts_of(np.fromiter(map(len, parts), np.int64, len(parts))), np.frombuffer(b"".join(parts), np.uint8)


def starts_of(counts: Array) -> NDArray[np.uint64]:
    """Where each of the runs of these lengths begins, and the end."""
    starts = np.zeros(len(counts) + 1, np.uint64)
    np.cumsum(counts, out=starts[1:])
    return starts


def prefixes(words: Sequence[bytes]) -> NDArray[np.uint64]:
    """The first 8 bytes of each word as a number that sorts as they do."""
    return np.frombuffer(b"".join(word[:8].ljust(8, b"\0") for word in words), ">u8").astype(np.uint64)


def key_order(keys: Sequence[str]) -> tuple[NDArray[np.uint64], NDArray[np.uint32]]:
    """(key numbers ascending, whose they are)."""
    numbers = np.array([key_number(key) for key in keys], np.uint64)
    order = np.argsort(numbers, kind="stable")
    return numbers[order], order.astype(np.uint32)
