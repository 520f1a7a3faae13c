"""An ingest, or a writer, that is killed at any moment leaves the last committed index intact."""

from pathlib import Path

from support_kill import check_killed_ingests, check_killed_writers, copy_of


def test_ingests_killed_at_random_moments_leave_a_committed_state(tmp_path: Path) -> None:
    check_killed_ingests(tmp_path, kills=12, seed=11, write=copy_of("cms"), batch=10, longest=2.5)


def test_writers_killed_at_random_moments_leave_a_whole_commit(tmp_path: Path) -> None:
    check_killed_writers(tmp_path, kills=8, seed=11)
