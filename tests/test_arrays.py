"""Files of arrays: what is written is read, what was altered or cut short is seen; inversion and merging by numbers."""

from __future__ import annotations

import errno
import random
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from whoosh.filedb.filestore import FileStorage
from whoosh.index import FileIndex
from whoosh.qparser.default import QueryParser

from searchsvc.engines import open_engine
from searchsvc.engines.whoosh import merge as merge_module
from searchsvc.engines.whoosh.arrays import ArrayFile, ArrayFileWriter, write_arrays
from searchsvc.engines.whoosh.codec import FlatCodec, FlatTerms
from searchsvc.engines.whoosh.invert import invert
from searchsvc.engines.whoosh.layout import INDEX_NAME
from searchsvc.engines.whoosh.merge import merge, parts_of
from searchsvc.engines.whoosh.packing import MANY, pack, unpack
from searchsvc.engines.whoosh.prepare import prepare
from searchsvc.engines.whoosh.schema import schema
from searchsvc.engines.whoosh.segment import document_of, documents_with_key, find_gram, find_word, frequencies
from searchsvc.errors import IndexDamaged
from searchsvc.models import FIELDS, AnalysedArticle
from searchsvc.text.fold import fold
from support_articles import DIGEST, analysed, article, random_article


def test_arrays_come_back_in_pieces_or_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a"
    with ArrayFileWriter(path, {"n": ("<u4", 5), "b": ("|u1", 3), "none": ("<i8", 0)}) as file:
        file.write("n", np.array([1, 2], np.uint32))
        file.write("b", np.frombuffer(b"xyz", np.uint8))
        file.write("n", np.array([3, 4, 2**32 - 1], np.int64))
        with pytest.raises(ValueError, match="not more"):
            file.write("n", np.array([6]))
        file.finish()
    read = ArrayFile(path)
    assert read["n"].tolist() == [1, 2, 3, 4, 2**32 - 1]
    assert read.read("n", 1, 3).tolist() == [2, 3]
    assert read["b"].tobytes() == b"xyz"
    assert read["none"].tolist() == []
    assert list(read.damage()) == []
    with pytest.raises(ValueError, match="no array 'm'"):
        read["m"]
    assert not read["n"].flags.writeable


def test_values_that_are_missing_are_an_error(tmp_path: Path) -> None:
    with ArrayFileWriter(tmp_path / "a", {"n": ("<u4", 5)}) as file:
        file.write("n", np.arange(4))
        with pytest.raises(ValueError, match="16 bytes instead of 20"):
            file.finish()
    with pytest.raises(ValueError, match="no file of arrays"):
        ArrayFile(tmp_path / "a")


def test_every_flipped_bit_and_every_cut_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "a"
    write_arrays(path, {"n": np.arange(20, dtype=np.uint32), "b": np.frombuffer(b"xyz", np.uint8)})
    content = path.read_bytes()
    for place in range(len(content)):
        altered = bytearray(content)
        altered[place] ^= 1 << place % 8
        path.write_bytes(altered)
        try:
            seen = list(ArrayFile(path).damage()) != []
        except ValueError:
            seen = True
        assert seen, place
    for size in range(len(content)):
        path.write_bytes(content[:size])
        with pytest.raises(ValueError, match=r"cut short|damaged"):
            ArrayFile(path)


def test_frequencies_are_packed_and_those_that_do_not_fit_kept_apart() -> None:
    counts = np.array([[0, 0, 1], [127, 511, 65534], [127, 511, 65535], [128, 0, 0], [0, 512, 3], [0, 0, 70_000]])
    tf, many, many_tf = pack(counts)
    assert (tf[[2, 3, 4, 5]] == MANY).all()
    assert many.tolist() == [2, 3, 4, 5]
    assert (unpack(tf, 0, many, many_tf) == counts).all()
    assert (unpack(tf[3:5], 3, many, many_tf) == counts[3:5]).all()


