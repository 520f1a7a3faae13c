"""The command line as scripts and people use it, in real processes."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from searchsvc import Settings


def run(
    *args: str | Path, cwd: Path | None = None, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "searchsvc", *map(str, args)], capture_output=True, text=True, encoding="utf-8",
        cwd=cwd, env={**os.environ, **(env or {})}, timeout=120, check=False,
    )  # fmt: skip


def run_json(*args: str | Path) -> Any:
    done = run(*args, "--json")
    assert done.returncode in {0, 1}, done.stderr
    return json.loads(done.stdout)


def write_page(folder: Path, name: str, title: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text = "".join(f"<p>{title}的第{i}点说明：请按合同约定办理，有疑问可以咨询客服。</p>" for i in range(5))
    (folder / name).write_text(f"<title>{title}</title><h1>{title}</h1>{text}", "utf-8")


def test_search_prints_the_endpoints_json_and_nothing_else(corpus_settings: Settings) -> None:
    answer = run_json("search", "借呗 逾期 家人", "--index", corpus_settings.index, "--limit", "3")
    assert list(answer) == ["query", "total", "groups", "took_ms", "suggestion", "notes", "hits", "facets"]
    assert len(answer["hits"]) == 3
    assert answer["hits"][0]["id"] in {
        "news/a-jiebei-overdue-contact-family.html",
        "cms/a-jiebei-unpaid-parents-called.html",
    }
    assert list(answer["hits"][0]) == [
        "id", "key", "url", "title", "date", "category", "score", "similar", "matched", "snippets",
    ]  # fmt: skip


def test_search_prints_a_readable_list_without_colours_into_a_pipe(corpus_settings: Settings) -> None:
    done = run("--index", corpus_settings.index, "search", "借呗", "逾期", "-花呗")
    assert done.returncode == 0, done.stderr
    assert "1. " in done.stdout
    assert "\x1b" not in done.stdout


def test_explain_shows_how_the_query_was_understood(corpus_settings: Settings) -> None:
    query = '借呗的利息 "提前还款" -花呗'
    answer = run_json("search", query, "--explain", "--index", corpus_settings.index)
    assert answer["explain"]["phrases"] == ["提前还款"]
    assert answer["explain"]["exclusions"] == ["花呗"]
    weights = {one["text"]: one["weight"] for one in answer["explain"]["terms"]}
    assert weights["借呗"] > weights["的"] > 0
    shown = run("search", query, "--explain", "--index", corpus_settings.index).stdout
    assert "exclusions: 花呗" in shown


def test_ingest_reports_what_it_did_and_names_what_it_rejected(tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    write_page(pages, "a.html", "借呗逾期会怎样")
    (pages / "empty.html").write_bytes(b"")
    (pages / "notes.csv").write_text("x")
    done = run("ingest", pages, "--index", tmp_path / "index", "--json")
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert (report["added"], report["skipped"]) == (1, {"extension": 1})
    assert [(one["path"], one["code"]) for one in report["rejected"]] == [("empty.html", "page_empty")]
    assert "empty.html" in done.stderr
    again = run("ingest", pages, "--index", tmp_path / "index")
    assert "1 unchanged" in again.stdout


def test_a_run_that_would_remove_much_stops_and_asks(tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    for number in range(30):
        write_page(pages, f"{number}.html", f"第{number}个问题怎么办")
    index = tmp_path / "index"
    assert run("ingest", pages, "--index", index).returncode == 0
    for number in range(25):
        (pages / f"{number}.html").unlink()
    refused = run("ingest", pages, "--index", index)
    assert (refused.returncode, "--allow-removals" in refused.stderr) == (2, True)
    assert run_json("stats", "--index", index)["articles"] == 30
    assert run_json("ingest", pages, "--index", index, "--allow-removals")["removed"] == 25
    assert run_json("stats", "--index", index)["articles"] == 5


def test_two_sources_share_an_index_without_touching_one_another(tmp_path: Path) -> None:
    index = tmp_path / "index"
    write_page(tmp_path / "one", "a.html", "借呗逾期会怎样")
    write_page(tmp_path / "two", "a.html", "花呗逾期会怎样")
    assert run("ingest", tmp_path / "one", "--index", index).returncode == 0
    conflict = run("ingest", tmp_path / "two", "--index", index)
    assert (conflict.returncode, "a.html" in conflict.stderr) == (2, True)
    assert run_json("ingest", tmp_path / "two", "--index", index, "--source", "two")["added"] == 1
    assert run_json("ingest", tmp_path / "one", "--index", index)["removed"] == 0
    assert {hit["id"] for hit in run_json("search", "逾期", "--no-collapse", "--index", index)["hits"]} == {
        "a.html",
        "two/a.html",
    }
    assert run("ingest", tmp_path, "--index", index).returncode == 2, "a folder around others would own their pages"


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["search", "借呗", "--index", "{tmp}/none"], 3, "searchsvc ingest"),
        (["verify", "--index", "{tmp}/none"], 3, "index"),
        (["ingest", "{tmp}/none", "--index", "{tmp}/index"], 2, "none"),
        (["search", "x", "--config", "{tmp}/none.toml"], 2, "none.toml"),
        (["search", "借呗", "--sort", "best", "--index", "{tmp}/none"], 2, "sort"),
        (["search", "借" * 513, "--index", "{tmp}/none"], 2, "512"),
        (["nonsense"], 2, "nonsense"),
        (["remove", "x", "--index", "{tmp}/none"], 3, "index"),
        (["evaluate", "{tmp}/none.jsonl"], 2, "none.jsonl"),
    ],
)
def test_each_error_is_one_sentence_with_its_exit_code(tmp_path: Path, args: list[str], code: int, words: str) -> None:
    done = run(*[one.replace("{tmp}", str(tmp_path)) for one in args], cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_damaged_index_is_exit_3_and_never_a_crash(tmp_path: Path) -> None:
    write_page(tmp_path / "pages", "a.html", "借呗逾期会怎样")
    index = tmp_path / "index"
    run("ingest", tmp_path / "pages", "--index", index)
    for rubbish in (b"", b"{", b"[]", b'{"format": 999}'):
        (index / "searchsvc.json").write_bytes(rubbish)
        for command in (
            ["search", "借呗"],
            ["stats"],
            ["verify"],
            ["ingest", str(tmp_path / "pages")],
            ["reindex"],
            ["serve"],
        ):
            done = run(*command, "--index", index)
            assert (done.returncode, "Traceback" in done.stderr) == (3, False), (rubbish, command, done.stderr)


def test_extract_prints_a_line_a_file_in_order(tmp_path: Path) -> None:
    write_page(tmp_path, "a.html", "借呗逾期会怎样")
    (tmp_path / "b.html").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    done = run("extract", tmp_path / "a.html", tmp_path / "b.html")
    assert done.returncode == 1
    first, second = map(json.loads, done.stdout.splitlines())
    assert list(first) == [
        "path",
        "url",
        "title",
        "date",
        "category",
        "headings",
        "body",
        "structure",
        "warnings",
        "error",
    ]
    assert (first["title"], first["error"]) == ("借呗逾期会怎样", None)
    assert second["error"]["code"] == "page_binary"


def test_settings_are_shown_with_where_they_came_from(tmp_path: Path) -> None:
    done = run("config", "--json", "--index", "ix", cwd=tmp_path, env={"SEARCHSVC_PORT": "9999"})
    shown = json.loads(done.stdout)
    assert shown["port"] == {"value": 9999, "from": "environment"}
    assert shown["index"] == {"value": "ix", "from": "flag"}
    assert "snippet_chars" in run("config", cwd=tmp_path).stdout


def test_verify_and_remove_work_on_a_sound_index(tmp_path: Path) -> None:
    write_page(tmp_path / "pages", "a.html", "借呗逾期会怎样")
    write_page(tmp_path / "pages", "b.html", "花呗逾期会怎样")
    index = tmp_path / "index"
    run("ingest", tmp_path / "pages", "--index", index)
    assert run("verify", "--index", index).returncode == 0
    assert run("remove", "a.html", "--index", index).returncode == 0
    assert run_json("search", "逾期", "--index", index)["total"] == 1
    assert run("remove", "a.html", "--index", index).returncode == 2


def test_evaluate_prints_the_measures(corpus_settings: Settings) -> None:
    figures = run_json("evaluate", Path(__file__).parent / "data" / "queries.jsonl", "--index", corpus_settings.index)
    assert figures["queries"] == 144
    assert 0.5 < figures["ndcg@10"] <= 1.0
    assert set(figures) == {"ndcg@10", "mrr@10", "recall@10", "queries", "without_hit"}
