"""Editors' tokens: the file, its mode, its lines, and what happens when it changes."""

import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from searchsvc.access import Tokens, create_token, revoke_token, session_key, show_token, token_of, tokens_file
from searchsvc.config import Settings, load_settings
from searchsvc.errors import ConfigError, UsageError

SECRET = "s3cret-s3cret-s3cret"
OTHER = "0ther-0ther-0ther-00"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(index=tmp_path / "index", state=tmp_path / "state")


def write_tokens(settings: Settings, text: str, mode: int = 0o600) -> Path:
    file = tokens_file(settings)
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, "utf-8")
    file.chmod(mode)
    return file


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_token_is_known_by_its_name_and_lies_in_a_file_only_its_owner_reads(settings: Settings) -> None:
    umask = os.umask(0)
    try:
        token = create_token(settings, "王编辑")
    finally:
        os.umask(umask)
    assert Tokens(settings).name_of(token) == "王编辑"
    assert (mode_of(settings.state), mode_of(tokens_file(settings))) == (0o700, 0o600)
    assert show_token(settings, "王编辑") == token
    assert len(token) > 40
    assert [one.name for one in settings.state.iterdir()] == ["tokens"]


def test_tokens_of_the_settings_and_of_the_file_both_hold(settings: Settings) -> None:
    write_tokens(settings, f"# who\n\n  li   {SECRET}  \r\n")
    tokens = Tokens(replace(settings, tokens=(("wang", OTHER),)))
    assert (tokens.name_of(SECRET), tokens.name_of(OTHER)) == ("li", "wang")
    for wrong in ("", SECRET[:-1], SECRET + "x", SECRET.upper(), "王" * 20, "\ud800" * 20):
        assert tokens.name_of(wrong) is None


def test_without_tokens_nobody_is_an_editor(settings: Settings) -> None:
    assert Tokens(settings).digests() == {}
    assert Tokens(settings).name_of("") is None
    assert not settings.state.exists(), "asking must not write"


def test_the_file_is_read_again_when_it_changes_appears_or_goes(settings: Settings) -> None:
    tokens = Tokens(settings)
    assert tokens.name_of(SECRET) is None
    file = write_tokens(settings, f"li {SECRET}\n")
    assert tokens.name_of(SECRET) == "li"
    write_tokens(settings, f"li {OTHER}\n")  # as long as before, within one tick of coarse clocks
    assert (tokens.name_of(SECRET), tokens.name_of(OTHER)) == (None, "li")
    file.unlink()
    assert tokens.name_of(OTHER) is None


def test_revoking_removes_one_line_and_leaves_the_others(settings: Settings) -> None:
    write_tokens(settings, f"# ours\nli {SECRET}\nlili {OTHER}\n")
    tokens = Tokens(settings)
    assert tokens.name_of(SECRET) == "li"
    revoke_token(settings, "li")
    assert (tokens.name_of(SECRET), tokens.name_of(OTHER)) == (None, "lili")
    assert tokens_file(settings).read_text("utf-8") == f"# ours\nlili {OTHER}\n"
    with pytest.raises(UsageError, match="no token named li"):
        revoke_token(settings, "li")
    with pytest.raises(UsageError, match="option tokens"):
        revoke_token(replace(settings, tokens=(("zhao", SECRET),)), "zhao")


def test_a_name_has_one_token(settings: Settings) -> None:
    token = create_token(settings, "li")
    with pytest.raises(UsageError, match="--show"):
        create_token(settings, "li")
    assert token_of(settings, "li") == token
    assert token_of(settings, "wang") == show_token(settings, "wang")
    with pytest.raises(UsageError, match="zhao"):
        show_token(settings, "zhao")


def test_a_last_line_without_an_end_is_not_glued_to_the_new_token(settings: Settings) -> None:
    write_tokens(settings, f"li {SECRET}")
    token = create_token(settings, "wang")
    assert (Tokens(settings).name_of(SECRET), Tokens(settings).name_of(token)) == ("li", "wang")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o602, 0o644])
def test_a_file_that_others_can_touch_is_refused_also_after_it_was_good(settings: Settings, mode: int) -> None:
    file = write_tokens(settings, f"li {SECRET}\n")
    tokens = Tokens(settings)
    assert tokens.name_of(SECRET) == "li"
    file.chmod(mode)
    for _ in range(2):
        with pytest.raises(ConfigError, match="chmod 600") as caught:
            tokens.name_of(SECRET)
        assert SECRET not in str(caught.value)
    file.chmod(0o600)
    assert tokens.name_of(SECRET) == "li"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (SECRET, "name token"),
        (f"li {SECRET} more", "name token"),
        (f"l/i {SECRET}", "a name holds"),
        (f"{'长' * 41} {SECRET}", "a name holds"),
        ("li short-secret", "a token holds"),
        (f"li {SECRET}密", "a token holds"),
        (f"li {SECRET}=", "a token holds"),
        (f"one {SECRET}", "name"),
        (f"li {OTHER}", "token"),
    ],
)
def test_a_bad_line_is_named_and_its_token_never_shown(settings: Settings, line: str, words: str) -> None:
    write_tokens(settings, f"# first\none {OTHER}\n{line}\n")
    with pytest.raises(ConfigError, match=f"line 3.*{words}") as caught:
        Tokens(settings).digests()
    assert not any(one in str(caught.value) for one in (SECRET, OTHER, "short-secret"))


