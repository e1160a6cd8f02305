"""Every observation is attributed to whoever declared it, and to nobody else."""

from __future__ import annotations

from typing import Any

import pytest

from bandeau.audit.judge.attribute import Bond, script_url
from bandeau.audit.judge.breach import View
from bandeau.audit.observation import Connection, Request
from bandeau.enforcement.hosts import HostTable

from .case import FAR, HOUSE, METER, TUBE
from .made import LOADED, PAGE, SITE, call, codes, judged, visit

_INNER = "https://ads.inner.example/f.html"


def bond_of(scenario: str, url: str, *others: Request, **changes: Any) -> tuple[Bond, str, str]:
    """Return how a call made after a reload hangs on the policy, on which service, and through whom."""
    fact = call(url, "reloaded", **changes)
    view = View(LOADED.policy, visit(scenario, *others, fact), HostTable(LOADED.policy))
    owner = view.attributor.request(fact)
    return owner.bond, owner.service.id if owner.service else "", owner.through


@pytest.mark.parametrize(
    ("place", "url"),
    [
        ("https://a.example/x.js:1:22", "https://a.example/x.js"),
        ("https://a.example/x.js:7", "https://a.example/x.js"),
        ("https://a.example/x.js", "https://a.example/x.js"),
        ("https://a.example:8443", "https://a.example:8443"),
        ("https://a.example:8443/:1:1", "https://a.example:8443/"),
        ("about:blank", "about:blank"),
    ],
)
def test_script_is_told_from_its_line(place: str, url: str) -> None:
    """A port is no line number."""
    assert url == script_url(place)


@pytest.mark.parametrize(
    ("url", "bond"),
    [(f"{SITE}/metrics/x", Bond.OWN), (METER, Bond.SERVICE), (FAR, Bond.UNDECLARED)],
)
def test_collector_that_bandeau_answers_for_heard_nothing(url: str, bond: Bond) -> None:
    """It says so in a header, which is believed of the site's own hosts and of nobody else."""
    held = (("x-bandeau", "held"),)
    assert bond_of("refuse", url, status=204, headers=held)[0] is bond


def test_collector_that_answers_for_itself_was_called() -> None:
    """However empty its answer is."""
    assert bond_of("refuse", f"{SITE}/metrics/x", status=204)[0] is Bond.SERVICE


@pytest.mark.parametrize(
    ("url", "found"),
    [
        (f"{SITE}/style.css", (Bond.OWN, "", "")),
        ("data:text/plain,x", (Bond.INERT, "", "")),
        (METER, (Bond.SERVICE, "meter", "")),
        (f"{SITE}/metrics/x", (Bond.SERVICE, "own", "")),
        (f"{SITE}/counter/x", (Bond.SERVICE, "counter", "")),
        (FAR, (Bond.UNDECLARED, "", "")),
        ("https://meter.example.evil.example/", (Bond.UNDECLARED, "", "")),
        ("https://www.journal.example.evil.example/", (Bond.UNDECLARED, "", "")),
    ],
)
def test_a_call_is_whose_its_host_and_path_are(url: str, found: tuple[Bond, str, str]) -> None:
    """The most specific declaration stands, and a name that only looks alike is nobody's."""
    assert found == bond_of("only:audience", url)


def test_what_an_allowed_frame_loads_is_delegated_to_it() -> None:
    """Even what another, refused service declares: the frame's own site decides there."""
    inside = {"frame_url": TUBE, "frame_chain": (TUBE, PAGE)}

    assert bond_of("only:social", FAR, **inside) == (Bond.DELEGATED, "player", "")
    assert bond_of("only:social", METER, **inside) == (Bond.DELEGATED, "player", "")


def test_frames_within_an_allowed_frame_are_delegated_too() -> None:
    """The outermost frame is the one that the reader allowed."""
    inside = {"frame_url": _INNER, "frame_chain": (_INNER, TUBE, PAGE)}

    assert bond_of("only:social", FAR, **inside) == (Bond.DELEGATED, "player", "")


def test_nothing_is_delegated_to_a_refused_frame() -> None:
    """The frame is a breach, and what it loads is nobody's."""
    inside = {"frame_url": TUBE, "frame_chain": (TUBE, PAGE), "initiator_chain": ()}

    assert bond_of("refuse", FAR, **inside) == (Bond.UNDECLARED, "", "player")


def test_a_frames_own_document_is_no_call_from_within_it() -> None:
    """Nobody vouches for a frame by standing in it."""
    inside = {"frame_url": FAR, "frame_chain": (FAR, PAGE), "type": "document"}

    assert Bond.UNDECLARED is bond_of("accept", FAR, **inside)[0]


def test_a_frame_of_the_site_itself_delegates_nothing() -> None:
    """There the site's own policy holds."""
    own = f"{SITE}/bandeau/embed/player"
    inside = {"frame_url": own, "frame_chain": (own, PAGE)}

    assert Bond.UNDECLARED is bond_of("only:social", FAR, **inside)[0]


