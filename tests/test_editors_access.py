"""The gate of the editors' side: what is refused, to whom, and what a session or a token opens."""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask, jsonify
from flask.testing import FlaskClient
from itsdangerous import TimestampSigner
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from searchsvc import Settings, open_service
from searchsvc.access import create_token, revoke_token, tokens_file
from searchsvc.web import create_app
from searchsvc.web.access import current_editor

OPEN = {"/editors/login"}
API = "/api/v1/duplicates/probe"
WEEK = 7 * 24 * 3600


@dataclass
class Desk:
    """A service with one editor, and views as others will add them."""

    settings: Settings
    token: str

    def client(self, *, cookie: str = "", **options: Any) -> FlaskClient:
        """A new browser, at a new worker; with `cookie` it sends that one and keeps no others."""
        service = open_service(replace(self.settings, **options))
        app = create_app(service)
        app.add_url_rule(API, "probe", lambda: jsonify(by=current_editor()), methods=["GET", "POST", "DELETE"])
        app.add_url_rule("/editors/probe", "page_probe", lambda: f"seen by {current_editor()}", methods=["GET", "POST"])
        app.testing = False
        if not cookie:
            return app.test_client()
        client = app.test_client(use_cookies=False)
        client.environ_base["HTTP_COOKIE"] = cookie
        return client

    def inside(self, **options: Any) -> FlaskClient:
        """A browser that is logged in."""
        client = self.client(**options)
        assert client.get(f"/editors/login?token={self.token}").status_code == 303
        return client


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    settings = Settings(index=tmp_path / "index", state=tmp_path / "state")
    return Desk(settings, create_token(settings, "王编辑"))


def page_of(answer: TestResponse) -> BeautifulSoup:
    return BeautifulSoup(answer.get_data(as_text=True), "lxml")


def form_token(answer: TestResponse) -> str:
    return str(page_of(answer).select('input[name="csrf_token"]')[0]["value"])


def log_in(client: FlaskClient, token: str, **more: str) -> TestResponse:
    form = client.get("/editors/login")
    return client.post("/editors/login", data={"csrf_token": form_token(form), "token": token, **more})


def cookie_of(answer: TestResponse) -> str:
    return next(one for one in answer.headers.getlist("Set-Cookie") if one.startswith("searchsvc_editors="))


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def code_of(answer: TestResponse) -> str:
    """The stable code of a refusal, on a page or in a problem."""
    if answer.mimetype == "application/problem+json":
        return str(answer.get_json(force=True)["code"])
    return page_of(answer).select("code")[0].text


def editors_rules(app: Flask) -> list[tuple[str, str]]:
    """(method, path) of every rule of the editors' side, whoever added it."""

    def path_of(rule: Rule) -> str:
        return re.sub(r"<[^>]+>", "1", rule.rule)

    return [
        (method, path_of(rule))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(("/editors", "/api/v1/duplicates"))
        for method in sorted(rule.methods or ())
    ]


def test_every_rule_of_the_editors_side_is_refused_without_a_token(desk: Desk) -> None:
    client = desk.client()
    rules = editors_rules(client.application)
    assert {path for _, path in rules} >= {"/editors/", "/editors/login", "/editors/logout", API}
    for method, path in rules:
        answer = client.open(path, method=method)
        if path in OPEN and method in {"GET", "HEAD", "OPTIONS"}:
            assert answer.status_code == 200, (method, path)
        elif path in OPEN:
            assert (answer.status_code, code_of(answer)) == (403, "cross_site"), (method, path)
        elif path.startswith("/api/"):
            assert answer.status_code == 401, (method, path)
        else:
            assert (answer.status_code, answer.location.split("?")[0]) == (303, "/editors/login"), (method, path)
        assert "seen by" not in answer.get_data(as_text=True)


def test_with_no_token_at_all_everything_is_closed_and_says_how_to_open_it(tmp_path: Path) -> None:
    desk = Desk(Settings(index=tmp_path / "index", state=tmp_path / "state"), "")
    client = desk.client()
    for method, path in editors_rules(client.application):
        answer = client.open(path, method=method, headers=bearer("x" * 20))
        assert answer.status_code == (401 if path.startswith("/api/") else 403), (method, path)
        assert method == "HEAD" or "searchsvc token" in answer.get_data(as_text=True), (method, path)
    assert client.get(f"/editors/login?token={'x' * 20}").status_code == 403
    token = create_token(desk.settings, "li")
    assert client.get(f"/editors/login?token={token}").status_code == 303, "open without a restart"


