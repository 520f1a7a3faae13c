"""The editors' pages, read and used as a browser does: lists, two texts side by side, decisions, checks, hiding."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from searchsvc import SearchService, Settings, open_service
from searchsvc.access import create_token
from searchsvc.editors import Editors
from searchsvc.web import create_app
from searchsvc.web.editors_view import marked_lines, numbered, score_words
from searchsvc.web.lists_pages import article_ref

#: Clusters of the sample corpus: two near copies, three articles of one topic, two of one topic.
NEAR, THREE, TOPIC = "q0NPfpkWrap4", "0rLDD5lss4_V", "2NuyhNFj7gcL"


@dataclass
class Browser:
    """An editor's browser."""

    client: FlaskClient
    name: str
    root: str = ""

    def get(self, path: str, status: int = 200) -> BeautifulSoup:
        return self.read(self.client.get(path), status)

    def read(self, answer: TestResponse, status: int = 200) -> BeautifulSoup:
        assert answer.status_code == status, answer.get_data(as_text=True)[:2000]
        return BeautifulSoup(answer.get_data(as_text=True), "lxml")

    def send(self, form: Tag, **values: Any) -> TestResponse:
        """Sends a form with what its fields hold, these values changed."""
        fields: dict[str, list[str]] = {}
        for field in form.select("input[name], textarea[name]"):
            fields.setdefault(str(field["name"]), []).append(str(field.get("value", field.text)))
        for field in form.select("select[name]"):
            chosen = field.select("option[selected]") or field.select("option")
            fields[str(field["name"])] = [str(chosen[0].get("value", chosen[0].text))]
        return self.client.post(str(form["action"]), data=fields | values)

    def follow(self, answer: TestResponse) -> BeautifulSoup:
        assert answer.status_code == 303, answer.get_data(as_text=True)[:2000]
        return self.get(answer.location)


def browser(service: SearchService, name: str) -> Browser:
    app = create_app(service)
    client = app.test_client()
    token = create_token(service.settings, name)
    root = service.settings.root_path
    assert client.get(f"{root}/editors/login?token={token}").status_code == 303
    return Browser(client, name, root)


@pytest.fixture
def service(corpus_settings: Settings, tmp_path: Path) -> Iterator[SearchService]:
    """The sample corpus with a state of its own."""
    with open_service(replace(corpus_settings, state=tmp_path / "state")) as opened:
        yield opened


@pytest.fixture
def wang(service: SearchService) -> Browser:
    return browser(service, "王编辑")


@pytest.fixture
def li(service: SearchService) -> Browser:
    return browser(service, "李编辑")


def status_of(page: BeautifulSoup) -> str:
    return page.select('.notices[role="status"]')[0].get_text(" ", strip=True)


def decide_form(page: BeautifulSoup) -> Tag:
    return page.select('form[action$="/editors/decide"]')[0]


def rows(page: BeautifulSoup) -> list[str]:
    return [link.text for link in page.select("li[data-row] h2 a")]


# --- the list


def test_the_list_counts_kinds_and_each_filter_shows_what_its_count_promises(
    wang: Browser, service: SearchService
) -> None:
    page = wang.get("/editors/duplicates")
    chips = page.select('nav[aria-label="按种类筛选"] a')
    counts = [int(chip.select(".count")[0].text) for chip in chips]
    assert counts[0] == sum(counts[1:]) == service.editors.duplicates().total > 40
    for chip, count in zip(chips, counts, strict=True):
        filtered = wang.get(str(chip["href"]))
        total = filtered.select("main .status strong")
        assert (int(total[0].text) if total else 0) == count
        kinds = {badge.text for badge in filtered.select("li[data-row] .badge")}
        assert kinds <= ({chip.text.split()[0]} if "全部" not in chip.text else {"完全相同", "改写重发", "同一话题"})
        assert len(filtered.select('nav[aria-label="按种类筛选"] [aria-current="true"]')) == 1


