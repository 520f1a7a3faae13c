"""Stock Whoosh as most people set it up, to measure against: in memory, its own parser, its own BM25F."""

from __future__ import annotations

# Whoosh marks itself as typed, yet most of what writes has no annotations.
# mypy: disable-error-code="no-untyped-call"
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from whoosh.fields import ID, TEXT, Schema
from whoosh.filedb.filestore import RamStorage
from whoosh.qparser.default import MultifieldParser
from whoosh.qparser.syntax import AndGroup, OrGroup

from ...models import Article


def stock_ranking(
    articles: Iterable[Article],
    analyzer: Any,
    queries: Sequence[str],
    limit: int = 10,
    group: Literal["or", "and"] = "or",
) -> list[list[str]]:
    """Ids of the best `limit` articles for each query, best first; fields title and body, parsed as words joined."""
    text = Schema(id=ID(stored=True), title=TEXT(analyzer=analyzer), body=TEXT(analyzer=analyzer))
    index = RamStorage().create_index(text)
    writer = index.writer()
    for article in articles:
        writer.add_document(id=article.id, title=article.title, body=article.body)
    writer.commit()
    parser = MultifieldParser(["title", "body"], text, group=OrGroup if group == "or" else AndGroup)
    with index.searcher() as searcher:
        return [[hit["id"] for hit in searcher.search(parser.parse(query), limit=limit)] for query in queries]
