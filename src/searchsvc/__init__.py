"""Full-text search for sites of Chinese articles: exact highlights, no server to run."""

from .config import Settings
from .errors import SearchServiceError
from .models import Hit, SearchResult, Snippet
from .service import SearchService, open_service
from .version import __version__

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