def test_a_name_or_token_in_both_places_is_an_error(settings: Settings) -> None:
    write_tokens(settings, f"li {SECRET}\n")
    for pair in (("li", OTHER), ("wang", SECRET)):
        with pytest.raises(ConfigError, match="option tokens"):
            Tokens(replace(settings, tokens=(pair,))).digests()


def test_a_file_that_is_no_text_is_an_error(settings: Settings) -> None:
    write_tokens(settings, "").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="UTF-8"):
        Tokens(settings).digests()


@pytest.mark.parametrize("name", ["", "a b", "#x", "a:b", "../x", "字" * 41])
def test_a_name_that_cannot_be_one_is_refused(settings: Settings, name: str) -> None:
    with pytest.raises(UsageError, match="no name of a token"):
        create_token(settings, name)
    assert not settings.state.exists()


def test_tokens_file_and_tokens_are_options(tmp_path: Path) -> None:
    file = tmp_path / "searchsvc.toml"
    file.write_text('tokens_file = "secrets/editors"\nsecure_cookies = true\n', "utf-8")
    environment = {"SEARCHSVC_TOKENS": f"li:{SECRET}, 王:{OTHER}"}
    settings = load_settings(config_file=file, environment=environment).settings
    assert settings.tokens == (("li", SECRET), ("王", OTHER))
    assert tokens_file(settings) == tmp_path / "secrets" / "editors"
    assert settings.secure_cookies is True
    assert SECRET not in repr(settings)


@pytest.mark.parametrize("value", [f"li={SECRET}", "li:short-secret", f"li:{SECRET},li:{OTHER}", f"a b:{SECRET}"])
def test_a_bad_tokens_option_is_named_and_never_shown(value: str) -> None:
    with pytest.raises(ConfigError, match=r"SEARCHSVC_TOKENS.*item") as caught:
        load_settings(environment={"SEARCHSVC_TOKENS": value})
    assert not any(one in str(caught.value) for one in (SECRET, OTHER, "short-secret"))


def test_all_who_ask_for_the_session_key_at_once_get_the_same(settings: Settings) -> None:
    with ThreadPoolExecutor(16) as pool:
        keys = set(pool.map(lambda _: session_key(settings), range(64)))
    assert len(keys) == 1
    assert (len(keys.pop()), mode_of(settings.state / "session.key")) == (32, 0o600)


def test_processes_that_ask_for_the_session_key_at_once_get_the_same(settings: Settings) -> None:
    program = (
        "import sys; from pathlib import Path; from searchsvc import Settings;"
        "from searchsvc.access import session_key;"
        "sys.stdin.read(); print(session_key(Settings(state=Path(sys.argv[1]))).hex())"
    )
    command = [sys.executable, "-c", program, str(settings.state)]
    waiting = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    for process in waiting:
        assert process.stdin is not None
        process.stdin.close()
    keys = set()
    for process in waiting:
        assert process.stdout is not None
        keys.add(process.stdout.read())
        process.stdout.close()
        assert process.wait(60) == 0
    assert len(keys) == 1
    assert keys == {session_key(settings).hex() + "\n"}


def test_a_session_key_that_is_none_or_open_to_others_is_an_error(settings: Settings) -> None:
    session_key(settings)
    file = settings.state / "session.key"
    file.write_text("00")
    with pytest.raises(ConfigError, match="no session key"):
        session_key(settings)
    file.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        session_key(settings)


def run(*args: str | Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "searchsvc", *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False)


def test_the_command_creates_shows_and_revokes(settings: Settings) -> None:
    where = ("--state", settings.state)
    created = run("token", "李", *where)
    assert created.returncode == 0, created.stderr
    token = created.stdout.strip()
    assert Tokens(settings).name_of(token) == "李"
    again = run("token", "李", *where)
    assert (again.returncode, again.stdout) == (2, "")
    assert token not in again.stderr
    assert run("token", "李", "--show", *where).stdout.strip() == token
    revoked = run("token", "李", "--revoke", *where)
    assert (revoked.returncode, token in revoked.stdout) == (0, False)
    assert Tokens(settings).name_of(token) is None
    assert run("token", "李", "--show", *where).returncode == 2


def test_the_settings_table_hides_tokens(tmp_path: Path) -> None:
    file = tmp_path / "searchsvc.toml"
    file.write_text(f'tokens = ["li:{SECRET}"]\n', "utf-8")
    for done in (run("config", "--config", file), run("config", "--json", "--config", file)):
        assert (done.returncode, SECRET in done.stdout, "***" in done.stdout) == (0, False, True)
