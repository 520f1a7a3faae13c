"""What lies over an index without being in it: hidden articles, and groups of near copies that are one hit."""

from __future__ import annotations

import pytest

from searchsvc.models import Filters, Query, SearchRequest
from searchsvc.protocols import Engine
from support_articles import DIGEST, Laid, article, query_of
from support_contract import Opener, answer, fill, ids

LOAN = query_of("借呗")


def shown(engine: Engine, query: Query = LOAN, **options: object) -> list[tuple[str, int]]:
    """(id, near copies under it) of the hits, in order."""
    return [(hit.id, hit.similar) for hit in answer(engine, query, **options).hits]


def one_by_one(engine: Engine, names: str) -> None:
    """Articles named by a letter, each in a commit of its own; the later, the longer its title, the lower its score."""
    for number, name in enumerate(names):
        fill(engine, article(name, "借呗" + "，花" * number, date=f"2024-01-{number + 1:02d}"))


# Hidden articles


def test_a_hidden_article_is_in_no_hit_total_or_facet(engine: Engine) -> None:
    fill(
        engine,
        article("a", "借呗", category="网贷", date="2024-01-01"),
        article("b", "借呗", category="征信", date="2023-01-01"),
        article("c", "借呗", category="网贷", date="2022-01-01"),
    )
    engine.cover(Laid(1, hidden=frozenset({"b", "nowhere"})))
    for sort in ("relevance", "newest", "oldest"):
        found = answer(engine, LOAN, sort=sort)
        assert {hit.id for hit in found.hits} == {"a", "c"}
        assert (found.total, found.groups) == (2, 2)
        assert found.category_facet == (("网贷", 2),)
        assert found.year_facet == (("2024", 1), ("2022", 1))
    assert answer(engine, LOAN, filters=Filters(("征信",))).total == 0


@pytest.mark.parametrize(
    "query",
    [
        query_of("借呗"),
        query_of("", ["借呗"]),
        Query("借呗 -花呗", "借呗 -花呗", LOAN.terms, exclusions=("花呗",)),
        query_of("借呗", exclusions=["征信"]),
    ],
    ids=["words", "phrase", "literal", "exclusion"],
)
def test_a_hidden_article_is_found_by_nothing_that_finds_it_otherwise(engine: Engine, query: Query) -> None:
    fill(engine, article("a", "借呗 -花呗"), article("b", "借呗 -花呗"))
    assert ids(engine, query) == ["a", "b"]
    engine.cover(Laid(1, hidden=frozenset({"a"})))
    assert ids(engine, query) == ["b"]


def test_hiding_changes_no_score_and_makes_no_word_missing(engine: Engine) -> None:
    fill(engine, article("a", "借呗"), article("b", "借呗征信"), article("c", "催收"))
    query = query_of("借呗 催收")
    before = {hit.id: hit.score for hit in answer(engine, query).hits}
    assert set(before) == {"a", "b", "c"}
    engine.cover(Laid(1, hidden=frozenset({"b", "c"})))
    found = answer(engine, query)
    assert {hit.id: hit.score for hit in found.hits} == pytest.approx({"a": before["a"]})
    assert found.missing == ()


def test_the_share_falls_when_only_a_hidden_article_reaches_it(engine: Engine) -> None:
    words = ["借呗", "征信", "花呗", "催收", "罚息", "利率"]
    fill(engine, article("whole", "，".join(words)), article("part", "借呗"))
    query = query_of(" ".join(words))
    assert (ids(engine, query), answer(engine, query).relaxed) == (["whole"], 0)
    engine.cover(Laid(1, hidden=frozenset({"whole"})))
    found = answer(engine, query)
    assert [hit.id for hit in found.hits] == ["part"]
    assert found.relaxed > 0


def test_hidden_articles_are_stored_and_counted_as_before(engine: Engine) -> None:
    fill(engine, article("a", "借呗", category="网贷"), article("b", "借呗", category="征信"))
    engine.cover(Laid(1, hidden=frozenset({"b"})))
    snapshot = engine.snapshot()
    stored = snapshot.article("b")
    assert stored is not None
    assert snapshot.article(stored.key) == stored
    assert [one.id for one in snapshot.iter_articles()] == ["a", "b"]
    assert [one.id for one in sorted(snapshot.contents())] == ["a", "b"]
    assert len(snapshot) == engine.stats().articles == 2
    assert engine.stats().categories == (("征信", 1), ("网贷", 1))


