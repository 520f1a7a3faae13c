"""Every template of the corpus in every charset, labelled rightly, wrongly and not at all: never mojibake."""

from __future__ import annotations

import codecs
import re
from functools import cache, lru_cache
from pathlib import Path

import pytest

from searchsvc.ingest.decode import decode
from searchsvc.ingest.extract import Extraction, extract_page

ROOT = Path(__file__).parents[1]
CORPUS = ROOT / "corpus"
TEMPLATES = sorted(folder.name for folder in CORPUS.iterdir() if folder.is_dir())
LABEL = re.compile(r"""(<meta[^>]*?charset\s*=\s*["']?)[\w-]+|^<\?xml[^>]*>""", re.I)
#: charset -> labels it is found with; None is a page without a label.
LABELS: dict[str, tuple[str | None, ...]] = {
    "utf-8": ("utf-8", "gb2312", "gbk", "big5", "iso-8859-1", "nonsense", None),
    "utf-8-sig": ("utf-8", "gb2312", None),
    "gbk": ("gbk", "gb2312", "utf-8", "iso-8859-1", None),
    "gb18030": ("gb18030", "gb2312", "gbk", "utf-8", None),
    "big5hkscs": ("big5", "Big5-HKSCS", "utf-8", None),
    "utf-16-le": ("utf-16", "utf-8", None),
    "utf-16-be": ("utf-16", None),
}


@lru_cache(maxsize=1)
def traditional() -> dict[int, str]:
    """Simplified -> traditional, one character for one: enough to make pages that are written in Big5."""
    table: dict[int, str] = {}
    for line in (ROOT / "src/searchsvc/text/data/t2s.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            table.setdefault(ord(line[1]), line[0])
    return table


@cache
def page(template: str, charset: str) -> str:
    file = sorted((CORPUS / template).glob("*.htm*"))[3]
    text = decode(file.read_bytes()).text
    return text.translate(traditional()) if charset == "big5hkscs" else text


def labelled(text: str, label: str | None) -> str:
    return LABEL.sub(lambda match: f"{match[1]}{label}" if label and match[1] else "", text)


def encoded(text: str, charset: str, *, bom: bool = False) -> bytes:
    data = text.encode(charset, "xmlcharrefreplace")
    if not bom:
        return data
    return (codecs.BOM_UTF16_LE if charset == "utf-16-le" else codecs.BOM_UTF16_BE) + data


def read(data: bytes) -> Extraction:
    return extract_page(data, path="p.html")


def same(one: Extraction, other: Extraction) -> bool:
    parts = [(each.title, each.date, each.category, each.headings, each.body) for each in (one, other)]
    return parts[0] == parts[1]


@pytest.mark.parametrize("charset", LABELS)
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_page_reads_the_same_in_every_charset_whatever_its_label(template: str, charset: str) -> None:
    text = page(template, charset)
    wanted = read(labelled(text, "utf-8").encode())
    assert len(wanted.body) > 200
    for label in LABELS[charset]:
        for bom in (True, False) if charset.startswith("utf-16") else (False,):
            found = read(encoded(labelled(text, label), charset, bom=bom))
            assert same(found, wanted), (label, bom, found.title, found.body[:60])
            assert found.warnings == ()


@pytest.mark.parametrize("charset", ["utf-8", "gb18030", "big5hkscs"])
@pytest.mark.parametrize("template", TEMPLATES)
def test_an_xml_declaration_names_the_charset(template: str, charset: str) -> None:
    text = labelled(page(template, charset), None)
    label = {"big5hkscs": "big5"}.get(charset, charset)
    found = read(encoded(f'<?xml version="1.0" encoding="{label}"?>\n' + text, charset))
    assert same(found, read(text.encode()))


@pytest.mark.parametrize("charset", LABELS)
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_page_cut_in_a_character_loses_only_what_was_cut(template: str, charset: str) -> None:
    text = page(template, charset)
    body = read(text.encode()).body
    last = [line for line in body.split("\n") if len(line) > 20 and line in text][-1]
    whole = labelled(text[: text.index(last) + len(last) - 3], LABELS[charset][0])
    data = encoded(whole + "借", charset)
    found = read(data[:-1])
    assert found.warnings == ("cut_in_a_character",)
    assert "\ufffd" not in found.body
    assert found.body == read(whole.encode()).body


@pytest.mark.parametrize("charset", ["utf-8", "gb18030", "big5hkscs"])
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_few_invalid_bytes_cost_only_themselves(template: str, charset: str) -> None:
    text = labelled(page(template, charset), {"big5hkscs": "big5"}.get(charset, charset))
    at = text.index(read(text.encode()).body.split("\n")[0][:8]) + 4
    data = encoded(text[:at], charset) + b"\xff" + encoded(text[at:], charset)
    found = read(data)
    assert found.warnings == ("invalid_bytes_replaced",)
    assert found.title == read(text.encode()).title
    assert abs(len(found.body) - len(read(text.encode()).body)) <= 3
