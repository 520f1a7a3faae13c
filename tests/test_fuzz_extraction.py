"""Pages nobody would write, through decoding and extraction: no exception, no hang, no text out of nowhere."""

from __future__ import annotations

import html
import random
import time
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from searchsvc.engines.whoosh.packing import pack_structure, unpack_structure
from searchsvc.errors import PageRejected
from searchsvc.ingest.decode import decode
from searchsvc.ingest.extract import Extraction, extract_page
from searchsvc.text.outline import outline

CORPUS = Path(__file__).parents[1] / "corpus"
#: Seconds of processor time a page may take.
LIMIT = 2.0
#: What the extractor itself puts between and around texts, and what HTML says of NUL and bad references.
OWN = set("\n \ufffd")
BOUNDED = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@lru_cache(maxsize=1)
def pages() -> tuple[bytes, ...]:
    return tuple(file.read_bytes() for file in sorted(CORPUS.rglob("*.htm*"))[::9])


def check(data: bytes, path: str = "p/1.html") -> Extraction | None:
    """Reads the page and holds what it gives against the page's own characters."""
    started = time.process_time()
    try:
        found = extract_page(data, path=path)
    except PageRejected:
        return None
    finally:
        assert time.process_time() - started < LIMIT
    text = decode(data).text
    known = set(text) | set(html.unescape(text)) | set(path) | OWN
    # Windows-1252 numbers, double escapes, and escapes of JSON are other spellings of characters.
    known |= set(html.unescape(html.unescape(text))) | set(escapes(text))
    known |= set("".join(char for char in text if "\x80" <= char < "\xa0").encode("latin-1").decode("cp1252", "ignore"))
    said = "".join((found.title, found.category or "", *found.headings, found.body))
    assert set(said) <= known, set(said) - known
    assert not any(char < " " and char != "\n" for char in said)
    if found.structure:
        assert len(found.structure) == len(found.body.split("\n"))
        assert unpack_structure(pack_structure(found.structure)) == found.structure
        outline(found.body.split("\n"), found.structure)
    return found


def escapes(text: str) -> str:
    """Characters that a page writes as \\uXXXX in its scripts."""
    parts = text.split("\\u")[1:]
    codes = (part[:4] for part in parts)
    return "".join(
        chr(int(code, 16)) for code in codes if len(code) == 4 and all(c in "0123456789abcdefABCDEF" for c in code)
    )


@given(st.binary(max_size=2000))
@BOUNDED
def test_random_bytes(data: bytes) -> None:
    check(data)


@given(st.integers(0, 10**9))
@BOUNDED
def test_damaged_pages(seed: int) -> None:
    """Real pages with bytes flipped, pieces cut out, doubled and mixed in from others."""
    rng = random.Random(seed)
    data = bytearray(rng.choice(pages()))
    for _ in range(rng.randint(1, 30)):
        at, length = rng.randrange(len(data)), rng.randint(1, 400)
        match rng.randrange(6):
            case 0:
                data[at] = rng.randrange(256)
            case 1:
                del data[at : at + length]
            case 2:
                data[at:at] = data[at : at + length] * rng.randint(1, 20)
            case 3:
                other = rng.choice(pages())
                start = rng.randrange(len(other))
                data[at:at] = other[start : start + length]
            case 4:
                data[at:at] = rng.choice(
                    (b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"&#", b"&#x110000;", b"\x1b$B", b"<![CDATA[")
                )
            case _:
                data[at:at] = rng.choice(
                    (b"<!--", b"<script>", b"<table>", b"</div>", b"<style>", b"<plaintext>", b"<svg>")
                )
        if not data:
            return
    check(bytes(data))


