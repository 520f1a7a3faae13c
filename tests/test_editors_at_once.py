"""Ten editors at work at once lose nothing of one another's (for a minute: `make soak`)."""

from pathlib import Path

from searchsvc import Settings
from support_editors import check_editors_at_once


def test_ten_editors_at_once_lose_nothing(corpus_settings: Settings, tmp_path: Path) -> None:
    check_editors_at_once(corpus_settings, tmp_path / "state", editors=10, seconds=6)
