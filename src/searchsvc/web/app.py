"""Puts the application together: blueprints, errors, headers. Nothing is built at import."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask, Response, request

from ..service import SearchService
from . import api, editors_api, pages
from .access import protect
from .editors import register_editors
from .problems import register_problems
from .sessions import API, PAGES

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: No script, no foreign content: what the pages hold is text, one style sheet and links.
_CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS = (
    ("Content-Security-Policy", _CSP),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
    ("Cache-Control", "no-cache"),
)
_API_HEADERS = (*_HEADERS, ("Access-Control-Allow-Origin", "*"))
#: The editors' side leaves no trace in caches, in search engines or at other sites, and no other site may read it.
_EDITORS_HEADERS = (
    ("Content-Security-Policy", f"{_CSP}; script-src 'self'"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
    ("X-Robots-Tag", "noindex"),
)


def create_app(service: SearchService) -> Flask:
    """A WSGI application over `service`, which stays the caller's to close."""
    app = Flask(__name__, static_url_path="/static")
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.config["MAX_CONTENT_LENGTH"] = 2_000_000
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 3600
    if service.settings.trusted_hosts:
        app.config["TRUSTED_HOSTS"] = list(service.settings.trusted_hosts)
    protect(app, service.settings)
    app.register_blueprint(api.make_blueprint(service))
    app.register_blueprint(editors_api.make_blueprint(service))
    app.register_blueprint(pages.make_blueprint(service))
    register_editors(app, service)
    register_problems(app)
    app.after_request(_add_headers)
    if service.settings.root_path:
        app.wsgi_app = _Mounted(app.wsgi_app, service.settings.root_path)  # type: ignore[method-assign]
    return app


class _Mounted:
    """Serves below a path, whether the proxy in front keeps that path in what it forwards or takes it off."""

    def __init__(self, app: WSGIApplication, root: str) -> None:
        self._app = app
        self._root = root

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == self._root or path.startswith(f"{self._root}/"):
            environ["PATH_INFO"] = path[len(self._root) :] or "/"
        environ["SCRIPT_NAME"] = self._root
        return self._app(environ, start_response)


def _add_headers(response: Response) -> Response:
    """Adds what the view has not set. Looking once through the names takes a third of the time of `setdefault`s."""
    there = {name.lower() for name in response.headers.keys()}  # noqa: SIM118 - iterating gives pairs
    path = request.path
    wanted: tuple[tuple[str, str], ...]
    if path.startswith("/api/"):
        # Reading is all that visitors' endpoints allow, so any site may build on them.
        wanted = _EDITORS_HEADERS if path.startswith(API) else _API_HEADERS
    else:
        wanted = _EDITORS_HEADERS if path.startswith(PAGES) else _HEADERS
    response.headers.extend([one for one in wanted if one[0].lower() not in there])
    return response
