"""What editors' work means for searching: implements protocols.Overlay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class EditorialOverlay:
    """Hidden articles and groups of near copies, of one version of what they come from."""

    version: object
    hidden: frozenset[str]
    groups: Mapping[str, int]
