"""Search engines side by side: same articles, same words, same distinct queries, one run, one machine.

Usage: python benchmarks/engines.py [--sizes 2000 20000 100000] [--queries 500] [--folder DIR] [--engines NAME ...]
       [--plot FILE.svg]

Every engine gets the words that searchsvc's segmenter cuts (joined by spaces where it wants a text), over title,
headings and body. The times are of the default request: the query, with the exact number of matches and the best ten.
searchsvc's begins with the raw question (cutting it into words, match set, total, facets, top ten), those of the
others with the words, their own query parser included. The engines take turns of 25 queries, so that all meet the
same noise. "cold" is the first query after opening; "memory" is what opening and a hundred queries add to a new process
(PSS).
"""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import multiprocessing
import random
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from generate import CATEGORIES, Generated, articles
from searchsvc.engines import open_engine
from searchsvc.models import FIELDS, AnalysedArticle, Article, Filters, Origin, SearchRequest, StoredArticle
from searchsvc.query import parse_query
from searchsvc.text.analyse import Analyser, normalise
from searchsvc.text.lexicon import load_lexicon
from searchsvc.text.segment import make_segmenter

LEXICON = load_lexicon()
SEGMENTER = make_segmenter(LEXICON)
BATCH = 1_000
#: Queries an engine answers before the next one's turn: all meet the same noise, none only the others' leavings.
TURN = 25
#: Articles cut into words at a time.
BLOCK = 4_000


def analysed(one: Generated) -> AnalysedArticle:
    """A generated article as an ingest hands it to a writer."""
    article = normalise(Article(one.path, one.title, one.date, one.category, one.headings, one.body))
    origin = Origin("", "/generated", one.path, len(one.body), 1, "0" * 64, "1")
    return Analyser(SEGMENTER)(StoredArticle(article, origin, "", ""))


def corpus(size: int) -> Iterator[AnalysedArticle]:
    """All articles, cut into words on all cores, which rest while an engine writes."""
    with multiprocessing.get_context("fork").Pool() as pool:
        for block in blocks(size):
            yield from pool.map(analysed, block, chunksize=50)


def blocks(size: int) -> Iterator[list[Generated]]:
    """Lists of BLOCK articles."""
    found = articles(size)
    while block := list(itertools.islice(found, BLOCK)):
        yield block


class Query:
    """A question in the forms that the engines take."""

    def __init__(self, raw: str, category: str = "", phrase: tuple[str, ...] = ()) -> None:
        self.raw = f'"{"".join(phrase)}"' if phrase else raw
        self.words = list(phrase or dict.fromkeys(token.text for token in SEGMENTER.query_tokens(raw)))
        self.category = category
        self.phrase = phrase


class Searchsvc:
    """This project, its engine without the face around it."""

    name = "searchsvc"

    def __init__(self, folder: Path) -> None:
        self.folder = folder / self.name

    def build(self, found: Iterator[list[AnalysedArticle]]) -> float:
        spent = 0.0
        with open_engine(self.folder, SEGMENTER.digest).writer(create=True) as writer:
            for batch in found:
                began = time.perf_counter()
                for one in batch:
                    writer.put(one)
                writer.commit()
                spent += time.perf_counter() - began
            began = time.perf_counter()
            writer.seal()
        return spent + time.perf_counter() - began

    def open(self) -> None:
        self.snapshot = open_engine(self.folder, SEGMENTER.digest).snapshot()

    def search(self, query: Query) -> int:
        filters = Filters((query.category,)) if query.category else Filters()
        return self.snapshot.search(SearchRequest(parse_query(query.raw, SEGMENTER, LEXICON), filters)).total


