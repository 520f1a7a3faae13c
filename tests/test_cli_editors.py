"""The editors' commands as scripts and people use them."""

import csv
import getpass
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from searchsvc import Settings, open_service
from searchsvc.cli import main
from searchsvc.cli_editors import login_name
from searchsvc.editors.planned import read_titles
from searchsvc.errors import InvalidParameter
from searchsvc.ingest.drafts import read_draft
from test_cli import run as run_process

Run = Callable[..., Result]

TEXT = (
    "借呗逾期以后，平台一般会先用短信和电话提醒本人，逾期三个月以上才可能联系紧急联系人。\n"
    "如果确实暂时还不上，应当主动和客服说明情况，申请延期还款或者分期，并保留好沟通的记录。\n"
    "逾期记录会在还清之后保留五年，期间申请房贷和信用卡都会受到影响，所以不要以贷养贷。\n"
    "收到自称法院的短信时，先拨打当地法院电话核实，不要点击短信里的链接，更不要向个人账户转账。"
)


def page(title: str, text: str) -> str:
    blocks = "".join(f"<p>{line}</p>" for line in text.split("\n"))
    return f"<html><head><title>{title}</title></head><body><h1>{title}</h1>{blocks}</body></html>"


@pytest.fixture
def site(tmp_path: Path) -> Settings:
    """Two near copies, and an article that stands alone."""
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "a.html").write_text(page("借呗逾期会联系家人吗", TEXT), "utf-8")
    more = "还款之前最好先向客服要一份书面的账单，把本金、利息和违约金分开核对清楚，再决定怎么还。"
    (pages / "b.html").write_text(page("=借呗逾期多久联系家人", f"{TEXT}\n{more}"), "utf-8")
    (pages / "c.html").write_text(page("公积金怎么提取", "公积金提取要带身份证和银行卡。" * 6), "utf-8")
    settings = Settings(index=tmp_path / "index", state=tmp_path / "state")
    with open_service(settings, jobs=1) as service:
        service.ingest([pages])
    return settings


@pytest.fixture
def run(site: Settings) -> Run:
    def command(*args: str | Path, text: bytes | None = None) -> Result:
        words = ["--index", str(site.index), "--state", str(site.state), *map(str, args)]
        return CliRunner().invoke(main, words, input=text)

    return command


