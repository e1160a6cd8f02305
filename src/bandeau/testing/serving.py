"""An application on a free port of this machine, in a thread, for as long as a test needs it."""

from __future__ import annotations

import inspect
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import uvicorn

_START_SECONDS = 15.0


def is_asgi(app: Any) -> bool:
    """Tell whether an application speaks ASGI; else it is taken for WSGI.

    An ASGI application is a coroutine function, an object whose call is one, or an object that is
    called with three arguments; WSGI calls with two.
    """
    call = app if inspect.isfunction(app) or inspect.ismethod(app) else type(app).__call__
    if inspect.iscoroutinefunction(call):
        return True
    needed = [
        each
        for each in inspect.signature(app).parameters.values()
        if each.default is each.empty and each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)
    ]
    return len(needed) == 3


@contextmanager
def serving(make: Callable[[str], Any]) -> Iterator[str]:
    """Serve what ``make`` returns for the address that it gets; yield that address.

    Raises:
        RuntimeError: the application did not start; what it said stands in the log.
    """
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        app = make(url)
        with _asgi(app, listener) if is_asgi(app) else _wsgi(app, listener):
            yield url
    finally:
        listener.close()


@contextmanager
def _asgi(app: Any, listener: socket.socket) -> Iterator[None]:
    config = uvicorn.Config(app, log_level="error", access_log=False, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        deadline = time.monotonic() + _START_SECONDS
        while not server.started:
            if not thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("the application did not start; see what it logged")
            time.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        thread.join(_START_SECONDS)


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    # Its threads wait for the next request of connections that a browser keeps open.
    block_on_close = False


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: a test prints what matters."""


@contextmanager
def _wsgi(app: Any, listener: socket.socket) -> Iterator[None]:
    host, port = listener.getsockname()
    listener.close()
    server = make_server(host, port, app, server_class=_Server, handler_class=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join(_START_SECONDS)
        server.server_close()
