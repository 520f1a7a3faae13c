"""`searchsvc check`: what the site already has, before something is written. As lazy as `cli` is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from .cli_common import load, print_json, service_of, settings_options, up_to_date
from .editorial import KINDS, Kind
from .errors import InvalidParameter, TooLarge, UsageError
from .terminal import printable

if TYPE_CHECKING:
    from .editorial import CheckResult, Match, PlannedTitle
    from .editors import Editors


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
            result = up_to_date(service.editors).check(*draft)
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
    return up_to_date(desk).check_titles(titles)


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
