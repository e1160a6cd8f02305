"""Judgement: what a recording shows, held against a policy, as values that every report is made of."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec


class Verdict(StrEnum):
    """What can be said of one promise. Of several the worst stands; the order here is from best to worst.

    ``delegated``: nothing was seen but what an allowed service may do by declaration (inside its own
    frame, or with open reach); nobody can vouch for that. ``inconclusive`` is never clean.
    """

    KEPT = "kept"
    DELEGATED = "delegated"
    INCONCLUSIVE = "inconclusive"
    UNDECLARED = "undeclared"
    BROKEN = "broken"


_ORDER = tuple(Verdict)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst of some verdicts; ``kept`` of none."""
    return max(verdicts, key=_ORDER.index, default=Verdict.KEPT)


class Kind(StrEnum):
    """What of the policy a finding speaks of; with its id this leads to a line of the file."""

    SERVICE = "service"
    PURPOSE = "purpose"
    SITE = "site"


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """A plain value, written with all its members."""


class Evidence(Value, frozen=True, kw_only=True):
    """One observation that a finding rests on.

    ``visit`` is the visit's number in the recording. ``what`` is the URL, cookie or item; ``chain`` leads
    from what caused it, the nearest first; ``detail`` says what else stands out.
    """

    visit: int
    scenario: str
    step: str
    at_ms: int
    page: str
    what: str
    chain: tuple[str, ...] = ()
    detail: str = ""


class Finding(Value, frozen=True, kw_only=True):
    """One breach, or one doubt, with all that shows it.

    ``id`` names it in every run: it hangs on the rule, on whom it concerns and on what was done, and on
    nothing that changes from run to run. ``purpose`` is ``""`` where none is concerned. ``object`` is the
    host, the cookie, the item, the button. ``through`` names who brought it in, where somebody did.
    ``patch`` is TOML for the policy, where the policy is the remedy. ``evidence`` is a part of ``count``.
    """

    id: str
    code: str
    level: str
    verdict: Verdict
    message: str
    remedy: str
    purpose: str
    kind: Kind
    subject: str
    object: str
    through: str
    patch: str
    scenarios: tuple[str, ...]
    count: int
    evidence: tuple[Evidence, ...]


class Cell(Value, frozen=True, kw_only=True):
    """What happened to a purpose in a scenario.

    ``state`` says in a word what the reader had decided in the end. ``seen`` counts what the purpose's
    services did, ``held`` what was stopped before it left. ``purpose`` is ``""`` in the row of what nobody
    declared, where ``seen`` counts that.
    """

    purpose: str
    scenario: str
    verdict: Verdict
    state: str
    seen: int
    held: int
    findings: tuple[str, ...]


class SeenTracker(Value, frozen=True, kw_only=True):
    """A tracker: as it is declared, and what of it was seen.

    ``declared_seconds`` and ``longest_seconds`` are ``None`` for one that ends with the session.
    """

    name: str
    kind: str
    domain: str
    declared: bool
    seen: bool
    declared_seconds: int | None = None
    longest_seconds: int | None = None
    scenarios: tuple[str, ...] = ()
    set_by: tuple[str, ...] = ()


class SeenService(Value, frozen=True, kw_only=True):
    """A declared service: how often it was called in which scenario, and its trackers."""

    id: str
    purpose: str
    basis: str
    calls: dict[str, int]
    hosts: tuple[str, ...]
    trackers: tuple[SeenTracker, ...]

    @property
    def seen(self) -> bool:
        """Whether anything of it was seen."""
        return bool(self.calls) or any(tracker.seen for tracker in self.trackers)


class SeenHost(Value, frozen=True, kw_only=True):
    """A host that is no declared service's: undeclared, or called under delegation (``to``)."""

    host: str
    to: str
    scenarios: tuple[str, ...]
    calls: int


class Inventory(Value, frozen=True, kw_only=True):
    """What was declared and what was seen.

    ``remnants`` are cookies of third parties that outlive a withdrawal: only their owners can delete
    them. ``workers`` are the scopes of service workers.
    """

    services: tuple[SeenService, ...]
    undeclared: tuple[SeenHost, ...]
    delegated: tuple[SeenHost, ...]
    trackers: tuple[SeenTracker, ...]
    remnants: tuple[SeenTracker, ...]
    workers: tuple[str, ...]


class Seen(Value, frozen=True, kw_only=True):
    """A scenario as far as it was run."""

    scenario: str
    visits: int
    pages: int
    outcomes: tuple[str, ...]
    how: tuple[str, ...]


class Coverage(Value, frozen=True, kw_only=True):
    """What the sample was. ``ratio`` is how much of the network's own log the events showed too."""

    pages: tuple[str, ...]
    pages_known: int
    visits: int
    requests: int
    blocked: int
    stopped: int
    netlog: int
    events: int
    ratio: float
    missed: tuple[str, ...]
    canary: dict[str, bool | None]
    scenarios: tuple[Seen, ...]


class Judgement(Value, frozen=True, kw_only=True):
    """Everything that is said of a recording. ``verdict`` is the worst; ``notice`` that of the panel.

    ``doubts`` are findings of the rules BND590 and above: why something is not proven.
    """

    verdict: Verdict
    notice: Verdict
    scenarios: tuple[str, ...]
    purposes: tuple[str, ...]
    cells: tuple[Cell, ...]
    findings: tuple[Finding, ...]
    doubts: tuple[Finding, ...]
    inventory: Inventory
    coverage: Coverage

    def cell(self, purpose: str, scenario: str) -> Cell:
        """Return one cell of the matrix; KeyError when there is none."""
        for cell in self.cells:
            if (cell.purpose, cell.scenario) == (purpose, scenario):
                return cell
        raise KeyError((purpose, scenario))
