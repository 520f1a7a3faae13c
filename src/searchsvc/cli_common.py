"""What all commands of the command line share: settings from flags, the service, JSON and complaints."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from . import terminal
from .config import Loaded, load_settings
from .errors import SearchServiceError

if TYPE_CHECKING:
    from .editors import Editors
    from .service import SearchService

F = TypeVar("F", bound=Callable[..., Any])
ANYWHERE = ("index", "state", "config_file")


def settings_options(command: F) -> F:
    """--index, --state and --config, which hold before the command and after it."""
    folder = click.option(
        "--state", type=click.Path(path_type=Path), help="Folder of decisions (data beside the index)."
    )
    return index_options(folder(command))


def index_options(command: F) -> F:
    """--index and --config alone, for a command with a --state of its own."""
    for option in (
        click.option("--config", "config_file", type=click.Path(path_type=Path), help="Settings file."),
        click.option("--index", type=click.Path(path_type=Path), help="Folder of the index."),
    ):
        command = option(command)
    return command


def load(ctx: click.Context, **flags: Any) -> Loaded:
    """Settings with the flags of the command, then those given before it."""
    before = ctx.parent.params if ctx.parent else {}
    given = {name: ctx.params.get(name) or before.get(name) for name in ANYWHERE}
    file = given.pop("config_file")
    loaded = load_settings(config_file=file, flags={**given, **flags})
    for note in loaded.notes:
        click.echo(terminal.printable(f"searchsvc: {note}"), err=True)
    return loaded


@contextmanager
def service_of(ctx: click.Context, **flags: Any) -> Iterator[SearchService]:
    """The service of a command, closed after it."""
    from .service import open_service

    with open_service(load(ctx, **flags).settings) as service:
        yield service


def up_to_date(desk: Editors) -> Editors:
    """The desk, with what it knows of duplicates brought in line with the index."""
    if not desk.is_current():
        desk.update()
    return desk


def print_json(value: Any) -> None:
    """A value on one line of stdout."""
    click.echo(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def complain(error: SearchServiceError) -> None:
    """An error as one sentence on stderr."""
    click.echo(terminal.printable(f"searchsvc: {error}"), err=True)
