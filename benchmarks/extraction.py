"""Our extractor beside trafilatura, readability-lxml and gne: same pages, same process, one run, one core.

    python benchmarks/extraction.py [PAGES GOLD.jsonl] [--real-sized] [--limit N] [--seconds S]

PAGES is a folder, GOLD has a JSON object a line: {"path", "title", "date", "body", ...}; without them the sample corpus
is read. Instead of a whole "body", gold may name "snippets": texts the body must hold, and "boilerplate": texts it must
not. --real-sized pads each page to 200 KB, as pages of large sites are, with scripts, styles, menus and lists.

The table gives, over all pages: titles and dates (days) that are right; recall (share of the gold body's lines, or
snippets, found in the body); noise (share of the found text that is not in the gold body, or of boilerplate texts
found); F1 of recall and 1 - noise; F1 over 4-character grams against the gold body; pages on which title, day and body
(4-gram F1 of 0.95) are all right; pages a second, the median of rounds in which the extractors take turns, because
machines drift. Peers get decoded text: charsets are not compared.
The peers are an extra: pip install 'searchsvc[peers]'.
"""

from __future__ import annotations

import argparse
import html
import importlib
import json
import random
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from searchsvc.errors import PageRejected
from searchsvc.ingest.decode import decode
from searchsvc.ingest.extract import extract_page

ROOT = Path(__file__).parents[1]
REAL_SIZE = 200_000
#: A page is right as a whole when title and day are, and the 4-gram F1 of its body reaches this.
WHOLE = 0.95


@dataclass
class Found:
    """What an extractor read from one page."""

    title: str = ""
    date: str = ""
    body: str = ""


Extractor = Callable[[bytes, str, str], Found]


@dataclass
class Scores:
    """Sums over the pages, and the times of the rounds in seconds."""

    pages: int = 0
    title: int = 0
    date: int = 0
    dated: int = 0
    recall: float = 0.0
    noise: float = 0.0
    grams: float = 0.0
    whole: int = 0
    failed: int = 0
    rounds: list[float] = field(default_factory=list)


def searchsvc(data: bytes, text: str, path: str) -> Found:
    try:
        found = extract_page(data, path=path)
    except PageRejected:
        return Found()
    return Found(found.title, (found.date or "")[:10], found.body)


def make_trafilatura() -> Extractor:
    bare_extraction: Any = importlib.import_module("trafilatura").bare_extraction

    def run(data: bytes, text: str, path: str) -> Found:
        found = bare_extraction(text, include_comments=False, include_tables=True, with_metadata=True)
        return Found(found.title or "", found.date or "", found.text or "") if found is not None else Found()

    return run


def make_readability() -> Extractor:
    document: Any = importlib.import_module("readability").Document

    def run(data: bytes, text: str, path: str) -> Found:
        page = document(text)
        summary = re.sub(r"(?s)<(script|style).*?</\1>", "", page.summary())
        lines = re.split(r"</?(?:p|div|li|h\d|br|tr|td|section|table|ul|ol|body|html|dt|dd)\b[^>]*>", summary)
        body = "\n".join(html.unescape(re.sub(r"<[^>]+>", "", line)).strip() for line in lines)
        return Found(page.short_title() or "", "", re.sub(r"\n+", "\n", body).strip())

    return run


def make_gne() -> Extractor:
    extractor: Any = importlib.import_module("gne").GeneralNewsExtractor()

    def run(data: bytes, text: str, path: str) -> Found:
        found = extractor.extract(text)
        return Found(found.get("title") or "", _day(found.get("publish_time") or ""), found.get("content") or "")

    return run


PEERS = {"trafilatura": make_trafilatura, "readability-lxml": make_readability, "gne": make_gne}


def _day(text: str) -> str:
    match = re.search(r"(\d{4})\D{1,2}(\d{1,2})\D{1,2}(\d{1,2})", text)
    return f"{match[1]}-{int(match[2]):02}-{int(match[3]):02}" if match else text[:10]


def squeeze(text: str) -> str:
    """Text without white space: extractors differ in what they put between blocks."""
    return re.sub(r"\s+", "", text)


def grams(text: str) -> Counter[str]:
    """Every run of 4 characters."""
    text = squeeze(text)
    return Counter(text[start : start + 4] for start in range(len(text) - 3))


def score(scores: Scores, found: Found, gold: dict[str, Any]) -> None:
    """Adds one page."""
    scores.pages += 1
    title = squeeze(found.title) == squeeze(gold.get("title") or "")
    day = found.date[:10] == (gold.get("date") or "")[:10]
    scores.title += title
    if gold.get("date"):
        scores.dated += 1
        scores.date += day
    body = squeeze(found.body)
    wanted = gold.get("snippets") or [line for line in (gold.get("body") or "").split("\n") if line]
    scores.recall += sum(squeeze(one) in body for one in wanted) / max(1, len(wanted))
    if gold.get("body"):
        have, want = grams(found.body), grams(gold["body"])
        shared = (have & want).total()
        scores.noise += 1 - shared / max(1, have.total()) if have else 0.0
        gram_f1 = 2 * shared / max(1, have.total() + want.total())
        scores.grams += gram_f1
        scores.whole += title and day and gram_f1 >= WHOLE
    else:
        unwanted = gold.get("boilerplate") or []
        scores.noise += sum(squeeze(one) in body for one in unwanted) / max(1, len(unwanted))


