"""Files for spreadsheets and for nginx: what is in them, and that nothing in them can run."""

import csv
import io
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from searchsvc.editorial import Cluster, ClusterArticle, Evidence, Match, PlannedTitle, Redirect
from searchsvc.exports import (
    DUPLICATES_COLUMNS,
    PLANNED_COLUMNS,
    REDIRECTS_COLUMNS,
    cell_text,
    duplicates_csv,
    planned_csv,
    redirects_csv,
)
from searchsvc.redirect_map import nginx_map
from support_nginx import nginx, running_nginx

BOM = "\ufeff"


def article(name: str, title: str = "借呗逾期会怎样", visits: int | None = None) -> ClusterArticle:
    return ClusterArticle(name, f"key-{name}", f"https://x.com/{name}", title, "2026-03-10", "网贷", 1_200, visits)


def cluster(*articles: ClusterArticle, reason: str = "内容最完整") -> Cluster:
    return Cluster("c1", "near-copy", 0.91, articles, articles[0].id, reason, (), 3)


def read(data: bytes) -> list[list[str]]:
    text = data.decode("utf-8")
    assert text.startswith(BOM)
    return list(csv.reader(io.StringIO(text[1:], newline="")))


def redirect(url: str, keep_url: str, name: str = "old", keep: str = "new") -> Redirect:
    return Redirect(name, url, keep, keep_url)


# --- CSV


def test_each_article_of_a_cluster_is_a_row_and_one_is_kept() -> None:
    rows = read(duplicates_csv([cluster(article("a.html", visits=12), article("b.html"))]))
    assert rows == [
        list(DUPLICATES_COLUMNS),
        ["c1", "near-copy", "0.91", "yes", "a.html", "https://x.com/a.html", "借呗逾期会怎样", "2026-03-10", "网贷",
         "1200", "12", "内容最完整"],
        ["c1", "near-copy", "0.91", "no", "b.html", "https://x.com/b.html", "借呗逾期会怎样", "2026-03-10", "网贷",
         "1200", "", "内容最完整"],
    ]  # fmt: skip


def test_lines_end_as_excel_wants_and_quotes_are_doubled() -> None:
    data = duplicates_csv([cluster(article("a", '他说"好",\n就走了'))])
    text = data.decode("utf-8")
    assert text.startswith(f"{BOM}cluster,kind,score,keep,id,url,title,")
    assert '"他说""好"",\n就走了"' in text
    assert text.count("\r\n") == 2
    assert text.endswith("内容最完整\r\n")


def test_a_redirect_is_a_row_of_addresses_and_ids() -> None:
    rows = read(redirects_csv([redirect("https://x.com/旧", "https://x.com/new", "旧.html", "new.html")]))
    assert rows == [list(REDIRECTS_COLUMNS), ["https://x.com/旧", "https://x.com/new", "旧.html", "new.html"]]


def test_a_planned_title_is_a_row_with_its_best_match_and_the_titles_that_ask_the_same() -> None:
    evidence = Evidence(0, 0, 0, 0.8)
    match = Match("a", "k", "/articles/k", "借呗逾期会怎样", "2026-03-10", "same-topic", 0.83, evidence)
    rows = read(planned_csv([PlannedTitle("=借呗逾期", (match,), ((1, 0.9),)), PlannedTitle("花呗", ())]))
    assert rows == [
        list(PLANNED_COLUMNS),
        ["1", "'=借呗逾期", "same-topic", "0.83", "1", "a", "/articles/k", "借呗逾期会怎样", "2026-03-10", "2"],
        ["2", "花呗", "", "", "0", "", "", "", "", ""],
    ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
@pytest.mark.parametrize("before", ["", " ", "   ", "\u3000", "\u00a0", "\u2003 ", "\ufeff", "\u200b", " \t", "\x0b"])
def test_a_cell_that_begins_like_a_formula_is_text(start: str, before: str) -> None:
    assert cell_text(f"{before}{start}cmd|'/c calc'!A1") == f"'{before}{start}cmd|'/c calc'!A1"


@pytest.mark.parametrize("plain", ["", "   ", "借呗", "a=b", "2026-03-10", "'=x", 12, 0.5, "（=）", "https://x.com/=1"])
def test_other_cells_stay_as_they_are(plain: str | int | float) -> None:
    assert cell_text(plain) == str(plain)


TEXT = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("=+-@\t\r\n\"',;＝＋－＠ \u3000\u200b"))