def answer(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def decide(site: Settings, keep: str = "a.html") -> None:
    with open_service(site) as service:
        (seen,) = [one.id for one in service.editors.decisions()] or [""]
        service.editors.decide("a.html", "b.html", "same", keep=keep, note="留旧的", by="王编辑", expected=seen)


# --- duplicates


def test_duplicates_shows_each_cluster_with_the_one_to_keep_first(run: Run) -> None:
    shown = run("duplicates")
    assert shown.exit_code == 0
    assert "1 cluster (1 near-copy in all)" in shown.stdout
    assert "1. near-copy 1.00 · 2 articles" in shown.stdout
    assert "keep 借呗逾期会联系家人吗" in shown.stdout or "keep =借呗逾期多久联系家人" in shown.stdout
    assert "\x1b" not in shown.stdout


def test_duplicates_prints_the_json_of_the_api_and_nothing_else(run: Run) -> None:
    record = answer(run("duplicates", "--json"))
    assert list(record) == ["total", "kinds", "current", "clusters"]
    assert (record["total"], record["kinds"], record["current"]) == (
        1, {"copy": 0, "near-copy": 1, "same-topic": 0}, True,
    )  # fmt: skip
    assert [one["id"] for one in record["clusters"][0]["articles"]] == ["a.html", "b.html"]


def test_duplicates_prints_a_table_for_excel(run: Run) -> None:
    data = run("duplicates", "--csv").stdout_bytes
    assert data.startswith(b"\xef\xbb\xbfcluster,")
    assert data.count(b"\r\n") == data.count(b"\n") == 3
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert [row["id"] for row in rows] == ["a.html", "b.html"]
    assert rows[1]["title"] == "'=借呗逾期多久联系家人"
    assert sorted(row["keep"] for row in rows) == ["no", "yes"]


def test_duplicates_are_filtered_and_limited(run: Run) -> None:
    for args, total in (
        (["--kind", "near-copy"], 1), (["--kind", "copy"], 0), (["--min-score", "1"], 1), (["--category", "无"], 0),
        (["--limit", "1", "--order", "newest"], 1),
    ):  # fmt: skip
        assert answer(run("duplicates", "--json", *args))["total"] == total, args
    for args in (["--order", "best"], ["--limit", "0"], ["--kind", "x"], ["--min-score", "nan"], ["--json", "--csv"]):
        refused = run("duplicates", *args)
        assert (refused.exit_code, refused.stdout) == (2, ""), args


def test_state_means_which_clusters_or_the_folder_of_decisions(run: Run, site: Settings, tmp_path: Path) -> None:
    decide(site)
    assert answer(run("duplicates", "--json"))["total"] == 0
    assert answer(run("duplicates", "--json", "--state", "open"))["total"] == 0
    decided = answer(run("duplicates", "--json", "--state", "all"))
    assert decided["clusters"][0]["pairs"][0]["decision"]["by"] == "王编辑"
    assert answer(run("duplicates", "--json", "--state", tmp_path / "other"))["total"] == 1
    both = answer(run("duplicates", "--json", "--state", "all", "--state", tmp_path / "other"))
    assert both["clusters"][0]["pairs"][0]["decision"] is None


def test_visits_decide_which_article_is_worth_keeping(run: Run, tmp_path: Path) -> None:
    visits = tmp_path / "visits.csv"
    visits.write_text("page,visits\na.html,3\nb.html,4000\n", "utf-8")
    one = answer(run("duplicates", "--json", "--visits", visits))["clusters"][0]
    assert (one["keep"], one["gain"], [a["visits"] for a in one["articles"]]) == ("b.html", 3, [3, 4_000])
    assert run("duplicates", "--visits", tmp_path / "none.csv").exit_code == 2


def test_duplicates_brings_what_is_known_up_to_date(run: Run, site: Settings) -> None:
    (site.index / "duplicates.sqlite3").unlink()
    record = answer(run("duplicates", "--json"))
    assert (record["total"], record["current"]) == (1, True)


def test_redirects_are_printed_as_a_table_and_for_nginx(run: Run, site: Settings) -> None:
    decide(site)
    table = run("duplicates", "--redirects", "csv").stdout_bytes.decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(table, newline=""))
    assert (row["old_id"], row["kept_id"]) == ("b.html", "a.html")
    text = run("duplicates", "--redirects", "nginx").stdout
    assert f'    "{row["old_url"]}" "{row["kept_url"]}";\n' in text


# --- check


def test_a_draft_of_text_has_its_title_in_the_first_line(run: Run, tmp_path: Path) -> None:
    draft = tmp_path / "draft.txt"
    draft.write_text(f"# 借呗逾期会怎么样\n\n{TEXT}\n本段讲的是火星移民基金的申购门槛和赎回办法，全站没有。", "utf-8")
    record = answer(run("check", draft, "--json"))
    assert list(record) == ["title", "body", "matches", "new_passages", "new_subjects"]
    assert record["title"] == "借呗逾期会怎么样"
    assert {one["id"] for one in record["matches"]} == {"a.html", "b.html"}
    assert record["matches"][0]["kind"] == "near-copy"
    new = [record["body"][start:end] for start, end in record["new_passages"]]
    assert len(new) == 1
    assert "火星移民基金" in new[0]
    shown = run("check", draft).stdout
    assert "2 articles on this: 借呗逾期会怎么样" in shown
    assert "new in the draft: 1 passage" in shown


