"""Where a result links to: the page's own URL on a believed host, else a rule, else the built-in view. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from .models import Article, article_key

#: Path of the built-in article view, below the service's root.
ARTICLE_VIEW = "/articles/"


def url_resolver(hosts: Sequence[str], rules: Sequence[tuple[str, str]]) -> Callable[[Article], str]:
    """A function from an article to its URL: `http(s)://...`, or `/articles/<key>` for the built-in view.

    1. The URL the page declares, when its host is one of `hosts` ("*" believes any).
    2. The first of `rules` (pattern over the id, replacement URL) whose pattern is found in the id.
    3. The built-in article view.
    """
    compiled = [(re.compile(pattern), replacement) for pattern, replacement in rules]
    believed = {host.lower() for host in hosts}

    def resolve(article: Article) -> str:
        if article.url and _host_believed(article.url, believed):
            return article.url
        for pattern, replacement in compiled:
            match = pattern.search(article.id)
            if match:
                url = match.expand(replacement)
                if is_web_url(url):
                    return url
        return ARTICLE_VIEW + article_key(article.id)

    return resolve


def is_web_url(url: str) -> bool:
    """True for an absolute http or https URL with a host, no white space and no control characters."""
    return _host_of(url) is not None


def _host_of(url: str) -> tuple[str, str] | None:
    if re.search(r"[\s\x00-\x1f\x7f\\]", url):
        return None
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not host or parts.username is not None:
        return None
    return host, f"{host}:{port}" if port else host


def _host_believed(url: str, believed: set[str]) -> bool:
    host = _host_of(url)
    return host is not None and ("*" in believed or bool(believed & set(host)))
