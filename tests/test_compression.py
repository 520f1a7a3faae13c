"""Stored texts are packed in one format, whichever library is installed."""

from __future__ import annotations

import importlib
import zlib
from typing import Any

import pytest

from searchsvc.engines.whoosh import compression
from searchsvc.engines.whoosh.compression import compress, decompress

LIBRARIES: list[Any] = [zlib, importlib.import_module("isal.isal_zlib")]
TEXTS = [b"", b"x", "借呗逾期多久会联系家人。".encode() * 400, bytes(range(256)) * 30]


@pytest.mark.parametrize("writer", LIBRARIES)
@pytest.mark.parametrize("reader", LIBRARIES)
def test_what_one_library_packs_the_other_unpacks(writer: Any, reader: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for text in TEXTS:
        monkeypatch.setattr(compression, "_library", writer)
        packed = compress(text)
        monkeypatch.setattr(compression, "_library", reader)
        assert decompress(packed) == decompress(memoryview(packed)) == text
    assert len(packed) < len(text)


@pytest.mark.parametrize("library", LIBRARIES)
def test_damage_is_one_error_with_either_library(library: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compression, "_library", library)
    packed = compress(TEXTS[2])
    for damaged in (b"", b"rubbish", packed[: len(packed) // 2], packed[:-1] + bytes([packed[-1] ^ 1])):
        with pytest.raises(ValueError, match="is damaged"):
            decompress(damaged)
