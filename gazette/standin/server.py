"""The stand-in's server: a thread with an asyncio loop that accepts, remembers and answers."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Coroutine
from types import TracebackType

from standin.log import Connection, Hit, Log
from standin.tls import throw_away_context
from standin.vendors import answer_for
from standin.wire import (
    KEPT_BODY,
    LONGEST_HEAD,
    Answer,
    BadRequest,
    Request,
    read_request,
    websocket_answer,
    write_answer,
)

IDLE_SECONDS = 30
LONGEST_DELAY_MS = 10_000


class StandIn:
    """Every third party at once, on 127.0.0.1: whatever the `Host`, it answers, sets a cookie and remembers.

    `with StandIn() as third_parties: …` starts it on a free port and stops it at the end.
    """

    def __init__(self, port: int = 0, tls: bool = False) -> None:
        self.port = port
        self.tls = tls
        self._log = Log()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="stand-in", daemon=True)
        self._listener: socket.socket | None = None
        self._context: ssl.SSLContext | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def __enter__(self) -> StandIn:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def hits(self) -> list[Hit]:
        """The requests since the last reset, oldest first."""
        return self._log.hits

    @property
    def connections(self) -> int:
        """How many TCP connections were accepted since the last reset, with or without a request."""
        return len(self._log.connections)

    @property
    def connection_list(self) -> list[Connection]:
        """Those connections one by one."""
        return self._log.connections

    @property
    def connections_by_name(self) -> Counter[str]:
        """Those connections by name: the SNI over TLS, else the first `Host` ("" when nothing was sent)."""
        return self._log.names()

    def reset(self) -> None:
        """Forgets everything and closes what is open: a reused connection would not be counted again."""
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._forget(), self._loop).result(5)
        else:
            self._log.forget()

    def url(self, host: str, path: str = "/") -> str:
        """The address of a path on a host of this stand-in."""
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}{path}"

    def start(self) -> None:
        """Binds, then answers in a thread of its own."""
        self._context = throw_away_context() if self.tls else None
        if self._context:
            self._context.sni_callback = _remember_name
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=256)
        self._listener.setblocking(False)
        self.port = self._listener.getsockname()[1]
        self._thread.start()

    def stop(self) -> None:
        """Closes every connection and ends the thread."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(5)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.set_exception_handler(lambda loop, context: None)
        self._spawn(self._accept())
        self._loop.run_forever()
        self._loop.run_until_complete(self._close_all())
        if self._listener:
            self._listener.close()
        self._loop.close()

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _close_all(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _forget(self) -> None:
        self._log.forget()
        for task in tuple(self._tasks):
            if task.get_name() == "connection":
                task.cancel()

    async def _accept(self) -> None:
        # Accepting by hand, not with `start_server`: over TLS that one reports a connection only
        # after the handshake, and a bare TCP connection to a third party is a leak as well.
        while self._listener:
            try:
                sock, _ = await self._loop.sock_accept(self._listener)
            except OSError:
                await asyncio.sleep(0.05)
                continue
            connection = Connection(time.time())
            self._log.opened(connection)
            self._spawn(self._serve(sock, connection))

    async def _serve(self, sock: socket.socket, connection: Connection) -> None:
        if task := asyncio.current_task():
            task.set_name("connection")
        reader = asyncio.StreamReader(limit=LONGEST_HEAD)
        protocol = asyncio.StreamReaderProtocol(reader)
        try:
            transport, _ = await self._loop.connect_accepted_socket(lambda: protocol, sock, ssl=self._context)
        except (OSError, ssl.SSLError, asyncio.CancelledError):
            sock.close()
            return
        if shaken := transport.get_extra_info("ssl_object"):
            connection.sni = getattr(shaken, "standin_name", "")
        writer = asyncio.StreamWriter(transport, protocol, reader, self._loop)
        try:
            await self._converse(reader, writer, connection)
        except (OSError, asyncio.IncompleteReadError, TimeoutError, asyncio.CancelledError):
            pass
        except BadRequest:
            writer.write(write_answer(Answer(b"bad request", status=400), head_only=False, extra={}))
        finally:
            with contextlib.suppress(OSError):
                writer.close()

    async def _converse(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: Connection
    ) -> None:
        while request := await asyncio.wait_for(read_request(reader), IDLE_SECONDS):
            connection.requests += 1
            connection.host = connection.host or request.host
            if request.path.startswith("/__"):
                connection.control = True
                writer.write(self._control(request))
            elif request.header("upgrade").lower() == "websocket":
                self._remember(request)
                writer.write(_refuse_politely(request))
                return
            else:
                self._remember(request)
                writer.write(await _vendor(request, tls=self.tls))
            await writer.drain()
            if request.header("connection").lower() == "close":
                return

    def _remember(self, request: Request) -> None:
        hit = Hit(
            at=time.time(),
            host=request.host,
            method=request.method,
            path=request.path,
            query=request.query,
            cookie=request.header("cookie"),
            referer=request.header("referer"),
            sec_fetch_dest=request.header("sec-fetch-dest"),
            body=request.body[:KEPT_BODY].decode("utf-8", "replace"),
        )
        self._log.received(hit)

    def _control(self, request: Request) -> bytes:
        if request.path == "/__reset" and request.method == "POST":
            self._log.forget()
        elif request.path != "/__hits":
            return write_answer(Answer(b"unknown", status=404), head_only=False, extra={})
        body = json.dumps(self._log.as_json()).encode()
        return write_answer(
            Answer(body, "application/json"), head_only=False, extra={"Cache-Control": "no-store"}
        )


def _remember_name(shaken: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> None:
    shaken.standin_name = name or ""  # type: ignore[attr-defined]


def _refuse_politely(request: Request) -> bytes:
    answer, goodbye = websocket_answer(request.header("sec-websocket-key"))
    return write_answer(answer, head_only=True, extra={}) + goodbye


async def _vendor(request: Request, *, tls: bool) -> bytes:
    delay = request.field("delay")
    if delay.isdecimal():
        await asyncio.sleep(min(int(delay), LONGEST_DELAY_MS) / 1000)
    answer, extra = answer_for(request, tls=tls)
    return write_answer(answer, head_only=request.method == "HEAD", extra=extra)
