"""Nothing a visitor types can raise: seeded random queries against the service, the WSGI app and the command line."""

import json
import random
import subprocess
import sys
from urllib.parse import quote

from searchsvc import SearchService, Settings
from searchsvc.errors import QueryTooLong
from searchsvc.web import create_app

PIECES = ['"', "-", " ", "“", "”", "'", "(", ")", "*", "?", ":", "AND", "OR", "NOT", "\\", "/", "[", "]", "~", "^", "\x00", "\x1b",
          "\n", "\ud800", "\u202e", "\u200d", "e\u0301", "👨‍👩‍👧", "%", "&", "<script>", "借呗", "逾期", "LPR", "24%", "٣", "𠮷", "ﬃ", "İ"]  # fmt: skip


def random_query(rng: random.Random) -> str:
    """Random Unicode, operators, control characters and corpus words; now and then up to 10,000 characters long."""
    size = rng.choice((1, 2, 3, 5, 8, 13, 40, 200)) if rng.random() < 0.97 else rng.randint(500, 10_000)
    made = []
    for _ in range(size):
        made.append(rng.choice(PIECES) if rng.random() < 0.6 else chr(rng.randrange(0x110000)))
    return "".join(made)[:10_000]


def test_ten_thousand_random_queries_raise_nothing(corpus_service: SearchService) -> None:
    rng = random.Random(20260310)
    client = create_app(corpus_service).test_client()
    too_long = 0
    for number in range(10_000):
        q = random_query(rng)
        try:
            result = corpus_service.search(q)
            assert result.total >= len(result.hits)
        except QueryTooLong:
            assert len(q) > 512
            too_long += 1
        if number % 4 == 0:
            encoded = quote(q.encode("utf-8", "surrogatepass"))
            answer = client.get(f"/api/v1/search?q={encoded}")
            assert answer.status_code == (400 if len(q) > 512 else 200), ascii(q)[:200]
            page = client.get(f"/?q={encoded}")
            assert page.status_code in {200, 400}
            assert b"<script" not in page.data
    assert too_long > 50


def test_a_sample_of_them_raises_nothing_on_the_command_line(corpus_settings: Settings) -> None:
    rng = random.Random(5)
    for _ in range(12):
        q = random_query(rng).replace("\x00", "")[:600]
        done = subprocess.run(
            [sys.executable, "-m", "searchsvc", "search", "--index", str(corpus_settings.index), "--json", "--", q.encode("utf-8", "replace")],
            capture_output=True, timeout=60, check=False,
        )  # fmt: skip
        assert b"Traceback" not in done.stderr
        if done.returncode == 0:
            assert "hits" in json.loads(done.stdout)
        else:
            assert (done.returncode, b"512" in done.stderr) == (2, True)
