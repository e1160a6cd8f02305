"""What stands between a policy that only reports and one that enforces."""

from __future__ import annotations

from pathlib import Path

from bandeau.core.policy import Mode
from bandeau.policyfile.checks.integration import is_loopback
from bandeau.policyfile.findings import Findings
from bandeau.policyfile.load import Loaded
from bandeau.policyfile.problem import Problem

#: Warnings that are advice for any day, and keep nobody from enforcing.
_ADVICE = frozenset(
    {"BND213", "BND214", "BND216", "BND220", "BND308", "BND309", "BND310", "BND328", "BND329"}
)


def check_ready(loaded: Loaded, folder: Path) -> tuple[Problem, ...]:
    """Return what is left to do before enforcing; ``folder`` is that of the policy file."""
    findings = Findings(loaded.filename, loaded.positions)
    findings.problems += [problem for problem in loaded.warnings if problem.code not in _ADVICE]
    _check_modes(loaded, findings)
    _check_files(loaded, folder, findings)
    _check_site(loaded, findings)
    _check_purposes(loaded, findings)
    return findings.in_order()


def _check_modes(loaded: Loaded, findings: Findings) -> None:
    enforce = loaded.policy.enforce
    if enforce.mode is not Mode.ENFORCE:
        findings.add("BND451", ("enforce", "mode"), f'the mode is "{enforce.mode}": nothing is blocked')
    for index, rule in enumerate(enforce.rules):
        # "off" is said on purpose, for an editors' interface; "report" is a trial that may be forgotten.
        if rule.mode is Mode.REPORT:
            message = f'"{rule.host or ""}{rule.path}" only reports'
            findings.add("BND455", ("enforce", "rules", index, "mode"), message)


def _check_files(loaded: Loaded, folder: Path, findings: Findings) -> None:
    proof = loaded.policy.proof
    keys = folder / proof.keys
    if not keys.is_file():
        findings.add("BND452", ("proof", "keys"), f'there are no signing keys at "{proof.keys}"')
    elif _lacks_ledger_key(keys):
        findings.add("BND651", ("proof", "keys"), f'"{proof.keys}" holds no key for the log')
    store = proof.store.removeprefix("sqlite:///")
    if proof.store.startswith("sqlite:///") and not (folder / store).is_file():
        findings.add("BND453", ("proof", "store"), f'there is no store at "{store}"')


def _lacks_ledger_key(keys: Path) -> bool:
    try:
        text = keys.read_bytes()
    except OSError:
        return False  # opening the site says what is wrong with it
    return bool(text) and b'"ledger"' not in text


def _check_site(loaded: Loaded, findings: Findings) -> None:
    site = loaded.policy.site
    if is_loopback(site.url):
        findings.add("BND456", ("site", "url"), f'readers cannot reach "{site.url}"')
    if not site.privacy_url:
        findings.add("BND457", ("site", "privacy_url"), "the notice leads to no privacy page")


def _check_purposes(loaded: Loaded, findings: Findings) -> None:
    for purpose in loaded.policy.switches():
        if not loaded.policy.services_of(purpose.id):
            path = loaded.places["purpose", purpose.id]
            # Profiles made by the site's own code are declared too: as a collector, or by what they store.
            help = (
                "Declare the site's own collector or storage that makes the profile."
                if purpose.profiles
                else ""
            )
            findings.add("BND454", path, f'purpose "{purpose.id}" has no service', on_key=True, help=help)
