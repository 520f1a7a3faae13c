"""The numbers a text names, whatever way they are written: 2000, 2,000 and 两千 are one number. Pure."""

from __future__ import annotations

import re
from typing import Final

_DIGITS: Final = dict(zip("零〇一二两三四五六七八九", (0, 0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9), strict=True))
_SCALES: Final = {"十": 10, "百": 100, "千": 1_000, "万": 10_000, "亿": 100_000_000}
_NUMBER: Final = re.compile(
    r"([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,15})(\.[0-9]{1,6})?([十百千万亿]*)|([零〇一二两三四五六七八九十百千万亿]+)"
)


def numbers_of(folded: str) -> list[float]:
    """The numbers of a folded text, in order. Lone zeros are no numbers."""
    found = []
    for whole, fraction, scale, chinese in _NUMBER.findall(folded):
        value = _chinese(chinese) if chinese else float(whole.replace(",", "") + fraction)
        for sign in scale:
            value *= _SCALES[sign]
        if value:
            found.append(value)
    return found


def _chinese(text: str) -> float:
    """The value of a number in Chinese numerals; digits alone are read as they stand (二〇二六)."""
    if not any(sign in _SCALES for sign in text):
        return float("".join(str(_DIGITS[sign]) for sign in text[:15]))
    total = section = digit = 0
    for sign in text:
        if sign in _DIGITS:
            digit = _DIGITS[sign]
        elif _SCALES[sign] >= 10_000:
            total = (total + section + digit or 1) * _SCALES[sign]
            section = digit = 0
        else:
            section += (digit or 1) * _SCALES[sign]
            digit = 0
    return float(total + section + digit)
