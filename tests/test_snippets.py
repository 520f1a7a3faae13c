"""Passages and highlights are exact."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searchsvc.models import Article, Snippet
from searchsvc.query import parse_query
from searchsvc.snippets import SnippetMaker
from searchsvc.text.lexicon import load_lexicon
from searchsvc.text.segment import make_segmenter

LEXICON = load_lexicon()
SEGMENTER = make_segmenter(LEXICON)


def snip(
    q: str, title: str = "", body: str = "", headings: tuple[str, ...] = (), chars: int = 120
) -> tuple[tuple[str, ...], dict[str, Snippet]]:
    article = Article("a", title, None, None, headings, body)
    matched, snippets = SnippetMaker(parse_query(q, SEGMENTER, LEXICON), chars=chars).make(article)
    return matched, {one.field: one for one in snippets}


def marked(snippet: Snippet) -> list[str]:
    return [snippet.text[start:end] for start, end in snippet.ranges]


def test_the_passage_with_the_most_different_words_is_shown() -> None:
    body = "\n".join(
        ["逾期逾期逾期。" * 3, "无关的内容。" * 30, "借呗逾期以后会联系家人吗？看情况。", "别的内容。" * 30]
    )
    matched, found = snip("借呗 逾期 家人", "题", body)
    assert "借呗逾期以后会联系家人" in found["body"].text
    assert set(matched) == {"借呗", "逾期", "家人"}


def test_surface_forms_are_marked_as_they_stand() -> None:
    matched, found = snip("lpr 借呗", "借唄與ＬＰＲ", "lpr是什么")
    assert marked(found["title"]) == ["借唄", "ＬＰＲ"]
    assert marked(found["body"]) == ["lpr"]
    assert set(matched) == {"借唄", "ＬＰＲ", "lpr"}


def test_a_latin_word_is_not_marked_inside_another() -> None:
    _, found = snip("app 借呗", "Apple的app和wapp", "x")
    assert found["title"].ranges == ((6, 9),)


def test_a_character_is_never_parted_from_its_marks() -> None:
    _, found = snip("e", "e\u0301 e", "x")
    assert found["title"].ranges == ((3, 4),)


def test_where_a_long_string_would_part_a_character_a_shorter_one_is_marked() -> None:
    matched, found = snip('"借呗 e" 借呗', "借呗 e\u0301", "x")
    assert marked(found["title"]) == ["借呗"]
    assert matched == ("借呗",)


def test_a_pasted_text_longer_than_a_passage_still_has_its_words_marked() -> None:
    pasted = "借呗逾期以后平台会先联系借款人本人，再看有没有紧急联系人。" * 8
    matched, found = snip(pasted, "题", pasted * 2)
    assert {"借呗", "逾期", "紧急联系人"} <= set(matched)
    assert found["body"].ranges


def test_stop_words_are_marked_only_when_there_is_nothing_else() -> None:
    assert marked(snip("借呗的利息", "我的借呗的利息", "x")[1]["title"]) == ["借呗的利息"]
    assert marked(snip("是的", "是的", "x")[1]["title"]) == ["是的"]
    assert marked(snip("借呗 的", "我的借呗", "x")[1]["title"]) == ["借呗"]


def test_a_heading_is_shown_when_it_adds_something() -> None:
    _, found = snip("借呗 宽限期", "借呗", "借呗怎么还。" + "无关。" * 100, headings=("别的", "有没有宽限期"))
    assert marked(found["headings"]) == ["宽限期"]
    assert "headings" not in snip("借呗", "借呗", "借呗怎么还", headings=("借呗说明",))[1]


def test_nothing_is_marked_across_two_blocks() -> None:
    matched, found = snip('"借呗 逾期"', "题", "借呗\n逾期")
    assert found["body"].text == "借呗 逾期"
    assert "借呗 逾期" not in matched
    assert marked(found["body"]) == ["借呗", "逾期"]


def test_a_body_without_a_match_begins_at_its_beginning() -> None:
    _, found = snip("花呗", "花呗", "开头的一段话。" * 40)
    assert found["body"].text.startswith("开头的一段话。")
    assert found["body"].text.endswith("。")
    assert 80 <= len(found["body"].text) <= 150


@pytest.mark.parametrize("chars", [20, 120, 400])
def test_the_passage_has_about_the_length_asked_for(chars: int) -> None:
    body = "这里先说明一些背景，然后再讲借呗的还款办法。" * 60
    assert 0.5 * chars <= len(snip("借呗", "题", body, chars=chars)[1]["body"].text) <= 1.4 * chars


def test_a_huge_body_without_any_break_is_cut_all_the_same() -> None:
    _, found = snip("借呗", "题", "字" * 500_000 + "借呗" + "字" * 500_000)
    assert marked(found["body"]) == ["借呗"]
    assert len(found["body"].text) <= 180


ALPHABET = st.sampled_from('借呗逾期家人a1 。\n，\u0301\u200d👨Ａ唄"-')


@given(q=st.text(ALPHABET, max_size=12), title=st.text(ALPHABET, max_size=20), body=st.text(ALPHABET, max_size=300))
@settings(max_examples=400, deadline=None)
def test_every_range_is_one_occurrence_of_a_matched_string(q: str, title: str, body: str) -> None:
    matched, found = snip(q, title.replace("\n", " "), body, chars=40)
    for snippet in found.values():
        assert snippet.text in (title + "\n" + body).replace("\n", " ")
        end = 0
        for start, stop in snippet.ranges:
            assert end <= start < stop <= len(snippet.text)
            assert snippet.text[start:stop] in matched
            end = stop
