"""Traffic: calls, channels and connections that nobody allowed, or that nobody declared."""

from __future__ import annotations

import re
from collections.abc import Iterator

from publicsuffixlist import PublicSuffixList

from bandeau.audit.judge.attribute import Bond, Owner, host_of, origin_of, script_url
from bandeau.audit.judge.breach import Breach, View, of_service
from bandeau.audit.judge.judgement import Evidence
from bandeau.audit.judge.remedies import declare_host
from bandeau.audit.judge.timeline import Phase
from bandeau.audit.observation import Connection, Request, Socket
from bandeau.enforcement.hosts import Whose

_CALLS = {
    Phase.BEFORE: "BND501",
    Phase.REFUSED: "BND502",
    Phase.WITHDRAWN: "BND503",
    Phase.ENDED: "BND503",
    Phase.SIGNAL: "BND514",
}
_CONNECTIONS = {
    Phase.BEFORE: "BND511",
    Phase.REFUSED: "BND512",
    Phase.WITHDRAWN: "BND513",
    Phase.ENDED: "BND513",
    Phase.SIGNAL: "BND514",
}
_REPORTING = frozenset({"report-to", "reporting-endpoints", "nel"})
_URL = re.compile(r"https?://[^\s\"'<>;,\\]+")
_SUFFIXES = PublicSuffixList()


def went_out(fact: Request | Socket) -> bool:
    """Tell whether a call reached the network, or would have but for the audit.

    What came from the browser's own cache left nothing behind, unless it runs: a script or a frame of a
    refused service in the page is the service at work.
    """
    if fact.blocked_by or not fact.url:
        # Of a channel without an address nothing was let out.
        return False
    if isinstance(fact, Request) and fact.from_cache and not fact.stopped:
        return fact.type in ("script", "document")
    return True


def judge_traffic(view: View) -> Iterator[Breach]:
    """Yield the breaches in what a visit called and connected to."""
    called: set[tuple[str, int]] = set()
    blamed: set[str] = set()
    for fact in view.visit.observations:
        if isinstance(fact, Socket) and fact.stopped and not fact.url:
            yield from _unseen(view, fact)
        elif isinstance(fact, Request | Socket) and went_out(fact):
            called.add((host_of(fact.url), view.moment(fact).index))
            breaches = list(_call(view, fact))
            blamed.update(host_of(fact.url) for _ in breaches)
            yield from breaches
            if isinstance(fact, Request):
                yield from _reporting(view, fact)
    for fact in view.visit.observations:
        if isinstance(fact, Connection):
            # A call in the same step explains the connection, and one that is a breach is the breach.
            host = fact.host.lower().rstrip(".")
            if (host, view.moment(fact).index) not in called and host not in blamed:
                yield from _connection(view, fact)
            yield from _alias(view, fact)


def _call(view: View, fact: Request | Socket) -> Iterator[Breach]:
    owner = view.attributor.request(fact)
    if owner.bond is Bond.SERVICE and owner.service is not None:
        code = _CALLS.get(view.phase(fact, owner.service))
        if code is not None:
            evidence = _evidence(view, fact)
            thing = owner.host or origin_of(fact.url)
            yield of_service(code, evidence, owner.service, thing=thing, through=_other(owner))
    elif owner.bond is Bond.UNDECLARED:
        yield _undeclared("BND520", owner, _evidence(view, fact), fact.url)
    elif owner.bond is Bond.DOUBT:
        purpose = owner.service.purpose if owner.service else ""
        yield Breach("BND598", _evidence(view, fact), owner.host, owner.host, purpose=purpose)


def _unseen(view: View, fact: Socket) -> Iterator[Breach]:
    """A channel of WebRTC that this browser let nothing out of: nobody knows whom it would have called."""
    owners = [view.attributor.match(script_url(place)).service for place in fact.initiator_chain]
    if any(owner is not None and view.timeline.allows(view.moment(fact), owner) for owner in owners):
        return
    channel = "a channel of WebRTC"
    yield Breach("BND598", _evidence(view, fact), channel, channel)


