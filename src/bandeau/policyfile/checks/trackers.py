"""Trackers: lifetimes, owners, and how long a choice stands."""

from __future__ import annotations

from bandeau.core.policy import DAY_SECONDS, REMEMBER_DAYS, Service, Tracker
from bandeau.policyfile.checks.exemptions import TRACKER_DAYS
from bandeau.policyfile.draft import Declared, Draft
from bandeau.policyfile.entry import Entry
from bandeau.policyfile.findings import Findings


def check_trackers(draft: Draft, findings: Findings) -> None:
    """Report lifetimes beyond the limits and trackers that nobody owns."""
    _check_remember(draft, findings)
    for service in draft.services:
        for row, tracker in zip(service.entry.rows("trackers"), service.value.trackers, strict=True):
            _check_lifetime(service, row, tracker, findings)
            if tracker.party == "third" and tracker.domain is None:
                message = f'tracker "{tracker.name}" is read by a third party, and its domain is not said'
                findings.add("BND417", row.at("party"), message, unless=(*row.path, "domain"))


def _check_lifetime(service: Declared[Service], row: Entry, tracker: Tracker, findings: Findings) -> None:
    seconds = tracker.max_age_seconds
    if seconds is None:
        if tracker.kind in ("local", "indexeddb", "cache") and row.text("max_age") == "session":
            message = f'tracker "{tracker.name}" of kind "{tracker.kind}" does not end with the session'
            findings.add("BND418", row.at("max_age"), message)
        return
    is_audience = service.value.exempt_reason == "audience"
    is_endless = row.text("max_age") == "persistent"
    if seconds // DAY_SECONDS > TRACKER_DAYS and not is_endless and not is_audience:
        message = f'tracker "{tracker.name}" of "{service.value.id}" lives for {row.text("max_age")}'
        findings.add("BND308", row.at("max_age"), message, note="at most 13 months", help=_shorter(service))


def _shorter(service: Declared[Service]) -> str:
    """Return the remedy with the line to write, all trackers of the service in it."""
    rows = [
        f'{{ name = "{tracker.name}", max_age = "{_lifetime(row, tracker)}"{_rest(row)} }}'
        for row, tracker in zip(service.entry.rows("trackers"), service.value.trackers, strict=True)
    ]
    return f"once the vendor's settings say so, write: trackers = [{', '.join(rows)}]"


def _lifetime(row: Entry, tracker: Tracker) -> str:
    text = row.text("max_age")
    is_long = tracker.max_age_seconds is not None and tracker.max_age_seconds // DAY_SECONDS > TRACKER_DAYS
    return "13 months" if is_long and text != "persistent" else text


def _rest(row: Entry) -> str:
    words = [f', {key} = "{row.text(key)}"' for key in ("kind", "party", "domain", "path") if row.has(key)]
    flags = [f", {key} = true" for key in ("partitioned", "http_only") if row.flag(key)]
    return "".join([*words, *flags])


def _check_remember(draft: Draft, findings: Findings) -> None:
    days = draft.policy.remember_days
    if abs(days - REMEMBER_DAYS) <= 2:
        return  # "26 weeks" and "183 days" are six months too
    code = "BND309" if days > REMEMBER_DAYS else "BND310"
    word = "longer" if days > REMEMBER_DAYS else "shorter"
    findings.add(code, ("choice", "remember"), f"choices stand for {days} days, {word} than 6 months")
