"""Inverting and merging, compiled and in numpy: the same arrays, and neither reads outside those it is given."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from searchsvc.engines.whoosh import kernel_writing, plain_writing
from searchsvc.engines.whoosh.arrays import Array
from searchsvc.engines.whoosh.kernel_writing import invert_texts, make_merger
from searchsvc.engines.whoosh.plain_writing import Kind, Lists, Merged, Text

KINDS: dict[Kind, tuple[str, str, str]] = {
    "word": ("word_prefix", "word_at", "word"), "gram": ("gram_code", "gram_place", "gram_pos"),
    "char": ("char_code", "", ""),
}  # fmt: skip
ALPHABET = "借呗花逾期家人ab\n\n\ud800\U0010ffff𠀀"
NONE32: Any = np.empty(0, np.uint32)


def a_text(chance: random.Random) -> Text:
    words = ["".join(chance.choices("借呗逾期ab", k=chance.choice((1, 2, 2, 9)))) for _ in range(chance.randint(0, 30))]
    cuts = sorted(chance.randint(0, len(words)) for _ in range(2))
    folded = "".join(chance.choices(ALPHABET, k=chance.randint(0, 60)))
    bounds = sorted(chance.randint(0, 70) for _ in range(2))
    counts = (cuts[0], cuts[1] - cuts[0], len(words) - cuts[1])
    return "\n".join(words).encode(), counts, folded, (bounds[0], bounds[1])


def texts_of(seed: int, count: int) -> list[Text]:
    chance = random.Random(seed)
    texts = [a_text(chance) for _ in range(count)]
    if seed % 3 == 0 and count:
        # Frequencies beyond what is packed: in each field, and the one whose packed number is taken.
        often = b"\n".join([b"x"] * (127 + 511 + 65_535))
        texts.insert(count // 2, (often, (127, 511, 65_535), "征信" * 70_000, (300, 2_000)))
        texts.append((b"\n".join([b"x"] * 130), (130, 0, 0), "借呗" * 130, (260, 260)))
    return texts


@pytest.mark.parametrize("seed", range(8))
def test_both_invert_alike(seed: int) -> None:
    texts = texts_of(seed, seed * 9)
    compiled, numpy = invert_texts(texts), plain_writing.invert_texts(texts)
    assert compiled.keys() == numpy.keys()
    for name, values in compiled.items():
        assert values.dtype == numpy[name].dtype, name
        assert values.tolist() == numpy[name].tolist(), name
    assert len(compiled["word_many"]) == (2 if seed in (3, 6) else 0)


@pytest.mark.parametrize("invert", [invert_texts, plain_writing.invert_texts])
@pytest.mark.parametrize(("words", "counts"), [(b"a\nb", (1, 0, 0)), (b"a", (1, 1, 0)), (b"a", (0, 0, 0))])
def test_words_that_are_not_as_many_as_said_are_refused(invert: Any, words: bytes, counts: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="do not agree"):
        invert([(words, counts, "a", (0, 0))])


def test_more_different_characters_than_fit_are_inverted_all_the_same() -> None:
    every = "".join(map(chr, range(32, 0x110000)))
    texts: list[Text] = [(b"", (0, 0, 0), every * 5, (0, 0))]
    assert kernel_writing._compiled.invert(texts) is None
    found = invert_texts(texts)
    assert len(found["char_code"]) == len(every)
    assert len(found["gram_pos"]) == 5 * len(every) - 1


def lists_of(arrays: dict[str, Array], kind: Kind, renumbered: list[int], **changes: Array) -> Lists:
    arrays = arrays | changes
    codes, at, data = KINDS[kind]
    names = [f"{kind}_start", f"{kind}_doc", codes, f"{kind}_tf", f"{kind}_many", f"{kind}_many_tf", at, data]
    return Lists(np.array(renumbered, np.int32), *(arrays.get(name, NONE32) for name in names))


def merged_by(merger: Any, limit: int) -> Merged:
    while (sizes := merger.count(limit)) is None:
        pass
    blocks = []
    while (block := merger.next(limit)) is not None:
        blocks.append(block)
    whole = Merged(*(np.concatenate(column) for column in zip(*blocks, strict=True))) if blocks else None
    if whole is None:
        assert tuple(sizes) == (0, 0, 0, 0, 0)
        return Merged(*(NONE32,) * 10)
    counted = [len(column) for column in (whole.keys, whole.words, whole.doc, whole.pos, whole.many)]
    assert list(sizes) == counted, "what was counted is what comes"
    return whole


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(6))
def test_merged_segments_are_what_inverting_all_live_texts_gives(kind: Kind, seed: int) -> None:
    chance = random.Random(seed)
    parts, kept, number = [], [], 0
    for part in range(5):
        texts = texts_of(10 * part + seed, 0 if part == 3 else 12)
        live = [part != seed and (seed == 5 or chance.random() < 0.7) for _ in texts]
        renumbered = []
        for text, lives in zip(texts, live, strict=True):
            renumbered.append(number if lives else -1)
            number += lives
            kept += [text] if lives else []
        parts.append(lists_of(invert_texts(texts), kind, renumbered))
    whole = invert_texts(kept)
    codes, at, _ = KINDS[kind]
    for limit in (1, 300, 1_000_000):
        for made in (make_merger(kind, parts), plain_writing.Merger(kind, parts)):
            merged = merged_by(made, limit)
            assert merged.keys.tolist() == whole[codes].tolist()
            assert merged.counts.tolist() == np.diff(whole[f"{kind}_start"]).tolist()
            assert merged.doc.tolist() == whole[f"{kind}_doc"].tolist()
            if kind == "char":
                continue
            for name in ("tf", "many", "many_tf"):
                assert getattr(merged, name).tolist() == whole[f"{kind}_{name}"].tolist()
            assert (merged.sizes if kind == "word" else merged.places).tolist() == np.diff(whole[at]).tolist()
            assert (merged.words if kind == "word" else merged.pos).tolist() == whole[KINDS[kind][2]].tolist()


def one_segment(kind: Kind, **changes: Array) -> Lists:
    return lists_of(invert_texts([(b"x", (1, 0, 0), "借呗", (9, 9))]), kind, [0], **changes)


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("word", {"word_start": np.array([0, 9], np.uint64)}),
        ("word", {"word_start": np.array([1, 0], np.uint64)}),
        ("word", {"word_start": np.array([0], np.uint64)}),
        ("word", {"word_doc": np.array([7], np.uint32)}),
        ("word", {"word_at": np.array([0, 99], np.uint64)}),
        ("word", {"word_at": np.array([1, 0], np.uint64)}),
        ("word", {"word_tf": NONE32}),
        ("word", {"word_tf": np.array([0xFFFFFFFF], np.uint32)}),
        ("gram", {"gram_tf": np.array([3], np.uint32)}),
        ("gram", {"gram_tf": np.array([0], np.uint32)}),
        ("gram", {"gram_place": np.array([0, 9], np.uint64)}),
        ("gram", {"gram_place": np.array([1, 0], np.uint64)}),
        ("gram", {"gram_many_tf": np.array([1], np.uint32)}),
        ("char", {"char_doc": np.array([0, 9], np.uint32)}),
    ],
)
def test_damaged_arrays_are_refused(kind: Kind, changes: dict[str, Array]) -> None:
    assert len(merged_by(make_merger(kind, [one_segment(kind)]), 100).doc) == (2 if kind == "char" else 1)

    def use() -> None:
        merged_by(make_merger(kind, [one_segment(kind, **changes), one_segment(kind)]), 100)

    with pytest.raises(ValueError, match="do not agree"):
        use()


def test_a_word_outside_its_segment_is_refused_beside_the_same_word() -> None:
    good, bad = one_segment("word"), one_segment("word", word_at=np.array([0, 999], np.uint64))
    with pytest.raises(ValueError, match="do not agree"):
        merged_by(make_merger("word", [good, bad]), 100)


def test_numpy_writes_where_nothing_was_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    assert kernel_writing._compiled is not None, "the tests need the compiled loops: is there a C compiler?"
    monkeypatch.setattr(kernel_writing, "_compiled", None)
    assert isinstance(make_merger("word", []), plain_writing.Merger)
    assert invert_texts([])["word_start"].tolist() == [0]
