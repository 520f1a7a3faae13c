"""Results as values that JSON writes as they are: one shape for the command line, the API and scripts."""

from __future__ import annotations

from typing import Any

from .metrics import Scores
from .models import ArticleView, Hit, IndexStats, IngestReport, Query, SearchResult


def result_record(result: SearchResult) -> dict[str, Any]:
    """The answer of `GET /api/v1/search`."""
    return {
        "query": result.query,
        "total": result.total,
        "groups": result.groups,
        "took_ms": result.took_ms,
        "suggestion": result.suggestion,
        "notes": [{"code": note.code, "message": note.message} for note in result.notes],
        "hits": [_hit(hit) for hit in result.hits],
        "facets": {name: [list(one) for one in counts] for name, counts in result.facets.items()},
    }


def _hit(hit: Hit) -> dict[str, Any]:
    return {
        "id": hit.id,
        "key": hit.key,
        "url": hit.url,
        "title": hit.title,
        "date": hit.date,
        "category": hit.category,
        "score": hit.score,
        "similar": hit.similar,
        "matched": hit.matched,
        "snippets": [{"field": one.field, "text": one.text, "ranges": one.ranges} for one in hit.snippets],
    }


def query_record(query: Query) -> dict[str, Any]:
    """How a query was understood; `searchsvc search --explain` adds it as `explain`."""
    return {
        "literal": query.literal,
        "terms": [{"text": one.text, "weight": one.weight, "parts": list(one.parts)} for one in query.terms],
        "phrases": list(query.phrases),
        "exclusions": list(query.exclusions),
    }


def article_record(article: ArticleView) -> dict[str, Any]:
    """The answer of `GET /api/v1/articles/{id}`."""
    return {
        "id": article.id,
        "key": article.key,
        "url": article.url,
        "title": article.title,
        "date": article.date,
        "category": article.category,
        "headings": list(article.headings),
        "body": article.body,
        "structure": [list(block) for block in article.structure],
    }


def report_record(report: IngestReport) -> dict[str, Any]:
    """What `searchsvc ingest --json` prints; `interrupted` and `remaining` only when the run was stopped."""
    record: dict[str, Any] = {
        "added": report.added,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "removed": report.removed,
        "skipped": dict(report.skipped),
        "rejected": [{"path": one.path, "code": one.code, "message": one.message} for one in report.rejected],
        "seconds": round(report.seconds, 3),
        "pages_per_second": round(report.pages_per_second, 1),
    }
    if report.interrupted:
        record |= {"interrupted": True, "remaining": report.remaining}
    return record


def scores_record(scores: Scores) -> dict[str, Any]:
    """The figures of `searchsvc evaluate --json`."""
    return {
        "ndcg@10": round(scores.ndcg, 4),
        "mrr@10": round(scores.mrr, 4),
        "recall@10": round(scores.recall, 4),
        "queries": scores.queries,
        "without_hit": list(scores.without_hit),
    }


def stats_record(stats: IndexStats) -> dict[str, Any]:
    """What `searchsvc stats --json` prints."""
    return {
        "articles": stats.articles,
        "generation": stats.generation,
        "segments": stats.segments,
        "deleted": stats.deleted,
        "bytes_on_disk": stats.bytes_on_disk,
        "analysis": stats.analysis,
        "categories": [list(one) for one in stats.categories],
        "sources": [{"source": one.source, "root": one.root, "articles": one.articles} for one in stats.sources],
    }