def test_categories_for_visitors_leave_out_what_is_hidden(engine: Engine) -> None:
    names = {"a": "网贷", "b": "征信", "c": "网贷", "d": None, "e": "催收", "f": "网贷"}
    fill(engine, *(article(name, "借呗", category=category) for name, category in names.items()))
    assert engine.snapshot().categories() == (("网贷", 3), ("催收", 1), ("征信", 1))
    engine.cover(Laid(1, hidden=frozenset("bcd")))
    assert engine.snapshot().categories() == (("网贷", 2), ("催收", 1))
    with engine.writer() as writer:
        writer.remove("e")
        writer.commit()
    engine.refresh()
    assert engine.snapshot().categories() == (("网贷", 2),)


# Folding


def test_a_group_is_its_best_article_and_the_number_of_the_others(engine: Engine) -> None:
    one_by_one(engine, "abcde")
    assert ids(engine, LOAN) == list("abcde")
    engine.cover(Laid(1, groups={"b": 7, "d": 7, "e": 7, "nowhere": 7}))
    found = answer(engine, LOAN)
    assert [(hit.id, hit.similar) for hit in found.hits] == [("a", 0), ("b", 2), ("c", 0)]
    assert (found.total, found.groups) == (5, 3)


def test_total_and_facets_count_articles_whatever_is_folded(engine: Engine) -> None:
    fill(
        engine,
        article("a", "借呗", category="网贷", date="2024-01-01"),
        article("b", "借呗", category="征信", date="2023-01-01"),
    )
    engine.cover(Laid(1, groups={"a": 1, "b": 1}))
    found = answer(engine, LOAN)
    assert (found.total, found.groups) == (2, 1)
    assert found.category_facet == (("征信", 1), ("网贷", 1))
    assert found.year_facet == (("2024", 1), ("2023", 1))


def test_equal_scores_in_a_group_are_decided_by_id(engine: Engine) -> None:
    fill(engine, *(article(name, "借呗") for name in "edcba"))
    engine.cover(Laid(1, groups={"d": 1, "c": 1, "e": 2, "b": 2}))
    assert shown(engine) == [("a", 0), ("b", 1), ("c", 1)]


def test_without_collapse_every_article_is_a_hit_of_its_own(engine: Engine) -> None:
    one_by_one(engine, "abc")
    engine.cover(Laid(1, groups={"a": 1, "b": 1, "c": 1}))
    found = answer(engine, LOAN, collapse=False)
    assert [(hit.id, hit.similar) for hit in found.hits] == [("a", 0), ("b", 0), ("c", 0)]
    assert (found.total, found.groups) == (3, 3)


def test_by_date_a_group_stands_where_its_first_stands(engine: Engine) -> None:
    days = {"a": "2024-03-01", "b": "2022-01-01", "c": "2023-01-01", "d": None, "e": "2024-03-01", "f": "2021-01-01"}
    fill(engine, *(article(name, "借呗", date=day) for name, day in days.items()))
    engine.cover(Laid(1, groups={"a": 1, "e": 1, "f": 1, "b": 2, "d": 2}))
    assert shown(engine, sort="newest") == [("a", 2), ("c", 0), ("b", 1)]
    assert shown(engine, sort="oldest") == [("f", 2), ("b", 1), ("c", 0)]
    engine.cover(Laid(2, groups={"c": 1, "d": 1}))
    assert shown(engine, sort="oldest", filters=Filters(day_from=20220101)) == [("b", 0), ("c", 0), ("a", 0), ("e", 0)]
    scores = {hit.id: hit.score for hit in answer(engine, LOAN).hits}
    assert {hit.id: hit.score for hit in answer(engine, LOAN, sort="newest").hits} == pytest.approx(
        {name: scores[name] for name in ("a", "b", "c", "e", "f")}
    )


@pytest.mark.parametrize("sort", ["relevance", "newest", "oldest"])
@pytest.mark.parametrize("limit", [1, 4, 7])
def test_pages_count_groups_and_neither_repeat_nor_lose_one(engine: Engine, sort: str, limit: int) -> None:
    names = [f"n{number:02d}" for number in range(40)]
    fill(engine, *(article(name, "借呗", date=f"2024-01-{number % 9 + 1:02d}") for number, name in enumerate(names)))
    # The first thirty by id are one group, so that a page is found only far behind it.
    engine.cover(Laid(1, groups=dict.fromkeys(names[:30], 0) | dict.fromkeys(names[34:36], 1)))
    whole = shown(engine, sort=sort)
    assert sorted(similar for _, similar in whole) == [0] * 8 + [1, 29]
    pages = [shown(engine, sort=sort, limit=limit, offset=offset) for offset in range(0, 14, limit)]
    assert [one for page in pages for one in page] == whole
    assert answer(engine, LOAN, sort=sort, limit=limit, offset=1_000)[:3] == (40, 10, ())


