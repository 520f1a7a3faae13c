"""Nothing a visitor types can raise: seeded random queries against the service, the WSGI app and the command line."""

import json
import random
import subprocess
import sys
from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import quote

from searchsvc import SearchService, Settings
from support_browser import running_server
from support_queries import check_random_queries, random_query

COMMAND = ("-m", "searchsvc", "search", "--json", "--index")


def test_ten_thousand_random_queries_raise_nothing(corpus_service: SearchService) -> None:
    check_random_queries(corpus_service, count=10_000, seed=20260310)


def test_a_sample_of_them_raises_nothing_over_http(corpus_settings: Settings) -> None:
    rng = random.Random(9)
    statuses = set()
    with running_server(corpus_settings.index, corpus_settings.state) as base:
        for _ in range(150):
            q = random_query(rng)
            encoded = quote(q.encode("utf-8", "surrogatepass"))
            with closing(HTTPConnection(base.removeprefix("http://"), timeout=20)) as connection:
                connection.request("GET", f"/api/v1/search?q={encoded}")
                answer = connection.getresponse()
                body = answer.read()
            # A URL beyond 64 KB is the server's own to refuse.
            expected = {414} if len(encoded) > 65_000 else {400} if len(q) > 512 else {200}
            assert answer.status in expected, (answer.status, ascii(q)[:200])
            if answer.status != 414:
                assert ("hits" in json.loads(body)) == (answer.status == 200)
            statuses.add(answer.status)
        assert {200, 400} <= statuses


def test_a_sample_of_them_raises_nothing_on_the_command_line(corpus_settings: Settings) -> None:
    rng = random.Random(5)
    for _ in range(12):
        q = random_query(rng).replace("\x00", "")[:600]
        done = subprocess.run(
            [sys.executable, *COMMAND, str(corpus_settings.index), "--", q.encode("utf-8", "replace")],
            capture_output=True, timeout=60, check=False,
        )  # fmt: skip
        assert b"Traceback" not in done.stderr
        if done.returncode == 0:
            assert "hits" in json.loads(done.stdout)
        else:
            assert (done.returncode, b"512" in done.stderr) == (2, True)
