"""Lifetimes: how long cookies live, against what is declared and what the law allows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bandeau.audit.judge.breach import Breach, View, of_service
from bandeau.audit.judge.cookies import (
    CHOICE_NAMES,
    Declared,
    declared,
    describe,
    is_deposit,
    is_first_party,
    is_own,
    key_of,
)
from bandeau.audit.judge.remedies import declare_tracker, lifetime
from bandeau.audit.observation import CookieSet
from bandeau.core.policy import DAY_SECONDS, Service, Tracker

# 13 calendar months are 397 days where they hold a leap day and long months; a mean month would
# accuse who counts by the calendar.
_THIRTEEN_MONTHS = 397 * DAY_SECONDS
# Chromium shortens every cookie to this (RFC 6265bis §5.5); a longer one cannot be told from it.
_LONGEST = 400 * DAY_SECONDS
_REAL = ("click", "key", "form")
#: What is not yet another lifetime: clocks differ, and months have 28 to 31 days.
_LEAST_MARGIN, _MOST_MARGIN = 60, 2 * DAY_SECONDS


def exceeds(observed: int | None, said: int | None) -> bool:
    """Tell whether a lifetime in seconds is longer than what was said; ``None`` is a session.

    >>> exceeds(184 * 86400, 182 * 86400), exceeds(186 * 86400, 182 * 86400), exceeds(None, 60)
    (False, True, False)
    """
    if observed is None:
        return False
    if said is None:
        return True
    if observed >= _LONGEST - _LEAST_MARGIN and said >= _LONGEST:
        return False
    return observed > said + max(_LEAST_MARGIN, min(_MOST_MARGIN, said // 50))


def judge_lifetimes(view: View) -> Iterator[Breach]:
    """Yield the breaches in the lifetimes and attributes of a visit's cookies."""
    first: dict[tuple[str, str, str, str], CookieSet] = {}
    for fact in view.visit.observations:
        if not isinstance(fact, CookieSet) or not is_deposit(fact):
            continue
        if is_own(view, fact):
            yield from _choice(view, fact)
            continue
        found = declared(view, fact)
        if found is not None:
            yield from _declared(view, fact, found)
            yield from _prolonged(view, fact, first.setdefault(key_of(fact), fact), found.services[0])


def _declared(view: View, cookie: CookieSet, found: Declared) -> Iterator[Breach]:
    service, tracker, age = found.services[0], found.tracker, cookie.max_age_seconds
    too_long = age is not None and age > _THIRTEEN_MONTHS
    if too_long:
        code = "BND532" if service.exempt_reason == "audience" else "BND531"
        evidence = describe(view, cookie, lifetime(age))
        yield of_service(code, evidence, service, object=tracker.name, thing=cookie.name)
    # Beyond what its exemption allows, what was declared does not matter any more.
    if exceeds(age, tracker.max_age_seconds) and not (too_long and service.exempt_reason == "audience"):
        evidence = describe(view, cookie, f"{lifetime(age)}, declared as {lifetime(tracker.max_age_seconds)}")
        patch = declare_tracker(
            tracker.name, "cookie", age, domain=tracker.domain or "", http_only=tracker.http_only
        )
        breach = of_service("BND530", evidence, service, object=tracker.name, thing=cookie.name)
        yield replace(breach, patch=patch)
    for difference in _differences(view, cookie, tracker):
        evidence = describe(view, cookie, difference)
        object_ = f"{tracker.name}: {difference}"
        yield of_service("BND534", evidence, service, object=object_, thing=f"{cookie.name} ({difference})")


def _differences(view: View, cookie: CookieSet, tracker: Tracker) -> Iterator[str]:
    is_first = is_first_party(view, cookie)
    if is_first and tracker.party == "third":
        yield "declared as a third party's, and the site gets it back"
    if not is_first and tracker.party == "first":
        yield "declared as the site's, and a third party gets it back"
    if tracker.http_only and not cookie.http_only:
        yield "declared as hidden from scripts, and they can read it"


def _prolonged(view: View, cookie: CookieSet, first: CookieSet, service: Service) -> Iterator[Breach]:
    """An exempt audience cookie whose end moves with each page (EU-15)."""
    if service.exempt_reason != "audience" or cookie.step == first.step:
        return
    if cookie.max_age_seconds is None or first.max_age_seconds is None:
        return
    moved = cookie.max_age_seconds - first.max_age_seconds + (cookie.at_ms - first.at_ms) // 1000
    # A fixed end comes nearer from page to page. What lives for a visit only is meant to follow it.
    if moved >= 1 and cookie.max_age_seconds >= first.max_age_seconds > DAY_SECONDS:
        evidence = describe(view, cookie, f"its end moved by {lifetime(moved)} on a later page")
        yield of_service("BND533", evidence, service, object=cookie.name, thing=cookie.name)


def _choice(view: View, cookie: CookieSet) -> Iterator[Breach]:
    """The cookie of the choice, as the server gave it to a real choice."""
    made = [choice for choice in view.visit.choices if choice.confirmed and choice.how in _REAL]
    if cookie.name not in CHOICE_NAMES or not made:
        return
    said = view.policy.remember_days * DAY_SECONDS
    seen = cookie.max_age_seconds
    if exceeds(seen, said) or exceeds(said, seen):
        evidence = describe(view, cookie, f"{lifetime(seen)}, declared as {lifetime(said)}")
        action = made[0].action
        yield Breach("BND535", evidence, action, f"{action}: {lifetime(seen)} instead of {lifetime(said)}")
