"""Bytes of a page become the right characters, whatever the page says about itself."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searchsvc.errors import PageRejected
from searchsvc.ingest.decode import Decoded, decode

SIMPLIFIED = "征信报告里的每一条记录都有来处，先核对再申诉，不要急着找人代办。"
TRADITIONAL = "信用報告裡的每一條紀錄都有來處，先核對再申訴，不要急著找人代辦。"


def outcome_of(data: bytes) -> Decoded | str:
    try:
        return decode(data)
    except PageRejected as rejected:
        return rejected.code


def page(text: str, label: str | None = None) -> str:
    meta = f'<meta http-equiv="Content-Type" content="text/html; charset={label}">' if label else ""
    return f"<html><head>{meta}</head><body>{text}</body></html>"


@pytest.mark.parametrize("label", [None, "utf-8", "gb2312", "big5", "iso-8859-1", "no-such-charset"])
@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (SIMPLIFIED, "utf-8"),
        (SIMPLIFIED, "gb18030"),
        (SIMPLIFIED, "gbk"),
        (TRADITIONAL, "utf-8"),
        (TRADITIONAL, "big5"),
    ],
)
def test_text_is_read_right_whatever_the_label_claims(text: str, encoding: str, label: str | None) -> None:
    source = page(text, label)
    assert decode(source.encode(encoding)).text == source


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_byte_order_marks_and_wide_characters_are_recognised(encoding: str) -> None:
    assert decode(page(SIMPLIFIED, "gb2312").encode(encoding)).text == page(SIMPLIFIED, "gb2312")


def test_characters_outside_gb2312_survive_its_label() -> None:
    source = page("镕𠮷囧：" + SIMPLIFIED, "gb2312")
    assert decode(source.encode("gb18030")).text == source


def test_an_xml_declaration_names_the_charset() -> None:
    source = f'<?xml version="1.0" encoding="gbk"?><p>{SIMPLIFIED}</p>'
    assert decode(source.encode("gbk")).encoding == "gb18030"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16-le"])
def test_a_page_cut_inside_its_last_character_is_read_with_a_warning(encoding: str) -> None:
    whole = (page("") + SIMPLIFIED).encode(encoding)
    decoded = decode(whole[:-1])
    assert decoded.warnings == ("cut_in_a_character",)
    assert decoded.text == page("") + SIMPLIFIED[:-1]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_few_invalid_bytes_are_replaced_with_a_warning(encoding: str) -> None:
    half = page(SIMPLIFIED, encoding).encode(encoding)
    decoded = decode(half + b"\xff\xff" + half)
    assert decoded.warnings == ("invalid_bytes_replaced",)
    assert decoded.text.count(SIMPLIFIED) == 2


def test_bytes_of_no_charset_are_rejected() -> None:
    with pytest.raises(PageRejected) as caught:
        decode(b"<p>" + bytes([0xFF, 0x81, 0xFE, 0x20]) * 400)
    assert caught.value.code == "page_charset"


def test_null_bytes_are_removed_with_a_warning() -> None:
    decoded = decode(page(SIMPLIFIED).encode().replace(b"<body>", b"<bo\0dy>"))
    assert decoded.text == page(SIMPLIFIED)
    assert decoded.warnings == ("null_bytes_removed",)


@pytest.mark.parametrize("data", [b"", b" \r\n\t ", b"\xef\xbb\xbf\n", b"\xff\xfe \0", b"\0\0\0"])
def test_nothing_but_white_space_is_an_empty_page(data: bytes) -> None:
    with pytest.raises(PageRejected) as caught:
        decode(data)
    assert caught.value.code == "page_empty"


@pytest.mark.parametrize(
    "data", [b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n", b"PK\x03\x04....", b"\x1f\x8b\x08", bytes(range(1, 9)) * 99]
)
def test_files_that_are_no_text_are_refused(data: bytes) -> None:
    with pytest.raises(PageRejected) as caught:
        decode(data)
    assert caught.value.code == "page_binary"


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=300), st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))))
def test_any_bytes_are_read_or_rejected_with_a_code(data: bytes) -> None:
    outcome = outcome_of(data)
    if isinstance(outcome, str):
        assert outcome in {"page_empty", "page_binary", "page_charset"}
    else:
        assert outcome.text.strip()
        assert "\0" not in outcome.text
