"""The command line: `searchsvc COMMAND`. Translates arguments to calls and results to text; nothing else.

What only some commands need is imported by them: a command then begins half a second sooner, and so does every process
that reads pages for an ingest, because Python imports the main module there again.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from . import cli_editors, terminal
from .cli_common import complain, load, print_json, service_of, settings_options
from .config import OPTIONS
from .errors import SearchServiceError, UsageError
from .metrics import evaluate as evaluate_rankings
from .metrics import ndcg
from .models import IngestReport
from .records import query_record, report_record, result_record, scores_record, stats_record
from .version import __version__


class _Group(click.Group):
    """Turns this package's errors into one sentence on stderr and their exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SearchServiceError as error:
            complain(error)
            ctx.exit(error.exit_code)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="searchsvc")
@settings_options
def main(index: Path | None, state: Path | None, config_file: Path | None) -> None:
    """Full-text search for sites of Chinese articles."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")


@main.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--source", default="", help="Name of the source; prefixes the ids, needed when one index holds several.")
@click.option("--allow-removals", is_flag=True, help="Go on although a large part of the source has vanished.")
@click.option("--jobs", type=int, help="Processes that read pages (0: one a core).")
@click.option("--watch", is_flag=True, help="Go on: read what changes, until stopped.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON; with --watch one a line.")
@settings_options
@click.pass_context
def ingest(
    ctx: click.Context,
    /,
    paths: tuple[Path, ...],
    source: str,
    allow_removals: bool,
    jobs: int | None,
    watch: bool,
    as_json: bool,
    **_: Any,
) -> None:
    """Read pages into the index; only what changed.

    PATH is a folder, a page, an archive (.zip, .tar and its compressed kinds, .warc), a file of JSON lines as
    `searchsvc extract` prints them, or - for such lines on standard input.
    """
    from .ingest.memory import keep_flat
    from .ingest.watch import Follower, follow

    keep_flat()
    with service_of(ctx, jobs=jobs) as service, _stop_on_interrupt() as stop:

        def run() -> IngestReport:
            return service.ingest(
                paths, source=source, allow_removals=allow_removals, progress=terminal.progress(), stop=stop
            )

        def show(report: IngestReport) -> None:
            terminal.print_rejected(report)
            if as_json:
                print_json(report_record(report))
            else:
                terminal.print_report(report)

        if watch:
            ignored = (service.settings.index, service.settings.state)
            with Follower(paths, ignored, stop) as follower:
                report = follow(run, follower, show=show, complain=complain, stop=stop)
        else:
            report = run()
            show(report)
    ctx.exit(_ingest_exit_code(report))


def _ingest_exit_code(report: IngestReport) -> int:
    if report.interrupted:
        return 130
    return 1 if report.rejected else 0


@contextmanager
def _stop_on_interrupt() -> Iterator[Callable[[], bool]]:
    """The first Ctrl-C, SIGTERM or SIGHUP asks the run to finish its batch; one more Ctrl-C or SIGTERM ends it at once.

    One more SIGHUP does not: a terminal that closes sends one, and the shell in it another.
    """
    asked = False
    terminals = [stream.fileno() for stream in (sys.stdout, sys.stderr) if stream.isatty()]

    def ask(number: int, frame: object) -> None:
        nonlocal asked
        if number == signal.SIGHUP:
            _let_go(terminals)
            if not asked:
                click.echo("Stopping after this batch: the terminal hung up.", err=True)
        elif asked:
            raise KeyboardInterrupt
        else:
            click.echo("Stopping after this batch; once more to stop at once.", err=True)
        asked = True

    heard = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        heard.remove(signal.SIGHUP)  # nohup: it is to go on
    before = {number: signal.signal(number, ask) for number in heard}
    try:
        yield lambda: asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _let_go(terminals: Sequence[int]) -> None:
    """Points these descriptors at nothing: writing to a terminal that is gone fails, in the middle of a batch."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    for descriptor in terminals:
        os.dup2(nothing, descriptor)
    os.close(nothing)


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@settings_options
@click.pass_context
def extract(ctx: click.Context, /, files: tuple[Path, ...], **_: Any) -> None:
    """Print what is read from each page, as JSON lines."""
    from .ingest.pipeline import extract_files

    failed = False
    for record in extract_files(files, load(ctx).settings):
        failed = failed or record["error"] is not None
        if record["error"] is not None:
            click.echo(terminal.printable(f"{record['path']}: {record['error']['message']}"), err=True)
        print_json(record)
    ctx.exit(1 if failed else 0)


# A query may begin with "-" (-exclusions); what is no option of this command is part of the query.
@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("query", nargs=-1, type=click.UNPROCESSED)
@click.option("--limit", type=int, default=10, show_default=True, help="Results to show, 1 to 100.")
@click.option("--offset", type=int, default=0, help="Results to skip.")
@click.option("--category", multiple=True, help="Only this category; may be repeated.")
@click.option("--from", "date_from", help="First day, month or year.")
@click.option("--to", "date_to", help="Last day, month or year.")
@click.option("--sort", default="relevance", help="relevance, newest or oldest.")
@click.option("--no-collapse", is_flag=True, help="Show near copies one by one.")
@click.option("--explain", is_flag=True, help="Show how the query was understood.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer of the search endpoint.")
@settings_options
@click.pass_context
def search(
    ctx: click.Context,
    /,
    query: tuple[str, ...],
    limit: int,
    offset: int,
    category: tuple[str, ...],
    date_from: str | None,
    date_to: str | None,
    sort: Any,
    no_collapse: bool,
    explain: bool,
    as_json: bool,
    **_: Any,
) -> None:
    """Search the index."""
    text = " ".join(query)
    with service_of(ctx) as service:
        understood = query_record(service.explain(text)) if explain else None
        result = service.search(
            text,
            limit=limit,
            offset=offset,
            category=category,
            date_from=date_from,
            date_to=date_to,
            sort=sort,
            collapse=not no_collapse,
        )
    if as_json:
        print_json(result_record(result) | ({"explain": understood} if understood else {}))
    else:
        if understood:
            terminal.print_query(understood)
        terminal.print_result(result, offset)


