"""Settings: one table of options. Defaults < file < environment < flags; an unknown name is an error."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from .errors import ConfigError
from .tokens import parse_tokens

Where = Literal["default", "file", "environment", "flag"]

#: What shows that a folder is a state: decisions, tokens.
STATE_FILES: Final = ("editors.sqlite3", "tokens")
ENV_PREFIX: Final = "SEARCHSVC_"
CONFIG_FILE: Final = "searchsvc.toml"


@dataclass(frozen=True, slots=True)
class Settings:
    """The effective options. Field names are the option names; OPTIONS says what each means."""

    index: Path = Path("index")
    state: Path = Path("data")
    site_name: str = "文章搜索"
    site_hosts: tuple[str, ...] = ()
    url_rules: tuple[tuple[str, str], ...] = ()
    timezone: str = "Asia/Shanghai"
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    max_page_bytes: int = 20_000_000
    jobs: int = 0
    batch_pages: int = 1_000
    dictionaries: tuple[Path, ...] = ()
    stop_words: tuple[Path, ...] = ()
    snippet_chars: int = 120
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 2
    root_path: str = ""
    trusted_hosts: tuple[str, ...] = ()
    tokens: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    tokens_file: Path | None = None
    visits: Path | None = None
    secure_cookies: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """One row of the settings table: how to read a value (from text or TOML), and what it is for."""

    name: str
    parse: Callable[[Any], Any]
    help: str
    secret: bool = False


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("must be text")
    return value


def _path(value: Any) -> Path:
    text = str(value) if isinstance(value, Path) else _text(value)
    if not text or "\0" in text:
        raise ValueError("must be a path")
    return Path(text).expanduser()


def _path_or_none(value: Any) -> Path | None:
    return None if value is None else _path(value)


def _flag(value: Any) -> bool:
    known = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    text = str(value).strip().lower()
    if text not in known:
        raise ValueError("must be true or false")
    return known[text]


def _integer(low: int, high: int) -> Callable[[Any], int]:
    def parse(value: Any) -> int:
        if isinstance(value, bool) or not re.fullmatch(r"-?[0-9]{1,18}", str(value).strip(), re.ASCII):
            raise ValueError("must be a whole number")
        number = int(value)
        if not low <= number <= high:
            raise ValueError(f"must be between {low} and {high}")
        return number

    return parse


def _many(parse: Callable[[Any], Any], separator: str = ",") -> Callable[[Any], tuple[Any, ...]]:
    def parse_all(value: Any) -> tuple[Any, ...]:
        if isinstance(value, str):
            value = [part.strip() for part in value.split(separator) if part.strip()]
        if not isinstance(value, list | tuple):
            raise ValueError("must be a list")
        return tuple(parse(item) for item in value)

    return parse_all


def _url_rule(value: Any) -> tuple[str, str]:
    """`pattern -> URL`: a regular expression over the id, and a URL that may use its groups (\\1)."""
    if isinstance(value, str):
        value = [part.strip() for part in value.split("->", 1)]
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ValueError("must be 'pattern -> URL'")
    pattern, url = _text(value[0]), _text(value[1])
    try:
        compiled = re.compile(pattern)
        compiled.sub(url, "")
    except (re.error, IndexError) as error:
        raise ValueError(f"pattern {pattern!r} with URL {url!r}: {error}") from None
    if urlsplit(url).scheme not in {"http", "https"}:
        raise ValueError(f"URL {url!r} must begin with http:// or https://")
    return pattern, url


def _host_name(value: Any) -> str:
    text = _text(value).strip().lower()
    if "//" in text:
        text = urlsplit(text).netloc
    if not re.fullmatch(r"(\*|[a-z0-9.-]+|\[[0-9a-f:]+\])(:[0-9]{1,5})?", text):
        raise ValueError(f"{value!r} is no host name")
    return text


def _zone(value: Any) -> str:
    try:
        ZoneInfo(_text(value))
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{value!r} is no time zone, such as Asia/Shanghai") from None
    return str(value)


def _root_path(value: Any) -> str:
    text = _text(value).strip().rstrip("/")
    if text and not re.fullmatch(r"(/[A-Za-z0-9._~-]+)+", text):
        raise ValueError("must be a path such as /search")
    return text


OPTIONS: Final[tuple[Option, ...]] = (
    Option("index", _path, "Folder of the index."),
    Option("state", _path, "Folder of what editors decide (default: data beside the index); never inside the index."),
    Option("site_name", _text, "Name shown on the search page."),
    Option("site_hosts", _many(_host_name), "Hosts whose canonical URLs are believed and linked to."),
    Option(
        "url_rules",
        _many(_url_rule, ";"),
        "Pattern over an article's id -> its URL; the first that fits counts.",
    ),
    Option("timezone", _zone, "Time zone of the site; dates with another offset are converted to it."),
    Option(
        "include",
        _many(_text),
        "Only files matching one of these patterns are pages (default: known extensions).",
    ),
    Option("exclude", _many(_text), "Files matching one of these patterns are no pages."),
    Option("max_page_bytes", _integer(1_000, 1_000_000_000), "Pages larger than this are rejected."),
    Option("jobs", _integer(0, 256), "Processes that read pages; 0: one a core."),
    Option("batch_pages", _integer(1, 1_000_000), "Pages between two commits of an ingest."),
    Option("dictionaries", _many(_path), "Files of further dictionary words, one a line: word [frequency]."),
    Option("stop_words", _many(_path), "Files of further words that weigh less, one a line."),
    Option("snippet_chars", _integer(20, 1_000), "Length of a snippet, in characters."),
    Option("host", _text, "Address to serve on."),
    Option("port", _integer(1, 65_535), "Port to serve on."),
    Option("workers", _integer(1, 64), "Server processes."),
    Option("root_path", _root_path, "Path the service is mounted at behind a proxy, such as /search."),
    Option(
        "trusted_hosts",
        _many(_host_name),
        "Host headers that are answered; empty: any, for editors localhost and IP addresses.",
    ),
    Option("tokens", parse_tokens, "Tokens of editors, name:token, beside those in tokens_file.", secret=True),
    Option("tokens_file", _path_or_none, "File of editors' tokens (default: tokens in the state folder)."),
    Option("visits", _path_or_none, "CSV of pages (URL, id or key) and their visits, to say which duplicate to keep."),
    Option("secure_cookies", _flag, "Editors come by https only: browsers send their session no other way."),
)
_BY_NAME: Final = {option.name: option for option in OPTIONS}


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings, and where each value came from. `notes` are sentences for whoever gave them."""

    settings: Settings
    origins: Mapping[str, Where]
    file: Path | None
    notes: tuple[str, ...] = ()


