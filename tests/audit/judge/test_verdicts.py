"""The matrix says of each purpose in each scenario what can be said, and no more."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from bandeau.audit.judge import Verdict, judge
from bandeau.audit.judge.judgement import worst
from bandeau.audit.recording import Canary
from bandeau.policyfile import load

from .case import FAR, HOUSE, METER, TUBE, connection, server
from .made import (
    DAY,
    LOADED,
    PAGE,
    POLICY,
    call,
    choices,
    codes,
    cookie,
    held,
    judged,
    only,
    recording,
    visit,
)

EVERY = (
    "none",
    "refuse",
    "accept",
    "only:audience",
    "only:social",
    "only:ads",
    "all-but:audience",
    "all-but:social",
    "all-but:ads",
    "gpc",
    "withdraw",
    "bfcache",
    "no-js",
    "expired",
    "guard-blocked",
)


def test_a_site_that_keeps_its_word_is_clean_in_every_scenario() -> None:
    """No finding, no doubt, and every cell is kept."""
    judgement = judged(*(visit(name, number=number) for number, name in enumerate(EVERY, 1)))

    assert codes(judgement) == []
    assert {Verdict.KEPT} == {cell.verdict for cell in judgement.cells}
    assert (judgement.verdict, judgement.notice) == (Verdict.KEPT, Verdict.KEPT)


def test_a_breach_stands_in_its_cell_alone() -> None:
    """The other purposes, and the other scenarios, are not blamed for it."""
    judgement = judged(visit("none", number=1), visit("refuse", call(METER, "reloaded"), number=2))

    broken = [(cell.purpose, cell.scenario) for cell in judgement.cells if cell.verdict is not Verdict.KEPT]
    assert broken == [("audience", "refuse")]
    assert Verdict.BROKEN is judgement.verdict


def test_what_nobody_declared_stands_in_a_row_of_its_own() -> None:
    """It belongs to no purpose."""
    judgement = judged(visit("accept", call(FAR, "reloaded")))

    assert Verdict.UNDECLARED is judgement.cell("", "accept").verdict
    assert Verdict.KEPT is judgement.cell("ads", "accept").verdict
    assert Verdict.UNDECLARED is judgement.verdict


def test_delegation_is_said_and_is_no_breach() -> None:
    """The cell says delegated; the audit is clean."""
    judgement = judged(visit("accept", call(FAR, "reloaded", initiator_chain=(f"{HOUSE}:1:1", PAGE))))

    assert Verdict.DELEGATED is judgement.cell("ads", "accept").verdict
    assert Verdict.KEPT is judgement.verdict
    assert [(host.host, host.to) for host in judgement.inventory.delegated] == [
        ("cdn.unknown.example", "adhouse")
    ]


@pytest.mark.parametrize("outcome", ["unreachable", "challenge", "panel-not-found", "timeout", "crashed"])
def test_what_was_not_seen_is_never_kept(outcome: str) -> None:
    """Not one cell of the scenario is clean."""
    judgement = judged(visit("none", number=1), visit("refuse", number=2, outcome=outcome))

    assert {Verdict.INCONCLUSIVE} == {c.verdict for c in judgement.cells if c.scenario == "refuse"}
    assert {Verdict.KEPT} == {c.verdict for c in judgement.cells if c.scenario == "none"}
    assert Verdict.INCONCLUSIVE is judgement.verdict


def test_a_canary_that_was_missed_leaves_nothing_kept() -> None:
    """A blind browser proves nothing of any scenario."""
    judgement = judged(visit("none"), visit("accept", number=2), canary=Canary(unload_beacon=False))

    assert {Verdict.INCONCLUSIVE} == {cell.verdict for cell in judgement.cells}


def test_a_breach_that_was_seen_stands_beside_any_doubt() -> None:
    """An interrupted visit excuses nothing."""
    judgement = judged(visit("none", call(METER), outcome="timeout"))

    assert Verdict.BROKEN is judgement.cell("audience", "none").verdict
    assert Verdict.INCONCLUSIVE is judgement.cell("social", "none").verdict
    assert Verdict.BROKEN is judgement.verdict


def test_a_scenario_that_was_asked_for_and_not_tried_is_inconclusive() -> None:
    """It stands in the matrix, and nothing in it is kept."""
    judgement = judged(visit("none"), options={"scenarios": ["none", "refuse"]})

    assert judgement.scenarios == ("none", "refuse")
    assert Verdict.INCONCLUSIVE is judgement.cell("audience", "refuse").verdict


def test_a_warning_breaks_no_promise() -> None:
    """It is listed for a person, and the verdict stays."""
    judgement = judged(visit("none", cookie("sessionid")))

    assert codes(judgement) == ["BND534"]
    assert Verdict.KEPT is judgement.verdict


def test_every_state_is_named_in_a_word() -> None:
    """Reports show what the reader had decided."""
    judgement = judged(*(visit(name, number=number) for number, name in enumerate(EVERY, 1)))

    states = {name: judgement.cell("ads", name).state for name in EVERY}
    assert states["none"] == "unset"
    assert states["refuse"] == states["only:social"] == states["all-but:ads"] == "refused"
    assert states["accept"] == states["only:ads"] == "allowed"
    assert states["withdraw"] == states["bfcache"] == "withdrawn"
    assert (states["expired"], states["gpc"]) == ("ended", "signal")
    assert judgement.cell("technical", "none").state == "necessary"


def test_what_was_held_back_is_counted_and_not_accused() -> None:
    """A call that the browser refused to send shows the protection at work."""
    judgement = judged(visit("none", call(METER, blocked_by="csp")))

    cell = judgement.cell("audience", "none")
    assert (cell.verdict, cell.seen, cell.held) == (Verdict.KEPT, 0, 1)


def test_breaches_of_a_service_are_one_finding_with_all_its_hosts() -> None:
    """A reader of the report mends a service, not a list of addresses."""
    judgement = judged(
        visit("none", call(METER), call("https://cdn.meter.example/2.js", "second-page"), number=1),
        visit("no-js", call(METER), number=2),
    )

    finding = only(judgement.findings, "BND501")
    assert (finding.count, finding.scenarios) == (3, ("none", "no-js"))
    assert "cdn.meter.example, meter.example" in finding.message


def test_a_finding_keeps_its_name_from_run_to_run() -> None:
    """Numbers, times, addresses of pages and scenarios may change; a baseline still knows it."""
    one = judged(visit("none", call(METER)))
    two = judged(visit("no-js", call("https://x.meter.example/y?z"), number=9))

    assert only(one.findings, "BND501").id == only(two.findings, "BND501").id


def test_the_same_recording_is_judged_alike_whatever_the_order_of_its_visits() -> None:
    """Nothing hangs on who was visited first."""
    visits = [visit("none", call(METER), number=1), visit("refuse", call(FAR, "reloaded"), number=2)]
    judgements = [judged(*visits), judged(*reversed(visits))]

    encoded = {msgspec.json.encode(replaced) for replaced in judgements}
    assert len(encoded) == 1


def test_a_third_partys_cookie_that_outlives_a_withdrawal_is_listed_and_not_accused() -> None:
    """Only its owner can delete it."""
    judgement = judged(
        visit(
            "withdraw",
            call(TUBE, "reloaded", type="document"),
            cookie("viewer", "reloaded", domain="tube.example", setter=f"http:{TUBE}"),
            held("viewer", "left", "tube.example"),
        )
    )

    assert codes(judgement) == []
    assert [remnant.name for remnant in judgement.inventory.remnants] == ["viewer"]


def test_inventory_tells_declared_and_seen_from_declared_and_never_seen() -> None:
    """So that a policy can be kept true in both directions."""
    judgement = judged(
        visit("accept", call(METER, "reloaded"), cookie("_m", "reloaded", max_age_seconds=DAY))
    )

    services = {service.id: service for service in judgement.inventory.services}
    assert (services["meter"].seen, services["player"].seen) == (True, False)
    trackers = {tracker.name: tracker for tracker in services["meter"].trackers}
    assert (trackers["_m"].longest_seconds, trackers["_m"].seen) == (DAY, True)
    assert not trackers["_m_*"].seen


def test_a_name_of_the_site_on_unknown_machines_is_a_warning() -> None:
    """Unless it is the page's own: that is where the site lives."""
    loaded = load(
        POLICY.replace(
            'hosts = ["www.journal.example"]', 'hosts = ["www.journal.example", "*.journal.example"]'
        )
    )
    alias = connection("img.journal.example", "arrived", "lookup", aliases=("x.cloud.example",))
    own = connection("www.journal.example", "arrived", "lookup", aliases=("x.cloud.example",))

    assert codes(judge(recording(visit("none", alias)), loaded.policy)) == ["BND517"]
    assert codes(judge(recording(visit("none", own)), loaded.policy)) == []


