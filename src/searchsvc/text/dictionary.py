"""The word dictionary: jieba's own code, or rjieba (the same method in Rust) with the same words and frequencies.

This is the only module that names them. rjieba is optional (`searchsvc[fast]`) and cuts ten times as fast. Both choose
the most probable cutting; where two are equally probable to the last digit, each may choose another one (4 of 168,000
runs, of random words). So an index records which of them wrote it, and is searched with that one.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
import importlib.util
import json
import logging
import os
import tempfile
import warnings
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Protocol, Self

from .lexicon import Lexicon

#: Names of the methods, the reference first.
METHODS: Final = ("jieba", "rjieba")

#: Versions of jieba and rjieba that bring the same dictionary, word by word (tests/test_segment.py).
_SAME_DICTIONARY: Final = {("0.42.1", "0.2.2")}


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
    """Loads jieba's dictionary and the lexicon's words: half a second, 0.1 s with rjieba after the first time."""
    folder = _cache_folder(cache_dir)
    # Frequency 0 takes a word out, which rjieba cannot do to its own.
    whole = all(frequency != 0 for _, frequency in lexicon.words)
    if method == "rjieba" and whole and tuple(map(importlib.metadata.version, METHODS)) in _SAME_DICTIONARY:
        return _Rjieba.with_its_own(_lexicon_frequencies(lexicon, folder))
    tokenizer = _tokenizer(lexicon, folder)
    return _Jieba(tokenizer) if method == "jieba" else _Rjieba.with_words(tokenizer.FREQ)


def _tokenizer(lexicon: Lexicon, folder: Path) -> Any:
    tokenizer = _private(_jieba().Tokenizer(), folder)
    for word, frequency in lexicon.words:
        tokenizer.add_word(word, frequency)
    return tokenizer


def _lexicon_frequencies(lexicon: Lexicon, folder: Path) -> dict[str, int]:
    """The frequencies that jieba gives to the lexicon's words; remembered, because jieba takes half a second."""
    names = f"{version('rjieba')} {lexicon.digest}"
    path = folder / f"lexicon-{hashlib.sha256(names.encode()).hexdigest()[:16]}.json"
    with suppress(OSError, ValueError):
        found = json.loads(path.read_bytes())
        words = {word for word, _ in lexicon.words}
        if isinstance(found, dict) and found.keys() == words and all(map(_counts, found.values())):
            return found
    frequencies = _tokenizer(lexicon, folder).FREQ
    found = {word: frequencies[word] for word, _ in lexicon.words}
    aside = path.with_suffix(f".{os.getpid()}")
    with suppress(OSError):  # a full disk costs the next process half a second
        aside.write_text(json.dumps(found, ensure_ascii=False), "utf-8")
        aside.replace(path)
    return found


def _counts(value: object) -> bool:
    return type(value) is int and 0 < value < 1 << 63


class _Jieba:
    """jieba in Python."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer

    def cut(self, run: str) -> Iterable[str]:
        found: Iterable[str] = self._tokenizer.cut(run, HMM=False)
        return found

    def __contains__(self, word: str) -> bool:
        return bool(self._tokenizer.FREQ.get(word))  # prefixes of words are there with frequency 0


class _Rjieba:
    """jieba in Rust."""

    def __init__(self, cutter: Any) -> None:
        self._jieba = cutter

    @classmethod
    def with_words(cls, frequencies: dict[str, int]) -> Self:
        """With every word and frequency that jieba has computed."""
        cutter = importlib.import_module("rjieba").Jieba.empty()
        for word, frequency in frequencies.items():
            if frequency:
                cutter.add_word(word, frequency, "")
        return cls(cutter)

    @classmethod
    def with_its_own(cls, frequencies: dict[str, int]) -> Self:
        """With the dictionary it brings, and these words."""
        cutter = importlib.import_module("rjieba").Jieba()
        for word, frequency in frequencies.items():
            cutter.add_word(word, frequency, "")
        return cls(cutter)

    def cut(self, run: str) -> Iterable[str]:
        found: Sequence[str] = self._jieba.cut(run, False)
        return found

    def __contains__(self, word: str) -> bool:
        return bool(self._jieba.has_word(word))


def _jieba() -> Any:
    """The library, which takes 0.1 s to import."""
    library = importlib.import_module("jieba")
    library.setLogLevel(logging.WARNING)
    return library


def _cache_folder(cache_dir: Path | None) -> Path:
    """Where no other user can plant a file: jieba's cache is loaded with marshal, and /tmp is everybody's."""
    folder = cache_dir or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "searchsvc"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        # No home to write to: a folder of this process alone, at the cost of parsing the dictionary each time.
        return Path(tempfile.mkdtemp(prefix="searchsvc-"))
    return folder


def _private(tokenizer: Any, folder: Path) -> Any:
    tokenizer.tmp_dir = str(folder)
    tokenizer.initialize()
    return tokenizer


def stock_chinese_analyzer() -> Any:
    """jieba's own analyzer for Whoosh, as its users get it: the baseline that ranking is compared with."""
    _private(_jieba().dt, _cache_folder(None))
    # On demand: it brings tables of part-of-speech tagging that take 100 MB in every process.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves a file to the garbage collector
        return importlib.import_module("jieba.analyse").ChineseAnalyzer()
