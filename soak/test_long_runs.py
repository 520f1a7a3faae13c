"""The long runs behind the samples of `make test`: many kills, many queries."""

from pathlib import Path

from searchsvc import open_service
from support_kill import check_killed_ingests
from support_queries import check_random_queries

CORPUS = Path(__file__).parents[1] / "corpus"


def test_a_hundred_kills_leave_a_committed_state_each_time(tmp_path: Path) -> None:
    check_killed_ingests(tmp_path, kills=100, seed=1)


def test_a_hundred_thousand_random_queries_raise_nothing(tmp_path: Path) -> None:
    with open_service(index=tmp_path / "index", state=tmp_path / "state") as service:
        service.ingest([CORPUS])
        check_random_queries(service, count=100_000, seed=2)
