"""Bytes of a page become text. The first rule that holds decides:

1. Nothing there, or a file that is no text: rejected.
2. A byte-order mark, or NULs where UTF-16 without a mark has them.
3. Strictly valid UTF-8 with multi-byte characters, whatever the page declares: text in another charset hardly ever is.
4. The declared charset (gb2312 and gbk are read as their superset GB18030), unless the other Chinese charset reads
   the bytes clearly better.
5. GB18030 or Big5, whichever gives more of the commonest characters.
6. A charset with a small share of invalid bytes, which become U+FFFD; with more, the page is rejected.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import Final

from ..errors import PageRejected

_MAGIC: Final = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"RIFF", "a media file"),
    (b"PK\x03\x04", "an archive"),
    (b"PK\x05\x06", "an archive"),
    (b"\x1f\x8b", "an archive"),
    (b"Rar!", "an archive"),
    (b"7z\xbc\xaf", "an archive"),
    (b"\xd0\xcf\x11\xe0", "an Office document"),
)
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: Names pages use -> the superset that reads them. HKSCS is what browsers read Big5 as.
_CHINESE: Final = {
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "cp936": "gb18030",
    "x-gbk": "gb18030",
    "big5": "big5hkscs",
    "big5-hkscs": "big5hkscs",
    "cp950": "big5hkscs",
}
_DECLARED: Final = re.compile(
    rb"""<(?:meta|\?xml)[^>]{0,300}?(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.I
)
#: GBK as Windows writes it has the euro sign in one byte, which GB18030 does not know.
_EURO: Final = 0x80
_CONTROL: Final = bytes(set(range(32)) - set(b"\t\n\r\f\x1b\x0b"))
#: The commonest characters of Chinese prose, both scripts: what tells a right guess from mojibake.
_COMMON: Final = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里"
    "用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心本前开但因只从想实"
    "這個們來為國說時會對後過發裡種經麼學現當沒動還進樣點開從實與應間請問長問題貸款還錢銀行网贷款"
)
_SMALL_SHARE: Final = 0.05
_HEAD_BYTES: Final = 4096


@dataclass(frozen=True, slots=True)
class Decoded:
    """`text` without byte-order mark and NULs, the Python name of the `encoding` it was read with, and `warnings`."""

    text: str
    encoding: str
    warnings: tuple[str, ...]