def inverted(path: Path, articles: list[AnalysedArticle]) -> ArrayFile:
    write_arrays(path, invert([prepare(one) for one in articles]))
    return ArrayFile(path)


def check(arrays: ArrayFile, articles: list[AnalysedArticle]) -> None:
    """Every word and bigram, with documents, frequencies and offsets, against counting them one by one."""
    words = sorted({word for one in articles for name in FIELDS for word in one.fields[name].words})
    for word in [*words, "不在", ""]:
        counted = [[Counter(one.fields[name].words)[word] for name in FIELDS] for one in articles]
        assert postings(arrays, "word", find_word(arrays, word.encode("utf-8", "surrogatepass"))) == held(counted), word
    texts = [fold("\n".join(one.stored.article.text_of(name) for name in FIELDS)) for one in articles]
    grams = {text[i : i + 2] for text in texts for i in range(len(text) - 1) if "\n" not in text[i : i + 2]}
    for gram in [*sorted(grams), "不在"]:
        counted = [[count(one, name, gram) for name in FIELDS] for one in articles]
        run = find_gram(arrays, gram)
        assert postings(arrays, "gram", run) == held(counted), gram
        places = [i for text in texts for i in range(len(text) - 1) if text[i : i + 2] == gram]
        if run is not None:
            first, last = (int(arrays["gram_place"][run[0] + i]) for i in (0, 1))
            assert arrays["gram_pos"][first:last].tolist() == places
    for number, one in enumerate(articles):
        assert document_of(arrays, number) == one.stored
        assert documents_with_key(arrays, one.stored.key) == [number]


def count(one: AnalysedArticle, name: str, gram: str) -> int:
    text = fold(one.stored.article.text_of(name))  # type: ignore[arg-type]
    return sum(text[i : i + 2] == gram for i in range(len(text) - 1))


def held(counted: list[list[int]]) -> dict[int, list[int]]:
    return {number: counts for number, counts in enumerate(counted) if any(counts)}


def postings(arrays: ArrayFile, kind: str, run: tuple[int, int, int] | None) -> dict[int, list[int]]:
    if run is None:
        return {}
    _, first, last = run
    counts = frequencies(arrays, "word" if kind == "word" else "gram", first, last).tolist()
    return dict(zip(arrays[f"{kind}_doc"][first:last].tolist(), counts, strict=True))


def many_articles(seed: int) -> list[AnalysedArticle]:
    rng = random.Random(seed)
    found = [random_article(rng, number) for number in range(12)]
    # Frequencies beyond what is packed, in each field.
    much = replace(
        found[0].stored.article, id="much", title="家人" * 130, headings=("逾期" * 300,), body="征信" * 40_000
    )
    return [*found, analysed(much), article("empty", "", "")]


