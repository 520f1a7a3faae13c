"""An engine's answers beside those of the slow one that is written straight from relevance.py."""

from __future__ import annotations

import random

import pytest

from searchsvc.models import SearchRequest
from searchsvc.protocols import Engine
from support_articles import DIGEST, random_article, random_request
from support_reference_engine import Disk, ReferenceEngine


def check_formulas(engine: Engine, seed: int, requests: int) -> None:
    """Half of the requests over several segments with deletions, half when they are merged into one."""
    rng = random.Random(seed)
    reference = ReferenceEngine(Disk(), DIGEST)
    articles = {one.stored.id: one for one in (random_article(rng, number) for number in range(40))}
    batches = [rng.sample(sorted(articles), 20) for _ in range(5)]
    for batch in batches:
        gone = rng.sample(sorted(articles), 4)
        for target in (engine, reference):
            with target.writer(create=True) as writer:
                for name in batch:
                    writer.put(articles[name])
                for name in gone:
                    writer.remove(name)
                writer.commit()
    for _ in range(requests // 2):
        _compare(engine, reference, random_request(rng, list(articles.values())))
    with engine.writer() as writer:
        writer.seal()
    for _ in range(requests // 2):
        _compare(engine, reference, random_request(rng, list(articles.values())))


def _compare(engine: Engine, reference: Engine, request: SearchRequest) -> None:
    """The same totals, facets and hits; scores within 1e-4."""
    engine.refresh()
    ours, expected = engine.snapshot().search(request), reference.snapshot().search(request)
    note = repr(request)
    assert ours._replace(hits=()) == expected._replace(hits=()), note
    assert [hit.score for hit in ours.hits] == pytest.approx([hit.score for hit in expected.hits], abs=1e-4), note
    if request.sort != "relevance":
        assert [hit.id for hit in ours.hits] == [hit.id for hit in expected.hits], note
        return
    # Rounding may swap neighbours whose scores differ by less than it; each must have its own score.
    everything = request._replace(offset=0, limit=1_000)
    scores = {hit.id: hit.score for hit in reference.snapshot().search(everything).hits}
    assert {hit.id: hit.score for hit in ours.hits} == pytest.approx(
        {hit.id: scores[hit.id] for hit in ours.hits}, abs=1e-4
    ), note
