"""Listing folders and files: what is a page, what is none, and why."""

import os
from pathlib import Path

import pytest

from searchsvc.errors import PageRejected, SourceNotFound, UsageError
from searchsvc.ingest.sources import PageFile, Skipped, open_source
from searchsvc.models import Rejected


def fill(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    return folder


def ids(root: Path, name: str = "", include: tuple[str, ...] = (), exclude: tuple[str, ...] = ()) -> list[str]:
    source = open_source(root, include, exclude, name)
    return [entry.id for entry in source.entries() if isinstance(entry, PageFile)]


def skipped(root: Path, include: tuple[str, ...] = (), exclude: tuple[str, ...] = ()) -> dict[str, str]:
    entries = open_source(root, include, exclude).entries()
    return {entry.path: entry.reason for entry in entries if isinstance(entry, Skipped)}


def test_a_folder_gives_its_files_and_then_its_folders_in_order_of_their_names(tmp_path: Path) -> None:
    fill(tmp_path, "b/2.html", "b/1.htm", "a.xhtml", "c/d/e.SHTML")
    assert ids(tmp_path) == ["a.xhtml", "b/1.htm", "b/2.html", "c/d/e.SHTML"]
    assert ids(tmp_path, "cms") == ["cms/a.xhtml", "cms/b/1.htm", "cms/b/2.html", "cms/c/d/e.SHTML"]


def test_a_single_file_has_its_name_as_id(tmp_path: Path) -> None:
    fill(tmp_path, "a.html", "b.html")
    assert ids(tmp_path / "a.html", "cms") == ["cms/a.html"]


def test_other_extensions_and_hidden_files_are_skipped_with_the_reason(tmp_path: Path) -> None:
    fill(tmp_path, "a.html", "README.md", ".git/x.html", ".b.html")
    assert skipped(tmp_path) == {"README.md": "extension", ".git": "hidden", ".b.html": "hidden"}


def test_patterns_choose_pages_by_their_relative_path(tmp_path: Path) -> None:
    fill(tmp_path, "a.html", "old/b.html", "c.page")
    assert ids(tmp_path, exclude=("old/*",)) == ["a.html"]
    assert skipped(tmp_path, exclude=("old/*",)) == {"old/b.html": "pattern", "c.page": "extension"}
    assert ids(tmp_path, include=("*.page",)) == ["c.page"]


def test_links_out_of_the_folder_into_loops_and_to_nothing_are_skipped(tmp_path: Path) -> None:
    root = fill(tmp_path / "root", "a/x.html")
    fill(tmp_path, "secret.html")
    (root / "out.html").symlink_to(tmp_path / "secret.html")
    (root / "a" / "loop").symlink_to(root)
    (root / "gone.html").symlink_to(root / "none.html")
    (root / "same.html").symlink_to(root / "a" / "x.html")
    assert ids(root) == ["same.html", "a/x.html"]
    assert skipped(root) == {"out.html": "symlink", "a/loop": "symlink", "gone.html": "symlink"}


def test_folders_that_link_to_one_another_are_listed_in_bounded_time(tmp_path: Path) -> None:
    for number in range(30):
        fill(tmp_path, f"{number}/x.html")
        if number:
            for name in ("l", "r"):
                (tmp_path / str(number) / name).symlink_to(tmp_path / str(number - 1))
    assert len(ids(tmp_path)) <= 60


def test_names_are_brought_into_one_form_and_two_of_the_same_form_do_not_share_an_id(tmp_path: Path) -> None:
    fill(tmp_path, "cafe\u0301.html", "caf\u00e9.html")
    entries = list(open_source(tmp_path, (), ()).entries())
    assert [entry.id for entry in entries if isinstance(entry, PageFile)] == ["caf\u00e9.html"]
    assert [entry.code for entry in entries if isinstance(entry, Rejected)] == ["path_unsafe"]


def test_a_name_that_is_no_utf8_is_rejected_and_can_be_printed(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xbd\xe8.html")).write_text("x")
    (found,) = open_source(tmp_path, (), ()).entries()
    assert isinstance(found, Rejected)
    assert (found.path, found.code) == (r"\udcbd\udce8.html", "path_unsafe")


def test_a_pipe_is_no_page(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "p.html")
    assert skipped(tmp_path) == {"p.html": "special"}


def test_a_path_that_is_not_there_and_a_name_that_leaves_the_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFound):
        open_source(tmp_path / "none", (), ())
    for name in ("../x", "/x", "a//b"):
        with pytest.raises(UsageError):
            open_source(tmp_path, (), (), name)


def test_reading_stops_at_the_limit_and_says_what_happened_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes(b"12345")
    page = PageFile("a.html", "a.html", 5, 0, str(tmp_path / "a.html"))
    assert page.read(5) == b"12345"
    with pytest.raises(PageRejected) as large:
        page.read(4)
    (tmp_path / "a.html").unlink()
    with pytest.raises(PageRejected) as gone:
        page.read(5)
    assert (large.value.code, gone.value.code) == ("page_too_large", "page_vanished")
