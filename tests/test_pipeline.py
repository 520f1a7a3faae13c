"""An ingest brings the index in line with its sources, reads only what changed, and survives what it reads."""

import multiprocessing
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from searchsvc.cli import main
from searchsvc.config import Settings
from searchsvc.engines import open_engine
from searchsvc.engines.whoosh.prepare import prepare
from searchsvc.errors import RemovalsRefused, SourceConflict
from searchsvc.ingest import memory, pipeline, workers
from searchsvc.ingest import pages as pages_module
from searchsvc.ingest.archives import Archives
from searchsvc.ingest.pages import PageReader, Task
from searchsvc.ingest.pipeline import extract_files, ingest
from searchsvc.ingest.sources import PageFile
from searchsvc.models import FieldTokens, IngestReport, StoredArticle, Token
from searchsvc.protocols import Segmenter
from searchsvc.text.lexicon import load_lexicon
from searchsvc.text.segment import make_segmenter
from support_articles import tokens_of

CORPUS = Path(__file__).parents[1] / "corpus"


class Simple:
    """A segmenter that needs no dictionary. It dies of a text that says so."""

    def __init__(self, digest: str = "simple-1") -> None:
        self.digest = digest

    def index_tokens(self, folded: str) -> FieldTokens:
        if "kill the reader" in folded and multiprocessing.parent_process() is not None:
            os._exit(1)
        if "fault of the code" in folded:
            raise ZeroDivisionError("as told")
        while "never comes to an end" in folded:
            time.sleep(0.01)
        return tokens_of(folded)

    def query_tokens(self, folded: str) -> tuple[Token, ...]:
        return ()


