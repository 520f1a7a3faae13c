"""The gate of the editors' side. Whatever lies under /editors or /api/v1/duplicates is closed unless opened here.

The guard goes by the path of a request, not by how a view was written: a page added later, and one that does not exist,
are behind it like all others. A view asks `current_editor()` who it is; a form contains `csrf_field()`.
"""

from __future__ import annotations

import logging
import re
from ipaddress import ip_address
from typing import Final
from urllib.parse import unquote, urlencode, urlsplit

from flask import Blueprint, Flask, Response, g, redirect, render_template, request, session
from markupsafe import Markup
from werkzeug.sansio.utils import host_is_trusted
from werkzeug.wrappers import Response as BaseResponse

from ..access import HOW_TO_CREATE, Tokens
from ..config import Settings
from ..errors import CrossSite, EditorsClosed, HostNotAllowed, TokenInvalid, TokenRequired
from .sessions import API, PAGES, EditorSessions

_log = logging.getLogger(__name__)

START: Final = f"{PAGES}/"
LOGIN: Final = f"{PAGES}/login"
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_HOST: Final = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::([0-9]{1,5}))?")
_WRONG: Final = "令牌不对，或者已经被撤销。请检查后重新输入。"


def current_editor() -> str | None:
    """Name of the token this request came with; None for visitors."""
    name: str | None = g.get("editor")
    return name


def protect(app: Flask, settings: Settings) -> None:
    """Puts the guard before every view of `app`, adds login and logout, and gives templates `csrf_field()`."""
    tokens = Tokens(settings)
    sessions = EditorSessions(app, settings, tokens)
    guard = _Guard(settings, tokens, sessions)
    app.before_request(guard.check)
    app.register_blueprint(_make_blueprint(tokens, sessions))
    app.add_template_global(current_editor, "current_editor")
    app.add_template_global(
        lambda: Markup('<input type="hidden" name="csrf_token" value="{}">').format(sessions.form_token()),
        "csrf_field",
    )


class _Guard:
    """Host, then token or session, then where a form came from."""

    def __init__(self, settings: Settings, tokens: Tokens, sessions: EditorSessions) -> None:
        self._settings = settings
        self._tokens = tokens
        self._sessions = sessions

    def check(self) -> BaseResponse | None:
        """None lets the request through. An AccessDenied, or a way to the login page, does not."""
        path = request.path
        if path.startswith(PAGES):
            self._check_host()
            return self._check_page()
        if path.startswith(API):
            self._check_host()
            g.editor = self._bearer()
        return None

    def _check_host(self) -> None:
        """Refuses names that an attacker may have pointed at this address (DNS rebinding); an address cannot be.

        Only the Host header counts, and loopback is no exception: behind a proxy every visitor comes from there.
        """
        host = request.headers.get("Host", "").lower()
        trusted = self._settings.trusted_hosts
        if trusted:
            allowed = host_is_trusted(host, trusted)
        else:
            name, _port = _split_host(host)
            allowed = name in {"localhost", self._settings.host.lower()} or _is_address(name)
        if not allowed:
            raise HostNotAllowed(
                "Editors' pages and API do not answer under this host name.",
                hint="Name the host in the option trusted_hosts.",
            )

    def _bearer(self) -> str:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        hint = "" if self._tokens.digests() else HOW_TO_CREATE
        if scheme.lower() != "bearer" or not token.strip():
            raise TokenRequired("This needs a token: Authorization: Bearer TOKEN.", hint=hint)
        name = self._tokens.name_of(token.strip())
        if name is None:
            raise TokenInvalid("This token is unknown or was revoked.", hint=hint)
        return name

    def _check_page(self) -> BaseResponse | None:
        self._sessions.key()  # says why, when there can be no session
        if not self._tokens.digests():
            raise EditorsClosed("There is no token, so nobody can be an editor.", hint=HOW_TO_CREATE)
        writing = request.method not in _READING
        if writing:
            _check_origin()
        g.editor = self._sessions.signed_in()
        if g.editor is None and request.path != LOGIN:
            wanted = "" if writing else request.full_path.removesuffix("?")
            more = f"?{urlencode({'next': wanted})}" if wanted not in {"", START} and _is_local(wanted) else ""
            return redirect(f"{request.script_root}{LOGIN}{more}", 303)
        if writing and not self._sessions.is_form_token(request.form.get("csrf_token", "")):
            raise CrossSite("The form came from another site, or from a page of an earlier session.")
        return None


def _check_origin() -> None:
    """Refuses what the browser says comes from elsewhere.

    `Origin: null` says nothing: browsers send it for every form of a page with Referrer-Policy no-referrer, as these
    pages are. The form's token decides then.
    """
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    elsewhere = site is not None and site not in {"same-origin", "none"}
    if origin is not None and origin != "null":
        name, port = _split_host(urlsplit(origin).netloc.lower())
        own_name, own_port = _split_host(request.headers.get("Host", "").lower())
        # A proxy may pass the host on without its port.
        elsewhere = elsewhere or name != own_name or (own_port is not None and port != own_port)
    if elsewhere:
        raise CrossSite("The request came from another site.")


def _split_host(host: str) -> tuple[str, str | None]:
    """Name and port; no name for what is no host."""
    found = _HOST.fullmatch(host)
    return (found[1], found[2]) if found else ("", None)


def _is_address(name: str) -> bool:
    try:
        ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True


def _is_local(target: str) -> bool:
    """Whether a path leads to an editors' page of this site, whatever browsers make of dots and backslashes."""
    path = re.split(r"[?#]", target, maxsplit=1)[0]
    return (
        target.startswith(START)
        and len(target) < 2_000
        and target.isprintable()
        and not set(target) & {"\\", " "}
        and ".." not in unquote(path).split("/")
    )


def _make_blueprint(tokens: Tokens, sessions: EditorSessions) -> Blueprint:
    """Login and logout. A wrong token costs no delay: a worker that slept would keep visitors waiting."""
    blueprint = Blueprint("access", __name__)

    @blueprint.route(LOGIN, methods=["GET", "POST"])
    def login() -> BaseResponse:
        values = request.form if request.method == "POST" else request.args
        token, wanted = values.get("token"), values.get("next", "")
        target = f"{request.script_root}{wanted if _is_local(wanted) else START}"
        if token is None:
            return redirect(target, 303) if current_editor() else _form(200, wanted)
        name = tokens.name_of(token.strip())
        if name is None:
            _log.warning("A wrong token was shown at the editors' login.")
            return _form(403, wanted, _WRONG)
        sessions.sign_in(name)
        return redirect(target, 303)

    @blueprint.post(f"{PAGES}/logout")
    def logout() -> BaseResponse:
        session.clear()
        return redirect(f"{request.script_root}{LOGIN}", 303)

    return blueprint


def _form(status: int, wanted: str, message: str = "") -> Response:
    kept = wanted if _is_local(wanted) else ""
    return Response(render_template("editors/login.html", wanted=kept, message=message), status, mimetype="text/html")
