"""What every engine promises: the embedded one and the slow reference are held to the same sentences."""

import random

import pytest

from searchsvc.errors import IndexIncompatible, IndexLocked, IndexMissing
from searchsvc.models import Block, Filters, Query, SearchRequest
from searchsvc.protocols import Engine
from support_articles import (
    DIGEST,
    analyse,
    analysed,
    article,
    query_of,
    random_article,
)
from support_contract import Opener, fill, ids
from support_formulas import check_formulas


def test_without_an_index_reading_and_writing_say_that_it_is_missing(engine: Engine) -> None:
    with pytest.raises(IndexMissing):
        engine.snapshot()
    with pytest.raises(IndexMissing):
        engine.writer()


def test_a_new_index_is_empty_and_answers(engine: Engine) -> None:
    with engine.writer(create=True):
        pass
    snapshot = engine.snapshot()
    assert len(snapshot) == 0
    assert snapshot.search(SearchRequest(query_of("借呗"))).total == 0
    assert list(snapshot.iter_articles()) == []


def test_a_put_with_the_same_id_replaces_and_the_last_of_a_batch_stays(engine: Engine) -> None:
    fill(engine, article("a", "借呗"), article("b", "利率"))
    fill(engine, article("a", "催收"), article("a", "征信"))
    assert ids(engine, query_of("征信")) == ["a"]
    assert ids(engine, query_of("催收")) == []
    assert ids(engine, query_of("借呗")) == []
    assert len(engine.snapshot()) == 2


def test_remove_says_whether_it_was_there_and_commit_makes_it_so(engine: Engine) -> None:
    fill(engine, article("a", "借呗"), article("b", "借呗"))
    with engine.writer() as writer:
        assert writer.remove("a") is True
        assert writer.remove("a") is False
        assert writer.remove("nothing") is False
        writer.put(article("c", "借呗"))
        assert writer.remove("c") is True
        writer.commit()
    assert engine.refresh() is True
    assert ids(engine, query_of("借呗")) == ["b"]


def test_what_is_not_committed_is_discarded(engine: Engine) -> None:
    fill(engine, article("a", "借呗"))
    with engine.writer() as writer:
        writer.put(article("b", "借呗"))
        writer.commit()
        writer.put(article("c", "借呗"))
        writer.remove("a")
    engine.refresh()
    assert ids(engine, query_of("借呗")) == ["a", "b"]


def test_a_snapshot_never_changes_and_its_generation_rises_with_the_next(engine: Engine) -> None:
    fill(engine, article("a", "借呗"))
    before = engine.snapshot()
    with engine.writer() as writer:
        writer.remove("a")
        writer.put(article("b", "借呗"))
        writer.commit()
        assert engine.snapshot() is before
    assert engine.refresh() is True
    assert engine.refresh() is False
    after = engine.snapshot()
    request = SearchRequest(query_of("借呗"))
    assert [hit.id for hit in before.search(request).hits] == ["a"]
    assert [one.id for one in before.found(before.search(request).hits)] == ["a"]
    assert [hit.id for hit in after.search(request).hits] == ["b"]
    assert after.generation > before.generation


def test_a_second_writer_is_told_who_holds_the_lock_and_may_write_afterwards(opener: Opener) -> None:
    first, second = opener(DIGEST), opener(DIGEST)
    with first.writer(create=True), pytest.raises(IndexLocked, match=r"locked by process [0-9]+ since"):
        second.writer()
    with second.writer() as writer:
        writer.put(article("a", "借呗"))
        writer.commit()
    assert len(second.snapshot()) == 1


def test_articles_come_back_as_they_were_by_id_and_by_key(engine: Engine) -> None:
    rng = random.Random(1)
    put = sorted((random_article(rng, number) for number in range(12)), key=lambda one: one.stored.id)
    fill(engine, *put)
    snapshot = engine.snapshot()
    assert list(snapshot.iter_articles()) == [one.stored for one in put]
    for one in put:
        assert snapshot.article(one.stored.id) == one.stored
        assert snapshot.article(one.stored.key) == one.stored
    assert snapshot.article("nothing") is None
    hits = snapshot.search(SearchRequest(query_of("借呗 逾期 家人"), limit=12)).hits
    assert len(hits) > 1
    whole = [snapshot.article(hit.id) for hit in hits]
    assert [one.article for one in whole if one] == snapshot.found(hits)
    origins = {key: (origin, analysis) for key, origin, analysis in snapshot.origins()}
    assert origins == {one.stored.id: (one.stored.origin, DIGEST) for one in put}
    assert sorted(snapshot.contents()) == [
        (one.stored.id, one.stored.content_hash, one.stored.article.date, one.stored.article.category) for one in put
    ]


def test_the_kinds_of_a_body_s_lines_are_kept(engine: Engine) -> None:
    structure = (Block("text", 0), Block("heading", 2), Block("numbered", 1), Block("continued", 1), Block("cell", 2))
    with engine.writer(create=True) as writer:
        writer.put(article("a", "借呗", "甲\n乙\n丙\n丁\n戊", structure=structure))
        writer.put(article("b", "花呗", "甲\n乙"))
        writer.commit()
    stored = [engine.snapshot().article(name) for name in "ab"]
    assert [one.article.structure for one in stored if one] == [structure, ()]


