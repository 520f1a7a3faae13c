"""The editors' API over the real corpus: the shapes it promises, what it refuses and how, and what it changes."""

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from searchsvc import SearchService, Settings, open_service
from searchsvc.access import create_token
from searchsvc.editors import desk as desk_module
from searchsvc.errors import StateUnusable
from searchsvc.web import create_app
from searchsvc.web.openapi import openapi_document

API = "/api/v1/duplicates"
ARTICLE = ["id", "key", "title", "date", "url", "category", "chars", "visits"]
EVIDENCE = ["shared_passages", "share_a", "share_b", "title", "ties", "only_a", "only_b"]
DECISION = ["id", "a", "b", "decision", "keep", "note", "by", "at"]
MATCH = ["id", "key", "url", "title", "date", "kind", "score", "evidence"]


@dataclass
class Site:
    service: SearchService
    client: FlaskClient
    token: str

    def ask(self, method: str, path: str, body: Any = None, **options: Any) -> TestResponse:
        """An answer to an editor; a body that is no bytes is sent as JSON."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body)
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.client.open(path, method=method, data=data, headers=headers, **options)

    def get(self, path: str, **query: Any) -> Any:
        answer = self.ask("GET", API + path, query_string=query)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.get_json()

    def cluster(self) -> dict[str, Any]:
        """The first cluster of two articles that are near copies."""
        found = self.get("", kind="near-copy", limit=200)["clusters"]
        return next(one for one in found if len(one["articles"]) == 2)


@pytest.fixture
def site(corpus_settings: Settings, tmp_path: Path) -> Iterator[Site]:
    settings = Settings(index=corpus_settings.index, state=tmp_path / "state")
    with open_service(settings) as service:
        yield Site(service, create_app(service).test_client(), create_token(settings, "王编辑"))


def fits(value: Any, schema: dict[str, Any], where: str = "answer") -> None:
    """Fails where an answer is not as the OpenAPI description says."""
    schemas = openapi_document()["components"]["schemas"]
    if "$ref" in schema:
        return fits(value, schemas[schema["$ref"].rpartition("/")[2]], where)
    if "oneOf" in schema:
        null = [one for one in schema["oneOf"] if one.get("type") == "null"]
        return None if value is None and null else fits(value, schema["oneOf"][0], where)
    if "enum" in schema:
        assert value in schema["enum"], where
        return None
    python: dict[str, Any] = {
        "string": str,
        "integer": int,
        "number": (int, float),
        "boolean": bool,
        "object": dict,
        "array": list,
    }
    wanted = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    assert any(value is None if one == "null" else isinstance(value, python[one]) for one in wanted), where
    if isinstance(value, dict):
        assert set(schema["required"]) <= set(value) <= set(schema["properties"]), where
        for name, one in value.items():
            fits(one, schema["properties"][name], f"{where}.{name}")
    if isinstance(value, list):
        for one in value:
            fits(one, schema["items"], f"{where}[]")
    return None


def documented(path: str, method: str, status: str = "200") -> dict[str, Any]:
    found: dict[str, Any] = openapi_document()["paths"][path][method]["responses"][status]["content"]
    return dict(found["application/json"]["schema"])


# --- lists


def test_the_list_of_clusters_has_the_documented_shape(site: Site) -> None:
    answer = site.get("", limit=3)
    fits(answer, documented(API, "get"))
    assert list(answer) == ["total", "kinds", "current", "clusters"]
    assert (answer["current"], len(answer["clusters"])) == (True, 3)
    assert sum(answer["kinds"].values()) == answer["total"] > 30
    one = answer["clusters"][0]
    assert list(one) == ["id", "kind", "score", "keep", "reason", "gain", "articles", "pairs"]
    assert all(list(article) == ARTICLE for article in one["articles"])
    assert one["keep"] in {article["id"] for article in one["articles"]}
    for pair in one["pairs"]:
        assert list(pair) == ["a", "b", "kind", "score", "evidence", "decision"]
        assert list(pair["evidence"]) == EVIDENCE
        assert pair["a"] < pair["b"]
        assert pair["decision"] is None


def test_lists_are_filtered_ordered_and_paged(site: Site) -> None:
    everything = site.get("", limit=200)
    near = site.get("", kind="near-copy", limit=200)
    assert {one["kind"] for one in near["clusters"]} == {"near-copy"}
    assert near["kinds"] == everything["kinds"], "the other kinds can still be chosen"
    high = site.get("", min_score="0.9", limit=200)["clusters"]
    assert 0 < len(high) < everything["total"]
    assert all(one["score"] >= 0.9 for one in high)
    category = next(a["category"] for one in everything["clusters"] for a in one["articles"] if a["category"])
    of_it = site.get("", category=category, limit=200)["clusters"]
    assert 0 < len(of_it) < everything["total"]
    assert all(category in [a["category"] for a in one["articles"]] for one in of_it)
    ids = [one["id"] for one in everything["clusters"]]
    assert [one["id"] for one in site.get("", limit=2, offset=1)["clusters"]] == ids[1:3]
    assert [one["id"] for one in site.get("", order="newest", limit=200)["clusters"]] != ids
    assert site.get("", offset=9_999)["clusters"] == []


def test_a_cluster_is_found_by_its_id(site: Site) -> None:
    one = site.cluster()
    assert site.get(f"/clusters/{one['id']}") == one
    answer = site.ask("GET", f"{API}/clusters/none")
    assert (answer.status_code, answer.get_json(force=True)["code"]) == (404, "cluster_not_found")


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("kind=other", "kind"), ("order=best", "order"), ("state=closed", "state"), ("limit=0", "limit"),
        ("limit=201", "limit"), ("limit=x", "limit"), ("offset=-1", "offset"), ("min_score=x", "min_score"),
        ("min_score=1.5", "min_score"), ("min_score=nan", "min_score"), ("min_score=-1", "min_score"),
        ("kind=copy&kind=near-copy", "kind"),
    ],
)  # fmt: skip
def test_a_parameter_that_cannot_be_used_is_named(site: Site, query: str, parameter: str) -> None:
    answer = site.ask("GET", f"{API}?{query}")
    problem = answer.get_json(force=True)
    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")
    assert (problem["code"], problem["parameter"]) == ("invalid_parameter", parameter)


def test_visitors_may_ask_what_is_similar(site: Site) -> None:
    one = site.cluster()
    first, second = one["articles"]
    answer = site.client.get(f"/api/v1/articles/{first['id']}/similar")
    record = answer.get_json()
    assert answer.status_code == 200
    fits(record, documented("/api/v1/articles/{ref}/similar", "get"))
    assert (record["id"], list(record)) == (first["id"], ["id", "similar"])
    assert [list(match) for match in record["similar"]] == [MATCH[:-1]] * len(record["similar"])
    assert second["id"] in {match["id"] for match in record["similar"]}
    assert site.client.get(f"/api/v1/articles/{first['key']}/similar").get_json() == record
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert site.client.get(f"/api/v1/articles/{first['key']}/similar?limit=0").status_code == 400
    assert site.client.get("/api/v1/articles/none/similar").status_code == 404


# --- checks


def test_a_draft_is_compared_and_its_new_passages_are_ranges_into_what_was_sent(site: Site) -> None:
    article = site.service.article(site.cluster()["keep"])
    new = "本文另外补充一段全新的内容：火星移民基金的申购门槛是三百个西红柿，赎回需要等待七个火星年。"
    body = "\r\n\r\n  ".join([*article.body.split("\n"), f"\u200b{new}", ""])
    answer = site.ask("POST", f"{API}/check", {"title": article.title, "body": body})
    record = answer.get_json()
    assert answer.status_code == 200
    fits(record, documented(f"{API}/check", "post"))
    assert list(record) == ["matches", "new_passages", "new_subjects"]
    assert [list(match) for match in record["matches"]] == [MATCH] * len(record["matches"])
    assert (record["matches"][0]["id"], record["matches"][0]["kind"]) == (article.id, "near-copy")
    assert new in "".join(body[start:end] for start, end in record["new_passages"])
    assert all(body[start].strip() and body[end - 1].strip() for start, end in record["new_passages"])


def test_titles_are_compared_with_the_site_and_one_another(site: Site) -> None:
    title = site.service.article(site.cluster()["keep"]).title
    answer = site.ask("POST", f"{API}/check", {"titles": [title, "火星移民基金怎么赎回", title]})
    record = answer.get_json()
    fits(record, documented(f"{API}/check", "post")["oneOf"][1])
    first, other, again = record["titles"]
    assert list(first) == ["title", "matches", "planned"]
    assert (first["title"], first["planned"]) == (title, [{"index": 2, "score": 1.0}])
    assert first["matches"][0]["title"] == title
    assert (other["matches"], other["planned"]) == ([], [])
    assert again["planned"] == [{"index": 0, "score": 1.0}]


def test_of_many_titles_that_ask_the_same_each_names_only_some(site: Site) -> None:
    titles = site.ask("POST", f"{API}/check", {"titles": ["火星移民基金怎么赎回"] * 100}).get_json()["titles"]
    assert max(len(one["planned"]) for one in titles) <= 20


DECISION_BODY = {"a": "{a}", "b": "{b}", "decision": "same"}


@pytest.mark.parametrize(
    ("path", "body", "status", "code", "words"),
    [
        ("check", b"", 400, "bad_request", "JSON"),
        ("check", b"{", 400, "bad_request", "JSON"),
        ("check", b"\xff\xfe{}", 400, "bad_request", "JSON"),
        ("check", b"[" * 100_000, 400, "bad_request", "nested"),
        ("check", b'{"title": ' + b"9" * 5_000 + b"}", 400, "bad_request", "JSON"),
        ("check", [], 400, "bad_request", "a list"),
        ("check", "x", 400, "bad_request", "text"),
        ("check", None, 400, "bad_request", "JSON"),
        ("check", {}, 400, "invalid_parameter", "title"),
        ("check", {"title": "  "}, 400, "invalid_parameter", "title"),
        ("check", {"title": None}, 400, "invalid_parameter", "null"),
        ("check", {"title": 1}, 400, "invalid_parameter", "a number"),
        ("check", {"title": "x", "body": ["x"]}, 400, "invalid_parameter", "body"),
        ("check", {"title": "借\ud800"}, 400, "invalid_parameter", "title"),
        ("check", {"title": "借" * 301}, 400, "invalid_parameter", "title"),
        ("check", {"titles": "x"}, 400, "invalid_parameter", "titles"),
        ("check", {"titles": ["x", {}]}, 400, "invalid_parameter", "titles[1]"),
        ("check", {"titles": ["x", ""]}, 400, "invalid_parameter", "title"),
        ("check", {"titles": ["x"], "title": "x"}, 400, "invalid_parameter", "titles"),
        ("check", {"title": "x", "body": "借" * 100_001}, 413, "body_too_large", "body"),
        ("check", {"titles": ["x"] * 1_001}, 413, "body_too_large", "titles"),
        ("check", b'{"title": "' + b"x" * 2_100_000 + b'"}', 413, "body_too_large", ""),
        ("decisions", {"b": "{b}", "decision": "same"}, 400, "invalid_parameter", "a is needed"),
        ("decisions", DECISION_BODY | {"decision": "maybe"}, 400, "invalid_parameter", "maybe"),
        ("decisions", DECISION_BODY | {"decision": True}, 400, "invalid_parameter", "decision"),
        ("decisions", DECISION_BODY | {"b": "{a}"}, 400, "invalid_parameter", "itself"),
        ("decisions", DECISION_BODY | {"keep": 3}, 400, "invalid_parameter", "keep"),
        ("decisions", DECISION_BODY | {"decision": "different", "keep": "{a}"}, 400, "invalid_parameter", "keep"),
        ("decisions", DECISION_BODY | {"note": "x" * 1_001}, 400, "invalid_parameter", "note"),
        ("decisions", DECISION_BODY | {"b": "none"}, 404, "not_found", "none"),
        ("decisions", DECISION_BODY | {"keep": "none"}, 404, "not_found", "none"),
    ],
)
def test_a_body_that_cannot_be_used_is_a_problem_that_says_why_and_changes_nothing(
    site: Site, path: str, body: Any, status: int, code: str, words: str
) -> None:
    if path == "decisions":
        a, b = (one["id"] for one in site.cluster()["articles"])
        body = {k: v.format(a=a, b=b) if isinstance(v, str) else v for k, v in body.items()}
    answer = site.ask("POST", f"{API}/{path}", body)
    problem = answer.get_json(force=True)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert problem["code"] == code
    assert words in problem["detail"] + problem.get("parameter", "")
    assert site.get("/decisions", history="true") == {"total": 0, "decisions": []}


# --- decisions


def test_a_decision_is_stored_in_the_editors_name_and_can_be_undone(site: Site) -> None:
    one = site.cluster()
    a, b = sorted(article["id"] for article in one["articles"])
    waiting = site.get("")["total"]
    body = {"a": b, "b": one["articles"][0]["key"] if one["articles"][0]["id"] == a else a, "decision": "same"}
    answer = site.ask("POST", f"{API}/decisions", body | {"keep": b, "note": "留新的"})
    made = answer.get_json()
    assert answer.status_code == 201
    fits(made, documented(f"{API}/decisions", "post", "201"))
    assert list(made) == DECISION
    assert [made[name] for name in DECISION[1:-1]] == [a, b, "same", b, "留新的", "王编辑"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", made["at"])
    assert site.get("/decisions") == {"total": 1, "decisions": [made]}
    assert site.get("")["total"] == waiting - 1
    decided = site.get(f"/clusters/{one['id']}")
    assert (decided["pairs"][0]["decision"], decided["keep"]) == (made, b)
    assert one["id"] in {each["id"] for each in site.get("", state="all", limit=200)["clusters"]}
    undone = site.ask("DELETE", f"{API}/decisions/{made['id']}")
    assert undone.status_code == 200
    assert list(undone.get_json()) == [*DECISION, "undone_by", "undone_at"]
    assert undone.get_json() == made | {"undone_by": "王编辑", "undone_at": undone.get_json()["undone_at"]}
    assert site.get("/decisions") == {"total": 0, "decisions": []}
    assert site.get("/decisions", history="true")["decisions"] == [undone.get_json()]
    assert site.get("")["total"] == waiting
    again = site.ask("DELETE", f"{API}/decisions/{made['id']}")
    assert (again.status_code, again.get_json(force=True)["code"]) == (404, "decision_not_found")


def test_another_decision_than_the_one_seen_is_a_conflict_that_shows_it(site: Site) -> None:
    a, b = (article["id"] for article in site.cluster()["articles"])
    body = {"a": a, "b": b, "decision": "same", "keep": a}
    first = site.ask("POST", f"{API}/decisions", body).get_json()
    answer = site.ask("POST", f"{API}/decisions", body | {"keep": b})
    conflict = answer.get_json(force=True)
    assert (answer.status_code, answer.content_type) == (409, "application/problem+json")
    assert (conflict["code"], conflict["decision"]) == ("decision_conflict", first)
    assert first["id"] in conflict["detail"]
    assert site.get("/decisions", history="true") == {"total": 1, "decisions": [first]}
    second = site.ask("POST", f"{API}/decisions", body | {"keep": b, "expected": first["id"]}).get_json()
    assert site.get("/decisions") == {"total": 1, "decisions": [second]}
    # The earlier one holds again, and what was seen is gone.
    site.ask("DELETE", f"{API}/decisions/{second['id']}")
    site.ask("DELETE", f"{API}/decisions/{first['id']}")
    gone = site.ask("POST", f"{API}/decisions", body | {"expected": first["id"]}).get_json(force=True)
    assert (gone["code"], gone["decision"]) == ("decision_conflict", None)
    assert "taken back" in gone["detail"]


def test_without_keep_the_article_proposed_is_kept(site: Site) -> None:
    one = site.cluster()
    a, b = (article["id"] for article in one["articles"])
    made = site.ask("POST", f"{API}/decisions", {"a": a, "b": b, "decision": "merged", "keep": None}).get_json()
    assert made["keep"] == one["keep"]


def test_what_is_called_different_is_no_longer_similar_nor_folded_at_once(site: Site) -> None:
    a, b = (article["id"] for article in site.cluster()["articles"])
    title = site.service.article(a).title

    def seen() -> set[str]:
        return {hit.id for hit in site.service.search(title, limit=50).hits}

    assert not {a, b} <= seen()
    assert site.ask("POST", f"{API}/decisions", {"a": a, "b": b, "decision": "different"}).status_code == 201
    assert {a, b} <= seen()
    similar = site.client.get(f"/api/v1/articles/{a}/similar").get_json()["similar"]
    assert b not in {one["id"] for one in similar}


def test_redirects_follow_from_decisions_in_three_forms(site: Site) -> None:
    one = site.cluster()
    keep = next(article for article in one["articles"] if article["id"] == one["keep"])
    old = next(article for article in one["articles"] if article["id"] != one["keep"])
    assert site.get("/redirects") == {"redirects": []}
    site.ask("POST", f"{API}/decisions", {"a": old["id"], "b": keep["id"], "decision": "same"})
    record = site.get("/redirects")
    fits(record, documented(f"{API}/redirects", "get"))
    assert record["redirects"] == [
        {"id": old["id"], "url": old["url"], "keep": keep["id"], "keep_url": keep["url"]}
    ]  # fmt: skip
    table = site.ask("GET", f"{API}/redirects?format=csv")
    assert table.content_type == "text/csv; charset=utf-8"
    assert table.headers["Content-Disposition"] == "attachment; filename=redirects.csv"
    assert list(csv.reader(io.StringIO(table.data.decode("utf-8-sig"), newline="")))[1:] == [
        [old["url"], keep["url"], old["id"], keep["id"]]
    ]
    text = site.ask("GET", f"{API}/redirects?format=nginx").get_data(as_text=True)
    assert f'    "{old["url"]}" "{keep["url"]}";\n' in text
    assert site.ask("GET", f"{API}/redirects?format=xml").get_json(force=True)["parameter"] == "format"


# --- hidden articles


def test_a_hidden_article_is_out_of_every_answer_to_visitors_until_it_is_shown_again(site: Site) -> None:
    one = site.cluster()
    ref, other = one["articles"][0], one["articles"][1]
    answer = site.ask("PUT", f"{API}/hidden/{ref['id']}")
    assert answer.status_code == 200
    fits(answer.get_json(), documented(f"{API}/hidden/{{ref}}", "put"))
    assert answer.get_json() | {"at": ""} == {"id": ref["id"], "key": ref["key"], "by": "王编辑", "at": ""}
    assert site.ask("PUT", f"{API}/hidden/{ref['key']}").get_json() == answer.get_json(), "asked twice, done once"
    assert site.get("/hidden") == {"total": 1, "hidden": [answer.get_json()]}
    assert site.client.get(f"/api/v1/articles/{ref['id']}").status_code == 404
    assert site.client.get(f"/api/v1/articles/{ref['id']}/similar").status_code == 404
    similar = site.client.get(f"/api/v1/articles/{other['id']}/similar").get_json()["similar"]
    assert ref["id"] not in {match["id"] for match in similar}
    assert ref["id"] not in {hit.id for hit in site.service.search(ref["title"], collapse=False).hits}
    shown = site.ask("DELETE", f"{API}/hidden/{ref['key']}")
    assert (shown.status_code, shown.get_json()) == (200, {"id": ref["id"], "key": ref["key"]})
    assert site.client.get(f"/api/v1/articles/{ref['id']}").status_code == 200
    for method in ("DELETE", "PUT"):
        missing = site.ask(method, f"{API}/hidden/none/such.html")
        assert (missing.status_code, missing.get_json(force=True)["code"]) == (404, "not_found")


# --- all of it


def test_below_a_path_every_address_lies_below_it(corpus_settings: Settings, tmp_path: Path) -> None:
    settings = Settings(index=corpus_settings.index, state=tmp_path / "state", root_path="/find")
    with open_service(settings) as service:
        site = Site(service, create_app(service).test_client(), create_token(settings, "li"))
        one = site.cluster()
        a, b = one["articles"]
        site.ask("POST", f"{API}/decisions", {"a": a["id"], "b": b["id"], "decision": "same"})
        found = [article["url"] for article in one["articles"]]
        found += [site.get("/redirects")["redirects"][0][name] for name in ("url", "keep_url")]
        found += re.findall(r'"(/[^"]+)"', site.ask("GET", f"{API}/redirects?format=nginx").get_data(as_text=True))
        found += [site.client.get(f"/find/api/v1/articles/{a['id']}/similar").get_json()["similar"][0]["url"]]
        found += [site.ask("POST", f"{API}/check", {"title": a["title"]}).get_json()["matches"][0]["url"]]
        planned = site.ask("POST", f"{API}/check", {"titles": [a["title"]]}).get_json()["titles"][0]
        found += [planned["matches"][0]["url"]]
        assert len(found) == 9
        assert all(url.startswith("/find/articles/") for url in found), found


def test_an_unusable_state_or_index_is_503_and_says_nothing_of_folders(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(index=tmp_path / "none", state=site.service.settings.state)
    with open_service(settings) as service:
        answer = Site(service, create_app(service).test_client(), site.token).ask("GET", API)
        assert (answer.status_code, answer.get_json(force=True)["code"]) == (503, "index_missing")

    def refuse(self: object) -> tuple[()]:
        raise StateUnusable(f"{tmp_path} is damaged.", hint="Restore it.")

    monkeypatch.setattr(desk_module.Editors, "hidden", refuse)
    answer = site.ask("GET", f"{API}/hidden")
    assert (answer.status_code, answer.get_json(force=True)["code"]) == (503, "state_unusable")
    assert str(tmp_path) not in answer.get_data(as_text=True)


def test_the_description_names_every_route_and_that_editors_need_a_token(site: Site) -> None:
    document = site.client.get("/api/v1/openapi.json").get_json()
    names: dict[tuple[str, ...], str] = {}
    for path in document["paths"]:
        names[tuple(re.sub(r"{[^}]+}", "{}", path).split("/"))] = path
    for rule in site.client.application.url_map.iter_rules():
        if rule.rule.startswith("/api/v1/") and not rule.rule.endswith("openapi.json"):
            path = names[tuple(re.sub(r"<[^>]+>", "{}", rule.rule).split("/"))]
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                operation = document["paths"][path][method.lower()]
                expected: Any = [{"bearer": []}] if path.startswith(API) else None
                assert operation.get("security") == expected, (method, path)
                assert "401" in operation["responses"] or not expected
    scheme = document["components"]["securitySchemes"]["bearer"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    named = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)))
    assert named <= set(document["components"]["schemas"])
