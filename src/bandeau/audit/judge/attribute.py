"""Attribution: whose each observation of a visit is, by the policy alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import can_ada

from bandeau.audit.judge.timeline import Moment, Timeline
from bandeau.audit.observation import Connection, Request, Socket
from bandeau.audit.recording import Visit
from bandeau.core.policy import Policy, Reach, Service
from bandeau.enforcement.headers import HELD
from bandeau.enforcement.hosts import HostTable, Match, Whose

_PLACE = re.compile(r"(?::\d+){1,2}$")
_SECURE = ("https://", "wss://", "stun:", "turn:", "turns:")
# RFC 7064, RFC 7065: a relay is declared by its host like everything else.
_RELAYS = re.compile(r"^(?:stuns?|turns?):([^?]*).*", re.DOTALL)


class Bond(StrEnum):
    """How an observation hangs on the policy."""

    OWN = "own"
    SERVICE = "service"
    DELEGATED = "delegated"
    UNDECLARED = "undeclared"
    DOUBT = "doubt"
    INERT = "inert"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose an observation is.

    ``service`` is its service, or the one that it is delegated to. ``through`` names what brought an
    undeclared or refused call in: a service's id, or a host. ``doubt``: it came without a trace, and may
    have come out of an allowed service's frame. Only a service that the reader said yes to is delegated
    anything: nobody answers for more than an exemption was given for but the site itself.
    """

    bond: Bond
    service: Service | None = None
    host: str = ""
    through: str = ""


INERT, OWN = Owner(Bond.INERT), Owner(Bond.OWN)


def host_of(url: str) -> str:
    """Return the host of a URL as browsers read it, ``""`` when it has none."""
    try:
        return str(can_ada.parse(_RELAYS.sub(r"https://\1", url)).hostname).rstrip(".")
    except (ValueError, TypeError):  # TypeError: a lone surrogate
        return ""


def origin_of(url: str) -> str:
    """Return the origin of a URL, ``""`` for one that has none of its own (about:, data:, srcdoc)."""
    try:
        parsed = can_ada.parse(url)
    except (ValueError, TypeError):
        return ""
    return f"{parsed.protocol}//{parsed.host}" if parsed.hostname else ""


def script_url(place: str) -> str:
    """Return the URL of ``url:line:column``; a port is none of the two."""
    found = _PLACE.search(place)
    if found is None:
        return place
    url = place[: found.start()]
    # "https://a.example:8443" ends like a line; what is left of a place still has its path.
    return url if url.count("/") >= 3 else place