def load_settings(
    *,
    config_file: Path | None = None,
    environment: Mapping[str, str] | None = None,
    flags: Mapping[str, Any] | None = None,
) -> Loaded:
    """Effective settings from all four layers. ConfigError names the option and the layer at fault.

    Without `config_file`, `searchsvc.toml` in the working directory is read when it is there. A flag of None was
    not given. Relative paths in a file are relative to the file. `state` is beside the index when nothing gives it, so
    that a command from another folder finds the same decisions.
    """
    values: dict[str, Any] = {}
    origins: dict[str, Where] = {option.name: "default" for option in OPTIONS}

    def take(name: str, value: Any, where: Where, label: str) -> None:
        option = _BY_NAME.get(name)
        if option is None:
            known = ", ".join(sorted(_BY_NAME))
            raise ConfigError(f"{label}: there is no option {name!r}.", hint=f"Options are: {known}.")
        try:
            values[name] = option.parse(value)
        except (ValueError, TypeError) as error:
            shown = "***" if option.secret else repr(value)
            raise ConfigError(f"{label}: {name} = {shown}: {error}.", hint=option.help) from None
        origins[name] = where

    file = config_file or (Path(CONFIG_FILE) if Path(CONFIG_FILE).is_file() else None)
    if file is not None:
        for name, value in _read_toml(file).items():
            take(name, value, "file", str(file))
        for name in ("index", "state", "dictionaries", "stop_words", "tokens_file", "visits"):
            if origins[name] == "file":
                values[name] = _relative_to(file.parent, values[name])
    for variable, value in sorted((os.environ if environment is None else environment).items()):
        if variable.startswith(ENV_PREFIX) and variable != f"{ENV_PREFIX}CONFIG":
            take(variable.removeprefix(ENV_PREFIX).lower(), value, "environment", variable)
    for name, value in (flags or {}).items():
        if value is not None:
            take(name, value, "flag", f"--{name.replace('_', '-')}")
    notes: tuple[str, ...] = ()
    if origins["state"] == "default":
        values["state"], notes = _default_state(values.get("index", Settings().index))
    settings = Settings(**values)
    _check_folders(settings)
    return Loaded(settings, origins, file, notes)


def _default_state(index: Path) -> tuple[Path, tuple[str, ...]]:
    """The state beside this index; or that in the working directory, where it was by default before, and a note."""
    beside = (index if index.name not in {"", ".."} else index.resolve()).parent / "data"
    here = Path("data")
    try:
        used = not beside.exists() and any((here / name).is_file() for name in STATE_FILES)
    except OSError:
        used = False  # what may not be looked at is named by whoever opens it
    if not used:
        return beside, ()
    note = (
        f"The state in {here.absolute()} is used, because there is none in {beside.absolute()}, beside the index. "
        "Move it there, or name it with --state."
    )
    return here, (note,)


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"Cannot read {file}: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} is not valid TOML: {error}.") from None


def _relative_to(folder: Path, value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(folder / item for item in value)
    return folder / value


def _check_folders(settings: Settings) -> None:
    index, state = settings.index.absolute(), settings.state.absolute()
    if index == state or index in state.parents or state in index.parents:
        raise ConfigError(
            f"index ({index}) and state ({state}) must be separate folders.", hint="Give another --state."
        )
