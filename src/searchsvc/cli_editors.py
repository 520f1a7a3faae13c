"""The editors' commands: duplicates, checks before writing, decisions, hidden articles. As lazy as `cli` is."""

from __future__ import annotations

import getpass
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import click

from .cli_common import load, print_json, service_of, settings_options
from .editorial import KINDS, Kind
from .errors import InvalidParameter, TooLarge, UsageError
from .terminal import printable

if TYPE_CHECKING:
    from .editorial import CheckResult, Match, PlannedTitle, Redirect
    from .editors import Editors

#: Clusters shown to a person who names no limit; files and JSON hold all.
_SHOWN: Final = 20


@click.command()
@click.option("--kind", type=click.Choice(KINDS), help="Only clusters of this kind.")
@click.option("--category", help="Only clusters with an article of this category.")
@click.option("--min-score", type=float, default=0.0, help="The least score of a cluster, 0 to 1.")
@click.option("--state", "waiting", default="open", help="open (default): those that wait; all: decided ones too.")
@click.option("--order", default="gain", show_default=True, help="gain, size, score or newest.")
@click.option("--limit", type=int, help=f"Clusters to show, 1 to 200 (default: {_SHOWN}; in files and JSON all).")
@click.option("--visits", type=click.Path(path_type=Path), help="CSV of pages and their visits.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer of the duplicates endpoint.")
@click.option("--csv", "as_csv", is_flag=True, help="Print a table for Excel, a row an article.")
@click.option("--redirects", type=click.Choice(["csv", "nginx"]), help="Print what is decided: old URL to kept URL.")
@settings_options
@click.pass_context
def duplicates(
    ctx: click.Context,
    /,
    kind: str | None,
    category: str | None,
    min_score: float,
    waiting: str,
    order: str,
    limit: int | None,
    visits: Path | None,
    as_json: bool,
    as_csv: bool,
    redirects: str | None,
    **_: Any,
) -> None:
    """List articles that say the same, in clusters, with the one to keep."""
    if as_json + as_csv + bool(redirects) > 1:
        raise UsageError("Of --json, --csv and --redirects one can be printed at once.")
    with service_of(ctx, visits=visits) as service:
        desk = _up_to_date(service.editors)
        if redirects:
            _print_redirects(desk.redirects(), redirects, service.settings.root_path)
            return
        shown = limit if limit is not None or as_json or as_csv else _SHOWN
        found = desk.duplicates(
            kind=kind, category=category, min_score=min_score, limit=shown, order=order, state=waiting
        )
        current = desk.is_current()
    if as_json:
        from .editorial_records import clusters_record

        print_json(clusters_record(found, current=current))
    elif as_csv:
        from .exports import duplicates_csv

        click.echo(duplicates_csv(found.clusters), nl=False)
    else:
        from .terminal_editors import print_clusters

        print_clusters(found)


def _up_to_date(desk: Editors) -> Editors:
    if not desk.is_current():
        desk.update()
    return desk


def _print_redirects(found: Sequence[Redirect], form: str, root: str) -> None:
    """As files for a server: a path of this service lies below its root there."""
    from .exports import redirects_csv
    from .redirect_map import nginx_map

    def rooted(url: str) -> str:
        return root + url if url.startswith("/") else url

    linked = [replace(one, url=rooted(one.url), keep_url=rooted(one.keep_url)) for one in found]
    click.echo(redirects_csv(linked) if form == "csv" else nginx_map(linked).encode("ascii"), nl=False)


@click.command()
@click.argument("file", required=False, type=click.File("rb"))
@click.option("--title", help="Check a title alone.")
@click.option("--titles", type=click.File("rb"), help="Check the titles in the first column of a CSV.")
@click.option("--fail-on", type=click.Choice(KINDS), help="Exit 1 when a match of this kind, or a stronger, is found.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer of the check endpoint.")
@click.option("--csv", "as_csv", is_flag=True, help="Print a table for Excel, a row a title; with --titles.")
@settings_options
@click.pass_context
def check(
    ctx: click.Context,
    /,
    file: BinaryIO | None,
    title: str | None,
    titles: BinaryIO | None,
    fail_on: Kind | None,
    as_json: bool,
    as_csv: bool,
    **_: Any,
) -> None:
    """Look up what the site already has on a draft, before it is published.

    FILE is HTML, or a text with its title in the first line; - is standard input.
    """
    if (file is not None) + (title is not None) + (titles is not None) != 1:
        raise UsageError("Give one of FILE, --title and --titles.")
    if as_csv and (as_json or titles is None):
        raise UsageError("--csv goes with --titles, and not with --json.")
    settings = load(ctx).settings
    with service_of(ctx) as service:
        if titles is not None:
            planned = _check_titles(service.editors, _read(titles, settings.max_page_bytes), _name(titles))
            _print_planned(planned, as_json, as_csv)
            matches = [match for one in planned for match in one.matches]
            same = any(one.planned for one in planned)
        else:
            draft = (title or "", "")
            if file is not None:
                from .ingest.drafts import read_draft

                data = _read(file, settings.max_page_bytes)
                draft = read_draft(data, _name(file), timezone=settings.timezone)
            result = _up_to_date(service.editors).check(*draft)
            _print_check(result, as_json)
            matches, same = list(result.matches), False
    ctx.exit(1 if fail_on and _is_found(fail_on, matches, same) else 0)


