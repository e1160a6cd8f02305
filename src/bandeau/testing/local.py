"""A policy at an address of this machine, a site that keeps nothing, and the choices of its readers."""

from __future__ import annotations

import time
from collections.abc import Collection
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from bandeau.core.consent import Consent
from bandeau.core.cookie import choice_cookie_name, encode
from bandeau.core.hostpattern import HostPattern
from bandeau.core.policy import Mode, Policy, Service, SiteInfo
from bandeau.core.request import RequestHead
from bandeau.enforcement.visit import Visit
from bandeau.policyfile import load_file
from bandeau.site import Clock, Site
from bandeau.web.decisions import answering

#: The address in the requests of the test clients of Django, Flask and Starlette.
_URL = "http://127.0.0.1"


def local_site(policy: str | Path | Policy, *, url: str = _URL, clock: Clock = time.time) -> Site:
    """Make a site that keeps its records in memory and enforces the policy at a local address.

    Args:
        url: where it answers. The hosts of the policy stay the site's own, so that a test client may
            ask for whichever of them.

    Raises:
        PolicyError: the file has mistakes.
    """
    declared = policy if isinstance(policy, Policy) else load_file(policy).policy
    return Site.in_memory(at(declared, url), clock=clock)


class Choice(dict[str, str]):
    """The cookie of a reader; within ``with`` the code under test answers this reader."""

    def __init__(self, site: Site, cookies: dict[str, str]) -> None:
        super().__init__(cookies)
        self._site = site
        self._stack = ExitStack()

    def __enter__(self) -> Visit:
        """Answer the reader: ``bandeau.allows`` asks this visit."""
        header = "; ".join(f"{name}={value}" for name, value in self.items())
        host = self._site.policy.site.url.partition("://")[2]
        visit = self._site.visit(RequestHead("GET", "http", host, "/", headers=(("cookie", header),)))
        self._stack.enter_context(answering(visit))
        return visit

    def __exit__(self, *_: object) -> None:
        self._stack.close()


def choice(site: Site, *, allow: Collection[str] = (), refuse: Collection[str] = ()) -> Choice:
    """Return the cookie of a reader who chose today: name and value, for any test client.

    A purpose that is named in neither is one that the reader was not asked about. For code that no
    request leads to: ``with choice(site, refuse=["ads"]): …``.

    Raises:
        ValueError: a name is no purpose with a switch, or is both allowed and refused.
    """
    switches = {purpose.id: 1 << purpose.bit for purpose in site.policy.switches()}
    unknown = sorted({*allow, *refuse} - switches.keys())
    if unknown:
        raise ValueError(f"no purpose with a switch: {', '.join(unknown)}; there are: {', '.join(switches)}")
    both = sorted({*allow} & {*refuse})
    if both:
        raise ValueError(f"allowed and refused at once: {', '.join(both)}")
    granted = sum(switches[name] for name in {*allow})
    answered = granted + sum(switches[name] for name in {*refuse})
    consent = Consent(site.policy.revision, site.today(), answered, granted)
    name = choice_cookie_name(site.policy.site)
    return Choice(site, {name: encode(consent, site.policy.site, site.keyring)})


def at(policy: Policy, url: str) -> Policy:
    """Return the policy as it stands at another address, enforced everywhere that it is not off.

    Collectors and other services on the site's own hosts go along. The declared hosts stay the site's own.
    """
    host = HostPattern.parse(url.partition("://")[2].rstrip("/"))
    site = replace(policy.site, url=url.rstrip("/"), hosts=(host, *policy.site.hosts))
    rules = tuple(
        rule if rule.mode is Mode.OFF else replace(rule, mode=Mode.ENFORCE) for rule in policy.enforce.rules
    )
    return replace(
        policy,
        site=site,
        services=tuple(_moved(service, policy.site, host) for service in policy.services),
        enforce=replace(policy.enforce, mode=Mode.ENFORCE, rules=rules),
    )


def _moved(service: Service, site: SiteInfo, host: HostPattern) -> Service:
    """Return a service with what lies on the site's own hosts at the new address as well."""
    own = {pattern.host for pattern in site.hosts}
    moved = (replace(p, host=host.host, port=host.port) for p in service.hosts if p.host in own and p.path)
    return replace(service, hosts=(*service.hosts, *dict.fromkeys(moved)))
