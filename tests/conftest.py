"""Fixtures shared by the flow tests: the sample corpus, read once a run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from searchsvc import SearchService, Settings, open_service

CORPUS = Path(__file__).parents[1] / "corpus"


@pytest.fixture(scope="session")
def corpus_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of an index that holds the whole sample corpus. Read only: tests that write make their own."""
    folder = tmp_path_factory.mktemp("corpus-index")
    settings = Settings(index=folder / "index", state=folder / "state")
    with open_service(settings) as service:
        report = service.ingest([CORPUS])
    assert (report.added, report.rejected) == (186, ())
    return settings


@pytest.fixture(scope="session")
def corpus_service(corpus_settings: Settings) -> Iterator[SearchService]:
    """A service over the whole sample corpus."""
    with open_service(corpus_settings) as service:
        yield service
