"""Subjects by their many names, and known questions."""

from importlib import resources

import pytest

from searchsvc.duplicates.questions import KEPT, load_questions
from searchsvc.text.fold import fold
from searchsvc.text.subjects import Subjects, load_subjects

SMALL = Subjects("product\t贷款\t贷款\nproduct\t借呗 < 贷款\t借呗 蚂蚁借呗\nmatter\t逾期\t逾期 没按时还\n")


def names(text: str) -> list[str]:
    return [SMALL.entries[number].name for number, _, _ in SMALL.find(text)]


def test_forms_are_found_leftmost_longest_products_first() -> None:
    assert names("没按时还蚂蚁借呗") == ["借呗", "逾期"]
    assert SMALL.find("蚂蚁借呗逾期") == [(1, 0, 4), (2, 4, 6)]
    assert names("蚂蚁") == []


def test_a_product_lies_in_a_broader_one() -> None:
    assert SMALL.broader(1) == [0]
    assert SMALL.broader(0) == []


def test_an_unknown_role_is_an_error() -> None:
    with pytest.raises(ValueError, match="'thing' is no role"):
        Subjects("thing\tx\tx\n")


def test_the_packaged_subjects_are_whole() -> None:
    subjects = load_subjects()
    assert len(subjects) > 1_300
    assert len({(one.role, one.name) for one in subjects.entries}) == len(subjects)
    for number in range(len(subjects)):
        assert number not in subjects.broader(number)


def zones(title: str, body: str = "") -> tuple[str, str, str, str]:
    body = body or title
    return fold(title), "", fold(body[:140]), fold(body)


def test_the_packaged_questions_are_whole() -> None:
    text = resources.files("searchsvc.duplicates").joinpath("data/questions.tsv").read_text("utf-8")
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    assert len(rows) > 1_700
    assert len({row[0] for row in rows}) == len(rows)
    for row in rows:
        assert len(row) == 3, row
        assert len(row[1].split(" | ")) >= 3, row
        assert len(row[2].split()) >= 8, row
    assert load_questions().names == tuple(row[0] for row in rows)


def test_a_question_in_other_words_is_near_its_line() -> None:
    questions = load_questions()
    text = resources.files("searchsvc.duplicates").joinpath("data/questions.tsv").read_text("utf-8")
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    found = 0
    for number, row in enumerate(rows[::40]):
        near, likeness = questions.nearest(zones(row[1].split(" | ")[0]))
        assert len(near) <= 2 * KEPT
        assert (near[:-1] < near[1:]).all()
        best = near[likeness[:, 1].argmax()]
        found += int(best) == number * 40
    assert found >= 0.95 * len(rows[::40])


def test_a_text_of_nothing_is_near_no_question() -> None:
    for text in ("", "。。。", "abc xyz"):
        near, likeness = load_questions().nearest(zones(text))
        assert not (likeness > 128).any(), text
        assert len(near) == len(likeness)