@pytest.mark.parametrize("threads", [1, 2])
def test_a_merge_that_fails_writes_nothing_once_its_file_is_closed(
    tmp_path: Path, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[str] = []
    late: list[str] = []
    close, append = ArrayFileWriter.close, ArrayFileWriter._append

    def closing(self: ArrayFileWriter) -> None:
        close(self)
        closed.append("closed")

    def appending(self: ArrayFileWriter, name: str, data: memoryview) -> None:
        time.sleep(0.01)
        if name == "gram_doc":
            raise OSError(errno.ENOSPC, "No space left on device")
        late.extend(closed)
        append(self, name, data)

    segments = [(inverted(tmp_path / f"s{number}", many_articles(number)), np.ones(14, np.bool_)) for number in (0, 1)]
    monkeypatch.setattr(ArrayFileWriter, "close", closing)
    monkeypatch.setattr(ArrayFileWriter, "_append", appending)
    with pytest.raises(OSError, match="No space"):
        merge(parts_of(segments), tmp_path / "merged", threads=threads)
    assert (closed, late) == (["closed"], [])


def test_an_inverted_batch_is_what_counting_gives(tmp_path: Path) -> None:
    articles = many_articles(3)
    check(inverted(tmp_path / "a", articles), articles)
    nothing = inverted(tmp_path / "b", [])
    assert len(nothing["moments"]) == 0
    assert find_word(nothing, "家人".encode()) is None


@pytest.mark.parametrize("chunk", [50, 1_000_000])
def test_merged_segments_are_those_of_their_live_articles_together(
    tmp_path: Path, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merge_module, "CHUNK", chunk)
    rng = random.Random(9)
    kept: list[AnalysedArticle] = []
    segments = []
    for number in range(4):
        articles = [
            replace(
                one, stored=replace(one.stored, article=replace(one.stored.article, id=f"{number}/{one.stored.id}"))
            )
            for one in many_articles(number)
        ]
        live = np.array([number != 2 and (number == 0 or rng.random() < 0.6) for _ in articles])
        segments.append((inverted(tmp_path / f"s{number}", articles), live))
        kept += [one for one, lives in zip(articles, live.tolist(), strict=True) if lives]
    assert merge(parts_of(segments), tmp_path / "merged") == len(kept)
    merged = ArrayFile(tmp_path / "merged")
    assert list(merged.damage()) == []
    check(merged, kept)
    again = inverted(tmp_path / "again", kept)
    for name in ("word", "word_at", "word_start", "word_doc", "word_tf", "word_many", "word_many_tf", "gram_code"):
        assert (merged[name] == again[name]).all(), name
    for name in ("gram_doc", "gram_tf", "gram_pos", "gram_place", "char_code", "char_doc", "lengths", "bounds"):
        assert (merged[name] == again[name]).all(), name
    for name in ("moments", "key", "key_doc", "id", "meta", "text", "category", "categories"):
        assert (merged[name] == again[name]).all(), name


def test_whoosh_itself_reads_and_searches_the_index(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    with open_engine(folder, DIGEST).writer(create=True) as writer:
        writer.put(article("a", "loan late", "pay late pay"))
        writer.put(article("b", "loan", "借呗逾期"))
        writer.commit()
        writer.put(article("c", "other", "late"))
        writer.remove("b")
        writer.commit()
    (version,) = folder.glob("v-*")
    storage: Any = FileStorage(str(version))  # type: ignore[no-untyped-call]
    index: Any = FileIndex(storage, schema=schema(), indexname=INDEX_NAME)  # type: ignore[no-untyped-call]
    with index.searcher() as searcher:
        found = searcher.search(QueryParser("body", index.schema).parse("late OR title:loan"))
        assert [hit["stored"].id for hit in found] == ["a", "c"]
        reader = searcher.reader()
        assert reader.doc_count() == 2
        assert reader.doc_frequency("body", "pay") == 1
        assert reader.frequency("body", "pay") == 2
        assert [text for field, text in reader.all_terms() if field == "title"] == [b"late", b"loan", b"other"]
        assert ("title_grams", b"lo") in reader
        assert reader.doc_field_length(0, "body") == 3
    (path,) = [path for path in version.glob("*.arr") if find_word(ArrayFile(path), b"pay") is not None]
    assert ("body", b"nothing") not in FlatTerms(ArrayFile(path))
    with pytest.raises(NotImplementedError, match="written whole"):
        FlatCodec().field_writer(None, None)  # type: ignore[arg-type]


def test_a_flipped_byte_of_a_table_of_contents_is_seen_before_it_is_unpickled(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    engine = open_engine(folder, DIGEST)
    with engine.writer(create=True) as writer:
        writer.put(article("a", "loan"))
        writer.commit()
    (path,) = folder.glob("v-*/*.toc")
    content = path.read_bytes()
    for place in range(0, len(content), 7):
        altered = bytearray(content)
        altered[place] ^= 0x10
        path.write_bytes(altered)
        assert engine.verify() != [], place
        with pytest.raises(IndexDamaged, match="altered or cut short"):
            open_engine(folder, DIGEST).snapshot()
    path.write_bytes(content)
    assert engine.verify() == []