def test_a_row_names_its_articles_with_dates_what_to_keep_and_how_sure(wang: Browser, service: SearchService) -> None:
    page = wang.get("/editors/duplicates?order=newest&kind=same-topic")
    row = next(row for row in page.select("li[data-row]") if THREE in str(row.select("h2 a")[0]["href"]))
    text = row.get_text(" ", strip=True)
    assert f"同一话题的把握至少 {round(service.editors.cluster(THREE).score * 100)}%" in text
    assert "建议保留：内容最完整（761 字）" in text
    assert "可以少维护 2 篇" in text
    assert [one["datetime"] for one in row.select("time")] == ["2025-12-30T13:26:54", "2024-08-19", "2026-06-30"]
    near = wang.get("/editors/duplicates?kind=near-copy").select("li[data-row]")[0]
    assert "相同文字约 93%" in near.text


def test_category_order_and_pages_narrow_and_turn_the_list(wang: Browser) -> None:
    first = wang.get("/editors/duplicates?order=newest")
    second = wang.get(str(first.select('a[rel="next"]')[0]["href"]))
    assert len(rows(first)) == 20
    assert second.select("ol.rows")[0]["start"] == "21"
    assert "order=newest" in str(second.select("h2 a")[0]["href"])
    assert not set(rows(first)) & set(rows(second))
    assert rows(first) != rows(wang.get("/editors/duplicates"))
    cards = wang.get("/editors/duplicates?category=公积金")
    assert 0 < len(rows(cards)) < 20
    assert all("公积金" in row.text for row in cards.select("li[data-row]"))
    assert cards.select("#category option[selected]")[0].text == "公积金"
    assert rows(wang.get("/editors/duplicates?page=999")) == rows(wang.get("/editors/duplicates?page=3")), "the last"


def test_visits_decide_the_gain_when_they_are_known(corpus_settings: Settings, tmp_path: Path) -> None:
    visits = tmp_path / "visits.csv"
    visits.write_text(f"{NEAR},300\nEDQq2KL-Ncq1,900\n")
    with open_service(replace(corpus_settings, state=tmp_path / "state", visits=visits)) as service:
        row = browser(service, "li").get("/editors/duplicates").select("li[data-row]")[0]
        assert "另外 1 篇共有 300 次访问" in row.text
        assert "建议保留：访问量最高（900 次）" in row.text


def test_an_empty_list_says_what_to_do(tmp_path: Path, wang: Browser) -> None:
    with open_service(index=tmp_path / "none", state=tmp_path / "state") as service:
        new = browser(service, "li")
        assert "searchsvc ingest" in new.get("/editors/duplicates").select(".empty")[0].text
        assert "还没有比对过" in new.get("/editors/").select(".status")[0].text
        for path in ("/editors/topics", "/editors/decisions", "/editors/hidden", "/editors/check"):
            assert new.get(path).select("h1")
    page = wang.get("/editors/duplicates?category=公积金&kind=copy")
    assert "符合条件的都处理完了" in page.select(".empty")[0].text


def test_the_list_says_when_comparing_is_behind_the_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_service(index=tmp_path / "index", state=tmp_path / "state") as service:
        pages = tmp_path / "pages"
        pages.mkdir()
        (pages / "1.html").write_text(hostile_page("一"))
        service.ingest([pages])
        editor = browser(service, "li")
        assert not editor.get("/editors/duplicates").select(".note")
        assert "没有等待决定的重复文章" in editor.get("/editors/duplicates").select(".empty")[0].text
        monkeypatch.setattr(Editors, "update", lambda editors: None)
        (pages / "2.html").write_text(hostile_page("二"))
        service.ingest([pages])
        assert "比对还没有跟上" in editor.get("/editors/duplicates").select(".note")[0].text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/editors/duplicates?kind=none", 400),
        ("/editors/duplicates?order=best", 400),
        ("/editors/duplicates?state=x", 400),
        ("/editors/duplicates/none", 404),
        (f"/editors/duplicates/{NEAR}?a=none&b={NEAR}", 404),
        (f"/editors/compare?a={NEAR}", 400),
        (f"/editors/compare?a={NEAR}&b={NEAR}", 400),
        (f"/editors/compare?a={NEAR}&b=none", 404),
        ("/editors/decide", 405),
        ("/editors/none", 404),
    ],
)
def test_errors_are_chinese_pages_of_the_editors(wang: Browser, path: str, status: int) -> None:
    page = wang.get(path, status)
    assert re.search("[一-鿿]{4}", page.select("h1")[0].text)
    assert page.select("main code")
    assert page.select('nav[aria-label="编辑后台"]')


