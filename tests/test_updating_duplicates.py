"""Updates of what is known of duplicates: only what changed is read, and the result is that of beginning anew."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from searchsvc.duplicates import rows, update
from searchsvc.duplicates import store as store_module
from searchsvc.duplicates.store import FILE, SEAL, DuplicateStore
from searchsvc.errors import IndexNotWritten
from support_duplicates import Site, kinds_in, pairs_in, sentence, text
from support_topics import labelled_articles

BANNER = "本站文章仅供参考，不构成任何投资建议，转载请注明出处，谢谢各位读者的支持与理解。"


def changed(site: Site, rng: random.Random, number: int) -> None:
    """One thing an editor does: a new article, one published again, an edit, a removal, a rename."""
    names = sorted(site.articles)
    what = rng.choice(["new", "new", "again", "edit", "remove", "rename"])
    if what == "new" or not names:
        site.put(f"{number}.html", sentence(rng, 10), f"{BANNER}\n{text(rng)}\n{BANNER}")
        return
    name = rng.choice(names)
    one = site.articles[name]
    if what == "again":
        lines = one.body.split("\n")
        site.put(f"{number}.html", sentence(rng, 10), "\n".join([*rng.sample(lines, len(lines)), sentence(rng)]))
    elif what == "edit":
        site.put(name, one.title, one.body + "\n" + sentence(rng))
    elif what == "remove":
        del site.articles[name]
    else:
        del site.articles[name]
        site.put(f"{number}.html", one.title, one.body)


@pytest.mark.parametrize("seed", range(6))
def test_updates_find_the_copies_that_a_new_store_finds(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No update begins anew by itself.
    monkeypatch.setattr(update, "SMALL", 0)
    monkeypatch.setattr(update, "ANEW", 1e9)
    rng, site = random.Random(seed), Site()
    for number in range(40):
        changed(site, rng, number)
    name = sorted(site.articles)[0]
    site.put("again.html", "再发一次", site.articles[name].body)
    site.update(tmp_path)
    assert (name, "again.html") in kinds_in(tmp_path)
    for step in range(8):
        before = dict(site.articles)
        for number in range(3):
            changed(site, rng, 100 + 10 * step + number)
        report = site.update(tmp_path)
        fresh = {name for name, one in site.articles.items() if before.get(name) != one}
        assert set(site.read) >= fresh
        assert report.changed == len(fresh)
        assert report.removed == len(before.keys() - site.articles.keys())
    (tmp_path / "fresh").mkdir()
    site.update(tmp_path / "fresh")
    assert kinds_in(tmp_path) == kinds_in(tmp_path / "fresh")


def test_an_update_reads_what_changed_and_what_is_compared_with_it(tmp_path: Path) -> None:
    rng, site = random.Random(1), Site()
    for number in range(30):
        site.put(f"{number:02}.html", sentence(rng, 10), text(rng))
    site.update(tmp_path)
    assert site.update(tmp_path).changed == 0
    assert site.read == []
    site.put("again.html", "另一个题目", site.articles["07.html"].body + sentence(rng))
    site.update(tmp_path)
    assert set(site.read) == {"again.html", "07.html"}
    assert kinds_in(tmp_path) == {("07.html", "again.html"): "near-copy"}


def test_another_date_or_category_is_a_change_and_no_pair_is_lost(tmp_path: Path) -> None:
    rng, site = random.Random(2), Site()
    site.put("a.html", "甲", text(rng))
    site.put("b.html", "乙", site.articles["a.html"].body)
    site.update(tmp_path)
    site.put("a.html", "甲", site.articles["a.html"].body, date="2026-01-02", category="贷款")
    assert site.update(tmp_path).changed == 1
    (row,) = [row for row in DuplicateStore(tmp_path).plain_rows() if row.id == "a.html"]
    assert (row.date, row.category) == ("2026-01-02", "贷款")
    assert kinds_in(tmp_path) == {("a.html", "b.html"): "near-copy"}


def test_a_topic_is_found_by_an_update_as_by_a_new_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    articles = [one for one in labelled_articles() if one.group == "topics_insurance.jsonl"]
    site = Site()
    for one in articles:
        site.put(one.path, one.title, one.body, headings=one.headings)
    site.update(tmp_path)
    whole = {pair: values for pair, values in pairs_in(tmp_path).items() if values[0] == "same-topic"}
    assert len(whole) >= 8
    monkeypatch.setattr(update, "SMALL", 0)
    monkeypatch.setattr(update, "ANEW", 1e9)
    for one in articles[::5]:
        site.put(one.path, one.title + "？", one.body, headings=one.headings)
    site.update(tmp_path)
    after = {pair: values for pair, values in pairs_in(tmp_path).items() if values[0] == "same-topic"}
    # A pair that is hardly one may become none, or the other way round, by what is rare or near by then.
    sure = {pair for pair, values in whole.items() if values[1] >= 0.7}
    assert sure <= after.keys()
    assert {pair for pair, values in after.items() if values[1] >= 0.7} <= whole.keys()


def test_a_damaged_store_is_empty_and_the_next_update_makes_it_anew(tmp_path: Path) -> None:
    rng, site = random.Random(3), Site()
    site.put("a.html", "甲", text(rng))
    site.put("b.html", "乙", site.articles["a.html"].body)
    site.update(tmp_path)
    found = kinds_in(tmp_path)
    assert found
    for damage in (b"no database at all" * 500, b""):
        (tmp_path / FILE).write_bytes(damage)
        assert kinds_in(tmp_path) == {}
        site.update(tmp_path)
        assert kinds_in(tmp_path) == found
    (tmp_path / FILE).unlink()
    assert DuplicateStore(tmp_path).generation() == -1
    site.update(tmp_path)
    assert kinds_in(tmp_path) == found


def test_damage_found_in_the_middle_of_an_update_is_said_and_the_next_update_makes_it_anew(tmp_path: Path) -> None:
    site = Site()
    for number in range(40):
        site.put(f"{number}.html", f"标题{number}", text(random.Random(number)))
    site.update(tmp_path)
    data = bytearray((tmp_path / FILE).read_bytes())
    data[4096:4196] = b"\xff" * 100  # the root of the articles; the facts are as they were
    (tmp_path / FILE).write_bytes(data)
    site.put("0.html", "标题", text(random.Random(99)))
    with pytest.raises(IndexNotWritten, match="damaged"):
        site.update(tmp_path)
    site.update(tmp_path)
    assert len(DuplicateStore(tmp_path).ids()) == 40


def test_a_byte_flipped_anywhere_in_the_store_is_reported(tmp_path: Path) -> None:
    site, rng = Site(), random.Random(7)
    for number in range(30):
        site.put(f"{number}.html", f"标题{number}", text(random.Random(number // 2)))
    site.update(tmp_path)
    store = DuplicateStore(tmp_path)
    assert store.pairs()
    assert store.verify() == []
    for name, count in ((FILE, 60), (SEAL, 12)):
        good = (tmp_path / name).read_bytes()
        for _ in range(count):
            place = rng.randrange(len(good))
            flipped = good[place] ^ 1 << rng.randrange(8)
            (tmp_path / name).write_bytes(good[:place] + bytes([flipped]) + good[place + 1 :])
            (problem,) = store.verify()
            assert problem.file == FILE, (name, place)
        (tmp_path / name).write_bytes(good)
    assert store.verify() == []


def test_a_store_that_is_read_or_updated_is_not_called_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site()
    for number in range(10):
        site.put(f"{number}.html", f"标题{number}", text(random.Random(number)))
    site.update(tmp_path)
    store = DuplicateStore(tmp_path)
    seal = (tmp_path / SEAL).read_bytes()
    monkeypatch.setattr(store_module, "_WRITE_SECONDS", 0.1)
    with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM articles").fetchall()
        site.put("10.html", "标题", text(random.Random(10)))
        site.update(tmp_path)
        # It waits for the reader in vain, so there is no seal of it.
        assert not (tmp_path / SEAL).exists()
        assert store.verify() == []
    # A seal of another update, as two at once may leave it, says nothing.
    (tmp_path / SEAL).write_bytes(seal)
    assert store.verify() == []
    with store.update() as update:
        assert store.verify() == []
        update.set_facts({"x": b"1"})
    assert store.verify() == []
    assert (tmp_path / SEAL).read_bytes() != seal


def test_a_store_of_another_method_is_made_anew(tmp_path: Path) -> None:
    rng, site = random.Random(4), Site()
    site.put("a.html", "甲", text(rng))
    site.update(tmp_path)
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.execute("UPDATE facts SET value = 'older' WHERE name = 'method'")
    assert DuplicateStore(tmp_path).plain_rows() == []
    assert site.update(tmp_path).changed == 1
    assert len(DuplicateStore(tmp_path).plain_rows()) == 1


def test_an_update_that_fails_leaves_everything_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng, site = random.Random(5), Site()
    site.put("a.html", "甲", text(rng))
    site.put("b.html", "乙", site.articles["a.html"].body)
    site.update(tmp_path)
    found, generation = pairs_in(tmp_path), DuplicateStore(tmp_path).generation()
    del site.articles["a.html"]
    site.put("c.html", "丙", text(rng))

    def broken(*_: object) -> None:
        raise RuntimeError("in the middle")

    with monkeypatch.context() as patch:
        patch.setattr(rows, "row_of", broken)
        with pytest.raises(RuntimeError, match="in the middle"):
            site.update(tmp_path)
    assert pairs_in(tmp_path) == found
    assert DuplicateStore(tmp_path).generation() == generation
    site.update(tmp_path)
    assert {row.id for row in DuplicateStore(tmp_path).plain_rows()} == {"b.html", "c.html"}


def test_a_store_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    rng, site = random.Random(6), Site()
    site.put("a.html", "甲", text(rng))
    (tmp_path / FILE).mkdir()
    with pytest.raises(IndexNotWritten, match=FILE):
        site.update(tmp_path)


def test_a_text_is_a_copy_under_its_own_title_and_a_near_copy_under_another(tmp_path: Path) -> None:
    rng, site = random.Random(8), Site()
    site.put("a.html", "借呗　逾期？", text(rng))
    site.put("b.html", "借呗逾期", site.articles["a.html"].body.replace("\n", " "))
    site.put("c.html", "花呗逾期", site.articles["a.html"].body)
    site.update(tmp_path)
    assert {pair: values[:2] for pair, values in pairs_in(tmp_path).items()} == {
        ("a.html", "b.html"): ("copy", 1.0),
        ("a.html", "c.html"): ("near-copy", 1.0),
        ("b.html", "c.html"): ("near-copy", 1.0),
    }


def test_boilerplate_makes_no_pairs(tmp_path: Path) -> None:
    rng, site = random.Random(7), Site()
    notice = text(rng, 8)
    for number in range(20):
        site.put(f"{number}.html", sentence(rng, 10), f"{text(rng, 8)}\n{notice}")
    site.update(tmp_path)
    assert kinds_in(tmp_path) == {}