@given(st.lists(TEXT, min_size=1, max_size=4))
@example(['=HYPERLINK("http://evil","x")', "\r=1", "\x00", " \u3000=1"])
def test_no_export_holds_a_formula_and_each_reads_back_as_it_was(texts: list[str]) -> None:
    articles = [ClusterArticle(one, one, one, one, one, one, 1, None) for one in texts]
    rows = read(duplicates_csv([cluster(*articles, reason=texts[0])]))[1:]
    expected = [cell_text(one) for one in texts]
    assert [row[4:9] for row in rows] == [[one] * 5 for one in expected]
    assert [row[11] for row in rows] == [expected[0]] * len(texts)
    rows = read(redirects_csv([Redirect(one, one, one, one) for one in texts]))[1:]
    assert rows == [[one] * 4 for one in expected]
    for cell, text in zip(expected, texts, strict=True):
        assert cell in {text, f"'{text}"}
        assert not cell.strip() or cell.strip()[0] not in "=+-@＝＋－＠"


def test_half_a_character_costs_no_export() -> None:
    assert read(duplicates_csv([cluster(article("a\ud800", "借\udfff"))]))[1][4:7:2] == ["a?", "借?"]


# --- nginx


@contextmanager
def serving(redirects: list[Redirect]) -> Iterator[HTTPConnection]:
    """An nginx with the redirects, as their file says how to use it; what is no redirect it answers with 502."""
    text = nginx_map(redirects)
    rule = "if ($searchsvc_kept) { return 301 $searchsvc_kept; }"
    assert f"#     {rule}\n" in text
    with running_nginx("http://127.0.0.1:1", http=text, server=rule) as port:
        connection = HTTPConnection("127.0.0.1", port, timeout=20)
        yield connection
        connection.close()


def ask(connection: HTTPConnection, path: str, host: str = "x.com") -> tuple[int, str | None]:
    connection.request("GET", path, headers={"Host": host})
    answer = connection.getresponse()
    answer.read()
    return answer.status, answer.headers["Location"]


@pytest.mark.server
def test_the_file_says_how_to_include_it_and_is_valid_without_redirects() -> None:
    with serving([]) as site:
        assert ask(site, "/") == (502, None)


#: Paths as an article declares them, and what is asked for: as browsers do, and as scripts do.
ODD = [
    "/文章/借呗逾期.html", "/a b", "/(1)-[2]", "/it's", "/$request_uri", "/${host}", "/a;b", "/{x}", "/100%25",
    "/a&b=c", "/;}", "/a|b^c`", "/default", "/~^x$", "/é€😀", "/a+b", "/" + "很长的标题" * 12, "/%E5%80%9F",
    "/%BD%E8%DF%C2", "/#",
]  # fmt: skip


@pytest.mark.server
def test_a_real_nginx_redirects_chinese_and_odd_paths() -> None:
    redirects = [redirect(f"https://x.com{path}", f"https://x.com/kept{n}", str(n)) for n, path in enumerate(ODD[:-1])]
    with serving(redirects) as site:
        for number, path in enumerate(ODD[:-1]):
            browser = quote(path, safe="/%!$&'()*+,;=:@[]|^")
            lower = browser.replace("%E5", "%e5")
            script = path if "%" in path else quote(path)
            for asked in (browser, lower, script):
                assert ask(site, asked) == (301, f"https://x.com/kept{number}"), asked
        assert ask(site, "/other") == (502, None)


@pytest.mark.server
def test_a_real_nginx_leads_to_odd_addresses_in_ascii_and_expands_nothing() -> None:
    redirects = [redirect(f"/old/{n}", f"https://x.com{path}?q=借 $host&r=\"'\\{{}};#头", str(n))
                 for n, path in enumerate(ODD)]  # fmt: skip
    with serving(redirects) as site:
        for number in range(len(ODD)):
            status, location = ask(site, f"/old/{number}")
            assert (status, location is not None and location.isascii()) == (301, True)
            assert location is not None
            assert location.startswith("https://x.com/")
            assert not set(location) & set("$\"'\\{};<> ")
        assert ask(site, "/old/0")[1] == (
            f"https://x.com{quote('/文章/借呗逾期.html')}?q={quote('借 ')}%24host&r=%22%27%5C%7B%7D%3B#{quote('头')}"
        )


@pytest.mark.server
def test_the_query_is_part_of_the_old_address() -> None:
    redirects = [
        redirect("https://x.com/show?id=1&c=借", "https://x.com/show?id=2", "1"),
        redirect("https://x.com", "https://x.com/home", "2"),
    ]
    with serving(redirects) as site:
        assert ask(site, f"/show?id=1&c={quote('借')}") == (301, "https://x.com/show?id=2")
        assert ask(site, "/show?id=2") == (502, None)
        assert ask(site, "/show") == (502, None)
        assert ask(site, "/") == (301, "https://x.com/home")


@pytest.mark.server
def test_paths_that_differ_only_in_case_lead_to_their_own_articles() -> None:
    redirects = [
        redirect("https://x.com/A^借.html", "https://x.com/one", "1"),
        redirect("https://x.com/a^借.html", "https://x.com/two", "2"),
        redirect("https://x.com/KEPT", "https://x.com/kept", "3"),
    ]
    with serving(redirects) as site:
        assert ask(site, f"/A^{quote('借')}.html") == (301, "https://x.com/one")
        assert ask(site, f"/a^{quote('借').lower()}.html") == (301, "https://x.com/two")
        assert ask(site, "/KEPT") == (301, "https://x.com/kept")
        assert ask(site, "/kept") == (502, None), "no circle"


