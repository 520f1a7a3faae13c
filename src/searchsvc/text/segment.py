"""Words: jieba's dictionary over runs of Chinese characters, runs of letters and digits as they stand.

jieba's guessing of unknown words (HMM) is off: it invents words by context, so that the same string would be cut one
way in an article and another way in a query. What the dictionary does not know stays single characters, and
character bigrams find it whole. This is the only module that names jieba.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
import logging
import os
import re
import tempfile
import unicodedata
import warnings
from pathlib import Path
from typing import Any, Final

import jieba

from ..models import FieldTokens, Token
from .fold import FOLD_VERSION
from .lexicon import Lexicon

SEGMENT_VERSION: Final = "1"
#: Words whose inner words are kept: some 10 MB. Looking them up anew takes a third of the time of segmenting.
MAX_INNER: Final = 50_000

_HAN: Final = "々〇㐀-䶿一-鿿豈-﫿\U00020000-\U000323af"
# 1. Han runs, for the dictionary. 2. Numbers with inner points and letter-digit runs. 3. Runs of other letters and
# numbers, which end where Han begins (Ⅱ类账户, カード借呗). 4. The rest.
_RUNS: Final = re.compile(rf"([{_HAN}]+)|([a-z0-9]+(?:\.[0-9]+)*)|((?:(?![{_HAN}])[^\W_])+)|([^\w\s]|_)")

jieba.setLogLevel(logging.WARNING)


class JiebaSegmenter:
    """Implements `protocols.Segmenter`. Made cheaply; the dictionary is loaded at the first text."""

    def __init__(self, lexicon: Lexicon, cache_dir: Path | None = None) -> None:
        self._lexicon = lexicon
        self._cache_dir = cache_dir
        self._jieba: jieba.Tokenizer | None = None
        self._inner: dict[str, tuple[str, ...]] = {}
        version = importlib.metadata.version("jieba")
        names = f"jieba {version} segment {SEGMENT_VERSION} fold {FOLD_VERSION} words {lexicon.digest}"
        self._digest = f"jieba-{hashlib.sha256(names.encode()).hexdigest()[:16]}"

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self._lexicon, self._cache_dir))

    @property
    def digest(self) -> str:
        return self._digest

    def load(self) -> None:
        """Loads the dictionary now (about half a second) rather than with the first text."""
        self._tokenizer()

    def index_tokens(self, folded: str) -> FieldTokens:
        words: list[str] = []
        length = 0
        for match in _RUNS.finditer(folded):
            han, number, letters, sign = match.groups()
            if han:
                for word in self._tokenizer().cut(han, HMM=False):
                    words.append(word)
                    length += 1
                    if len(word) > 2:
                        words += self._parts(word)
                continue
            if number and "." in number:
                words += (number, *number.split("."))
            elif number or letters or unicodedata.category(sign) == "So":
                words.append(match[0])
            else:
                continue
            length += 1
        return FieldTokens("\n".join(words), length)

    def query_tokens(self, folded: str) -> tuple[Token, ...]:
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
        for word in self._tokenizer().cut(run, HMM=False):
            parts = self._parts(word) if len(word) > 2 else ()
            tokens.append(Token(word, start, start + len(word), parts))
            start += len(word)
        return tokens

    def _parts(self, word: str) -> tuple[str, ...]:
        """The dictionary words inside a word. Long words are few and come again and again."""
        parts = self._inner.get(word)
        if parts is None:
            parts = _inner_words(word, self._tokenizer().FREQ)
            if len(self._inner) < MAX_INNER:
                self._inner[word] = parts
        return parts

    def _tokenizer(self) -> jieba.Tokenizer:
        if self._jieba is None:
            tokenizer = _private(jieba.Tokenizer(), self._cache_dir)
            for word, frequency in self._lexicon.words:
                tokenizer.add_word(word, frequency)
            self._jieba = tokenizer
        return self._jieba


def _inner_words(word: str, known: dict[str, int]) -> tuple[str, ...]:
    """Dictionary words inside a word, shorter ones first, each once. (jieba keeps prefixes with frequency 0.)"""
    pieces = (word[i : i + size] for size in range(2, len(word)) for i in range(len(word) - size + 1))
    return tuple(dict.fromkeys(piece for piece in pieces if known.get(piece)))


def _private(tokenizer: jieba.Tokenizer, cache_dir: Path | None) -> jieba.Tokenizer:
    """Keeps jieba's cache where no other user can plant one: it is loaded with marshal, and /tmp is everybody's."""
    folder = cache_dir or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "searchsvc"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        tokenizer.tmp_dir = str(folder)
    except OSError:
        # No home to write to: a folder of this process alone, at the cost of parsing the dictionary each time.
        tokenizer.tmp_dir = tempfile.mkdtemp(prefix="searchsvc-")
    tokenizer.initialize()
    return tokenizer


def make_segmenter(lexicon: Lexicon, cache_dir: Path | None = None) -> JiebaSegmenter:
    """The segmenter an index is written and searched with."""
    return JiebaSegmenter(lexicon, cache_dir)


def stock_chinese_analyzer() -> Any:
    """jieba's own analyzer for Whoosh, as its users get it: the baseline that ranking is compared with."""
    _private(jieba.dt, None)
    # On demand: it brings tables of part-of-speech tagging that take 100 MB in every process.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves a file to the garbage collector
        return importlib.import_module("jieba.analyse").ChineseAnalyzer()