def real_sized(data: bytes, seed: int) -> bytes:
    """The page with what large sites put around it: scripts, styles and menus, until it has 200 KB."""
    rng = random.Random(seed)
    text = decode(data).text
    words = ["贷款", "信用卡", "理财", "基金", "保险", "房产", "汽车", "财经", "股票", "银行", "社保", "征信", "利率"]

    def menu(size: int) -> str:
        links = (
            f'<li class="item-{rng.randrange(99)}"><a href="/{rng.randrange(10**6)}.html" target="_blank">'
            f"{''.join(rng.sample(words, 3))}</a></li>"
            for _ in range(size)
        )
        return f'<div class="menu-wrap"><ul class="menu">{"".join(links)}</ul></div>'

    parts = [text[: text.lower().find("<body")], "", text[max(0, text.lower().find("<body")) :]]
    room = max(0, REAL_SIZE - len(data))
    script = "".join(
        f'window.__d{n}={{"k":"{rng.randbytes(24).hex()}","v":[{n},{n + 1}]}};' for n in range(room // 200)
    )
    style = "".join(f".c{n}-{rng.randrange(999)}{{margin:{n % 9}px;color:#{n % 4096:03x}}}" for n in range(room // 160))
    parts[1] = f"<script>{script}</script><style>{style}</style>"
    page = "".join(parts)
    menus = "".join(menu(30) for _ in range(max(0, REAL_SIZE - len(page.encode())) // 3400))
    at = page.lower().rfind("</body>")
    page = page[:at] + menus + page[at:] if at >= 0 else page + menus
    return page.encode()


def load(pages: Path, gold: Path, limit: int | None) -> list[tuple[str, bytes, dict[str, Any]]]:
    """(path, bytes, gold record) of each line of the gold file."""
    records = [json.loads(line) for line in gold.read_text("utf-8").splitlines() if line.strip()]
    return [(one["path"], (pages / one["path"]).read_bytes(), one) for one in records[:limit]]


def main() -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("pages", nargs="?", type=Path, default=ROOT / "corpus")
    parser.add_argument("gold", nargs="?", type=Path, default=ROOT / "tests" / "data" / "gold.jsonl")
    parser.add_argument("--real-sized", action="store_true", help="pad each page to 200 KB")
    parser.add_argument("--limit", type=int, help="the first so many pages only")
    parser.add_argument("--rounds", type=int, default=3, help="rounds to take times over")
    args = parser.parse_args()
    pages = load(args.pages, args.gold, args.limit)
    if args.real_sized:
        pages = [(path, real_sized(data, number), gold) for number, (path, data, gold) in enumerate(pages)]
    ready = [(path, data, decode(data).text, gold) for path, data, gold in pages]
    extractors: dict[str, Extractor] = {"searchsvc": searchsvc}
    for name, make in PEERS.items():
        try:
            extractors[name] = make()
        except ImportError as error:
            print(f"{name} is left out, because it is not installed: {error}", file=sys.stderr)
    scores = {name: Scores() for name in extractors}
    for number in range(args.rounds):
        for name, extractor in extractors.items():
            spent = 0.0
            for path, data, text, gold in ready:
                started = time.process_time()
                try:
                    found = extractor(data, text, path)
                except Exception as error:  # noqa: BLE001 (a peer that fails on a page fails on that page)
                    found = Found()
                    if number == 0:
                        scores[name].failed += 1
                        print(f"{name} fails on {path}: {type(error).__name__}: {error}", file=sys.stderr)
                spent += time.process_time() - started
                if number == 0:
                    score(scores[name], found, gold)
            scores[name].rounds.append(spent)
    print_table(scores, sum(len(data) for _, data, _, _ in ready) / max(1, len(ready)))
    return 0


def print_table(scores: dict[str, Scores], size: float) -> None:
    """As Markdown."""
    pages = next(iter(scores.values())).pages
    print(f"{pages} pages of {size / 1000:.0f} KB on average, one core\n")
    print("| extractor | title | date | recall | noise | F1 | 4-gram F1 | all right | pages/s | failed |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name, one in scores.items():
        recall, noise = one.recall / one.pages, one.noise / one.pages
        f1 = 2 * recall * (1 - noise) / max(1e-9, recall + 1 - noise)
        date = f"{one.date / one.dated:.3f}" if one.dated else "-"
        print(
            f"| {name} | {one.title / one.pages:.3f} | {date} | {recall:.3f} | {noise:.3f} | {f1:.3f}"
            f" | {one.grams / one.pages:.3f} | {one.whole}"
            f" | {one.pages / statistics.median(one.rounds):.1f} | {one.failed} |"
        )


if __name__ == "__main__":
    sys.exit(main())
