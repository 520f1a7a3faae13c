"""Settings: four layers, one table, clear errors."""

from dataclasses import fields
from pathlib import Path

import pytest

from searchsvc.config import OPTIONS, Settings, load_settings
from searchsvc.errors import ConfigError


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
