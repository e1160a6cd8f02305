"""The profiles that the site makes: under a switch, with an end, erased by somebody who can be reached."""

from __future__ import annotations

import re

from bandeau.core.policy import DAY_SECONDS
from bandeau.core.profile import Profile
from bandeau.policyfile.checks.integration import is_loopback
from bandeau.policyfile.checks.references import report_unknown
from bandeau.policyfile.draft import Declared, Draft
from bandeau.policyfile.duration import PERSISTENT_SECONDS, parse_duration
from bandeau.policyfile.entry import Entry
from bandeau.policyfile.findings import Findings

_WEBHOOK = re.compile(r"(https?)://([^/?#@\s\\]+)(?:[/?][^\s#\\]*)?")


def check_profiles(draft: Draft, findings: Findings) -> None:
    """Report profiles that no switch governs, that never end, or that cannot be told of a withdrawal."""
    seen: dict[str, Entry] = {}
    for profile in draft.profiles:
        _check_purpose(profile, draft, findings)
        _check_end(profile, findings)
        _check_webhook(profile, findings)
        first = seen.setdefault(profile.value.name, profile.entry)
        if first is not profile.entry and profile.value.name:
            line = findings.positions.key(first.path).line
            message = f'two profiles are called "{profile.value.name}"'
            findings.add("BND222", profile.entry.at("name"), message, note=f"the first stands on line {line}")


def _check_purpose(profile: Declared[Profile], draft: Draft, findings: Findings) -> None:
    value, entry = profile.value, profile.entry
    purpose = draft.by_purpose.get(value.purpose)
    if not value.purpose:
        return  # the shape has said so
    if purpose is None:
        subject = f'profile "{value.name}" serves unknown purpose'
        report_unknown("BND204", entry, "purpose", subject, list(draft.by_purpose), findings)
    elif purpose.value.necessary:
        message = f'profile "{value.name}" serves "{value.purpose}", which has no switch'
        findings.add("BND335", entry.at("purpose"), message)
    elif not purpose.value.profiles and not findings.was_refused(purpose.entry.at("profiles")):
        message = f'profile "{value.name}" serves "{value.purpose}", which says that it creates none'
        findings.add("BND334", entry.at("purpose"), message)


def _check_end(profile: Declared[Profile], findings: Findings) -> None:
    text = profile.entry.text("retention")
    seconds = parse_duration(text)
    if seconds is not None and not DAY_SECONDS <= seconds <= PERSISTENT_SECONDS:
        message = f'profile "{profile.value.name}" is kept for {text}'
        findings.add("BND336", profile.entry.at("retention"), message, note="a day to ten years")


def _check_webhook(profile: Declared[Profile], findings: Findings) -> None:
    webhook = profile.value.webhook
    found = _WEBHOOK.fullmatch(webhook.url) if webhook else None
    if webhook is None or (found and (found[1] == "https" or is_loopback(f"http://{found[2]}"))):
        return
    findings.add("BND423", profile.entry.at("webhook"), f'"{webhook.url}" is not an https address')
