"""Writing an index of articles that are already extracted: beside stock Whoosh, in one run, on the same cores.

Usage: python benchmarks/indexing.py [--articles 5000] [--stock 1000]

searchsvc gets the articles as JSON lines, through its own command, with two workers: reading, cutting into words and
writing are all in its time. Stock Whoosh gets them from memory and cuts them with jieba's ChineseAnalyzer, as most
people set it up, in one process and with its own two-process writer. The sizes are of indexes with the same words and
the same bigrams, each with positions, and the same stored text.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from whoosh import fields, index
from whoosh.analysis import RegexTokenizer

from engines import analysed, bytes_of
from generate import Generated, articles
from searchsvc.models import FIELDS
from searchsvc.text.dictionary import stock_chinese_analyzer
from searchsvc.text.fold import fold


def ours(folder: Path, found: list[Generated]) -> tuple[float, Path]:
    """(articles a second, the index) of the command itself."""
    lines = folder / "articles.jsonl"
    with lines.open("w", encoding="utf-8") as file:
        for one in found:
            record = {"id": one.path, "title": one.title, "date": one.date, "category": one.category}
            record |= {"headings": one.headings, "body": one.body}
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
    place = folder / "searchsvc"
    command = [sys.executable, "-m", "searchsvc", "ingest", str(lines), "--json", "--jobs", "2"]
    command += ["--index", str(place), "--state", str(folder / "state")]
    began = time.perf_counter()
    report = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    spent = time.perf_counter() - began
    assert report["added"] == len(found)
    return len(found) / spent, place


def stock(folder: Path, found: list[Generated], processes: int) -> float:
    """Articles a second of stock Whoosh with jieba's analyzer."""
    text = fields.TEXT(analyzer=stock_chinese_analyzer(), stored=True)
    schema = fields.Schema(id=fields.ID(stored=True), category=fields.ID(), title=text, headings=text, body=text)
    folder.mkdir()
    store = index.create_in(str(folder), schema)
    began = time.perf_counter()
    writer = store.writer(limitmb=256, **({"procs": processes, "multisegment": True} if processes > 1 else {}))
    for one in found:
        headings = "\n".join(one.headings)
        writer.add_document(id=one.path, category=one.category, title=one.title, headings=headings, body=one.body)
    writer.commit()
    return len(found) / (time.perf_counter() - began)


def stock_size(folder: Path, found: list[Generated]) -> int:
    """Bytes of a stock index with our words and bigrams."""
    pieces = fields.TEXT(analyzer=RegexTokenizer(r"[^\t]+"))
    schema = fields.Schema(id=fields.ID(stored=True), category=fields.ID(), text=fields.STORED)
    for name in FIELDS:
        schema.add(name, pieces)
        schema.add(f"{name}_grams", pieces)
    folder.mkdir()
    writer = index.create_in(str(folder), schema).writer(limitmb=256)
    for one in found:
        ready = analysed(one)
        article = ready.stored.article
        texts: dict[str, Any] = {name: "\t".join(ready.fields[name].words) for name in FIELDS}
        texts |= {f"{name}_grams": "\t".join(grams(fold(article.text_of(name)))) for name in FIELDS}
        stored = [article.title, *article.headings, article.body]
        writer.add_document(id=article.id, category=article.category, text=stored, **texts)
    writer.commit()
    return bytes_of(folder)


def grams(text: str) -> Iterator[str]:
    """The bigrams of each line."""
    for line in text.split("\n"):
        yield from (line[i : i + 2] for i in range(len(line) - 1))


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=5_000)
    parser.add_argument("--stock", type=int, default=1_000, help="articles for stock Whoosh, which is slow")
    options = parser.parse_args()
    found = list(articles(options.articles))
    few = found[: options.stock]
    with tempfile.TemporaryDirectory(prefix="searchsvc-indexing-") as name:
        folder = Path(name)
        rate, place = ours(folder, found)
        rates = {"searchsvc": rate}
        rates["stock Whoosh"] = stock(folder / "one", few, 1)
        rates["stock Whoosh, 2 processes"] = stock(folder / "two", few, 2)
        print("| | articles/s | searchsvc is faster by |\n|---|---|---|")
        for engine, value in rates.items():
            print(f"| {engine} | {value:.0f} | {rate / value:.1f} |")
        theirs = stock_size(folder / "same", few) / len(few)
        each = bytes_of(place) / len(found)
        print(
            f"\nbytes an article: {each:.0f}, stock with the same words and bigrams {theirs:.0f}: {each / theirs:.2f}"
        )


if __name__ == "__main__":
    main()
