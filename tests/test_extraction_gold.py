"""The gold pages: six templates of one site, read without a rule that names any of them. Floors only ever rise."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from searchsvc.errors import PageRejected
from searchsvc.ingest.decode import decode
from searchsvc.ingest.extract import Extraction, extract_page

HERE = Path(__file__).parent
GOLD = HERE / "data" / "gold.jsonl"
CORPUS = HERE.parent / "corpus"
GOLD_SHA256 = "5e5dab34f927a49700856557420ecd76973f6ecd660f986d0cea96dad97ae2ee"
BOILERPLATE = (
    "精彩推荐",
    "大家都在看",
    "相关文章",
    "推荐阅读",
    "热门文章",
    "近期文章",
    "本周排行",
    "你可能还喜欢",
    "网友评论",
    "责任编辑",
    "打印本页",
    "版权所有",
    "上一篇：",
    "分享到：",
    "打开APP，阅读全文",
    "阅读原文",
    "标签：",
    "当前位置",
    "您所在的位置",
)


@lru_cache(maxsize=1)
def gold() -> tuple[dict[str, Any], ...]:
    return tuple(json.loads(line) for line in GOLD.read_text("utf-8").splitlines())


@lru_cache(maxsize=1)
def read() -> dict[str, Extraction]:
    return {row["path"]: extract_page((CORPUS / row["path"]).read_bytes(), path=row["path"]) for row in gold()}


def f1(found: Counter[str], wanted: Counter[str]) -> float:
    return 2 * (found & wanted).total() / max(1, found.total() + wanted.total())


def grams(text: str) -> Counter[str]:
    text = "".join(text.split())
    return Counter(text[start : start + 4] for start in range(len(text) - 3))


def test_the_floors_below_are_for_this_gold_file() -> None:
    assert hashlib.sha256(GOLD.read_bytes()).hexdigest() == GOLD_SHA256
    assert len(gold()) == 186


@pytest.mark.parametrize("name", ["title", "category"])
def test_titles_and_categories_are_those_of_the_gold_pages(name: str) -> None:
    wrong = {
        row["path"]: getattr(read()[row["path"]], name)
        for row in gold()
        if getattr(read()[row["path"]], name) != row[name]
    }
    assert wrong == {}


def test_dates_fall_on_the_day_of_the_gold_pages() -> None:
    assert {row["path"] for row in gold() if (read()[row["path"]].date or "")[:10] != row["date"]} == set()


def test_headings_and_bodies_reach_their_floors() -> None:
    headings = [f1(Counter(read()[row["path"]].headings), Counter(row["headings"])) for row in gold()]
    bodies = [f1(grams(read()[row["path"]].body), grams(row["body"])) for row in gold()]
    assert sum(headings) / len(headings) >= 0.995
    assert sum(bodies) / len(bodies) >= 0.995
    assert min(bodies) >= 0.97


def test_no_body_holds_what_surrounds_the_article() -> None:
    held = [
        (row["path"], words)
        for row in gold()
        for words in BOILERPLATE
        if words in read()[row["path"]].body and words not in row["body"]
    ]
    assert held == []


def test_nothing_is_rejected_or_skipped() -> None:
    assert {one.skip for one in read().values()} == {None}


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "big5hkscs", "utf-16", "utf-16-le"])
def test_every_template_reads_the_same_in_every_charset(encoding: str) -> None:
    templates = {row["path"].split("/")[0]: row["path"] for row in gold()}
    for path in templates.values():
        text = decode((CORPUS / path).read_bytes()).text
        data = text.encode(encoding, "xmlcharrefreplace" if encoding == "big5hkscs" else "strict")
        assert extract_page(data, path=path) == read()[path], path


def test_pages_cut_anywhere_are_read_or_rejected() -> None:
    path = gold()[0]["path"]
    data = (CORPUS / path).read_bytes()
    outcomes = [outcome_of(data[:end], path) for end in range(1, len(data), 211)]
    assert {one for one in outcomes if isinstance(one, str)} == {"page_no_article"}
    assert not any("\ufffd" in one.body for one in outcomes if isinstance(one, Extraction))
    assert sum(isinstance(one, Extraction) for one in outcomes) > len(outcomes) // 2


def outcome_of(data: bytes, path: str) -> Extraction | str:
    try:
        return extract_page(data, path=path)
    except PageRejected as rejected:
        return rejected.code
