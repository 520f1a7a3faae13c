"""The search page and the JSON API, over a service they are given."""

from .app import create_app

__all__ = ["create_app"]