def test_paths_that_do_not_exist_are_behind_the_gate_too(desk: Desk) -> None:
    client = desk.client()
    assert client.get("/editors/none").status_code == 303
    assert client.get("/editors").status_code == 303
    assert client.get("/api/v1/duplicates/none").status_code == 401
    assert client.get("/api/v1/duplicates/none", headers=bearer(desk.token)).status_code == 404
    assert desk.inside().get("/editors/none").status_code == 404


def test_visitors_need_nothing_and_get_no_session(desk: Desk) -> None:
    client = desk.inside()
    for path in ("/", "/healthz", "/static/style.css", "/api/v1/openapi.json"):
        answer = client.get(path, headers={"Host": "any.example"})
        assert answer.status_code == 200, path
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")
        assert "X-Robots-Tag" not in answer.headers
        assert "script-src" not in answer.headers["Content-Security-Policy"]
        answer.close()


# --- the API


def test_the_api_takes_a_bearer_token_and_knows_whose_it_is(desk: Desk) -> None:
    client = desk.client()
    for scheme in ("Bearer", "bearer"):
        answer = client.get(API, headers={"Authorization": f"{scheme} {desk.token}"})
        assert (answer.status_code, answer.get_json()) == (200, {"by": "王编辑"})
    assert client.post(API, headers=bearer(desk.token)).status_code == 200


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "token_required"),
        ({"Authorization": "Bearer"}, "token_required"),
        ({"Authorization": "Basic eDp5"}, "token_required"),
        ({"Authorization": "{token}"}, "token_required"),
        ({"X-Token": "{token}"}, "token_required"),
        ({"Authorization": "Bearer wrong-wrong-wrong-wrong"}, "token_invalid"),
        ({"Authorization": "Bearer {token}x"}, "token_invalid"),
        ({"Authorization": "Bearer \u00ff\u00ff"}, "token_invalid"),
    ],
)
def test_a_missing_or_wrong_token_is_a_401_problem(desk: Desk, headers: dict[str, str], code: str) -> None:
    given = {name: value.replace("{token}", desk.token) for name, value in headers.items()}
    answer = desk.client().get(f"{API}?token={desk.token}", headers=given)
    assert (answer.status_code, answer.content_type) == (401, "application/problem+json")
    assert (code_of(answer), answer.headers["WWW-Authenticate"]) == (code, "Bearer")
    assert desk.token not in answer.get_data(as_text=True)


def test_a_session_does_not_open_the_api(desk: Desk) -> None:
    cookie = cookie_of(desk.inside().get("/editors/")).split(";")[0]
    client = desk.client(cookie=cookie)
    assert client.get("/editors/").status_code == 200
    assert code_of(client.get(API)) == "token_required"


def test_a_bearer_token_does_not_open_the_pages(desk: Desk) -> None:
    assert desk.client().get("/editors/probe", headers=bearer(desk.token)).status_code == 303


def test_no_other_site_may_read_the_editors_api(desk: Desk) -> None:
    client = desk.client()
    origin = {"Origin": "https://evil.example"}
    for answer in (
        client.get(API, headers=bearer(desk.token) | origin),
        client.get(API, headers=origin),
        client.get("/api/v1/duplicates/none", headers=bearer(desk.token) | origin),
        client.options(API, headers=origin | {"Access-Control-Request-Method": "POST"}),
    ):
        assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]
        assert answer.headers["Cache-Control"] == "no-store"
    assert client.get("/api/v1/openapi.json").headers["Access-Control-Allow-Origin"] == "*"


# --- login, session, logout


def test_the_link_logs_in_and_takes_the_token_out_of_the_address(desk: Desk) -> None:
    client = desk.client()
    answer = client.get(f"/editors/login?token={desk.token}")
    assert (answer.status_code, answer.location) == (303, "/editors/")
    assert desk.token not in cookie_of(answer)
    page = client.get("/editors/")
    assert page.status_code == 200
    assert "王编辑" in page_of(page).select("header")[0].text


