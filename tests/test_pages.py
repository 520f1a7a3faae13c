"""The pages visitors see, read as a browser reads them."""

from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from searchsvc import SearchService, Settings, open_service
from searchsvc.web import create_app
from searchsvc.web.view import highlight

HOSTILE = """<!doctype html><html lang="zh"><head><meta charset="utf-8">
<title>逾期 &lt;script&gt;alert(1)&lt;/script&gt; "双引号" 'x</title>
<link rel="canonical" href="javascript:alert(1)"></head><body><article>
<h1>逾期 &lt;script&gt;alert(1)&lt;/script&gt; "双引号" 'x</h1>
<h2>&lt;img src=x onerror=alert(2)&gt; 怎么办</h2>
<p>逾期以后应当先联系平台，说明自己的情况。&lt;script&gt;alert(3)&lt;/script&gt; &amp;lt; &broken;
协商还款需要准备材料，不要失联。</p>
<p>逾期的利息按合同约定计算，平台会先发短信提醒，然后电话通知，请保持电话畅通并且记录每一次沟通。</p>
</article></body></html>"""


@pytest.fixture(scope="module")
def client(corpus_service: SearchService) -> FlaskClient:
    return create_app(corpus_service).test_client()


def page_of(client: FlaskClient, path: str) -> BeautifulSoup:
    return BeautifulSoup(client.get(path).get_data(as_text=True), "lxml")


def test_every_piece_of_a_highlighted_text_is_escaped() -> None:
    assert highlight("<b>&x", [(1, 2), (3, 4)]) == "&lt;<mark>b</mark>&gt;<mark>&amp;</mark>x"
    assert highlight("a<", []) == "a&lt;"


def test_results_are_a_marked_ranked_list_with_its_count(client: FlaskClient) -> None:
    page = page_of(client, "/?q=借呗逾期")
    assert page.title is not None
    assert "借呗逾期" in page.title.text
    assert len(page.select("ol.results > li h2 a[href]")) == 10
    assert {"借呗", "逾期"} & {mark.text for mark in page.select("ol.results mark")}
    assert "篇文章" in page.select('[role="status"]')[0].text
    assert page.select('form[role="search"] input[name="q"]')[0]["value"] == "借呗逾期"
    assert page.select('nav[aria-label="分页"] [aria-current="page"]')[0].text == "1"


def test_a_category_link_leads_to_that_category_with_the_count_it_shows(client: FlaskClient) -> None:
    chip = page_of(client, "/?q=逾期").select("nav.filter a.chip:has(.count)")[0]
    count = chip.select(".count")[0].text
    filtered = page_of(client, str(chip["href"]))
    assert filtered.select('[role="status"] strong')[0].text == count
    assert len(filtered.select('nav.filter a[aria-current="true"]')) == 1


def test_the_next_page_goes_on_where_the_first_ended(client: FlaskClient) -> None:
    first = page_of(client, "/?q=逾期")
    second = page_of(client, str(first.select('a[rel="next"]')[0]["href"]))
    assert second.select("ol.results")[0]["start"] == "11"
    links = [{str(a["href"]) for a in page.select("ol.results h2 a")} for page in (first, second)]
    assert not links[0] & links[1]


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("/?q=" + "长" * 513, 400, "查询太长了"),
        ("/?q=a&sort=best", 400, "条件有误"),
        ("/nothing", 404, "没有找到这个页面"),
        ("/articles/none", 404, "没有找到这个页面"),
        ("/?q=zqxjkvwy", 200, "没有找到与"),
    ],
)
def test_what_cannot_be_shown_is_said_in_chinese(client: FlaskClient, path: str, status: int, text: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype) == (status, "text/html")
    assert text in answer.get_data(as_text=True)


@pytest.mark.parametrize("path", ["/", "/?q=逾期", "/nothing"])
def test_pages_carry_no_script_and_forbid_it(client: FlaskClient, path: str) -> None:
    assert "default-src 'none'" in client.get(path).headers["Content-Security-Policy"]
    assert not page_of(client, path).select("script, style, [style], [onclick]")


def test_hostile_articles_and_queries_never_become_markup(tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "a.html").write_text(HOSTILE, "utf-8")
    with open_service(Settings(index=tmp_path / "index", state=tmp_path / "state")) as service:
        assert service.ingest([pages]).added == 1
        client = create_app(service).test_client()
        key = service.search("逾期").hits[0].key
        paths = ["/?q=逾期", "/?q=逾期 %22><script>alert(4)</script>", "/?q=逾期&category=%22><img src=x>"]
        for path in [*paths, f"/articles/{key}"]:
            page = page_of(client, path)
            assert not page.select("script, img, [onerror]"), path
            assert not [a for a in page.select("a[href]") if str(a["href"]).startswith("javascript")]
        assert "<script>alert(1)</script>" in page_of(client, f"/articles/{key}").get_text()
