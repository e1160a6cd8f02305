"""Options of an audit: where to look, what to try, how far to go."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from bandeau.audit.collect.gate import Resolve
from bandeau.audit.collect.tab import Pace
from bandeau.audit.observation import ServerFact
from bandeau.audit.recording import Visit
from bandeau.audit.scenarios import Scenario, needed
from bandeau.core.policy import Kind, Policy

#: Asked after each visit with the cookies (name → value) that it had at the end of each step, by the step's
#: name: the subject's id is among them, so the server's side of the same visit can be found.
ServerSide = Callable[[Mapping[str, Mapping[str, str]]], Sequence[ServerFact]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditOptions:
    """What ``audit_site`` is told.

    ``urls`` are the pages to begin with; ``max_pages`` how many are visited in each scenario, of those and
    of what the sitemap (``sitemap``) and links lead to. ``stop_advertising`` keeps the requests of services
    of kind ``ads`` from leaving wherever a scenario allows them: they are recorded, and nobody pays for an
    impression that nobody had. ``allow_private`` lets the browser reach addresses of this machine and its
    networks; without it, every connection is checked and leads to the address that was checked.
    """

    urls: tuple[str, ...]
    policy: Policy | None = None
    scenarios: tuple[Scenario, ...] = ()
    max_pages: int = 2
    sitemap: bool = False
    #: Visits at the same time; 0: twice the processors.
    jobs: int = 0
    #: How often each scenario is tried.
    repeat: int = 1
    stop_advertising: bool = True
    allow_private: bool = False
    #: Certificates are not checked (a staging site).
    insecure: bool = False
    #: Find consent managers of other makes, too.
    generic: bool = False
    http_auth: tuple[str, str] | None = None
    #: Sent to the site's own hosts alone.
    headers: tuple[tuple[str, str], ...] = ()
    #: Cookies and Web Storage to begin with, in Playwright's form of ``storage_state``.
    storage_state: Mapping[str, object] | None = None
    language: str = ""
    timezone: str = "Europe/Paris"
    viewport: tuple[int, int] = (1280, 900)
    pace: Pace = field(default_factory=Pace)
    #: Where evidence is written: pictures, the panel's markup and tree. ``None``: none is kept.
    evidence: Path | None = None
    #: The text of axe-core, which then examines the panel.
    axe: str = ""
    #: Chromium's ``--host-resolver-rules``, where names lead elsewhere than DNS says.
    resolver_rules: str = ""
    #: Returns the addresses of a name and what it is an alias of; ``None``: the system is asked.
    resolve: Resolve | None = None
    executable: str = ""
    #: The most memory of one browser, in megabytes.
    max_memory_mb: int = 2048
    #: The most that one visit receives, in megabytes.
    max_received_mb: int = 200
    server_side: ServerSide | None = None
    #: Called with a number of days when the site's clock is to move, and with 0 when it is to come back.
    move_server_clock: Callable[[int], None] | None = None
    #: Visits of an earlier, interrupted run with the same options: they are not made again.
    done: tuple[Visit, ...] = ()
    #: What values are hashed with, for a run that is resumed; ``b""``: chosen anew.
    salt: bytes = b""

    def __post_init__(self) -> None:
        if not self.urls:
            raise ValueError("an audit needs at least one URL")
        for url in self.urls:
            if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
                raise ValueError(f"{url!r} is not an http or https URL")
        for name, value in (("max_pages", self.max_pages), ("repeat", self.repeat)):
            if value < 1:
                raise ValueError(f"{name} is at least 1, not {value}")

    @property
    def tried(self) -> tuple[Scenario, ...]:
        """The scenarios to try: those named, or those that the policy needs."""
        return self.scenarios or needed(self.policy)

    @property
    def at_once(self) -> int:
        """How many visits are made at the same time."""
        return self.jobs or 2 * (os.cpu_count() or 1)

    @property
    def switches(self) -> tuple[str, ...]:
        """The purposes that a reader can switch."""
        return tuple(purpose.id for purpose in self.policy.switches()) if self.policy else ()

    @property
    def remember_days(self) -> int:
        """How long a choice is to stand."""
        return self.policy.remember_days if self.policy else 182

    @property
    def prefix(self) -> str:
        """Where Bandeau's own addresses begin on the site."""
        return self.policy.enforce.prefix if self.policy else "/bandeau"

    @property
    def hosts(self) -> frozenset[str]:
        """The site's own hosts: those of the URLs, and those that the policy names one by one."""
        own = {urlsplit(url).hostname or "" for url in self.urls}
        declared = self.policy.site.hosts if self.policy else ()
        return frozenset(own | {pattern.host for pattern in declared if not pattern.host.startswith("*.")})

    def advertising(self) -> tuple[str, ...]:
        """Return the host patterns whose requests are recorded and stopped, as text."""
        if not self.stop_advertising or self.policy is None:
            return ()
        services = [service for service in self.policy.services if service.kind is Kind.ADS]
        return tuple(sorted({str(pattern) for service in services for pattern in service.hosts}))


How = Literal["click", "key", "cookie"]