@pytest.mark.server
def test_one_path_at_two_hosts_is_told_apart_by_host() -> None:
    redirects = [
        redirect("https://m.x.com/a", "https://www.x.com/a", "1"),
        redirect("https://m.x.com/b", "https://www.x.com/c", "2"),
        redirect("https://old.x.com/b", "https://www.x.com/d", "3"),
        redirect("https://文章.中国/a", "https://www.x.com/e", "4"),
        redirect("https://m.x.com/f", "https://www.x.com/g", "5"),
        redirect("https://old.x.com/f", "https://www.x.com/g", "6"),
    ]
    with serving(redirects) as site:
        assert ask(site, "/a", "m.x.com") == (301, "https://www.x.com/a")
        assert ask(site, "/a", "www.x.com") == (502, None), "no circle"
        assert ask(site, "/b", "M.x.com:8080") == (301, "https://www.x.com/c")
        assert ask(site, "/b", "old.x.com") == (301, "https://www.x.com/d")
        assert ask(site, "/a", "文章.中国".encode("idna").decode()) == (301, "https://www.x.com/e")
        assert ask(site, "/f", "any.example") == (301, "https://www.x.com/g")


@pytest.mark.server
def test_what_cannot_be_redirected_is_left_out_with_a_reason() -> None:
    redirects = [
        redirect("https://x.com/a", "https://x.com/a", "1"),
        redirect("https://x.com/b", "https://x.com/c", "2"),
        redirect("https://x.com/b", "https://x.com/d", "3"),
        redirect("https://x.com/c", "https://x.com/e", "4"),
        redirect("https://x.com/" + "x" * 5_000, "https://x.com/e", "5"),
        redirect("javascript:alert(1)\n}", "https://x.com/e", "6"),
        redirect("https://x.com/g", "ftp://[", "7"),
        redirect("", "", "8"),
    ]
    text = nginx_map(redirects)
    assert text.count("# left out, ") == 7
    with serving(redirects) as site:
        assert ask(site, "/b") == (301, "https://x.com/c")
        for path in ("/a", "/c", "/g"):
            assert ask(site, path) == (502, None)


@pytest.mark.server
def test_thousands_of_redirects_are_accepted() -> None:
    redirects = [redirect(f"https://x.com/{n}/{'题' * (n % 90)}", f"https://x.com/k/{n}", str(n)) for n in range(9_000)]
    with serving(redirects) as site:
        assert ask(site, f"/8999/{quote('题' * (8999 % 90))}") == (301, "https://x.com/k/8999")


NASTY = st.text(st.characters() | st.sampled_from("\"'\\$;{}\n\r\t#~^%?/ &=借[]@:|`()*"), max_size=30)


@given(st.lists(st.tuples(NASTY, NASTY, NASTY), max_size=5))
def test_every_line_of_the_map_is_a_comment_or_two_quoted_words(texts: list[tuple[str, str, str]]) -> None:
    redirects = [
        redirect(f"https://x.com/{old}", f"https://{where}x.com/{new}", old, new) for old, new, where in texts
    ] + [redirect(old, new) for old, new, _ in texts]
    text = nginx_map(redirects)
    assert text.isascii()
    for line in text.split("\n"):
        if line and not line.startswith(("#", "map ", "map_hash_", "    default ", "}")):
            start, old, middle, new, end = line.split('"')
            assert (start, middle, end) == ("    ", " ", ";")
            assert "$" not in new
            assert not set(old + new) & {"\\", "\n", "\r", "\t", "\0", " "}
    assert text.count("map $") == text.count("{\n    default ") == text.count("\n}\n")


@pytest.mark.server
def test_a_real_nginx_accepts_whatever_addresses_hold(tmp_path: Path) -> None:
    """A single configuration of hostile addresses: were one to end its string, the test of nginx would fail."""
    hostile = [
        '"; } server { listen 1', "\\", '\\"', "\n}\n", "$http_x", "~", "~*(", "[", "]^", "*" * 30, "{1,2}", "'\"'",
    ]  # fmt: skip
    pairs = [(a, b) for a in hostile for b in hostile]
    redirects = [redirect(f"https://x.com/{a}/{b}", f"https://x.com/{b}{a}", a, b) for a, b in pairs]
    redirects += [redirect(f"https://x.com/{a}/{b}".upper(), f"https://m.x.com/{a}/{b}", a, b) for a, b in pairs]
    config = tmp_path / "nginx.conf"
    body = nginx_map(redirects)
    config.write_text(f"pid {tmp_path}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\n{body}\n}}\n", "ascii")
    done = subprocess.run([nginx(), "-t", "-p", tmp_path, "-c", config], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "[warn]" not in done.stderr
