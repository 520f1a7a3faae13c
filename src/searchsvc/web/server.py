"""`searchsvc serve`: granian, several worker processes, each with a service that follows new commits."""

from __future__ import annotations

import atexit
import errno
import gc
import json
import os
import socket
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from flask import Flask
from granian.constants import Interfaces
from granian.server import Server

from ..access import Tokens, token_of
from ..config import Settings
from ..errors import PortUnavailable
from ..service import open_service
from .app import create_app

#: Workers are started from an import string, so the settings travel to them in this variable.
_VARIABLE: Final = "_SEARCHSVC_SERVE"
#: Threads of a worker. Searching holds the interpreter: with two threads that wait for one another a worker gives a
#: quarter fewer answers. Connections are the server's own business, so that slow ones keep nobody waiting.
_THREADS: Final = 1
_BACKLOG: Final = 1024


def serve(settings: Settings, *, editors_link: bool = False) -> None:
    """Serves until SIGTERM or SIGINT, then stops cleanly.

    IndexUnusable, PortUnavailable or ConfigError before anything starts. With `editors_link` a link that logs in is
    printed, and its token made if there is none; without, nothing secret is.
    """
    with open_service(settings) as service:
        service.snapshot()
    Tokens(settings).digests()
    _check_port(settings.host, settings.port)
    os.environ[_VARIABLE] = json.dumps(_plain(asdict(settings)))
    shown = f"[{settings.host}]" if ":" in settings.host else settings.host
    print(f"searchsvc: http://{shown}:{settings.port}{settings.root_path}/", file=sys.stderr, flush=True)
    if editors_link:
        # Where it listens on all addresses, the link is for this machine.
        host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else shown  # noqa: S104 - compared, not bound
        address = f"http://{host}:{settings.port}{settings.root_path}/editors/login"
        print(f"searchsvc: for editors: {address}?token={token_of(settings, 'editor')}", file=sys.stderr, flush=True)
    Server(
        "searchsvc.web.server:app_from_environment",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=_THREADS,
        backlog=_BACKLOG,
        factory=True,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
        log_enabled=True,
        log_level="warning",  # type: ignore[arg-type]
    ).serve()


def app_from_environment() -> Flask:
    """The application of one worker process."""
    values = json.loads(os.environ[_VARIABLE])
    service = open_service(Settings(), **values)
    service.warm()
    service.watch()
    # Half a million words of the dictionary are not looked through again at each collection.
    gc.collect()
    gc.freeze()
    atexit.register(service.close)
    return create_app(service)


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        # Workers may be started in another working directory.
        return str(value.absolute())
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


def _check_port(host: str, port: int) -> None:
    """Binds once and lets go: a taken port is one sentence instead of a crash of every worker."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            why = "another program is using it" if taken else (error.strerror or str(error))
            raise PortUnavailable(
                f"Cannot serve on {host}:{port}: {why}.", hint="Choose another with --port (make run PORT=8001)."
            ) from None
