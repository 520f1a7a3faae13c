"""Small articles from a seed, and a segmenter simple enough to check by eye."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple

from searchsvc.models import (
    FIELDS,
    AnalysedArticle,
    Article,
    FieldTokens,
    Filters,
    Origin,
    Query,
    SearchRequest,
    StoredArticle,
    Term,
)
from searchsvc.text.fold import fold

DIGEST = "pairs-1"
_RUN = re.compile(r"[a-z0-9]+|[^\W\da-z_]+")


def words_of(folded: str) -> list[tuple[str, tuple[str, ...]]]:
    """Coarse words and their parts: runs of Latin letters and digits; of other letters, pairs and their halves."""
    words: list[tuple[str, tuple[str, ...]]] = []
    for run in _RUN.findall(folded):
        if run.isascii():
            words.append((run, ()))
        else:
            pairs = [run[i : i + 2] for i in range(0, len(run), 2)]
            words += [(pair, tuple(pair) if len(pair) > 1 else ()) for pair in pairs]
    return words


def tokens_of(text: str) -> FieldTokens:
    words: list[str] = []
    length = 0
    for word, parts in words_of(fold(text)):
        words += [word, *parts]
        length += 1
    return FieldTokens("\n".join(words), length)


def analysed(article: Article, *, source: str = "", analysis: str = DIGEST) -> AnalysedArticle:
    origin = Origin(source, f"/pages/{source}", article.id, len(article.body), 1, "0" * 64, "1")
    stored = StoredArticle(article, origin, str(hash(article.title)), analysis)
    tokens = {name: tokens_of(article.text_of(name)) for name in FIELDS}
    return AnalysedArticle(stored, tokens, fold("\n".join(map(article.text_of, FIELDS))))


def analyse(stored: StoredArticle) -> AnalysedArticle:
    again = analysed(stored.article)
    return replace(again, stored=replace(stored, analysis=DIGEST))


def article(name: str, title: str, body: str = "", **values: object) -> AnalysedArticle:
    plain = Article(name, title, None, None, (), body)
    return analysed(replace(plain, **values))  # type: ignore[arg-type]


ALPHABET = "借呗花逾期家人征信催收"
LATIN = ("LPR", "ai", "email", "3.85%", "12", "APP-2", " ", "，", "“", "\ud800")


def random_text(rng: random.Random, blocks: int, longest: int) -> str:
    def block() -> str:
        return "".join(
            rng.choice(LATIN) if rng.random() < 0.12 else rng.choice(ALPHABET) for _ in range(rng.randint(0, longest))
        )

    return "\n".join(block() for _ in range(blocks))


def random_article(rng: random.Random, number: int) -> AnalysedArticle:
    day = f"20{rng.randint(19, 26)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
    date = rng.choice([None, day, f"{day}T0{rng.randint(0, 9)}:30:00", "2024-05-05"])
    headings = tuple(random_text(rng, 1, 6) for _ in range(rng.randint(0, 3)))
    plain = Article(
        f"a/{number}.html",
        random_text(rng, 1, 12),
        date,
        rng.choice([None, "网贷", "征信", "Ａ类"]),
        headings,
        random_text(rng, rng.randint(1, 4), 40),
        rng.choice([None, "https://example.com/x"]),
    )
    return analysed(plain, source=rng.choice(["", "b"]))


def cut(rng: random.Random, articles: Sequence[AnalysedArticle], longest: int = 6) -> str:
    """A string out of one block of an article, or now and then one of nowhere."""
    if rng.random() < 0.1:
        return "".join(rng.choice(ALPHABET + "zq9") for _ in range(rng.randint(1, 4)))
    text = fold(rng.choice(articles).stored.article.text_of(rng.choice(FIELDS)))
    line = rng.choice(text.split("\n"))
    start = rng.randrange(len(line) + 1)
    return line[start : start + rng.randint(1, longest)].strip() or "借"


def query_of(text: str, phrases: Sequence[str] = (), exclusions: Sequence[str] = ()) -> Query:
    """A query as the parser would make it, with this suite's segmenter."""
    positive = [text, *phrases]
    words = {word: parts for piece in positive for word, parts in words_of(piece)}
    terms = tuple(Term(word, 0.3 if word == "家人" else 1.0, parts) for word, parts in words.items())
    raw = " ".join([text, *(f'"{p}"' for p in phrases), *(f"-{e}" for e in exclusions)])
    runs = tuple(run for piece in positive for run in re.findall(r"\w+", piece))
    return Query(raw, raw.strip(), terms, tuple(phrases), tuple(exclusions), runs)


def random_request(rng: random.Random, articles: Sequence[AnalysedArticle]) -> SearchRequest:
    text = " ".join(cut(rng, articles) for _ in range(rng.randint(0, 3)))
    phrases = [cut(rng, articles, 5) for _ in range(rng.choice([0, 0, 0, 1, 2]))]
    exclusions = [cut(rng, articles, 3) for _ in range(rng.choice([0, 0, 1]))]
    if rng.random() < 0.1:
        exclusions.append(rng.choice(["ai", "12"]))
    filters = Filters()
    if rng.random() < 0.4:
        low, high = sorted(rng.randint(2019, 2026) for _ in range(2))
        filters = Filters(
            rng.choice([(), ("网贷",), ("网贷", "征信"), ("没有",)]),
            rng.choice([None, low * 10_000 + 101]),
            rng.choice([None, high * 10_000 + 1231]),
        )
    sort = rng.choice(["relevance", "relevance", "newest", "oldest"])
    return SearchRequest(
        query_of(text, phrases, exclusions),
        filters,
        sort,  # type: ignore[arg-type]
        limit=rng.choice([1, 5, 10, 200]),
        offset=rng.choice([0, 0, 3]),
        collapse=rng.random() < 0.8,
        facets=rng.random() < 0.8,
    )


class Laid(NamedTuple):
    """An overlay as a value; see protocols.Overlay."""

    version: object
    hidden: frozenset[str] = frozenset()
    groups: Mapping[str, int] = MappingProxyType({})


def random_overlay(rng: random.Random, version: int, ids: Sequence[str]) -> Laid:
    """Some of the ids hidden and some in groups, some of both, and some that are in no index; or nothing at all."""
    if rng.random() < 0.1:
        return Laid(version)
    some = [*ids, "nowhere", "nowhere too"]
    hidden = rng.sample(some, rng.choice([0, 0, 3, len(some) // 3]))
    grouped = rng.sample(some, rng.choice([0, 4, len(some) // 2, len(some)]))
    kinds = rng.choice([1, 3, max(1, len(grouped) // 2)])
    return Laid(version, frozenset(hidden), {name: rng.randrange(kinds) * 7 - 3 for name in grouped})
