"""The zoo under audit: what the real collector sees and the real judge says, by specimen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bandeau.audit.collect import AuditOptions, audit_site
from bandeau.audit.judge import Finding, Judgement, judge
from bandeau.audit.observation import Request, Socket
from bandeau.audit.recording import Recording
from bandeau.audit.scenarios import scenario

from .rules import Rule
from .server import Zoo
from .specimen import Specimen

AXE = Path(__file__).parents[3] / "widget" / "node_modules" / "axe-core" / "axe.min.js"
#: A rule and the purpose that its finding names.
Charge = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Trial:
    """One audit of some specimens."""

    specimens: tuple[Specimen, ...]
    recording: Recording
    judgement: Judgement
    #: Methods and addresses that the servers' own log holds, and that the recording does.
    received: frozenset[str] = frozenset()
    recorded: frozenset[str] = frozenset()

    @property
    def charges(self) -> Mapping[str, list[Charge]]:
        """What is said of each specimen; under ``""`` stands what is of none of them."""
        found: dict[str, list[Charge]] = {specimen.name: [] for specimen in self.specimens}
        for finding in self.judgement.findings:
            found.setdefault(self._owner(finding), []).append((finding.code, finding.purpose))
        return found

    def errors(self) -> list[str]:
        """Return a line for every specimen of which something else is said than the table says."""
        charges = self.charges
        wrong = [
            f"{specimen.name}: {charges[specimen.name]}, and not {expected(specimen)}"
            for specimen in self.specimens
            # The same charge may concern several pages.
            if sorted({*charges[specimen.name]}) != expected(specimen)
        ]
        nobody = [f"nobody's: {charges['']}"] if charges.get("") else []
        ended = [f"{v.scenario}, {v.url}: {v.outcome}, {v.reason}" for v in self._not_ended()]
        missed = [f"not recorded: {sent}" for sent in sorted(self.received - self.recorded)]
        return [*wrong, *nobody, *ended, *missed]

    def _not_ended(self) -> list[object]:
        # A panel that hides the refusal, or forgets it, is charged with that and ends the visit.
        excused = any(specimen.alone and specimen.is_breach for specimen in self.specimens)
        return [] if excused else [visit for visit in self.recording.visits if visit.outcome != "ok"]

    def _owner(self, finding: Finding) -> str:
        if len(self.specimens) == 1 and self.specimens[0].alone:
            return self.specimens[0].name
        told = " ".join([finding.subject, finding.object, finding.message])
        named = [s.name for s in self.specimens if finding.subject == s.name or _is_named(s, told)]
        return max(named, key=len, default="")


def expected(specimen: Specimen) -> list[Charge]:
    """Return what must be said of a specimen: one thing of a breach, nothing of a twin."""
    return [(specimen.rule.value, specimen.blamed or "")] if specimen.rule is not None else []


def tried(
    zoo: Zoo, specimens: Sequence[Specimen], scenarios: Iterable[str], *, together: bool = False
) -> Trial:
    """Show some specimens and audit them: on common pages, or each on its own two."""
    zoo.show(specimens)
    own = [zoo.page(specimen) + rest for specimen in specimens for rest in ("", "more/")]
    urls = tuple(zoo.together() if together else own)
    options = AuditOptions(
        urls=urls,
        policy=zoo.policy.policy,
        scenarios=tuple(map(scenario, scenarios)),
        max_pages=len(urls),
        stop_advertising=False,
        allow_private=True,
        insecure=True,
        resolver_rules=zoo.resolver_rules,
        resolve=zoo.resolve,
        server_side=zoo.told,
        axe=AXE.read_text() if any(specimen.rule is Rule.ACCESSIBILITY for specimen in specimens) else "",
        move_server_clock=zoo.move_clock,
    )
    recording = audit_site(options)
    judgement = judge(recording, zoo.policy.policy)
    return Trial(tuple(specimens), recording, judgement, _received(zoo), _recorded(recording))


def _received(zoo: Zoo) -> frozenset[str]:
    # Chromium's own calls go to hosts of its maker. The scout, which is not recorded, opens the panel.
    panel = f"{zoo.url}/bandeau/"
    return frozenset(
        f"{hit.method} {hit.url}"
        for hit in zoo.log.hits
        if hit.host.endswith(".example") and not hit.url.startswith(panel)
    )


def _recorded(recording: Recording) -> frozenset[str]:
    facts = [fact for visit in recording.visits for fact in visit.observations]
    return frozenset(
        f"{fact.method} {fact.url}"
        if isinstance(fact, Request)
        else f"GET {fact.url.replace('wss:', 'https:')}"
        for fact in facts
        if isinstance(fact, Request | Socket) and not fact.blocked_by
    )


def _is_named(specimen: Specimen, told: str) -> bool:
    return any(name in told for name in (specimen.host, specimen.tracker, specimen.path + "/"))
