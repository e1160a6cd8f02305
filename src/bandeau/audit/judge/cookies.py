"""Whose a cookie is, whether it was kept by the browser, and whether it may be there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bandeau.audit.judge.attribute import Bond, host_of, script_url
from bandeau.audit.judge.breach import Breach, View, of_service
from bandeau.audit.judge.judgement import Evidence
from bandeau.audit.judge.remedies import declare_tracker, lifetime
from bandeau.audit.judge.timeline import Moment, Phase
from bandeau.audit.observation import CookieHeld, CookieSet, Request
from bandeau.core.policy import Service, Tracker

#: Bandeau's own two, by their names on https and on loopback.
CHOICE_NAMES = frozenset({"__Host-bd", "bd"})
OWN_NAMES = CHOICE_NAMES | {"__Host-bdid", "bdid"}
# Chromium's reasons that are this browser's settings and not the cookie's own fault: another browser,
# or this one tomorrow, keeps it.
_WOULD_BE_KEPT = ("UserPreferences", "ThirdParty")
_SET = {
    Phase.BEFORE: "BND504",
    Phase.REFUSED: "BND505",
    Phase.WITHDRAWN: "BND506",
    Phase.ENDED: "BND506",
    Phase.SIGNAL: "BND514",
}

Cookie = CookieSet | CookieHeld
Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Declared:
    """The services that declare a cookie, and the tracker as the first of them wrote it."""

    services: tuple[Service, ...]
    tracker: Tracker


def key_of(cookie: Cookie) -> Key:
    """Return what tells one cookie from another (RFC 6265bis, and its partition)."""
    return cookie.name, cookie.domain.lstrip("."), cookie.path, cookie.partition


def is_deposit(cookie: CookieSet) -> bool:
    """Tell whether a cookie was stored, or tried and kept out by this browser's settings alone."""
    if cookie.max_age_seconds is not None and cookie.max_age_seconds <= 0 and not cookie.lived_ms:
        # That is how a cookie is deleted.
        return False
    return cookie.stored or cookie.block_reason.startswith(_WOULD_BE_KEPT)


def is_first_party(view: View, cookie: Cookie) -> bool:
    """Tell whether the site's own hosts get a cookie back."""
    domain = cookie.domain.lstrip(".").lower()
    hosts = [host_of(view.visit.url), *(p.host.removeprefix("*.") for p in view.policy.site.hosts)]
    return view.attributor.is_first_host(domain) or any(
        host == domain or host.endswith("." + domain) for host in hosts
    )


def is_own(view: View, cookie: Cookie) -> bool:
    """Tell whether a cookie is Bandeau's."""
    return cookie.name in OWN_NAMES and is_first_party(view, cookie)


def declared(view: View, cookie: Cookie) -> Declared | None:
    """Return who declares a cookie; the most specific name stands, as in the cookie gate."""
    best: dict[tuple[bool, int], list[tuple[Service, Tracker]]] = {}
    for service in view.policy.services:
        for tracker in service.trackers:
            if (
                tracker.kind == "cookie"
                and tracker.matches(cookie.name)
                and _fits(view, cookie, service, tracker)
            ):
                weight = (not tracker.name.endswith("*"), len(tracker.name))
                best.setdefault(weight, []).append((service, tracker))
    if not best:
        return None
    found = best[max(best)]
    return Declared(tuple(service for service, _ in found), found[0][1])


def _fits(view: View, cookie: Cookie, service: Service, tracker: Tracker) -> bool:
    """Tell whether a cookie of a declared name lies where it is declared to lie.

    A name alone does not make it the same: ``id`` of one third party is not ``id`` of another.
    """
    domain = cookie.domain.lstrip(".").lower()
    if tracker.domain is not None:
        wanted = tracker.domain.lstrip(".").lower()
        if domain == wanted or domain.endswith("." + wanted):
            return True
        return tracker.party == "first" and is_first_party(view, cookie)
    return is_first_party(view, cookie) or _is_host_of(domain, service)