# --- one cluster


def test_shared_passages_are_marked_on_both_sides_and_lead_to_one_another(wang: Browser) -> None:
    page = wang.get(f"/editors/duplicates/{NEAR}")
    left, right = page.select("article.side")
    assert "建议保留" in left.text
    links = left.select("a.number")
    assert len(links) > 3
    assert [link["id"] for link in links] == [f"left-{number}" for number in range(1, len(links) + 1)]
    for link in links:
        other = right.select(str(link["href"]))[0]
        assert other["href"] == f"#{link['id']}"
        ours, theirs = (one.find_next("mark") for one in (link, other))
        assert ours is not None
        assert theirs is not None
        assert ours.text[:8] == theirs.text[:8]
    assert "左边约" in page.select(".evidence")[0].text


def test_the_pair_is_chosen_by_links_and_either_side_may_be_left(wang: Browser) -> None:
    page = wang.get(f"/editors/duplicates/{THREE}")
    evidence = page.select(".evidence")[0].text
    assert {"都谈到", "只有左边谈到", "只有右边谈到"} <= {one.text for one in page.select(".evidence dt")}
    titles = [one.text for one in page.select("article.side h3")]
    form = decide_form(page)
    a, b = (form.select(f'input[name="{name}"]')[0]["value"] for name in "ab")
    turned = wang.get(f"/editors/duplicates/{THREE}?a={b}&b={a}")
    assert [one.text for one in turned.select("article.side h3")] == titles[::-1]
    assert turned.select(".evidence")[0].text != evidence
    after = wang.get(str(page.select('a[data-key="n"]')[0]["href"]))
    assert [one.text for one in after.select("article.side h3")] != titles
    assert after.select('.pairs [aria-current="true"]')
    chosen = page.select(".tools a[href*='a=']")
    assert [link.text[-4:] for link in chosen] == ["放到左边", "放到右边"]
    for link in chosen:
        assert wang.get(str(link["href"])).select("article.side")


@pytest.mark.parametrize(
    ("choice", "verdict", "keeps"),
    [
        ("same-left", "same", 0),
        ("same-right", "same", 1),
        ("different", "different", None),
        ("merged-left", "merged", 0),
        ("merged-right", "merged", 1),
    ],
)
def test_a_decision_is_stored_said_and_leads_to_the_next_that_waits(
    wang: Browser, service: SearchService, choice: str, verdict: str, keeps: int | None
) -> None:
    listed = wang.get("/editors/duplicates?kind=near-copy")
    here, following = (str(link["href"]) for link in listed.select("li[data-row] h2 a")[:2])
    page = wang.get(here)
    sides = [one.text for one in page.select("article.side h3")]
    form = decide_form(page)
    buttons = [button["value"] for button in form.select('button[name="choice"]')]
    assert choice in buttons
    answer = wang.send(form, choice=choice, note=" 第一行\r\n第二行 ")
    assert urlsplit(answer.location).path == urlsplit(following).path
    assert parse_qs(urlsplit(answer.location).query)["kind"] == ["near-copy"]
    after = wang.follow(answer)
    assert status_of(after).startswith("王编辑 决定：")
    (made,) = service.editors.decisions()
    assert (made.decision, made.by, made.note) == (verdict, "王编辑", "第一行\n第二行")
    kept = service.article(made.keep).title if made.keep else None
    assert kept == (None if keeps is None else sides[keeps])
    if kept:
        assert kept in status_of(after)
    again = wang.follow(wang.send(after.select('.notices form[action$="/undo"]')[0]))
    assert "撤销了" in status_of(again)
    assert service.editors.decisions() == ()
    assert {one.text for one in again.select("article.side h3")} == set(sides), "back at the pair"


def test_the_last_decision_of_a_filter_leads_to_a_list_that_says_so(wang: Browser) -> None:
    listed = wang.get("/editors/duplicates?kind=near-copy&category=征信")
    for _ in rows(listed):
        link = wang.get("/editors/duplicates?kind=near-copy&category=征信").select("li[data-row] h2 a")[0]
        page = wang.follow(wang.send(decide_form(wang.get(str(link["href"]))), choice="different"))
    assert "符合条件的都处理完了" in page.text
    assert status_of(page).startswith("王编辑 决定")


