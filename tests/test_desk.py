"""The editors' desk over a real index: decisions outlive everything but a material change of a text."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from searchsvc import SearchService, open_service
from searchsvc.duplicates import store
from searchsvc.duplicates.store import FILE, DuplicateStore, Row
from searchsvc.editorial import Decision
from searchsvc.errors import ConfigError, DecisionConflict, DuplicatesUnreadable
from support_topics import labelled_articles

CORPUS = [one for one in labelled_articles() if one.group == "corpus"]
ONE = next(one for one in CORPUS if one.path == "news/a-jiebei-overdue-contact-family.html")
OTHERS = [one for one in CORPUS if not one.near and not one.either][40:46]


@dataclass
class Desk:
    """A site that its editors change: articles as a file of JSON lines, read again each time."""

    folder: Path
    articles: dict[str, dict[str, Any]]

    def put(self, name: str, body: str, title: str = "", **values: Any) -> None:
        self.articles[name] = {"id": name, "title": title or f"{ONE.title} {name}", "body": body} | values

    def open(self, **settings: Any) -> SearchService:
        return open_service(index=self.folder / "index", state=self.folder / "state", **settings)

    def read(self, service: SearchService) -> None:
        """Brings the index in line with the articles, as a file of all of them."""
        path = self.folder / "articles.jsonl"
        known = {row.id for row in service.editors._store.plain_rows()}
        lines: list[dict[str, Any]] = [*self.articles.values()]
        lines += [{"id": name, "removed": True} for name in sorted(known - self.articles.keys())]
        path.write_text("".join(json.dumps(one) + "\n" for one in lines), "utf-8")
        service.ingest([path])


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    site = Desk(tmp_path, {})
    site.put("a.html", ONE.body, date="2026-01-01")
    site.put("b.html", ONE.body + "\n2026年更新。", date="2026-02-01")
    for one in OTHERS:
        site.put(one.path, one.body, one.title)
    return site


def open_pairs(service: SearchService) -> list[tuple[str, str]]:
    clusters = service.editors.duplicates(limit=None).clusters
    return sorted((pair.a, pair.b) for one in clusters for pair in one.pairs)


def in_force(service: SearchService) -> list[Decision | None]:
    clusters = service.editors.duplicates(limit=None, state="all").clusters
    return [pair.decision for one in clusters for pair in one.pairs]


def test_a_decision_outlives_reading_again_renaming_and_a_rebuilt_index(desk: Desk) -> None:
    with desk.open() as service:
        desk.read(service)
        assert open_pairs(service) == [("a.html", "b.html")]
        made = service.editors.decide("a.html", "b.html", "same", keep="b.html", by="王")
        assert open_pairs(service) == []
        assert [one.keep for one in in_force(service) if one] == ["b.html"]
        # A sentence more is no other text.
        desk.put("a.html", ONE.body + "\n仅供参考。", date="2026-01-01")
        desk.read(service)
        assert open_pairs(service) == []
        # Both under other names.
        for old, new in (("a.html", "new/a.html"), ("b.html", "new/b.html")):
            desk.articles[new] = desk.articles.pop(old) | {"id": new}
        desk.read(service)
        assert open_pairs(service) == []
        assert [one.id for one in in_force(service) if one] == [made.id]
        assert [(one.id, one.keep) for one in service.editors.redirects()] == [("new/a.html", "new/b.html")]
        # And a sentence less again.
        desk.put("new/a.html", ONE.body, date="2026-01-01")
        desk.read(service)
        assert open_pairs(service) == []
    for path in sorted((desk.folder / "index").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    with desk.open() as service:
        desk.read(service)
        assert open_pairs(service) == []
        assert service.editors.undo(made.id, by="李").undone_by == "李"
        assert open_pairs(service) == [("new/a.html", "new/b.html")]


def test_a_pair_comes_back_when_a_text_changed_materially(desk: Desk) -> None:
    with desk.open() as service:
        desk.read(service)
        service.editors.decide("a.html", "b.html", "different", by="王")
        assert open_pairs(service) == []
        half = ONE.body[: len(ONE.body) // 2]
        desk.put("b.html", half + "\n" + OTHERS[0].body[: len(ONE.body) // 2], date="2026-02-01")
        desk.read(service)
        assert ("a.html", "b.html") in open_pairs(service)


def test_a_hidden_article_is_gone_within_a_second_and_stays_so(desk: Desk) -> None:
    with desk.open() as service, desk.open() as running:
        desk.read(service)
        running.watch()
        assert _becomes(running, there=True)
        service.editors.hide("a.html", by="王")
        assert _becomes(running, there=False)
        assert open_pairs(running) == []
        desk.put("a.html", ONE.body + "\n再次发布。")
        desk.read(service)
        assert _becomes(running, there=False)
        time.sleep(0.5)
        assert not _is_there(running)
        assert [one.id for one in service.editors.hidden()] == ["a.html"]
        assert service.editors.unhide("a.html") == "a.html"
        assert _becomes(running, there=True)


def _becomes(service: SearchService, *, there: bool) -> bool:
    """Whether the article is found, or no more, within a second."""
    end = time.monotonic() + 1.0
    while time.monotonic() < end and _is_there(service) != there:
        time.sleep(0.02)
    return _is_there(service) == there


def _is_there(service: SearchService) -> bool:
    return any(hit.id == "a.html" for hit in service.search(ONE.title, limit=50, collapse=False).hits)


def test_the_article_to_keep_is_the_most_visited_else_the_fullest_else_the_newest(desk: Desk) -> None:
    visits = desk.folder / "visits.csv"
    with desk.open() as service:
        desk.read(service)
        (cluster,) = service.editors.duplicates().clusters
        assert (cluster.keep, cluster.gain) == ("b.html", 1)
        assert "发布日期最新（2026-02-01）" in cluster.reason
        assert [one.id for one in cluster.articles] == ["a.html", "b.html"]
        desk.put("a.html", ONE.body + "\n" + OTHERS[1].body, date="2026-01-01")
        desk.read(service)
        (longer,) = service.editors.duplicates().clusters
        assert longer.keep == "a.html"
        assert "内容最完整" in longer.reason
        assert longer.id == cluster.id
    visits.write_text('网址,访问量\na.html,120\nb.html,"4,500"\n', "utf-8")
    with desk.open(visits=visits) as service:
        (visited,) = service.editors.duplicates().clusters
        assert (visited.keep, visited.gain) == ("b.html", 120)
        assert visited.reason == "访问量最高（4500 次）"
        assert [one.visits for one in visited.articles][:2] == [120, 4500]
    visits.write_text("a.html,120\nb.html,viele\n", "utf-8")
    with desk.open(visits=visits) as service, pytest.raises(ConfigError, match=r"line 2: 'b.html,viele'"):
        service.editors.duplicates()


def test_a_decision_about_a_title_that_was_checked_finds_the_article(desk: Desk) -> None:
    with desk.open() as service:
        desk.read(service)
        result = service.editors.check("随便一个题目", ONE.body)
        assert {(one.id, one.kind) for one in result.matches} == {("a.html", "near-copy"), ("b.html", "near-copy")}
        assert result.new_passages == ()
        added = "这一段讲的是火星基金会的赎回规则，站里从来没有人写过这些内容。"
        start, end = service.editors.check("随便一个题目", f"{ONE.body}\n{added}").new_passages[0]
        assert f"{ONE.body}\n{added}"[start:end].strip() == added
        service.editors.hide("a.html", by="王")
        assert {one.id for one in service.editors.check("随便一个题目", ONE.body).matches} == {"b.html"}


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Another process has the file for itself, as one that mends or copies it does."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        yield


def test_a_busy_store_is_said_to_editors_and_costs_visitors_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_READ_SECONDS", 0.1)
    with desk.open() as service:
        desk.read(service)
        service.editors.hide("b.html", by="陈")
    with desk.open() as service:
        with held(desk.folder / "index" / FILE):
            with pytest.raises(DuplicatesUnreadable, match="locked") as caught:
                service.editors.duplicates()
            assert caught.value.code == "duplicates_unreadable"
            found = [hit.id for hit in service.search(ONE.title).hits]
            assert "a.html" in found
            assert "b.html" not in found
        service.editors.unhide("b.html")
        service.refresh()
        # What could not be read was not kept as if there were no pairs.
        assert open_pairs(service) == [("a.html", "b.html")]
        (hit,) = [hit for hit in service.search(ONE.title).hits if hit.id in {"a.html", "b.html"}]
        assert hit.similar == 1
        with held(desk.folder / "index" / FILE):
            # A version that is not known yet: the groups known last are shown.
            service.editors.hide(OTHERS[0].path, by="陈")
            service.refresh()
            (hit,) = [hit for hit in service.search(ONE.title).hits if hit.id in {"a.html", "b.html"}]
            assert hit.similar == 1


def test_a_picture_is_of_one_state_of_the_store(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with desk.open() as service:
        desk.read(service)
    with desk.open() as service:
        asked = DuplicateStore.rows

        def rows(self: DuplicateStore, numbers: Iterable[int]) -> dict[int, Row]:
            with closing(sqlite3.connect(desk.folder / "index" / FILE)) as other, other:
                other.execute("UPDATE articles SET title = ?", ("后来的标题".encode(),))
            return asked(self, numbers)

        monkeypatch.setattr(DuplicateStore, "rows", rows)
        (cluster,) = service.editors.duplicates().clusters
        assert "后来的标题" not in {one.title for one in cluster.articles}
        monkeypatch.undo()
        (cluster,) = service.editors.duplicates().clusters
        assert {one.title for one in cluster.articles} == {"后来的标题"}


def test_no_decision_is_overwritten_unseen(desk: Desk) -> None:
    with desk.open() as service:
        desk.read(service)
        editors = service.editors
        first = editors.decide("a.html", "b.html", "different", by="王")
        for expected in ("", "7-abcdef"):
            with pytest.raises(DecisionConflict, match=first.id) as caught:
                editors.decide("b.html", "a.html", "same", by="李", expected=expected)
            assert caught.value.decision == first
        second = editors.decide("a.html", "b.html", "same", by="李", expected=first.id)
        editors.undo(second.id, by="李")
        editors.undo(first.id, by="李")
        with pytest.raises(DecisionConflict, match="taken back") as caught:
            editors.decide("a.html", "b.html", "same", by="王", expected=first.id)
        assert caught.value.decision is None
        assert editors.decisions() == ()
        # Articles that nothing links are known by their ids.
        far = OTHERS[0].path, OTHERS[1].path
        third = editors.decide(*far, "different", by="王")
        with pytest.raises(DecisionConflict, match=third.id):
            editors.decide(*far, "same", by="李")


def test_a_decision_known_by_its_texts_is_not_overwritten_unseen(desk: Desk) -> None:
    """Under other ids it is the same pair, and the same decision."""
    with desk.open() as service:
        desk.read(service)
        first = service.editors.decide("a.html", "b.html", "different", by="王")
        desk.articles["c.html"] = desk.articles.pop("a.html") | {"id": "c.html"}
        desk.read(service)
        with pytest.raises(DecisionConflict, match=first.id):
            service.editors.decide("b.html", "c.html", "same", by="李")
        service.editors.decide("b.html", "c.html", "same", by="李", expected=first.id)


def test_keeping_one_of_several_is_done_for_all_or_for_none(desk: Desk) -> None:
    desk.put("c.html", ONE.body + "\n再次更新。")
    with desk.open() as service:
        desk.read(service)
        held = service.editors.decide("a.html", "c.html", "different", by="王")
        with pytest.raises(DecisionConflict):
            service.editors.keep_one("a.html", ["b.html", "c.html"], by="李")
        assert service.editors.history() == (held,)
        service.editors.undo(held.id, by="王")
        made = service.editors.keep_one("a.html", ["b.html", "c.html"], by="李")
        assert [(one.a.id, one.b.id, one.keep) for one in made] == [
            ("a.html", "b.html", "a.html"),
            ("a.html", "c.html", "a.html"),
        ]


def test_searches_follow_what_is_decided_without_being_told(desk: Desk) -> None:
    with desk.open() as service:
        desk.read(service)

        def found() -> dict[str, int]:
            return {hit.id: hit.similar for hit in service.search(ONE.title).hits if hit.id in {"a.html", "b.html"}}

        assert list(found().values()) == [1]
        made = service.editors.decide("a.html", "b.html", "different", by="王")
        assert found() == {"a.html": 0, "b.html": 0}
        service.editors.undo(made.id, by="王")
        assert list(found().values()) == [1]
        service.editors.hide("a.html", by="王")
        assert found() == {"b.html": 0}
        service.editors.unhide("a.html")
        assert list(found().values()) == [1]


def test_verify_sees_a_flipped_byte_in_the_store_of_duplicates(desk: Desk) -> None:
    with desk.open() as service:
        desk.read(service)
        assert service.verify() == []
    path = desk.folder / "index" / FILE
    data = bytearray(path.read_bytes())
    data[data.index("借呗".encode())] ^= 1
    path.write_bytes(data)
    with desk.open() as service:
        (problem,) = service.verify()
        assert problem.file == FILE
        assert "altered" in problem.message
        path.unlink()
        service.editors.update()
        assert service.verify() == []
