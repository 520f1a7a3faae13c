"""The lines of a text dump as pieces: how far each is indented, what marks it as an item, what its signs say. Pure.

Dumps come from browsers' "save as text", from w3m and lynx (wrapped at some width, indented), from reader modes, and
from converters to Markdown. Full-width spaces are how Chinese paragraphs begin, and say nothing of lists.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import Final

from .walk import tidy

_BREAKS: Final = re.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_TAB: Final = 4
_RULE: Final = re.compile(r"[\s=\-_*~·—+|┌┬┐├┼┤└┴┘─━═]+")
_BULLET: Final = re.compile(r"(?:[•·●○■□◆◇▪▫▸►‣➢★☆※∙◦–]\s*|[*+-]\s+)(?=\S)")
#: Typed into a text at the margin, and markers of an indented list.
_TYPED_NUMBER: Final = re.compile(r"(?:\d{1,2}[、．）]|[一二三四五六七八九十]{1,3}[、．）])\s*(?=\S)")
#: lynx and w3m mark deeper lists with letters; at the margin it would be a word.
_DEEPER_BULLET: Final = re.compile(r"[o#@]\s+(?=\S)")
_NUMBER: Final = re.compile(r"(?:\d{1,3}[.)]\s+|[（(]\d{1,2}[)）]\s+|[a-z][.)]\s+)(?=\S)")
_DIGITS: Final = re.compile(r"\d{1,3}")
_ATX: Final = re.compile(r"(#{1,6})\s+(?=\S)")
_SETEXT: Final = re.compile(r"(?:=|-){3,}")
_QUOTE: Final = re.compile(r"(?:>\s?)+(?=\S)")
_ROW: Final = re.compile(r"[|│┃].*[|│┃]")
_IMAGE: Final = re.compile(
    r"!\[[^\]]{0,200}\](?:\([^)]{0,2000}\)|\[[^\]]{0,80}\])|^\[(?:image|img|图片)[^\]]{0,80}\]$", re.I
)
_LINK: Final = re.compile(
    r"\[([^\[\]]{1,300})\](?:\((?:[^()\s]|\([^()\s]{0,200}\)){0,2000}(?:\s+\"[^\"]{0,200}\")?\)|\[\d{1,4}\])"
)
_LINK_TARGET: Final = re.compile(r"\[\d{1,4}\]:?\s*(?:https?|file|mailto|/)\S*|<?(?:https?|file|mailto):\S+>?")
_LYNX_LINK: Final = re.compile(r"\[\d{1,4}\](?=\S)")
_STRONG: Final = re.compile(r"(\*\*|__)(?=\S)(.{1,200}?)(?<=\S)\1")
_EMPHASIS: Final = re.compile(r"(?<![\w*])([*_])(?=[^\s*_])([^*_]{1,200}?)(?<=\S)\1(?![\w*])")
_ESCAPED: Final = re.compile(r"\\([\\`*_{}\[\]()#+.!>|-])")
_MARKDOWN: Final = re.compile(r"^#{1,6}\s|\]\(|\*\*\S|^>\s|^```|\[\d+\]:\s", re.M)
#: A text is wrapped when so many lines end within a few columns of the longest, and go on in the next.
_WIDEST: Final = 130
_NARROWEST: Final = 36
_RAGGED: Final = 6
_WRAPPED: Final = 3
_LONG: Final = 20
#: In longer lines signs are not looked for.
_LONGEST_MARKED: Final = 5_000


@dataclass(slots=True)
class Piece:
    """A paragraph, item, heading or row of a dump.

    `indent` is counted from the margin of the text, `content` where the text of an item begins. `marker` is "bullet",
    "number" or "", `number` the item's own where it is written in digits. `level` is a marked heading's, and 1 for the
    head of a table; `quote` is how deep it is quoted, `cells` are those of a row. `gap` is True after a blank line.
    `link` and `bold` count characters.
    """

    text: str
    indent: int = 0
    content: int = 0
    marker: str = ""
    level: int = 0
    quote: int = 0
    cells: tuple[str, ...] = ()
    gap: bool = False
    number: int = 0
    link: int = 0
    bold: int = 0


def pieces_of(text: str) -> list[Piece]:
    """The text's pieces, in order. Rules of signs, images and lists of link targets are left out."""
    lines = [line.expandtabs(_TAB).rstrip() for line in _BREAKS.sub("\n", text).split("\n")]
    markdown = _MARKDOWN.search(text) is not None
    lynx = sum(1 for line in lines if _LYNX_LINK.search(line)) >= 2 and not markdown
    width = _wrapped_at(lines)
    margin = _margin(lines)
    pieces: list[Piece] = []
    gap, last = True, ""
    for line in lines:
        if not line.strip():
            gap = True
            continue
        if _RULE.fullmatch(line):
            if pieces and not gap and pieces[-1].cells:
                pieces[-1].level = 1  # the row above |---|---|
            elif pieces and not gap and markdown and _SETEXT.fullmatch(line.strip()) and not pieces[-1].marker:
                pieces[-1].level = pieces[-1].level or (1 if "=" in line else 2)
            gap, last = True, ""
            continue
        piece = _piece(_LYNX_LINK.sub("", line) if lynx else line, margin, markdown=markdown)
        if pieces and not gap and width and _goes_on(last, piece, pieces[-1], width):
            _join(pieces[-1], piece)
        elif piece.text or piece.cells:
            piece.gap = gap
            pieces.append(piece)
        gap, last = False, line
    return pieces


