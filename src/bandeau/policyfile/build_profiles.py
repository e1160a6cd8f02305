"""The profiles that the site makes of its readers, as values of the core."""

from __future__ import annotations

from bandeau.core.profile import WEBHOOK_SECRET, Profile, Scope, Webhook
from bandeau.policyfile.draft import Declared
from bandeau.policyfile.duration import parse_duration
from bandeau.policyfile.entry import Entry
from bandeau.policyfile.findings import Findings
from bandeau.policyfile.shape import is_id


def build_profiles(root: Entry, findings: Findings) -> tuple[Declared[Profile], ...]:
    """Return the profiles in the order of the file."""
    return tuple(Declared(row, _profile(row, findings)) for row in root.rows("profiles"))


def _profile(row: Entry, findings: Findings) -> Profile:
    name, title = row.text("name"), row.text("title")
    if name and not is_id(name):
        findings.add("BND112", row.at("name"), f'"{name}" cannot be the name of a profile')
    return Profile(
        name=name,
        purpose=row.text("purpose"),
        holds=row.texts("holds"),
        retention_seconds=_retention(row, findings),
        title=row.texts("title") or title or name,
        scope=Scope(row.text("scope", Scope.DEVICE)),
        webhook=_webhook(row),
    )


def _retention(row: Entry, findings: Findings) -> int:
    text = row.text("retention")
    seconds = parse_duration(text)
    if text and seconds is None:
        findings.add("BND110", row.at("retention"), f'"{text}" is not a duration', note='as in "90 days"')
    return seconds or 0


def _webhook(row: Entry) -> Webhook | None:
    url = row.text("webhook")
    if not url:
        return None
    return Webhook(url, row.text("webhook_secret", WEBHOOK_SECRET), row.flag("webhook_private"))
