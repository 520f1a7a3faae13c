"""Full-text search for sites of Chinese articles."""

__version__ = "0.1.0"