class Attributor:
    """Attributes the observations of one visit.

    Args:
        tried: hosts that some visit of the audit called, or would have called had the browser let it,
            while nothing of open reach was allowed: the site calls them by itself.
    """

    def __init__(
        self,
        policy: Policy,
        visit: Visit,
        timeline: Timeline,
        table: HostTable,
        tried: frozenset[str] = frozenset(),
    ) -> None:
        self._policy = policy
        self._tried = tried
        self._visit = visit
        self._timeline = timeline
        self._table = table
        self._host = host_of(visit.url)
        self._foreign_stage = bool(self._host) and not self.is_first_host(self._host)
        self._loaded: dict[str, Request] = {}
        for fact in visit.observations:
            if isinstance(fact, Request):
                self._loaded.setdefault(fact.url, fact)
        self._busy: set[str] = set()
        self._owners: dict[int, Owner] = {}

    def match(self, url: str) -> Match:
        """Tell who declared a URL.

        A copy of the site at another address (staging, a developer's machine) is judged as if it stood
        at the site's own, so that paths of collectors are found there too.
        """
        url = _RELAYS.sub(r"https://\1", url)
        if self._foreign_stage and host_of(url) == self._host:
            url = self._policy.site.url.rstrip("/") + url[len(origin_of(url)) :]
        return self._table.match(url, self._visit.url, self._host)

    def request(self, fact: Request | Socket) -> Owner:
        """Tell whose a request or channel is."""
        # By identity: hashing a request costs more than attributing it.
        if id(fact) not in self._owners:
            self._owners[id(fact)] = self._owner(fact)
        return self._owners[id(fact)]

    def _owner(self, fact: Request | Socket) -> Owner:
        found, moment = self.match(fact.url), self._timeline.at(fact)
        if found.kind is Whose.INERT:
            return INERT
        if found.kind is Whose.FIRST:
            return OWN
        service, host = found.service, host_of(fact.url)
        if self._is_held(fact, host):
            return OWN
        if service is not None and self._timeline.allows(moment, service):
            return Owner(Bond.SERVICE, service, host)
        holder = self._framed_in(fact, moment)
        if holder is None and service is None:
            holder = self._reached_by(fact, moment)
        if holder is not None:
            return Owner(Bond.DELEGATED, holder, host)
        if not self._is_placed(fact) and self._framed_delegate(moment) is not None:
            return Owner(Bond.DOUBT, service, host)
        bond = Bond.UNDECLARED if service is None else Bond.SERVICE
        return Owner(bond, service, host, self._brought_in_by(fact, host))

    def _is_held(self, fact: Request | Socket, host: str) -> bool:
        """Tell whether Bandeau answered in the place of a collector on the site's own host."""
        return isinstance(fact, Request) and HELD in fact.headers and self.is_first_host(host)

    def connection(self, fact: Connection) -> Owner:
        """Tell whose a lookup or connection is, by its host alone.

        Of several services that share a host by path, one that is allowed explains the connection.
        """
        host, moment = fact.host.lower().rstrip("."), self._timeline.at(fact)
        if host in (self._host, "") or self.is_first_host(host, fact.port):
            return OWN
        services = [s for s in self._policy.services if any(_meets(p.host, host) for p in s.hosts)]
        for service in services:
            if self._timeline.allows(moment, service):
                return Owner(Bond.SERVICE, service, host)
        holder = self.any_delegate(moment)
        if holder is not None:
            return Owner(Bond.DELEGATED, holder, host)
        return Owner(Bond.SERVICE if services else Bond.UNDECLARED, services[0] if services else None, host)

    def any_delegate(self, moment: Moment) -> Service | None:
        """Return an allowed service that may call anybody: of open reach, or in a frame of its own here.

        It explains what came without a trace of its origin: in scenarios in which it is refused, the
        same call is nobody's.
        """
        return self._open_delegate(moment) or self._framed_delegate(moment)

    def _open_delegate(self, moment: Moment) -> Service | None:
        return next((s for s in self._policy.services if self._is_open(s, moment)), None)

    def _framed_delegate(self, moment: Moment) -> Service | None:
        frames = (frame for fact in self._loaded.values() for frame in fact.frame_chain[:-1])
        return self._holder(frames, moment)

    def is_delegate(self, fact: Request, service: Service, moment: Moment) -> bool:
        """Tell whether what an allowed service's answer brings along is delegated to it.

        It is when the service has open reach, and inside the service's own frame, of which the frame's
        document is a part; never for one that nobody said yes to.
        """
        framed = fact.type == "document" or self._framed_in(fact, moment) is not None
        return self._timeline.grants(moment, service) and (framed or service.reach is Reach.OPEN)

    def is_first_host(self, host: str, port: int = 0) -> bool:
        """Tell whether a host is the site's own, whatever services are declared on some of its paths.

        Port 0 is one that is not known, or that does not count, as for cookies.
        """
        return any(
            _meets(pattern.host, host) and (not port or pattern.port in (None, port))
            for pattern in self._policy.site.hosts
        )

    def _is_open(self, service: Service, moment: Moment) -> bool:
        return service.reach is Reach.OPEN and self._timeline.grants(moment, service)

    def _framed_in(self, fact: Request | Socket, moment: Moment) -> Service | None:
        """Return the allowed service in whose cross-origin frame something happened: the outermost."""
        frames = list(fact.frame_chain) or self._referring_frame(fact)
        if isinstance(fact, Request) and fact.type == "document":
            # A frame's own document is no call from within the frame.
            while frames and frames[0] == fact.url:
                frames.pop(0)
        return self._holder(reversed(frames[:-1]), moment)

    def _referring_frame(self, fact: Request | Socket) -> list[str]:
        """Return the frame, and the page, that the network's own log names as referrer."""
        referrer = fact.referrer if isinstance(fact, Request) else ""
        frames = {origin_of(frame) for each in self._loaded.values() for frame in each.frame_chain[:-1]}
        return [referrer, self._visit.url] if referrer and origin_of(referrer) in frames else []

    def _holder(self, frames: Iterable[str], moment: Moment) -> Service | None:
        page = origin_of(self._visit.final_url or self._visit.url)
        for frame in frames:
            service = self.match(frame).service if origin_of(frame) != page else None
            if service is not None and self._timeline.grants(moment, service):
                return service
        return None

    def _reached_by(self, fact: Request | Socket, moment: Moment) -> Service | None:
        """Return the allowed service of open reach that an undeclared call came from."""
        if self._policy.site.secure and not fact.url.startswith(_SECURE):
            return None
        for url in self._causes(fact):
            found = self.match(url)
            if found.service is not None and self._is_open(found.service, moment):
                return found.service
            holder = self._delegate_of(url) if found.kind is Whose.UNDECLARED else None
            if holder is not None:
                return holder
        if self._is_traced(fact) or host_of(fact.url) in self._tried:
            return None
        return self._open_delegate(moment)

    def _is_traced(self, fact: Request | Socket) -> bool:
        """Tell whether it is known who made a call: the page's markup, or a script or frame of somebody's."""
        if isinstance(fact, Request) and fact.initiator_type == "parser" and len(fact.frame_chain) == 1:
            return True
        kinds = {self.match(url).kind for url in self._causes(fact)}
        return bool(kinds & {Whose.FIRST, Whose.SERVICE})

    def _is_placed(self, fact: Request | Socket) -> bool:
        """Tell whether it is known where a call was made."""
        return bool(fact.frame_chain) or self._is_traced(fact)

    def _delegate_of(self, url: str) -> Service | None:
        """Return whom the request for a script or redirect was delegated to."""
        loaded = self._loaded.get(url)
        if loaded is None or url in self._busy:
            return None
        self._busy.add(url)
        try:
            owner = self.request(loaded)
        finally:
            self._busy.discard(url)
        return owner.service if owner.bond is Bond.DELEGATED else None

    def _causes(self, fact: Request | Socket) -> Iterator[str]:
        """Yield what led to a call, the nearest first: redirect, scripts, frames below the page."""
        if isinstance(fact, Request) and fact.redirected_from:
            yield fact.redirected_from
        yield from self._scripts(fact)
        yield from fact.frame_chain[:-1]
        if isinstance(fact, Request) and not fact.initiator_chain:
            # All that the network's own log knows; the page itself stands there for its own calls.
            yield from filter(None, (fact.worker_url, fact.referrer))

    def _scripts(self, fact: Request | Socket) -> Iterator[str]:
        """Yield the scripts that led to a call, without Bandeau's own browser part.

        The guard takes late elements out and puts them back, and the point in the page where it was told
        to stands below it: then neither says whose script it was.
        """
        guarded = False
        for place in fact.initiator_chain:
            url = script_url(place)
            if self.is_guard(url):
                guarded = True
            elif not (guarded and url in (self._visit.url, *fact.frame_chain)):
                yield url

    def is_guard(self, url: str) -> bool:
        """Tell whether a script is Bandeau's own part in the browser."""
        prefix = f"{origin_of(self._visit.final_url or self._visit.url)}{self._policy.enforce.prefix}/"
        return url.startswith((f"{prefix}g.", f"{prefix}w."))

    def opens(self, moment: Moment) -> bool:
        """Tell whether something of open reach is allowed."""
        return self._open_delegate(moment) is not None

    def _brought_in_by(self, fact: Request | Socket, host: str) -> str:
        for url in self._causes(fact):
            found = self.match(url)
            if found.service is not None:
                return found.service.id
            cause = host_of(url)
            if found.kind is Whose.UNDECLARED and cause != host:
                return cause
        return ""


def _meets(pattern: str, host: str) -> bool:
    if pattern.startswith("*."):
        return host.endswith(pattern[1:])
    return host == pattern
