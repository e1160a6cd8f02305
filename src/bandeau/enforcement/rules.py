"""What one page may load: the judge that the rewriter and the header gate ask."""

from __future__ import annotations

from collections import Counter
from urllib.parse import quote

from bandeau.core.policy import Kind, Mode, Policy, Service, Undeclared
from bandeau.enforcement.hosts import HostTable, Whose
from bandeau.enforcement.html.rules import KEEP, UNDECLARED, Met, Verdict

#: The most hosts of one page that are told apart when nobody declared them.
_MOST_HOSTS = 20


class Rules:
    """Judges the URLs and inline scripts of one page, for a set of allowed services.

    In report mode nothing is held; ``counts`` says what would have been, by service id ("?" for
    hosts that nobody declared).
    """

    def __init__(
        self,
        policy: Policy,
        hosts: HostTable,
        *,
        allowed: int,
        mode: Mode,
        page_url: str,
        own_host: str,
        language: str = "",
    ) -> None:
        self.counts: Counter[str] = Counter()
        self._released: set[str] = set()
        self._undeclared: set[str] = set()
        self._policy = policy
        self._hosts = hosts
        self._allowed = allowed
        self._holds = mode is Mode.ENFORCE
        self.page_url = page_url
        self._own_host = own_host
        # The frame that stands in for an embed speaks the page's language.
        self._spoken = f"&lang={language}" if language else ""
        self._refused_inline = [
            (service, service.inline)
            for i, service in enumerate(policy.services)
            if service.inline and not allowed >> i & 1
        ]

    def url(self, url: str, base: str, destination: str) -> Verdict:
        """Judge a URL as it stands in the markup; never raises."""
        base = base or self.page_url
        match = self._hosts.match(url, base, self._own_host)
        if match.kind is Whose.FIRST or match.kind is Whose.INERT:
            return KEEP
        if match.service is not None:
            if self._allowed >> match.index & 1:
                self._released.add(match.service.id)
                return KEEP
            return self._hold(
                Verdict(True, match.service.id, self._frame(match.service, url, base, destination))
            )
        if len(self._undeclared) < _MOST_HOSTS:
            self._undeclared.add(self._hosts.host(url, base))
        if match.kind is Whose.UNDECLARED and self._policy.enforce.undeclared_hosts is Undeclared.REPORT:
            self.counts["?"] += 1
            return KEEP
        return self._hold(UNDECLARED)

    def inline(self, text: str) -> Verdict:
        """Judge an inline script by the marks that services declare; never raises."""
        for service, marks in self._refused_inline:
            if any(mark in text for mark in marks):
                return self._hold(Verdict(True, service.id))
        return KEEP

    def met(self) -> Met:
        """Return what was judged so far; in report mode what is held is what would have been."""
        return Met(frozenset(self.counts), frozenset(self._released), frozenset(self._undeclared - {""}))

    def _hold(self, verdict: Verdict) -> Verdict:
        self.counts[verdict.service] += 1
        return verdict if self._holds else KEEP

    def _frame(self, service: Service, url: str, base: str, destination: str) -> str | None:
        if service.kind is not Kind.EMBED or destination != "iframe":
            return None
        target = quote(self._hosts.absolute(url, base), safe="")
        return f"{self._policy.enforce.prefix}/embed/{service.id}?u={target}{self._spoken}"