def decode(data: bytes) -> Decoded:
    """The text of a page. Raises PageRejected: page_empty, page_binary or page_charset."""
    _refuse_binary(data)
    for bom, name in _BOMS:
        if data.startswith(bom):
            found = _with_bom(data[len(bom) :], name)
            if found is not None:
                return found
    wide = _utf16_without_bom(data)
    if wide is not None:
        return _finish(*_read(data, wide), wide, ())
    if sum(data[:_HEAD_BYTES].count(code) for code in _CONTROL) > max(3, len(data[:_HEAD_BYTES]) // 20):
        raise PageRejected("page_binary", "The file holds control bytes; it is no text.")
    warnings: tuple[str, ...] = ()
    if 0 in data:
        data, warnings = data.replace(b"\0", b""), ("null_bytes_removed",)
    return _without_bom(data, warnings)


def declared_charset(data: bytes) -> str | None:
    """The charset a page names in its first 4 KB, as a Python codec's name; None when absent or unknown."""
    match = _DECLARED.search(data[:_HEAD_BYTES])
    if match is None:
        return None
    label = match[1].decode("ascii").lower()
    if label in _CHINESE:
        return _CHINESE[label]
    try:
        codec = codecs.lookup(label)
    except (LookupError, ValueError):
        return None
    # Python also registers codecs that give no text (hex, rot13); and a page read this far is not UTF-16.
    usable = getattr(codec, "_is_text_encoding", True) and not codec.name.startswith(("utf-16", "utf-32", "utf-7"))
    return codec.name if usable and codec.name not in {"idna", "punycode", "unicode_escape", "undefined"} else None


def _refuse_binary(data: bytes) -> None:
    if not data.strip(b" \t\r\n\f\v\0\xef\xbb\xbf\xff\xfe"):
        raise PageRejected("page_empty", "The file is empty.")
    for magic, what in _MAGIC:
        if data.startswith(magic):
            raise PageRejected("page_binary", f"The file is {what}, not a page.")


def _with_bom(data: bytes, name: str) -> Decoded | None:
    text, cut = _read(data, name)
    if text is not None:
        return _finish(text, cut, name, ())
    if name == "utf-8":
        return None
    replaced = data.decode(name, "replace")
    return _replaced(replaced, name, ()) if _share(replaced) <= _SMALL_SHARE else None


def _without_bom(data: bytes, warnings: tuple[str, ...]) -> Decoded:
    data = data.removeprefix(codecs.BOM_UTF8)
    text, cut = _read(data, "utf-8")
    if text is not None:
        return _finish(text, cut, "utf-8", warnings)
    declared = declared_charset(data)
    readings = [(name, *_read(data, name)) for name in ("gb18030", "big5hkscs")]
    scored = [
        (_plausibility(text) + (0.1 if name == declared else 0.0), name, text, cut)
        for name, text, cut in readings
        if text is not None
    ]
    best = max(scored, default=None, key=lambda one: one[0])
    if best is not None and best[0] >= 0.08:
        return _finish(best[2], best[3], best[1], warnings)
    # Nearly UTF-8 comes before single-byte charsets, which read anything.
    for name in dict.fromkeys(("utf-8", declared or "gb18030", "gb18030", "big5hkscs")):
        replaced = data.decode(name, "replace")
        if _share(replaced) <= _SMALL_SHARE and (name in {"utf-8", declared} or _plausibility(replaced) >= 0.08):
            return _replaced(replaced, name, warnings)
    if best is not None:
        return _finish(best[2], best[3], best[1], warnings)
    raise PageRejected("page_charset", "No charset reads these bytes as text.")


def _read(data: bytes, name: str) -> tuple[str | None, bool]:
    """(text, whether the last character is cut off); (None, False) when the bytes are not valid."""
    decoder = codecs.getincrementaldecoder(name)("windows-euro" if name == "gb18030" else "strict")
    try:
        text = decoder.decode(data, final=False)
        pending = decoder.getstate()[0]
    except (UnicodeDecodeError, UnicodeError):
        return None, False
    return text, bool(pending)


def _euro(error: UnicodeError) -> tuple[str, int]:
    """The codec's error handler: a lone 0x80 is the euro sign, anything else an error."""
    if isinstance(error, UnicodeDecodeError) and error.object[error.start] == _EURO:
        return "€", error.start + 1
    raise error


codecs.register_error("windows-euro", _euro)


def _finish(text: str | None, cut: bool, name: str, warnings: tuple[str, ...]) -> Decoded:
    if text is None:
        raise PageRejected("page_charset", "No charset reads these bytes as text.")
    if "\0" in text:
        text, warnings = text.replace("\0", ""), (*warnings, "null_bytes_removed")
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise PageRejected("page_empty", "The file holds white space only.")
    return Decoded(text, name, (*warnings, "cut_in_a_character") if cut else warnings)


def _replaced(text: str, name: str, warnings: tuple[str, ...]) -> Decoded:
    return _finish(text, False, name, (*warnings, "invalid_bytes_replaced"))


def _share(text: str) -> float:
    """Invalid bytes as a share of the characters that are not ASCII (at least 100 of them are assumed)."""
    wide = len(text) - len(text.encode("ascii", "ignore"))
    return text.count("\ufffd") / max(100, wide)


def _plausibility(text: str) -> float:
    """Share of the commonest Chinese characters among all that are not ASCII (first 20,000 characters)."""
    wide = [char for char in text[:20_000] if char > "\x7f"]
    return sum(char in _COMMON for char in wide) / len(wide) if wide else 0.0


def _utf16_without_bom(data: bytes) -> str | None:
    """The byte order, when NULs are where UTF-16 has them: in the high byte of every ASCII character.

    Low bytes are NUL too, in few characters (U+4E00 is one), so the majority decides. Where the head is mostly
    Chinese there are few ASCII characters, and the text must read as Chinese; else stray NULs would pass for UTF-16.
    """
    head = data[: _HEAD_BYTES * 4]
    low, high = sorted((head[0::2].count(0), head[1::2].count(0)))
    if high < 4 or high < 4 * low:
        return None
    name = "utf-16-le" if head[1::2].count(0) == high else "utf-16-be"
    if high > 0.3 * (len(head) // 2):
        return name
    return name if _plausibility(head.decode(name, "ignore")) >= 0.08 else None