def _other(owner: Owner) -> str:
    """Return what brought a service in, unless it is the service itself."""
    return "" if owner.service is not None and owner.through == owner.service.id else owner.through


def _evidence(view: View, fact: Request | Socket) -> Evidence:
    chain = fact.initiator_chain
    notes: list[str] = [fact.kind] if isinstance(fact, Socket) else list(_notes(fact))
    frame = fact.frame_url
    if frame and origin_of(frame) != origin_of(view.visit.final_url or view.visit.url):
        notes.append(f"in the frame {frame}")
    return view.evidence(fact, fact.url, chain=chain, detail=", ".join(notes))


def _notes(fact: Request) -> Iterator[str]:
    yield fact.type
    if fact.redirected_from:
        yield f"redirected from {fact.redirected_from}"
    if fact.from_worker:
        yield f"from a {fact.from_worker.replace('-', ' ')}"
    if fact.speculative:
        yield fact.speculative
    if fact.from_cache:
        yield f"from the {fact.from_cache.replace('-', ' ')} cache"
    if fact.cookies_sent:
        yield "sent " + ", ".join(sorted({cookie.name for cookie in fact.cookies_sent}))
    if fact.source == "netlog":
        yield "seen in the network log alone"
    if fact.stopped:
        yield "recorded and stopped by the audit"


def _undeclared(code: str, owner: Owner, evidence: Evidence, url: str) -> Breach:
    host = owner.host or url
    return Breach(code, evidence, host, host, through=owner.through, patch=declare_host(host))


def _connection(view: View, fact: Connection) -> Iterator[Breach]:
    owner = view.attributor.connection(fact)
    what = f"{fact.kind} {fact.host}" + (f":{fact.port}" if fact.port else "")
    if owner.bond is Bond.SERVICE and owner.service is not None:
        code = _CONNECTIONS.get(view.phase(fact, owner.service))
        if code is not None:
            yield of_service(code, view.evidence(fact, what), owner.service, thing=owner.host)
    elif owner.bond is Bond.UNDECLARED:
        yield _undeclared("BND523", owner, view.evidence(fact, what), fact.host)


def _alias(view: View, fact: Connection) -> Iterator[Breach]:
    """A name of the site that is an alias of somebody else's."""
    host = fact.host.lower().rstrip(".")
    if not view.attributor.is_first_host(host) or view.attributor.match(f"https://{host}/").service:
        return
    for alias in fact.aliases:
        name = alias.lower().rstrip(".")
        found = view.attributor.match(f"https://{name}/")
        what = f"{host} is an alias of {name}"
        if found.service is not None:
            if not view.timeline.allows(view.moment(fact), found.service):
                yield of_service("BND516", view.evidence(fact, what), found.service, object=host, thing=host)
            return
        # The page's own name may well lie on somebody's machines: that is where the site lives.
        foreign = found.kind is Whose.UNDECLARED and _registrable(name) != _registrable(host)
        if foreign and host != host_of(view.visit.url):
            yield Breach("BND517", view.evidence(fact, what), host, host, patch=declare_host(host))
            return


def _reporting(view: View, fact: Request) -> Iterator[Breach]:
    if view.attributor.request(fact).bond is not Bond.OWN:
        return
    for name, value in fact.headers:
        for url in _URL.findall(value) if name.lower() in _REPORTING else ():
            found = view.attributor.match(url)
            service = found.service
            refused = service is not None and not view.timeline.allows(view.moment(fact), service)
            if refused or found.kind is Whose.UNDECLARED:
                evidence = view.evidence(fact, fact.url, detail=f"{name}: {value}")
                purpose = service.purpose if service else ""
                yield Breach("BND518", evidence, host_of(url), host_of(url), purpose=purpose)


def _registrable(host: str) -> str:
    return _SUFFIXES.privatesuffix(host) or host
