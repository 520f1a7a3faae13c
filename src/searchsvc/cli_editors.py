"""The editors' commands: duplicates, decisions, hidden articles; `check` has its own module. As lazy as `cli` is."""

from __future__ import annotations

import getpass
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from .cli_check import check
from .cli_common import index_options, print_json, service_of, settings_options, up_to_date
from .editorial import KINDS
from .errors import UsageError
from .terminal import printable

if TYPE_CHECKING:
    from .editorial import Redirect

#: Clusters shown to a person who names no limit; files and JSON hold all.
_SHOWN: Final = 20
#: Which clusters are listed; the first is the default. The desk checks the same, but is not imported for --help.
_STATES: Final = ("open", "all")
_STATE_HELP: Final = "open (default): clusters that wait; all: decided ones too; else the folder of decisions."


@click.command()
@click.option("--kind", type=click.Choice(KINDS), help="Only clusters of this kind.")
@click.option("--category", help="Only clusters with an article of this category.")
@click.option("--min-score", type=float, default=0.0, help="The least score of a cluster, 0 to 1.")
@click.option("--state", "states", multiple=True, help=_STATE_HELP)
@click.option("--order", default="gain", show_default=True, help="gain, size, score or newest.")
@click.option("--limit", type=int, help=f"Clusters to show, 1 to 200 (default: {_SHOWN}; in files and JSON all).")
@click.option("--visits", type=click.Path(path_type=Path), help="CSV of pages and their visits.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer of the duplicates endpoint.")
@click.option("--csv", "as_csv", is_flag=True, help="Print a table for Excel, a row an article.")
@click.option("--redirects", type=click.Choice(["csv", "nginx"]), help="Print what is decided: old URL to kept URL.")
@index_options
@click.pass_context
def duplicates(
    ctx: click.Context,
    /,
    kind: str | None,
    category: str | None,
    min_score: float,
    states: tuple[str, ...],
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
    # As everywhere --state names the folder of decisions; here two words mean which clusters, and both may be given.
    waiting = [one for one in states if one in _STATES]
    folders = [Path(one) for one in states if one not in _STATES]
    with service_of(ctx, visits=visits, **({"state": folders[-1]} if folders else {})) as service:
        desk = up_to_date(service.editors)
        if redirects:
            _print_redirects(desk.redirects(), redirects, service.settings.root_path)
            return
        shown = limit if limit is not None or as_json or as_csv else _SHOWN
        found = desk.duplicates(
            kind=kind,
            category=category,
            min_score=min_score,
            limit=shown,
            order=order,
            state=(*_STATES[:1], *waiting)[-1],
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


def _print_redirects(found: Sequence[Redirect], form: str, root: str) -> None:
    """As files for a server: a path of this service lies below its root there."""
    from .exports import redirects_csv
    from .redirect_map import nginx_map

    def rooted(url: str) -> str:
        return root + url if url.startswith("/") else url

    linked = [replace(one, url=rooted(one.url), keep_url=rooted(one.keep_url)) for one in found]
    click.echo(redirects_csv(linked) if form == "csv" else nginx_map(linked).encode("ascii"), nl=False)


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
