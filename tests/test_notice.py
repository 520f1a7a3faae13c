"""Everything bundled that is no code has an entry in NOTICE, and the licences named there ship with the package."""

import re
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src/searchsvc"
#: Code, and what is made of it.
CODE = {".py", ".pyc", ".so", ".c", ".h", ".html"}


def entries() -> dict[str, tuple[str, str]]:
    """path -> (licence, where it comes from)."""
    lines = (ROOT / "NOTICE").read_text("utf-8").splitlines()
    parts = (line.split(" | ") for line in lines if " | " in line)
    return {path: (licence, source) for path, licence, source in parts}


def bundled() -> set[str]:
    files = (path for path in PACKAGE.rglob("*") if path.is_file() and path.suffix not in CODE)
    return {path.relative_to(PACKAGE).as_posix() for path in files if path.name != "py.typed"}


def test_every_bundled_file_has_an_entry_and_every_entry_a_file() -> None:
    assert entries().keys() == bundled()
    assert all(source for _, source in entries().values())


def test_every_licence_named_is_there_and_ships() -> None:
    shipped = metadata.distribution("searchsvc")
    names = {licence for licence, _ in entries().values()}
    assert names == {"MIT", "Apache-2.0"}
    for file in ("LICENSE", "NOTICE", *(f"licenses/{name}.txt" for name in names - {"MIT"})):
        assert shipped.read_text(f"licenses/{file}") == (ROOT / file).read_text("utf-8"), file
    assert "Version 2.0, January 2004" in (ROOT / "licenses/Apache-2.0.txt").read_text("utf-8")


def test_what_is_derived_from_others_says_so_itself() -> None:
    for path, (licence, source) in entries().items():
        if licence == "MIT":
            assert not re.search(r"derived from", source), path
        else:
            head = (PACKAGE / path).read_text("utf-8").splitlines()[0]
            assert "Open Chinese Convert (Apache 2.0)" in head
