"""Whatever moment the power is cut, the index that is found is that of one commit, whole."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from searchsvc.engines import open_engine
from searchsvc.engines.whoosh import writer as writer_module
from searchsvc.errors import IndexMissing
from support_articles import DIGEST, random_article
from support_durability import Disk


def check_power_cuts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, commits: int, seed: int) -> int:
    """Cuts the power before every fsync of some commits and merges; how many cuts there were."""
    monkeypatch.setattr(writer_module, "MERGE_FACTOR", 3)
    rng = random.Random(seed)
    states: list[dict[str, str]] = [{}]
    allowed: list[dict[str, str]] = [{}]

    def check(found: Path, names: str) -> None:
        engine = open_engine(found, DIGEST)
        try:
            assert engine.verify() == [], names
            held = {one.id: one.article.title for one in engine.snapshot().iter_articles()}
        except IndexMissing:
            held = {}
        assert held in allowed, names
        engine.close()

    folder = tmp_path / "index"
    disk = Disk(folder, tmp_path / "found", check)
    with disk.watched(monkeypatch), open_engine(folder, DIGEST).writer(create=True) as writer:
        for _ in range(commits):
            new = dict(states[-1])
            for one in (random_article(rng, rng.randrange(30)) for _ in range(rng.randint(1, 5))):
                writer.put(one)
                new[one.stored.id] = one.stored.article.title
            for gone in rng.sample(sorted(new), min(2, len(new))):
                assert writer.remove(gone)
                del new[gone]
            allowed = [states[-1], new]
            writer.commit()
            states.append(new)
            allowed = [new]
            disk.cut()
    return disk.cuts


def test_every_cut_in_twelve_commits_leaves_one_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert check_power_cuts(tmp_path, monkeypatch, commits=12, seed=4) > 60
