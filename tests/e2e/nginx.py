"""A real nginx as a shared cache in front of a local server."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_CONFIGURATION = """
daemon off;
master_process off;
pid {root}/nginx.pid;
error_log {root}/error.log warn;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {root}/body;
    proxy_temp_path {root}/proxy;
    fastcgi_temp_path {root}/fastcgi;
    uwsgi_temp_path {root}/uwsgi;
    scgi_temp_path {root}/scgi;
    proxy_cache_path {root}/cache keys_zone=pages:4m;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://127.0.0.1:{upstream};
            proxy_set_header Host $http_host;
            proxy_cache pages;
            proxy_cache_key $http_host$request_uri;
            {rules}
            add_header X-Cache $upstream_cache_status always;
        }}
    }}
}}
"""


@contextmanager
def shared_cache(root: Path, upstream: int, *, rules: str = "") -> Iterator[int]:
    """Run nginx with `proxy_cache` in front of a port; yield its own port.

    It caches what the response allows to be cached and nothing else, as a shared cache should.
    """
    port = _free_port()
    configuration = root / "nginx.conf"
    configuration.write_text(_CONFIGURATION.format(root=root, port=port, upstream=upstream, rules=rules))
    command = ["nginx", "-p", str(root), "-e", str(root / "error.log"), "-c", str(configuration)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port, server, root / "error.log")
        yield port
    finally:
        server.terminate()
        server.wait(10)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _wait_for(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError(f"nginx did not start: {log.read_text() if log.exists() else 'no log'}")