@pytest.mark.parametrize("charset", ["utf-8", "gb18030", "utf-16"])
def test_a_draft_of_html_is_read_as_a_page_in_any_charset(run: Run, charset: str) -> None:
    record = answer(run("check", "-", "--json", text=page("借呗逾期会怎么样", TEXT).encode(charset)))
    assert record["title"] == "借呗逾期会怎么样"
    assert record["body"] == TEXT
    assert [one["kind"] for one in record["matches"]] == ["near-copy", "near-copy"]
    assert record["matches"][0]["score"] == 1.0, "the same text under another title"


def test_a_title_alone_is_checked(run: Run) -> None:
    record = answer(run("check", "--title", "借呗逾期会联系家人吗", "--json"))
    assert (record["matches"][0]["id"], record["new_passages"]) == ("a.html", [])


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("heading", ["", "标题,栏目\r\n", "Title\n"])
def test_planned_titles_are_read_from_the_first_column(run: Run, tmp_path: Path, charset: str, heading: str) -> None:
    file = tmp_path / "titles.csv"
    lines = f'{heading}借呗逾期会联系家人吗,网贷\r\n\r\n"火星移民基金,怎么赎回",x\r\n借呗逾期会联系家人吗？\r\n'
    file.write_bytes(lines.encode(charset))
    titles = answer(run("check", "--titles", file, "--json"))["titles"]
    assert [one["title"] for one in titles] == [
        "借呗逾期会联系家人吗",
        "火星移民基金,怎么赎回",
        "借呗逾期会联系家人吗？",
    ]
    assert titles[0]["matches"][0]["id"] == "a.html"
    assert [one["index"] for one in titles[0]["planned"]] == [2]
    assert (titles[1]["matches"], titles[1]["planned"]) == ([], [])
    shown = run("check", "--titles", file).stdout
    assert "2. 火星移民基金,怎么赎回 - nothing like it" in shown
    assert "as number 3" in shown
    table = run("check", "--titles", file, "--csv").stdout_bytes.decode("utf-8-sig")
    assert [row["same_as_numbers"] for row in csv.DictReader(io.StringIO(table, newline=""))] == ["3", "", "1"]


@pytest.mark.parametrize(
    ("args", "text", "fail_on", "code"),
    [
        (["-"], f"借呗逾期会联系家人吗\n{TEXT}", "copy", 1),
        (["-"], f"新的标题\n{TEXT}", "copy", 0),
        (["-"], f"新的标题\n{TEXT}", "same-topic", 1),
        (["-"], f"新的标题\n{TEXT}\n" + "这里还有一句别处没有的话，讲的是火星移民基金。" * 2, "copy", 0),
        (["-"], f"新的标题\n{TEXT}\n" + "这里还有一句别处没有的话，讲的是火星移民基金。" * 2, "near-copy", 1),
        (["--title", "借呗逾期会联系家人吗"], "", "near-copy", 0),
        (["--title", "借呗逾期会联系家人吗"], "", "same-topic", 1),
        (["--title", "火星移民基金怎么赎回"], "", "same-topic", 0),
        (["--titles", "-"], "火星移民基金怎么赎回\n火星移民基金怎么赎回？\n", "same-topic", 1),
        (["--titles", "-"], "火星移民基金怎么赎回\n火星移民基金怎么赎回？\n", "near-copy", 0),
    ],
)
def test_a_match_as_strong_as_asked_for_is_exit_1(
    run: Run, args: list[str], text: str, fail_on: str, code: int
) -> None:
    assert run("check", *args, "--fail-on", fail_on, text=text.encode()).exit_code == code
    assert run("check", *args, text=text.encode()).exit_code == 0


