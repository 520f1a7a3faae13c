"""Damaged archives of every kind: no error leaves the listing, and what stands before the damage is read as it was."""

import gzip
import io
import json
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from searchsvc import open_service
from searchsvc.ingest.archives import Member, Refused, list_members
from searchsvc.service import SearchService
from support_archives import KINDS, check_damaged_archives, lines, page, tarred, warc, zipped

#: Damaged files of each kind; the soak tries 10,000.
FILES = 250


@pytest.fixture
def service(tmp_path: Path) -> Iterator[SearchService]:
    with open_service(index=str(tmp_path / "index"), state=str(tmp_path / "state")) as opened:
        yield opened


@pytest.mark.parametrize("name", KINDS)
def test_a_damaged_archive_raises_nothing_and_keeps_what_stands_before_the_damage(tmp_path: Path, name: str) -> None:
    check_damaged_archives(tmp_path / name, FILES)


@pytest.mark.parametrize("name", [".", "./.", "././."])
@pytest.mark.parametrize("kind", ["zip", "tar", "jsonl"])
def test_an_entry_that_names_the_archive_itself_costs_only_itself(
    service: SearchService, tmp_path: Path, kind: str, name: str
) -> None:
    members = {name: page("坏逾期"), "good.html": page("好逾期")}
    path = tmp_path / f"p.{kind}"
    if kind == "zip":
        zipped(path, members)
    elif kind == "tar":
        tarred(path, members, "")
    else:
        lines(path, *({"id": one, "title": "逾期", "body": "先联系客服说明情况。" * 9} for one in members))
    report = service.ingest([path])
    assert report.added == 1
    assert [one.code for one in report.rejected] == ["path_unsafe"]


@pytest.mark.parametrize("time", ["inf", "-inf", "nan", "9" * 400, "-1", "1e300"])
def test_a_time_that_is_none_costs_nothing(service: SearchService, tmp_path: Path, time: str) -> None:
    with tarfile.open(tmp_path / "p.tar", "w", format=tarfile.PAX_FORMAT) as archive:
        for name in ("a.html", "b.html"):
            info = tarfile.TarInfo(name)
            data = page(f"{name}逾期")
            info.size = len(data)
            info.pax_headers = {"mtime": time} if name == "a.html" else {}
            archive.addfile(info, io.BytesIO(data))
    assert service.ingest([tmp_path / "p.tar"]).added == 2
    assert service.ingest([tmp_path / "p.tar"]).unchanged == 2


def long_name(size: int) -> bytes:
    """A GNU header that announces a name of so many bytes."""
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, size
    return info.tobuf(tarfile.GNU_FORMAT)


def test_a_header_of_hundreds_of_megabytes_is_refused_unread(tmp_path: Path) -> None:
    path = tarred(tmp_path / "p.tar", {"a.html": page("逾期")}, "")
    good = path.read_bytes()[: 512 + len(page("逾期")) // 512 * 512 + 512]
    with path.open("wb") as stream:
        stream.write(good + long_name(200 << 20))
        stream.truncate(stream.tell() + (200 << 20))
    tracemalloc.start()
    try:
        found = list(list_members(path, "tar"))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert isinstance(found[0], Member)
    assert isinstance(found[1], Refused)
    assert (len(found), found[1].code, found[1].name) == (2, "archive_damaged", "")
    assert "headers" in found[1].reason
    assert most < 8 << 20


def broken_length(head: bytes) -> bytes:
    return head.replace(b"Content-Length: ", b"Content-Length: x")


def broken_version(head: bytes) -> bytes:
    return head.replace(b"WARC/1.1", b"WORK/1.1")


@pytest.mark.parametrize("name", ["p.warc", "p.warc.gz"])
@pytest.mark.parametrize("breaking", [broken_length, broken_version])
def test_a_damaged_record_keeps_those_before_it_and_the_run_goes_on(
    service: SearchService, tmp_path: Path, name: str, breaking: Callable[[bytes], bytes]
) -> None:
    captures: list[Any] = [
        (f"https://www.example.com/{one}.html", "200 OK", "text/html", page(f"{one}逾期")) for one in range(2)
    ]
    before = warc(tmp_path / name, captures).read_bytes()
    after = breaking(warc(tmp_path / "x.warc", captures[:1]).read_bytes())
    (tmp_path / name).write_bytes(before + (gzip.compress(after) if name.endswith(".gz") else after))
    other = zipped(tmp_path / "other.zip", {"z.html": page("另一个逾期")})
    report = service.ingest([tmp_path / name, other])
    assert report.added == 3
    assert [(one.path, one.code) for one in report.rejected] == [("/", "archive_damaged")]
    assert "is damaged" in report.rejected[0].message


def test_a_zip_with_a_nameless_member_gives_the_others(service: SearchService, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as archive:
        archive.writestr("a.html", page("逾期"))
        archive.writestr("?", page("坏逾期"))
    data = (tmp_path / "p.zip").read_bytes()
    central = data.rindex(b"PK\x01\x02")
    data = data[: central + 28] + b"\0\0" + data[central + 30 : central + 46] + data[central + 47 :]
    end = data.rindex(b"PK\x05\x06")
    size = int.from_bytes(data[end + 12 : end + 16], "little") - 1
    (tmp_path / "p.zip").write_bytes(data[: end + 12] + size.to_bytes(4, "little") + data[end + 16 :])
    report = service.ingest([tmp_path / "p.zip"])
    assert report.added == 1
    assert [one.code for one in report.rejected] == ["path_unsafe"]


def test_a_line_of_json_that_is_damaged_is_named(tmp_path: Path) -> None:
    path = lines(tmp_path / "p.jsonl", {"id": "1", "title": "逾期"})
    path.write_bytes(path.read_bytes() + b'{"id": "2\n' + json.dumps({"id": "3", "title": "x"}).encode())
    found = list(list_members(path, "records"))
    assert [one.name for one in found] == ["p.jsonl:2", "1", "3"]