def _is_host_of(domain: str, service: Service) -> bool:
    """Tell whether a host of a service gets the cookies of a domain, or has it below its wildcard."""
    for pattern in service.hosts:
        host = pattern.host.removeprefix("*.")
        below = pattern.host.startswith("*.") and domain.endswith("." + host)
        if host == domain or host.endswith("." + domain) or below:
            return True
    return False


def judge_cookies(view: View) -> Iterator[Breach]:
    """Yield the breaches in the cookies that a visit set and kept."""
    seen: set[Key] = set()
    for fact in view.visit.observations:
        if isinstance(fact, CookieSet) and is_deposit(fact):
            seen.add(key_of(fact))
            yield from _deposit(view, fact)
        elif isinstance(fact, CookieHeld) and key_of(fact) not in seen:
            # Held without anybody having been seen to set it: it is there all the same.
            seen.add(key_of(fact))
            yield from _deposit(view, fact)
    yield from _kept(view)


def _deposit(view: View, cookie: Cookie) -> Iterator[Breach]:
    if is_own(view, cookie):
        return
    moment, found = view.moment(cookie), declared(view, cookie)
    if found is None:
        yield from _unnamed(view, cookie, moment)
    elif not any(view.timeline.allows(moment, service) for service in found.services):
        service = blamed(view, moment, found.services)
        code = _SET[view.timeline.phase(moment, service)]
        yield of_service(code, describe(view, cookie), service, object=found.tracker.name, thing=cookie.name)


def blamed(view: View, moment: Moment, services: Sequence[Service]) -> Service:
    """Return which of several refused services answers: one that was withdrawn before one never asked."""
    withdrawn = (s for s in services if view.timeline.phase(moment, s) is Phase.WITHDRAWN)
    return next(withdrawn, services[0])


def _unnamed(view: View, cookie: Cookie, moment: Moment) -> Iterator[Breach]:
    """A cookie that nobody declared by name: whoever owns its domain, or set it, answers for it."""
    service = _owner(view, cookie, moment)
    if service is not None and not view.timeline.allows(moment, service):
        code = _SET[view.timeline.phase(moment, service)]
        yield of_service(code, describe(view, cookie), service, object=cookie.name, thing=cookie.name)
    elif not _is_delegated(view, cookie, moment):
        yield _undeclared(view, cookie, service)


def _undeclared(view: View, cookie: Cookie, service: Service | None) -> Breach:
    domain = "" if is_first_party(view, cookie) else cookie.domain.lstrip(".")
    age = cookie.max_age_seconds if isinstance(cookie, CookieSet) else cookie.expires_in_seconds
    patch = declare_tracker(cookie.name, "cookie", age, domain=domain, http_only=cookie.http_only)
    name = f"{cookie.name}@{domain}" if domain else cookie.name
    if service is not None:
        breach = of_service("BND521", describe(view, cookie), service, object=name, thing=name)
        return replace(breach, patch=patch)
    setter = host_of(_setter_url(view, cookie))
    through = "" if view.attributor.is_first_host(setter) else setter
    return Breach("BND521", describe(view, cookie), name, name, through=through, patch=patch)


def _owner(view: View, cookie: Cookie, moment: Moment) -> Service | None:
    """Return the service whose answer or script set a cookie, or on whose domain it lies."""
    url = _setter_url(view, cookie)
    service = view.attributor.match(url).service if url else None
    if service is not None or is_first_party(view, cookie):
        return service
    domain = cookie.domain.lstrip(".").lower()
    found = [service for service in view.policy.services if _is_host_of(domain, service)]
    allowed = [service for service in found if view.timeline.allows(moment, service)]
    return next(iter(allowed or found), None)


def _setter_url(view: View, cookie: Cookie) -> str:
    """Return the URL of the answer or script that set a cookie, ``""`` when it is not known."""
    if isinstance(cookie, CookieHeld):
        return ""
    kind, _, url = cookie.setter.partition(":")
    if kind == "script" and not is_first_party(view, cookie) and view.attributor.is_first_host(host_of(url)):
        # No script of a page writes another site's cookies (HTML §3.1.5).
        return ""
    return script_url(url) if kind in ("http", "script") else ""


