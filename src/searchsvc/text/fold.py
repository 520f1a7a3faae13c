"""Folding: texts that readers take for the same become the same, one character for one.

Width and compatibility forms (NFKC), case, traditional Chinese and white space are folded, each only where one
character stays one character. So `len(fold(s)) == len(s)`, and offsets into the one are offsets into the other.
"""

from __future__ import annotations

import importlib
import re
import unicodedata
from importlib import resources
from typing import Any, Final

import numpy as np

try:
    _compiled: Any = importlib.import_module("._matching", __package__)
except ImportError:  # no compiler when this was installed
    _compiled = None

#: Part of every segmenter's digest: change it whenever fold() gives another result for any text.
FOLD_VERSION: Final = "1"
_SURROGATES: Final = re.compile("[\ud800-\udfff]")


def _traditional() -> dict[str, str]:
    text = resources.files(__package__).joinpath("data/t2s.txt").read_text("utf-8")
    return {line[0]: line[1] for line in text.splitlines() if line and not line.startswith("#")}


class _Table(dict[int, int]):
    """Folds a code point the first time it is met; later ones cost one dictionary access in str.translate."""

    def __init__(self) -> None:
        super().__init__()
        self._simplified = _traditional()

    def __missing__(self, code: int) -> int:
        folded = self[code] = ord(self._fold(chr(code)))
        return folded

    def _fold(self, char: str) -> str:
        """One character, folded again and again until nothing changes (so that fold() is idempotent)."""
        while True:
            folded = self._fold_once(char)
            if folded == char:
                return char
            char = folded

    def _fold_once(self, char: str) -> str:
        if char == "\n":
            return char
        if char.isspace():
            return " "
        for form in (unicodedata.normalize("NFKC", char), char.lower()):
            if len(form) == 1 and form != char:
                return form
        return self._simplified.get(char, char)


_TABLE: Final = _Table()
#: The same as an array, for long texts; _UNKNOWN where nothing was folded yet.
_UNKNOWN: Final = 0xFFFFFFFF
_ARRAY: Final = np.full(0x110000, _UNKNOWN, np.uint32)
#: From here on the array is faster: for 1,000 characters 1 us compiled, 5 us in numpy, instead of 40.
_LONG: Final = 100


def fold(text: str) -> str:
    """The text folded; of the same length, line ends kept, idempotent, lone surrogates left as they are."""
    if len(text) < _LONG:
        return text.translate(_TABLE)
    if _compiled:
        quickly: str | None = _compiled.fold(text, _ARRAY)
        if quickly is not None:
            return quickly
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    folded = _ARRAY[codes]
    unknown = folded == _UNKNOWN
    if unknown.any():
        for code in np.unique(codes[unknown]).tolist():
            _ARRAY[code] = _TABLE[code]
        folded = _ARRAY[codes]
    return folded.tobytes().decode("utf-32-le", "surrogatepass")


def without_surrogates(text: str) -> str:
    """The text with U+FFFD for each lone surrogate (JSON escapes may hold them, UTF-8 cannot)."""
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)
