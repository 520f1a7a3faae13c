"""Texts as sets of overlapping strings, and what two texts share of them."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchsvc.duplicates.shingles import (
    SAMPLE,
    SHINGLE,
    Plain,
    covered,
    hash_shingles,
    passages_of,
    plain_text,
    runs_of,
    sketch_of,
    spread,
)

ANY = st.text(alphabet=st.sampled_from("借呗逾期Ａb1，。 \n臺\ud800😀"), max_size=60)


def test_only_letters_and_digits_count_whatever_their_width_case_and_script() -> None:
    assert plain_text("「ＡＢＣ」，臺灣 _12% 的\n借唄！") == "abc台湾12的借呗"


@given(ANY)
def test_dressing_a_text_otherwise_leaves_its_shingles(text: str) -> None:
    dressed = "、\n".join(text.replace("A", "Ａ")) + "。"
    assert np.array_equal(hash_shingles(plain_text(text)), hash_shingles(plain_text(dressed)))


@given(st.text(alphabet="甲乙丙丁", max_size=40))
def test_equal_shingles_have_equal_hashes_and_others_have_others(plain: str) -> None:
    hashes = hash_shingles(plain).tolist()
    shingles = [plain[i : i + SHINGLE] for i in range(max(len(plain) - SHINGLE + 1, 1))] if plain else []
    assert len(hashes) == len(shingles)
    assert len(set(hashes)) == len(set(shingles)) == len(set(zip(shingles, hashes, strict=True)))


def test_a_text_shorter_than_a_shingle_is_one_and_an_empty_one_has_none() -> None:
    assert len(hash_shingles("借呗")) == 1
    assert hash_shingles("借呗") != hash_shingles("借呗借")
    assert len(hash_shingles("")) == 0


def test_hashes_mix_the_high_bits_of_characters_into_the_low_ones() -> None:
    # Two texts whose characters agree in their lowest bits would fall into one sketch or none otherwise.
    texts = ["".join(chr(0x4E00 + 64 * ((i * j) % 300)) for j in range(SHINGLE)) for i in range(1, 4_000)]
    sampled = sum(int(hash_shingles(text)[0]) % SAMPLE == 0 for text in texts) / len(texts)
    assert sampled == pytest.approx(1 / SAMPLE, rel=0.2)


def test_a_sketch_is_the_same_sample_of_every_text_that_has_a_shingle() -> None:
    rng = np.random.default_rng(1)
    one, other = (rng.integers(0, 2**63, 4_000).astype(np.uint64) for _ in range(2))
    both = np.concatenate([one, other])
    sketches = [sketch_of(hashes) for hashes in (one, other, both)]
    assert np.array_equal(np.union1d(sketches[0], sketches[1]), sketches[2])
    assert len(sketches[0]) == pytest.approx(4_000 / SAMPLE, rel=0.2)
    assert all((np.diff(sketch.astype(object)) > 0).all() for sketch in sketches)


@given(st.lists(st.booleans(), max_size=30))
def test_what_is_covered_are_all_characters_of_the_shingles(flags: list[bool]) -> None:
    length = len(flags) + SHINGLE - 1
    expected = [any(flags[max(i - SHINGLE + 1, 0) : i + 1]) for i in range(length)]
    assert spread(np.array(flags, np.bool_), length).tolist() == expected


@given(st.lists(st.booleans(), max_size=30))
def test_runs_are_the_ranges_of_set_flags(flags: list[bool]) -> None:
    runs = runs_of(np.array(flags, np.bool_))
    assert [i for start, end in runs for i in range(start, end)] == [i for i, flag in enumerate(flags) if flag]
    assert all(before[1] < after[0] for before, after in itertools.pairwise(runs))


def test_a_short_text_is_covered_by_the_same_text_only() -> None:
    same, other = hash_shingles("借呗逾期"), hash_shingles("借呗逾期了")
    assert covered(same, same, 4).all()
    assert not covered(same, other, 4).any()


@given(ANY)
def test_a_place_in_the_plain_text_leads_to_the_character_it_comes_from(text: str) -> None:
    plain = Plain(text)
    assert len(plain.places) == len(plain.plain)
    assert all(plain_text(text[slice(*plain.place(i, i + 1))]) == plain.plain[i] for i in range(len(plain.plain)))


@given(st.lists(st.sampled_from(["借呗逾期会怎样影响征信记录", "，", "花呗分期的利息如何计算出来", "\n"]), max_size=8))
def test_passages_say_the_same_in_both_texts_and_do_not_overlap_in_the_first(parts: list[str]) -> None:
    a, b = "".join(parts), "".join(reversed(parts))
    passages = passages_of(a, b)
    for passage in passages:
        assert plain_text(a[slice(*passage.a)]) == plain_text(b[slice(*passage.b)])
        assert len(plain_text(a[slice(*passage.a)])) >= SHINGLE
    assert all(before.a[1] <= after.a[0] for before, after in itertools.pairwise(passages))
    # Every part with letters stands in both.
    found = sum(len(plain_text(a[slice(*passage.a)])) for passage in passages)
    assert found >= len(plain_text(a)) - SHINGLE


def test_a_passage_goes_on_over_what_stands_between_its_letters() -> None:
    a, b = "前文。借呗逾期，会影响征信吗？后", "借唄 逾期會影響\n徵信嗎"
    (passage,) = passages_of(a, b)
    assert a[slice(*passage.a)] == "借呗逾期，会影响征信吗"
    assert b[slice(*passage.b)] == b
