"""How `serve` and `proxy` run an application."""

from __future__ import annotations

import errno
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import uvicorn

from bandeau.cli.exits import ENVIRONMENT, INVALID
from bandeau.errors import BandeauError, PolicyError
from bandeau.site import Site
from bandeau.web.asgi import Application


def open_site(policy: Path) -> Site:
    """Open a site, or end with the text that says what is missing."""
    try:
        return Site.open(policy)
    except PolicyError as error:
        click.echo(str(error), err=True)
        sys.exit(INVALID)
    except (BandeauError, OSError) as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(ENVIRONMENT)


def run(app: Application, listener: socket.socket, *, saying: str) -> None:
    """Serve until interrupted; the address is printed on stderr."""
    click.echo(f"listening on {address_of(listener)} · {saying}", err=True)
    config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False, date_header=True)
    uvicorn.Server(config).run(sockets=[listener])


@contextmanager
def serving(application: Callable[[str], Application]) -> Iterator[str]:
    """Serve on a free port of this machine while something is done there; yield the address."""
    listener = listen("127.0.0.1", 0)
    address = address_of(listener)
    config = uvicorn.Config(application(address), log_level="error", access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        yield address
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def address_of(listener: socket.socket) -> str:
    """Return the URL at which a listening socket answers."""
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def listen(host: str, port: int) -> socket.socket:
    """Take an address, or end with the reason; port 0 takes a free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        hint = "; try --port 0 for a free one" if error.errno == errno.EADDRINUSE else ""
        click.echo(f"error: cannot listen on {host}:{port}: {error.strerror}{hint}", err=True)
        sys.exit(ENVIRONMENT)
    listener.listen(1024)
    listener.set_inheritable(True)
    return listener
