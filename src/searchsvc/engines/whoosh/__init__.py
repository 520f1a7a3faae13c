"""The embedded default engine: Whoosh keeps schema, segments and stored fields, scoring is array arithmetic."""

from .index import WhooshEngine, open_engine, recorded_analysis

__all__ = ["WhooshEngine", "open_engine", "recorded_analysis"]
