"""Sightings: what a recording shows of each party, gathered by whose it probably is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import can_ada
from publicsuffixlist import PublicSuffixList

from bandeau.audit.judge.attribute import host_of, script_url
from bandeau.audit.judge.cookies import OWN_NAMES, is_deposit
from bandeau.audit.judge.stored import is_tracker, name_of
from bandeau.audit.judge.traffic import went_out
from bandeau.audit.knowledge import Knowledge, trackers_of
from bandeau.audit.observation import CookieSet, Request, Socket, StorageItem
from bandeau.audit.recording import Recording, Visit
from bandeau.policyfile.catalogue import Item

_DEFAULT_PORTS = {"http:": "80", "https:": "443", "ws:": "80", "wss:": "443"}
#: Types of requests by which pages report what their readers do.
_REPORTS = frozenset({"ping", "fetch", "xhr", "beacon"})
#: Where what nobody else stored is gathered.
SITE = "site"
_SUFFIXES = PublicSuffixList()


@dataclass(frozen=True, slots=True)
class Deposit:
    """One item that was stored; of a cookie the longest life that was seen, ``None`` for a session."""

    kind: str
    name: str
    domain: str = ""
    third_party: bool = False
    http_only: bool = False


@dataclass(slots=True)
class Sighting:
    """What was seen of one party.

    ``hosts`` are written as in a policy, with the port where it is not the usual one. ``inside`` are
    hosts that were called within a frame of this party's. ``brought_by`` names who loaded it: a host, or
    ``""`` for the site's own pages.
    """

    item: Item | None = None
    hosts: set[str] = field(default_factory=set)
    types: Counter[str] = field(default_factory=Counter)
    pages: set[str] = field(default_factory=set)
    inside: set[str] = field(default_factory=set)
    brought_by: set[str] = field(default_factory=set)
    deposits: dict[Deposit, int | None] = field(default_factory=dict)

    @property
    def calls(self) -> int:
        """How many requests it received."""
        return self.types.total()


def registrable(host: str) -> str:
    """Return the registrable domain of a host, or the host itself where there is none."""
    if host.rpartition(".")[2].isdecimal() or host.startswith("["):
        return host
    return _SUFFIXES.privatesuffix(host) or host


def authority(url: str) -> str:
    """Return ``host[:port]`` of a URL as a policy writes it, ``""`` when it has no host."""
    try:
        parsed = can_ada.parse(url)
    except (ValueError, TypeError):  # TypeError: a lone surrogate
        return ""
    port = str(parsed.port)
    usual = not port or port == _DEFAULT_PORTS.get(parsed.protocol, port)
    return str(parsed.hostname).rstrip(".") + ("" if usual else f":{port}")


class Sightings:
    """Gathers a recording; ``parties`` is keyed by the entry of the catalogue, or by domain.

    Args:
        prefix: where Bandeau's own addresses begin, should the site have it already.
    """

    def __init__(self, recording: Recording, knowledge: Knowledge, *, prefix: str = "/bandeau") -> None:
        self.knowledge = knowledge
        self.parties: dict[str, Sighting] = {}
        #: Paths of the site's own hosts that pages report to: ``host/first-segment/*``.
        self.collectors: dict[str, set[str]] = {}
        self._prefix = prefix
        self._own = {host_of(url) for url in recording.urls}
        self._own |= {host_of(visit.final_url) for visit in recording.visits if visit.final_url}
        #: Names of an entry's trackers, by the parties whose scripts wrote them.
        self._claims: dict[str, dict[str, set[str]]] = {}
        for visit in recording.visits:
            self._take(visit)
        self._settle()

    def is_own(self, host: str) -> bool:
        """Tell whether a host is one of those that were scanned."""
        return host in self._own

    def is_first_party(self, domain: str) -> bool:
        """Tell whether the site gets a cookie of this domain back."""
        bare = domain.lstrip(".").lower()
        return any(own == bare or own.endswith(f".{bare}") for own in self._own)

    def _take(self, visit: Visit) -> None:
        pages = {step.name: step.url for step in visit.steps}
        for fact in visit.observations:
            page = pages.get(fact.step, "") or visit.url
            if isinstance(fact, Request | Socket) and went_out(fact):
                self._call(fact, page)
        # After the calls: whose a cookie is hangs on who was called.
        for fact in visit.observations:
            page = pages.get(fact.step, "") or visit.url
            if isinstance(fact, CookieSet) and is_deposit(fact) and fact.name not in OWN_NAMES:
                self._cookie(fact, page)
            elif isinstance(fact, StorageItem) and is_tracker(fact):
                self._item(fact, page)

    def _call(self, fact: Request | Socket, page: str) -> None:
        host = host_of(fact.url)
        if not host:
            return
        if self.is_own(host):
            self._own_call(fact, page)
            return
        holder = next((f for f in reversed(fact.frame_chain[:-1]) if self._is_foreign_frame(f, fact)), "")
        if holder:
            self._party(holder).inside.add(authority(fact.url))
            return
        party = self._party(fact.url)
        party.hosts.add(authority(fact.url))
        party.types[fact.type if isinstance(fact, Request) else fact.kind] += 1
        party.pages.add(page)
        party.brought_by.add(self._cause(fact))

    def _is_foreign_frame(self, frame: str, fact: Request | Socket) -> bool:
        host = host_of(frame)
        is_itself = isinstance(fact, Request) and fact.type == "document" and frame == fact.url
        return bool(host) and not self.is_own(host) and not is_itself

    def _own_call(self, fact: Request | Socket, page: str) -> None:
        if not isinstance(fact, Request) or fact.method != "POST" or fact.type not in _REPORTS:
            return
        path = str(can_ada.parse(fact.url).pathname)
        if path.startswith(f"{self._prefix}/"):
            return
        segment = path.split("/")[1]
        rest = f"/{segment}/*" if path.count("/") > 1 else path
        self.collectors.setdefault(authority(fact.url) + rest, set()).add(page)

    def _cause(self, fact: Request | Socket) -> str:
        """Return the host that led to a call, ``""`` for the site's own pages and scripts."""
        domain = registrable(host_of(fact.url))
        for url in _causes(fact):
            host = host_of(url)
            if host and not self.is_own(host) and registrable(host) != domain:
                return host
        return ""

    def _cookie(self, fact: CookieSet, page: str) -> None:
        domain = fact.domain.lstrip(".").lower()
        first = self.is_first_party(domain)
        written = "" if first and (fact.host_only or self.is_own(domain)) else domain
        deposit = Deposit("cookie", fact.name, written, not first, fact.http_only)
        setter = script_url(fact.setter.partition(":")[2])
        party = self._depositor("cookie", fact.name, setter) if first else self._owner(fact.name, domain)
        _keep(party, deposit, fact.max_age_seconds, page)

    def _item(self, fact: StorageItem, page: str) -> None:
        host = host_of(fact.origin)
        name, kind = name_of(fact), fact.declared_kind
        if self.is_own(host):
            party, deposit = self._depositor(kind, name, ""), Deposit(kind, name)
        else:
            party = self._party(f"{fact.origin}/")
            deposit = Deposit(kind, name, host, True)
        _keep(party, deposit, None, page)

    def _depositor(self, kind: str, name: str, setter: str) -> Sighting:
        """Return who stored something on the site's own domain.

        An entry of the catalogue that was called and declares the name, the third party whose script
        wrote it, the one entry that declares it, or the site itself.
        """
        items = self.knowledge.items_with(kind, name)
        called = [self.parties[item.name] for item in items if item.name in self.parties]
        if len(called) == 1:
            return called[0]
        host = host_of(setter)
        if host and not self.is_own(host):
            for item in items:
                self._claim(item, setter, name)
            return self._party(setter)
        if len(items) == 1:
            return self.parties.setdefault(items[0].name, Sighting(items[0]))
        return self.parties.setdefault(SITE, Sighting())

    def _claim(self, item: Item, setter: str, name: str) -> None:
        """Note that a party may be an entry without hosts: what each site runs at an address of its own."""
        if not item.service.get("hosts"):
            by_party = self._claims.setdefault(item.name, {})
            by_party.setdefault(registrable(host_of(setter)), set()).add(name)

    def _settle(self) -> None:
        """Give each such entry the one address whose scripts wrote most of its trackers."""
        for name, by_party in self._claims.items():
            key = max(sorted(by_party), key=lambda each: len(by_party[each]))
            party = self.parties.get(key)
            if party is not None and party.item is None:
                party.item = self.knowledge.item(name)

    def _owner(self, name: str, domain: str) -> Sighting:
        """Return whose a third party's cookie is: an entry that was called and declares it, or the domain."""
        for item in self.knowledge.items_with("cookie", name, "third"):
            declared = [t.domain or "" for t in trackers_of(item) if t.matches(name)]
            if item.name in self.parties and any(_covers(own, domain) for own in declared):
                return self.parties[item.name]
        return self._party(f"https://{domain}/")

    def _party(self, url: str) -> Sighting:
        item = self.knowledge.item_of(url)
        key = item.name if item is not None else registrable(host_of(url))
        return self.parties.setdefault(key, Sighting(item))


def _causes(fact: Request | Socket) -> Iterator[str]:
    if isinstance(fact, Request) and fact.redirected_from:
        yield fact.redirected_from
    yield from (script_url(place) for place in fact.initiator_chain)
    yield from _others(fact.frame_chain[:-1], fact.url)


def _others(urls: Iterable[str], but: str) -> Iterator[str]:
    yield from (url for url in urls if url != but)


def _covers(declared: str, domain: str) -> bool:
    bare = declared.lstrip(".")
    return bool(bare) and (domain == bare or domain.endswith(f".{bare}"))


def _keep(party: Sighting, deposit: Deposit, seconds: int | None, page: str) -> None:
    party.pages.add(page)
    longest = max(filter(None, (party.deposits.get(deposit), seconds)), default=None)
    party.deposits[deposit] = longest
