"""Words, those inside them, and where they stand."""

import json
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searchsvc.errors import ConfigError
from searchsvc.ingest.decode import decode
from searchsvc.text.dictionary import _Rjieba, load_dictionary
from searchsvc.text.fold import fold
from searchsvc.text.lexicon import load_lexicon
from searchsvc.text.segment import WordSegmenter, make_segmenter

LEXICON = load_lexicon()
SEGMENTER = make_segmenter(LEXICON)
REFERENCE, FAST = WordSegmenter(LEXICON, method="jieba"), WordSegmenter(LEXICON, method="rjieba")
CORPUS = Path(__file__).parents[1] / "corpus"


def words(text: str) -> list[str]:
    return [token.text for token in SEGMENTER.query_tokens(fold(text))]


@pytest.mark.parametrize(
    "term", ["借呗", "花呗", "微粒贷", "京东白条", "网商贷", "征信", "催收", "罚息", "紧急联系人", "lpr", "95188"]
)
def test_finance_terms_stay_whole(term: str) -> None:
    assert term in words(f"他的{term}怎么样")


def test_numbers_and_latin_words_are_words_and_signs_are_not() -> None:
    assert words("LPR为3.85%，APP-2.0版！") == ["lpr", "为", "3.85", "app", "2.0", "版"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ⅱ类账户", ["ⅱ", "类", "账户"]),
        ("⑩借呗逾期", ["⑩", "借呗", "逾期"]),
        ("カード借呗", ["カード", "借呗"]),
        ("é借呗", ["é", "借呗"]),
        ("한국어借呗", ["한국어", "借呗"]),
    ],
)
def test_letters_of_other_scripts_do_not_swallow_the_chinese_behind_them(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("借呗逾期还款 3.a。\n")), max_size=60))
@settings(max_examples=200, deadline=None)
def test_offsets_point_at_the_words_in_order(text: str) -> None:
    folded = fold(text)
    end = 0
    for token in SEGMENTER.query_tokens(folded):
        assert end <= token.start < token.end
        assert folded[token.start : token.end] == token.text
        assert all(part in token.text for part in token.parts)
        end = token.end


@pytest.mark.parametrize(
    "text", ["紧急联系人逾期\n借呗", "LPR降到3.85%，APP-2的カード借呗😀", "", "Ⅱ类账户\n\n一类", "2.5.1版 v3"]
)
def test_index_tokens_are_the_query_tokens_and_the_words_inside_them(text: str) -> None:
    folded = fold(text)
    coarse = SEGMENTER.query_tokens(folded)
    found = SEGMENTER.index_tokens(folded)
    assert found.words == tuple(word for token in coarse for word in (token.text, *token.parts))
    assert found.length == len(coarse)


def test_inner_words_follow_the_word_they_lie_in() -> None:
    words = SEGMENTER.index_tokens("紧急联系人逾期").words
    assert words[0] == "紧急联系人"
    assert {"紧急", "联系"} < set(words[1:-1])
    assert words[-1] == "逾期"


def test_the_same_string_is_cut_alike_wherever_its_neighbours_are_no_letters() -> None:
    alone = words("借呗逾期多久")
    assert words("问：借呗逾期多久？答")[1:-1] == alone


def test_a_dictionary_of_the_site_adds_words_and_changes_the_digest(tmp_path: Path) -> None:
    mine = make_segmenter(load_lexicon(["# mine\n安心宝 \n某某金服 30"]), tmp_path)
    assert [token.text for token in mine.query_tokens("某某金服的安心宝")] == ["某某金服", "的", "安心宝"]
    assert mine.digest != SEGMENTER.digest
    assert make_segmenter(load_lexicon(), tmp_path).digest == SEGMENTER.digest


def test_stop_words_do_not_change_the_digest() -> None:
    more = load_lexicon([], ["借呗"])
    assert "借呗" in more.stop_words
    assert more.digest == LEXICON.digest