def _is_found(kind: Kind, matches: Sequence[Match], same: bool) -> bool:
    """Whether there is a match as strong as `kind`; titles of one list that ask the same are of the weakest kind."""
    strong = KINDS[: KINDS.index(kind) + 1]
    return any(one.kind in strong for one in matches) or (same and kind == KINDS[-1])


def _check_titles(desk: Editors, data: bytes, name: str) -> tuple[PlannedTitle, ...]:
    from .editors.planned import read_titles

    titles = read_titles(data, name)
    return _up_to_date(desk).check_titles(titles)


def _print_planned(planned: Sequence[PlannedTitle], as_json: bool, as_csv: bool) -> None:
    if as_json:
        from .editorial_records import planned_record

        print_json(planned_record(planned))
    elif as_csv:
        from .exports import planned_csv

        click.echo(planned_csv(planned), nl=False)
    else:
        from .terminal_editors import print_planned

        print_planned(planned)


def _print_check(result: CheckResult, as_json: bool) -> None:
    if as_json:
        from .editorial_records import check_record

        # The ranges of new passages are into the body as it was read, which a file does not show.
        print_json({"title": result.title, "body": result.body, **check_record(result, result.body)})
    else:
        from .terminal_editors import print_check

        print_check(result)


def _name(file: BinaryIO) -> str:
    return printable(str(getattr(file, "name", "-")))


def _read(file: BinaryIO, most: int) -> bytes:
    try:
        data = file.read(most + 1)
    except OSError as error:
        raise InvalidParameter("file", f"{_name(file)} cannot be read: {error.strerror}.") from None
    if len(data) > most:
        raise TooLarge("file", f"{_name(file)} has more than {most} bytes.", hint="See max_page_bytes.")
    return data


@click.command()
@click.argument("article")
@settings_options
@click.pass_context
def hide(ctx: click.Context, /, article: str, **_: Any) -> None:
    """Take an article (by id or key) out of every answer to visitors."""
    with service_of(ctx) as service:
        click.echo(printable(f"Hidden {service.editors.hide(article, by=login_name()).id}"))


@click.command()
@click.argument("article")
@settings_options
@click.pass_context
def unhide(ctx: click.Context, /, article: str, **_: Any) -> None:
    """Show a hidden article (by id or key) again."""
    with service_of(ctx) as service:
        click.echo(printable(f"Shown again {service.editors.unhide(article)}"))


def login_name() -> str:
    """The name under which the command line decides; a number where the system knows no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # containers run as numbers that no name belongs to
        return f"uid {os.getuid()}" if hasattr(os, "getuid") else "unknown"


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
@settings_options
@click.pass_context
def hidden(ctx: click.Context, /, as_json: bool, **_: Any) -> None:
    """List hidden articles, and who hid them."""
    with service_of(ctx) as service:
        found = service.editors.hidden()
    if as_json:
        from .editorial_records import hidden_record

        print_json({"total": len(found), "hidden": [hidden_record(one) for one in found]})
    else:
        from .terminal_editors import print_hidden

        print_hidden(found)


@click.command()
@click.option("--history", is_flag=True, help="Those undone or replaced too.")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
@settings_options
@click.pass_context
def decisions(ctx: click.Context, /, history: bool, as_json: bool, **_: Any) -> None:
    """List what was decided about duplicates, newest first."""
    with service_of(ctx) as service:
        found = service.editors.history() if history else service.editors.decisions()
    if as_json:
        from .editorial_records import decision_record

        print_json({"total": len(found), "decisions": [decision_record(one) for one in found]})
    else:
        from .terminal_editors import print_decisions

        print_decisions(found)


COMMANDS: Final = (duplicates, check, hide, unhide, hidden, decisions)
