"""Bytes become articles: sources, charset, metadata, body, and the pipeline that runs them."""
