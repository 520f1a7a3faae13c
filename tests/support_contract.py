"""What the contract suites share: filling an engine, asking it."""

from __future__ import annotations

from collections.abc import Callable

from searchsvc.models import AnalysedArticle, EngineResult, Query, SearchRequest
from searchsvc.protocols import Engine

#: Opens an engine over the one index of a test, with a segmenter's digest.
Opener = Callable[[str], Engine]


def fill(engine: Engine, *articles: AnalysedArticle) -> None:
    """Puts articles and commits them."""
    with engine.writer(create=True) as writer:
        for one in articles:
            writer.put(one)
        writer.commit()
    engine.refresh()


def answer(engine: Engine, query: Query, **options: object) -> EngineResult:
    """The answer to a query, of a hundred hits unless told otherwise."""
    request = SearchRequest(query, limit=100)._replace(**options)  # type: ignore[arg-type]
    return engine.snapshot().search(request)


def ids(engine: Engine, query: Query, **options: object) -> list[str]:
    """The ids of the hits, in order."""
    return [hit.id for hit in answer(engine, query, **options).hits]
