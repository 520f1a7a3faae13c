"""Random queries, and the check that none of them raises."""

import random
from urllib.parse import quote

from searchsvc import SearchService
from searchsvc.errors import QueryTooLong
from searchsvc.web import create_app

PIECES = [
    '"', "-", " ", "“", "”", "'", "(", ")", "*", "?", ":", "AND", "OR", "NOT", "\\", "/", "[", "]", "~", "^", "%", "&",
    "\x00", "\x1b", "\n", "\ud800", "\u202e", "\u200d", "e\u0301", "👨‍👩‍👧", "<script>", "借呗", "逾期", "LPR", "24%",
    "٣", "𠮷", "ﬃ", "İ",
]  # fmt: skip


def random_query(rng: random.Random) -> str:
    """Random Unicode, operators, control characters and corpus words; now and then up to 10,000 characters long."""
    size = rng.choice((1, 2, 3, 5, 8, 13, 40, 200)) if rng.random() < 0.97 else rng.randint(500, 10_000)
    made = []
    for _ in range(size):
        made.append(rng.choice(PIECES) if rng.random() < 0.6 else chr(rng.randrange(0x110000)))
    return "".join(made)[:10_000]


def check_random_queries(service: SearchService, count: int, seed: int) -> None:
    """No query raises anything in service or WSGI app, and no page sends a script to the browser."""
    rng = random.Random(seed)
    client = create_app(service).test_client()
    too_long = 0
    for number in range(count):
        q = random_query(rng)
        try:
            result = service.search(q)
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
    assert too_long > count // 200
