"""Keeps what a long run needs of memory flat: glibc's allocator, told how, and asked between batches."""

from __future__ import annotations

import ctypes
from typing import Any, Final

#: mallopt's names for its settings, from glibc's malloc.h.
_M_MMAP_THRESHOLD: Final = -3
_M_ARENA_MAX: Final = -8
#: Blocks from this size on are pages of their own, which go back to the system when freed.
_OWN_PAGES: Final = 4 << 10


def _library() -> Any:
    try:
        found = ctypes.CDLL(None)
        return found if hasattr(found, "malloc_trim") and hasattr(found, "mallopt") else None
    except (OSError, TypeError):
        return None  # not glibc


_GLIBC: Final = _library()


def keep_flat() -> None:
    """Has one heap instead of one a thread, and large blocks outside it. Does nothing without glibc.

    It is for the whole process and for good, so only a command calls it, whose process does nothing else.
    Results arrive in one thread and are freed in another, between arrays of many sizes; and each freed large array
    raises glibc's limit for such blocks, so that later ones tear holes into the heap.
    """
    if _GLIBC is not None:
        _GLIBC.mallopt(_M_ARENA_MAX, 1)
        _GLIBC.mallopt(_M_MMAP_THRESHOLD, _OWN_PAGES)


def give_back() -> None:
    """Returns freed pages to the system: some 7 KB a page read, 400 MB after 60,000. Does nothing without glibc."""
    if _GLIBC is not None:
        _GLIBC.malloc_trim(0)
