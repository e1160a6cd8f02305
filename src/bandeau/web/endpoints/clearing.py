"""What goes when a purpose is refused: its first-party cookies, and the profiles made with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bandeau.core.consent import Consent
from bandeau.core.policy import Purpose, Service
from bandeau.core.request import RequestHead
from bandeau.enforcement.cookies import CookieTable, ancestors, expiries
from bandeau.enforcement.visit import Visit
from bandeau.ledger.outbox import NO_EFFECTS, Effects
from bandeau.profiles.accounts import account_digest, follows_accounts
from bandeau.site import Site, Withdrawal
from bandeau.web.endpoints.origin import own_path
from bandeau.web.gateway.registrable import registrable_domain

#: Expiring a cookie weighs about 100 bytes; common proxies take 4 kB of headers. What is left
#: is expired with the next page.
MOST_EXPIRIES = 20


@dataclass(frozen=True, slots=True)
class Cleared:
    """The names of what goes, and the ``Set-Cookie`` values that make it go."""

    names: tuple[str, ...]
    set_cookies: tuple[str, ...]


def clear(head: RequestHead, before: Visit, now: Consent, seen: Iterable[str]) -> Cleared:
    """Return what makes the first-party cookies of refused services expire.

    They are those that the browser sent or its scripts see, and those declared by a service
    that was allowed until now; they go wherever they may lie: every path above the page and
    above this address, every declared path, every domain down to the registrable one.
    """
    after = visit_with(before, now)
    names = _refused_names(before, after, seen)
    if not names:
        return Cleared((), ())
    lines = expiries(
        before.policy,
        names,
        host=head.hostname,
        paths=_paths(head, before),
        registrable=registrable_domain,
        limit=MOST_EXPIRIES,
    )
    return Cleared(tuple(names), lines)


def effects_of(site: Site, before: Visit, now: Consent, account: str) -> Effects:
    """Return what follows from a choice: whom it obliges to erase, and what its account has answered."""
    # Every choice passes here, and few sites make profiles.
    owed = site.withdrawals.owe(withdrawn(before, now, account)) if site.erases_profiles else ()
    if not account:
        return Effects(owed) if owed else NO_EFFECTS
    policy, after = before.policy, visit_with(before, now)
    shared = [purpose.id for purpose in policy.switches() if follows_accounts(policy, purpose.id)]
    answers = {name: after.decide(name).allowed for name in shared}
    return Effects(owed, account_digest(policy.site, account), answers)


def withdrawn(before: Visit, now: Consent, account: str = "") -> Iterator[Withdrawal]:
    """Yield a withdrawal of every refused purpose of which something may exist."""
    after = visit_with(before, now)
    for purpose in before.policy.switches():
        services = before.policy.services_of(purpose.id)
        own = {name: value for name, value in before.cookies if _is_of(services, name)}
        # What an account allowed on another device is refused from here (EU-24).
        of = account if follows_accounts(before.policy, purpose.id) else ""
        if not after.decide(purpose.id).allowed and (own or of or _was_allowed(before, purpose)):
            yield Withdrawal(purpose.id, before.subject_id, own, of)


def visit_with(visit: Visit, consent: Consent) -> Visit:
    """Return the same visit with another choice."""
    return Visit(
        visit.policy,
        consent,
        visit.today,
        signals=visit.signals,
        regime=visit.regime,
        mode=visit.mode,
        subject_id=visit.subject_id,
        cookies=visit.cookies,
    )


def _was_allowed(before: Visit, purpose: Purpose) -> bool:
    """Tell whether a purpose may have been allowed to this reader at some time.

    A reader with a subject id has chosen before; the cookie that said what may be gone.
    """
    known = before.known
    granted = isinstance(known, Consent) and known.granted >> purpose.bit & 1
    return bool(granted) or before.subject_id is not None or before.decide(purpose.id).allowed


def _refused_names(before: Visit, after: Visit, seen: Iterable[str]) -> list[str]:
    policy, allowed = after.policy, after.allowed_services
    lost = before.allowed_services & ~allowed
    declared = (
        tracker.name
        for index, service in enumerate(policy.services)
        if lost >> index & 1
        for tracker in service.trackers
        if tracker.kind == "cookie" and tracker.party == "first" and not tracker.name.endswith("*")
    )
    named = dict.fromkeys([*(name for name, _ in before.cookies), *seen, *declared])
    table = CookieTable(policy, 0) if named else None
    return [name for name in named if table and _is_refused(table, name, allowed)]


def _paths(head: RequestHead, visit: Visit) -> Iterable[str]:
    services = visit.policy.services
    declared = (tracker.path for service in services for tracker in service.trackers)
    page = own_path(head.first("referer"), head, visit.policy.site).partition("?")[0]
    return dict.fromkeys(("/", *declared, *ancestors(page or "/"), *ancestors(head.path)))


def _is_refused(table: CookieTable, name: str, allowed: int) -> bool:
    owners = table.owners(name)
    return bool(owners) and not any(allowed >> owner & 1 for owner in owners)


def _is_of(services: tuple[Service, ...], name: str) -> bool:
    return any(
        tracker.kind == "cookie" and tracker.matches(name)
        for service in services
        for tracker in service.trackers
    )
