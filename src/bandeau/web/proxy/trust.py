"""Whom to believe about who asks: proxies in front that the operator names, and nobody else."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from bandeau.web.proxy.headers import TRUSTED, RawHeaders, Scope

#: Where nothing else is said: a server on the same machine.
LOOPBACK = ("127.0.0.0/8", "::1/128")
_PAIR = re.compile(r'([A-Za-z]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;,\s"]+)')
_ELEMENT = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^,"])+')


class Trust:
    """The proxies in front.

    Args:
        networks: their addresses or networks.
        standard: they write ``Forwarded`` (RFC 7239) instead of ``X-Forwarded-*``. Only one of the two is
            read: a proxy that writes the one hands on whatever a client put into the other.

    Raises:
        ValueError: a network is none.
    """

    def __init__(self, networks: Iterable[str] = LOOPBACK, *, standard: bool = False) -> None:
        self._networks: list[IPv4Network | IPv6Network] = [ip_network(name) for name in networks]
        self._standard = standard
        self.includes = lru_cache(4096)(self._includes)

    def resolve(self, scope: Scope) -> None:
        """Write into a scope who asks and by which scheme, if the peer may say so."""
        client = scope.get("client")
        if not client or not self.includes(client[0]):
            return
        scope[TRUSTED] = True
        hops, scheme = (_standard if self._standard else _usual)(scope["headers"])
        if scheme:
            scope["scheme"] = scheme
        for hop in reversed(hops):
            address = _address(hop)
            if not address:
                return  # unknown or hidden on purpose: who stands before it cannot be believed
            scope["client"] = (address, 0)
            if not self.includes(address):
                return

    def _includes(self, address: str) -> bool:
        try:
            found = ip_address(address.partition("%")[0])
        except ValueError:
            return False
        if isinstance(found, IPv6Address) and found.ipv4_mapped:
            found = found.ipv4_mapped
        return any(found in network for network in self._networks)


def _usual(headers: RawHeaders) -> tuple[list[str], str]:
    hops = [hop for value in _values(headers, b"x-forwarded-for") for hop in value.split(",")]
    schemes = [part for value in _values(headers, b"x-forwarded-proto") for part in value.split(",")]
    return hops, _scheme(schemes[-1] if schemes else "")


def _standard(headers: RawHeaders) -> tuple[list[str], str]:
    hops, scheme = list[str](), ""
    for value in _values(headers, b"forwarded"):
        for element in _ELEMENT.findall(value):
            pairs = {name.lower(): text.strip('"') for name, text in _PAIR.findall(element)}
            hops.append(pairs.get("for", ""))
            scheme = _scheme(pairs.get("proto", "")) or scheme
    return hops, scheme


def _values(headers: RawHeaders, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in headers if key == name]


def _scheme(text: str) -> str:
    scheme = text.strip().lower()
    return scheme if scheme in ("http", "https") else ""


def _address(hop: str) -> str:
    """Return the address of a hop without its port, or "" when it is none."""
    text = hop.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ip_address(text))
    except ValueError:
        return ""
