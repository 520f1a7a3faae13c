"""Every seam of the house, with its promises. Imports values and errors only.

The engine's promises are held by the contract suite in tests/contracts/, which runs on every engine and on a slow
reference engine written straight from relevance.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Protocol, Self

from .models import (
    AnalysedArticle,
    Article,
    Content,
    EngineHit,
    EngineResult,
    FieldTokens,
    IndexStats,
    Origin,
    Problem,
    SearchRequest,
    StoredArticle,
    Token,
)


class Segmenter(Protocol):
    """Cuts folded text into words. Pure: the same text always gives the same words, whatever was cut before."""

    @property
    def digest(self) -> str:
        """Names everything the words depend on: method, version, dictionary, folding. Differs when they differ."""
        ...

    def index_tokens(self, folded: str) -> FieldTokens:
        """Words for an index, coarse words and the dictionary words inside them. Lines are blocks."""
        ...

    def query_tokens(self, folded: str) -> tuple[Token, ...]:
        """Coarse words with offsets into `folded`, in order; white space and punctuation are no tokens."""
        ...


class Overlay(Protocol):
    """What lies over an index without being in it. A value: another content is another overlay with another version."""

    @property
    def version(self) -> object:
        """Equal for equal content only: an engine that has this version already does nothing."""
        ...

    @property
    def hidden(self) -> frozenset[str]:
        """Ids of articles that are in no answer to visitors. Ids that are not in the index are ignored."""
        ...

    @property
    def groups(self) -> Mapping[str, int]:
        """Number of the group of each article that has near copies, by id; others stand alone. Ids as in `hidden`."""
        ...


class Snapshot(Protocol):
    """One committed state of an index, and the overlay it is searched with.

    It never changes, whatever a writer or `Engine.cover` does; cheap to ask for, safe in threads.
    """

    @property
    def generation(self) -> int:
        """Rises with every commit that a reader can see."""
        ...

    @property
    def analysis(self) -> str:
        """Digest of the segmenter the index was written with."""
        ...

    def __len__(self) -> int:
        """Number of articles, hidden ones too."""
        ...

    def search(self, request: SearchRequest) -> EngineResult:
        """Ranked ids, exact totals and facets. The match set and the score are defined in relevance.py.

        Ties are broken by id. An empty query (`Query.is_empty`) matches nothing. Articles that the overlay hides are in
        no match set, total, facet or hit; statistics (idf, average lengths, `missing`) count them nevertheless.

        With `request.collapse` those matching articles that the overlay puts in one group are one hit: the first of
        them in the order asked for, with the number of the others as `similar`. `groups` counts what is left, and
        `offset` and `limit` count the same; total and facets count articles. Without it groups is total, and similar 0.
        """
        ...

    def article(self, ref: str) -> StoredArticle | None:
        """The article with this id, else with this key, else None. Hidden ones too."""
        ...

    def found(self, hits: Sequence[EngineHit]) -> list[Article]:
        """The articles of hits that this snapshot's `search` gave, in this order."""
        ...

    def iter_articles(self) -> Iterator[StoredArticle]:
        """Every article, ordered by id. Hidden ones too."""
        ...

    def origins(self) -> Iterator[tuple[str, Origin, str]]:
        """(id, origin, analysis digest) of every article, in no order; reads no article text."""
        ...

    def contents(self) -> Iterator[Content]:
        """Id, content hash, date and category of every article, in no order; reads no article text."""
        ...

    def categories(self) -> tuple[tuple[str, int], ...]:
        """Every category with the number of its articles, those left out that are hidden; most first, then by name."""
        ...


class Prepared(Protocol):
    """An article as a writer keeps it until the commit. Can be sent from process to process."""

    @property
    def id(self) -> str:
        """The article's id."""
        ...


class Prepare(Protocol):
    """Does to an article what a writer would do that needs no index: in the processes that read the pages.

    Can be sent from process to process.
    """

    def __call__(self, article: AnalysedArticle, /) -> Prepared: ...


class IndexWriter(Protocol):
    """The one writer of an index. Leaving its `with` block discards what was put since the last commit()."""

    def put(self, article: AnalysedArticle) -> None:
        """Adds the article, replacing the one with the same id."""
        ...

    def put_prepared(self, article: Prepared) -> None:
        """The same with an article that the engine's `prepare` has prepared."""
        ...

    def remove(self, article_id: str) -> bool:
        """Removes an article; False when there is none with this id."""
        ...

    def commit(self) -> None:
        """Makes everything put and removed so far visible and durable, all at once. May be called again and again.

        Readers keep the state they have until they ask for a new snapshot.
        """
        ...

    def seal(self) -> None:
        """Commits, and declares that every article was analysed as this writer's segmenter does it.

        Until then an index begun with another analysis keeps its old digest, and only ingest opens it.
        """
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Engine(Protocol):
    """An index in a folder (or on a server): many readers, one writer."""

    @property
    def prepare(self) -> Prepare:
        """Prepares articles for this engine's writers."""
        ...

    def snapshot(self, *, any_analysis: bool = False) -> Snapshot:
        """The newest state this engine has loaded.

        `any_analysis` opens an index written with another segmenter too: for reading what is stored, not to search.
        Raises IndexMissing, IndexDamaged or IndexIncompatible (exit 3).
        """
        ...

    def refresh(self) -> bool:
        """Loads the newest committed state, ready to serve; True when it is another than before, cheap when not."""
        ...

    def cover(self, overlay: Overlay) -> None:
        """Snapshots asked for from now on are searched with this overlay, also those of states loaded later.

        Does the work of the change itself, as refresh() does for a new state; no search waits for it. May be called
        before there is an index. Raises IndexDamaged when ids cannot be read.
        """
        ...

    def writer(self, *, create: bool = False) -> IndexWriter:
        """Opens the writer. `create` makes a new index where there is none.

        Raises IndexLocked (naming process and time) when another writer is open, IndexMissing without `create`,
        IndexIncompatible when the index has another format. Another analysis is allowed here: see `seal`.
        """
        ...

    def rebuild(self, analyse: Analyse) -> int:
        """Writes a new index of the stored articles, re-analysed, beside the live one, then swaps; articles written."""
        ...

    def stats(self) -> IndexStats:
        """Counts and sizes of the newest state, as it is: hidden articles count."""
        ...

    def verify(self) -> list[Problem]:
        """Reads every byte of the index and checks it; an empty list means all is well."""
        ...

    def close(self) -> None:
        """Releases files. A closed engine is not used again."""
        ...


class Analyse(Protocol):
    """Turns a stored article into what a writer takes, with the current folding, dictionary and segmenter."""

    def __call__(self, stored: StoredArticle) -> AnalysedArticle: ...


class Progress(Protocol):
    """Told how a run goes on. Called from the thread that runs it, often: implementations limit their own output."""

    def start(self, total: int | None) -> None:
        """A run begins; `total` is the number of pages found, or None when not known beforehand."""
        ...

    def advance(self, done: int, rejected: int) -> None:
        """`done` pages have been dealt with so far, `rejected` of them left out."""
        ...

    def finish(self) -> None:
        """The run is over, however it ended."""
        ...
