"""The gate: the one way out of a browser that visits strangers' pages.

A visited page may name any address, and may let a name lead to another one a moment later. So the browser
has one proxy (SOCKS5, RFC 1928), here: it looks each name up itself, refuses what is not public, and
connects to the very address that it has checked. Redirects, frames, workers and scripts all pass it.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from bandeau.audit.collect.chromium import NOWHERE_PORT
from bandeau.audit.collect.clock import now_ms
from bandeau.core.address import is_public

#: Returns the addresses of a name, and the name that it is an alias of (``""`` when it is none).
Resolve = Callable[[str, int], Awaitable[tuple[list[str], str]]]

_CONNECT_SECONDS = 10.0
_CHUNK = 1 << 16
_OK, _FAILED, _NOT_ALLOWED, _NOT_SUPPORTED = 0, 1, 2, 7
_CONNECT, _IPV4, _NAME, _IPV6 = 1, 1, 3, 4


class Gate:
    """Lets connections out to public addresses, and to the places of this machine that are ``allowed``."""

    def __init__(
        self,
        *,
        resolve: Resolve | None = None,
        allowed: frozenset[tuple[str, int]] = frozenset(),
        is_stopped: Callable[[str], bool] = lambda host: False,
    ) -> None:
        self.port = 0
        #: Host → the address that it led to, for what was refused.
        self.refused: dict[str, str] = {}
        #: What was let out: wall time in milliseconds, host and port.
        self.passed: list[tuple[float, str, int]] = []
        self._resolve = resolve or look_up
        self._allowed = allowed
        self._is_stopped = is_stopped
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def arguments(self) -> tuple[str, ...]:
        """What a browser is started with, so that nothing goes past the gate."""
        return (
            f"--proxy-server=socks5://127.0.0.1:{self.port}",
            # Chromium would reach this machine's own addresses without any proxy.
            "--proxy-bypass-list=<-loopback>",
            "--disable-quic",
        )

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            host, port = await _asked(reader, writer)
            there = await self._connect(host, port)
            if isinstance(there, int):
                writer.write(_reply(there))
                await writer.drain()
                return
            self.passed.append((now_ms(), host, port))
            writer.write(_reply(_OK))
            await _relay((reader, writer), there)
        except (OSError, EOFError, ValueError, TimeoutError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _connect(self, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | int:
        """Return a connection to an address that was checked, or the code of a refusal."""
        if self._is_stopped(host):
            return _NOT_ALLOWED
        if (host, port) in self._allowed:
            return await asyncio.open_connection("127.0.0.1", port)
        try:
            addresses, _ = await self._resolve(host, port)
        except OSError:
            return _FAILED
        for address in addresses:
            if not is_public(address):
                if port != NOWHERE_PORT:  # the browser's own calls, and the audit's
                    self.refused[host] = address
                return _NOT_ALLOWED
        for address in addresses:
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(_CONNECT_SECONDS):
                    return await asyncio.open_connection(address, port)
        return _FAILED


@asynccontextmanager
async def open_gate(gate: Gate) -> AsyncIterator[Gate]:
    """Open a gate on a free port of this machine, and close it with all that passes."""
    server = await asyncio.start_server(gate._answer, "127.0.0.1", 0)
    gate.port = server.sockets[0].getsockname()[1]
    try:
        yield gate
    finally:
        server.close()
        for task in list(gate._tasks):
            task.cancel()
        await asyncio.gather(*gate._tasks, return_exceptions=True)


async def look_up(host: str, port: int) -> tuple[list[str], str]:
    """Ask the system for the addresses of a name, and for its canonical one."""
    found = await asyncio.get_running_loop().getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_CANONNAME
    )
    addresses = list(dict.fromkeys(str(address[0]) for *_, address in found))
    canonical = next((name for _, _, _, name, _ in found if name), "").rstrip(".")
    return addresses, "" if canonical in (host, *addresses) else canonical


async def _asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[str, int]:
    """Take greeting and request (RFC 1928 §3 and §4); return the host and port that are asked for.

    Raises:
        ValueError: it is no SOCKS5 request, or not one to connect.
    """
    version, methods = await reader.readexactly(2)
    await reader.readexactly(methods)
    if version != 5:
        raise ValueError("not SOCKS5")
    writer.write(b"\x05\x00")
    _, command, _, kind = await reader.readexactly(4)
    if kind == _NAME:
        host = (await reader.readexactly((await reader.readexactly(1))[0])).decode("ascii")
    elif kind in (_IPV4, _IPV6):
        host = str(ipaddress.ip_address(await reader.readexactly(4 if kind == _IPV4 else 16)))
    else:
        raise ValueError("an unknown kind of address")
    port = int.from_bytes(await reader.readexactly(2), "big")
    if command != _CONNECT:
        writer.write(_reply(_NOT_SUPPORTED))
        raise ValueError("only connections pass")
    return host.lower(), port


def _reply(code: int) -> bytes:
    return bytes((5, code, 0, _IPV4, 0, 0, 0, 0, 0, 0))


async def _relay(
    near: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    far: tuple[asyncio.StreamReader, asyncio.StreamWriter],
) -> None:
    """Pass bytes both ways until both ends have said all."""
    try:
        await asyncio.gather(_pump(near[0], far[1]), _pump(far[0], near[1]))
    finally:
        far[1].close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
