"""Near copies of the labelled sample corpus: every one found, nothing else."""

import numpy as np

from searchsvc import SearchService
from searchsvc.duplicates.overlap import measured, overlap
from support_topics import labelled_articles

CORPUS = [one for one in labelled_articles() if one.group == "corpus"]
LABELLED = {tuple(sorted((one.path, other))) for one in CORPUS for other in one.near}


def test_near_copies_of_the_labels_are_found_and_no_others(corpus_service: SearchService) -> None:
    clusters = corpus_service.editors.duplicates(limit=None, state="all").clusters
    found = {(pair.a, pair.b) for one in clusters for pair in one.pairs if pair.kind != "same-topic"}
    assert len(LABELLED) == 30
    assert found == LABELLED


def test_evidence_of_a_near_copy_names_what_both_are_about(corpus_service: SearchService) -> None:
    clusters = corpus_service.editors.duplicates(limit=None, state="all").clusters
    near = [pair for one in clusters for pair in one.pairs if pair.kind == "near-copy"]
    assert near
    assert all(pair.evidence.ties for pair in near)
    assert all(pair.evidence.shared_passages for pair in near)


def test_the_threshold_lies_far_from_both_sides() -> None:
    nothing = np.empty(0, np.uint64)
    texts = {one.path: measured(one.body, nothing) for one in CORPUS}
    near = [overlap(texts[a], texts[b]).share for a, b in LABELLED]
    paths = sorted(texts)
    others = [
        overlap(texts[a], texts[b]).share
        for i, a in enumerate(paths)
        for b in paths[i + 1 :: 7]
        if (a, b) not in LABELLED
    ]
    assert min(near) > 0.75
    assert max(others) < 0.1