def test_an_empty_query_matches_nothing(engine: Engine) -> None:
    fill(engine, article("a", "借呗"))
    assert engine.snapshot().search(SearchRequest(Query("!", "!", ()))).total == 0


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("借", ["body", "title"]),
        ("呗", ["body", "title"]),
        ("3.85%", ["body"]),
        ("85%的", ["body"]),
        ("lpr 降", ["headings"]),
        ("降", ["headings"]),
        ("花了", ["title"]),
        ("”花", ["title"]),
        ("的借", []),
        ("尾首", []),
        ("尾", ["body"]),
        ("mai", ["body"]),
        ("尾\n首", []),
        ("没有这", []),
    ],
)
def test_a_phrase_is_found_wherever_a_find_box_finds_it(engine: Engine, text: str, found: list[str]) -> None:
    fill(
        engine,
        article("title", "借呗”花了"),
        article("headings", "x", headings=("LPR 降",)),
        article("body", "y", "利率３.８５%的\n借呗email尾\n首"),
    )
    assert ids(engine, Query(text, "", (), phrases=(text,)), sort="oldest") == found


def test_a_phrase_is_found_however_its_text_was_cut(engine: Engine) -> None:
    # "征信花了" is cut into pairs 征信 花了, "我征信花了" into 我征 信花 了: the words differ, the string does not.
    fill(engine, article("a", "征信花了"), article("b", "我征信花了"))
    assert ids(engine, query_of("", ["征信花了"]), sort="oldest") == ["a", "b"]


def test_the_literal_matches_whatever_operators_it_holds(engine: Engine) -> None:
    fill(engine, article("a", "借呗 -花呗"), article("b", "借呗"), article("c", "花呗"))
    query = Query("借呗 -花呗", "借呗 -花呗", query_of("借呗").terms, exclusions=("花呗",))
    assert ids(engine, query, sort="oldest") == ["a", "b"]


def test_an_ascii_exclusion_is_a_word_and_another_a_string(engine: Engine) -> None:
    fill(
        engine, article("a", "借呗ai"), article("b", "借呗email"), article("c", "借呗征信花"), article("d", "借呗ai花")
    )
    assert ids(engine, query_of("借呗", exclusions=["ai"]), sort="oldest") == ["b", "c"]
    assert ids(engine, query_of("借呗", exclusions=["信花"]), sort="oldest") == ["a", "b", "d"]


def test_the_share_falls_in_steps_until_something_is_found(engine: Engine) -> None:
    words = ["借呗", "征信", "花呗", "催收", "罚息", "利率"]
    fill(engine, *(article(str(number), word) for number, word in enumerate(words)), article("z", "还款"))
    result = engine.snapshot().search(SearchRequest(query_of(" ".join([*words, "没有"]))))
    assert (result.total, result.missing) == (6, ("没有",))
    # Each article holds one word of six, a sixth of the weight: less than the first share asks for.
    assert result.relaxed == 1
    nothing = engine.snapshot().search(SearchRequest(query_of("没有")))
    assert (nothing.total, nothing.relaxed) == (0, 0)


def test_undated_articles_come_last_in_both_orders_and_match_no_date(engine: Engine) -> None:
    fill(
        engine,
        article("a", "借呗", date="2024-05-05"),
        article("b", "借呗"),
        article("c", "借呗", date="2024-05-05T08:00:00"),
        article("d", "借呗", date="2023-01-31"),
        article("e", "借呗", date="2024-05-05"),
    )
    assert ids(engine, query_of("借呗"), sort="newest") == ["c", "a", "e", "d", "b"]
    assert ids(engine, query_of("借呗"), sort="oldest") == ["d", "a", "e", "c", "b"]
    dated = Filters(day_from=20230131, day_to=20240504)
    assert ids(engine, query_of("借呗"), filters=dated) == ["d"]
    assert ids(engine, query_of("借呗"), filters=Filters(day_to=99991231), sort="oldest") == ["d", "a", "e", "c"]


def test_ties_are_broken_by_id_across_pages(engine: Engine) -> None:
    names = [f"n{number:02d}" for number in range(30)]
    fill(engine, *(article(name, "借呗") for name in reversed(names)))
    pages = [ids(engine, query_of("借呗"), limit=7, offset=offset) for offset in range(0, 35, 7)]
    assert [name for page in pages for name in page] == names


def test_stats_count_articles_categories_and_sources(engine: Engine) -> None:
    one = analysed(article("a", "借呗", category="网贷").stored.article, source="s")
    fill(engine, one, article("b", "借呗", category="网贷"), article("c", "x", category="征信"))
    stats = engine.stats()
    assert (stats.articles, stats.analysis) == (3, DIGEST)
    assert stats.categories == (("网贷", 2), ("征信", 1))
    assert [(record.source, record.articles) for record in stats.sources] == [("", 2), ("s", 1)]
    assert engine.verify() == []


def test_another_analysis_is_refused_until_rebuilt(opener: Opener) -> None:
    fill(opener("old"), article("a", "借呗"), article("b", "花呗"))
    engine = opener(DIGEST)
    with pytest.raises(IndexIncompatible, match="searchsvc reindex"):
        engine.snapshot()
    before = engine.snapshot(any_analysis=True)
    assert [stored.id for stored in before.iter_articles()] == ["a", "b"]
    assert engine.rebuild(analyse) == 2
    assert engine.refresh() is True
    assert ids(engine, query_of("花呗")) == ["b"]
    assert engine.snapshot().generation > before.generation
    assert engine.snapshot().analysis == DIGEST


def test_an_index_of_another_analysis_is_opened_once_a_writer_seals_it(opener: Opener) -> None:
    fill(opener("old"), article("a", "借呗"))
    engine = opener(DIGEST)
    with engine.writer() as writer:
        writer.put(article("a", "花呗"))
        writer.commit()
        with pytest.raises(IndexIncompatible):
            engine.snapshot()
        writer.seal()
    engine.refresh()
    assert ids(engine, query_of("花呗")) == ["a"]


@pytest.mark.parametrize("seed", range(3))
def test_answers_are_those_of_the_formulas_over_segments_deletions_and_merges(seed: int, opener: Opener) -> None:
    check_formulas(opener(DIGEST), seed, requests=60)
