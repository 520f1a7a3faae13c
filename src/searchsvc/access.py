"""Who is an editor: the tokens of the settings and of the tokens file, and the key that signs their sessions.

Both files are secrets: made with mode 0600, replaced in one step, and refused when others may read them.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import os
import secrets
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from .config import Settings
from .errors import ConfigError, UsageError
from .tokens import check_distinct, check_name, check_token, new_token

#: What to do when there is no token.
HOW_TO_CREATE: Final = "Create a token with: searchsvc token NAME"
_KEY_BYTES: Final = 32
_HEADER: Final = "# Tokens of editors, one a line: name token. Written by `searchsvc token`; keep it secret.\n"


def tokens_file(settings: Settings) -> Path:
    """Where the tokens file is, whether there is one or not."""
    return settings.tokens_file or settings.state / "tokens"


def digest(token: str) -> bytes:
    """What tokens are compared by. Of equal length for all, so that comparing tells nothing about the length."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


class Tokens:
    """The tokens that hold now. The file is looked at for each question and read again when it has changed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._file = tokens_file(settings)
        self._version: tuple[int, ...] | None = None
        self._digests: Mapping[str, bytes] | None = None

    def digests(self) -> Mapping[str, bytes]:
        """Name -> digest of its token. ConfigError when the file cannot be trusted or read."""
        version = _version_of(self._file)
        if self._digests is None or version != self._version:
            # The version is kept only when all is in order: a faulty file is an error each time.
            self._digests = {name: digest(token) for name, token in _all_tokens(self._settings).items()}
            self._version = version
        return self._digests

    def name_of(self, token: str) -> str | None:
        """Whose token this is. All are compared, in constant time each: how long it takes tells nothing."""
        given, found = digest(token), None
        for name, known in self.digests().items():
            if hmac.compare_digest(given, known):
                found = name
        return found


def create_token(settings: Settings, name: str) -> str:
    """A new token of this name, written to the tokens file. UsageError when there is one already."""
    file = tokens_file(settings)
    _checked_name(name)
    with _locked(file):
        if name in _all_tokens(settings):
            raise UsageError(f"There is a token named {name} already.", hint="--show prints it, --revoke removes it.")
        token = new_token()
        text = _read_private(file) if file.exists() else _HEADER
        if text and not text.endswith("\n"):
            text += "\n"
        _write_private(file, f"{text}{name} {token}\n")
    return token


def show_token(settings: Settings, name: str) -> str:
    """The existing token of this name. UsageError when there is none."""
    token = _all_tokens(settings).get(_checked_name(name))
    if token is None:
        raise UsageError(f"There is no token named {name}.", hint=HOW_TO_CREATE)
    return token


def revoke_token(settings: Settings, name: str) -> None:
    """Takes a token out of the tokens file; other lines stay as they are. UsageError when it is not there."""
    file = tokens_file(settings)
    _checked_name(name)
    if name in dict(settings.tokens):
        raise UsageError(f"The token named {name} is in the option tokens.", hint="Remove it there.")
    with _locked(file):
        if name not in _all_tokens(settings):
            raise UsageError(f"There is no token named {name} in {file}.")
        lines = _read_private(file).splitlines(keepends=True)
        _write_private(file, "".join(line for line in lines if line.split()[:1] != [name]))


def token_of(settings: Settings, name: str) -> str:
    """The token of this name, created if there is none."""
    return _all_tokens(settings).get(_checked_name(name)) or create_token(settings, name)


def session_key(settings: Settings) -> bytes:
    """The key that signs sessions. Whoever asks first makes it; all others, in whatever process, get the same."""
    file = settings.state / "session.key"
    if not file.exists():
        with _locked(file):
            if not file.exists():
                _write_private(file, secrets.token_hex(_KEY_BYTES))
    text = _read_private(file).strip()
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise ConfigError(f"{file} is no session key.", hint="Remove it; a new one is made, and editors log in again.")
    return key


def _checked_name(name: str) -> str:
    try:
        return check_name(name)
    except ValueError as error:
        raise UsageError(f"{name!r} is no name of a token: {error}.") from None


def _all_tokens(settings: Settings) -> dict[str, str]:
    """Name -> token, of the settings and of the file."""
    file = tokens_file(settings)
    pairs = list(settings.tokens)
    in_file = _parse_lines(file, _read_private(file)) if file.exists() else []
    both = dict(pairs).keys() & dict(in_file).keys()
    if both:
        raise ConfigError(f"{file}: {min(both)} is also in the option tokens.", hint="Remove one of the two.")
    if set(dict(pairs).values()) & set(dict(in_file).values()):
        raise ConfigError(f"{file}: a token is also in the option tokens under another name.")
    return dict(pairs + in_file)


def _parse_lines(file: Path, text: str) -> list[tuple[str, str]]:
    """(name, token) of each line. ConfigError names the line and never shows what is on it."""
    pairs: list[tuple[str, str]] = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        try:
            if len(words) != 2:
                raise ValueError("a line is: name token")
            pairs.append((check_name(words[0]), check_token(words[1])))
            check_distinct(pairs, "token")
        except ValueError as error:
            raise ConfigError(f"{file}, line {number}: {error}.", hint="Lines are: name token.") from None
    return pairs


def _version_of(file: Path) -> tuple[int, ...]:
    """Changes whenever the file does; empty when there is none."""
    try:
        found = file.stat()
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise ConfigError(f"Cannot read {file}: {error.strerror}.") from None
    return (found.st_ino, found.st_size, found.st_mode, found.st_mtime_ns, found.st_ctime_ns)


def _read_private(file: Path) -> str:
    """Text of a file that only its owner may read. Checked on the opened file: a path may change meanwhile."""
    try:
        with file.open("rb") as opened:
            mode = stat.S_IMODE(os.fstat(opened.fileno()).st_mode)
            if mode & 0o077:
                raise ConfigError(
                    f"{file} can be read or written by others than its owner (mode {mode:04o}).",
                    hint=f"Run: chmod 600 {file}. Replace its tokens if others have used this machine.",
                )
            return opened.read().decode("utf-8-sig")
    except OSError as error:
        raise ConfigError(f"Cannot read {file}: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{file} is not UTF-8 text.") from None


def _write_private(file: Path, text: str) -> None:
    """Replaces the file in one step, mode 0600 from its first byte on. The caller holds the lock."""
    target = file.resolve()  # a link stays a link
    new = target.with_name(f".{target.name}.new")
    try:
        new.unlink(missing_ok=True)  # of a run that was killed
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as opened:
            if os.geteuid() == 0:
                # `sudo searchsvc token` must not lock out the service, whose folder this is.
                owner = target.parent.stat()
                os.fchown(opened.fileno(), owner.st_uid, owner.st_gid)
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
        new.replace(target)
    except OSError as error:
        raise ConfigError(f"Cannot write {file}: {error.strerror}.") from None


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    """One writer at a time in the folder of the file, which is made (for its owner only) when it is missing."""
    folder = file.resolve().parent
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise ConfigError(f"Cannot write in {folder}: {error.strerror}.") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