TAGS = st.sampled_from(
    (
        "p",
        "div",
        "span",
        "a",
        "b",
        "h1",
        "h2",
        "li",
        "ul",
        "td",
        "tr",
        "table",
        "br",
        "section",
        "article",
        "title",
        "script",
        "meta",
        "body",
        "html",
        "head",
        "time",
        "em",
        "dt",
        "font",
        "svg",
        "x",
    )
)
ATTRIBUTES = st.sampled_from(
    (
        "",
        ' class="title"',
        ' class="related comment nav"',
        ' style="display:none"',
        " hidden",
        ' datetime="2026-13-45T99:99:99+99:99"',
        ' content="&#0;2026-03-10&quot;" property="og:title"',
        ' name="publishdate" content="99999999999999999999"',
        ' type="application/ld+json"',
        ' charset="utf-7"',
        " a=" * 30,
    )
)
TEXTS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        (
            "发布时间：2026-03-10 25:61",
            "9999-99-99",
            '{"@type":"NewsArticle","headline":[[["x"]]],"datePublished":{"a":1},"articleBody":3}',
            "[" * 5000,
            "相关文章",
            "首页 > > > >",
            "&amp;lt;script&amp;gt;",
            "&#xD800;&#x0;&#128;&notit;&",
            "借呗逾期之后，平台会先提醒借款人本人，请尽快说明情况。",
        )
    ),
)
PIECES = st.one_of(
    TEXTS,
    st.builds(lambda tag, attributes: f"<{tag}{attributes}>", TAGS, ATTRIBUTES),
    st.builds(lambda tag: f"</{tag}>", TAGS),
)


@given(st.lists(PIECES, max_size=120).map("".join))
@BOUNDED
def test_markup_of_any_make(page: str) -> None:
    check(page.encode("utf-8", "replace"))


@given(st.lists(PIECES, min_size=1, max_size=6).map("".join), st.integers(1, 4000))
@settings(BOUNDED, max_examples=40)
def test_markup_repeated_without_end(piece: str, times: int) -> None:
    check((piece * times)[:2_000_000].encode("utf-8", "replace"))


@given(st.lists(st.one_of(TEXTS, st.just("\n"), st.just("\n# ")), max_size=60).map("".join))
@BOUNDED
def test_plain_texts(text: str) -> None:
    check(text.encode("utf-8", "replace"), path="p/1.txt")


PROSE = "借呗逾期之后，平台会先提醒借款人本人，请尽快说明情况。"
HOSTILE = {
    "hidden panels": f"<h1>借呗逾期</h1><p>{PROSE * 4}</p>"
    + f"<div class=a style='display:none'><p>{PROSE}</p></div>" * 15_000,
    "items that say what buttons say": "<ul>" + "<li>分享：给好友</li>" * 30_000 + "</ul>",
    "a row of many cells": "<table>" + f"<tr>{'<td>利率</td>' * 4_000}</tr>" * 5 + "</table>",
    "cells over many columns": "<table>"
    + "<tr><td colspan=999 rowspan=999>一</td><td>二</td></tr>" * 8_000
    + "</table>",
    "deep lists": "<ul><li>" * 8_000 + PROSE,
    "deep quotations": "<blockquote>" * 20_000 + PROSE,
    "numbered lists in one another": f"<ol><li><b>一</b>{'<ol><li><b>二</b>' * 3_000}",
    "links to front pages": "<a href=/>网</a>" * 30_000,
    "labels": f"<p>{PROSE}</p><h2>相关文章</h2>" * 12_000,
    "sections alike": f"<section class=s1><p>{PROSE}</p></section>" * 15_000,
    "one line of brackets": "（" * 60_000,
    "one line of a breadcrumb": "首页>" * 30_000,
    "one line of names": "编辑：" + "张三、" * 40_000,
    "one line of days": "2026-03-10 " * 30_000,
    "a long title": f"<title>{'借呗-' * 20_000}</title><h1>借呗</h1><p>{PROSE * 5}</p>",
}
#: Just under the most lines and cells that are read.
DUMPS = {
    "deeper and deeper items": "".join(f"{' ' * (n % 500)}• 第{n}项\n" for n in range(19_900)),
    "the same label again": f"{PROSE}\n\n相关阅读\n\n" * 4_900,
    "rows without end": "| 一 | 二 | 三 |\n" * 6_600,
    "one line of stars": "*" * 200_000,
    "open links": "[" * 30_000 + "](" * 30_000,
    "short lines": "利率\n\n" * 9_900,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_markup_takes_bounded_time(name: str) -> None:
    check(f"<html><body>{HOSTILE[name]}</body></html>".encode())


@pytest.mark.parametrize("name", DUMPS)
def test_hostile_dumps_take_bounded_time(name: str) -> None:
    check(f"借呗逾期会怎样\n\n2026-03-10\n\n{DUMPS[name]}".encode(), path="p/1.txt")
