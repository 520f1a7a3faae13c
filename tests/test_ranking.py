"""Ranking quality on the judged queries: floors that only an explicit change may lower."""

import hashlib
import json
from pathlib import Path

import pytest

from searchsvc import SearchService
from searchsvc.evaluation import baseline_scores, rank_with_service, read_judgements
from searchsvc.metrics import evaluate

QUERIES = Path(__file__).parent / "data" / "queries.jsonl"
#: The floors below were set on exactly these judgements.
DIGEST = "536db76f1b5a679fa92d714581645e0d4e65b3eb2f7dc3d8a5c9bf10721658d9"
NDCG_FLOOR = 0.80
MARGIN_OVER_STOCK = 0.04


def test_the_judgements_are_the_ones_the_floors_were_set_on() -> None:
    assert hashlib.sha256(QUERIES.read_bytes()).hexdigest() == DIGEST


def test_ranking_holds_its_floor_and_stays_clearly_above_stock_whoosh(corpus_service: SearchService) -> None:
    judged = read_judgements(QUERIES)
    ours = evaluate(judged, rank_with_service(corpus_service, judged))
    stock = baseline_scores(corpus_service, judged)
    assert ours.ndcg >= NDCG_FLOOR
    assert ours.ndcg >= stock["stock whoosh, or"].ndcg + MARGIN_OVER_STOCK
    assert len(stock["stock whoosh, and"].without_hit) > 100, "the baseline itself is not what it was"


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("借呗 逾期 家人", {"news/a-jiebei-overdue-contact-family.html", "cms/a-jiebei-unpaid-parents-called.html"}),
        ("借呗逾期多久会联系家人", {"news/a-jiebei-overdue-contact-family.html"}),
    ],
)
def test_the_article_on_the_topic_comes_first(corpus_service: SearchService, query: str, best: set[str]) -> None:
    assert corpus_service.search(query).hits[0].id in best


def test_every_title_finds_its_article_first(corpus_service: SearchService) -> None:
    """Recommended blocks repeat other articles' titles; none of them may win."""
    gold = [json.loads(line) for line in (QUERIES.parent / "gold.jsonl").read_text("utf-8").splitlines()]
    missed = [
        row["title"]
        for row in gold
        if row["title"] not in {h.title for h in corpus_service.search(row["title"]).hits[:1]}
    ]
    assert missed == []
