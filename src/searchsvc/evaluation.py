"""Measures a service on judged queries, beside stock Whoosh with jieba over the same articles."""

from __future__ import annotations

import json
from pathlib import Path

from .engines.whoosh.baseline import stock_ranking
from .errors import UsageError
from .metrics import DEPTH, Judged, Scores, evaluate
from .service import SearchService
from .text.dictionary import stock_chinese_analyzer


def read_judgements(file: Path) -> list[Judged]:
    """Judged queries of a JSON-lines file: `{"q", "relevant": {id: grade}}`. UsageError names the line at fault."""
    judged = []
    try:
        lines = file.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"Cannot read {file}: {error}.") from None
    for number, line in enumerate(lines, 1):
        if line.strip():
            judged.append(_judged(line, f"{file}:{number}"))
    if not judged:
        raise UsageError(f"{file} holds no judged query.")
    return judged


def _judged(line: str, where: str) -> Judged:
    try:
        record = json.loads(line)
        relevant = {str(one): int(grade) for one, grade in record["relevant"].items()}
        return Judged(str(record["q"]), relevant, str(record.get("kind", "")))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"{where} is no judged query ({error}).", hint='Each line must be {"q": ..., "relevant": {id: grade}}.'
        ) from None


def rank_with_service(service: SearchService, judged: list[Judged]) -> list[list[str]]:
    """The first ten ids for each query; near copies are not folded."""
    return [[hit.id for hit in service.search(one.q, limit=DEPTH, collapse=False).hits] for one in judged]


def baseline_scores(service: SearchService, judged: list[Judged]) -> dict[str, Scores]:
    """Scores of stock Whoosh with jieba's ChineseAnalyzer over the same articles, by the parser's way of joining."""
    articles = [stored.article for stored in service.snapshot().iter_articles()]
    queries = [one.q for one in judged]
    analyzer = stock_chinese_analyzer()
    return {
        f"stock whoosh, {group}": evaluate(judged, stock_ranking(articles, analyzer, queries, limit=DEPTH, group=group))
        for group in ("or", "and")
    }
