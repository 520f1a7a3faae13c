"""What the editors' commands show a person: clusters, checks, decisions, hidden articles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.text import Text

from .editorial import CheckResult, Cluster, ClusterArticle, ClusterList, Decision, Hidden, Match, PlannedTitle
from .terminal import out, printable

#: Passages of a draft shown, and how much of each.
_PASSAGES = 5
_PASSAGE_CHARS = 60


def print_clusters(found: ClusterList) -> None:
    """A line of numbers, then each cluster: the article to keep first, and why."""
    console = out()
    kinds = ", ".join(f"{count} {kind}" for kind, count in found.kinds.items() if count)
    shown = f", {len(found.clusters)} shown" if len(found.clusters) < found.total else ""
    console.print(Text(f"{_many(found.total, 'cluster')}{shown}" + (f" ({kinds} in all)" if kinds else ""), "dim"))
    for rank, one in enumerate(found.clusters, 1):
        console.print()
        console.print(Text(f"{rank}. ", "dim") + Text(one.kind, "bold cyan") + Text(_details(one), "dim"))
        for article in sorted(one.articles, key=lambda article: article.id != one.keep):
            _print_article(console, article, article.id == one.keep)
        console.print(Text(f"   {printable(one.reason)}", "green"))


def _details(one: Cluster) -> str:
    return f" {one.score:.2f} · {len(one.articles)} articles · gain {one.gain} · {one.id}"


def _print_article(console: Console, one: ClusterArticle, keep: bool) -> None:
    console.print(Text(f"   {'keep' if keep else '    '} ") + Text(printable(one.title), "bold" if keep else ""))
    visits = "" if one.visits is None else f"{one.visits} visits"
    details = [one.date or "", one.category or "", f"{one.chars} characters", visits, one.id, one.url]
    console.print(Text("        " + " · ".join(printable(part) for part in details if part), "dim"))


def print_check(result: CheckResult) -> None:
    """What the site has on a draft, best first; then what in the draft is new."""
    console = out()
    console.print(Text(f"{_many(len(result.matches), 'article')} on this: {printable(result.title)}", "dim"))
    for rank, one in enumerate(result.matches, 1):
        console.print()
        _print_match(console, f"{rank}. ", one)
    if result.matches and result.new_passages:
        console.print()
        console.print(f"new in the draft: {_many(len(result.new_passages), 'passage')}")
        for start, end in result.new_passages[:_PASSAGES]:
            text = result.body[start:end].replace("\n", " ")
            more = "…" if len(text) > _PASSAGE_CHARS else ""
            console.print(Text(f"   {printable(text[:_PASSAGE_CHARS])}{more}"))
    if result.new_subjects:
        console.print(Text(printable(f"new subjects: {' '.join(result.new_subjects)}")))


def print_planned(titles: Sequence[PlannedTitle]) -> None:
    """Each planned title with what the site has, and the numbers of other titles that ask the same."""
    console = out()
    for number, one in enumerate(titles, 1):
        if number > 1:
            console.print()
        state = "" if one.matches or one.planned else " - nothing like it"
        console.print(Text(f"{number}. ", "dim") + Text(printable(one.title), "bold") + Text(state, "green"))
        for match in one.matches:
            _print_match(console, "   ", match)
        for index, score in one.planned:
            other = f"   as number {index + 1}, {score:.2f}: {titles[index].title}"
            console.print(Text(printable(other), "yellow"))


def _print_match(console: Console, start: str, one: Match) -> None:
    console.print(Text(start, "dim") + Text(printable(one.title), "bold"))
    details = [f"{one.kind} {one.score:.2f}", one.date or "", one.id, one.url]
    console.print(Text("   " + " · ".join(printable(part) for part in details if part), "dim"))
    evidence = one.evidence
    if evidence.shared_passages:
        shares = f"{evidence.share_a:.0%} of the draft is in it, {evidence.share_b:.0%} of it in the draft"
        console.print(Text(f"   {shares} ({_many(evidence.shared_passages, 'passage')})"))
    elif evidence.ties:
        console.print(Text(printable(f"   both about {' '.join(evidence.ties)}")))


def print_decisions(decisions: Iterable[Decision]) -> None:
    """A decision a line, in the order given."""
    console = out()
    for one in decisions:
        keep = f"keep {one.keep}" if one.keep else ""
        undone = f"undone by {one.undone_by} at {one.undone_at}" if one.undone_at else ""
        details = [f"{one.id} {one.decision}: {one.a.id} | {one.b.id}", keep, one.by, one.at, one.note, undone]
        console.print(Text(printable(" · ".join(part.replace("\n", " ") for part in details if part))))


def print_hidden(hidden: Iterable[Hidden]) -> None:
    """A hidden article a line, by id."""
    console = out()
    for one in hidden:
        console.print(Text(printable(f"{one.id} · {one.by} · {one.at}")))


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
