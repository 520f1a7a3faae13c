"""Settings: four layers, one table, clear errors."""

import json
from dataclasses import fields
from pathlib import Path

import pytest
from click.testing import CliRunner

from searchsvc.access import tokens_file
from searchsvc.cli import main
from searchsvc.config import OPTIONS, STATE_FILES, Settings, load_settings
from searchsvc.errors import ConfigError
from searchsvc.state import database


def write(folder: Path, text: str) -> Path:
    file = folder / "searchsvc.toml"
    file.write_text(text, "utf-8")
    return file


def test_later_layers_win_and_each_value_tells_where_it_came_from(tmp_path: Path) -> None:
    file = write(tmp_path, 'port = 1111\nworkers = 3\nsite_name = "理财"\n')
    loaded = load_settings(
        config_file=file, environment={"SEARCHSVC_PORT": "2222", "SEARCHSVC_WORKERS": "4"}, flags={"port": 3333}
    )
    assert (loaded.settings.port, loaded.settings.workers, loaded.settings.site_name) == (3333, 4, "理财")
    origins = loaded.origins
    assert (origins["port"], origins["workers"], origins["site_name"], origins["host"]) == (
        "flag", "environment", "file", "default",
    )  # fmt: skip


def test_the_table_has_a_row_for_every_setting() -> None:
    assert [option.name for option in OPTIONS] == [field.name for field in fields(Settings)]


def test_defaults_pass_their_own_checks() -> None:
    for option in OPTIONS:
        default = getattr(Settings(), option.name)
        assert option.parse(default) == default


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("prot = 1", "prot"),
        ("port = 0", "port"),
        ('port = "many"', "whole number"),
        ('timezone = "Mars/Base"', "time zone"),
        ("site_hosts = 3", "list"),
        ('url_rules = ["("]', "pattern"),
        ('url_rules = ["a -> javascript:x"]', "http"),
        ('root_path = "a b"', "path"),
        ('secure_cookies = "maybe"', "true or false"),
        ('tokens = "li"', "item 1"),
        ("tokens_file = 3", "text"),
        ("port = ", "TOML"),
    ],
)
def test_a_bad_value_is_named_with_what_was_wrong(tmp_path: Path, text: str, word: str) -> None:
    with pytest.raises(ConfigError, match=word):
        load_settings(config_file=write(tmp_path, text), environment={})


def test_a_missing_settings_file_is_an_error_only_when_it_was_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml"):
        load_settings(config_file=tmp_path / "nowhere.toml", environment={})


def test_paths_in_a_file_are_relative_to_the_file(tmp_path: Path) -> None:
    loaded = load_settings(config_file=write(tmp_path, 'index = "ix"\ndictionaries = ["w.txt"]'), environment={})
    assert loaded.settings.index == tmp_path / "ix"
    assert loaded.settings.dictionaries == (tmp_path / "w.txt",)


def test_the_state_folder_may_not_lie_inside_the_index(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="separate"):
        load_settings(environment={}, flags={"index": tmp_path, "state": tmp_path / "data"})


def test_lists_can_be_given_in_the_environment() -> None:
    environment = {
        "SEARCHSVC_SITE_HOSTS": "a.example, b.example",
        "SEARCHSVC_URL_RULES": r"^cms/(.*)$ -> https://a.example/\1",
    }
    settings = load_settings(environment=environment).settings
    assert settings.site_hosts == ("a.example", "b.example")
    assert settings.url_rules == (("^cms/(.*)$", r"https://a.example/\1"),)


def test_the_state_is_beside_the_index_wherever_a_command_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    for index, state in (
        (site / "index", site / "data"),
        (Path("index"), Path("data")),
        (Path("../site/index"), Path("../site/data")),
        (Path(), tmp_path / "data"),
    ):
        loaded = load_settings(environment={}, flags={"index": index})
        assert (loaded.settings.state.absolute().resolve(), loaded.notes) == (state.absolute().resolve(), ())
        assert loaded.origins["state"] == "default"
    file = write(site if site.exists() else tmp_path, 'index = "ix"')
    assert load_settings(config_file=file, environment={}).settings.state == tmp_path / "data"
    given = load_settings(environment={"SEARCHSVC_STATE": "mine"}, flags={"index": site / "index"})
    assert given.settings.state == Path("mine")


@pytest.mark.parametrize("name", STATE_FILES)
def test_a_state_in_the_working_directory_is_used_where_there_is_none_beside_the_index_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    site, here = tmp_path / "site", tmp_path / "data"
    here.mkdir()
    (here / "notes.txt").write_text("no state")
    assert load_settings(environment={}, flags={"index": site / "index"}).settings.state == site / "data"
    (here / name).write_bytes(b"")
    loaded = load_settings(environment={}, flags={"index": site / "index"})
    assert loaded.settings.state == Path("data")
    (note,) = loaded.notes
    assert str(here) in note
    assert str(site / "data") in note
    shown = CliRunner().invoke(main, ["config", "--index", str(site / "index")])
    assert note in shown.stderr
    assert "data" in shown.stdout
    (site / "data").mkdir(parents=True)
    loaded = load_settings(environment={}, flags={"index": site / "index"})
    assert (loaded.settings.state, loaded.notes) == (site / "data", ())


def test_an_index_in_a_folder_that_may_not_be_looked_into_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "exists", refused)
    assert load_settings(environment={}, flags={"index": "/closed/index"}).settings.state == Path("/closed/data")


def test_what_shows_a_state_is_what_a_state_holds() -> None:
    settings = Settings(state=Path("x"))
    assert (database.FILE, tokens_file(settings).name) == STATE_FILES


def test_what_is_hidden_stays_hidden_from_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    home.mkdir()
    elsewhere.mkdir()
    monkeypatch.chdir(home)
    page = "<title>借呗逾期</title><h1>借呗逾期</h1><p>借呗逾期之后平台会先联系借款人本人，再联系紧急联系人。</p>"
    (home / "a.html").write_text(page, "utf-8")
    for command in (["ingest", "a.html"], ["hide", "a.html"]):
        assert CliRunner().invoke(main, command).exit_code == 0
    monkeypatch.chdir(elsewhere)
    found = CliRunner().invoke(main, ["search", "借呗逾期", "--index", str(home / "index"), "--json"])
    assert json.loads(found.stdout)["total"] == 0
    assert list(elsewhere.iterdir()) == []