class House:
    """A folder of pages and an index of it."""

    def __init__(self, folder: Path, **settings: int) -> None:
        self.pages = folder / "pages"
        self.pages.mkdir(parents=True)
        self.settings = replace(Settings(index=folder / "index", state=folder / "state", jobs=1), **settings)  # type: ignore[arg-type]
        self.segmenter: Segmenter = Simple()

    def write(self, name: str, text: str = "花呗逾期了怎么办", head: str = "", folder: Path | None = None) -> Path:
        path = (folder or self.pages) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        body = f"<p>{text}，先看清账单上的日期和金额，再和平台的客服说明情况，商量一个还得起的办法。</p>" * 3
        path.write_text(
            f"<!doctype html><meta charset=utf-8>{head}<title>{name} 的标题</title><h1>{name} 的标题</h1>"
            f"<article>{body}</article>",
            "utf-8",
        )
        return path

    def run(
        self,
        *paths: Path,
        source: str = "",
        allow_removals: bool = False,
        stop: Callable[[], bool] | None = None,
    ) -> IngestReport:
        engine = open_engine(self.settings.index, self.segmenter.digest)
        try:
            return ingest(
                paths or [self.pages],
                engine=engine,
                segmenter=self.segmenter,
                settings=self.settings,
                source=source,
                allow_removals=allow_removals,
                stop=stop,
            )
        finally:
            engine.close()

    def articles(self) -> dict[str, StoredArticle]:
        engine = open_engine(self.settings.index, self.segmenter.digest)
        try:
            return {stored.id: stored for stored in engine.snapshot(any_analysis=True).iter_articles()}
        finally:
            engine.close()

    def files(self) -> dict[str, int]:
        """Every file of the index with its time; the lock, which says who wrote last, is not part of its state."""
        files = [path for path in self.settings.index.rglob("*") if path.is_file() and path.name != "writer.lock"]
        return {str(path): path.stat().st_mtime_ns for path in files}


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "house")


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ids of the pages read, as they are read."""
    seen: list[str] = []
    original = PageFile.read

    def read(page: PageFile, limit: int, archives: Archives | None = None) -> bytes:
        seen.append(page.id)
        return original(page, limit, archives)

    monkeypatch.setattr(PageFile, "read", read)
    return seen


def counts(report: IngestReport) -> tuple[int, int, int, int]:
    return report.added, report.updated, report.unchanged, report.removed


def test_pages_are_added_updated_left_alone_and_removed(house: House) -> None:
    for name in ("a.html", "b.html", "c.html"):
        house.write(name)
    assert counts(house.run()) == (3, 0, 0, 0)
    house.write("a.html", "借呗的利息怎么算")
    (house.pages / "b.html").unlink()
    house.write("d.html")
    assert counts(house.run()) == (1, 1, 1, 1)
    found = house.articles()
    assert sorted(found) == ["a.html", "c.html", "d.html"]
    assert "借呗的利息" in found["a.html"].article.body
    assert found["a.html"].content_hash
    assert found["a.html"].analysis == "simple-1"


def test_a_second_run_reads_nothing_and_touches_no_file_of_the_index(house: House, reads: list[str]) -> None:
    house.write("a.html")
    house.run()
    before = house.files()
    reads.clear()
    assert counts(house.run()) == (0, 0, 1, 0)
    assert (reads, house.files()) == ([], before)


def test_a_page_with_a_new_time_and_the_same_bytes_is_unchanged_and_read_once(house: House, reads: list[str]) -> None:
    os.utime(house.write("a.html"), ns=(1, 1))
    house.run()
    os.utime(house.pages / "a.html", ns=(2, 2))
    assert counts(house.run()) == (0, 0, 1, 0)
    house.run()
    assert reads == ["a.html", "a.html"]


def test_new_rules_of_extraction_read_every_page_again(
    house: House, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    house.write("a.html")
    house.run()
    for module in (pipeline, pages_module):
        monkeypatch.setattr(module, "EXTRACTOR_VERSION", "next")
    assert counts(house.run()) == (0, 1, 0, 0)
    assert reads == ["a.html", "a.html"]
    assert house.articles()["a.html"].origin.extractor == "next"


def test_a_new_segmenter_renews_this_source_from_its_pages_and_others_from_the_index(
    house: House, tmp_path: Path, reads: list[str]
) -> None:
    other = tmp_path / "other"
    house.write("a.html")
    house.write("b.html", folder=other)
    house.run()
    house.run(other, source="other")
    reads.clear()
    shutil.rmtree(other)
    house.segmenter = Simple("simple-2")
    assert counts(house.run()) == (0, 1, 0, 0)
    assert reads == ["a.html"]
    assert {key: stored.analysis for key, stored in house.articles().items()} == {
        "a.html": "simple-2",
        "other/b.html": "simple-2",
    }
    assert open_engine(house.settings.index, "simple-2").snapshot().analysis == "simple-2"


def test_a_run_that_would_remove_much_of_a_source_changes_nothing_until_it_is_allowed(house: House) -> None:
    for number in range(40):
        house.write(f"{number:02}.html")
    house.run()
    for number in range(21):
        (house.pages / f"{number:02}.html").unlink()
    house.write("new.html")
    before = house.files()
    with pytest.raises(RemovalsRefused, match="21 of 40"):
        house.run()
    assert house.files() == before
    assert counts(house.run(allow_removals=True)) == (1, 0, 19, 21)


def test_a_page_that_broke_keeps_its_last_good_version_through_a_new_segmenter(house: House) -> None:
    house.write("a.html")
    house.run()
    (house.pages / "a.html").write_bytes(b"")
    house.segmenter = Simple("simple-2")
    report = house.run()
    assert (counts(report), [one.code for one in report.rejected]) == ((0, 0, 0, 0), ["page_empty"])
    assert house.articles()["a.html"].analysis == "simple-2"


def test_pages_that_are_no_longer_to_be_found_leave_the_index(house: House) -> None:
    house.write("a.html")
    house.write("b.html")
    house.run()
    house.write("a.html", head='<meta name="robots" content="noindex">')
    house.settings = replace(house.settings, exclude=("b.*",))
    report = house.run()
    assert (report.removed, report.skipped) == (2, {"noindex": 1, "pattern": 1})
    assert house.articles() == {}


def test_broken_files_are_named_and_the_good_one_beside_them_is_found(house: House) -> None:
    house.settings = replace(house.settings, max_page_bytes=10_000)
    house.write("good.html")
    house.write("fault.html", "fault of the code")
    (house.pages / "empty.html").write_bytes(b"")
    (house.pages / "picture.html").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4)
    (house.pages / "large.html").write_bytes(b"<p>" + b"x" * 20_000)
    (house.pages / "folder.html").mkdir()
    report = house.run()
    assert {one.path: one.code for one in report.rejected} == {
        "empty.html": "page_empty",
        "fault.html": "page_unreadable",
        "large.html": "page_too_large",
        "picture.html": "page_binary",
    }
    assert "ZeroDivisionError: as told" in {one.message for one in report.rejected}
    assert sorted(house.articles()) == ["good.html"]


def test_a_page_that_takes_too_long_is_given_up(house: House) -> None:
    path = house.write("a.html", "never comes to an end")
    page = PageFile("a.html", "a.html", path.stat().st_size, 0, str(path))
    outcome = PageReader(Simple(), house.settings, prepare, seconds=0.2)(Task(page, "", "/"))
    assert getattr(outcome, "code", None) == "page_too_complex"


def test_sources_with_the_same_ids_or_overlapping_folders_are_refused(house: House, tmp_path: Path) -> None:
    house.write("a.html")
    house.write("inner/b.html")
    other = tmp_path / "other"
    house.write("a.html", folder=other)
    house.run()
    with pytest.raises(SourceConflict, match="already the id"):
        house.run(other)
    for path in (house.pages / "inner", house.pages.parent, house.pages):
        with pytest.raises(SourceConflict, match="overlaps"):
            house.run(path, source="x")
    with pytest.raises(SourceConflict, match="overlap"):
        house.run(other, other, source="x")
    assert counts(house.run(other, source="x")) == (1, 0, 0, 0)
    assert sorted(house.articles()) == ["a.html", "inner/b.html", "x/a.html"]


@pytest.mark.parametrize(("source", "target"), [("", "moved/pages"), ("cms", "renamed")])
def test_a_folder_that_moved_keeps_its_articles(house: House, tmp_path: Path, source: str, target: str) -> None:
    house.write("a.html")
    house.run(source=source)
    new = tmp_path / target
    new.parent.mkdir(exist_ok=True)
    house.pages.rename(new)
    assert counts(house.run(new, source=source)) == (0, 0, 1, 0)
    (stored,) = house.articles().values()
    assert stored.origin.root == str(new)


def test_pages_of_a_folder_that_cannot_be_listed_stay(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.write("a.html")
    house.write("shut/b.html")
    house.run()
    scandir = os.scandir

    def refuse(path: Path) -> object:
        if path.name == "shut":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr("searchsvc.ingest.sources.os.scandir", refuse)
    report = house.run()
    assert counts(report) == (0, 0, 1, 0)
    assert [(one.path, one.code) for one in report.rejected] == [("shut/", "page_unreadable")]
    assert sorted(house.articles()) == ["a.html", "shut/b.html"]


def test_a_first_run_over_an_empty_folder_makes_an_empty_index(house: House) -> None:
    assert counts(house.run()) == (0, 0, 0, 0)
    assert house.articles() == {}


def test_a_stopped_run_commits_what_it_read_and_says_what_remains(house: House) -> None:
    for number in range(10):
        house.write(f"{number}.html")
    asked = iter([False] * 4 + [True] * 20)
    report = house.run(stop=lambda: next(asked))
    assert (report.added, report.interrupted, report.remaining) == (4, True, 6)
    assert len(house.articles()) == 4
    assert counts(house.run()) == (6, 0, 4, 0)


def test_a_page_that_kills_its_process_costs_only_itself(house: House) -> None:
    house.settings = replace(house.settings, jobs=2)
    for number in range(workers.FEW_PAGES):
        house.write(f"{number:02}.html", "kill the reader" if number == workers.FEW_PAGES - 2 else "花呗")
    report = house.run()
    assert report.added == workers.FEW_PAGES - 1
    assert [(one.path, one.code) for one in report.rejected] == [("48.html", "page_too_complex")]


def test_several_processes_make_the_index_that_one_makes(tmp_path: Path) -> None:
    found = []
    for jobs in (1, 2):
        house = House(tmp_path / str(jobs), jobs=jobs, batch_pages=50)
        house.segmenter = make_segmenter(load_lexicon())
        report = house.run(CORPUS)
        found.append((report.added, report.rejected, house.articles()))
    assert found[0] == found[1]
    assert found[0][0] == 186


def test_extract_gives_one_record_a_file_in_order_whatever_is_in_them(house: House) -> None:
    good, gone = house.write("a.html"), house.pages / "gone.html"
    (house.pages / "empty.html").write_bytes(b"")
    records = list(extract_files([gone, good, house.pages / "empty.html", house.pages], house.settings))
    assert [record["error"] and record["error"]["code"] for record in records] == [
        "page_vanished",
        None,
        "page_empty",
        "page_unreadable",
    ]
    assert records[1]["title"] == "a.html 的标题"
    assert {tuple(record) for record in records} == {
        ("path", "url", "title", "date", "category", "headings", "body", "structure", "warnings", "error")
    }


def test_only_the_command_tunes_the_allocator_of_its_process(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that ingests through the library keeps its own settings of malloc."""
    told: list[tuple[int, int]] = []

    class Library:
        def mallopt(self, name: int, value: int) -> None:
            told.append((name, value))

        def malloc_trim(self, keep: int) -> None:
            pass

    monkeypatch.setattr(memory, "_GLIBC", Library())
    house.write("a.html")
    house.run()
    assert told == []
    places = ["--index", str(house.settings.index) + "-2", "--state", str(house.settings.state)]
    assert CliRunner().invoke(main, ["ingest", str(house.pages), *places, "--jobs", "1"]).exit_code == 0
    assert len(told) == 2