@main.command()
@click.argument("qrels", type=click.Path(path_type=Path))
@click.option("--baseline", is_flag=True, help="Add stock Whoosh with jieba over the same articles.")
@click.option("--per-query", is_flag=True, help="Add the nDCG@10 of each query.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@settings_options
@click.pass_context
def evaluate(ctx: click.Context, /, qrels: Path, baseline: bool, per_query: bool, as_json: bool, **_: Any) -> None:
    """Measure the ranking on judged queries."""
    from .evaluation import baseline_scores, rank_with_service, read_judgements

    judged = read_judgements(qrels)
    with service_of(ctx) as service:
        rankings = rank_with_service(service, judged)
        record = scores_record(evaluate_rankings(judged, rankings))
        if baseline:
            record["baseline"] = {
                name: scores_record(scores) for name, scores in baseline_scores(service, judged).items()
            }
    if per_query:
        record["per_query"] = [
            {"q": one.q, "kind": one.kind, "ndcg@10": round(ndcg(ranking, one.relevant), 4), "ids": ranking}
            for one, ranking in zip(judged, rankings, strict=True)
        ]
    if as_json:
        print_json(record)
    else:
        terminal.print_scores(record)


@main.command()
@click.option("--host", help="Address to serve on.")
@click.option("--port", type=int, help="Port to serve on.")
@click.option("--workers", type=int, help="Server processes.")
@click.option("--root-path", help="Path the service is mounted at behind a proxy.")
@click.option("--editors-link", is_flag=True, help="Print a link that logs in as editor; makes a token if needed.")
@settings_options
@click.pass_context
def serve(
    ctx: click.Context,
    /,
    host: str | None,
    port: int | None,
    workers: int | None,
    root_path: str | None,
    editors_link: bool,
    **_: Any,
) -> None:
    """Serve the search page, the API and the editors' pages."""
    from .web.server import serve as run_server

    settings = load(ctx, host=host, port=port, workers=workers, root_path=root_path).settings
    run_server(settings, editors_link=editors_link)


@main.command()
@click.argument("name")
@click.option("--show", is_flag=True, help="Print the existing token.")
@click.option("--revoke", is_flag=True, help="Remove the token; who uses it is out at once.")
@settings_options
@click.pass_context
def token(ctx: click.Context, /, name: str, show: bool, revoke: bool, **_: Any) -> None:
    """Create the token of an editor, and print it."""
    from .access import create_token, revoke_token, show_token

    settings = load(ctx).settings
    if show and revoke:
        raise UsageError("--show and --revoke do not go together.")
    if revoke:
        revoke_token(settings, name)
        click.echo(terminal.printable(f"Revoked {name}"))
    else:
        click.echo(show_token(settings, name) if show else create_token(settings, name))


@main.command()
@click.argument("article")
@settings_options
@click.pass_context
def remove(ctx: click.Context, /, article: str, **_: Any) -> None:
    """Delete an article (by id or key) from the index."""
    with service_of(ctx) as service:
        click.echo(terminal.printable(f"Removed {service.remove(article)}"))


@main.command()
@settings_options
@click.pass_context
def reindex(ctx: click.Context, /, **_: Any) -> None:
    """Rebuild the index from its stored articles, then swap it in."""
    with service_of(ctx) as service:
        click.echo(f"Rebuilt the index: {service.reindex()} articles")


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@settings_options
@click.pass_context
def stats(ctx: click.Context, /, as_json: bool, **_: Any) -> None:
    """Show counts and sizes."""
    with service_of(ctx) as service:
        record = stats_record(service.stats())
    if as_json:
        print_json(record)
    else:
        terminal.print_stats(record)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@settings_options
@click.pass_context
def verify(ctx: click.Context, /, as_json: bool, **_: Any) -> None:
    """Check every part of the index; exit 3 when it is damaged."""
    with service_of(ctx) as service:
        problems = service.verify()
    if as_json:
        print_json({"problems": [{"file": one.file, "message": one.message} for one in problems]})
    for one in problems:
        click.echo(terminal.printable(f"{one.file}: {one.message}"), err=True)
    if not problems and not as_json:
        click.echo("The index is in order.")
    ctx.exit(3 if problems else 0)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print the settings as JSON.")
@settings_options
@click.pass_context
def config(ctx: click.Context, /, as_json: bool, **_: Any) -> None:
    """Show the effective settings, and where each came from."""
    loaded = load(ctx)
    rows = [
        (option.name, "***" if option.secret else _plain(getattr(loaded.settings, option.name)), option.help)
        for option in OPTIONS
    ]
    if as_json:
        print_json({name: {"value": value, "from": loaded.origins[name]} for name, value, _help in rows})
    else:
        terminal.print_settings([(name, value, loaded.origins[name], help_) for name, value, help_ in rows])


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    return [_plain(one) for one in value] if isinstance(value, Sequence) and not isinstance(value, str) else value


for _command in cli_editors.COMMANDS:
    main.add_command(_command)