def test_a_cookie_of_more_than_thirteen_months_is_a_warning_where_it_is_declared_so() -> None:
    """What readers were told is kept; what the CNIL recommends is not."""
    longer = replace(
        LOADED.policy,
        services=tuple(
            replace(s, trackers=tuple(replace(t, max_age_seconds=600 * DAY) for t in s.trackers))
            for s in LOADED.policy.services
        ),
    )
    long = visit("accept", cookie("ah_id", "reloaded", max_age_seconds=500 * DAY))

    assert codes(judge(recording(long), longer)) == ["BND531"]


def test_a_choice_that_is_taken_and_given_no_cookie_is_forgotten_and_unproven() -> None:
    """The answer that says yes and keeps nothing is the breach; what would follow was not seen."""
    post = call(
        "https://www.journal.example/bandeau/choices", "choice", type="fetch", method="POST", status=200
    )
    unheard = tuple(msgspec.structs.replace(choice, confirmed=False) for choice in choices("refuse"))
    record = server("record", "left", action="refuse")  # it was pressed: the record has a cause
    forgotten = visit("refuse", post, record, choices=unheard, outcome="choice-not-taken")
    kept = visit("refuse", post, cookie("__Host-bd", "choice", max_age_seconds=182 * DAY))

    assert codes(judged(forgotten)) == ["BND550", "BND592"]
    assert codes(judged(kept)) == []


def test_no_trace_of_a_panel_leaves_the_notice_inconclusive() -> None:
    """A notice that nobody saw is not a fair one."""
    assert Verdict.INCONCLUSIVE is judged(visit("none", panel=None)).notice


@pytest.mark.parametrize(
    ("verdicts", "found"),
    [
        ([], Verdict.KEPT),
        ([Verdict.DELEGATED, Verdict.KEPT], Verdict.DELEGATED),
        ([Verdict.INCONCLUSIVE, Verdict.DELEGATED], Verdict.INCONCLUSIVE),
        ([Verdict.INCONCLUSIVE, Verdict.UNDECLARED], Verdict.UNDECLARED),
        (list(Verdict), Verdict.BROKEN),
    ],
)
def test_of_several_verdicts_the_worst_stands(verdicts: list[Verdict], found: Verdict) -> None:
    """A breach is never averaged away."""
    assert found is worst(verdicts)
