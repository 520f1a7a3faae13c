"""Overlays over the embedded engine: how ids become arrays, and what searches see while overlays change."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from searchsvc.engines import open_engine
from searchsvc.engines.whoosh import packing, segment, snapshot
from searchsvc.errors import IndexDamaged
from searchsvc.models import SearchRequest
from support_articles import DIGEST, Laid, article, query_of


def test_an_overlay_tells_articles_apart_whose_keys_begin_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (packing, segment):
        monkeypatch.setattr(module, "key_number", lambda key: 7)
    engine = open_engine(tmp_path, DIGEST)
    for names in ("abc", "def"):
        with engine.writer(create=True) as writer:
            for name in names:
                writer.put(article(name, "借呗"))
            writer.commit()
    engine.cover(Laid(1, frozenset("be"), dict.fromkeys("acdx", 1)))
    hits = engine.snapshot().search(SearchRequest(query_of("借呗"))).hits
    assert [(hit.id, hit.similar) for hit in hits] == [("a", 2), ("f", 0)]


def test_the_contents_of_a_snapshot_are_those_of_its_live_articles_over_all_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "METAS", 3)
    engine = open_engine(tmp_path, DIGEST)
    put = [article(f"{number:02d}", f"借呗{number}") for number in range(20)]
    for batch in (put[:8], put[8:]):
        with engine.writer(create=True) as writer:
            for one in batch:
                writer.put(one)
            writer.commit()
    changed = article("04", "花呗")
    with engine.writer() as writer:
        writer.remove("11")
        writer.put(changed)
        writer.commit()
    engine.refresh()
    expected = {one.id: one.stored.content_hash for one in [*put, changed] if one.id != "11"}
    assert expected["04"] == changed.stored.content_hash != put[4].stored.content_hash
    found = list(engine.snapshot().contents())
    assert len(found) == len(expected) == 19
    assert {one.id: one.content_hash for one in found} == expected


def test_a_search_sees_one_overlay_from_beginning_to_end(tmp_path: Path) -> None:
    engine = open_engine(tmp_path, DIGEST)
    names = [f"{number:02d}" for number in range(40)]
    with engine.writer(create=True) as writer:
        for name in names:
            writer.put(article(name, "借呗", category="网贷"))
        writer.commit()
    engine.snapshot()
    # Whichever applies, all that an answer says must be of that one.
    overlays = [
        Laid(0),
        Laid(1, frozenset(names[:10]), dict.fromkeys(names[10:30], 1)),
        Laid(2, frozenset(names[30:]), {name: number // 2 for number, name in enumerate(names)}),
    ]
    request = SearchRequest(query_of("借呗"), limit=100)
    expected = []
    for overlay in overlays:
        engine.cover(overlay)
        expected.append(engine.snapshot().search(request))
    assert [(one.total, one.groups) for one in expected] == [(40, 40), (30, 11), (30, 15)]
    stop, strange = threading.Event(), []

    def ask() -> None:
        while not stop.is_set():
            found = engine.snapshot().search(request)
            if found not in expected:
                strange.append(found)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(300):
        engine.cover(overlays[number % 3])
    stop.set()
    for thread in threads:
        thread.join()
    assert strange == []


def test_a_damaged_index_is_said_when_an_overlay_cannot_be_laid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_engine(tmp_path, DIGEST)
    with engine.writer(create=True) as writer:
        writer.put(article("a", "借呗"))
        writer.commit()
    before = engine.snapshot()

    def damaged(*_: object) -> list[tuple[int, int]]:
        raise ValueError("the arrays of a segment do not agree")

    monkeypatch.setattr(snapshot, "documents_with_ids", damaged)
    with pytest.raises(IndexDamaged, match="do not agree"):
        engine.cover(Laid(1, hidden=frozenset("a")))
    assert engine.snapshot() is before
