"""Words: jieba's dictionary over runs of Chinese characters, runs of letters and digits as they stand.

jieba's guessing of unknown words (HMM) is off: it invents words by context, so that the same string would be cut one
way in an article and another way in a query. What the dictionary does not know stays single characters, and
character bigrams find it whole.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from ..models import FieldTokens, Token
from .dictionary import METHODS, Dictionary, installed, load_dictionary, version
from .fold import FOLD_VERSION
from .lexicon import Lexicon

SEGMENT_VERSION: Final = "2"
#: Words kept with the words inside them: some 10 MB. Looking those up anew takes a third of the time of segmenting.
MAX_LINES: Final = 50_000

_HAN: Final = "々〇\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
# 1. Han runs, for the dictionary. 2. Numbers with inner points and letter-digit runs. 3. Runs of other letters and
# numbers, which end where Han begins (Ⅱ类账户, カード借呗). 4. The rest, without the most frequent signs, which are no
# words.
_RUNS: Final = re.compile(
    rf"([{_HAN}]+)|([a-z0-9]+(?:\.[0-9]+)*)|((?:(?![{_HAN}])[^\W_])+)|([^\w\s,.:;!?()%“”‘’、。《》【】…·—-]|_)"
)
#: A word that may have words inside it.
_LONG: Final = re.compile(r"[^\n]{3,}")
_ALL_HAN: Final = re.compile(rf"[{_HAN}]+")
#: Between the runs that are cut together, and in the place of a word that is not cut.
_BETWEEN: Final = "\n"
_OTHER: Final = "\t"


class WordSegmenter:
    """Implements `protocols.Segmenter`. Made cheaply; the dictionary is loaded at the first text.

    `method` is one of `dictionary.METHODS`; the digest begins with it.
    """

    def __init__(self, lexicon: Lexicon, cache_dir: Path | None = None, method: str = METHODS[0]) -> None:
        self._lexicon = lexicon
        self._cache_dir = cache_dir
        self._method = method
        self._loaded: Dictionary | None = None
        self._lines = _Lines(self._dictionary)
        names = f"{version(method)} segment {SEGMENT_VERSION} fold {FOLD_VERSION} words {lexicon.digest}"
        self._digest = f"{method}-{hashlib.sha256(names.encode()).hexdigest()[:16]}"

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self._lexicon, self._cache_dir, self._method))

    @property
    def digest(self) -> str:
        return self._digest

    def load(self) -> None:
        """Loads the dictionary now (about half a second) rather than with the first text."""
        self._dictionary()

    def index_tokens(self, folded: str) -> FieldTokens:
        # All runs are cut in one call, which takes a quarter less: white space parts them as any sign does. What
        # follows handles the few words that are not plain, and leaves the others in one string.
        runs: list[str] = []
        others: list[str] = []
        for han, number, letters, sign in _RUNS.findall(folded):
            if han:
                runs.append(han)
            elif number or letters or unicodedata.category(sign) == "So":
                runs.append(_OTHER)
                others.append(number or letters or sign)
        if not runs:
            return FieldTokens("", 0)
        words = "\n".join(self._dictionary().cut(_BETWEEN.join(runs))).replace(f"\n{_BETWEEN}\n", "\n")
        lines = self._lines
        pieces = _LONG.sub(lambda found: lines[found[0]], words).split(_OTHER)
        mixed = [""] * (2 * len(others) + 1)
        mixed[::2] = pieces
        mixed[1::2] = ["\n".join((word, *word.split("."))) if "." in word else word for word in others]
        return FieldTokens("".join(mixed), words.count("\n") + 1)

    def query_tokens(self, folded: str) -> tuple[Token, ...]:
        if _ALL_HAN.fullmatch(folded):
            return tuple(self._han_tokens(folded, 0))
        tokens: list[Token] = []
        for match in _RUNS.finditer(folded):
            han, number, letters, sign = match.groups()
            if han:
                tokens += self._han_tokens(han, match.start())
            elif number:
                parts = tuple(number.split(".")) if "." in number else ()
                tokens.append(Token(number, match.start(), match.end(), parts))
            elif letters or unicodedata.category(sign) == "So":
                tokens.append(Token(match[0], match.start(), match.end()))
        return tuple(tokens)

    def _han_tokens(self, run: str, start: int) -> list[Token]:
        tokens = []
        for word in self._dictionary().cut(run):
            tokens.append(Token(word, start, start + len(word), self._parts(word)))
            start += len(word)
        return tokens

    def _parts(self, word: str) -> tuple[str, ...]:
        """The words inside a coarse word."""
        return tuple(self._lines[word].split("\n")[1:]) if len(word) > 2 else ()

    def _dictionary(self) -> Dictionary:
        if self._loaded is None:
            self._loaded = load_dictionary(self._method, self._lexicon, self._cache_dir)
        return self._loaded


class _Lines(dict[str, str]):
    """Words of three Chinese characters or more -> lines of a field's tokens: the word, and the words inside it."""

    def __init__(self, dictionary: Callable[[], Dictionary]) -> None:
        super().__init__()
        self._dictionary = dictionary

    def __missing__(self, word: str) -> str:
        lines = "\n".join((word, *_inner_words(word, self._dictionary())))
        if len(self) >= MAX_LINES:
            self.clear()
        self[word] = lines
        return lines


def _inner_words(word: str, known: Dictionary) -> tuple[str, ...]:
    """Dictionary words inside a word, shorter ones first, each once."""
    pieces = (word[i : i + size] for size in range(2, len(word)) for i in range(len(word) - size + 1))
    return tuple(dict.fromkeys(piece for piece in pieces if piece in known))


def make_segmenter(lexicon: Lexicon, cache_dir: Path | None = None, recorded: str = "") -> WordSegmenter:
    """The segmenter with the digest `recorded`, where there is one; else the fastest that is installed."""
    usable = [WordSegmenter(lexicon, cache_dir, method) for method in reversed(METHODS) if installed(method)]
    return next((one for one in usable if one.digest == recorded), usable[0])
