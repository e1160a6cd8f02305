"""A recording is written and read without a change, and never holds a cookie's value."""

from __future__ import annotations

import msgspec
import pytest

from bandeau.audit import observation
from bandeau.audit.observation import CookieSet, Request
from bandeau.audit.recording import (
    Canary,
    Completeness,
    Panel,
    Recording,
    Step,
    Switch,
    Tool,
    Visit,
    dump,
    load,
    total,
)
from bandeau.errors import AuditError


def sample() -> Recording:
    """Return a small recording."""
    visit = Visit(
        scenario="refuse",
        number=1,
        url="https://site.test/",
        outcome="ok",
        steps=(Step(name="arrived", at_ms=0, panel_shown=True),),
        observations=(
            Request(step="arrived", at_ms=3, url="https://site.test/", type="document"),
            CookieSet(step="arrived", at_ms=5, name="_ga", domain="site.test", value_length=27),
        ),
    )
    return Recording(
        tool=Tool(), started="2026-11-25T10:00:00Z", urls=("https://site.test/",), visits=(visit,)
    )


def test_what_is_written_is_read_again() -> None:
    """Reading gives back the very values, and writing them again the very bytes."""
    recording = sample()

    assert recording == load(dump(recording))
    assert dump(recording) == dump(load(dump(recording)))


def test_the_schema_stands_in_every_recording() -> None:
    """A reader of another version can tell at once."""
    assert msgspec.json.decode(dump(sample()))["schema"] == "bandeau-recording-1"


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"\xff"])
def test_what_is_no_recording_is_refused(data: bytes) -> None:
    """Any other bytes raise one error, with its reason."""
    with pytest.raises(AuditError, match="no recording"):
        load(data)


def test_another_schema_is_refused() -> None:
    """A recording of a later schema is not read as if it were of this one."""
    with pytest.raises(AuditError, match="bandeau-recording-2"):
        load(dump(msgspec.structs.replace(sample(), schema="bandeau-recording-2")))


def test_no_observation_has_a_place_for_a_value() -> None:
    """Lengths and hashes are all that is kept of cookies and of stored items."""
    facts = (observation.CookieSet, observation.CookieHeld, observation.StorageItem, observation.SentCookie)
    names = {name for fact in facts for name in fact.__struct_fields__}

    assert {name for name in names if "value" in name} == {"value_hash", "value_length"}


def test_observations_are_found_by_kind() -> None:
    """A visit hands out the facts of the kinds asked for, in their order."""
    visit = sample().visits[0]

    assert [fact.name for fact in visit.seen(CookieSet) if isinstance(fact, CookieSet)] == ["_ga"]


def test_prechecked_names_what_was_on_and_could_be_switched() -> None:
    """A locked switch of a necessary purpose is not a pre-ticked one."""
    switches = (
        Switch(purpose="ads", checked=True),
        Switch(purpose="technical", checked=True, disabled=True),
        Switch(purpose="ads", service="gam", checked=True),
        Switch(purpose="social"),
    )

    assert Panel(found=True, switches=switches).prechecked == ("ads", "gam")


@pytest.mark.parametrize(
    ("canary", "sung"),
    [
        (Canary(), False),
        (Canary(cross_site_cookie=True, unload_beacon=False), False),
        (Canary(cross_site_cookie=True, unload_beacon=True), True),
    ],
)
def test_a_canary_that_was_not_tried_did_not_sing(canary: Canary, *, sung: bool) -> None:
    """Nothing tried proves nothing, and one miss is enough."""
    assert canary.sung is sung


def test_completeness_adds_up_over_visits() -> None:
    """The ratio of all visits is that of their sums."""
    parts = [
        Completeness(netlog=10, events=10),
        Completeness(netlog=10, events=8, ratio=0.8, missed=("https://b.example/", "https://a.example/")),
    ]

    assert total(parts) == Completeness(
        netlog=20, events=18, ratio=0.9, missed=("https://a.example/", "https://b.example/")
    )
