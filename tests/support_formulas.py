"""An engine's answers beside those of the slow one that is written straight from relevance.py."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from searchsvc.models import SearchRequest
from searchsvc.protocols import Engine
from support_articles import DIGEST, Laid, random_article, random_overlay, random_request
from support_reference_engine import Disk, ReferenceEngine


def check_formulas(engine: Engine, seed: int, requests: int) -> None:
    """Half of the requests over several segments with deletions, half when they are merged into one.

    First without an overlay, then with a new one for every five requests.
    """
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
    known = list(articles.values())
    overlay = Laid(None)

    def ask() -> None:
        nonlocal overlay
        for number in range(requests // 2):
            if number % 5 == 4:
                overlay = random_overlay(rng, rng.randrange(1 << 30), sorted(articles))
                engine.cover(overlay)
                reference.cover(overlay)
            _compare(engine, reference, random_request(rng, known), overlay)

    ask()
    with engine.writer() as writer:
        writer.seal()
    ask()


def _compare(engine: Engine, reference: Engine, request: SearchRequest, overlay: Laid) -> None:
    """The same totals, facets and hits; scores within 1e-4."""
    engine.refresh()
    ours, expected = engine.snapshot().search(request), reference.snapshot().search(request)
    note = f"{request!r} under {overlay!r}"
    assert ours._replace(hits=()) == expected._replace(hits=()), note
    assert [hit.score for hit in ours.hits] == pytest.approx([hit.score for hit in expected.hits], abs=1e-4), note
    assert engine.snapshot().categories() == reference.snapshot().categories()
    if request.sort != "relevance":
        assert [(hit.id, hit.similar) for hit in ours.hits] == [(hit.id, hit.similar) for hit in expected.hits], note
        return
    # Rounding may swap neighbours whose scores differ by less than it; each must have its own score, and what is its
    # own under it.
    everything = reference.snapshot().search(request._replace(offset=0, limit=1_000, collapse=False))
    scores = {hit.id: hit.score for hit in everything.hits}
    assert {hit.id: hit.score for hit in ours.hits} == pytest.approx(
        {hit.id: scores[hit.id] for hit in ours.hits}, abs=1e-4
    ), note
    groups = overlay.groups if request.collapse else {}
    matching = Counter(groups.get(hit.id, hit.id) for hit in everything.hits)
    assert {hit.id: hit.similar for hit in ours.hits} == {
        hit.id: matching[groups.get(hit.id, hit.id)] - 1 for hit in ours.hits
    }, note