def test_a_decided_pair_shows_who_when_and_why_and_may_be_decided_anew(wang: Browser, service: SearchService) -> None:
    wang.send(decide_form(wang.get(f"/editors/duplicates/{NEAR}")), choice="same-left", note="<b>更全</b>")
    page = wang.get(f"/editors/duplicates/{NEAR}")
    decided = page.select(".decided")[0]
    assert re.search("王编辑 在 20..年.*决定：.*重复，保留", decided.text)
    assert "备注：<b>更全</b>" in decided.text
    assert not decided.select("b")
    assert page.select("details .decide")
    wang.send(decide_form(page), choice="different")
    (made,) = service.editors.decisions()
    assert made.decision == "different"
    wang.get(f"/editors/duplicates/{NEAR}", 404)
    alone = wang.get(f"/editors/compare?a={made.a.id}&b={made.b.id}")
    assert "不重复" in alone.select(".decided")[0].text
    wang.send(alone.select(".decided form")[0])
    back = wang.get(f"/editors/duplicates/{NEAR}")
    assert "重复，保留" in back.select(".decided")[0].text, "the one before holds again"


def test_a_whole_cluster_is_decided_at_once_and_undone_at_once(wang: Browser, service: SearchService) -> None:
    page = wang.get(f"/editors/duplicates/{THREE}")
    form = page.select('form[action$="/merge"]')[0]
    keep = service.editors.cluster(THREE).articles[2]
    after = wang.follow(wang.send(form, keep=keep.key, note="合并"))
    assert {(one.keep, one.decision, one.note) for one in service.editors.decisions()} == {(keep.id, "same", "合并")}
    assert len(service.editors.decisions()) == 2
    assert "一共 2 个决定" in status_of(after)
    assert service.editors.waiting([keep.id]) is None
    again = wang.follow(wang.send(after.select('.notices form[action$="/undo"]')[0]))
    assert "撤销了 2 个决定" in status_of(again)
    assert service.editors.decisions() == ()
    assert len(service.editors.cluster(THREE).articles) == 3


def test_deciding_all_leaves_alone_what_was_decided_one_by_one(corpus_settings: Settings, tmp_path: Path) -> None:
    # Three near copies: the cluster holds together whatever is decided about one pair.
    with open_service(corpus_settings) as corpus:
        stored = corpus.article("news/a-jiebei-overdue-contact-family.html")
    (tmp_path / "again.jsonl").write_text(
        "".join(
            json.dumps({"id": f"{name}.html", "title": stored.title + name, "body": stored.body + name}) + "\n"
            for name in ("甲", "乙", "丙")
        ),
        "utf-8",
    )
    with open_service(index=tmp_path / "index", state=tmp_path / "state") as service:
        service.ingest([tmp_path / "again.jsonl"])
        wang = browser(service, "王编辑")
        (cluster,) = service.editors.duplicates().clusters
        assert len(cluster.pairs) == 3
        keep = next(one for one in cluster.articles if one.id == cluster.keep)
        first, second = (one for one in cluster.articles if one.id != cluster.keep)
        service.editors.decide(keep.id, first.id, "different", by="李编辑")
        page = wang.get(f"/editors/duplicates/{service.editors.waiting([second.id]).id}")  # type: ignore[union-attr]
        wang.follow(wang.send(page.select('form[action$="/merge"]')[0], keep=keep.key))
        verdicts = {frozenset((one.a.id, one.b.id)): one.decision for one in service.editors.decisions()}
        assert verdicts == {frozenset((keep.id, first.id)): "different", frozenset((keep.id, second.id)): "same"}


def test_the_rest_of_a_cluster_comes_before_the_next(wang: Browser, service: SearchService) -> None:
    at = [one.id for one in service.editors.duplicates().clusters].index(THREE)
    page = wang.get(f"/editors/duplicates/{THREE}?at={at}")
    answer = wang.send(decide_form(page), choice="different")
    left = wang.follow(answer)
    names = {one.text for one in page.select("article.side h3")}
    assert names & {one.text for one in left.select("article.side h3")}
    skip = str(left.select('a[href*="/editors/next"]')[0]["href"])
    other = wang.follow(wang.client.get(skip))
    assert not names & {one.text for one in other.select("article.side h3")}


