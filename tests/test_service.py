"""The service over the real corpus: what matches, what is counted, what is highlighted."""

import random
from pathlib import Path

import pytest

from searchsvc import SearchService, Settings, open_service
from searchsvc.errors import (
    ArticleNotFound,
    ConfigError,
    IndexIncompatible,
    IndexMissing,
    InvalidParameter,
    QueryTooLong,
)
from searchsvc.text.fold import fold


def contains(service: SearchService, text: str) -> set[str]:
    """Ids of the articles that hold the folded text in one block: what a browser's find box would find."""
    wanted = fold(text)
    found = set()
    for stored in service.snapshot().iter_articles():
        one = stored.article
        if any(wanted in line for part in (one.title, one.body, *one.headings) for line in fold(part).split("\n")):
            found.add(one.id)
    return found


def ids(service: SearchService, q: str, **options: object) -> set[str]:
    return {hit.id for hit in service.search(q, limit=100, **options).hits}  # type: ignore[arg-type]


def test_a_string_copied_from_an_article_finds_that_article(corpus_service: SearchService) -> None:
    rng = random.Random(7)
    articles = list(corpus_service.snapshot().iter_articles())
    for _ in range(400):
        article = rng.choice(articles).article
        line = rng.choice([line for line in article.body.split("\n") if len(line) > 14])
        start = rng.randrange(len(line) - 13)
        piece = line[start : start + rng.randint(2, 12)].strip()
        if len(piece) < 2 or not any(c.isalnum() for c in piece):
            continue
        result = corpus_service.search(piece, limit=100, collapse=False)
        found = {hit.id for hit in result.hits}
        assert article.id in found or result.total > 100, (piece, article.id)


def test_a_phrase_finds_exactly_what_the_find_box_finds(corpus_service: SearchService) -> None:
    for phrase in ("紧急联系人", "联系家人", "95188", "年化利率", "lpr", "24%", "借"):
        wanted = contains(corpus_service, phrase)
        result = corpus_service.search(f'"{phrase}"', limit=100)
        assert result.total == len(wanted), phrase
        assert {hit.id for hit in result.hits} <= wanted


def test_an_exclusion_leaves_out_what_contains_it(corpus_service: SearchService) -> None:
    everything, without = ids(corpus_service, "借呗 逾期"), ids(corpus_service, "借呗 逾期 -花呗")
    assert without
    assert without < everything
    assert not without & contains(corpus_service, "花呗")


def test_total_facets_and_every_order_count_the_same_articles(corpus_service: SearchService) -> None:
    relevance = corpus_service.search("逾期", limit=100)
    assert relevance.total == sum(count for _, count in relevance.facets["year"])
    assert relevance.total >= sum(count for _, count in relevance.facets["category"])
    for sort in ("newest", "oldest"):
        other = corpus_service.search("逾期", limit=100, sort=sort)
        assert (other.total, other.facets) == (relevance.total, relevance.facets)
        dates = [hit.date or "" for hit in other.hits]
        assert dates == sorted(dates, reverse=sort == "newest")


def test_pages_of_results_neither_repeat_nor_lose_a_hit(corpus_service: SearchService) -> None:
    whole = [hit.id for hit in corpus_service.search("贷款", limit=60).hits]
    paged = [hit.id for start in range(0, 60, 7) for hit in corpus_service.search("贷款", limit=7, offset=start).hits]
    assert paged[:60] == whole
    assert len(set(whole)) == len(whole)


def test_filters_keep_to_the_category_and_the_days(corpus_service: SearchService) -> None:
    result = corpus_service.search(
        "逾期", limit=100, category=["信用卡", "网贷平台"], date_from="2025", date_to="2025-06"
    )
    assert result.hits
    for hit in result.hits:
        assert hit.category in {"信用卡", "网贷平台"}
        assert hit.date is not None
        assert "2025-01-01" <= hit.date[:10] <= "2025-06-30"