@pytest.mark.parametrize(
    ("args", "text", "words"),
    [
        ([], b"", "--titles"),
        (["-", "--title", "x"], b"x", "--titles"),
        (["--title", " "], b"", "title"),
        (["--title", "x", "--csv"], b"", "--csv"),
        (["none.html"], b"", "none.html"),
        (["-"], b"", "empty"),
        (["-"], b"\x89PNG\r\n\x1a\n" + bytes(99), "picture"),
        (["-"], b"<html><body><img></body></html>", "cannot be read"),
        (["-"], "题\n".encode() + b"x" * 100_001, "100001"),
        (["--titles", "-"], b"", "no title"),
        (["--titles", "-"], "标题\n".encode(), "no title"),
        (["--titles", "-"], b"\xff\xff\xff", "cannot be read"),
        (["--titles", "-"], b"x\n" * 1_001, "1001"),
    ],
)
def test_what_cannot_be_checked_is_exit_2_also_with_fail_on(run: Run, args: list[str], text: bytes, words: str) -> None:
    refused = run("check", *args, "--fail-on", "same-topic", text=text)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert words in refused.stderr


def test_a_broken_csv_names_itself() -> None:
    with pytest.raises(InvalidParameter, match=r"plan\.csv cannot be read"):
        read_titles(b'"' + b"x" * 200_000, "plan.csv")


def test_a_draft_of_one_line_is_a_title() -> None:
    assert read_draft("借呗逾期\n".encode(), "x.txt") == ("借呗逾期", "")


# --- hidden articles and decisions


def test_hide_unhide_and_hidden_work_by_id_and_key(run: Run) -> None:
    assert run("hide", "a.html").stdout == "Hidden a.html\n"
    record = answer(run("hidden", "--json"))
    assert [(one["id"], one["by"]) for one in record["hidden"]] == [("a.html", getpass.getuser())]
    assert "a.html · " in run("hidden").stdout
    assert answer(run("search", "借呗", "--no-collapse", "--json"))["total"] == 1
    assert run("unhide", record["hidden"][0]["key"]).stdout == "Shown again a.html\n"
    assert answer(run("search", "借呗", "--no-collapse", "--json"))["total"] == 2
    assert answer(run("hidden", "--json")) == {"total": 0, "hidden": []}
    for command in ("hide", "unhide"):
        refused = run(command, "none")
        assert (refused.exit_code, "none" in refused.stderr) == (2, True)


def test_decisions_are_listed_newest_first(run: Run, site: Settings) -> None:
    assert answer(run("decisions", "--json")) == {"total": 0, "decisions": []}
    decide(site, keep="a.html")
    decide(site, keep="b.html")
    (one,) = answer(run("decisions", "--json"))["decisions"]
    assert [one[name] for name in ("a", "b", "decision", "keep", "by")] == [
        "a.html",
        "b.html",
        "same",
        "b.html",
        "王编辑",
    ]
    assert "same: a.html | b.html · keep b.html · 王编辑" in run("decisions").stdout
    assert [one["keep"] for one in answer(run("decisions", "--history", "--json"))["decisions"]] == ["b.html", "a.html"]


def test_where_the_system_has_no_name_a_number_stands_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown() -> str:
        raise KeyError("uid not found")

    monkeypatch.setattr(getpass, "getuser", unknown)
    assert login_name().startswith("uid ")


def test_without_an_index_each_command_is_exit_3(tmp_path: Path) -> None:
    commands: list[list[str]] = [["duplicates"], ["check", "--title", "x"], ["hide", "x"]]
    for args in commands:
        done = CliRunner().invoke(main, ["--index", str(tmp_path / "i"), "--state", str(tmp_path / "s"), *args])
        assert (done.exit_code, done.stdout, "searchsvc ingest" in done.stderr) == (3, "", True), args


def test_commands_answer_in_a_real_process_byte_for_byte(site: Settings) -> None:
    folders = ["--index", str(site.index), "--state", str(site.state)]
    done = run_process("duplicates", "--csv", *folders)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("\ufeffcluster,")
    assert json.loads(run_process("check", "--title", "借呗", "--json", *folders).stdout)["title"] == "借呗"