def test_the_form_logs_in_and_leads_where_one_wanted_to_go(desk: Desk) -> None:
    client = desk.client()
    away = client.get("/editors/probe?a=1&b=%E7%8E%8B")
    form = page_of(client.get(away.location))
    assert form.select('input[name="token"]')[0]["type"] == "password"
    assert form.select('label[for="token"]')
    wanted = str(form.select('input[name="next"]')[0]["value"])
    answer = log_in(client, f" {desk.token} ", next=wanted)
    assert answer.status_code == 303
    assert client.get(answer.location).get_data(as_text=True) == "seen by 王编辑"
    assert client.get("/editors/login").location == "/editors/"


def test_a_wrong_token_is_403_and_said_in_chinese(desk: Desk) -> None:
    client = desk.client()
    for answer in (log_in(client, "wrong-wrong-wrong"), client.get("/editors/login?token=wrong"), log_in(client, "")):
        assert answer.status_code == 403
        assert "令牌不对" in page_of(answer).select('[role="alert"]')[0].text
        assert "wrong" not in page_of(answer).select("input#token")[0].attrs.values()
    assert client.get("/editors/").status_code == 303


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/", "//evil.example/", "/\\evil.example", "/editors/\\..\\", "/", "/articles/x",
        "/editorsevil", "/editors/../articles/x", "/editors/%2e%2e/x", "/editors/%2E%2E%2Fx", "javascript:alert(1)",
        "/editors/\nx", "/editors/\t/x", " /editors/", "/editors/" + "x" * 3000, "\\/editors/", "/editors/\u2028",
    ],
)  # fmt: skip
def test_login_leads_to_editors_pages_only(desk: Desk, target: str) -> None:
    query = {"token": desk.token, "next": target}
    assert desk.client().get("/editors/login", query_string=query).location == "/editors/"
    assert log_in(desk.client(), desk.token, next=target).location == "/editors/"
    assert desk.inside().get("/editors/login", query_string={"next": target}).location == "/editors/"


def test_the_cookie_is_kept_from_scripts_other_sites_and_visitors_pages(desk: Desk) -> None:
    plain = cookie_of(desk.client().get(f"/editors/login?token={desk.token}"))
    assert {"HttpOnly", "SameSite=Lax", "Path=/editors"} <= set(plain.split("; "))
    assert "Secure" not in plain
    headers = {"X-Forwarded-Proto": "https"}
    assert "Secure" not in cookie_of(desk.client().get(f"/editors/login?token={desk.token}", headers=headers))
    for client, base in ((desk.client(secure_cookies=True), None), (desk.client(), "https://localhost/")):
        assert "Secure" in cookie_of(client.get(f"/editors/login?token={desk.token}", base_url=base)).split("; ")


def test_a_session_holds_at_other_workers_and_after_a_restart(desk: Desk) -> None:
    cookie = cookie_of(desk.inside().get("/editors/")).split(";")[0]
    for _ in range(3):
        assert desk.client(cookie=cookie).get("/editors/probe").status_code == 200


def test_a_forged_cookie_or_one_of_another_service_opens_nothing(desk: Desk, tmp_path: Path) -> None:
    other = Settings(index=tmp_path / "index", state=tmp_path / "other")
    stranger = Desk(other, create_token(other, "王编辑"))
    cookie = cookie_of(stranger.inside().get("/editors/")).split(";")[0]
    for bad in (cookie, cookie[:-1] + ("A" if cookie[-1] != "A" else "B"), "searchsvc_editors=x", "searchsvc_editors="):
        assert desk.client(cookie=bad).get("/editors/").status_code == 303


def test_a_revoked_token_ends_its_sessions_and_api_at_once_and_no_others(desk: Desk) -> None:
    other = replace(desk, token=create_token(desk.settings, "li"))
    mine, theirs = desk.inside(), other.inside()
    revoke_token(desk.settings, "王编辑")
    assert mine.get("/editors/").status_code == 303
    assert mine.get(API, headers=bearer(desk.token)).status_code == 401
    assert mine.get(f"/editors/login?token={desk.token}").status_code == 403
    assert theirs.get("/editors/").status_code == 200
    create_token(desk.settings, "王编辑")
    assert mine.get("/editors/").status_code == 303, "a new token of that name is another token"


