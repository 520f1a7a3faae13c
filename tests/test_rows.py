"""What the store keeps of articles, read by one process or several."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator

import pytest

from searchsvc.duplicates import rows
from searchsvc.duplicates.rows import row_of, rows_of
from searchsvc.models import Article, Origin, StoredArticle
from searchsvc.text.analyse import content_hash
from searchsvc.text.subjects import load_subjects
from support_topics import labelled_articles

COUNT = 400


def stored() -> Iterator[StoredArticle]:
    for number, one in enumerate(labelled_articles() * 2):
        article = Article(f"{number}.html", one.title, None, "贷款", one.headings, one.body)
        yield StoredArticle(article, Origin("", "", article.id, 0, 0, "", ""), content_hash(article), "")
        if number + 1 == COUNT:
            return


def test_several_processes_read_the_same_rows_in_the_same_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "FEW_ARTICLES", COUNT)
    subjects = load_subjects()
    reading = rows_of(stored(), COUNT, subjects, 2)
    found = [next(reading)]
    assert len(multiprocessing.active_children()) == 2
    found += reading
    assert found == [row_of(one, subjects) for one in stored()]
    assert multiprocessing.active_children() == []


def test_few_articles_are_read_in_this_process() -> None:
    reading = rows_of(stored(), COUNT, load_subjects(), 2)
    next(reading)
    assert multiprocessing.active_children() == []


def test_what_a_killed_process_had_is_read_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "FEW_ARTICLES", COUNT)
    subjects = load_subjects()
    reading = rows_of(stored(), COUNT, subjects, 2)
    found = [next(reading).id]
    for child in multiprocessing.active_children():
        child.kill()
    found += [row.id for row in reading]
    assert found == [f"{number}.html" for number in range(COUNT)]
