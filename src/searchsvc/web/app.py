"""Puts the application together: blueprints, errors, headers. Nothing is built at import."""

from __future__ import annotations

from flask import Flask, Response, request

from ..service import SearchService
from . import api, pages
from .problems import register_problems

#: No script, no foreign content: what the pages hold is text, one style sheet and links.
_CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cache-Control": "no-cache",
}


def create_app(service: SearchService) -> Flask:
    """A WSGI application over `service`, which stays the caller's to close."""
    app = Flask(__name__, static_url_path="/static")
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.config["MAX_CONTENT_LENGTH"] = 2_000_000
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 3600
    if service.settings.trusted_hosts:
        app.config["TRUSTED_HOSTS"] = list(service.settings.trusted_hosts)
    app.register_blueprint(api.make_blueprint(service))
    app.register_blueprint(pages.make_blueprint(service))
    register_problems(app)
    app.after_request(_add_headers)
    return app


def _add_headers(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if request.path.startswith("/api/"):
        # Reading is all that visitors' endpoints allow, so any site may build on them.
        response.headers.setdefault("Access-Control-Allow-Origin", "*")
    return response
