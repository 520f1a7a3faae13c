"""Archives with pages in them, as tests write them."""

import contextlib
import gzip
import io
import json
import random
import tarfile
import zipfile
from pathlib import Path
from typing import Any

from searchsvc.errors import PageRejected
from searchsvc.ingest.archives import Archives, Member, kind_of, list_members

#: What begins a gzip, bzip2 or xz file gives, or does not, is up to their blocks; these are read as they stand.
PLAIN = ("p.tar", "p.warc", "p.jsonl")
KINDS = ("p.zip", "p.tar.gz", "p.tar.bz2", "p.tar.xz", "p.warc.gz", *PLAIN)


def page(title: str, text: str = "逾期之后平台会先提醒借款人本人，") -> bytes:
    body = "".join(f"<p>{text}请在第{number}天之前联系客服说明情况，协商还款。</p>" for number in range(3))
    return f"<html><head><title>{title}</title></head><body><h1>{title}</h1>{body}</body></html>".encode()


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def tarred(path: Path, members: dict[str, bytes], mode: str) -> Path:
    with tarfile.open(path, f"w:{mode}") as archive:  # type: ignore[call-overload]
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def lines(path: Path, *records: Any) -> Path:
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records), "utf-8")
    return path


def warc(path: Path, captures: list[tuple[str, str, str, bytes]]) -> Path:
    """A WARC 1.1 file of responses; packed ones are gzip members one after the other, a record each."""
    with path.open("wb") as stream:
        for number, (url, status, kind, body) in enumerate(captures):
            http = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n\r\n".encode() + body
            head = (
                f"WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\n"
                f"WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-{number:012}>\r\n"
                f"WARC-Date: 2026-03-10T00:00:0{number}Z\r\n"
                f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n"
            )
            record = head.encode() + http + b"\r\n\r\n"
            stream.write(gzip.compress(record) if path.name.endswith(".gz") else record)
    return path


def made(path: Path) -> bytes:
    pages = {f"news/{number}.html": page(f"逾期{number}") for number in range(4)}
    if path.suffix == ".zip":
        zipped(path, pages)
    elif path.suffix == ".jsonl":
        lines(path, *({"id": str(number), "title": "逾期", "body": "借呗" * 20} for number in range(4)))
    elif ".warc" in path.name:
        warc(path, [(f"https://www.example.com/{name}", "200 OK", "text/html", body) for name, body in pages.items()])
    else:
        tarred(path, pages, path.suffix.replace(".tar", "").strip("."))
    return path.read_bytes()


def damaged(good: bytes, chance: random.Random) -> tuple[bytes, int]:
    """A damaged copy, and how many of its bytes are the good ones'."""
    data = bytearray(good)
    place = chance.randrange(len(data))
    how = chance.random()
    if how < 0.2:
        return bytes(data[:place]), place
    if how < 0.3:
        data[place : place + chance.randrange(1, 600)] = b"\0" * chance.randrange(600)
    elif how < 0.4:
        data[place:place] = chance.randbytes(chance.randrange(1, 100))
    else:
        places = [chance.randrange(len(data)) for _ in range(chance.choice([1, 1, 2, 5, 50]))]
        for one in places:
            data[one] = chance.choice([0, 10, 32, 57, 255, chance.randrange(256)])
        place = min(places)
    return bytes(data), place


def read_all(path: Path) -> dict[str, bytes]:
    """The members that are listed and can be read."""
    kind, reader, found = kind_of(path), Archives(), {}
    with contextlib.redirect_stderr(io.StringIO()):  # warcio speaks of what it skips
        for one in list_members(path, kind):
            if isinstance(one, Member):
                with contextlib.suppress(PageRejected):
                    found[one.name] = reader.read(path, kind, one.offset, one.size, 100_000)
        reader.close()
    return found


def ends(path: Path, good: bytes) -> dict[str, int]:
    """Where each member's bytes end, with what the format puts behind them."""
    members = [one for one in list_members(path, kind_of(path)) if isinstance(one, Member)]
    starts = [one.offset for one in members] + [len(good)]
    if ".tar" in path.name:
        return {one.name: one.offset + one.size for one in members}
    return {one.name: after for one, after in zip(members, starts[1:], strict=True)}


def check_damaged_archives(path: Path, files: int) -> None:
    """Nothing leaves the listing of so many damaged archives, and what stands before the damage is read as it was."""
    good = made(path)
    whole, until = read_all(path), ends(path, good)
    assert len(whole) == 4
    chance = random.Random(path.name)
    kept = 0
    for _ in range(files):
        data, intact = damaged(good, chance)
        path.write_bytes(data)
        found = read_all(path)
        if path.name in PLAIN:
            before = {one for one, end in until.items() if end <= intact}
            assert {one: found.get(one) for one in before} == {one: whole[one] for one in before}
            kept += len(before)
    assert kept > files // 2 or path.name not in PLAIN
