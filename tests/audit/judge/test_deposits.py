"""Cookies and stored items in the corners: frames, partitions, names that are told apart, lifetimes."""

from __future__ import annotations

import pytest

from bandeau.audit.judge.lifetimes import exceeds
from bandeau.audit.judge.remedies import declare_host, declare_tracker, lifetime, quoted
from bandeau.policyfile import load

from .case import FAR, HOUSE, METER, TUBE
from .made import DAY, PAGE, POLICY, call, codes, cookie, held, item, judged, steps, visit

PLAYER, OTHER = "https://player.tube.example", "https://cdn.unknown.example"


def test_what_an_allowed_frame_stores_is_its_own() -> None:
    """Its own site decides there; the reader has allowed it."""
    frame = call(TUBE, "reloaded", type="document")

    assert codes(judged(visit("only:social", frame, item("local", "anything", "reloaded", PLAYER)))) == []
    found = judged(visit("refuse", item("local", "anything", "reloaded", PLAYER)))
    assert [(finding.code, finding.subject) for finding in found.findings] == [("BND509", "player")]


def test_what_a_frame_within_it_stores_is_delegated() -> None:
    """By the calls that brought it; without any, by the allowed frame that stood there."""
    inside = call(FAR, "reloaded", frame_url=TUBE, frame_chain=(TUBE, PAGE))
    stored = item("local", "x", "reloaded", OTHER)

    assert codes(judged(visit("only:social", inside, stored))) == []
    assert codes(judged(visit("only:audience", stored))) == ["BND522"]


def test_a_third_partys_item_is_undeclared_when_the_site_itself_called_it() -> None:
    """Its call was no auction's."""
    assert codes(judged(visit("accept", call(FAR, "reloaded"), item("local", "x", "reloaded", OTHER)))) == [
        "BND520",
        "BND522",
    ]


def test_storage_of_a_third_party_that_outlives_a_withdrawal_is_not_held_against_the_site() -> None:
    """Nobody but itself can clear it."""
    frame = call(TUBE, "reloaded", type="document")
    stored = [item("local", "x", step, PLAYER) for step in ("reloaded", "withdrawn-reloaded")]

    assert codes(judged(visit("withdraw", frame, *stored))) == []


def test_an_item_that_goes_during_the_withdrawal_was_not_kept() -> None:
    """Only what is there at the end counts."""
    stored = [item("local", "mk", step) for step in ("reloaded", "withdrawn")]

    assert codes(judged(visit("withdraw", *stored))) == []
    assert codes(judged(visit("withdraw", *stored, item("local", "mk", "withdrawn-reloaded")))) == ["BND510"]


def test_a_visit_that_broke_off_at_the_withdrawal_accuses_nobody_of_keeping() -> None:
    """Nobody saw whether clearing came to its end; that is the doubt."""
    facts = [item("local", "mk", "reloaded"), item("local", "mk", "withdrawn"), cookie("_m", "reloaded")]
    short = tuple(step for step in steps("withdraw") if step.name not in ("withdrawn-reloaded", "left"))
    broken_off = visit("withdraw", *facts, held("_m", "withdrawn"), steps=short, outcome="timeout")

    assert codes(judged(broken_off)) == ["BND593"]


def test_a_cookie_of_open_reach_is_delegated_on_its_own_domain_alone() -> None:
    """Calls may go anywhere; what lies on the site itself was declared or was not."""
    there = cookie("sync", "reloaded", domain="cdn.unknown.example", setter=f"http:{FAR}")
    here = cookie("sync", "reloaded", setter=f"script:{HOUSE}")
    bought = call(FAR, "reloaded", initiator_chain=(f"{HOUSE}:1:1", PAGE))

    assert codes(judged(visit("accept", bought, there))) == []
    assert codes(judged(visit("accept", bought, here))) == ["BND521"]


