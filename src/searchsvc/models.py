"""The values that pass between the parts. All frozen; none knows a file, an index or a framework. What is made by the
dozen in every search is a named tuple, which takes a third of the time of a frozen dataclass.

Offsets are code points into the string they belong to, half-open. Dates are ISO strings in the site's time zone:
`YYYY-MM-DD`, or `YYYY-MM-DDTHH:MM:SS` where the page gives a time. They sort as text within a day's precision.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, NamedTuple

Sort = Literal["relevance", "newest", "oldest"]
FieldName = Literal["title", "headings", "body"]

#: The searchable fields, in the order results show them.
FIELDS: tuple[FieldName, ...] = ("title", "headings", "body")


BlockKind = Literal["text", "heading", "list", "numbered", "table", "row", "cell", "quote", "continued"]


#: Lists and quotations that lie deeper count as this deep; items and columns beyond the last are not numbered.
MAX_LEVEL = 20
MAX_PLACE = 999


class Block(NamedTuple):
    """What one line of a body is.

    `level` is 1 to 6 for a heading, the depth of its list from 1 for an item (`list`, `numbered`), how deep a `quote`
    is from 1, and for a cell 1 where it is a heading's and 2 where it holds data: `table` is the first cell with text
    of a table, `row` that of each further row, `cell` each further one. `continued` is a further line of the item or
    cell before it, of the same level. `text` is all else, level 0. No level is above MAX_LEVEL.

    `place` is the number of a `numbered` item, the column of a cell from 1 and that of a line that continues one, and
    0 for all else and for what lies beyond MAX_PLACE.
    """

    kind: BlockKind
    level: int
    place: int = 0


@lru_cache(maxsize=1_000)
def article_key(article_id: str) -> str:
    """URL-safe name of an article: 12 characters of base64url over a 72-bit BLAKE2b of its id."""
    digest = hashlib.blake2b(article_id.encode("utf-8", "surrogatepass"), digest_size=9).digest()
    return base64.urlsafe_b64encode(digest).decode("ascii")


@dataclass(frozen=True, slots=True)
class Article:
    """What a page says, once everything around it is gone.

    `body` holds one block a line, in reading order, headings included; `structure` says what each line of it is, and
    is empty where that is not known. `url` is what the page itself declares (canonical or og:url), not yet trusted.
    """

    id: str
    title: str
    date: str | None
    category: str | None
    headings: tuple[str, ...]
    body: str
    url: str | None = None
    structure: tuple[Block, ...] = ()

    def text_of(self, name: FieldName) -> str:
        """The text of one searchable field; headings are one a line."""
        if name == "title":
            return self.title
        return self.body if name == "body" else "\n".join(self.headings)


class Origin(NamedTuple):
    """Where an article came from, and what the page looked like then; unchanged pages are known by it.

    `source` is the name given with --source ("" without one), `root` the absolute path of the folder, archive or
    file ingested, `path` the page's path inside it (as the id, without the source's name). `sha256` is of the raw
    bytes; `extractor` the version of the extraction rules that read them.
    """

    source: str
    root: str
    path: str
    size: int
    mtime_ns: int
    sha256: str
    extractor: str


class Content(NamedTuple):
    """What tells one version of an article from another without its text."""

    id: str
    content_hash: str
    date: str | None
    category: str | None


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """An article as the index keeps it. `content_hash` is of the folded title and body: equal texts, equal hash."""

    article: Article
    origin: Origin
    content_hash: str
    analysis: str

    @property
    def id(self) -> str:
        return self.article.id

    @property
    def key(self) -> str:
        return article_key(self.article.id)


@dataclass(frozen=True, slots=True)
class FieldTokens:
    """Index tokens of one field, in order: coarse words, each followed by the dictionary words inside it.

    They are kept as one string, a word a line: thousands of articles wait between processes, and their words as
    objects would take 60 KB each. `length` is the number of coarse words.
    """

    lines: str
    length: int

    @property
    def words(self) -> tuple[str, ...]:
        """The words, in order."""
        return tuple(self.lines.split("\n")) if self.lines else ()


@dataclass(frozen=True, slots=True)
class AnalysedArticle:
    """A stored article with the index tokens of each field: what a writer takes.

    `folded` is the folded text of all fields, joined by line breaks.
    """

    stored: StoredArticle
    fields: Mapping[FieldName, FieldTokens]
    folded: str

    @property
    def id(self) -> str:
        """The article's id."""
        return self.stored.id


class Token(NamedTuple):
    """A coarse word of a text: folded `text`, and where it stands, as offsets into the text segmented.

    `parts` are the dictionary words inside it (an index that lacks the word may still hold its parts).
    """

    text: str
    start: int
    end: int
    parts: tuple[str, ...] = ()


