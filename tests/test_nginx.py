"""The editors' side behind a real nginx and two real workers: nothing without a token, and a session that holds."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPMessage
from pathlib import Path

import pytest

from searchsvc import Settings, open_service
from searchsvc.access import create_token, revoke_token
from searchsvc.web import create_app
from support_browser import running_server
from support_nginx import running_nginx

pytestmark = pytest.mark.server

#: What only a page behind the gate says.
INSIDE = "退出登录"
#: Headers by which visitors claim to be somebody else, or to ask for something else.
TRICKS: list[dict[str, str]] = [
    {},
    {"X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1", "Forwarded": "for=127.0.0.1;host=localhost"},
    {"X-Forwarded-Host": "localhost", "X-Forwarded-Proto": "https", "X-Forwarded-Server": "localhost"},
    {"X-Original-URL": "/editors/", "X-Rewrite-URL": "/editors/", "X-Forwarded-Prefix": "/editors"},
    {"X-HTTP-Method-Override": "GET", "X-Remote-User": "editor", "Remote-User": "editor"},
    {"Host": "localhost"},
    {"Host": "127.0.0.1"},
]


@dataclass
class Site:
    settings: Settings
    token: str
    port: int

    def ask(
        self, method: str, path: str, headers: dict[str, str] | None = None, body: str | None = None
    ) -> tuple[int, HTTPMessage, str]:
        """Status, headers and text of one request, on a connection of its own, with the path sent as it is."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode("utf-8", "replace")
        finally:
            connection.close()

    def log_in(self) -> str:
        """The cookie of a new session."""
        status, headers, _ = self.ask("GET", f"/editors/login?token={self.token}")
        assert (status, headers["Location"]) == (303, "/editors/")
        return str(headers["Set-Cookie"]).split(";")[0]


@pytest.fixture(scope="module")
def site(corpus_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    settings = Settings(index=corpus_settings.index, state=tmp_path_factory.mktemp("editors") / "state")
    token = create_token(settings, "editor")
    with (
        running_server(settings.index, settings.state, "--workers", "2") as base,
        running_nginx(base) as port,
    ):
        yield Site(settings, token, port)


def editors_paths(settings: Settings) -> set[tuple[str, str]]:
    with open_service(settings) as service:
        rules = list(create_app(service).url_map.iter_rules())
    return {
        (method, re.sub(r"<[^>]+>", "1", rule.rule))
        for rule in rules
        if rule.rule.startswith(("/editors", "/api/v1/duplicates"))
        for method in rule.methods or ()
    }


@pytest.mark.parametrize("tricks", TRICKS, ids=lambda one: "+".join(one) or "plain")
def test_nothing_of_the_editors_is_reachable_without_a_token(site: Site, tricks: dict[str, str]) -> None:
    odd = ["//editors/", "/./editors/", "/static/../editors/", "/%65ditors/", "/editors/login/../", "/editors%2F",
           "/editors;/", "/EDITORS/", "/editors/login/../logout", "/api/v1/duplicates", "/api/v1/duplicates/none",
           "/api/v1//duplicates", "/api/v1/%64uplicates"]  # fmt: skip
    paths = editors_paths(site.settings) | {(method, path) for method in ("GET", "POST") for path in odd}
    assert ("GET", "/editors/") in paths
    for method, path in sorted(paths):
        status, headers, text = site.ask(method, path, tricks)
        assert INSIDE not in text, (method, path)
        if path == "/editors/login":
            assert status in {200, 403}, (method, path, status)
        elif status in {303, 308}:
            assert re.match(r"(http://[^/]+)?(/editors/|/api/v1/duplicates)", headers["Location"]), (method, path)
        else:
            assert status in {400, 401, 403, 404, 405}, (method, path, status)


def test_visitors_are_served_through_the_same_proxy(site: Site) -> None:
    status, headers, text = site.ask("GET", "/api/v1/search?q=%E9%80%BE%E6%9C%9F")
    assert (status, headers["Access-Control-Allow-Origin"]) == (200, "*")
    assert json.loads(text)["total"] > 0


def test_a_host_name_of_an_attacker_is_refused_also_through_the_proxy(site: Site) -> None:
    cookie = site.log_in()
    for path in ("/editors/", "/editors/login", "/api/v1/duplicates"):
        headers = {"Host": "evil.example", "Cookie": cookie, "Authorization": f"Bearer {site.token}"}
        status, _, text = site.ask("GET", path, headers)
        assert (status, "host_not_allowed" in text, INSIDE in text) == (400, True, False), path


def test_a_session_holds_over_many_requests_across_the_workers(site: Site) -> None:
    cookie = site.log_in()
    forms = set()
    for _ in range(40):  # nginx opens a connection for each, and the two workers share them
        status, headers, text = site.ask("GET", "/editors/", {"Cookie": cookie})
        assert (status, INSIDE in text) == (200, True)
        assert headers["Cache-Control"] == "no-store"
        forms |= set(re.findall(r'name="csrf_token" value="(\w+)"', text))
    assert len(forms) == 1
    body = f"csrf_token={forms.pop()}"
    kind = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    assert site.ask("POST", "/editors/logout", kind, "csrf_token=0")[0] == 403
    assert site.ask("POST", "/editors/logout", kind | {"Sec-Fetch-Site": "cross-site"}, body)[0] == 403
    status, headers, _ = site.ask("POST", "/editors/logout", kind, body)
    assert (status, headers["Location"]) == (303, "/editors/login")


def test_a_session_begun_at_either_worker_is_known_to_both(site: Site) -> None:
    cookies = [site.log_in() for _ in range(20)]
    for cookie in cookies:
        assert site.ask("GET", "/editors/", {"Cookie": cookie})[0] == 200


def test_a_revoked_token_is_out_at_every_worker_at_once(site: Site) -> None:
    other = Site(site.settings, create_token(site.settings, "li"), site.port)
    cookie = other.log_in()
    api = {"Authorization": f"Bearer {other.token}"}
    assert [other.ask("GET", "/api/v1/duplicates/none", api)[0] for _ in range(10)] == [404] * 10
    revoke_token(site.settings, "li")
    for _ in range(20):
        assert other.ask("GET", "/editors/", {"Cookie": cookie})[0] == 303
        assert other.ask("GET", "/api/v1/duplicates/none", api)[0] == 401


def test_only_the_flag_prints_a_link_and_the_link_logs_in(corpus_settings: Settings, tmp_path: Path) -> None:
    state, log = tmp_path / "state", tmp_path / "log"
    for flags, expected in (([], 0), (["--editors-link"], 1), (["--editors-link"], 1)):
        with log.open("wb") as stderr, running_server(corpus_settings.index, state, *flags, stderr=stderr) as base:
            links = re.findall(r"http://\S+/editors/login\?token=\S+", log.read_text("utf-8"))
            assert len(links) == expected
            for link in links:
                assert link.startswith(base)
                site = Site(Settings(state=state), link.rpartition("=")[2], int(base.rpartition(":")[2]))
                assert site.ask("GET", "/editors/", {"Cookie": site.log_in()})[0] == 200
        if not expected:
            assert not state.exists(), "plain serve makes no token"


def test_a_faulty_tokens_file_is_said_before_anything_starts(corpus_settings: Settings, tmp_path: Path) -> None:
    create_token(Settings(state=tmp_path / "state"), "li")
    (tmp_path / "state" / "tokens").chmod(0o644)
    command = [sys.executable, "-m", "searchsvc", "serve", "--index", str(corpus_settings.index)]
    done = subprocess.run(
        [*command, "--state", str(tmp_path / "state")], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, "chmod 600" in done.stderr) == (2, True)
