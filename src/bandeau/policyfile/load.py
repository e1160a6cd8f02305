"""From text to Policy: all mistakes in one pass, or the policy and its warnings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path as FilePath

from bandeau.core.canonical import digest
from bandeau.core.policy import Policy
from bandeau.errors import PolicyError
from bandeau.policyfile.build_profiles import build_profiles
from bandeau.policyfile.build_services import build_purposes, build_services, build_vendors, resolve_services
from bandeau.policyfile.build_site import build_enforce, build_proof, build_remember, build_site
from bandeau.policyfile.catalogue import BUNDLED, Catalogue
from bandeau.policyfile.checks import run_checks
from bandeau.policyfile.declaration import declaration
from bandeau.policyfile.draft import Declared, Draft
from bandeau.policyfile.entry import Entry
from bandeau.policyfile.findings import Findings
from bandeau.policyfile.grammar import ROOT
from bandeau.policyfile.parse import MAX_BYTES, Parsed, decode, parse
from bandeau.policyfile.positions import Path, Positions, scan
from bandeau.policyfile.problem import Problem, Span
from bandeau.policyfile.shape import check_shape

FILENAME = "bandeau.toml"
VERSION = 1


@dataclass(frozen=True, slots=True)
class Loaded:
    """A policy that stands, and what should be looked at.

    ``places`` leads from ``("service", id)``, ``("purpose", id)`` or ``("vendor", id)`` to where
    it is declared. ``text`` is what was read; ``declaration`` is all that it declares, catalogue
    included, in the canonical bytes that ``policy.digest`` is of.
    """

    policy: Policy
    warnings: tuple[Problem, ...]
    positions: Positions
    places: Mapping[tuple[str, str], Path]
    text: str
    declaration: bytes
    filename: str = FILENAME

    def place(self, kind: str, name: str) -> Span:
        """Return where a purpose, service or vendor is declared; line 1 when it is not."""
        return self.positions.key(self.places.get((kind, name), ()))


def load(text: str, *, filename: str = FILENAME, catalogue: Catalogue | None = None) -> Loaded:
    """Read a policy.

    Raises:
        PolicyError: with every problem of the file, sorted by line.
    """
    parsed = parse(text, filename)
    draft = _draft(parsed, catalogue or BUNDLED)
    findings = parsed.findings
    if draft is None or findings.has_errors:
        raise PolicyError(findings.in_order())
    declared = declaration(draft.policy, draft.vendors, draft.services)
    return Loaded(
        policy=replace(draft.policy, digest=digest(declared)),
        warnings=findings.in_order(),
        positions=findings.positions,
        places=_places(draft),
        text=text,
        declaration=declared,
        filename=filename,
    )


def load_file(path: str | FilePath, *, filename: str | None = None) -> Loaded:
    """Read a policy from a file; ``filename`` is how messages call it.

    Raises:
        PolicyError: also when the file cannot be read.
    """
    name = filename or str(path)
    try:
        with FilePath(path).open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise PolicyError([_unreadable(name, error)]) from error
    text = decode(raw, name)
    if isinstance(text, Findings):
        raise PolicyError(text.in_order())
    return load(text, filename=name)


def _unreadable(name: str, error: OSError | ValueError) -> Problem:
    findings = Findings(name, scan(""))
    reason = error.strerror if isinstance(error, OSError) else str(error)
    findings.add("BND118", (), f"cannot read {name}: {reason}")
    return findings.problems[0]


def _draft(parsed: Parsed, catalogue: Catalogue) -> Draft | None:
    findings = parsed.findings
    if not parsed.data and not parsed.whole:
        return None
    version = parsed.data.get("version")
    if isinstance(version, int) and not isinstance(version, bool) and version != VERSION:
        findings.add(
            "BND116",
            ("version",),
            f"this Bandeau reads version {VERSION} of the format",
            note=f"not {VERSION}",
        )
        return None
    clean = check_shape(parsed.data, ROOT, findings, whole=parsed.whole)
    if not parsed.whole:
        # Lines are missing: what refers to them could not be judged fairly.
        return None
    draft = _build(Entry((), clean), catalogue, findings)
    run_checks(draft, findings)
    return draft


def _build(root: Entry, catalogue: Catalogue, findings: Findings) -> Draft:
    rows, items = resolve_services(root, catalogue, findings)
    site = build_site(root, findings)
    enforce, rules = build_enforce(root, findings)
    purposes = build_purposes(root)
    services = build_services(rows, findings)
    vendors = build_vendors(root, items)
    profiles = build_profiles(root, findings)
    policy = Policy(
        revision=root.number("revision", 1),
        site=site,
        purposes=tuple(purpose.value for purpose in purposes),
        services=tuple(service.value for service in services),
        vendors=tuple(vendor.value for vendor in vendors),
        enforce=enforce,
        proof=build_proof(root, findings),
        remember_days=build_remember(root, findings),
        profiles=tuple(profile.value for profile in profiles),
    )
    return Draft(
        root=root,
        revision=policy.revision,
        site=site,
        enforce=enforce,
        rules=rules,
        purposes=purposes,
        services=services,
        vendors=vendors,
        profiles=profiles,
        used=tuple(Declared(row, item) for row, item in items),
        policy=policy,
    )


def _places(draft: Draft) -> dict[tuple[str, str], Path]:
    places = {("purpose", purpose.value.id): purpose.entry.path for purpose in draft.purposes}
    places |= {("service", service.value.id): service.entry.path for service in draft.services}
    return places | {("vendor", vendor.value.id): vendor.entry.path for vendor in draft.vendors}
