"""Which index engine answers: `open_engine` knows them by name and imports only the one asked for."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Final, cast

from ..errors import ConfigError
from ..protocols import Engine

#: Engine name -> module with functions `open_engine(index_dir, segmenter_digest)` and `recorded_analysis(index_dir)`.
_ENGINES: Final = {"whoosh": "searchsvc.engines.whoosh.index"}


def open_engine(index_dir: Path, segmenter_digest: str, name: str = "whoosh") -> Engine:
    """The engine of this name over a folder, which need not exist yet. ConfigError for an unknown name."""
    module = _ENGINES.get(name)
    if module is None:
        raise ConfigError(f"There is no engine {name!r}.", hint=f"Engines are: {', '.join(sorted(_ENGINES))}.")
    return cast(Engine, import_module(module).open_engine(index_dir, segmenter_digest))


def recorded_analysis(index_dir: Path, name: str = "whoosh") -> str:
    """Digest of the segmenter an index was written with; "" when there is none, or none that can be read."""
    return cast(str, import_module(_ENGINES[name]).recorded_analysis(index_dir)) if name in _ENGINES else ""
