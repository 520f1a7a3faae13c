"""The embedded default engine: Whoosh keeps schema, segments and stored fields, scoring is array arithmetic."""
