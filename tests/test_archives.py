"""Archives, JSON lines, plain texts and WARC as sources, through a whole ingest."""

import bz2
import gzip
import io
import json
import lzma
import struct
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from searchsvc import open_service
from searchsvc.errors import PageRejected, SourceConflict
from searchsvc.ingest import archives
from searchsvc.ingest.archives import Archives, Member, Refused, list_members
from searchsvc.ingest.pipeline import extract_files
from searchsvc.service import SearchService
from support_archives import lines, page, tarred, warc, zipped


@pytest.fixture
def service(tmp_path: Path) -> Iterator[SearchService]:
    with open_service(index=str(tmp_path / "index"), state=str(tmp_path / "state")) as opened:
        yield opened


def ids(service: SearchService) -> list[str]:
    return sorted(hit.id for hit in service.search("逾期", limit=100, collapse=False).hits)


PAGES = {"news/a.html": page("借呗逾期"), "b.html": page("花呗逾期"), "read.me": b"x", "robots.txt": b"User-agent: *"}


@pytest.mark.parametrize("name", ["p.zip", "p.tar", "p.tar.gz", "p.tgz", "p.tar.bz2", "p.tar.xz"])
def test_an_archive_is_read_like_the_folder_it_holds(service: SearchService, tmp_path: Path, name: str) -> None:
    def write(members: dict[str, bytes]) -> Path:
        mode = {"gz": "gz", "tgz": "gz", "bz2": "bz2", "xz": "xz"}.get(name.rsplit(".", 1)[1], "")
        return zipped(tmp_path / name, members) if name == "p.zip" else tarred(tmp_path / name, members, mode)

    report = service.ingest([write(PAGES)])
    assert (report.added, report.rejected, dict(report.skipped)) == (2, (), {"extension": 1, "site_file": 1})
    assert ids(service) == ["b.html", "news/a.html"]
    assert service.ingest([tmp_path / name]).unchanged == 2
    report = service.ingest([write({"b.html": page("花呗逾期一天"), "c.html": page("逾期三天")})])
    assert (report.added, report.updated, report.removed) == (1, 1, 1)
    assert ids(service) == ["b.html", "c.html"]


def test_names_that_chinese_windows_wrote_into_a_zip_are_read(service: SearchService, tmp_path: Path) -> None:
    names = ["资讯/借呗逾期.html", "utf8/花呗.html"]
    path = zipped(tmp_path / "p.zip", {"x" * len(names[0].encode("gb18030")): page("借呗逾期"), names[1]: page("花呗")})
    raw = path.read_bytes().replace(b"x" * len(names[0].encode("gb18030")), names[0].encode("gb18030"))
    path.write_bytes(raw)
    assert service.ingest([path]).added == 2
    assert ids(service) == names[1:] + names[:1] if names[1] < names[0] else names


@pytest.mark.parametrize("name", ["../evil.html", "/etc/evil.html", "a/../../evil.html", "..\\evil.html", "C:\\e.html"])
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_a_name_that_leads_out_of_an_archive_is_refused(
    service: SearchService, tmp_path: Path, name: str, kind: str
) -> None:
    members = {name: page("逾期"), "good.html": page("逾期")}
    path = zipped(tmp_path / "p.zip", members) if kind == "zip" else tarred(tmp_path / "p.tar", members, "")
    report = service.ingest([path])
    assert [one.code for one in report.rejected] == ["path_unsafe"]
    assert ids(service) == ["good.html"]
    assert not list(tmp_path.rglob("evil.html"))


def test_links_devices_and_hidden_members_are_skipped(service: SearchService, tmp_path: Path) -> None:
    path = tmp_path / "p.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, kind in (("l.html", tarfile.SYMTYPE), ("h.html", tarfile.LNKTYPE), ("d.html", tarfile.CHRTYPE)):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
        for name in (".hidden/a.html", "a.html"):
            info = tarfile.TarInfo(name)
            info.size = len(page("逾期"))
            archive.addfile(info, io.BytesIO(page("逾期")))
    report = service.ingest([path])
    assert (report.added, dict(report.skipped)) == (1, {"symlink": 2, "special": 1, "hidden": 1})


