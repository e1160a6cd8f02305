"""The report as one page of HTML that needs nothing else: no script, no network, no link to a tracker."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from bandeau.audit.judge import Verdict
from bandeau.audit.observation import ServerFact
from bandeau.audit.report.cards import card
from bandeau.audit.report.matrix import matrix_groups
from bandeau.audit.report.report import Report
from bandeau.audit.report.shots import shots
from bandeau.audit.report.tables import declared_rows, host_rows, service_rows, tracker_rows, tried_rows
from bandeau.audit.report.words import VERDICTS, count, day, visible
from bandeau.core.policy import Mode

_LEGEND = (
    (Verdict.KEPT, "Nothing was seen but what the declaration allows."),
    (Verdict.BROKEN, "Something was called, set or stored that the reader had not allowed."),
    (Verdict.UNDECLARED, "Something was called, set or stored that nobody declared."),
    (Verdict.DELEGATED, "What the reader allowed may call others, whom nobody can list or limit, and did."),
    (Verdict.INCONCLUSIVE, "It could not be seen, or not to the end. That is never clean."),
)
_METHOD = (
    "A real Chromium visits the pages, each time as a new reader with an empty profile in which cookies of "
    "third parties are allowed, so that nothing is hidden by the browser's own protection.",
    "Everything it calls, sets and stores is recorded: workers, frames of all kinds, beacons on leaving, "
    "connections without a request, cookies that live for milliseconds. The network's own log is the check: "
    "what it holds and the browser's events did not tell is evidence like the rest.",
    "Each observation is held against the declared policy alone, never against a block list: whose it is, "
    "which purpose that serves, and whether the reader had allowed it at that moment.",
    "On each page the reader scrolls, clicks on the text and presses a key, and in most situations follows a "
    "link; none of that is a choice. Then the page's clock is moved on by {ahead:g} seconds, and the page is "
    "left: what waits longer, or for more, is not seen.",
    "A choice is made by click or keyboard in the real notice at least once, then by the cookie that such a "
    "choice gives, for speed. Advertising that was allowed is recorded and stopped before it leaves.",
    "This is a sample: of these pages, at this time, from this place. Other pages, other countries, readers "
    "who are signed in and other advertisements may differ.",
    "It shows what left the browser and, where the site runs Bandeau, what its server recorded. What a third "
    "party does with what it received, no browser can see.",
    "Values of cookies and of stored items are never kept: their length and a salted hash are enough to see "
    "that two are equal. Where a page put one into an address, its name stands there in brackets.",
)
_CANARIES = {
    "cross_site_cookie": "cookie across sites",
    "unload_beacon": "beacon on leaving",
    "transient_cookie": "cookie of 150 ms",
    "sandboxed_frame": "sandboxed frame",
}


def as_html(report: Report) -> str:
    """Return the page."""
    judgement, policy = report.judgement, report.loaded.policy
    known = report.difference
    return (
        _environment()
        .get_template("report.html")
        .render(
            css=Markup((files("bandeau.audit.report") / "templates" / "report.css").read_text("utf-8")),  # noqa: S704 - ours
            verdicts={str(verdict): word for verdict, word in VERDICTS.items()},
            verdict=judgement.verdict,
            notice=judgement.notice,
            language=policy.site.default_language,
            site=policy.site.name or policy.site.id,
            tool=report.recording.tool.version,
            sentence=report.sentence,
            since=_since(report),
            facts=_facts(report),
            notes=_notes(report),
            legend=_LEGEND,
            groups=matrix_groups(report),
            findings=[card(report, finding) for finding in judgement.findings],
            doubts=[card(report, doubt) for doubt in judgement.doubts],
            gone=known.gone if known else (),
            shots=shots(report),
            method=[line.format(ahead=_ahead(report)) for line in _METHOD],
            end=_end(report),
            **_inventory(report),
            **_coverage(report),
        )
    )


def _ahead(report: Report) -> float:
    """Return by how many seconds the clocks of pages were moved on."""
    told = report.recording.options.get("ahead_seconds")
    return float(told) if isinstance(told, int | float) else 0.0


def _inventory(report: Report) -> dict[str, object]:
    found = report.judgement.inventory
    return {
        "services": service_rows(report),
        "declared": declared_rows(report),
        "unnamed": tracker_rows(report, found.trackers),
        "remnants": tracker_rows(report, found.remnants),
        "undeclared": host_rows(report, found.undeclared),
        "delegated": host_rows(report, found.delegated),
        "workers": found.workers,
    }


def _coverage(report: Report) -> dict[str, object]:
    found = report.judgement.coverage
    return {
        "tried": tried_rows(report),
        "pages": found.pages,
        "missed": found.missed,
        "covered": (
            (
                "Pages of the sample",
                f"{len(found.pages)} of {max(found.pages_known, len(found.pages))} known",
            ),
            ("Requests recorded", str(found.requests)),
            ("Held back before they left", str(found.blocked)),
            ("Recorded and stopped by the audit", str(found.stopped)),
            (
                "Capture",
                f"{found.events} of {found.netlog} requests of the network's log ({found.ratio:.1%})",
            ),
            ("Canary", _canary(found.canary)),
            ("Accessibility of the notice", _checker(report)),
            ("The server's records", "compared" if _has_server_side(report) else "not compared"),
        ),
    }


def _checker(report: Report) -> str:
    panels = (visit.panel for visit in report.recording.visits if visit.panel is not None)
    version = next((panel.axe_version for panel in panels if panel.axe_version), "")
    return f"examined by axe-core {version}" if version else "measured, and not examined by axe-core"


def _has_server_side(report: Report) -> bool:
    return any(isinstance(f, ServerFact) for visit in report.recording.visits for f in visit.observations)


def _canary(tried: Mapping[str, bool | None]) -> str:
    said = {True: "seen", False: "missed", None: "not tried"}
    return ", ".join(f"{words}: {said[tried.get(name)]}" for name, words in _CANARIES.items())


def _since(report: Report) -> str:
    found = report.difference
    if found is None:
        return ""
    news = count(len(found.new), "new finding", "new findings")
    return (
        f"Since the run of {day(found.since)}: {news}, {len(found.gone)} gone, {len(found.same)} as before."
    )


def _facts(report: Report) -> tuple[tuple[str, str], ...]:
    recording, policy = report.recording, report.loaded.policy
    browser = f"{recording.tool.browser} {recording.tool.browser_version}".strip()
    return (
        ("Address", ", ".join(recording.urls)),
        ("Started", day(recording.started)),
        ("Policy", f"{report.loaded.filename}, revision {policy.revision}, {policy.digest[:19]}…"),
        ("Browser", browser or "unknown"),
    )


def _notes(report: Report) -> tuple[str, ...]:
    policy, recorded = report.loaded.policy, report.recording.policy_digest
    notes = []
    if not report.declared:
        return (
            "This site has declared nothing that could be held against it. It is judged by the catalogue of "
            "services that are known to need consent; what it does not know is for a person to look at.",
        )
    if policy.enforce.mode is not Mode.ENFORCE:
        notes.append(
            f'The policy\'s mode is "{policy.enforce.mode}": nothing is blocked yet, so what it should '
            "block is found here."
        )
    if recorded and recorded != policy.digest:
        notes.append("The recording was made under another version of the policy than it is judged by here.")
    return tuple(notes)


def _end(report: Report) -> tuple[str, ...]:
    policy = report.loaded.policy
    return (
        f"Policy digest {policy.digest}",
        f"Site {policy.site.context}, controller {policy.site.controller_name}",
        "An audit shows what was seen. It is no legal advice.",
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("bandeau.audit.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters["visible"] = visible
    return environment
