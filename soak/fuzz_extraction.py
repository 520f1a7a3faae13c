"""Coverage-guided fuzzing of decoding and extraction: `python soak/fuzz_extraction.py CORPUS [libFuzzer options]`."""

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["searchsvc.ingest"]):
    import searchsvc.ingest.extract  # noqa: F401 (instrumented before the tests import it)

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import test_fuzz_extraction as tests


def one_input(data: bytes) -> None:
    """A page, or with an odd first byte a plain text."""
    path = "p/1.txt" if data[:1] and data[0] % 2 else "p/1.html"
    tests.check(data[1:], path)


def main() -> None:
    """Runs until libFuzzer's options say stop; an exception, a hang or invented text is a finding."""
    seeds = Path(sys.argv[1])
    for number, page in enumerate(tests.pages()):
        (seeds / f"seed-{number}").write_bytes(b"\0" + page[:15_000])
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
