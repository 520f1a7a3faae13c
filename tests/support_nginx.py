"""A real nginx in a folder of its own: its pid, logs and temporary files lie there, and it runs without rights."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from support_browser import free_port

#: As an operator writes it; every header a visitor sends is passed on, also those that name somebody else.
_CONFIG = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 128; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {http}
    server {{
        listen 127.0.0.1:{port};
        {server}
        location / {{
            proxy_pass {upstream};
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
        }}
    }}
}}
"""


def nginx() -> str:
    """Path of nginx: $NGINX, else an installed one. RuntimeError when there is none."""
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
    found = os.environ.get("NGINX") or shutil.which("nginx", path=path)
    if found is None:
        raise RuntimeError("No nginx found; run tools/system.sh")
    return found


@contextmanager
def running_nginx(upstream: str, http: str = "", server: str = "") -> Iterator[int]:
    """Port of an nginx before `upstream`, until the block is left. RuntimeError when it does not start or stop.

    `http` and `server` are more directives, as an operator adds them to these blocks.
    """
    program, port = nginx(), free_port()
    with tempfile.TemporaryDirectory(prefix="searchsvc-nginx-") as name:
        folder = Path(name)
        config = folder / "nginx.conf"
        config.write_text(
            _CONFIG.format(folder=folder, port=port, upstream=upstream, http=http, server=server), "utf-8"
        )
        process = subprocess.Popen(
            [program, "-p", str(folder), "-c", str(config)], stderr=subprocess.DEVNULL, **_without_rights(folder)
        )
        try:
            _wait_until_open(port, process, folder / "error.log")
            yield port
        finally:
            process.terminate()
            code = process.wait(20)
        if code != 0:
            raise RuntimeError(f"nginx ended with {code}: {(folder / 'error.log').read_text('utf-8')}")


def _without_rights(folder: Path) -> dict[str, Any]:
    """How root starts it as nobody, who then owns the folder; others start it as themselves."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    for path in (folder, *folder.iterdir()):
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _wait_until_open(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if process.poll() is not None:
            said = log.read_text("utf-8") if log.exists() else "nothing"
            raise RuntimeError(f"nginx ended with {process.returncode} and said: {said}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("nginx did not open its port")
