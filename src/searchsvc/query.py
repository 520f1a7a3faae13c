"""What a reader typed becomes a Query. Pure; nothing a reader types is an error, over-long text apart.

Syntax, all of it: `"words in order"` (a quote opens at the start of a token and closes before white space or the
end), and `-word` or `-"words"` at the start of a token to leave articles out. Only the ASCII signs count, so pasted
titles with Chinese quotes or inner hyphens are plain words; so is everything that does not fit this syntax.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from .errors import QueryTooLong
from .models import Query, Term
from .protocols import Segmenter
from .text.analyse import clean_line
from .text.fold import fold
from .text.lexicon import Lexicon

MAX_QUERY_CHARS: Final = 512
#: A stop word still counts a little: in 借还是不借 it is all there is.
STOP_WEIGHT: Final = 0.2

_TOKEN: Final = re.compile(r'(?P<minus>-?)(?:"(?P<phrase>[^"]*)"(?!\S)|(?P<word>\S+))')
_RUN: Final = re.compile(r"[^\W_]+")


def parse_query(raw: str, segmenter: Segmenter, lexicon: Lexicon, *, max_chars: int = MAX_QUERY_CHARS) -> Query:
    """The query in `raw`. QueryTooLong when it has more than `max_chars` code points; any other text is valid."""
    if len(raw) > max_chars:
        raise QueryTooLong(
            "q", f"The query has {len(raw)} characters; {max_chars} are allowed.", hint="Shorten the query."
        )
    folded = fold(raw)
    if folded.isalnum() and raw.isalnum():
        # Most questions are letters and digits alone: nothing to clean, no operators, one run.
        return Query(raw, folded, _terms((folded,), segmenter, lexicon), runs=(folded,))
    text = clean_line(raw)
    literal = fold(text)
    wanted, phrases, exclusions = _read(text)
    if not any(map(_says_something, wanted)):
        # Nothing but exclusions: there is nothing to exclude from, so the signs were not meant as operators.
        wanted, phrases, exclusions = [text], [], []
    pieces = [fold(piece) for piece in wanted]
    return Query(
        raw=raw,
        literal=literal if _says_something(literal) else "",
        terms=_terms(pieces, segmenter, lexicon),
        phrases=tuple(dict.fromkeys(map(fold, phrases))),
        exclusions=tuple(dict.fromkeys(map(fold, exclusions))),
        runs=tuple(dict.fromkeys(run for piece in pieces for run in _RUN.findall(piece))),
    )


def _read(text: str) -> tuple[list[str], list[str], list[str]]:
    """Pieces to look for (phrases among them), phrases, exclusions: all as typed."""
    wanted: list[str] = []
    phrases: list[str] = []
    exclusions: list[str] = []
    for match in _TOKEN.finditer(text):
        phrase, word = match["phrase"], match["word"]
        content = (phrase if phrase is not None else word).strip()
        plain = phrase is None and word.startswith("-")
        if match["minus"] and _says_something(content) and not plain:
            exclusions.append(content)
            continue
        if phrase is not None and not match["minus"] and _says_something(content):
            phrases.append(content)
        wanted.append(content)
    return wanted, phrases, exclusions


def _terms(pieces: Iterable[str], segmenter: Segmenter, lexicon: Lexicon) -> tuple[Term, ...]:
    terms: dict[str, Term] = {}
    for piece in pieces:
        for token in segmenter.query_tokens(piece):
            weight = STOP_WEIGHT if token.text in lexicon.stop_words else 1.0
            terms.setdefault(token.text, Term(token.text, weight, token.parts))
    return tuple(terms.values())


def _says_something(text: str) -> bool:
    """True when there is a letter, digit or character of any script (or a picture sign) to look for."""
    return any(char.isalnum() or unicodedata.category(char) == "So" for char in text)
