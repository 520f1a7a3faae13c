"""What a token of an editor is: a name for people, and a secret that programs and browsers show."""

from __future__ import annotations

import re
import secrets
from typing import Any, Final

MAX_NAME: Final = 40
MIN_TOKEN: Final = 16
MAX_TOKEN: Final = 200
_NAME: Final = re.compile(rf"[\w.-]{{1,{MAX_NAME}}}")
_TOKEN: Final = re.compile(rf"[A-Za-z0-9._~-]{{{MIN_TOKEN},{MAX_TOKEN}}}")


def new_token() -> str:
    """A fresh secret of 256 bits. It begins with a letter, so that no command takes it for an option."""
    return f"t{secrets.token_urlsafe(32)}"


def check_name(name: str) -> str:
    """The name, or ValueError saying what a name may hold."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"a name holds letters, digits, '.', '_' and '-', at most {MAX_NAME} of them")
    return name


def check_token(token: str) -> str:
    """The token, or ValueError saying what a token may hold. The token itself is never part of a message."""
    if not _TOKEN.fullmatch(token):
        raise ValueError(f"a token holds {MIN_TOKEN} to {MAX_TOKEN} of the characters A-Z a-z 0-9 . _ ~ -")
    return token


def check_distinct(pairs: list[tuple[str, str]], what: str) -> None:
    """ValueError when a name or a token stands twice: nobody could say whom a decision came from, or revoke half."""
    names: dict[str, int] = {}
    tokens: dict[str, int] = {}
    for number, (name, token) in enumerate(pairs, 1):
        for seen, value, kind in ((names, name, "name"), (tokens, token, "token")):
            if value in seen:
                raise ValueError(f"{what} {number} has the {kind} of {what} {seen[value]}")
            seen[value] = number


def parse_tokens(value: Any) -> tuple[tuple[str, str], ...]:
    """The option `tokens`: `name:token` separated by commas, or a list of them. ValueError names the item by number."""
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    if not isinstance(value, list | tuple):
        raise ValueError("must be a list of name:token")
    pairs: list[tuple[str, str]] = []
    for number, item in enumerate(value, 1):
        parts = item.split(":", 1) if isinstance(item, str) else item
        if not isinstance(parts, list | tuple) or len(parts) != 2 or not all(isinstance(one, str) for one in parts):
            raise ValueError(f"item {number} is not name:token")
        try:
            pairs.append((check_name(parts[0].strip()), check_token(parts[1].strip())))
        except ValueError as error:
            raise ValueError(f"item {number}: {error}") from None
    check_distinct(pairs, "item")
    return tuple(pairs)