def _is_delegated(view: View, cookie: Cookie, moment: Moment) -> bool:
    """Tell whether a third party's cookie came with a call that an allowed service may make.

    Only calls are delegated: what is stored on the site itself was declared or was not.
    """
    if is_first_party(view, cookie):
        return False
    url = _setter_url(view, cookie)
    request = _answered(view, url, moment) if url else None
    if request is None:
        return view.attributor.any_delegate(moment) is not None
    owner = view.attributor.request(request)
    if owner.bond is Bond.SERVICE and owner.service is not None:
        return view.attributor.is_delegate(request, owner.service, moment)
    return owner.bond is Bond.DELEGATED


def _answered(view: View, url: str, moment: Moment) -> Request | None:
    """Return the request whose answer set a cookie: of several, the one of the same step."""
    found = [fact for fact in view.visit.observations if isinstance(fact, Request) and fact.url == url]
    same = [fact for fact in found if view.moment(fact).index == moment.index]
    return next(iter(same or found), None)


def _kept(view: View) -> Iterator[Breach]:
    """Cookies of the site that are still there at the end although their permission was withdrawn."""
    for cookie in left_over(view):
        found = declared(view, cookie)
        if found is not None and is_first_party(view, cookie) and not _set_again(view, cookie):
            service = blamed(view, view.timeline.last, found.services)
            evidence = describe(view, cookie, f"still there at the end{_sent_after(view, cookie)}")
            yield of_service("BND507", evidence, service, object=found.tracker.name, thing=cookie.name)


def left_over(view: View) -> Iterator[CookieHeld]:
    """Yield the cookies, whoever's they are, that were there when the visit ended in a withdrawal."""
    held = [fact for fact in view.visit.observations if isinstance(fact, CookieHeld)]
    for fact in held:
        if fact.step == view.last_cookies and not is_own(view, fact):
            found = declared(view, fact)
            phases = {view.timeline.phase(view.timeline.last, s) for s in found.services} if found else set()
            if Phase.WITHDRAWN in phases and Phase.ALLOWED not in phases:
                yield fact


def _set_again(view: View, cookie: Cookie) -> bool:
    """Tell whether a cookie was set after the withdrawal: that is a breach of its own."""
    found = declared(view, cookie)
    return found is not None and any(
        isinstance(fact, CookieSet)
        and key_of(fact) == key_of(cookie)
        and is_deposit(fact)
        and view.phase(fact, found.services[0]) is Phase.WITHDRAWN
        for fact in view.visit.observations
    )


def _sent_after(view: View, cookie: Cookie) -> str:
    first = next((m.index for m in view.timeline.moments() if m.known == view.timeline.last.known), 0)
    sent = sum(
        any(each.name == cookie.name for each in fact.cookies_sent)
        for fact in view.visit.observations
        if isinstance(fact, Request) and view.moment(fact).index >= first
    )
    return f", sent with {sent} request{'' if sent == 1 else 's'} since" if sent else ""


def describe(view: View, cookie: Cookie, detail: str = "") -> Evidence:
    """Return a cookie as evidence: where it lies, how long, who set it."""
    chain = cookie.initiator_chain if isinstance(cookie, CookieSet) else ()
    notes = [detail] if detail else list(_notes(cookie))
    what = f"{cookie.name} on {cookie.domain}{cookie.path}"
    return view.evidence(cookie, what, chain=chain, detail=", ".join(notes))


def _notes(cookie: Cookie) -> Iterator[str]:
    if isinstance(cookie, CookieHeld):
        yield "found in the browser; nobody was seen to set it"
        return
    kind, _, url = cookie.setter.partition(":")
    if kind in ("http", "script"):
        yield f"set by {'the answer of' if kind == 'http' else 'the script'} {url}"
    yield f"for {lifetime(cookie.max_age_seconds)}" if cookie.max_age_seconds else "for the session"
    if cookie.http_only:
        yield "HttpOnly"
    if cookie.partition:
        yield f"partitioned under {cookie.partition}"
    if not cookie.stored:
        yield f"kept out by this browser alone ({cookie.block_reason})"
    if cookie.lived_ms is not None:
        yield f"lived {cookie.lived_ms} ms"
