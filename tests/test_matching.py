"""Strings are found where a reader sees them, by the compiled loops and without them."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searchsvc.text import fold as fold_module
from searchsvc.text import matching
from searchsvc.text.fold import fold
from searchsvc.text.matching import Wanted, find_strings, surfaces

TEXTS = st.text(st.sampled_from("借呗逾期家人a1Ａ唄 。\n\u0301\u200d👨🏽é\U00020000"), max_size=120)
STRINGS = st.lists(st.text(st.sampled_from("借呗逾a1 。👨\U00020000"), min_size=1, max_size=4), max_size=6, unique=True)


@given(text=TEXTS, strings=STRINGS, bounded=st.booleans())
@settings(max_examples=500, deadline=None)
def test_the_compiled_search_and_the_one_in_python_find_the_same(text: str, strings: list[str], bounded: bool) -> None:
    assert matching._compiled, "the tests need the compiled loops: is there a C compiler?"
    wanted = [Wanted(one, bounded, bounded) for one in strings]
    folded = fold(text)
    found = find_strings(text, folded, wanted)
    assert found == matching._find(text, folded, wanted)
    for start, end, number in found:
        assert folded[start:end] == strings[number]


def test_characters_that_join_others_are_left_to_the_careful_search() -> None:
    """What folding makes of a mark is no character that the compiled loop takes for one by itself."""
    for code in range(0x110000):
        char = chr(code)
        if code == 0x200D or 0x1F3FB <= code <= 0x1F3FF or unicodedata.category(char).startswith("M"):
            assert matching._compiled.find(fold(char), []) is None, hex(code)


def test_the_longest_of_those_that_begin_at_a_place_is_found_and_they_never_overlap() -> None:
    wanted = [Wanted("借呗"), Wanted("借呗逾期"), Wanted("期怎么")]
    assert find_strings("借呗逾期怎么办借呗", "借呗逾期怎么办借呗", wanted) == [(0, 4, 1), (7, 9, 0)]


@pytest.mark.parametrize("bad", [[("", False, False)], [("a", False)], ["a"], [(3, False, False)]])
def test_what_is_no_string_is_refused(bad: list[Any]) -> None:
    with pytest.raises(ValueError, match="a string to be found"):
        matching._compiled.find("abc", bad)


@given(text=st.text(min_size=100, max_size=300))
@settings(max_examples=100, deadline=None)
def test_long_texts_fold_alike_compiled_and_in_numpy(text: str) -> None:
    quickly = fold(text)
    compiled, fold_module._compiled = fold_module._compiled, None
    try:
        assert fold(text) == quickly == "".join(map(fold, text))
    finally:
        fold_module._compiled = compiled


@given(text=TEXTS, strings=STRINGS, worth=st.lists(st.floats(0, 8), min_size=6, max_size=6), chars=st.integers(1, 60))
@settings(max_examples=500, deadline=None)
def test_surfaces_and_windows_are_alike_compiled_and_in_python(
    text: str, strings: list[str], worth: list[float], chars: int
) -> None:
    found = find_strings(text, fold(text), [Wanted(one) for one in strings])
    compiled, matching._compiled = matching._compiled, None
    try:
        plainly = surfaces(text, found, len(strings))
    finally:
        matching._compiled = compiled
    assert surfaces(text, found, len(strings)) == plainly
    if found:
        assert matching._compiled.window(found, worth, chars) == matching._window(found, worth, chars)


@pytest.mark.parametrize("bad", [[(2, 1, 0)], [(-1, 1, 0)], [(0, 1, 5)], [(0, 1)], [3], [("a", 1, 0)]])
def test_what_is_no_occurrence_is_refused(bad: list[Any]) -> None:
    for name, arguments in (("surfaces", ("abc", bad, 1)), ("window", (bad, [1.0], 1))):
        with pytest.raises((ValueError, TypeError)):
            getattr(matching._compiled, name)(*arguments)
    with pytest.raises(ValueError, match="inside the text"):
        matching._compiled.surfaces("abc", [(0, 9, 0)], 1)