def test_a_session_ends_a_week_after_its_last_use(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    real = TimestampSigner.get_timestamp
    now = [0]
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda signer: real(signer) + now[0])
    last = cookie_of(desk.client().get(f"/editors/login?token={desk.token}")).split(";")[0]
    for _ in range(3):  # in use every six days, it goes on
        now[0] += WEEK - 24 * 3600
        answer = desk.client(cookie=last).get("/editors/")
        assert answer.status_code == 200
        last = cookie_of(answer).split(";")[0]
    now[0] += WEEK + 60
    assert desk.client(cookie=last).get("/editors/").status_code == 303


def test_logging_out_ends_the_session_of_this_browser(desk: Desk) -> None:
    client = desk.inside()
    answer = client.post("/editors/logout", data={"csrf_token": form_token(client.get("/editors/"))})
    assert (answer.status_code, answer.location) == (303, "/editors/login")
    assert client.get("/editors/").status_code == 303


def test_pages_opened_side_by_side_share_one_form_token(desk: Desk) -> None:
    cookie = cookie_of(desk.client().get(f"/editors/login?token={desk.token}")).split(";")[0]
    tokens = {form_token(desk.client(cookie=cookie).get("/editors/")) for _ in range(3)}
    assert len(tokens) == 1


def test_logging_in_begins_a_new_session(desk: Desk) -> None:
    client = desk.client()
    before = form_token(client.get("/editors/login"))
    assert log_in(client, desk.token).status_code == 303
    assert client.post("/editors/probe", data={"csrf_token": before}).status_code == 403


def test_faulty_tokens_close_the_editors_side_and_leave_visitors_alone(desk: Desk) -> None:
    client = desk.inside()
    tokens_file(desk.settings).chmod(0o644)
    for answer in (client.get("/editors/"), client.get("/editors/login"), client.get(API, headers=bearer(desk.token))):
        assert (answer.status_code, code_of(answer)) == (503, "config_invalid")
        assert str(desk.settings.state) not in answer.get_data(as_text=True)
    assert client.get("/").status_code == 200
    assert client.get("/healthz").status_code == 200


def test_a_session_key_that_cannot_be_used_closes_the_pages(desk: Desk) -> None:
    key = desk.settings.state / "session.key"
    key.write_text("x")
    key.chmod(0o600)
    answer = desk.client().get("/editors/login")
    assert (answer.status_code, code_of(answer)) == (503, "config_invalid")


# --- forms


