"""The JSON API over the real corpus: shapes, problems, and answers to whatever is asked."""

import random
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from flask.testing import FlaskClient

from searchsvc import SearchService, Settings, open_service
from searchsvc.web import create_app
from support_articles import Laid

HIT_KEYS = {"id", "key", "url", "title", "date", "category", "score", "similar", "matched", "snippets"}
ARTICLE_KEYS = {"id", "key", "url", "title", "date", "category", "headings", "body", "structure"}


@pytest.fixture(scope="module")
def client(corpus_service: SearchService) -> FlaskClient:
    return create_app(corpus_service).test_client()


def test_a_search_answers_in_the_documented_shape(client: FlaskClient) -> None:
    answer = client.get("/api/v1/search", query_string={"q": "借呗逾期", "limit": 3})
    record = answer.get_json()
    assert answer.status_code == 200
    assert {"query", "total", "groups", "took_ms", "suggestion", "notes", "hits", "facets"} <= set(record)
    assert record["query"] == "借呗逾期"
    assert len(record["hits"]) == 3
    assert "借呗" in answer.get_data(as_text=True)
    assert {"category", "year"} <= set(record["facets"])
    assert all(isinstance(name, str) and count > 0 for name, count in record["facets"]["category"])
    for hit in record["hits"]:
        assert set(hit) >= HIT_KEYS
        for snippet in hit["snippets"]:
            assert all(0 <= start < end <= len(snippet["text"]) for start, end in snippet["ranges"])


def test_near_copies_are_one_hit_unless_asked_for(corpus_settings: Settings) -> None:
    with open_service(corpus_settings) as service:
        client = create_app(service).test_client()

        def ask(**options: object) -> dict[str, Any]:
            found: dict[str, Any] = client.get("/api/v1/search", query_string={"q": "逾期", **options}).get_json()
            return found

        before = ask(limit=3, collapse="false")
        first, second, third = (hit["id"] for hit in before["hits"])
        service.cover(Laid(1, groups={first: 4, second: 4}))
        found = ask(limit=2)
        assert [(hit["id"], hit["similar"]) for hit in found["hits"]] == [(first, 1), (third, 0)]
        assert (found["total"], found["groups"]) == (before["total"], before["total"] - 1)
        assert [hit["id"] for hit in ask(limit=1, offset=1)["hits"]] == [third]
        each = ask(limit=3, collapse="false")
        assert (each["hits"], each["groups"]) == (before["hits"], before["total"])


def test_an_article_is_found_by_its_id_and_by_its_key(client: FlaskClient) -> None:
    hit = client.get("/api/v1/search?q=逾期&limit=1").get_json()["hits"][0]
    by_id = client.get(f"/api/v1/articles/{hit['id']}").get_json()
    assert set(by_id) >= ARTICLE_KEYS
    assert by_id["title"] == hit["title"]
    assert client.get(f"/api/v1/articles/{hit['key']}").get_json() == by_id


@pytest.mark.parametrize(
    ("query", "code", "parameter"),
    [
        ("limit=0", "invalid_parameter", "limit"),
        ("limit=101", "invalid_parameter", "limit"),
        ("limit=ten", "invalid_parameter", "limit"),
        ("offset=-1", "invalid_parameter", "offset"),
        ("offset=999999999", "invalid_parameter", "offset"),
        ("sort=best", "invalid_parameter", "sort"),
        ("collapse=maybe", "invalid_parameter", "collapse"),
        ("sort=newest&sort=oldest", "invalid_parameter", "sort"),
        ("q=" + "a" * 513, "query_too_long", "q"),
    ],
)
def test_a_parameter_that_cannot_be_used_is_named_in_a_problem(
    client: FlaskClient, query: str, code: str, parameter: str
) -> None:
    answer = client.get(f"/api/v1/search?{query}" if query.startswith("q=") else f"/api/v1/search?q=a&{query}")
    problem = answer.get_json(force=True)
    assert answer.content_type == "application/problem+json"
    assert (answer.status_code, problem["status"]) == (400, 400)
    assert (problem["code"], problem["parameter"]) == (code, parameter)
    assert problem["title"]
    assert problem["detail"]


@pytest.mark.parametrize("name", ["from", "to"])
def test_a_date_that_is_none_is_a_problem(client: FlaskClient, name: str) -> None:
    answer = client.get(f"/api/v1/search?q=a&{name}=2026-13-45")
    assert (answer.status_code, answer.get_json(force=True)["code"]) == (400, "invalid_parameter")


def test_unknown_paths_articles_and_methods_are_problems(client: FlaskClient) -> None:
    for answer, status, code in (
        (client.get("/api/v1/nothing"), 404, "not_found"),
        (client.get("/api/v1/articles/no/such"), 404, "not_found"),
        (client.post("/api/v1/search"), 405, "method_not_allowed"),
    ):
        assert answer.content_type == "application/problem+json"
        assert (answer.status_code, answer.get_json(force=True)["code"]) == (status, code)


def test_unknown_parameters_are_ignored(client: FlaskClient) -> None:
    assert client.get("/api/v1/search?q=逾期&utm_source=x").status_code == 200


def test_odd_queries_are_answered_by_the_api_and_the_page(client: FlaskClient) -> None:
    rng = random.Random(3)
    letters = ["\x00", '"', "-", "(", "*", "借呗", "逾期", "<", "&", "\U0001f600", "\u202e", " ", "a"]
    odd = [b"\xff\xfe", b"\xed\xa0\x80", b"%", b"\x00"]
    for _ in range(150):
        raw = "".join(rng.choices(letters, k=rng.randint(0, 12))).encode() + rng.choice([b"", *odd])
        for path in ("/api/v1/search", "/"):
            assert client.get(f"{path}?q={quote_from_bytes(raw)}").status_code == 200, raw


def test_without_an_index_the_service_lives_but_is_not_ready(tmp_path: Path) -> None:
    with open_service(Settings(index=tmp_path / "index", state=tmp_path / "state")) as service:
        client = create_app(service).test_client()
        assert client.get("/healthz").status_code == 200
        for path in ("/readyz", "/api/v1/search?q=a"):
            answer = client.get(path)
            assert (answer.status_code, answer.get_json(force=True)["code"]) == (503, "index_missing")
            assert str(tmp_path) not in answer.get_data(as_text=True)


def test_the_description_names_every_api_route(client: FlaskClient) -> None:
    document = client.get("/api/v1/openapi.json").get_json()
    assert document["openapi"].startswith("3.1")
    assert {"/api/v1/search"} <= set(document["paths"])
    assert any(path.startswith("/api/v1/articles/") for path in document["paths"])


def test_a_ready_service_says_so_and_head_has_no_body(client: FlaskClient) -> None:
    assert client.get("/readyz").status_code == 200
    head = client.head("/api/v1/search?q=逾期")
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("path", ["/find/", "/"])
def test_below_a_path_every_link_stays_below_it(corpus_settings: Settings, path: str) -> None:
    with open_service(corpus_settings, root_path="/find") as service:
        client = create_app(service).test_client()
        page = client.get(f"{path}?q=借呗").get_data(as_text=True)
        hit = client.get("/find/api/v1/search?q=借呗").get_json()["hits"][0]
        assert client.get(hit["url"]).status_code == 200
    links = re.findall(r'(?:href|action)="(/[^"]*)"', page)
    assert len(links) > 10
    assert all(link.startswith("/find/") for link in links), links
    assert hit["url"].startswith("/find/articles/")
