"""Bases other than consent: each is narrow, and each has its conditions."""

from __future__ import annotations

from bandeau.core.policy import DAY_SECONDS, Basis, Kind, Purpose, Service
from bandeau.policyfile.draft import Declared, Draft
from bandeau.policyfile.duration import parse_duration
from bandeau.policyfile.findings import Findings
from bandeau.policyfile.grammar import AUDIENCE_CONDITIONS, EXEMPT_REASONS

#: 13 months and 25 months, as whole days.
TRACKER_DAYS = 395
RETENTION_DAYS = 760
_NEVER_EXEMPT = (Kind.ADS, Kind.PIXEL, Kind.LOADER)
_NEVER_NECESSARY = (*_NEVER_EXEMPT, Kind.EMBED)
_PROFILING = (Kind.ADS, Kind.PIXEL)


def check_exemptions(draft: Draft, findings: Findings) -> None:
    """Report services that run without consent and may not."""
    for service in draft.services:
        purpose = draft.by_purpose.get(service.value.purpose)
        _check_reason(service, findings)
        _check_retention(service, findings)
        if service.value.exempt_reason == "audience" and service.value.basis is Basis.EXEMPT:
            _check_audience(service, findings)
        if purpose is not None:
            _check_place(service, purpose.value, findings)


def _check_place(service: Declared[Service], purpose: Purpose, findings: Findings) -> None:
    """Judge basis and kind of a service in its purpose."""
    value, entry = service.value, service.entry
    where = f'service "{value.id}"'
    if purpose.necessary and value.kind in _NEVER_NECESSARY:
        message = f'{where} is of kind "{value.kind}" and sits in the necessary purpose "{purpose.id}"'
        findings.add("BND318", entry.at("purpose"), message)
    elif purpose.necessary and value.basis is Basis.CONSENT:
        findings.add(
            "BND325",
            entry.at("basis") if entry.has("basis") else entry.at("purpose"),
            f'{where} asks consent in the necessary purpose "{purpose.id}"',
            help='write basis = "exempt" and exempt_reason, or move it to a purpose with a switch',
            unless=(*entry.path, "basis"),
        )
    elif value.basis is Basis.EXEMPT and value.kind in _NEVER_EXEMPT:
        findings.add("BND319", entry.at("basis"), f'{where} of kind "{value.kind}" cannot be exempt')
    if value.basis is Basis.OBJECTION:
        _check_objection(service, purpose, findings)
    if value.kind in _PROFILING and not purpose.profiles and not purpose.necessary:
        message = f'{where} of kind "{value.kind}" builds profiles, and purpose "{purpose.id}" has none'
        findings.add("BND331", entry.at("purpose"), message)


def _check_objection(service: Declared[Service], purpose: Purpose, findings: Findings) -> None:
    value, entry = service.value, service.entry
    if purpose.profiles or value.kind in _NEVER_EXEMPT:
        message = f'service "{value.id}" cannot rest on objection: it serves advertising or profiling'
        findings.add("BND316", entry.at("basis"), message)
    elif value.bit is None:
        message = f'service "{value.id}" runs until the reader objects, and has no switch of its own'
        findings.add("BND320", entry.at("basis"), message, unless=(*entry.path, "bit"))


def _check_reason(service: Declared[Service], findings: Findings) -> None:
    value, entry = service.value, service.entry
    if value.basis is Basis.EXEMPT and value.exempt_reason is None:
        findings.add(
            "BND313",
            entry.at("basis"),
            f'service "{value.id}" is exempt without a reason',
            note=f"one of: {', '.join(EXEMPT_REASONS)}",
            unless=(*entry.path, "exempt_reason"),
        )
    elif value.basis is not Basis.EXEMPT and value.exempt_reason is not None:
        message = f'service "{value.id}" gives a reason to be exempt, and its basis is "{value.basis}"'
        findings.add("BND327", entry.at("exempt_reason"), message)


def _check_audience(service: Declared[Service], findings: Findings) -> None:
    """Judge exempt audience measurement by the CNIL's conditions (EU-15)."""
    value, entry = service.value, service.entry
    confirmed = {text for _, text in entry.words("conditions")}
    open_ = [condition for condition in AUDIENCE_CONDITIONS if condition not in confirmed]
    if open_:
        message = f'service "{value.id}" is exempt as audience measurement without: {", ".join(open_)}'
        findings.add(
            "BND312", entry.at("conditions" if entry.has("conditions") else "exempt_reason"), message
        )
    if value.bit is None:
        message = f'service "{value.id}" measures without consent, and nobody can object to it'
        findings.add("BND320", entry.at("exempt_reason"), message, unless=(*entry.path, "bit"))
    for row, tracker in zip(entry.rows("trackers"), value.trackers, strict=True):
        days = (tracker.max_age_seconds or 0) // DAY_SECONDS
        if days > TRACKER_DAYS:
            limit = "the 13 months of the CNIL audience exemption"
            message = f'"{value.id}": max_age {row.text("max_age")} is longer than {limit}'
            findings.add("BND311", row.at("max_age"), message)
        if tracker.party == "third":
            message = f'"{value.id}": tracker "{tracker.name}" belongs to a third party'
            findings.add("BND315", row.at("party"), message)


def _check_retention(service: Declared[Service], findings: Findings) -> None:
    entry = service.entry
    text = entry.text("data_retention")
    if not text:
        return
    seconds = parse_duration(text)
    if seconds is None:
        findings.add(
            "BND110", entry.at("data_retention"), f'"{text}" is not a duration', note='as in "25 months"'
        )
    elif service.value.exempt_reason == "audience" and seconds > RETENTION_DAYS * DAY_SECONDS:
        message = (
            f'"{service.value.id}": data are kept for {text}, longer than the 25 months of the exemption'
        )
        findings.add("BND314", entry.at("data_retention"), message)
