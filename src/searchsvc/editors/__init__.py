"""The editors' side, put together: what is known of duplicates, overlaid with what editors decided."""

from .desk import Editors

__all__ = ["Editors"]
