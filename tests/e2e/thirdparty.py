"""A stand-in for every third party: it answers anything and remembers who called.

A call is remembered three ways, because not every leak is a request: the host name of each TLS hello
(a preconnect never gets further), each HTTP request, and each name asked of its DNS-over-HTTPS service
(a dns-prefetch never opens a connection). Datagrams are counted on a port per name, since they carry none.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
import struct
import threading
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from .certificates import server_context

_PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_BODIES: dict[str, tuple[str, bytes]] = {
    "js": ("text/javascript", b"globalThis.thirdPartyRan=1;"),
    "mjs": ("text/javascript", b"export const ran=1;"),
    "css": ("text/css", b"body{color:#123}"),
    "gif": ("image/gif", _PIXEL),
    "html": ("text/html", b"<!doctype html><title>third party</title>"),
    "json": ("application/json", b"{}"),
    "vtt": ("text/vtt", b"WEBVTT\n"),
    "svg": ("image/svg+xml", b'<svg xmlns="http://www.w3.org/2000/svg"><g id="a"/></svg>'),
    "events": ("text/event-stream", b"data: x\n\n"),
}


@dataclass(slots=True)
class Calls:
    """What one host name received."""

    connections: int = 0
    requests: list[str] = field(default_factory=list)
    lookups: int = 0
    datagrams: int = 0

    def __bool__(self) -> bool:
        return bool(self.connections or self.requests or self.lookups or self.datagrams)


class StandIn:
    """One TLS server, one DNS-over-HTTPS service and some UDP ports, in a thread of their own.

    Use as a context manager. `set_cookies` names cookies that every answer sets, as trackers do;
    `datagram_hosts` names those that get a UDP port.
    """

    def __init__(
        self, pem: Path, *, set_cookies: tuple[str, ...] = (), datagram_hosts: tuple[str, ...] = ()
    ) -> None:
        self.port = 0
        self.udp_ports: dict[str, int] = dict.fromkeys(datagram_hosts, 0)
        self.accepted = 0
        self._pem = pem
        self._set_cookies = set_cookies
        self._pages: dict[str, tuple[str, bytes]] = {}
        self._calls: dict[str, Calls] = {}
        self._lock = threading.Lock()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> StandIn:
        self._thread.start()
        if not self._ready.wait(10):
            raise TimeoutError("the stand-in did not start")
        return self

    def __exit__(self, *_exc: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def answer(self, host: str, content_type: str, body: bytes) -> None:
        """Answer every request to `host` with this body instead of one chosen by the path."""
        self._pages[host] = (content_type, body)

    def calls(self, host: str) -> Calls:
        """Return what `host` received so far."""
        with self._lock:
            seen = self._calls.get(host, Calls())
            return Calls(seen.connections, list(seen.requests), seen.lookups, seen.datagrams)

    def called_hosts(self) -> set[str]:
        """Return every host name that received anything."""
        with self._lock:
            return {host for host, calls in self._calls.items() if calls}

    def forget(self) -> None:
        """Start a new page in the log."""
        with self._lock:
            self._calls.clear()
            self.accepted = 0

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        context = server_context(self._pem)
        context.sni_callback = self._note_hello
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0, ssl=context)
        self.port = server.sockets[0].getsockname()[1]
        transports = [await self._listen(host) for host in self.udp_ports]
        self._ready.set()
        await self._stop.wait()
        for transport in transports:
            transport.close()
        server.close()
        await self._drop_connections()

    async def _listen(self, host: str) -> asyncio.DatagramTransport:
        transport, _ = await self._loop.create_datagram_endpoint(
            lambda: _Counter(self, host), local_addr=("127.0.0.1", 0)
        )
        self.udp_ports[host] = transport.get_extra_info("sockname")[1]
        return transport

    def note_datagram(self, host: str) -> None:
        """Remember one datagram on the port of `host`."""
        with self._lock:
            self._of(host).datagrams += 1

    async def _drop_connections(self) -> None:
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0.05)

    def _note_hello(self, _socket: object, name: str | None, _context: ssl.SSLContext) -> None:
        with self._lock:
            self.accepted += 1
            if name is not None:
                self._of(name).connections += 1

    def _of(self, host: str) -> Calls:
        return self._calls.setdefault(host, Calls())

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
            await self._answer(head, reader, writer)
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    async def _answer(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line, *rest = head.decode("latin-1").split("\r\n")
        method, target, _ = line.split(" ", 2)
        headers = {name.lower(): value.strip() for name, _, value in (h.partition(":") for h in rest)}
        body = await _body(reader, headers)
        if target.startswith("/dns-query"):
            reply = self._resolve(target, body)
            writer.write(_response("application/dns-message", reply))
        else:
            host = headers.get("host", "").partition(":")[0]
            with self._lock:
                self._of(host).requests.append(f"{method} {target}")
            writer.write(self._document(host, target, headers))
        await writer.drain()

    def _document(self, host: str, target: str, headers: dict[str, str]) -> bytes:
        suffix = target.partition("?")[0].rpartition(".")[2]
        content_type, body = self._pages.get(host) or _BODIES.get(suffix, ("text/plain", b"ok"))
        extra = [f"Set-Cookie: {name}=1; Path=/; Secure; SameSite=None" for name in self._set_cookies]
        origin = headers.get("origin", "*")
        extra += [f"Access-Control-Allow-Origin: {origin}", "Access-Control-Allow-Headers: *"]
        if origin != "*":
            extra.append("Access-Control-Allow-Credentials: true")
        return _response(content_type, body, extra)

    def _resolve(self, target: str, body: bytes) -> bytes:
        query = body or _unpadded(parse_qs(urlsplit(target).query)["dns"][0])
        name, end = _question(query)
        kind = struct.unpack("!H", query[end : end + 2])[0]
        with self._lock:
            self._of(name).lookups += 1
        return _dns_reply(query, end, address=kind == 1)


class _Counter(asyncio.DatagramProtocol):
    def __init__(self, owner: StandIn, host: str) -> None:
        self._owner = owner
        self._host = host

    def datagram_received(self, data: bytes, addr: object) -> None:
        self._owner.note_datagram(self._host)


async def _body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    length = int(headers.get("content-length", "0") or 0)
    return await reader.readexactly(length) if length else b""


def _response(content_type: str, body: bytes, extra: list[str] | None = None) -> bytes:
    lines = [
        "HTTP/1.1 200 OK",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *(extra or []),
    ]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def _unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _question(query: bytes) -> tuple[str, int]:
    """Return the name asked for and where its type stands (RFC 1035 §4.1.2)."""
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode("ascii"))
        at += 1 + query[at]
    return ".".join(labels), at + 1


def _dns_reply(query: bytes, end: int, *, address: bool) -> bytes:
    answers = 1 if address else 0
    head = query[:2] + struct.pack("!HHHHH", 0x8180, 1, answers, 0, 0)
    record = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 60, 4) + bytes([127, 0, 0, 1])
    return head + query[12 : end + 4] + (record if address else b"")
