"""The long runs behind the samples of `make test`: many kills, many queries, power cuts, flipped bytes, fuzzing."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from generate import write_pages
from searchsvc import Settings, open_service
from searchsvc.engines import open_engine
from support_archives import KINDS, check_damaged_archives
from support_articles import DIGEST
from support_editors import check_editors_at_once
from support_formulas import check_formulas
from support_kill import check_killed_ingests, check_killed_writers
from support_queries import check_random_queries
from support_state import check_killed_deciders, check_writers_at_once
from test_durability import check_power_cuts

CORPUS = Path(__file__).parents[1] / "corpus"


def test_a_hundred_kills_of_an_ingest_of_two_thousand_pages(tmp_path: Path) -> None:
    def write(folder: Path) -> None:
        write_pages(folder, 2_000)

    check_killed_ingests(tmp_path, kills=100, seed=1, write=write, batch=100, longest=6)


def test_a_thousand_kills_of_writing_and_merging(tmp_path: Path) -> None:
    check_killed_writers(tmp_path, kills=1_000, seed=3)


def test_power_cuts_in_three_hundred_commits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert check_power_cuts(tmp_path, monkeypatch, commits=300, seed=5) > 1_500


def test_a_byte_flipped_anywhere_in_an_index_is_reported(tmp_path: Path) -> None:
    rng = random.Random(6)
    with open_service(index=tmp_path / "index", state=tmp_path / "state") as service:
        service.ingest([CORPUS])
        assert service.verify() == []
        files = [path for path in (tmp_path / "index").rglob("*") if path.is_file() and path.name != "writer.lock"]
        for _ in range(300):
            path = rng.choice(files)
            content = path.read_bytes()
            place = rng.randrange(len(content))
            path.write_bytes(content[:place] + bytes([content[place] ^ 1 << rng.randrange(8)]) + content[place + 1 :])
            with open_service(index=tmp_path / "index", state=tmp_path / "state") as other:
                assert other.verify() != [], (path.name, place)
            path.write_bytes(content)


@pytest.mark.parametrize("name", KINDS)
def test_ten_thousand_damaged_archives_raise_nothing(tmp_path: Path, name: str) -> None:
    check_damaged_archives(tmp_path / name, 10_000)


def test_a_hundred_thousand_random_queries_raise_nothing(tmp_path: Path) -> None:
    with open_service(index=tmp_path / "index", state=tmp_path / "state") as service:
        service.ingest([CORPUS])
        check_random_queries(service, count=100_000, seed=2)


@pytest.mark.parametrize("seed", range(10, 14))
def test_answers_are_those_of_the_formulas(tmp_path: Path, seed: int) -> None:
    check_formulas(open_engine(tmp_path, DIGEST), seed, requests=250)


def test_ten_processes_that_decide_for_a_minute_lose_nothing(tmp_path: Path) -> None:
    check_writers_at_once(tmp_path, processes=10, threads=1, seconds=60)


def test_ten_editors_at_work_for_a_minute_lose_nothing(tmp_path: Path) -> None:
    settings = Settings(index=tmp_path / "index", state=tmp_path / "state")
    with open_service(settings) as service:
        service.ingest([CORPUS])
    check_editors_at_once(settings, tmp_path / "state", editors=10, seconds=60)


def test_two_hundred_kills_of_a_process_that_decides_lose_nothing(tmp_path: Path) -> None:
    check_killed_deciders(tmp_path, kills=200, seed=8, longest=0.3)


def test_fuzzing_the_extractor_finds_nothing(tmp_path: Path) -> None:
    """Ten minutes of atheris, which mutates pages towards code that no page has reached yet."""
    found = tmp_path / "found"
    found.mkdir()
    fuzzer = Path(__file__).parent / "fuzz_extraction.py"
    command = [
        sys.executable,
        str(fuzzer),
        str(found),
        "-max_total_time=600",
        "-max_len=20000",
        "-timeout=20",
        "-seed=7",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout[-4_000:]}\n{done.stderr[-1_000:]}"