@pytest.mark.parametrize("text", ["词 多", "词 3 4", "词 -1", "词 ３"])
def test_a_line_that_is_no_entry_is_named(text: str) -> None:
    with pytest.raises(ConfigError, match="dictionary 1, line 2"):
        load_lexicon(["好词\n" + text])


def test_a_segmenter_travels_to_other_processes() -> None:
    copy = pickle.loads(pickle.dumps(SEGMENTER))
    assert isinstance(copy, WordSegmenter)
    assert copy.digest == SEGMENTER.digest
    assert copy.query_tokens("借呗逾期") == SEGMENTER.query_tokens("借呗逾期")


def test_rjieba_cuts_every_page_of_the_corpus_as_jieba_does() -> None:
    assert make_segmenter(LEXICON).digest == FAST.digest != REFERENCE.digest
    for path in CORPUS.rglob("*.htm*"):
        text = fold(decode(path.read_bytes()).text)
        assert FAST.index_tokens(text) == REFERENCE.index_tokens(text)
        assert FAST.query_tokens(text) == REFERENCE.query_tokens(text)


@given(st.text(alphabet=st.one_of(st.characters(min_codepoint=0x3400), st.sampled_from("々〇龥㐀\ud800")), max_size=40))
@settings(max_examples=200, deadline=None)
def test_rjieba_cuts_rare_characters_as_jieba_does(text: str) -> None:
    assert FAST.query_tokens(fold(text)) == REFERENCE.query_tokens(fold(text))


def test_the_dictionary_that_rjieba_brings_is_that_of_jieba(tmp_path: Path) -> None:
    loaded = [load_dictionary("rjieba", LEXICON, tmp_path) for _ in range(2)]
    (remembered,) = tmp_path.glob("lexicon-*.json")
    words = json.loads(remembered.read_text("utf-8"))
    unusable: list[Any] = [{"借呗": 1}, [], words | {"借呗": -1}, words | {"借呗": 10**30}, words | {"借呗": "x"}]
    for rubbish in unusable:
        remembered.write_text(json.dumps(rubbish), "utf-8")
        own = load_dictionary("rjieba", LEXICON, tmp_path)
    assert json.loads(remembered.read_text("utf-8")) == words
    reference = load_dictionary("jieba", LEXICON, None)
    frequencies: dict[str, int] = reference._tokenizer.FREQ  # type: ignore[attr-defined]
    from_jieba = _Rjieba.with_words(frequencies)
    # How a word would have to weigh depends on the frequencies of all that is in it, and on their sum.
    asked = [*list(frequencies)[::7], *(word for word, _ in LEXICON.words)]
    assert len(asked) > 50_000
    for word in asked:
        assert (word in own) == (word in reference)
        expected = from_jieba._jieba.suggest_freq(word)
        assert {one._jieba.suggest_freq(word) for one in (own, *loaded)} == {expected}, word  # type: ignore[attr-defined]


def test_a_word_with_the_frequency_0_is_taken_out_alike() -> None:
    lexicon = replace(LEXICON, words=(*LEXICON.words, ("支付", 0)), digest="another")
    one, other = (load_dictionary(method, lexicon, None) for method in ("jieba", "rjieba"))
    for text in ("支付方式", "我支付", "中国人民银行支付他他"):
        assert list(one.cut(text)) == list(other.cut(text))
    assert "支付" not in one
    assert "支付" not in other


def test_the_segmenter_that_wrote_an_index_is_found_again() -> None:
    for method in ("jieba", "rjieba"):
        digest = WordSegmenter(LEXICON, method=method).digest
        assert make_segmenter(LEXICON, recorded=digest).digest == digest
    assert make_segmenter(LEXICON, recorded="jieba-another").digest == FAST.digest


def test_without_rjieba_the_reference_cuts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("searchsvc.text.segment.installed", lambda method: method == "jieba")
    assert make_segmenter(LEXICON, recorded=FAST.digest).digest == REFERENCE.digest
