"""The pages visitors see, read as a browser reads them."""

from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from searchsvc import SearchService, Settings, open_service
from searchsvc.web import create_app
from searchsvc.web.view import highlight
from support_articles import Laid

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


def test_near_copies_are_one_result_that_leads_to_all_of_them_and_back(corpus_settings: Settings) -> None:
    with open_service(corpus_settings) as service:
        first, second, third, *_ = service.search("花呗 逾期").hits
        service.cover(Laid(1, frozenset({second.id}), {first.id: 1, third.id: 1}))
        client = create_app(service).test_client()
        total = service.search("花呗 逾期").total
        folded = page_of(client, "/?q=花呗+逾期&sort=relevance")
        titles = [heading.text for heading in folded.select("li.hit h2")]
        assert first.title in titles
        assert not {second.title, third.title} & set(titles)
        links = folded.select("li.hit .similar a")
        assert [one.text for one in links] == ["另有 1 篇内容相近的文章"]
        assert folded.select('[role="status"] strong')[0].text == str(total)
        assert f"合并内容相近的以后是 {total - 1} 条" in folded.select('[role="status"]')[0].text
        unfolded = page_of(client, str(links[0]["href"]))
        assert unfolded.select('input[name="q"]')[0]["value"] == "花呗 逾期"
        assert {first.title, third.title} <= {heading.text for heading in unfolded.select("li.hit h2")}
        assert not unfolded.select("li.hit .similar")
        # Whatever the visitor does with this list, it stays as it is until the link back is taken.
        kept = unfolded.select("nav.sorts a, nav.filter a, nav.pages a")
        assert kept
        assert all("collapse=false" in str(one["href"]) for one in kept)
        (back,) = unfolded.select(".similar a")
        assert back.text == "合并内容相近的文章"
        again = page_of(client, str(back["href"]))
        assert [heading.text for heading in again.select("li.hit h2")] == titles
        assert "collapse" not in str(back["href"])


def test_a_list_without_near_copies_offers_nothing_to_unfold(client: FlaskClient) -> None:
    page = page_of(client, "/?q=积存金")
    assert not page.select(".similar")
    assert "合并" not in page.select('[role="status"]')[0].text


def test_the_home_page_offers_no_category_of_hidden_articles_only(corpus_settings: Settings) -> None:
    with open_service(corpus_settings) as service:
        (largest, _), *others = service.categories()
        within = [one.id for one in service.snapshot().iter_articles() if one.article.category == largest]
        service.cover(Laid(1, hidden=frozenset(within)))
        assert service.categories() == tuple(others)
        assert dict(service.stats().categories)[largest] == len(within)
        topics = [link.text for link in page_of(create_app(service).test_client(), "/").select("a.chip")]
        assert topics
        assert largest not in topics


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


STRUCTURED = """<html><head><meta charset="utf-8"><title>定期存款怎么选</title></head><body><h1>定期存款怎么选</h1>
<p>定期存款的期限越长利率越高，但是提前支取的部分按活期计算，所以要先想好什么时候用钱。</p>
<h3>分三步</h3><ol><li>先比利率，再比期限。<ul><li>国有银行。</li><li>城商银行&lt;b&gt;。</li></ul></li><li>看期限<ul><li>一年。</li></ul></li></ol>
<table><tr><th>期限</th><th>利率</th></tr><tr><td>一年&lt;script&gt;</td><td>1.1%</td></tr></table>
<blockquote><p>提前支取的部分按活期计息。</p></blockquote>
<p>到期以后没有取出来的，银行一般会自动转存，利率按转存当天的牌价，记得先看合同。</p></body></html>"""


def test_an_article_is_shown_with_its_lists_tables_and_quotations(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "a.html").write_text(STRUCTURED, "utf-8")
    with open_service(index=tmp_path / "index") as service:
        service.ingest([tmp_path / "pages"])
        page = page_of(create_app(service).test_client(), "/articles/a.html")
    article = page.select("article.article")[0]
    assert [one.text for one in article.select("h2")] == ["分三步"]
    assert [one.text for one in article.select("h3")] == []
    assert [one.text for one in article.select("ol > li > ul > li")] == ["国有银行。", "城商银行<b>。", "一年。"]
    assert [one.text for one in article.select("th")] == ["期限", "利率"]
    assert [one.text for one in article.select("td")] == ["一年<script>", "1.1%"]
    assert [one.text for one in article.select("blockquote p")] == ["提前支取的部分按活期计息。"]