def test_every_highlight_is_an_occurrence_of_a_matched_string(corpus_service: SearchService) -> None:
    for q in (
        "借呗 逾期 家人",
        "花呗逾期一天会上征信吗",
        '"提前还款" 违约金',
        "LPR 房贷",
        "信用卡最低还款额怎么算",
        "微立贷",
    ):
        for hit in corpus_service.search(q, limit=50).hits:
            assert hit.snippets[0].field == "title"
            for snippet in hit.snippets:
                previous = 0
                for start, end in snippet.ranges:
                    assert previous <= start < end <= len(snippet.text)
                    assert snippet.text[start:end] in hit.matched
                    previous = end


@pytest.mark.parametrize("q", ["", "   ", "。！？", '"', "- - -", "\x00\x01", "-", '""', "\ud800", "　"])
def test_a_query_without_a_word_is_a_clear_answer(corpus_service: SearchService, q: str) -> None:
    result = corpus_service.search(q)
    assert (result.total, result.hits) == (0, ())
    assert [note.code for note in result.notes] == ["empty_query"]


def test_words_no_article_has_are_named(corpus_service: SearchService) -> None:
    result = corpus_service.search("借呗 饕餮")
    assert result.total > 0
    assert any(
        (note.code == "words_not_found" and "饕餮" in note.message) or "饕" in note.message for note in result.notes
    )


def test_bad_parameters_are_named(corpus_service: SearchService) -> None:
    for name, options in {
        "limit": {"limit": 0},
        "offset": {"offset": -1},
        "sort": {"sort": "best"},
        "from": {"date_from": "2025-13"},
        "to": {"date_to": "soon"},
    }.items():
        with pytest.raises(InvalidParameter) as caught:
            corpus_service.search("借呗", **options)  # type: ignore[arg-type]
        assert caught.value.parameter == name
    with pytest.raises(InvalidParameter, match="after"):
        corpus_service.search("借呗", date_from="2026", date_to="2025")
    with pytest.raises(QueryTooLong):
        corpus_service.search("借" * 513)


def test_an_article_is_found_by_id_and_by_key(corpus_service: SearchService) -> None:
    hit = corpus_service.search("借呗逾期").hits[0]
    view = corpus_service.article(hit.id)
    assert view == corpus_service.article(hit.key)
    assert view.url == f"/articles/{hit.key}"
    with pytest.raises(ArticleNotFound):
        corpus_service.article("no/such.html")


def test_without_an_index_the_error_says_what_to_do(tmp_path: Path) -> None:
    with open_service(index=tmp_path / "none", state=tmp_path / "state") as service:
        assert not service.ready()
        with pytest.raises(IndexMissing, match="searchsvc ingest"):
            service.search("借呗")


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(ConfigError, match="indx"):
        open_service(Settings(), indx="x")


