"""Whatever a recording holds, the judge answers, and the same way each time."""

from __future__ import annotations

from typing import Any, get_args

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from bandeau.audit.judge import Verdict, judge
from bandeau.audit.observation import (
    Connection,
    CookieHeld,
    CookieSet,
    Observation,
    Request,
    Socket,
    StorageItem,
)
from bandeau.audit.recording import Outcome, Recording, Visit, dump, load

from .case import FAR, HOUSE, METER, TUBE
from .made import LOADED, PAGE, SECOND, SITE, call, recording, visit

SCENARIOS = (
    "none",
    "refuse",
    "accept",
    "only:audience",
    "all-but:ads",
    "gpc",
    "withdraw",
    "bfcache",
    "expired",
)
STEPS = (
    "arrived",
    "choice",
    "after-choice",
    "reloaded",
    "second-page",
    "withdrawn-reloaded",
    "back",
    "later",
    "?",
)
URLS = (
    METER, FAR, TUBE, HOUSE, PAGE, SECOND, f"{SITE}/metrics/x", f"{SITE}/counter/x", "data:,x", "about:srcdoc",
    "http://[", "https://", "", "blob:https://www.journal.example/1", "wss://meter.example/s", "\ud800", "x y",
)  # fmt: skip
NAMES = ("_m", "_m_1", "sessionid", "_ct", "viewer", "ah_id", "zz", "__Host-bd", "")
DOMAINS = ("www.journal.example", ".journal.example", "meter.example", "tube.example", "far.example", "")

step, url = st.sampled_from(STEPS), st.sampled_from(URLS)
when = st.integers(0, 9_000)
places = st.lists(url.map(lambda each: f"{each}:1:2"), max_size=3).map(tuple)
frames = st.lists(url, max_size=3).map(lambda found: (*found, PAGE))
ages = st.sampled_from([None, -1, 0, 60, 15_724_800, 34_128_000, 43_200_000])

requests = st.builds(
    Request, step=step, at_ms=when, url=url, type=st.sampled_from(["script", "document", "ping", "image"]),
    frame_chain=frames | st.just(()), initiator_chain=places, redirected_from=url | st.just(""),
    blocked_by=st.sampled_from(["", "", "csp"]), stopped=st.booleans(), source=st.sampled_from(["cdp", "netlog"]),
    referrer=url, from_cache=st.sampled_from(["", "", "http"]), validator_hash=st.sampled_from(["", "a", "b"]),
)  # fmt: skip
cookies = st.builds(
    CookieSet, step=step, at_ms=when, name=st.sampled_from(NAMES), domain=st.sampled_from(DOMAINS),
    setter=url.map(lambda each: f"http:{each}") | st.just("unknown"), max_age_seconds=ages, stored=st.booleans(),
    block_reason=st.sampled_from(["", "UserPreferences", "SyntaxError"]),
)  # fmt: skip
held = st.builds(
    CookieHeld, step=step, at_ms=when, name=st.sampled_from(NAMES), domain=st.sampled_from(DOMAINS)
)
items = st.builds(
    StorageItem, step=step, at_ms=when, origin=st.sampled_from([SITE, "https://meter.example", "null", ""]),
    kind=st.sampled_from(["local", "indexeddb", "serviceworker"]), key=st.sampled_from(["mk", "mdb/x", "zz"]),
    removed=st.booleans(),
)  # fmt: skip
connections = st.builds(
    Connection, step=step, at_ms=when, host=st.sampled_from(["meter.example", "far.example", "", "x"]),
    aliases=st.sampled_from([(), ("meter.example",), ("far.example",)]),
)  # fmt: skip
sockets = st.builds(
    Socket, step=step, at_ms=when, url=url, kind=st.sampled_from(["websocket", "webrtc"]), frame_chain=frames
)
facts = st.lists(requests | cookies | held | items | connections | sockets, max_size=12)


def _visit(scenario: str, found: list[Observation], outcome: Any, number: int) -> Visit:
    return visit(scenario, *found, outcome=outcome, number=number)


visits = st.builds(
    _visit,
    st.sampled_from(SCENARIOS),
    facts,
    st.sampled_from(["ok", "ok", *get_args(Outcome)]),
    st.integers(1, 9),
)
recordings = st.lists(visits, min_size=1, max_size=4).map(lambda found: recording(*found))


@settings(max_examples=60, deadline=None)
@given(recordings)
def test_any_recording_is_judged_and_twice_alike(found: Recording) -> None:
    """No traceback, whatever a page put into the recording; written and read again it says the same."""
    judgement = judge(found, LOADED.policy)
    try:
        again = load(dump(found))
    except UnicodeEncodeError:
        return
    assert judge(again, LOADED.policy) == judgement


@settings(max_examples=60, deadline=None)
@given(recordings)
def test_evidence_leads_to_an_observation(found: Recording) -> None:
    """Nobody is accused by something that is not in the recording."""
    judgement = judge(found, LOADED.policy)
    known = {(v.number, v.scenario) for v in found.visits}
    for finding in judgement.findings:
        assert finding.count >= len(finding.evidence) > 0
        assert all((each.visit, each.scenario) in known for each in finding.evidence)


@settings(max_examples=60, deadline=None)
@given(facts, st.sampled_from([outcome for outcome in get_args(Outcome) if outcome != "ok"]))
def test_a_visit_that_failed_leaves_nothing_kept(found: list[Observation], outcome: str) -> None:
    """Broken or inconclusive, never clean."""
    judgement = judge(recording(visit("refuse", *found, outcome=outcome)), LOADED.policy)

    assert Verdict.KEPT not in {cell.verdict for cell in judgement.cells}
    assert Verdict.DELEGATED not in {cell.verdict for cell in judgement.cells}
    assert judgement.verdict is not Verdict.KEPT


@settings(max_examples=60, deadline=None)
@given(st.lists(requests | sockets, max_size=10), st.sampled_from(SCENARIOS))
def test_what_never_left_the_browser_is_no_breach(found: list[Request | Socket], scenario: str) -> None:
    """A call that was held back accuses nobody."""
    held_back = [msgspec.structs.replace(fact, blocked_by="csp", stopped=False) for fact in found]
    judgement = judge(recording(visit(scenario, *held_back)), LOADED.policy)

    assert [finding.code for finding in judgement.findings if finding.code < "BND530"] == []


@settings(max_examples=60, deadline=None)
@given(facts)
def test_who_allows_everything_breaks_no_promise_of_a_purpose(found: list[Observation]) -> None:
    """After an accept nothing of a declared service is a call or deposit without permission."""
    after = [msgspec.structs.replace(fact, step="reloaded") for fact in found]
    judgement = judge(recording(visit("accept", *after)), LOADED.policy)

    assert [finding.code for finding in judgement.findings if finding.code < "BND515"] == []


@settings(max_examples=60, deadline=None)
@given(st.lists(requests, max_size=10), st.sampled_from(["script", "ping", "image"]))
def test_one_more_breach_is_always_seen(found: list[Request], kind: str) -> None:
    """Nothing that happens besides hides a call to a refused service."""
    judgement = judge(recording(visit("refuse", *found, call(METER, "reloaded", type=kind))), LOADED.policy)

    assert judgement.cell("audience", "refuse").verdict is Verdict.BROKEN
