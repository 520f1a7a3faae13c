"""What the command line shows a person: results, reports, progress. Colours only on a terminal."""

from __future__ import annotations

import sys
import time
import unicodedata
from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress
from rich.table import Table
from rich.text import Text

from .models import Hit, IngestReport, SearchResult, Snippet
from .protocols import Progress


def printable(text: str) -> str:
    """The text without control characters: nothing a page or file name holds may steer the terminal."""
    return "".join(c if c == "\n" or unicodedata.category(c) not in {"Cc", "Cf", "Cs"} else "�" for c in text)


def out() -> Console:
    """Standard output, as rich writes it: text as it is, no markup, no wrapping."""
    return Console(file=sys.stdout, highlight=False, markup=False, emoji=False, soft_wrap=True)


def print_result(result: SearchResult, offset: int) -> None:
    """A search result: a line of numbers, notes, then the hits."""
    console = out()
    folded = f", {result.groups} without near copies" if result.groups < result.total else ""
    console.print(Text(f"{result.total} articles{folded}, {result.took_ms:.1f} ms", style="dim"))
    for note in result.notes:
        console.print(Text(printable(note.message), style="yellow"))
    for rank, hit in enumerate(result.hits, offset + 1):
        console.print()
        _print_hit(console, rank, hit)


def print_query(understood: dict[str, Any]) -> None:
    """How a query was understood: words with their weights, phrases, exclusions."""
    console = out()
    words = " ".join(f"{one['text']}({one['weight']:g})" for one in understood["terms"])
    for name, text in [("words", words), *((name, " | ".join(understood[name])) for name in ("phrases", "exclusions"))]:
        if text:
            console.print(Text(printable(f"{name}: {text}"), style="cyan"))


def _print_hit(console: Console, rank: int, hit: Hit) -> None:
    title, *others = hit.snippets
    console.print(Text(f"{rank}. ", style="dim") + marked(title, "bold"))
    similar = f"{hit.similar} near {'copy' if hit.similar == 1 else 'copies'}" if hit.similar else ""
    details = [hit.date or "", hit.category or "", hit.id, f"{hit.score:.2f}", similar]
    console.print(Text("   " + " · ".join(printable(one) for one in details if one), style="dim"))
    for snippet in others:
        console.print(Text("   ") + marked(snippet, ""))


def marked(snippet: Snippet, style: str) -> Text:
    """The snippet with its ranges in colour."""
    text = Text(printable(snippet.text), style=style)
    for start, end in snippet.ranges:
        text.stylize("bold red", start, end)
    return text


def print_rejected(report: IngestReport) -> None:
    """Each page left out, with its reason, on stderr."""
    for one in report.rejected:
        print(printable(f"rejected {one.path}: {one.message} [{one.code}]"), file=sys.stderr)


def print_report(report: IngestReport) -> None:
    """One line on what an ingest did, another on what it skipped."""
    console = out()
    console.print(
        f"{report.added} added, {report.updated} updated, {report.unchanged} unchanged, {report.removed} removed, "
        f"{len(report.rejected)} rejected in {report.seconds:.1f} s ({report.pages_per_second:.0f} pages/s)"
    )
    if report.skipped:
        console.print("skipped: " + ", ".join(f"{count} {reason}" for reason, count in sorted(report.skipped.items())))
    if report.interrupted:
        console.print(f"stopped early: {report.remaining} pages left; run the same command again to go on")


def print_scores(record: dict[str, Any]) -> None:
    """Ranking figures as a table, the service first; then the queries, worst first."""
    table = Table(box=None)
    for column in ("", "nDCG@10", "MRR@10", "recall@10", "queries", "without hit"):
        table.add_column(column, justify="left" if not column else "right")
    for name, one in [("searchsvc", record), *record.get("baseline", {}).items()]:
        figures = [f"{one[key]:.3f}" for key in ("ndcg@10", "mrr@10", "recall@10")]
        table.add_row(name, *figures, str(one["queries"]), str(len(one["without_hit"])))
    console = out()
    console.print(table)
    for row in sorted(record.get("per_query", []), key=lambda row: float(row["ndcg@10"])):
        console.print(printable(f"{row['ndcg@10']:.3f}  {row['q']}"))


def print_stats(record: dict[str, Any]) -> None:
    """Counts and sizes, one a line."""
    console = out()
    for name in ("articles", "generation", "segments", "deleted", "bytes_on_disk", "analysis"):
        console.print(f"{name:14} {record[name]}")
    for name, count in record["categories"]:
        console.print(printable(f"{'category':14} {name or '-'}: {count}"))
    for one in record["sources"]:
        console.print(printable(f"{'source':14} {one['source'] or '-'} ({one['root']}): {one['articles']}"))


def print_settings(rows: Iterable[tuple[str, Any, str, str]]) -> None:
    """Name, value, where it came from and what it means, of each option."""
    table = Table(box=None)
    for column in ("option", "value", "from", "what it is"):
        table.add_column(column)
    for name, value, where, meaning in rows:
        table.add_row(Text(name), Text(printable(str(value))), Text(where), Text(meaning))
    out().print(table)


def progress() -> Progress:
    """A progress bar on a terminal; nothing when stderr is not one."""
    return _Bar() if sys.stderr.isatty() else _Silent()


class _Silent:
    def start(self, total: int | None) -> None:
        """Nothing to show."""

    def advance(self, done: int, rejected: int) -> None:
        """Nothing to show."""

    def finish(self) -> None:
        """Nothing to show."""


class _Bar:
    """Pages done, pages/s, time left and rejects so far."""

    def __init__(self) -> None:
        self._bar = RichProgress(
            TextColumn("reading"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(), TextColumn("{task.fields[rejected]}"), console=Console(stderr=True),
        )  # fmt: skip
        self._task = self._bar.add_task("reading", total=None, rate="", rejected="")
        self._began = time.monotonic()

    def start(self, total: int | None) -> None:
        self._began = time.monotonic()
        self._bar.update(self._task, total=total)
        self._bar.start()

    def advance(self, done: int, rejected: int) -> None:
        rate = done / max(time.monotonic() - self._began, 1e-9)
        note = f"{rejected} rejected" if rejected else ""
        self._bar.update(self._task, completed=done, rate=f"{rate:.0f} pages/s", rejected=note)

    def finish(self) -> None:
        self._bar.stop()