def _piece(line: str, margin: int, *, markdown: bool) -> Piece:
    text = line.lstrip(" ")
    found = Piece("", max(0, len(line) - len(text) - margin))
    text = text.lstrip("\u3000")
    if markdown and (quote := _QUOTE.match(text)):
        found.quote, text = quote[0].count(">"), text[quote.end() :]
    if _ROW.fullmatch(text) and text.count(text[0]) > 2:
        found.cells = tuple(_inline(cell, found, markdown=markdown) for cell in re.split(r"[|│┃]", text)[1:-1])
        return found
    heading = _ATX.match(text) if markdown else None
    if heading:
        found.level, text = len(heading[1]), text[heading.end() :].rstrip("# ")
    elif mark := _BULLET.match(text) or (_DEEPER_BULLET.match(text) if found.indent else None):
        found.marker = "bullet"
    elif mark := _NUMBER.match(text) or (_TYPED_NUMBER.match(text) if found.indent else None):
        found.marker = "number"
    if not heading and mark:
        found.content = found.indent + _width(mark[0])
        digits = _DIGITS.search(mark[0]) if found.marker == "number" else None
        found.number = int(digits[0]) if digits else 0
        # At the margin a number was typed by hand; in Markdown it is a list's.
        text = text[mark.end() :] if found.indent or markdown or found.marker == "bullet" else text
    found.text = _inline(text, found, markdown=markdown)
    return found


def _inline(text: str, piece: Piece, *, markdown: bool) -> str:
    """The text without Markdown's signs; counts what was a link or bold."""
    if _LINK_TARGET.fullmatch(text.strip()):
        piece.link += len(text)
        return ""
    if not markdown or len(text) > _LONGEST_MARKED:
        return tidy(text)
    text = _IMAGE.sub("", text)
    linked = 0

    def unlink(match: re.Match[str]) -> str:
        nonlocal linked
        linked += len(match[1].strip())
        return match[1]

    text = _LINK.sub(unlink, text)
    bold = sum(len("".join(match[2].split())) for match in _STRONG.finditer(text))
    text = _ESCAPED.sub(r"\1", _EMPHASIS.sub(r"\2", _STRONG.sub(r"\2", text)))
    piece.link += linked
    piece.bold += bold
    return tidy(text)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _wrapped_at(lines: list[str]) -> int:
    """The column at which the dump was wrapped; 0 when it was not."""
    widths = [_width(line) if len(line) <= _WIDEST else _WIDEST + 1 for line in lines]
    widest = max(widths, default=0)
    if not _NARROWEST <= widest <= _WIDEST:
        return 0
    full = sum(1 for width, after in zip(widths, lines[1:], strict=False) if width > widest - _RAGGED and after.strip())
    return widest if full >= _WRAPPED else 0


def _goes_on(last: str, piece: Piece, before: Piece, width: int) -> bool:
    """Whether a line continues the one before: that was full, and this begins nothing of its own."""
    if piece.marker or piece.level or piece.cells or before.level or before.cells or piece.quote != before.quote:
        return False
    fits = piece.indent == (before.content or before.indent) or piece.indent == before.indent
    return fits and _width(last) > width - _RAGGED


def _join(before: Piece, piece: Piece) -> None:
    apart = before.text[-1:].isascii() and piece.text[:1].isascii() and before.text[-1:] != "-"
    before.text = tidy(f"{before.text}{' ' if apart else ''}{piece.text}")
    before.link += piece.link
    before.bold += piece.bold


def _margin(lines: list[str]) -> int:
    """How far the paragraphs are indented: the commonest indentation of long lines without a marker."""
    indents: Counter[int] = Counter()
    for line in lines:
        text = line.lstrip(" ")
        if _width(text) >= _LONG * 2 and not _BULLET.match(text) and not _NUMBER.match(text):
            indents[len(line) - len(text)] += 1
    if not indents:
        return 0
    least = min(indents)
    # Paragraphs of items are indented as well: the margin is the smallest that is common.
    return min((indent for indent, count in indents.items() if count * 4 >= indents.total()), default=least)
