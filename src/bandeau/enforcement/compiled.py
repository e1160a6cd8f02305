"""A policy made ready to answer requests: everything that does not hang on the reader, counted once."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit
from zlib import crc32

from bandeau.core.policy import Mode, Policy
from bandeau.core.request import RequestHead
from bandeau.enforcement.cookies import CookieTable, Registrable
from bandeau.enforcement.csp import csp_text, header_text
from bandeau.enforcement.hosts import HostTable
from bandeau.enforcement.rules import Rules
from bandeau.enforcement.visit import Visit, steady_services

_MOST_TEXTS = 4_096
_HOST = re.compile(r"[A-Za-z0-9._-]+(?::[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](?::[0-9]{1,5})?")


class Compiled:
    """Host table, cookie table and policy texts of one policy.

    Args:
        registrable: returns the registrable domain of a host, "" when it has none.
        build: changes whenever what Bandeau puts into pages changes; part of entity tags.
    """

    def __init__(self, policy: Policy, registrable: Registrable, build: str = "") -> None:
        self.policy = policy
        self.registrable = registrable
        self.hosts = HostTable(policy)
        self.steady = steady_services(policy)
        self.cookies = CookieTable(policy, self.steady)
        self.vary = ("Cookie", "Sec-GPC") if any(p.gpc for p in policy.purposes) else ("Cookie",)
        self._build = build
        self._texts: dict[int, str] = {}

    @property
    def refuse_all(self) -> str:
        """The constant header of what is no page: it refuses all that could ever be refused."""
        return self.csp(self.steady)

    def csp(self, allowed: int) -> str:
        """Return the header's value for a set of allowed services."""
        text = self._texts.get(allowed)
        if text is None:
            if len(self._texts) >= _MOST_TEXTS:
                self._texts.clear()
            text = self._texts[allowed] = header_text(self.policy, csp_text(self.policy, allowed))
        return text

    def host(self, request: RequestHead) -> str:
        """Return the host and port of a request, or the site's when what it names is no host."""
        return request.host if _HOST.fullmatch(request.host) else urlsplit(self.policy.site.url).netloc

    def origin(self, request: RequestHead) -> str:
        """Return the origin that the reader sees: the asked host's when the site declares it."""
        site = self.policy.site
        if not site.declares(request.host):
            return site.url.rstrip("/")
        return f"{'https' if site.secure else 'http'}://{request.host.lower()}"

    def rules(self, request: RequestHead, allowed: int, mode: Mode, language: str = "") -> Rules:
        """Return the judge of one page, which speaks one of the site's languages."""
        scheme = "https" if self.policy.site.secure else request.scheme
        path = request.raw_path or quote(request.path)
        return Rules(
            self.policy,
            self.hosts,
            allowed=allowed,
            mode=mode,
            page_url=f"{scheme}://{self.host(request)}{path}",
            own_host=request.hostname,
            language=language,
        )

    def shared_suffix(self, mode: Mode) -> str:
        """Return what marks the entity tags of shared pages, so that no mode confirms another's page."""
        return f"{self.policy.revision:x}{self._build}.s{'' if mode is Mode.ENFORCE else mode.value[0]}"

    def private_suffix(self, visit: Visit) -> str:
        """Return what marks the entity tags of pages made for one choice."""
        # Not only what is allowed: the form in the page shows what was answered.
        made_of = (visit.allowed_services, visit.known, visit.signals.gpc, visit.mode.value)
        state = crc32(repr(made_of).encode())
        return f"{self.policy.revision:x}{self._build}.{state:08x}"