def test_past_the_last_the_first_comes_again(wang: Browser) -> None:
    location = wang.client.get("/editors/next?kind=same-topic&at=999").location
    first = wang.get("/editors/duplicates?kind=same-topic").select("li[data-row] h2 a")[0]
    assert location == first["href"]


# --- two editors at once


def test_what_another_editor_decided_meanwhile_is_shown_and_asked_again(
    wang: Browser, li: Browser, service: SearchService
) -> None:
    mine = decide_form(wang.get(f"/editors/duplicates/{NEAR}"))
    li.follow(li.send(decide_form(li.get(f"/editors/duplicates/{NEAR}")), choice="same-right", note="已核对"))
    answer = wang.send(mine, choice="same-left", note="我的理由")
    page = wang.read(answer, 409)
    alert = page.select('[role="alert"]')[0].text
    assert "李编辑" in alert
    assert "已核对" in alert
    assert "没有保存" in alert
    assert [one.by for one in service.editors.history()] == ["李编辑"]
    form = decide_form(page)
    assert form.select("textarea")[0].text.strip() == "我的理由"
    wang.follow(wang.send(form, choice="same-left"))
    assert [one.by for one in service.editors.decisions()] == ["王编辑"]


def test_a_pair_called_different_meanwhile_is_shown_though_its_cluster_is_gone(wang: Browser, li: Browser) -> None:
    mine = decide_form(wang.get(f"/editors/duplicates/{NEAR}"))
    li.send(decide_form(li.get(f"/editors/duplicates/{NEAR}")), choice="different")
    page = wang.read(wang.send(mine, choice="same-left"), 409)
    assert "不重复" in page.select('[role="alert"]')[0].text
    assert len(page.select("article.side")) == 2


def test_a_decision_taken_back_meanwhile_is_asked_again(wang: Browser, li: Browser, service: SearchService) -> None:
    wang.send(decide_form(wang.get(f"/editors/duplicates/{NEAR}")), choice="same-left")
    page = wang.get(f"/editors/duplicates/{NEAR}")
    undo = page.select(".decided form")[0]
    li.send(undo, csrf_token=decide_form(li.get(f"/editors/duplicates/{NEAR}")).select("input")[0]["value"])
    assert "变化" in wang.read(wang.send(decide_form(page), choice="different"), 409).select('[role="alert"]')[0].text
    assert "不再生效" in wang.read(wang.send(undo), 404).select("h1")[0].text
    assert service.editors.decisions() == ()


def test_a_whole_cluster_is_not_decided_over_another_editors_head(
    wang: Browser, li: Browser, service: SearchService
) -> None:
    form = wang.get(f"/editors/duplicates/{THREE}").select('form[action$="/merge"]')[0]
    li.send(decide_form(li.get(f"/editors/duplicates/{THREE}")), choice="different")
    page = wang.read(wang.send(form), 409)
    assert "李编辑" in page.select('[role="alert"]')[0].text
    assert len(service.editors.history()) == 1