class Term(NamedTuple):
    """A word the reader is looking for. `weight` is 1, less for stop words, never 0."""

    text: str
    weight: float = 1.0
    parts: tuple[str, ...] = ()


class Query(NamedTuple):
    """What a reader typed, understood. All strings but `raw` are folded.

    `literal` is the whole query as typed, trimmed, white space runs made one space: an article that contains it
    always matches, whatever operators it holds. Others must contain every one of `phrases` as it stands, and none
    of `exclusions`. `terms` are the coarse words of everything not excluded (phrases too), in order, without repeats.
    `runs` are the pieces of text (no white space or punctuation inside) that character bigrams are scored from.
    """

    raw: str
    literal: str
    terms: tuple[Term, ...]
    phrases: tuple[str, ...] = ()
    exclusions: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """True when there is nothing to look for: no letters, digits or characters of any script."""
        return not self.terms and not self.phrases


class Filters(NamedTuple):
    """`categories` is a choice of any; days are `YYYYMMDD` numbers, inclusive. Undated articles match no date."""

    categories: tuple[str, ...] = ()
    day_from: int | None = None
    day_to: int | None = None


class SearchRequest(NamedTuple):
    """One question to an engine. `offset` and `limit` count groups, or articles when `collapse` is false."""

    query: Query
    filters: Filters = Filters()
    sort: Sort = "relevance"
    limit: int = 10
    offset: int = 0
    collapse: bool = True
    facets: bool = True


class EngineHit(NamedTuple):
    """One ranked article: its id, its score (of no fixed scale) and how many near copies lie under it.

    `place` is the engine's own name for it, good for `Snapshot.found` of the snapshot that answered.
    """

    id: str
    score: float
    similar: int = 0
    place: int = -1


class EngineResult(NamedTuple):
    """Answer of an engine. `total`, `groups` and facets count the whole match set, `hits` are one page of it.

    `relaxed` is the number of steps the required share was lowered (0: none). `missing` are query words that no
    article has. Facet lists are ordered by count, then name (years: newest first).
    """

    total: int
    groups: int
    hits: tuple[EngineHit, ...]
    category_facet: tuple[tuple[str, int], ...] = ()
    year_facet: tuple[tuple[str, int], ...] = ()
    relaxed: int = 0
    missing: tuple[str, ...] = ()


class Snippet(NamedTuple):
    """A passage of one field. `ranges` are sorted, disjoint, and each covers an occurrence of a matched string."""

    field: FieldName
    text: str
    ranges: tuple[tuple[int, int], ...] = ()


class Hit(NamedTuple):
    """One result as faces show it. `matched` lists the strings highlighted (as they stand in the text)."""

    id: str
    key: str
    url: str
    title: str
    date: str | None
    category: str | None
    score: float
    similar: int
    matched: tuple[str, ...]
    snippets: tuple[Snippet, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """Something the reader should know about the answer: a stable `code`, and a sentence in Chinese."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class SearchResult:
    """A whole answer: the JSON of `GET /api/v1/search` has these fields and no logic of its own."""

    query: str
    total: int
    groups: int
    took_ms: float
    suggestion: str | None
    notes: tuple[Note, ...]
    hits: tuple[Hit, ...]
    facets: Mapping[str, tuple[tuple[str, int], ...]]


@dataclass(frozen=True, slots=True)
class ArticleView:
    """An article as `GET /api/v1/articles/{id}` shows it; `url` is resolved."""

    id: str
    key: str
    url: str
    title: str
    date: str | None
    category: str | None
    headings: tuple[str, ...]
    body: str
    structure: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """One source in the index: its name, its root, and how many articles it has."""

    source: str
    root: str
    articles: int


@dataclass(frozen=True, slots=True)
class IndexStats:
    """Counts and sizes of an index. `generation` rises with every commit."""

    articles: int
    generation: int
    segments: int
    deleted: int
    bytes_on_disk: int
    analysis: str
    categories: tuple[tuple[str, int], ...]
    sources: tuple[SourceRecord, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something `verify` found: the file it concerns, and what is wrong with it."""

    file: str
    message: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """A page that was left out of a run, and why."""

    path: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What an ingest did. `skipped` counts files that are no pages, by reason; `rejected` are broken pages."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    rejected: tuple[Rejected, ...] = ()
    seconds: float = 0.0
    interrupted: bool = False
    remaining: int = 0

    @property
    def pages_per_second(self) -> float:
        """Pages read (added, updated and rejected) a second; 0.0 when nothing was read."""
        read = self.added + self.updated + len(self.rejected)
        return read / self.seconds if self.seconds > 0 else 0.0
