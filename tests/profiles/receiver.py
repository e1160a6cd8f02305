"""Another server, on loopback, that is told of withdrawals."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass
class Receiver:
    """What it was told, and how it answers."""

    port: int = 0
    #: One for each call; the last one stays. "drip" sends a byte now and then, "hang" nothing.
    answers: list[int | str] = field(default_factory=lambda: [204])
    calls: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where it is told."""
        return f"http://127.0.0.1:{self.port}/erase?from=bandeau"


@contextmanager
def receiver(certificate: Path | None = None) -> Iterator[Receiver]:
    """Open it on a free port."""
    made = Receiver()
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            made.calls.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            answer = made.answers.pop(0) if len(made.answers) > 1 else made.answers[0]
            if isinstance(answer, int):
                self.send_response(answer)
                self.send_header("location", f"http://127.0.0.1:{made.port}/elsewhere")
                self.end_headers()
            while answer in ("drip", "hang") and not over.is_set():
                time.sleep(0.02)
                if answer == "drip":
                    self.wfile.write(b"HTTP/1.1 200 OK\r\nx: y"[:1])

        do_GET = do_POST  # noqa: N815 - the name in http.server

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A client that goes away is what is tested."""

    server = Server(("127.0.0.1", 0), Handler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    made.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield made
    finally:
        over.set()
        server.shutdown()
        thread.join()
        server.server_close()
