"""Conditions that exclude one another, found in titles."""

from importlib import resources

import numpy as np
import pytest

from searchsvc.duplicates.profiles import profile_of
from searchsvc.duplicates.topics import frequencies_of, make_space
from searchsvc.text.contrasts import Contrasts, load_contrasts
from searchsvc.text.fold import fold
from searchsvc.text.subjects import load_subjects

SMALL = Contrasts("# note\n套数\t首套 第一套\t二套 第二套\n期限\t一年\t三年\n")


def test_facets_come_first_then_values() -> None:
    assert len(SMALL) == 2 + 4
    assert SMALL.find("首套房一年") == [0, 1, 2, 4]
    assert SMALL.find("没有") == []


def test_a_value_inside_a_longer_one_of_its_facet_does_not_count() -> None:
    one = Contrasts("提前\t提前还\t不提前还\n时间\t提前\t推迟\n")
    assert one.find("不提前还") == [0, 1, 2 + 1, 2 + 2]


def excluded(a: str, b: str) -> bool:
    subjects = load_subjects()
    profiles = [profile_of(title, (), "", subjects) for title in (a, b)]
    space = make_space(profiles, frequencies_of(profiles, subjects), subjects)
    return bool(space.excluded(np.array([[0, 1]], np.int32))[0])


@pytest.mark.parametrize(
    ("a", "b", "parted"),
    [
        ("首套房契税怎么算", "二套房契税怎么算", True),
        ("首套房契税怎么算", "第一次买房要交多少契税", False),
        ("首套和二套房契税的区别", "二套房契税怎么算", False),
        ("等额本息怎么算", "房贷利率是多少", False),
        ("", "二套房契税怎么算", False),
        ("赡养老人专项附加扣除怎么填", "子女教育专项附加扣除怎么填", True),
        ("\ud800首套", "二套", True),
        ("微粒贷逾期多久会联系家人", "借呗逾期多久会联系家人", True),
        ("微粒贷逾期多久会联系家人", "网贷逾期多久会联系家人", False),
        ("微粒贷和借呗哪个好", "借呗逾期多久会联系家人", False),
    ],
)
def test_titles_part_where_they_name_other_values_of_a_facet(a: str, b: str, parted: bool) -> None:
    assert excluded(a, b) is parted
    assert excluded(b, a) is parted


def test_the_packaged_list_is_whole() -> None:
    text = resources.files("searchsvc.text").joinpath("data/contrasts.txt").read_text("utf-8")
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    assert len(rows) > 60
    assert len({row[0] for row in rows}) == len(rows)
    for name, *values in rows:
        assert len(values) >= 2, name
        forms = [fold(form) for value in values for form in value.split()]
        assert len(forms) == len(set(forms)), name
    assert load_contrasts().facets == len(rows)