def page(folder: Path, name: str, title: str, text: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    body = "".join(f"<p>{text}，第{i}段说明具体的办理办法和注意事项，供读者参考。</p>" for i in range(4))
    file.write_text(f"<html><head><title>{title}</title></head><body><h1>{title}</h1>{body}</body></html>", "utf-8")
    return file


def test_another_dictionary_makes_the_index_incompatible_until_it_is_reindexed(tmp_path: Path) -> None:
    page(tmp_path / "pages", "a.html", "安心宝逾期会怎样", "安心宝是一种借款产品")
    page(tmp_path / "pages", "b.html", "另一篇文章讲信用卡", "信用卡还款")
    words = tmp_path / "words.txt"
    words.write_text("安心宝\n", "utf-8")
    plain = Settings(index=tmp_path / "index", state=tmp_path / "state")
    with open_service(plain) as service:
        assert service.ingest([tmp_path / "pages"]).added == 2
    with open_service(plain, dictionaries=[words]) as service:
        with pytest.raises(IndexIncompatible, match="searchsvc reindex"):
            service.search("安心宝")
        assert service.reindex() == 2
        service.refresh()
        assert service.search("安心宝").hits[0].id == "a.html"
    with open_service(plain) as service, pytest.raises(IndexIncompatible):
        service.search("安心宝")


def test_ingest_with_another_dictionary_reads_everything_again(tmp_path: Path) -> None:
    page(tmp_path / "pages", "a.html", "安心宝逾期会怎样", "安心宝是一种借款产品")
    page(tmp_path / "other", "b.html", "信用卡怎么还款", "信用卡还款")
    words = tmp_path / "words.txt"
    words.write_text("安心宝\n", "utf-8")
    plain = Settings(index=tmp_path / "index", state=tmp_path / "state")
    with open_service(plain) as service:
        service.ingest([tmp_path / "pages"])
        service.ingest([tmp_path / "other"], source="other")
        assert service.ingest([tmp_path / "pages"]).unchanged == 1
    with open_service(plain, dictionaries=[words]) as service:
        assert service.ingest([tmp_path / "pages"]).updated == 1
        assert {hit.id for hit in service.search("安心宝").hits} == {"a.html"}
        assert {hit.id for hit in service.search("信用卡").hits} == {"other/b.html"}


def test_a_search_sees_a_commit_made_by_another_service(tmp_path: Path) -> None:
    page(tmp_path / "pages", "a.html", "借呗逾期会怎样", "借呗逾期以后")
    settings = Settings(index=tmp_path / "index", state=tmp_path / "state")
    with open_service(settings) as writer, open_service(settings) as reader:
        writer.ingest([tmp_path / "pages"])
        assert reader.search("借呗").total == 1
        page(tmp_path / "pages", "b.html", "花呗逾期会怎样", "花呗逾期以后")
        writer.ingest([tmp_path / "pages"])
        assert reader.search("花呗").total == 0, "a loaded state does not change by itself"
        assert reader.refresh()
        assert reader.search("花呗").total == 1
        writer.remove("a.html")
        assert reader.refresh()
        assert not reader.refresh()
        assert reader.search("借呗").total == 0


def test_an_index_is_searched_with_what_wrote_it_until_it_is_reindexed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page(tmp_path / "pages", "a.html", "借呗逾期会怎样", "借呗逾期以后")
    settings = Settings(index=tmp_path / "index", state=tmp_path / "state")
    with monkeypatch.context() as without_rjieba:
        without_rjieba.setattr("searchsvc.text.segment.installed", lambda method: method == "jieba")
        with open_service(settings) as service:
            service.ingest([tmp_path / "pages"])
    with open_service(settings) as running, open_service(settings) as other:
        assert running.stats().analysis.startswith("jieba-")
        assert running.search("借呗").total == 1
        assert other.reindex() == 1
        assert other.stats().analysis.startswith("rjieba-")
        assert other.search("借呗").total == 1
        assert running.refresh()
        assert running.segmenter.digest == other.segmenter.digest
        assert running.search("借呗").total == 1
    monkeypatch.setattr("searchsvc.text.segment.installed", lambda method: method == "jieba")
    with open_service(settings) as service, pytest.raises(IndexIncompatible, match="written with") as refused:
        service.search("借呗")
    assert "install it" in (refused.value.hint or "")


def test_an_overlay_outlives_a_change_of_segmenter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.html", "b.html"):
        page(tmp_path / "pages", name, "借呗逾期会怎样", "借呗逾期以后")
    settings = Settings(index=tmp_path / "index", state=tmp_path / "state")
    with monkeypatch.context() as without_rjieba:
        without_rjieba.setattr("searchsvc.text.segment.installed", lambda method: method == "jieba")
        with open_service(settings) as service:
            service.ingest([tmp_path / "pages"])
    with open_service(settings) as running, open_service(settings) as other:
        running.editors.hide("a.html", by="li")
        for service in (running, other):
            assert [hit.id for hit in service.search("借呗").hits] == ["b.html"]
        other.reindex()
        assert running.refresh()
        for service in (running, other):
            assert service.stats().analysis.startswith("rjieba-")
            assert [hit.id for hit in service.search("借呗").hits] == ["b.html"]
