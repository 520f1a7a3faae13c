"""An ingest that is killed at any moment leaves the last committed index intact."""

from pathlib import Path

from support_kill import check_killed_ingests


def test_twenty_kills_at_random_moments_leave_a_committed_state(tmp_path: Path) -> None:
    check_killed_ingests(tmp_path, kills=20, seed=11)
