"""Folding keeps lengths, so that offsets survive."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.text.fold import fold


@given(st.text())
def test_folding_keeps_the_length_and_does_nothing_twice(text: str) -> None:
    folded = fold(text)
    assert len(folded) == len(text)
    assert fold(folded) == folded


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ＬＰＲ　３．５％", "lpr 3.5%"),
        ("借唄逾期會聯繫家人", "借呗逾期会联系家人"),
        ("a\u00a0b\tc\r\nd", "a b c \nd"),
        ("…℃㎡½İ", "…℃㎡½İ"),
        ("\ud800x", "\ud800x"),
    ],
)
def test_what_readers_take_for_the_same_becomes_the_same(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_long_texts_fold_as_short_ones_do() -> None:
    every = "".join(map(chr, range(0x110000)))
    assert fold(every) == "".join(fold(every[at : at + 50]) for at in range(0, len(every), 50))
