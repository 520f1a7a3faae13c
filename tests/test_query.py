"""What a reader typed, understood."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searchsvc.errors import QueryTooLong
from searchsvc.models import Query
from searchsvc.query import parse_query
from searchsvc.text.lexicon import load_lexicon
from searchsvc.text.segment import make_segmenter

LEXICON = load_lexicon()
SEGMENTER = make_segmenter(LEXICON)


def parse(raw: str) -> Query:
    return parse_query(raw, SEGMENTER, LEXICON)


def words(query: Query) -> list[str]:
    return [term.text for term in query.terms]


def test_words_phrases_and_exclusions_are_told_apart() -> None:
    query = parse('借呗 "紧急联系人 电话" -花呗 -"京东 白条"')
    assert query.phrases == ("紧急联系人 电话",)
    assert query.exclusions == ("花呗", "京东 白条")
    assert words(query) == ["借呗", "紧急联系人", "电话"]


@pytest.mark.parametrize(
    "raw",
    [
        "征信“花了”怎么办",
        "借呗-花呗",
        '借呗"逾期',
        '"借呗',
        '借"呗"逾期',
        "借呗 - 逾期",
        "借呗 --逾期",
        "－花呗 借呗",
        "＂借呗＂",
        "a:b (c OR d) *",
    ],
)
def test_odd_signs_are_plain_words(raw: str) -> None:
    query = parse(raw)
    assert (query.phrases, query.exclusions) == ((), ())
    assert query.terms


def test_a_picture_sign_is_something_to_look_for() -> None:
    assert parse('"★"').phrases == ("★",)
    assert parse("-★ 借呗").exclusions == ("★",)
    assert parse("☎").literal == "☎"


def test_a_query_of_nothing_but_exclusions_is_read_as_words() -> None:
    query = parse("-花呗")
    assert (words(query), query.exclusions) == (["花呗"], ())


def test_stop_words_weigh_less_and_never_make_a_query_empty() -> None:
    weights = {term.text: term.weight for term in parse("借呗的利息是多少").terms}
    assert weights["借呗"] == 1.0
    assert 0 < weights["的"] < 1.0
    assert not parse("是的").is_empty


@pytest.mark.parametrize("raw", ["", " ", "\n\t", "。，！", '""', '"', "-", "\x00", "\u200b"])
def test_nothing_to_look_for_is_an_empty_query(raw: str) -> None:
    assert parse(raw).is_empty


def test_the_literal_is_what_was_typed_folded_and_trimmed() -> None:
    assert parse("  借唄　 ＬＰＲ ").literal == "借呗 lpr"


def test_only_length_is_an_error() -> None:
    assert parse("借" * 512).terms
    with pytest.raises(QueryTooLong) as caught:
        parse("借" * 513)
    assert caught.value.code == "query_too_long"


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from('" -“”借呗花\x00\ud800')), max_size=512))
@settings(max_examples=300, deadline=None)
def test_no_text_raises(raw: str) -> None:
    query = parse(raw)
    assert len(words(query)) == len(set(words(query)))
    assert all(0 < term.weight <= 1 for term in query.terms)
