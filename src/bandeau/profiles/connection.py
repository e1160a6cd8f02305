"""Connections to an address that was checked, whatever its name leads to a moment later."""

from __future__ import annotations

import socket
import ssl
from http.client import HTTPConnection, HTTPSConnection
from urllib.parse import SplitResult

from bandeau.core.address import is_public


def connection_to(parts: SplitResult, *, timeout: float, private: bool) -> HTTPConnection:
    """Return a connection to the server of an address, which is looked up and checked now.

    Raises:
        ValueError: one of its addresses is not of the open internet, and ``private`` is false.
        OSError: it has none.
    """
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(address[0]) for *_, address in found))
    # All of them: which one is taken must not depend on the order in which they came.
    if not private and not all(map(is_public, addresses)):
        raise ValueError("leads to an address of no open network; webhook_private = true allows it")
    kind = _Tls if parts.scheme == "https" else _Plain
    made = kind(host, port, timeout=timeout)
    made.address = addresses[0]
    return made


class _Plain(HTTPConnection):
    address = ""

    def connect(self) -> None:
        self.sock = socket.create_connection((self.address, self.port), self.timeout)


class _Tls(HTTPSConnection):
    address = ""

    def connect(self) -> None:
        plain = socket.create_connection((self.address, self.port), self.timeout)
        # The certificate is that of the name, whatever the address is.
        self.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=self.host)
