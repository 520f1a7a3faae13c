"""Sessions of editors: Flask's signed cookie, sent to the editors' pages only, under a key all workers share.

A session names a token and holds a proof of it under that same key, so it ends with the token: at once, everywhere.
The cookie is SameSite=Lax: with Strict a link to a page, or the link that logs in, would lead from a mail or a chat to
the login form although the session holds. What Lax lets through are GETs, and those change nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import Final

from flask import Flask, Request, session
from flask import request as current_request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

from ..access import Tokens, session_key
from ..config import Settings
from ..errors import ConfigError

#: Where the editors' pages begin, and where their API does.
PAGES: Final = "/editors"
API: Final = "/api/v1/duplicates"
#: Without a request for this long a session ends.
LIFETIME: Final = timedelta(days=7)


class EditorSessions(SecureCookieSessionInterface):
    """Opens no session for visitors: their requests do no work for one and never carry its cookie."""

    salt = "searchsvc-editors"
    digest_method = staticmethod(hashlib.sha256)

    def __init__(self, app: Flask, settings: Settings, tokens: Tokens) -> None:
        self._app = app
        self._settings = settings
        self._tokens = tokens
        app.config.update(
            SESSION_COOKIE_NAME="searchsvc_editors",
            SESSION_COOKIE_PATH=f"{settings.root_path}{PAGES}",
            SESSION_COOKIE_HTTPONLY=True,
            SESSION_COOKIE_SAMESITE="Lax",
            SESSION_COOKIE_SECURE=settings.secure_cookies,
            PERMANENT_SESSION_LIFETIME=LIFETIME,
        )
        app.session_interface = self

    def key(self) -> bytes:
        """The key of sessions, read (or made) when first asked for. ConfigError when it cannot be."""
        if not self._app.secret_key:
            self._app.secret_key = session_key(self._settings)
        key = self._app.secret_key
        return key.encode() if isinstance(key, str) else key

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """None (a session that holds nothing) outside the editors' pages."""
        if not request.path.startswith(PAGES):
            return None
        try:
            self.key()
        except ConfigError:
            # Flask asks before errors can be answered. The guard asks for the key again, and its error is answered.
            return None
        return super().open_session(app, request)

    def sign_in(self, name: str) -> None:
        """Begins a new session for the token of this name; nothing of the one before is kept."""
        session.clear()
        session.permanent = True
        session["name"] = name
        session["proof"] = self._proof(self._tokens.digests()[name])
        # At once, not with the first form: pages opened side by side would each begin one of their own.
        session["nonce"] = secrets.token_hex(16)

    def signed_in(self) -> str | None:
        """The name of this session's token, if that token still exists as it was."""
        name, proof = session.get("name"), session.get("proof")
        known = self._tokens.digests().get(name) if isinstance(name, str) else None
        if known is None or not isinstance(proof, str):
            return None
        return name if hmac.compare_digest(proof, self._proof(known)) else None

    def form_token(self) -> str:
        """What each form of this session carries. Other sites cannot know it, and it ends with the session."""
        if "nonce" not in session:
            session.permanent = True
            session["nonce"] = secrets.token_hex(16)
        return self._keyed("form", str(session["nonce"]).encode())

    def is_form_token(self, given: str) -> bool:
        """Whether a form that was sent came from a page of this session."""
        return "nonce" in session and hmac.compare_digest(given.encode("utf-8", "replace"), self.form_token().encode())

    def get_cookie_secure(self, app: Flask) -> bool:
        """`Secure` when the option says so, or the request itself came by https. No header is believed."""
        return bool(app.config["SESSION_COOKIE_SECURE"]) or current_request.is_secure

    def _proof(self, token_digest: bytes) -> str:
        # Keyed: a cookie is signed but readable, and a plain digest could be searched for a weak token.
        return self._keyed("token", token_digest)

    def _keyed(self, purpose: str, value: bytes) -> str:
        return hmac.new(self.key(), purpose.encode() + b"\0" + value, "sha256").hexdigest()
