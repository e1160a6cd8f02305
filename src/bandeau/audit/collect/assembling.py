"""From what a visit brought home to its observations: sorted, attributed, without any value."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

import msgspec

from bandeau.audit.collect.cookies import cookies_held, cookies_set
from bandeau.audit.collect.joining import Pair, completeness, join, observed
from bandeau.audit.collect.masking import Mask
from bandeau.audit.collect.material import Material
from bandeau.audit.collect.netlog import Contact
from bandeau.audit.observation import Connection, Observation, Socket, StorageItem
from bandeau.audit.recording import Completeness

_MDNS_PORT = 5353
#: Kinds of contacts that WebRTC makes.
_RELAYED = ("udp", "apart")
#: Where rules of Chromium lead the names that are to have no address.
_NO_HOST = "~notfound"


def assemble(material: Material, mask: Mask) -> tuple[tuple[Observation, ...], Completeness]:
    """Return a visit's observations in the order of time, and how complete they are; no value is in them."""
    pairs = join(material)
    found: list[Observation] = [observed(material, pair) for pair in pairs]
    found += _contacts(material, pairs)
    found += _webrtc(material, pairs)
    found += cookies_set(material)
    found += cookies_held(material)
    found += _stored(material)
    found.sort(key=lambda fact: fact.at_ms)
    counted = completeness(pairs, whole=material.netlog.whole)
    missed = tuple(sorted({mask.text(url) for url in counted.missed}))
    return mask.facts(found), msgspec.structs.replace(counted, missed=missed)


def _contacts(material: Material, pairs: list[Pair]) -> list[Observation]:
    """Return lookups and early connections to hosts that no request went to in the same step."""
    clock = material.clock
    asked = {(urlsplit(leg.url).hostname, clock.step(leg.wall_ms)) for _, leg in pairs if leg is not None}
    found: dict[tuple[str, str, str], Connection] = {}
    for contact in material.netlog.contacts:
        step = clock.step(contact.wall_ms)
        if contact.kind in _RELAYED or (contact.host, step) in asked or _is_no_name(contact.host):
            continue
        kind = "lookup" if contact.kind == "lookup" else "tls" if contact.port != 80 else "tcp"
        found.setdefault(
            (contact.host, kind, step),
            Connection(
                step=step,
                at_ms=clock.at(contact.wall_ms),
                host=contact.host,
                port=contact.port,
                kind=kind,  # type: ignore[arg-type]
            ),
        )
    return list(found.values())


def _webrtc(material: Material, pairs: list[Pair]) -> list[Observation]:
    """Return the servers that WebRTC sent something to; where there are none, the calls that wanted to."""
    calls = [call for call in material.setters.calls if call.what == "webrtc"]
    contacts = material.netlog.contacts
    sent = [c for c in contacts if c.kind == "udp" and _is_a_server(c.host, c.port)]
    sent += [*_apart(material, pairs), *_let_out(material, pairs)] if calls else []
    places = {(c.host, c.port): c.wall_ms for c in reversed(sent)}
    if not places:
        places = {("", index): call.wall_ms for index, call in enumerate(calls)}
    found: list[Observation] = []
    for (host, port), wall in sorted(places.items(), key=lambda place: place[1]):
        call = next((c for c in reversed(calls) if c.wall_ms <= wall), None)
        frame = call.chain if call else ()
        found.append(
            Socket(
                step=material.clock.step(wall),
                at_ms=material.clock.at(wall),
                url=f"stun:{_named(material, host, port)}:{port}" if host else "",
                kind="webrtc",
                frame_url=frame[0] if frame else "",
                frame_chain=frame,
                initiator_chain=material.traffic.script_chain(call.stack) if call else (),
                # Whom it would have told of the reader cannot be seen where nothing could leave.
                stopped=not host and not material.datagrams,
                source="both" if host and call else "netlog" if host else "cdp",
            )
        )
    return found


def _apart(material: Material, pairs: list[Pair]) -> list[Contact]:
    """Return the connections that neither a request nor a WebSocket was made over."""
    used = {(leg.address, leg.port) for _, leg in pairs if leg is not None}
    apart = (contact for contact in material.netlog.contacts if contact.kind == "apart")
    return [contact for contact in apart if (contact.host, contact.port) not in used]


def _let_out(material: Material, pairs: list[Pair]) -> list[Contact]:
    """Return what passed the gate and is no server that requests, or connections in advance, went to."""
    known = {urlsplit(leg.url).hostname for _, leg in pairs if leg is not None}
    known |= {contact.host for contact in material.netlog.contacts}
    return [Contact(wall, "apart", host, port) for wall, host, port in material.passed if host not in known]


def _named(material: Material, host: str, port: int) -> str:
    """Return the name that was looked up for a server, or its address."""
    lookups = [c for c in material.netlog.contacts if c.kind == "lookup" and c.port == port]
    return next((c.host for c in lookups if not _is_address(c.host)), host)


def _stored(material: Material) -> list[Observation]:
    found: list[Observation] = []
    known: set[tuple[str, str, str]] = set()
    for snapshot in material.snapshots:
        for item in sorted(snapshot.items, key=lambda i: (i.origin, i.kind, i.key)):
            known.add((item.origin, item.kind, item.key))
            found.append(
                StorageItem(
                    step=snapshot.step,
                    at_ms=material.clock.at(snapshot.wall_ms),
                    origin=item.origin,
                    kind=item.kind,
                    key=item.key,
                    partition=item.top,
                    value_hash=material.hashed(item.value),
                    value_length=item.length,
                )
            )
    for wall, origin, kind, key in dict.fromkeys(material.storage.removed):
        if (origin, kind, key) not in known:
            found.append(
                StorageItem(
                    step=material.clock.step(wall),
                    at_ms=material.clock.at(wall),
                    origin=origin,
                    kind=kind,
                    key=key,
                    removed=True,
                )
            )
    return found


def _is_no_name(host: str) -> bool:
    """Tell whether a host is an address, or where Chromium's rules lead a name that is to have none."""
    return host == _NO_HOST or _is_address(host)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_a_server(host: str, port: int) -> bool:
    return port != _MDNS_PORT and _is_address(host) and not ip_address(host).is_multicast
