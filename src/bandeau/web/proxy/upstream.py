"""The upstream: where it is, and the connections that are open to it."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections import deque
from urllib.parse import urlsplit

from bandeau.web.proxy.connection import Connection
from bandeau.web.proxy.failures import BUSY, UNREACHABLE, Failed
from bandeau.web.proxy.limits import IDLE_CONNECTION_SECONDS, MOST_IDLE, Limits


class Upstream:
    """Connections to one site, kept open and used again, the one used last first.

    Args:
        url: ``http://host:port``, ``https://host`` or ``unix:/path`` of a socket.

    Raises:
        ValueError: the URL is none of these.
    """

    def __init__(self, url: str, limits: Limits) -> None:
        self._limits = limits
        self._path = url.removeprefix("unix:") if url.startswith("unix:/") else ""
        parts = urlsplit(url)
        if not self._path and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError(f"the upstream is an http or https address or unix:/path, not {url!r}")
        if not self._path and (parts.path not in ("", "/") or parts.query or parts.username):
            raise ValueError(f"the upstream is a scheme, a host and a port alone, not {url!r}")
        self._host = parts.hostname or ""
        #: What stands in ``Host`` for a request that has none.
        self.authority = parts.netloc.encode("idna") or b"localhost"
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._port = parts.port or (443 if self._tls else 80)
        self._idle: deque[tuple[float, Connection]] = deque()
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._places = limits.connections

    def in_use(self) -> int:
        """Return how many connections are open, idle ones too."""
        return self._limits.connections - self._places

    async def open(self, *, fresh: bool) -> Connection:
        """Return a connection; a ``fresh`` one has carried nothing yet.

        Raises:
            Failed: the upstream cannot be reached, or no place became free in time.
        """
        now = asyncio.get_running_loop().time()
        while self._idle and not fresh:
            since, connection = self._idle.pop()
            if not connection.is_lost and now - since <= IDLE_CONNECTION_SECONDS:
                return connection
            connection.transport.abort()
        await self._take_place()
        try:
            async with asyncio.timeout(self._limits.connect_seconds):
                return await self._connect()
        except (OSError, TimeoutError) as error:
            self._free_place()
            raise Failed(UNREACHABLE, type(error).__name__) from error
        except BaseException:
            self._free_place()
            raise

    def give_back(self, connection: Connection) -> None:
        """End an exchange: keep the connection for the next when it can be used again."""
        if not connection.finish():
            return
        if len(self._idle) >= MOST_IDLE:
            connection.transport.close()
        else:
            self._idle.append((asyncio.get_running_loop().time(), connection))
        self._close_old()

    async def close(self) -> None:
        """Close what is idle; the loop may end right after."""
        while self._idle:
            # A TLS connection that is closed politely would outlive the loop.
            self._idle.pop()[1].transport.abort()
        await asyncio.sleep(0)

    async def _connect(self) -> Connection:
        loop = asyncio.get_running_loop()

        def make() -> Connection:
            return Connection(self._lost)

        if self._path:
            _, connection = await loop.create_unix_connection(make, self._path)
        else:
            _, connection = await loop.create_connection(make, self._host, self._port, ssl=self._tls)
        return connection

    def _close_old(self) -> None:
        now = asyncio.get_running_loop().time()
        while self._idle and now - self._idle[0][0] > IDLE_CONNECTION_SECONDS:
            self._idle.popleft()[1].transport.close()

    def _lost(self, connection: Connection) -> None:
        if not connection.is_busy:
            self._idle = deque(entry for entry in self._idle if entry[1] is not connection)
        self._free_place()

    async def _take_place(self) -> None:
        while self._places <= 0:
            if self._idle:
                # All are open and some idle: a fresh one is asked for, so one of those goes.
                self._idle.popleft()[1].transport.abort()
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(waiter)
            try:
                async with asyncio.timeout(self._limits.connect_seconds):
                    await waiter
            except TimeoutError:
                raise Failed(BUSY) from None
            finally:
                with contextlib.suppress(ValueError):
                    self._waiting.remove(waiter)
        self._places -= 1

    def _free_place(self) -> None:
        self._places += 1
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return
