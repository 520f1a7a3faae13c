"""The compiled loops of native/vectors.c, or None where there was no C compiler: numpy does the same, more slowly."""

from __future__ import annotations

import importlib
from typing import Any

try:
    compiled: Any = importlib.import_module("._vectors", __package__)
except ImportError:
    compiled = None
