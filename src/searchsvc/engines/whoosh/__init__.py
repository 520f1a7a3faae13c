"""The embedded default engine: Whoosh keeps schema, segments and stored fields, scoring is array arithmetic."""

from .index import WhooshEngine, open_engine

__all__ = ["WhooshEngine", "open_engine"]
