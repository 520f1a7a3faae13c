"""The word dictionary: jieba's own code, or rjieba (the same method in Rust) with the same words and frequencies.

This is the only module that names them. rjieba is optional (`searchsvc[fast]`) and cuts ten times as fast. Both choose
the most probable cutting; where two are equally probable to the last digit, each may choose another one (4 of 168,000
runs, of random words). So an index records which of them wrote it, and is searched with that one.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import logging
import os
import tempfile
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import jieba

from .lexicon import Lexicon

#: Names of the methods, the reference first.
METHODS: Final = ("jieba", "rjieba")

jieba.setLogLevel(logging.WARNING)


class Dictionary(Protocol):
    """Cuts runs of Chinese characters. Pure: no guessing of unknown words, which stay single characters."""

    def cut(self, run: str) -> Iterable[str]:
        """The words of a run, in order; together they are the run."""
        ...

    def __contains__(self, word: str) -> bool: ...


def installed(method: str) -> bool:
    """True when the method can be used here."""
    return importlib.util.find_spec(method) is not None


def version(method: str) -> str:
    """What a method's words depend on beside the lexicon: the versions of the library and of jieba's dictionary."""
    names = dict.fromkeys(("jieba", method))
    return " ".join(f"{name} {importlib.metadata.version(name)}" for name in names)


def load_dictionary(method: str, lexicon: Lexicon, cache_dir: Path | None) -> Dictionary:
    """Loads jieba's dictionary and the lexicon's words, about half a second; with rjieba 0.3 s more."""
    tokenizer = _private(jieba.Tokenizer(), cache_dir)
    for word, frequency in lexicon.words:
        tokenizer.add_word(word, frequency)
    return _Jieba(tokenizer) if method == "jieba" else _Rjieba(tokenizer.FREQ)


class _Jieba:
    """jieba in Python."""

    def __init__(self, tokenizer: jieba.Tokenizer) -> None:
        self._tokenizer = tokenizer

    def cut(self, run: str) -> Iterable[str]:
        found: Iterable[str] = self._tokenizer.cut(run, HMM=False)
        return found

    def __contains__(self, word: str) -> bool:
        return bool(self._tokenizer.FREQ.get(word))  # prefixes of words are there with frequency 0


class _Rjieba:
    """jieba in Rust, with every word and frequency that jieba has computed."""

    def __init__(self, frequencies: dict[str, int]) -> None:
        self._jieba: Any = importlib.import_module("rjieba").Jieba.empty()
        for word, frequency in frequencies.items():
            if frequency:
                self._jieba.add_word(word, frequency, "")

    def cut(self, run: str) -> Iterable[str]:
        found: Sequence[str] = self._jieba.cut(run, False)
        return found

    def __contains__(self, word: str) -> bool:
        return bool(self._jieba.has_word(word))


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


def stock_chinese_analyzer() -> Any:
    """jieba's own analyzer for Whoosh, as its users get it: the baseline that ranking is compared with."""
    _private(jieba.dt, None)
    # On demand: it brings tables of part-of-speech tagging that take 100 MB in every process.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves a file to the garbage collector
        return importlib.import_module("jieba.analyse").ChineseAnalyzer()
