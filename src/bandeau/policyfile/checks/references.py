"""What the parts of a file say about each other."""

from __future__ import annotations

from bandeau.core.policy import ModeRule, Service
from bandeau.policyfile.draft import Declared, Draft
from bandeau.policyfile.entry import Entry
from bandeau.policyfile.findings import Findings
from bandeau.policyfile.suggest import listing, nearest

_TODO = "todo"


def check_references(draft: Draft, findings: Findings) -> None:
    """Report ids that lead nowhere, come twice, or lie in the future."""
    _check_service_ids(draft, findings)
    for service in draft.services:
        _check_purpose(service, draft, findings)
        _check_vendor(service, draft, findings)
    _check_signal(draft, findings)
    _check_revisions(draft, findings)
    _check_mode_rules(draft.rules, findings)
    _check_twins(draft, findings)


def _check_service_ids(draft: Draft, findings: Findings) -> None:
    seen: dict[str, Entry] = {}
    for service in draft.services:
        name, entry = service.value.id, service.entry
        if not name:
            continue
        if name in seen:
            line = findings.positions.key(seen[name].path).line
            findings.add(
                "BND201",
                entry.at("id") if entry.has("id") else entry.at("use"),
                f'two services are called "{name}"',
                note=f"the first stands on line {line}",
                help='give this one its own id = "…"',
            )
        seen.setdefault(name, entry)


def _check_purpose(service: Declared[Service], draft: Draft, findings: Findings) -> None:
    entry, purpose = service.entry, service.value.purpose
    known = list(draft.by_purpose)
    if not purpose or purpose.lower() == _TODO:
        on_key = not purpose
        findings.add(
            "BND207",
            entry.at("purpose") if purpose else entry.path,
            f'service "{service.value.id}" has no purpose',
            note=f"one of: {listing(known)}",
            on_key=on_key,
            unless=(*entry.path, "purpose"),
        )
        return
    if purpose in draft.by_purpose:
        return
    report_unknown(
        "BND204", entry, "purpose", f'service "{service.value.id}" uses unknown purpose', known, findings
    )


def _check_vendor(service: Declared[Service], draft: Draft, findings: Findings) -> None:
    vendor = service.value.vendor
    if vendor is None or vendor in draft.by_vendor:
        return
    subject = f'service "{service.value.id}" names unknown vendor'
    report_unknown("BND205", service.entry, "vendor", subject, list(draft.by_vendor), findings)


def report_unknown(
    code: str, entry: Entry, key: str, subject: str, known: list[str], findings: Findings
) -> None:
    """Report a word that names nothing, with the closest that is known."""
    word = entry.text(key)
    guess = nearest(word, known)
    findings.add(
        code,
        entry.at(key),
        f'{subject} "{word}"',
        note=f"not one of: {listing(known)}" if known else "none is declared",
        help=f'did you mean "{guess}"?  (bandeau check --fix applies it)' if guess else "",
        fix=f'"{guess}"' if guess else None,
        unless=(f"{key}s", word),
    )


def _check_signal(draft: Draft, findings: Findings) -> None:
    known = list(draft.by_purpose)
    for path, name in draft.root.table("choice").words("honour_gpc"):
        purpose = draft.by_purpose.get(name)
        if purpose is None:
            guess = nearest(name, known)
            findings.add(
                "BND204",
                path,
                f'honour_gpc names unknown purpose "{name}"',
                note=f"not one of: {listing(known)}",
                help=f'did you mean "{guess}"?  (bandeau check --fix applies it)' if guess else "",
                fix=f'"{guess}"' if guess else None,
            )
        elif purpose.value.necessary:
            findings.add("BND211", path, f'"{name}" is necessary: no signal can refuse it')


def _check_revisions(draft: Draft, findings: Findings) -> None:
    entries = [purpose.entry for purpose in draft.purposes]
    entries += [service.entry for service in draft.services]
    entries += [vendor.entry for vendor in draft.vendors]
    for entry in entries:
        for key in ("since", "material_since"):
            number = entry.number(key, 1)
            if number > draft.revision:
                findings.add(
                    "BND209",
                    entry.at(key),
                    f"{key} is {number}, and the file is at revision {draft.revision}",
                    note=f"at most {draft.revision}",
                    help=f"raise revision to {number}, or correct this number",
                )


def _check_mode_rules(rules: tuple[Declared[ModeRule], ...], findings: Findings) -> None:
    for index, rule in enumerate(rules):
        for earlier in rules[:index]:
            if _covers(earlier.value, rule.value):
                line = findings.positions.key(earlier.entry.path).line
                findings.add(
                    "BND214",
                    rule.entry.path,
                    f"this rule is never reached: the one on line {line} covers it",
                    on_key=True,
                )
                break


def _covers(earlier: ModeRule, later: ModeRule) -> bool:
    if earlier.host is not None and earlier.host != later.host:
        is_within = later.host is not None and later.host.removeprefix("*.").endswith(earlier.host[1:])
        if not (earlier.host.startswith("*.") and is_within):
            return False
    if earlier.path == later.path:
        return True
    return earlier.path.endswith("/*") and later.path.startswith(earlier.path[:-1])


def _check_twins(draft: Draft, findings: Findings) -> None:
    """Report a tracker that two services declare: withdrawing one would clear the other's."""
    seen: dict[tuple[str, str, str], str] = {}
    for service in draft.services:
        for row, tracker in zip(service.entry.rows("trackers"), service.value.trackers, strict=True):
            if not tracker.name or tracker.party == "third":
                continue
            key = (tracker.name, tracker.kind, tracker.domain or "")
            other = seen.setdefault(key, service.value.id)
            if other != service.value.id:
                message = f'tracker "{tracker.name}" is declared by "{other}" and by "{service.value.id}"'
                findings.add("BND220", row.at("name"), message)