class Tantivy:
    """tantivy, the library under several search servers, through its Python binding."""

    name = "tantivy"

    def __init__(self, folder: Path) -> None:
        self.folder = folder / self.name

    def build(self, found: Iterator[list[AnalysedArticle]]) -> float:
        import tantivy

        self.folder.mkdir()
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("id", stored=True, tokenizer_name="raw")
        builder.add_text_field("category", tokenizer_name="raw")
        for name in FIELDS:
            builder.add_text_field(name, stored=True, tokenizer_name="whitespace")
        writer = tantivy.Index(builder.build(), path=str(self.folder)).writer(heap_size=200_000_000, num_threads=2)
        spent = 0.0
        for batch in found:
            began = time.perf_counter()
            for one in batch:
                texts = {name: " ".join(one.fields[name].words) for name in FIELDS}
                article = one.stored.article
                writer.add_document(tantivy.Document(id=article.id, category=article.category, **texts))
            spent += time.perf_counter() - began
        began = time.perf_counter()
        writer.commit()
        writer.wait_merging_threads()
        return spent + time.perf_counter() - began

    def open(self) -> None:
        import tantivy

        self.tantivy = tantivy
        self.index = tantivy.Index.open(str(self.folder))
        self.schema = self.index.schema
        self.searcher = self.index.searcher()

    def search(self, query: Query) -> int:
        text = f'"{" ".join(query.words)}"' if query.phrase else " ".join(query.words)
        parsed = self.index.parse_query(text, list(FIELDS))
        if query.category:
            must = self.tantivy.Occur.Must
            term = self.tantivy.Query.term_query(self.schema, "category", query.category)
            parsed = self.tantivy.Query.boolean_query([(must, parsed), (must, term)])
        count: int = self.searcher.search(parsed, limit=10, count=True).count
        return count

    def answer(self, query: Query) -> dict[str, Any]:
        """Ten results with tantivy's own snippets of title and body."""
        parsed = self.index.parse_query(" ".join(query.words), list(FIELDS))
        found = self.searcher.search(parsed, limit=10, count=True)
        makers = {
            name: self.tantivy.SnippetGenerator.create(self.searcher, parsed, self.schema, name)
            for name in ("title", "body")
        }
        hits = []
        for score, address in found.hits:
            doc = self.searcher.doc(address)
            snippets = {name: maker.snippet_from_doc(doc).to_html() for name, maker in makers.items()}
            hits.append({"id": doc.get_first("id"), "score": score, "title": doc.get_first("title"), **snippets})
        return {"total": found.count, "hits": hits}


class Fts5:
    """SQLite's full-text index."""

    name = "SQLite FTS5"

    def __init__(self, folder: Path) -> None:
        self.path = folder / "fts5.db"

    def build(self, found: Iterator[list[AnalysedArticle]]) -> float:
        base = sqlite3.connect(self.path)
        base.execute("create virtual table a using fts5(id unindexed, category unindexed, title, headings, body)")
        spent = 0.0
        for batch in found:
            began = time.perf_counter()
            rows = [
                (one.stored.id, one.stored.article.category, *(" ".join(one.fields[name].words) for name in FIELDS))
                for one in batch
            ]
            base.executemany("insert into a values (?, ?, ?, ?, ?)", rows)
            base.commit()
            spent += time.perf_counter() - began
        base.close()
        return spent

    def open(self) -> None:
        self.base = sqlite3.connect(self.path)

    def search(self, query: Query) -> int:
        quoted = [f'"{word}"' for word in query.words]
        match = f'"{" ".join(query.words)}"' if query.phrase else " OR ".join(quoted)
        where, values = "a match ?", [match]
        if query.category:
            where, values = where + " and category = ?", [match, query.category]
        self.base.execute(f"select id from a where {where} order by rank limit 10", values).fetchall()
        count: int = self.base.execute(f"select count(*) from a where {where}", values).fetchone()[0]
        return count