def test_only_articles_that_match_are_folded(engine: Engine) -> None:
    fill(
        engine,
        article("a", "借呗", category="网贷", date="2024-01-01"),
        article("b", "借呗", "征信花了", category="网贷", date="2023-01-01"),
        article("c", "借呗", category="催收", date="2022-01-01"),
        article("d", "利率", category="网贷", date="2024-01-01"),
        article("e", "借呗", category="网贷", date="2021-01-01"),
    )
    engine.cover(Laid(1, groups=dict.fromkeys("abcde", 3)))
    assert shown(engine) == [("a", 3)]
    assert shown(engine, query_of("借呗", exclusions=["征信"])) == [("a", 2)]
    assert shown(engine, filters=Filters(("网贷",))) == [("a", 2)]
    assert shown(engine, filters=Filters(("网贷",), day_to=20231231)) == [("b", 1)]
    assert shown(engine, filters=Filters(("催收",))) == [("c", 0)]
    assert shown(engine, query_of("利率")) == [("d", 0)]
    assert shown(engine, query_of("借呗", ["征信花"])) == [("b", 0)]


def test_a_hidden_article_lies_under_no_other(engine: Engine) -> None:
    one_by_one(engine, "abcd")
    engine.cover(Laid(1, frozenset("ac"), dict.fromkeys("abc", 1) | {"d": 1}))
    assert shown(engine) == [("b", 1)]
    engine.cover(Laid(2, frozenset("acd"), dict.fromkeys("abcd", 1)))
    assert shown(engine) == [("b", 0)]


def test_groups_reach_over_segments_replaced_and_removed_articles(engine: Engine) -> None:
    one_by_one(engine, "abcdef")
    engine.cover(Laid(1, frozenset("b"), dict.fromkeys("abcdf", 1)))
    assert shown(engine) == [("a", 3), ("e", 0)]
    fill(engine, article("a", "征信"), article("c", "借呗借呗"))
    with engine.writer() as writer:
        writer.remove("f")
        writer.commit()
    engine.refresh()
    assert shown(engine, sort="oldest") == [("d", 1), ("e", 0)]
    with engine.writer() as writer:
        writer.seal()
    engine.refresh()
    assert shown(engine, sort="oldest") == [("d", 1), ("e", 0)]


# Which overlay applies


def test_an_overlay_laid_before_there_is_an_index_applies_to_it(engine: Engine) -> None:
    engine.cover(Laid(1, frozenset("a"), {"b": 1, "c": 1}))
    fill(engine, *(article(name, "借呗") for name in "abc"))
    assert shown(engine) == [("b", 1)]


def test_a_state_loaded_later_is_searched_with_the_overlay_too(opener: Opener) -> None:
    engine, other = opener(DIGEST), opener(DIGEST)
    fill(engine, article("a", "借呗"))
    engine.cover(Laid(1, frozenset("c"), {"a": 1, "b": 1}))
    assert shown(engine) == [("a", 0)]
    fill(other, article("b", "借呗"), article("c", "借呗"), article("d", "借呗"))
    assert engine.refresh() is True
    assert shown(engine) == [("a", 1), ("d", 0)]
    assert shown(other) == [("a", 0), ("b", 0), ("c", 0), ("d", 0)]


def test_a_snapshot_keeps_its_overlay_and_the_next_one_has_the_new(engine: Engine) -> None:
    one_by_one(engine, "ab")
    engine.cover(Laid(1, hidden=frozenset("a")))
    before = engine.snapshot()
    engine.cover(Laid(2, groups={"a": 1, "b": 1}))
    after = engine.snapshot()
    assert [hit.id for hit in before.search(SearchRequest(LOAN)).hits] == ["b"]
    hits = after.search(SearchRequest(LOAN)).hits
    assert [(hit.id, hit.similar) for hit in hits] == [("a", 1)]
    assert [one.id for one in after.found(hits)] == ["a"]
    assert before.generation == after.generation
    assert engine.refresh() is False
    assert shown(engine) == [("a", 1)]


def test_a_version_that_is_laid_already_is_no_work(engine: Engine) -> None:
    one_by_one(engine, "ab")
    engine.cover(Laid("one", groups={"a": 1, "b": 1}))
    before = engine.snapshot()
    engine.cover(Laid("one", groups={"a": 1, "b": 1}))
    assert engine.snapshot() is before


def test_an_empty_overlay_lifts_what_lay_before(engine: Engine) -> None:
    one_by_one(engine, "abc")
    engine.cover(Laid(1, frozenset("a"), {"b": 1, "c": 1}))
    engine.cover(Laid(2))
    assert shown(engine) == [("a", 0), ("b", 0), ("c", 0)]
