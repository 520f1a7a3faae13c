"""Full-text search for sites of Chinese articles: exact highlights, no server to run."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .config import Settings
from .errors import SearchServiceError
from .models import Hit, SearchResult, Snippet
from .version import __version__

if TYPE_CHECKING:
    from .service import SearchService, open_service

__all__ = [
    "Hit",
    "SearchResult",
    "SearchService",
    "SearchServiceError",
    "Settings",
    "Snippet",
    "__version__",
    "open_service",
]


def __getattr__(name: str) -> Any:
    # Only when asked for: processes that read pages for an ingest import this package too, and are ready sooner.
    if name in {"SearchService", "open_service"}:
        return getattr(import_module(".service", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
