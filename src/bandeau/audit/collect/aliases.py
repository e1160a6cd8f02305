"""Names of the site that lead to somebody else (CNAME): first party by name, third by who answers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

from bandeau.audit.collect.gate import Resolve, look_up
from bandeau.audit.collect.options import AuditOptions
from bandeau.audit.observation import Connection, Observation, Request, Socket

_LOOK_UP_SECONDS = 5.0
_SUFFIXES = PublicSuffixList()


class Aliases:
    """Looks up each of the site's names once in an audit."""

    def __init__(self, options: AuditOptions) -> None:
        self._sites = {_registrable(host) for host in options.hosts}
        # Names that lead elsewhere than DNS says are not asked of DNS.
        self._resolve: Resolve | None = options.resolve or (None if options.resolver_rules else look_up)
        self._known: dict[str, str] = {}

    async def of(self, observations: Iterable[Observation]) -> list[Connection]:
        """Return, for the first request to each of the site's names, what that name is an alias of."""
        first: dict[str, Request | Socket] = {}
        for fact in observations:
            if isinstance(fact, Request | Socket) and not fact.blocked_by:
                host = urlsplit(fact.url).hostname or ""
                if _registrable(host) in self._sites:
                    first.setdefault(host, fact)
        found = [(fact, host, await self._alias(host)) for host, fact in first.items()]
        return [
            Connection(step=fact.step, at_ms=fact.at_ms, host=host, kind="lookup", aliases=(alias,))
            for fact, host, alias in found
            if alias
        ]

    async def _alias(self, host: str) -> str:
        if self._resolve is None:
            return ""
        if host not in self._known:
            try:
                async with asyncio.timeout(_LOOK_UP_SECONDS):
                    _, self._known[host] = await self._resolve(host, 443)
            except (OSError, TimeoutError):
                self._known[host] = ""
        return self._known[host]


def _registrable(host: str) -> str:
    """Return the registrable domain of a host; an address or a name without one stands for itself."""
    if host.rpartition(".")[2].isdecimal() or ":" in host:
        return host
    return _SUFFIXES.privatesuffix(host) or host