def test_a_decision_made_in_the_same_moment_is_not_overwritten(
    wang: Browser, service: SearchService, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = decide_form(wang.get(f"/editors/duplicates/{NEAR}"))
    real = service.editors.decide

    def both(a: str, b: str, *given: Any, **more: Any) -> Any:
        real(a, b, "different", by="李编辑")
        return real(a, b, *given, **more)

    monkeypatch.setattr(service.editors, "decide", both)
    page = wang.read(wang.send(form, choice="same-left"), 409)
    (alert,) = page.select('main [role="alert"]')
    assert "李编辑" in alert.text
    assert "没有保存" in alert.text
    (held,) = service.editors.history()
    assert (held.by, held.decision) == ("李编辑", "different")
    monkeypatch.undo()
    # The page that came back has seen it.
    wang.follow(wang.send(decide_form(page), choice="same-left"))
    assert [one.decision for one in service.editors.history()] == ["same", "different"]


# --- checks


def test_a_title_is_checked_from_the_start_page(wang: Browser) -> None:
    form = wang.get("/editors/").select('main form[action$="/check"]')[0]
    assert form["method"] == "get"
    page = wang.get("/editors/check?title=花呗晚还一天会怎样？影响信用吗")
    found = page.select("li[data-row]")
    assert "标题相同" in found[0].text
    assert "同一话题的把握" in found[1].text
    assert str(found[1].select("h3 a")[0]["href"]).startswith("/articles/")
    assert page.select("#title")[0]["value"] == "花呗晚还一天会怎样？影响信用吗"
    nothing = wang.get("/editors/check?title=量子计算机的原理")
    assert "没有找到" in nothing.select('[role="status"]')[0].text


def test_a_draft_is_told_what_it_adds_and_compared_side_by_side(wang: Browser, service: SearchService) -> None:
    known = service.article(NEAR)
    fresh = "小明和小红周末去公园里面放风筝，他们玩得很开心，晚上才回到家里面。"
    form = wang.get("/editors/check").select("#draft")[0]
    given = {"title": known.title, "body": f"{known.body[:300]}\r\n{fresh}"}
    page = wang.read(wang.send(form, **given))
    assert "改写重发" in page.select("li[data-row]")[0].text
    assert page.select("section:has(#new) mark")[-1].text == fresh
    key = page.select('button[name="compare"]')[0]["value"]
    beside = wang.read(wang.send(form, **given, compare=key))
    left, right = beside.select("article.side")
    assert left.select("mark")
    assert right.select(str(left.select("a.number")[0]["href"]))


def test_a_list_of_titles_is_checked_against_the_site_and_itself(wang: Browser) -> None:
    form = wang.get("/editors/check").select("form:has(#titles)")[0]
    page = wang.read(wang.send(form, titles="花呗逾期一天的后果\r\n\r\n量子计算机的原理\r\n花呗逾期一天的后果"))
    first, second, third = page.select("li[data-row]")
    assert "站内已有" in first.text
    assert "第 3 个" in first.text
    assert "没有发现重复" in second.text
    assert "第 1 个" in third.text


@pytest.mark.parametrize(
    "given",
    [{"title": " "}, {"title": "长" * 301}, {"title": "a", "body": "长" * 100_001}, {"titles": " \n"},
     {"titles": "标题\n" * 201}, {"titles": "长" * 301}],
)  # fmt: skip
def test_what_cannot_be_checked_is_said_beside_the_field(wang: Browser, given: dict[str, str]) -> None:
    token = wang.get("/editors/check").select('input[name="csrf_token"]')[0]["value"]
    page = wang.read(wang.client.post("/editors/check", data={"csrf_token": token, **given}), 400)
    assert page.select('main [role="alert"]')
    assert page.select("[aria-invalid]")[0]["aria-describedby"] == page.select('main [role="alert"]')[0]["id"]


# --- topics, decisions, hidden articles


def test_topics_show_single_articles_too_and_lead_to_cluster_or_article(wang: Browser, service: SearchService) -> None:
    page = wang.get("/editors/topics")
    total = service.editors.topics().total
    assert 100 < total < 186
    assert page.select('[role="status"] strong')[0].text == str(total)
    assert page.select("table caption")
    assert len(page.select("tbody tr")) == 20
    assert "/editors/duplicates/" in str(page.select("tbody a")[0]["href"])
    last = wang.get("/editors/topics?page=7").select("tbody tr")[-1]
    assert "1 篇" in last.text
    assert str(last.select("a")[0]["href"]).startswith("/articles/")
    found = wang.get("/editors/topics?q=花呗&category=网贷平台")
    assert 0 < len(found.select("tbody tr")) < 20
    empty = wang.get("/editors/topics?q=量子计算机")
    assert "没有符合条件的话题" in empty.text
    assert empty.select('a[href*="/editors/check"]')


def test_decisions_are_listed_with_undo_and_the_history_keeps_what_was_undone(wang: Browser, li: Browser) -> None:
    wang.send(decide_form(wang.get(f"/editors/duplicates/{NEAR}")), choice="same-left", note="备注文字")
    li.send(decide_form(li.get(f"/editors/duplicates/{TOPIC}")), choice="different")
    page = wang.get("/editors/decisions")
    first, second = page.select("li[data-row]")
    assert ("李编辑" in first.text, "王编辑" in second.text, "备注文字" in second.text) == (True, True, True)
    assert wang.get(str(second.select(".name a")[0]["href"])).select(".decided")
    after = wang.follow(wang.send(first.select("form")[0]))
    assert "王编辑 撤销了" in status_of(after)
    assert len(after.select("li[data-row]")) == 1
    history = wang.get("/editors/decisions?view=history").select("li[data-row]")
    assert len(history) == 2
    assert re.search("王编辑 在 .* 撤销了", history[0].text)
    assert not history[0].select("form")


def test_an_article_is_hidden_from_its_cluster_and_shown_again(wang: Browser, service: SearchService) -> None:
    page = wang.get(f"/editors/duplicates/{THREE}?at=2")
    confirm = page.select("details:has(form[action$='/hidden'])")[0]
    title = service.article(THREE).title
    assert title in confirm.select("button")[0].text
    after = wang.follow(wang.send(confirm.select("form")[0]))
    assert f"隐藏了《{title}》" in status_of(after)
    assert title not in after.select("main .members")[0].text
    assert len(after.select(".members > li")) == 2, "what is left of the cluster"
    assert wang.client.get(f"/articles/{THREE}").status_code == 404
    shown = wang.follow(wang.send(after.select('.notices form[action$="/show"]')[0]))
    assert "恢复显示了" in status_of(shown)
    assert wang.client.get(f"/articles/{THREE}").status_code == 200


def test_an_article_is_hidden_by_id_key_or_address(wang: Browser, service: SearchService) -> None:
    one = service.article(NEAR)
    for given in (one.id, NEAR, f" /articles/{NEAR} ", f"http://localhost/articles/{NEAR}?x=1#y"):
        page = wang.follow(wang.send(wang.get("/editors/hidden").select("form.panel")[0], article=given))
        assert one.title in page.select("ul.rows .name")[0].text
        wang.send(page.select("ul.rows form")[0])
        assert service.editors.hidden() == ()
    wrong = wang.read(wang.send(wang.get("/editors/hidden").select("form.panel")[0], article='"><b>x'), 404)
    assert "没有找到这篇文章" in wrong.select('[role="alert"]')[0].text
    assert wrong.select("#article")[0]["value"] == '"><b>x'


def test_an_address_is_told_from_an_id_that_looks_like_one() -> None:
    assert article_ref("cms/articles/1.html") == "cms/articles/1.html"
    assert article_ref("https://a.example/find/articles/abc") == "abc"
    assert article_ref("/find/articles/abc?q=1") == "abc"


# --- words, markup, roots


def test_only_what_is_complete_is_called_complete() -> None:
    assert score_words("near-copy", 0.9999) == "相同文字约 99%"
    assert score_words("same-topic", 0.92) == "同一话题的把握 92%"
    assert score_words("copy", 1.0) == "正文完全相同"


def test_overlapping_passages_are_cut_and_every_piece_is_escaped() -> None:
    page = BeautifulSoup(numbered("<a>bc\n&d", [(0, 4), (2, 7), (6, 7)], "right"), "lxml")
    assert [p.text for p in page.select("p")] == ["相同文字 1<a相同文字 2>bc", "相同文字 3&d"]
    assert [one["id"] for one in page.select("a.number")] == ["right-1", "right-2", "right-3"]
    assert [one.text for one in page.select("mark")] == ["<a", ">b", "c", "&"]
    assert marked_lines("a<b", [(1, 2)]) == "<p>a<mark>&lt;</mark>b</p>"


def hostile_page(more: str) -> str:
    return f"""<!doctype html><html lang="zh"><head><meta charset="utf-8">
<title>逾期 &lt;script&gt;alert(1)&lt;/script&gt; "双引号" 'x {more}</title></head><body><article>
<h1>逾期 &lt;script&gt;alert(1)&lt;/script&gt; "双引号" 'x {more}</h1>
<h2>&lt;img src=x onerror=alert(2)&gt; 怎么办</h2>
<p>逾期以后应当先联系平台，说明自己的情况。&lt;script&gt;alert(3)&lt;/script&gt; &amp;lt; &broken;
协商还款需要准备材料，不要失联。</p>
<p>逾期的利息按合同约定计算，平台会先发短信提醒，然后电话通知，请保持电话畅通并且记录每一次沟通。</p>
</article></body></html>"""


def test_nothing_that_articles_or_editors_write_becomes_markup(tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    for name in ("1", "2", "3"):
        (pages / f"{name}.html").write_text(hostile_page(name))
    trap = '"><script>alert(9)</script><img src=x onerror=alert(9)>'
    with open_service(index=tmp_path / "index", state=tmp_path / "state") as service:
        service.ingest([pages])
        editor = browser(service, "li")
        (cluster,) = service.editors.duplicates().clusters
        a, b, c = (one.id for one in cluster.articles)
        done = service.editors.decide(a, b, "same", keep=a, note=trap, by="li").id
        service.editors.hide(c, by="li")
        seen = ""
        for path in (
            "/editors/duplicates?state=all", f"/editors/duplicates/{cluster.id}?done={done}", "/editors/topics",
            f"/editors/duplicates?category={trap}", f"/editors/topics?q={trap}&category={trap}", "/editors/decisions",
            "/editors/hidden", f"/editors/check?title={trap}", "/editors/check?title=逾期 alert(1)",
            f"/editors/compare?a={a}&b={b}&done={trap}", f"/editors/duplicates?done={done}&order=gain&at={trap}",
        ):  # fmt: skip
            page = editor.get(path)
            for one in page.select("script"):
                assert one["src"] == "/static/editors.js"
                assert not one.text
            assert not page.select("main script, img, [onerror], [onclick], [style]"), path
            seen += page.get_text()
        assert "<script>alert(1)</script>" in seen
        assert trap in seen


def test_below_a_root_path_every_link_and_form_stays_below_it(corpus_settings: Settings, tmp_path: Path) -> None:
    with open_service(replace(corpus_settings, state=tmp_path / "state", root_path="/find")) as service:
        editor = browser(service, "li")
        for path in ("", "duplicates", f"duplicates/{THREE}", "check?title=花呗逾期", "topics", "decisions", "hidden"):
            page = editor.get(f"/find/editors/{path}")
            targets = [str(one[name]) for name in ("href", "action", "src") for one in page.select(f"[{name}]")]
            assert all(one.startswith(("/find/", "#")) for one in targets), path
        answer = editor.send(decide_form(editor.get(f"/find/editors/duplicates/{NEAR}")), choice="different")
        assert answer.location.startswith("/find/editors/duplicates/")
        assert editor.follow(answer).select(".notices form")


def test_a_form_without_the_sessions_token_changes_nothing(wang: Browser, service: SearchService) -> None:
    page = wang.get(f"/editors/duplicates/{THREE}")
    for form in page.select('main form[method="post"]'):
        assert wang.send(form, csrf_token="x", choice="different").status_code == 403
    assert service.editors.history() == ()
    assert service.editors.hidden() == ()


def test_every_button_a_key_presses_is_one_the_page_lists(wang: Browser) -> None:
    page = wang.get(f"/editors/duplicates/{THREE}")
    listed = {one.text for one in page.select("#keys dt kbd")}
    assert {str(one["data-key"]) for one in page.select("[data-key]")} <= listed
    assert {"1", "2", "x", "m", "n", "p", "u", "?"} == listed
    assert {one.text for one in wang.get("/editors/duplicates").select("#keys dt kbd")} == {"j", "k", "o", "?"}


def test_downloads_are_offered_as_soon_as_their_routes_exist(service: SearchService) -> None:
    app = create_app(service)
    app.add_url_rule("/editors/export/redirects.csv", "redirects_csv", lambda: "")
    token = create_token(service.settings, "赵编辑")
    editor = Browser(app.test_client(), "赵编辑")
    editor.client.get(f"/editors/login?token={token}")
    links = [str(one["href"]) for one in editor.get("/editors/").select('main a[href*="/export/"]')]
    assert "/editors/export/redirects.csv" in links
    assert all(editor.client.get(one).status_code == 200 for one in links)