def test_a_form_needs_the_token_of_its_session(desk: Desk) -> None:
    client = desk.inside()
    good = form_token(client.get("/editors/"))
    of_another = form_token(desk.inside().get("/editors/"))
    assert client.post("/editors/probe", data={"csrf_token": good}).status_code == 200
    for data in ({}, {"csrf_token": ""}, {"csrf_token": of_another}, {"csrf_token": "王"}, {"csrf_token": good + "0"}):
        answer = client.post("/editors/probe", data=data)
        assert (answer.status_code, code_of(answer)) == (403, "cross_site"), data
    assert client.post(f"/editors/probe?csrf_token={good}").status_code == 403
    assert client.post("/editors/logout").status_code == 403
    assert client.get("/editors/").status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://localhost"}, 200),
        ({"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "https://localhost"}, 200),  # the proxy in front speaks https, this server http
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "null"}, 200),
        ({"Host": "localhost:8000", "Origin": "http://localhost:8000"}, 200),
        ({"Host": "localhost", "Origin": "https://localhost:8443"}, 200),  # the proxy took the port off
        ({"Host": "localhost:8000", "Origin": "http://localhost:9000"}, 403),
        ({"Host": "localhost:8000", "Origin": "http://localhost"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://localhost.evil.example"}, 403),
        ({"Origin": "http://localhost@evil.example"}, 403),
        ({"Origin": "rubbish"}, 403),
        ({"Origin": ""}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_a_form_from_elsewhere_is_refused_even_with_its_token(desk: Desk, headers: dict[str, str], status: int) -> None:
    client = desk.inside()
    data = {"csrf_token": form_token(client.get("/editors/"))}
    cookie = cookie_of(client.get("/editors/")).split(";")[0]
    answer = desk.client(cookie=cookie).post("/editors/probe", data=data, headers=headers)
    assert answer.status_code == status
    assert status == 200 or code_of(answer) == "cross_site"


# --- hosts


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8000", "127.0.0.1:8000", "192.168.1.7", "[::1]:8000", "[::1]"]
)
def test_localhost_and_addresses_are_answered(desk: Desk, host: str) -> None:
    client = desk.client()
    assert client.get("/editors/login", headers={"Host": host}).status_code == 200
    assert client.get(API, headers=bearer(desk.token) | {"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "evil.example:8000", "localhost.", "",
        "127.1", "localhost:x", "localhost, evil.example", "2130706433", "evil@localhost", "[evil]", "a.localhost",
    ],
)  # fmt: skip
def test_any_other_host_name_is_refused_and_the_option_named(desk: Desk, host: str) -> None:
    client = desk.client()
    tricks = {"X-Forwarded-Host": "localhost", "X-Forwarded-For": "127.0.0.1", "Forwarded": "host=localhost"}
    for path in ("/editors/", "/editors/login", f"/editors/login?token={desk.token}", "/editors/none", API):
        answer = client.get(path, headers={**bearer(desk.token), **tricks, "Host": host})
        assert (answer.status_code, code_of(answer)) == (400, "host_not_allowed"), path
        assert "trusted_hosts" in answer.get_data(as_text=True)
        assert "Set-Cookie" not in answer.headers


def test_the_name_it_is_served_under_is_answered(desk: Desk) -> None:
    client = desk.client(host="Desk.lan")
    assert client.get("/editors/login", headers={"Host": "desk.lan:8000"}).status_code == 200
    assert client.get("/editors/login", headers={"Host": "other.lan:8000"}).status_code == 400


def test_trusted_hosts_and_no_others_are_answered_when_there_are_some(desk: Desk) -> None:
    client = desk.client(trusted_hosts=("desk.example",))
    assert client.get("/editors/login", headers={"Host": "desk.example"}).status_code == 200
    assert client.get(API, headers=bearer(desk.token) | {"Host": "desk.example:8000"}).status_code == 200
    for host in ("localhost", "127.0.0.1:8000", "evil.example"):
        for path in ("/editors/login", "/editors/none", API):
            answer = client.get(path, headers=bearer(desk.token) | {"Host": host})
            assert (answer.status_code, code_of(answer)) == (400, "host_not_allowed"), (host, path)
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400


# --- pages


def test_every_editors_page_keeps_out_of_caches_search_engines_and_referrers(desk: Desk) -> None:
    outside, inside = desk.client(), desk.inside()
    for answer in (
        outside.get("/editors/"), outside.get("/editors/login"), outside.get(f"/editors/login?token={desk.token}"),
        outside.get("/editors/", headers={"Host": "evil.example"}), inside.get("/editors/"),
        inside.get("/editors/none"), inside.post("/editors/probe"), inside.get("/editors/login?token=wrong"),
    ):  # fmt: skip
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Robots-Tag"] == "noindex"
        policy = answer.headers["Content-Security-Policy"]
        assert {"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"} <= set(policy.split("; "))
        assert "unsafe" not in policy
        page = page_of(answer)
        assert not page.select("style, [style], [onclick], script:not([src])")


def test_the_start_page_links_what_an_editor_can_do(desk: Desk) -> None:
    client = desk.inside()
    page = page_of(client.get("/editors/"))
    assert page.select("h1")[0].text == "编辑后台"
    links = [str(link["href"]) for link in page.select("main a")]
    assert links
    assert links == [str(link["href"]) for link in page.select('nav[aria-label="编辑后台"] a')]
    assert all(client.get(link).status_code == 200 for link in links)
    assert not page_of(desk.client().get("/editors/login")).select("nav, .leave"), "nothing is offered before login"


def test_below_a_path_the_session_and_every_link_stay_below_it(desk: Desk) -> None:
    client = desk.client(root_path="/find")
    away = client.get("/find/editors/probe")
    assert away.location == "/find/editors/login?next=%2Feditors%2Fprobe"
    answer = client.get(f"{away.location}&token={desk.token}")
    assert answer.location == "/find/editors/probe"
    assert "Path=/find/editors" in cookie_of(answer).split("; ")
    page = page_of(client.get("/find/editors/"))
    links = [str(one.get("href") or one.get("action")) for one in page.select("a:not(.skip), form, link")]
    assert len(links) > 4
    assert all(link.startswith("/find/") for link in links), links