def test_a_declared_name_on_anothers_domain_is_another_cookie() -> None:
    """``viewer`` of one third party is not ``viewer`` of the next."""
    theirs = cookie("viewer", "reloaded", domain="tube.example", setter=f"http:{TUBE}", max_age_seconds=DAY)
    others = cookie("viewer", "reloaded", domain="far.example", setter="http:https://far.example/x")

    assert codes(judged(visit("accept", call(TUBE, "reloaded", type="document"), theirs))) == []
    assert "BND521" in codes(judged(visit("none", others)))


def test_of_two_owners_one_that_is_allowed_is_enough() -> None:
    """A name that two services share is allowed while one of them is."""
    shared = POLICY.replace(
        '{ name = "ah_id", max_age = "13 months" }', '{ name = "_m", max_age = "13 months" }'
    )
    loaded = load(shared)

    assert codes(judged(visit("only:ads", cookie("_m", "reloaded")), loaded=loaded)) == []
    assert codes(judged(visit("only:social", cookie("_m", "reloaded")), loaded=loaded)) == ["BND505"]


def test_a_cookie_of_the_guard_itself_is_no_ones_tracker() -> None:
    """Bandeau's own two are part of the choice."""
    own = [cookie(name, "choice", http_only=True) for name in ("__Host-bdid",)]

    assert codes(judged(visit("refuse", *own))) == []


def test_a_page_cannot_write_another_sites_cookies() -> None:
    """Who is said to have set one so was not seen to do it."""
    put = cookie("x", "reloaded", domain="meter.example", setter=f"script:{PAGE}app.js")

    found = judged(visit("refuse", put))
    assert [(finding.code, finding.subject) for finding in found.findings] == [("BND505", "meter")]


@pytest.mark.parametrize(
    ("observed", "said", "too_long"),
    [
        (None, None, False),
        (None, 60, False),
        (60, None, True),
        (60, 60, False),
        (119, 60, False),
        (121, 60, True),
        (184 * DAY, 182 * DAY, False),
        (185 * DAY, 182 * DAY, True),
        (400 * DAY, 730 * DAY, False),
        (400 * DAY, 395 * DAY, True),
        (390 * DAY, 730 * DAY, False),
    ],
)
def test_a_lifetime_is_too_long_beyond_the_calendars_own_inexactness(
    observed: int | None, said: int | None, *, too_long: bool
) -> None:
    """Months have 28 to 31 days, and Chromium keeps no cookie beyond 400."""
    assert exceeds(observed, said) is too_long


@pytest.mark.parametrize("seconds", [1, 59, 60, 3_599, 3_600, 86_399, 86_400, 395 * DAY, 395 * DAY + 1, None])
def test_a_proposed_lifetime_is_read_back_and_covers_what_was_seen(seconds: int | None) -> None:
    """The patch mends the finding that it comes with."""
    row = declare_tracker("x", "cookie", seconds)
    loaded = load(POLICY.replace('trackers = [{ name = "ah_id", max_age = "13 months" }]', row.strip()))
    tracker = loaded.policy.service("adhouse").trackers[0]

    assert not exceeds(seconds, tracker.max_age_seconds)
    assert lifetime(seconds)


def test_a_proposed_service_is_refused_until_somebody_decides() -> None:
    """What is unsure is marked, and ``bandeau check`` says where."""
    from bandeau.errors import PolicyError

    with pytest.raises(PolicyError, match="TODO"):
        load(POLICY + "\n" + declare_host("cdn.unknown.example"))


@pytest.mark.parametrize("text", ['a"b', "a\\b", "a\nb", "a\u202eb", "\U000e0001"])
def test_what_a_page_chose_is_quoted(text: str) -> None:
    """No name breaks out of the patch, and none hides in it."""
    import tomllib

    assert tomllib.loads(f"x = {quoted(text)}")["x"] == text
    assert quoted(text).isprintable()


def test_meters_own_script_sets_its_declared_cookie() -> None:
    """The ordinary case, allowed and clean."""
    facts = (call(METER, "reloaded"), cookie("_m", "reloaded", setter=f"script:{METER}", max_age_seconds=DAY))

    assert codes(judged(visit("only:audience", *facts))) == []
