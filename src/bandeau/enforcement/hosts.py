"""Whose a URL is: the site's own, a declared service's, or nobody's that was declared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import can_ada

from bandeau.core.hostpattern import HostPattern
from bandeau.core.policy import Policy, Service

# data:, blob:, about: and javascript: stay inside the page (their own requests meet the page's
# policy), mailto: and tel: leave the browser: none of them reaches a host by itself.
_INERT = frozenset({"data:", "blob:", "about:", "javascript:", "mailto:", "tel:", "sms:", "cid:"})
_NETWORK_PORTS = {"http:": 80, "https:": 443, "ws:": 80, "wss:": 443}
# URL Standard §4.4: C0 controls and spaces around a URL are trimmed, tab, LF and CR removed anywhere.
_TRIMMED = "".join(map(chr, range(0x21)))
_REMOVED = {9: None, 10: None, 13: None}
_MEMORY = 8_192
_LONGEST_KEPT = 512


class Whose(StrEnum):
    """Whose a URL is; ``inert`` reaches no host, ``unparseable`` is read by no URL parser."""

    FIRST = "first"
    SERVICE = "service"
    UNDECLARED = "undeclared"
    INERT = "inert"
    UNPARSEABLE = "unparseable"


@dataclass(frozen=True, slots=True)
class Match:
    """Whose a URL is, and by which service's declaration (its place in ``policy.services``)."""

    kind: Whose
    service: Service | None = None
    index: int = -1


FIRST = Match(Whose.FIRST)
UNDECLARED = Match(Whose.UNDECLARED)
INERT = Match(Whose.INERT)
UNPARSEABLE = Match(Whose.UNPARSEABLE)


@dataclass(frozen=True, slots=True)
class _Entry:
    pattern: HostPattern
    match: Match
    #: The larger wins: a path before none (exact, then longer), a host before a wildcard, a port.
    weight: tuple[bool, bool, int, bool, int, bool, bool]


class HostTable:
    """The hosts of a policy, compiled: one look-up per URL.

    Of several patterns the most specific stands: a path before none (the longer first), a host
    before a wildcard. URLs are read as browsers read them (WHATWG URL), never by ``urllib``.
    """

    def __init__(self, policy: Policy) -> None:
        self._exact: dict[str, list[_Entry]] = {}
        self._below: dict[str, list[_Entry]] = {}
        for index, service in enumerate(policy.services):
            for pattern in service.hosts:
                self._add(pattern, Match(Whose.SERVICE, service, index))
        for pattern in policy.site.hosts:
            self._add(pattern, FIRST)
        # Repeats pure answers only, so threads may race on it; emptied when full.
        self._seen: dict[tuple[str, str, str], Match] = {}

    def match(self, url: str, base: str, own_host: str = "") -> Match:
        """Tell whose a URL is, as it stands in a document whose base URL is ``base``.

        Args:
            own_host: the host that was asked for the page (no port): first party, unless the
                policy says otherwise.
        """
        if url[:5].lower() == "data:":
            return INERT
        if len(url) > _LONGEST_KEPT:
            return self._match(url, base, own_host)
        found = self._seen.get((url, base, own_host))
        if found is None:
            if len(self._seen) >= _MEMORY:
                self._seen.clear()
            found = self._seen[url, base, own_host] = self._match(url, base, own_host)
        return found

    def absolute(self, url: str, base: str) -> str:
        """Return a URL in full, or as it stands when no URL parser reads it."""
        page = _parse(base)
        try:
            return str((can_ada.parse(url) if page is None else page + url).href)
        except (ValueError, TypeError):
            return url

    def host(self, url: str, base: str) -> str:
        """Return the host of a URL as a browser reads it; ``""`` when there is none."""
        page = _parse(base)
        try:
            return str((can_ada.parse(url) if page is None else page + url).hostname)
        except (ValueError, TypeError):
            return ""

    def match_parts(self, host: str, port: int | None, path: str) -> Match | None:
        """Tell who declared a host (lower-case ASCII), port and path; ``None`` when nobody did."""
        host = host.rstrip(".")  # "x.com." is the same machine as "x.com"
        best: _Entry | None = None
        for entry in self._candidates(host):
            if (best is None or entry.weight > best.weight) and entry.pattern.matches(host, port, path):
                best = entry
        return best.match if best else None

    def _match(self, url: str, base: str, own_host: str) -> Match:
        page = _parse(base)
        found = self._resolve(url, page, own_host)
        if found.kind is Whose.FIRST and _has_bare_scheme(url):
            # "https:x/y" is relative on an https page and absolute elsewhere (URL Standard §4.4,
            # scheme state), and behind a proxy our idea of the scheme may not be the browser's.
            return self._resolve(url, _parse(_swap_scheme(base)), own_host)
        return found

    def _resolve(self, url: str, page: can_ada.URL | None, own_host: str) -> Match:
        try:
            parsed = can_ada.parse(url) if page is None else page + url
        except (ValueError, TypeError):  # TypeError: a lone surrogate
            return UNPARSEABLE
        if parsed.protocol in _INERT:
            return INERT
        default = _NETWORK_PORTS.get(parsed.protocol)
        if default is None:
            # filesystem:, file:, intent:, unknown schemes: nobody declared them.
            return UNDECLARED
        found = self.match_parts(parsed.hostname, int(parsed.port or default), parsed.pathname)
        if found is None:
            return FIRST if parsed.hostname.rstrip(".") == own_host.rstrip(".") else UNDECLARED
        return found

    def _candidates(self, host: str) -> Iterator[_Entry]:
        yield from self._exact.get(host, ())
        dot = host.find(".")
        while dot >= 0:
            yield from self._below.get(host[dot + 1 :], ())
            dot = host.find(".", dot + 1)

    def _add(self, pattern: HostPattern, match: Match) -> None:
        wild = pattern.host.startswith("*.")
        weight = (
            bool(pattern.path),
            bool(pattern.path) and not pattern.path.endswith("/*"),
            len(pattern.path),
            not wild,
            len(pattern.host),
            pattern.port is not None,
            # Declared twice alike: the service's word counts, for it is the one that can refuse.
            match.kind is Whose.SERVICE,
        )
        entries, host = (self._below, pattern.host[2:]) if wild else (self._exact, pattern.host)
        entries.setdefault(host, []).append(_Entry(pattern, match, weight))


def _parse(text: str) -> can_ada.URL | None:
    # Never kept: what lives at exit makes the binding complain on stderr.
    try:
        return can_ada.parse(text)
    except (ValueError, TypeError):  # TypeError: a lone surrogate
        return None


def _has_bare_scheme(url: str) -> bool:
    """Tell whether http: or https: is written without the two slashes, or could be."""
    scheme = url.lstrip(_TRIMMED).translate(_REMOVED)[:8].lower()
    return scheme.startswith(("http:", "https:", "ws:", "wss:"))


def _swap_scheme(base: str) -> str:
    if base.startswith("https:"):
        return "http:" + base[6:]
    return "https:" + base[5:] if base.startswith("http:") else base