def test_an_archive_cut_short_gives_what_can_be_read_and_loses_nothing_known(
    service: SearchService, tmp_path: Path
) -> None:
    members = {f"{number}.html": page(f"逾期{number}天", str(number) * 40) for number in range(30)}
    path = tarred(tmp_path / "p.tar.gz", members, "gz")
    assert service.ingest([path]).added == 30
    path.write_bytes(path.read_bytes()[:-400])
    report = service.ingest([path])
    assert (report.removed, [one.code for one in report.rejected]) == (0, ["archive_damaged"])
    assert len(ids(service)) == 30
    zipped(tmp_path / "z.zip", PAGES)
    (tmp_path / "z.zip").write_bytes((tmp_path / "z.zip").read_bytes()[:-30])
    report = service.ingest([tmp_path / "z.zip"], source="z")
    assert [(one.path, one.code) for one in report.rejected] == [("z/", "archive_damaged")]


def test_a_member_with_a_flipped_byte_costs_only_itself(service: SearchService, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as archive:
        archive.writestr("bad.html", page("坏逾期"))
        archive.writestr("good.html", page("好逾期"))
    data = bytearray((tmp_path / "p.zip").read_bytes())
    data[data.index("坏".encode())] ^= 1
    (tmp_path / "p.zip").write_bytes(data)
    report = service.ingest([tmp_path / "p.zip"])
    assert [(one.path, one.code) for one in report.rejected] == [("bad.html", "archive_damaged")]
    assert ids(service) == ["good.html"]


def test_an_encrypted_member_is_named(service: SearchService, tmp_path: Path) -> None:
    path = zipped(tmp_path / "p.zip", {"a.html": page("逾期"), "b.html": page("逾期")})
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    path.write_bytes(data)
    report = service.ingest([path])
    assert [(one.path, one.code) for one in report.rejected] == [("a.html", "archive_damaged")]
    assert "encrypted" in report.rejected[0].message


@pytest.mark.parametrize("kind", ["zip", "gz", "bz2", "xz"])
def test_a_bomb_is_refused_before_it_is_unpacked(
    service: SearchService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(archives, "MIN_EXPANSION", 4 << 20)
    bomb = {"a.html": page("逾期"), "bomb.html": b"\0" * (64 << 20), "c.html": page("逾期")}
    path = zipped(tmp_path / "p.zip", bomb) if kind == "zip" else tarred(tmp_path / f"p.tar.{kind}", bomb, kind)
    report = service.ingest([path])
    found = {one.code: one.message for one in report.rejected}
    # A tar lists the bomb as a member before what follows it shows its size.
    assert set(found) == ({"archive_damaged"} if kind == "zip" else {"archive_damaged", "page_too_large"})
    assert "100 times" in found["archive_damaged"]


def test_a_zip_that_lies_about_its_members_size_gives_no_more_than_a_page_may_have(tmp_path: Path) -> None:
    path = zipped(tmp_path / "p.zip", {"a.html": b"x" * (8 << 20)})
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 10)
    path.write_bytes(data)
    (member,) = list_members(path, "zip")
    assert isinstance(member, Member)
    with pytest.raises(PageRejected, match="Bad CRC"):
        Archives().read(path, "zip", member.offset, member.size, 1000)


def test_a_file_named_like_an_archive_that_is_none_is_reported(service: SearchService, tmp_path: Path) -> None:
    for name in ("a.zip", "b.tar.gz", "c.tar"):
        (tmp_path / name).write_bytes(b"not an archive at all" * 100)
        assert [one.code for one in service.ingest([tmp_path / name]).rejected] == ["archive_damaged"]


RECORD = {
    "path": "/srv/a.html",
    "title": "借呗逾期",
    "date": "2026-03-10",
    "category": "网贷",
    "body": "逾期了，\n<b>怎么办</b>",
}


def test_json_lines_add_change_and_remove_articles_and_leave_the_others(service: SearchService, tmp_path: Path) -> None:
    first = lines(tmp_path / "1.jsonl", RECORD, {"id": "42", "title": "花呗逾期", "body": "花呗逾期一天会怎么样？"})
    assert service.ingest([first]).added == 2
    assert service.ingest([first]).unchanged == 2
    article = service.article("srv/a.html")
    assert (article.title, article.date, article.category) == ("借呗逾期", "2026-03-10", "网贷")
    assert article.body == "逾期了，\n<b>怎么办</b>"
    second = lines(tmp_path / "2.jsonl", {"id": "42", "removed": True}, {"id": "7", "title": "逾期七天", "body": "七"})
    report = service.ingest([second])
    assert (report.added, report.removed) == (1, 1)
    assert ids(service) == ["7", "srv/a.html"]


def test_the_last_record_of_an_id_counts(service: SearchService, tmp_path: Path) -> None:
    records = [{"id": "1", "title": f"逾期{number}", "body": "正文"} for number in range(3)]
    assert service.ingest([lines(tmp_path / "a.jsonl", *records)]).added == 1
    assert service.article("1").title == "逾期2"
    again = lines(tmp_path / "a.jsonl", {"id": "1", "removed": True}, {"id": "1", "title": "逾期又来", "body": "正文"})
    report = service.ingest([again])
    assert (report.updated, report.removed) == (1, 0)


def test_a_record_that_is_none_is_named_by_its_line_and_costs_only_itself(
    service: SearchService, tmp_path: Path
) -> None:
    path = tmp_path / "a.jsonl"
    bad = [b"{", b"[1]", b'"x"', b"\xff\xfe", b"{}", b'{"id":3,"title":"x"}', b'{"id":"../x","title":"x"}', b"[" * 9999]
    worse = [
        {"id": "w1"},
        {"id": "w2", "title": 3},
        {"id": "w3", "title": "x", "date": "gestern"},
        {"id": "w4", "title": "x", "headings": "y"},
        {"id": "w5", "error": {"code": "page_empty", "message": "The file is empty."}},
    ]
    good = json.dumps({"id": "good", "title": "逾期", "body": "正文"}).encode()
    path.write_bytes(b"\n".join([*bad, *(json.dumps(one).encode() for one in worse), b"", good]))
    report = service.ingest([path])
    found = [(one.path, one.code) for one in report.rejected]
    assert found[: len(bad)] == [
        (f"a.jsonl:{number}", "path_unsafe" if number == 7 else "record_invalid") for number in range(1, len(bad) + 1)
    ]
    assert found[len(bad) :] == [*((f"w{number}", "record_invalid") for number in range(1, 5)), ("w5", "page_empty")]
    assert ids(service) == ["good"]


def test_standard_input_is_read_as_json_lines_and_leaves_no_file(
    service: SearchService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stdin:
        buffer = io.BytesIO(json.dumps({"id": "1", "title": "逾期", "body": "正文"}).encode())

    monkeypatch.setattr("sys.stdin", Stdin)
    spool = tmp_path / "spool"
    spool.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(spool))
    assert service.ingest([Path("-")]).added == 1
    assert list(spool.iterdir()) == []
    assert service.ingest([lines(tmp_path / "x.jsonl", {"id": "1", "removed": True})]).removed == 1


def test_an_id_of_a_folder_is_not_taken_over_by_a_record(service: SearchService, tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "a.html").write_bytes(page("逾期"))
    service.ingest([folder])
    for record in ({"id": "a.html", "title": "x", "body": "y"}, {"id": "a.html", "removed": True}):
        with pytest.raises(SourceConflict):
            service.ingest([lines(tmp_path / "a.jsonl", record)])
    # A folder of the same source name does not inherit the records either.
    service.ingest([lines(tmp_path / "b.jsonl", {"id": "1", "title": "逾期", "body": "y"})], source="cms")
    other = tmp_path / "other"
    other.mkdir()
    (other / "b.html").write_bytes(page("逾期"))
    service.ingest([other], source="cms")
    assert ids(service) == ["a.html", "cms/1", "cms/b.html"]


def test_what_extract_prints_can_be_ingested(service: SearchService, tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes(page("借呗逾期"))
    record = next(extract_files([tmp_path / "a.html"], service.settings))
    assert service.ingest([lines(tmp_path / "x.jsonl", record)]).added == 1


def test_an_archive_in_a_folder_is_another_source(service: SearchService, tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "a.html").write_bytes(page("逾期"))
    zipped(folder / "old.zip", {"b.html": page("旧逾期")})
    service.ingest([folder, folder / "old.zip"])
    assert ids(service) == ["a.html", "b.html"]
    assert service.ingest([folder]).unchanged == 1
    assert ids(service) == ["a.html", "b.html"]


TEXT = """您所在的位置:首页 > 网贷平台

借呗逾期多久会联系家人

2026-03-10 19:53:47  来源：理财参考

借呗逾期之后，平台一般会先通过短信提醒借款人本人，尽快处理欠款。

一、逾期初期
前三十天以提醒为主，不会联系家人，这一点可以放心。年利率<24%的部分照常计算。
1. 保持电话畅通，
2. 主动协商，说明自己的困难。

精彩推荐
· 花呗逾期一天会怎么样
· 提前还款违约金怎么算
微粒贷逾期了怎么办？很多人在使用微粒贷时…
"""


@pytest.mark.parametrize("charset", ["utf-8", "gb18030", "utf-16"])
def test_a_page_saved_as_text_is_read_like_a_page(service: SearchService, tmp_path: Path, charset: str) -> None:
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "a.txt").write_bytes(TEXT.encode(charset))
    assert service.ingest([folder]).added == 1
    found = service.article("a.txt")
    assert (found.title, found.date, found.category) == ("借呗逾期多久会联系家人", "2026-03-10T19:53:47", "网贷平台")
    assert found.headings == ("一、逾期初期",)
    assert found.body.split("\n") == [
        "借呗逾期之后，平台一般会先通过短信提醒借款人本人，尽快处理欠款。",
        "一、逾期初期",
        "前三十天以提醒为主，不会联系家人，这一点可以放心。年利率<24%的部分照常计算。",
        "1. 保持电话畅通，",
        "2. 主动协商，说明自己的困难。",
    ]


@pytest.mark.parametrize("name", ["p.warc", "p.warc.gz"])
def test_a_warc_gives_its_pages_with_their_addresses(service: SearchService, tmp_path: Path, name: str) -> None:
    captures = [
        ("https://www.example.com/a/1.html", "200 OK", "text/html; charset=utf-8", page("旧的逾期")),
        ("https://www.example.com/logo.png", "200 OK", "image/png", b"\x89PNG"),
        ("https://www.example.com/gone", "404 Not Found", "text/html", page("没有")),
        ("https://www.example.com/?id=2", "200 OK", "text/html", page("逾期二")),
        ("https://www.example.com/a/1.html", "200 OK", "text/html", page("新的逾期")),
    ]
    report = service.ingest([warc(tmp_path / name, captures)])
    assert (report.added, dict(report.skipped), report.rejected) == (2, {"not_a_page": 2}, ())
    article = service.article("www.example.com/a/1.html")
    assert (article.title, ids(service)) == ("新的逾期", ["www.example.com/a/1.html", "www.example.com/index?id=2"])
    assert service.ingest([tmp_path / name]).unchanged == 2


def test_a_stream_that_is_gone_or_shorter_than_listed_is_reported(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", {"id": "1", "title": "x" * 5000})
    (member,) = list_members(path, "records")
    assert isinstance(member, Member)
    path.write_bytes(path.read_bytes()[:100])
    reader = Archives()
    with pytest.raises(PageRejected, match="cut short"):
        reader.read(path, "records", member.offset, member.size, 10_000)
    path.unlink()
    with pytest.raises(PageRejected, match="is gone"):
        reader.read(path, "records", member.offset, member.size, 10_000)


@pytest.mark.parametrize("opener", [gzip.open, bz2.open, lzma.open])
def test_garbage_after_a_good_beginning_ends_the_listing_with_its_code(tmp_path: Path, opener: Any) -> None:
    plain = tarred(tmp_path / "p.tar", {"a.html": page("逾期")}, "").read_bytes()
    with opener(tmp_path / "p.tar.gz", "wb") as stream:
        stream.write(plain[:-1024])
        stream.write(b"garbage" * 1000)
    found = list(list_members(tmp_path / "p.tar.gz", "tar"))
    assert isinstance(found[0], Member)
    assert [one.code for one in found[1:] if isinstance(one, Refused)] in ([], ["archive_damaged"])


@pytest.mark.parametrize("name", ["p.zip", "p.tar.gz", "p.jsonl", "p.warc.gz"])
def test_several_processes_read_one_archive(tmp_path: Path, name: str) -> None:
    pages = {f"{number}.html": page(f"逾期{number}天", str(number)) for number in range(60)}
    path = tmp_path / name
    if name == "p.zip":
        zipped(path, pages)
    elif name == "p.tar.gz":
        tarred(path, pages, "gz")
    elif name == "p.jsonl":
        lines(path, *({"id": name, "title": f"逾期 {name}", "body": "正文"} for name in pages))
    else:
        warc(path, [(f"https://example.com/{name}", "200 OK", "text/html", data) for name, data in pages.items()])
    with open_service(index=str(tmp_path / "index"), state=str(tmp_path / "state"), jobs=2) as service:
        report = service.ingest([path])
        assert (report.added, report.rejected) == (60, ())
        assert len(ids(service)) == 60