class StockWhoosh:
    """Whoosh as it comes."""

    name = "stock Whoosh"

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "whoosh"

    def build(self, found: Iterator[list[AnalysedArticle]]) -> float:
        from whoosh import fields, index
        from whoosh.analysis import SpaceSeparatedTokenizer

        self.folder.mkdir()
        text = fields.TEXT(analyzer=SpaceSeparatedTokenizer())
        schema = fields.Schema(
            id=fields.ID(stored=True), category=fields.ID(), title=text, headings=text, body=text, stored=fields.STORED
        )
        store = index.create_in(str(self.folder), schema)
        spent = 0.0
        for batch in found:
            began = time.perf_counter()
            writer = store.writer(limitmb=256)
            for one in batch:
                texts = {name: " ".join(one.fields[name].words) for name in FIELDS}
                article = one.stored.article
                writer.add_document(id=article.id, category=article.category, stored=article.body, **texts)
            writer.commit()
            spent += time.perf_counter() - began
        return spent

    def open(self) -> None:
        from whoosh import index
        from whoosh.qparser import MultifieldParser, OrGroup

        store = index.open_dir(str(self.folder))
        self.searcher = store.searcher()
        self.parser = MultifieldParser(list(FIELDS), store.schema, group=OrGroup)

    def search(self, query: Query) -> int:
        from whoosh.query import Term

        text = f'"{" ".join(query.words)}"' if query.phrase else " ".join(query.words)
        only = Term("category", query.category) if query.category else None
        return len(self.searcher.search(self.parser.parse(text), limit=10, filter=only))


class Bm25s:
    """bm25s, BM25 as a sparse matrix; no totals, filters or phrases."""

    name = "bm25s"

    def __init__(self, folder: Path) -> None:
        self.folder = folder / self.name

    def build(self, found: Iterator[list[AnalysedArticle]]) -> float:
        import bm25s

        tokens = []
        for batch in found:
            tokens += [[word for name in FIELDS for word in one.fields[name].words] for one in batch]
        began = time.perf_counter()
        self.index = bm25s.BM25()
        self.index.index(tokens, show_progress=False)
        self.index.save(str(self.folder))
        return time.perf_counter() - began

    def open(self) -> None:
        import bm25s

        self.index = bm25s.BM25.load(str(self.folder), mmap=True)

    def search(self, query: Query) -> int:
        self.index.retrieve([query.words], k=10, show_progress=False)
        return -1


ENGINES = (Searchsvc, Tantivy, Fts5, Bm25s, StockWhoosh)


def questions(size: int, count: int, kind: str) -> list[Query]:
    """Distinct queries, about articles that are there."""
    rng = random.Random(size)
    chosen = {one.number: one for one in articles(min(size, 20_000)) if rng.random() < 4 * count / min(size, 20_000)}
    found: dict[str, Query] = {}
    for one in chosen.values():
        if kind == "phrase":
            line = rng.choice(one.body.split("\n"))
            words = [token.text for token in SEGMENTER.query_tokens(line.split("，")[0])]
            if len(words) < 4:
                continue
            start = rng.randrange(len(words) - 2)
            query = Query("", phrase=tuple(words[start : start + 2]))
        else:
            query = Query(one.question, rng.choice(CATEGORIES) if kind == "filtered" else "")
        found.setdefault(query.raw + query.category, query)
    return list(found.values())[:count]


def measure(engines: list[Any], queries: list[Query]) -> dict[str, list[float]]:
    """Milliseconds of each query in each engine; the engines take turns, TURN queries each."""
    spent: dict[str, list[float]] = {engine.name: [] for engine in engines}
    gc.collect()
    for turn in range(0, len(queries), TURN):
        for engine in engines:
            for query in queries[turn : turn + TURN]:
                began = time.perf_counter()
                engine.search(query)
                spent[engine.name].append(1000 * (time.perf_counter() - began))
    return spent


def bytes_of(path: Path) -> int:
    """Size of a file or folder."""
    return path.stat().st_size if path.is_file() else sum(bytes_of(below) for below in path.iterdir())


def timed(call: Callable[[], object]) -> float:
    """Milliseconds of a call."""
    began = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - began)


