"""The words a segmenter must know beyond its own dictionary, and the words that weigh less in a query.

The packaged lists are data/finance.txt and data/stop_words.txt; sites add lists of their own. A dictionary line is
`word` or `word frequency`; `#` begins a comment.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources

from ..errors import ConfigError
from .fold import fold


@dataclass(frozen=True, slots=True)
class Lexicon:
    """`words` are folded, each with its frequency or None (high enough to stay whole); `digest` names the words."""

    words: tuple[tuple[str, int | None], ...]
    stop_words: frozenset[str]
    digest: str


def load_lexicon(dictionary_texts: Sequence[str] = (), stop_texts: Sequence[str] = ()) -> Lexicon:
    """The packaged lists and, after them, the contents of a site's own; a later line wins over an earlier one.

    ConfigError names a line that is no entry. The digest depends on the words only: stop words matter to queries
    alone, and changing them needs no new index.
    """
    words: dict[str, int | None] = {}
    for name, text in [("finance.txt", _packaged("finance.txt")), *_named("dictionary", dictionary_texts)]:
        for where, line in _lines(name, text):
            word, frequency = _entry(where, line)
            words[word] = frequency
    stop_words = {
        fold(line)
        for name, text in [("stop_words.txt", _packaged("stop_words.txt")), *_named("stop words", stop_texts)]
        for _, line in _lines(name, text)
    }
    content = "\n".join(f"{word} {frequency}" for word, frequency in sorted(words.items()))
    digest = hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return Lexicon(tuple(words.items()), frozenset(stop_words), digest)


def _packaged(name: str) -> str:
    return resources.files(__package__).joinpath("data", name).read_text("utf-8")


def _named(kind: str, texts: Sequence[str]) -> list[tuple[str, str]]:
    return [(f"{kind} {number}", text) for number, text in enumerate(texts, 1)]


def _lines(name: str, text: str) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        line = line.split("#", 1)[0].strip()
        if line:
            yield f"{name}, line {number}", line


def _entry(where: str, line: str) -> tuple[str, int | None]:
    word, *rest = line.split()
    frequency = rest[0] if rest else None
    if len(rest) > 1 or (frequency is not None and not (frequency.isascii() and frequency.isdigit())):
        raise ConfigError(f"{where}: {line!r} is no entry.", hint="Write `word` or `word frequency`.")
    return fold(word), int(frequency) if frequency else None
