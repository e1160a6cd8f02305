"""Real shared caches in front of a local server: nginx, and Varnish as docs/how-to/varnish.md sets it up."""

from __future__ import annotations

import re
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
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
        listen 127.0.0.1:{port}{tls};
        location / {{
            proxy_pass http://127.0.0.1:{upstream};
            proxy_set_header Host $http_host;
            proxy_cache pages;
            proxy_cache_key $http_host$request_uri;
            add_header X-Cache $upstream_cache_status always;
        }}
    }}
}}
"""


_HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "varnish.md"
#: What the tests see of the cache; a site needs none of it.
_TOLD = """
sub vcl_deliver { set resp.http.X-Cache = "MISS"; if (obj.hits > 0) { set resp.http.X-Cache = "HIT"; } }
"""


@contextmanager
def nginx_cache(root: Path, upstream: int, *, pem: Path | None = None) -> Iterator[int]:
    """Run nginx with `proxy_cache` in front of a port; yield its own port.

    It caches what the response allows to be cached and nothing else, as a shared cache should.
    """
    port = _free_port()
    configuration = root / "nginx.conf"
    tls = f" ssl; ssl_certificate {pem}; ssl_certificate_key {pem}" if pem else ""
    configuration.write_text(_CONFIGURATION.format(root=root, port=port, upstream=upstream, tls=tls))
    command = ["nginx", "-p", str(root), "-e", str(root / "error.log"), "-c", str(configuration)]
    with _running(command, port, root / "error.log"):
        yield port


@contextmanager
def varnish_cache(root: Path, upstream: int) -> Iterator[int]:
    """Run Varnish with the documented configuration in front of a port; yield its own port."""
    port = _free_port()
    found = re.search(r"```vcl\n(.*?)```", _HOW_TO.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    configuration = root / "default.vcl"
    configuration.write_text(found[1].replace('"8700"', f'"{upstream}"') + _TOLD)
    command = ["varnishd", "-F", "-j", "none", "-a", f"127.0.0.1:{port}", "-f", str(configuration)]
    with _running([*command, "-n", str(root / "varnish"), "-s", "malloc,16m"], port, root / "error.log"):
        yield port


@contextmanager
def _running(command: Sequence[str], port: int, log: Path) -> Iterator[None]:
    with log.with_suffix(".out").open("wb") as output:
        server = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        _wait_for(port, server, log)
        yield
    finally:
        server.terminate()
        server.wait(10)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _wait_for(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return
        except OSError:
            time.sleep(0.02)
    said = "\n".join(file.read_text() for file in (log, log.with_suffix(".out")) if file.exists())
    raise RuntimeError(f"the cache did not start: {said or 'it said nothing'}")