def one_size(size: int, count: int, folder: Path, chosen: list[Any]) -> list[dict[str, Any]]:
    """Builds, opens and asks every engine."""
    folder.mkdir(parents=True, exist_ok=True)
    engines = [make(folder) for make in chosen]
    rows = []
    for engine in engines:
        place = getattr(engine, "folder", None) or engine.path
        row: dict[str, Any] = {"articles": size, "engine": engine.name}
        if not place.exists():
            row["index s"] = engine.build(batched(corpus(size)))
        row["MB"] = bytes_of(place) / 1e6
        row["open ms"] = timed(engine.open)
        rows.append(row)
    kinds = {kind: questions(size, count, kind) for kind in ("question", "phrase", "filtered")}
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"), max_tasks_per_child=1) as fresh:
        for row in rows:
            row["memory MB"] = fresh.submit(memory_of, row["engine"], folder, kinds["question"][:100]).result()
    for engine, row in zip(engines, rows, strict=True):
        row["cold ms"] = timed(lambda engine=engine: engine.search(kinds["question"][0]))
    for kind, queries in kinds.items():
        able = [engine for engine in engines if kind == "question" or engine.name != "bm25s"]
        slow = [engine for engine in able if engine.name == "stock Whoosh"]
        fast = [engine for engine in able if engine not in slow]
        warm = max(1, len(queries) // 4)
        measure(fast, queries[:warm])
        spent = measure(fast, queries[warm:]) | measure(slow, queries[warm : warm + 20])
        for row in rows:
            if row["engine"] in spent:
                times = sorted(spent[row["engine"]])
                row[f"{kind} p50"] = statistics.median(times)
                row[f"{kind} p95"] = times[int(0.95 * len(times))]
    return rows


def memory_of(name: str, folder: Path, queries: list[Query]) -> float:
    """Megabytes (PSS) that an engine adds to a process; called in a new one."""
    engine = next(one for one in ENGINES if one.name == name)(folder)
    SEGMENTER.load()
    gc.collect()
    before = own_pss()
    engine.open()
    for query in queries:
        engine.search(query)
    gc.collect()
    return own_pss() - before


def own_pss() -> float:
    """Proportional set size of this process in megabytes."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:"))


def plot(rows: list[dict[str, Any]], path: Path) -> None:
    """Median of a question against the number of articles, both axes logarithmic."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4.2))
    for name in dict.fromkeys(row["engine"] for row in rows):
        points = [(row["articles"], row["question p50"]) for row in rows if row["engine"] == name]
        axes.plot(*zip(*points, strict=True), marker="o", linewidth=3 if name == "searchsvc" else 1.5, label=name)
    axes.set(xscale="log", yscale="log", xlabel="articles", ylabel="milliseconds (median), question of ten words")
    axes.grid(which="both", alpha=0.3)
    axes.legend()
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def batched(found: Iterator[AnalysedArticle]) -> Iterator[list[AnalysedArticle]]:
    """Lists of BATCH."""
    batch: list[AnalysedArticle] = []
    for one in found:
        batch.append(one)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def main() -> None:
    """Prints a table for each size, and the same as JSON lines on stderr."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[2_000, 20_000, 100_000])
    parser.add_argument("--queries", type=int, default=500)
    parser.add_argument("--folder", type=Path, help="where to put the indexes; kept, and used again")
    parser.add_argument("--engines", nargs="+", default=[one.name for one in ENGINES])
    parser.add_argument("--plot", type=Path, help="draw latency against size into this file (needs matplotlib)")
    options = parser.parse_args()
    chosen = [one for one in ENGINES if one.name in options.engines]
    folder = options.folder or Path(tempfile.mkdtemp(prefix="searchsvc-engines-"))
    SEGMENTER.load()
    every: list[dict[str, Any]] = []
    columns = ["engine", "question p50", "question p95", "phrase p50", "phrase p95", "filtered p50", "filtered p95"]
    columns += ["cold ms", "open ms", "memory MB", "index s", "MB"]
    try:
        for size in options.sizes:
            rows = one_size(size, options.queries, folder / str(size), chosen)
            every += rows
            print(f"\n{size:,} articles (milliseconds)\n\n| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
            for row in rows:
                cells = [row.get(column, "") for column in columns]
                print("| " + " | ".join(f"{cell:.3g}" if isinstance(cell, float) else cell for cell in cells) + " |")
                print(json.dumps(row), file=sys.stderr, flush=True)
        if options.plot:
            plot(every, options.plot)
    finally:
        if options.folder is None:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
