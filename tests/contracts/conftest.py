"""The engines that the contracts hold for."""

from pathlib import Path

import pytest

from searchsvc.engines import open_engine
from searchsvc.engines.whoosh import kernel
from searchsvc.protocols import Engine
from support_articles import DIGEST
from support_contract import Opener
from support_reference_engine import Disk, ReferenceEngine


@pytest.fixture(params=["whoosh", "whoosh in numpy", "reference"])
def opener(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opener:
    if request.param == "reference":
        disk = Disk()
        return lambda digest: ReferenceEngine(disk, digest)
    assert kernel.COMPILED, "the tests need the compiled loops: is there a C compiler?"
    if request.param == "whoosh in numpy":
        monkeypatch.setattr(kernel, "_compiled", None)
    return lambda digest: open_engine(tmp_path / "index", digest)


@pytest.fixture
def engine(opener: Opener) -> Engine:
    return opener(DIGEST)
