"""The request gate: what calls a declared first-party collector, and whether it passes."""

from __future__ import annotations

import re

from bandeau.core.policy import Service
from bandeau.core.request import RequestHead
from bandeau.enforcement.hosts import HostTable, Whose

_SLASHES = re.compile(r"[/\\]+")


def called_service(hosts: HostTable, head: RequestHead) -> tuple[int, Service] | None:
    """Return the service (and its place in the policy) that a request to this very host calls.

    A collector may live under a path of the site or on a host of its own that leads here (a
    CNAME, a server-side tag manager).
    """
    for path in _readings(head.path):
        match = hosts.match_parts(head.hostname, _port(head), path)
        if match is not None and match.kind is Whose.SERVICE and match.service is not None:
            return match.index, match.service
    return None


def _readings(path: str) -> set[str]:
    """Return the ways in which an application might read a path: as it is, or tidied.

    Frameworks differ over a last slash, ``;parameters`` (RFC 3986 §3.3) and what follows a NUL;
    a collector that one of them would reach is taken for called.
    """
    if not _needs_tidying(path):
        return {path}
    tidy = _tidy(path)
    bare = _tidy("/".join(part.partition(";")[0] for part in path.partition("\0")[0].split("/")))
    return {path, tidy, bare, tidy.rstrip("/"), bare.rstrip("/")}


def _needs_tidying(path: str) -> bool:
    return path.endswith("/") or any(mark in path for mark in ("//", "/.", "\\", ";", "\0"))


def _tidy(path: str) -> str:
    kept: list[str] = []
    for part in _SLASHES.split(path)[1:]:
        if part == "..":
            del kept[-1:]
        elif part != ".":
            kept.append(part)
    return "/" + "/".join(kept)


def _port(head: RequestHead) -> int | None:
    digits = head.host.rpartition(":")[2]
    if digits.isdecimal() and not head.host.endswith("]"):
        return int(digits)
    return 443 if head.scheme in ("https", "wss") else 80
