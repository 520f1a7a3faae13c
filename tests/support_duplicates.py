"""Sites of articles as an updater sees them, texts that share nothing by chance, and what a store holds of them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from searchsvc.duplicates.model import load_model
from searchsvc.duplicates.store import DuplicateStore
from searchsvc.duplicates.update import Updater, UpdateReport
from searchsvc.editorial import ClusterArticle
from searchsvc.models import Article, Content, Origin, StoredArticle
from searchsvc.protocols import Snapshot
from searchsvc.text.analyse import content_hash
from searchsvc.text.subjects import load_subjects

#: Characters enough that two texts drawn from them share no shingle.
_CHARS = [chr(code) for code in range(0x4E00, 0x4E00 + 3_000)]


def sentence(rng: random.Random, size: int = 30) -> str:
    """A sentence of so many letters, of no sense."""
    return "".join(rng.choices(_CHARS, k=size)) + "。"


def text(rng: random.Random, sentences: int = 12) -> str:
    """Paragraphs of one sentence each."""
    return "\n".join(sentence(rng) for _ in range(sentences))


def shown(name: str, *, date: str | None = None, chars: int = 100, visits: int | None = None) -> ClusterArticle:
    """An article of lists."""
    return ClusterArticle(name, f"key of {name}", f"/{name}", f"title of {name}", date, None, chars, visits)


@dataclass
class Site:
    """Articles by id, which a test changes, as one snapshot after the other; `read` are the ids that were read."""

    articles: dict[str, Article] = field(default_factory=dict)
    generation: int = 0
    read: list[str] = field(default_factory=list)

    def put(self, name: str, title: str, body: str, **values: Any) -> None:
        """An article, new or in the place of another."""
        self.articles[name] = replace(Article(name, title, None, None, (), body), **values)

    def contents(self) -> Iterator[Content]:
        """As Snapshot.contents."""
        for one in self.articles.values():
            yield Content(one.id, content_hash(one), one.date, one.category)

    def article(self, ref: str) -> StoredArticle | None:
        """As Snapshot.article, ids alone."""
        self.read.append(ref)
        one = self.articles.get(ref)
        return None if one is None else StoredArticle(one, Origin("", "", ref, 0, 0, "", ""), content_hash(one), "")

    def update(self, folder: Path) -> UpdateReport:
        """Brings the store in a folder in line with the articles as they are."""
        self.generation += 1
        self.read.clear()
        subjects = load_subjects()
        return Updater(DuplicateStore(folder), subjects, load_model(subjects)).run(cast(Snapshot, self))


def pairs_in(folder: Path) -> dict[tuple[str, str], tuple[Any, ...]]:
    """(ids) -> (kind, score, evidence) of every pair in a store."""
    store = DuplicateStore(folder)
    found = store.pairs()
    rows = store.rows({number for one in found for number in (one.a, one.b)})
    return {(rows[one.a].id, rows[one.b].id): (one.kind, one.score, one.evidence) for one in found}


def kinds_in(folder: Path) -> dict[tuple[str, str], str]:
    """(ids) -> kind of every pair in a store."""
    return {names: values[0] for names, values in pairs_in(folder).items()}