def test_open_reach_covers_what_its_scripts_call() -> None:
    """By the chain of scripts, and through the scripts that they load in turn."""
    bidder = "https://bid.example/b.js"
    loaded = call(bidder, "reloaded", initiator_chain=(f"{HOUSE}:1:1", PAGE))

    assert bond_of("accept", FAR, initiator_chain=(f"{HOUSE}:9:9", PAGE)) == (Bond.DELEGATED, "adhouse", "")
    assert bond_of("accept", FAR, loaded, initiator_chain=(f"{bidder}:1:1", PAGE)) == (
        Bond.DELEGATED,
        "adhouse",
        "",
    )


def test_open_reach_covers_redirects() -> None:
    """Where an auction sends the browser next is part of its call."""
    assert bond_of("accept", FAR, redirected_from=HOUSE) == (Bond.DELEGATED, "adhouse", "")


_GUARD = f"{SITE}/bandeau/g.0123456789abcdef.js"


def test_the_guard_hides_nobody() -> None:
    """It puts elements back for others: who they are is asked beyond it."""
    through = {
        "initiator_type": "script",
        "initiator_chain": (f"{_GUARD}:1:58", f"{_GUARD}:1:34", f"{PAGE}:31:7"),
    }
    site = {
        "initiator_type": "script",
        "initiator_chain": (f"{_GUARD}:1:58", f"{SITE}/app.js:3:1", f"{PAGE}:9:1"),
    }

    assert bond_of("accept", FAR, **through) == (Bond.DELEGATED, "adhouse", "")
    assert bond_of("only:social", FAR, **through) == (Bond.UNDECLARED, "", "")
    assert bond_of("accept", FAR, **site) == (Bond.UNDECLARED, "", "")


def test_what_is_tried_without_open_reach_too_is_the_sites_own() -> None:
    """Held back or not: then no auction has called it."""
    through = {"initiator_type": "script", "initiator_chain": (f"{_GUARD}:1:58", f"{PAGE}:31:7")}
    tried = visit("none", call(FAR, blocked_by="csp"), number=1)
    accepted = visit("accept", call(FAR, "reloaded", **through), number=2)

    assert codes(judged(tried, accepted)) == ["BND520"]
    assert codes(judged(visit("none", number=1), accepted)) == []


def test_open_reach_does_not_cover_the_site() -> None:
    """What the page's own markup calls was declared or was not."""
    assert bond_of("accept", FAR) == (Bond.UNDECLARED, "", "")


def test_open_reach_does_not_cover_a_closed_service() -> None:
    """Another service's script answers for itself."""
    assert bond_of("accept", FAR, initiator_chain=(f"{METER}:1:1", PAGE)) == (Bond.UNDECLARED, "", "meter")


def test_open_reach_covers_nothing_while_it_is_refused() -> None:
    """A refused service has no reach at all."""
    assert bond_of("only:social", FAR, initiator_chain=(f"{HOUSE}:1:1", PAGE)) == (
        Bond.UNDECLARED,
        "",
        "adhouse",
    )


def test_circles_of_initiators_end() -> None:
    """Two scripts that load each other are nobody's, and the judge does not hang."""
    one, two = "https://one.example/1.js", "https://two.example/2.js"
    first = call(one, "reloaded", initiator_chain=(f"{two}:1:1", PAGE))

    assert bond_of("accept", two, first, initiator_chain=(f"{one}:1:1", PAGE)) == (
        Bond.UNDECLARED,
        "",
        "one.example",
    )


def test_a_copy_of_the_site_elsewhere_is_judged_as_the_site() -> None:
    """On a developer's machine the collectors stand on the same paths."""
    fact = call("http://127.0.0.1:8000/metrics/x")
    stage = visit("none", fact, url="http://127.0.0.1:8000/", final_url="http://127.0.0.1:8000/")
    view = View(LOADED.policy, stage, HostTable(LOADED.policy))

    assert Bond.OWN is view.attributor.request(call("http://127.0.0.1:8000/app.js")).bond
    owner = view.attributor.request(fact)
    assert (owner.bond, owner.service and owner.service.id) == (Bond.SERVICE, "own")


def test_of_services_that_share_a_host_an_allowed_one_explains_a_connection() -> None:
    """A connection has no path, so it is not held against the other."""
    view = View(LOADED.policy, visit("only:audience"), HostTable(LOADED.policy))
    fact = Connection(step="reloaded", at_ms=1, host="META.meter.example.", port=443)

    assert Bond.SERVICE is view.attributor.connection(fact).bond
    assert (
        Bond.OWN is view.attributor.connection(Connection(step="x", at_ms=1, host="www.journal.example")).bond
    )
