"""Everything that leaves the browser, or is stored in it, stands in the recording: the servers' log is the truth."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bandeau.audit.collect.assembling import assemble
from bandeau.audit.collect.chromium import Launch, chromium, find
from bandeau.audit.collect.masking import Mask
from bandeau.audit.collect.options import AuditOptions
from bandeau.audit.collect.sessions import Conditions
from bandeau.audit.collect.tab import Pace
from bandeau.audit.collect.visiting import name_rules
from bandeau.audit.collect.watch import Watch
from bandeau.audit.observation import Connection, CookieHeld, CookieSet, Request, Socket, StorageItem
from bandeau.audit.recording import Visit

from . import carnival
from .stage import Answer, Stage
from .visits import options_for, recorded, requests, visit

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Open the carnival, with a port that takes datagrams."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        directory: Path = tmp_path_factory.mktemp("stage")
        with Stage(directory, carnival.answers(udp.getsockname()[1])) as opened:
            yield opened


@pytest.fixture(scope="module")
def seen(stage: Stage) -> Visit:
    """Visit the carnival once."""
    made = visit(options_for(stage, carnival.SITE, carnival.SECOND))
    assert made.outcome == "ok", made.reason
    return made


def cookie(seen: Visit, name: str) -> CookieSet:
    """Return the first setting of a cookie."""
    return next(fact for fact in seen.observations if isinstance(fact, CookieSet) and fact.name == name)


def one(seen: Visit, part: str) -> Request:
    """Return the first request whose address holds some text."""
    return requests(seen, part)[0]


def test_every_request_that_reached_a_server_is_recorded(stage: Stage, seen: Visit) -> None:
    """Nothing that a server got is missing, not once."""
    missing = stage.counted() - recorded(seen)

    assert not missing


def test_nothing_is_recorded_as_sent_that_no_server_got(stage: Stage, seen: Visit) -> None:
    """What was blocked or came from a cache is told apart from what left."""
    invented = recorded(seen) - stage.counted()

    assert not invented


def test_the_carnival_itself_is_complete(stage: Stage, seen: Visit) -> None:
    """The positive control: each way of asking did reach its server, so that it could have been missed."""
    hosts = {hit.url.split("/")[2] for hit in stage.hits}
    kinds = "prefetch preload css font image tag second third redirect-c frame deep deepest sandbox sandboxed-image"
    kinds += " keepalive preflight beacon worker shared service socket blank late lazy prerender report second-page"

    assert {f"{name}.example" for name in kinds.split()} <= hosts


def test_the_netlog_shows_what_the_events_missed(seen: Visit) -> None:
    """The ratio counts them, and each of them is an observation."""
    told_by_netlog = {
        fact.url for fact in seen.observations if isinstance(fact, Request) and fact.source == "netlog"
    }

    assert seen.completeness.whole
    assert seen.completeness.ratio < 1
    assert set(seen.completeness.missed) == told_by_netlog
    assert "https://beacon.example/pagehide" in told_by_netlog


def test_a_blocked_request_is_no_transfer(stage: Stage, seen: Visit) -> None:
    """The page's own policy kept it in: it is recorded as blocked, and nobody got it."""
    blocked = one(seen, "forbidden.example")

    assert blocked.blocked_by == "csp"
    assert not [hit for hit in stage.hits if "forbidden" in hit.url]


def test_an_initiator_chain_leads_from_the_pixel_to_the_page(seen: Visit) -> None:
    """Each script names the one that brought it."""
    scripts = [place.rsplit(":", 2)[0] for place in one(seen, "third.example").initiator_chain]

    assert scripts == ["https://second.example/second.js", "https://tag.example/tag.js", carnival.SITE]


def test_a_frame_chain_leads_from_the_inmost_frame_to_the_page(seen: Visit) -> None:
    """Whose frame a request was made in is what delegation is judged by."""
    assert one(seen, "deepest.example").frame_chain == (
        "https://deep.example/deep",
        "https://frame.example/frame",
        carnival.SITE,
    )
    assert one(seen, "sandbox.example/i.gif").frame_chain == ("about:srcdoc", carnival.SITE)
    assert one(seen, "blank.example").frame_chain == ("about:blank", carnival.SITE)


def test_a_redirect_is_recorded_leg_by_leg(seen: Visit) -> None:
    """Each leg has its status and knows the one before; all have the first one's initiator."""
    legs = [one(seen, f"redirect-{name}.example") for name in "abc"]

    assert [leg.status for leg in legs] == [302, 307, 200]
    assert [leg.redirected_from for leg in legs] == ["", legs[0].url, legs[1].url]
    assert len({leg.initiator_chain for leg in legs}) == 1


@pytest.mark.parametrize(
    ("part", "worker"),
    [
        ("worker.example", "worker"),
        ("shared.example", "shared-worker"),
        ("service.example/f.json", "service-worker"),
        ("service.example/install", "service-worker"),
    ],
)
def test_a_request_of_a_worker_says_so(seen: Visit, part: str, worker: str) -> None:
    """From its first instruction on."""
    assert one(seen, part).from_worker == worker


@pytest.mark.parametrize(
    ("part", "speculative"),
    [
        ("prefetch.example", "prefetch"),
        ("preload.example", "preload"),
        ("prerender.example", "prerender"),
        ("image.example", ""),
    ],
)
def test_what_is_loaded_ahead_says_so(seen: Visit, part: str, speculative: str) -> None:
    """It was not the reader who asked for it."""
    assert one(seen, part).speculative == speculative


def test_what_a_timer_would_do_in_half_a_minute_is_seen(seen: Visit) -> None:
    """The page's clock is advanced: also what comes after the answer to what came late."""
    late = {fact.key for fact in seen.observations if isinstance(fact, StorageItem) and fact.key == "late"}

    assert one(seen, "late.example/6s").step == "reloaded"
    assert one(seen, "late.example/30s").step == "reloaded"
    assert late == {"late"}


def test_a_beacon_of_a_page_that_is_left_stands_in_its_step(seen: Visit) -> None:
    """It left before the next page was asked for."""
    assert {request.step for request in requests(seen, "beacon.example/pagehide")} == {"reloaded"}


def test_a_connection_without_a_request_is_recorded(seen: Visit) -> None:
    """A preconnect shows the reader's address."""
    hosts = {fact.host for fact in seen.observations if isinstance(fact, Connection)}

    assert "preconnect.example" in hosts


def test_channels_that_are_no_requests_are_recorded(seen: Visit) -> None:
    """WebSocket with its frame and its caller, WebRTC with the address that datagrams went to."""
    sockets = {fact.kind: fact for fact in seen.observations if isinstance(fact, Socket)}

    assert sockets["websocket"].url == "wss://socket.example/s"
    assert sockets["websocket"].initiator_chain[0].startswith(carnival.SITE)
    assert sockets["webrtc"].url.startswith("stun:127.0.0.1:")
    assert sockets["webrtc"].initiator_chain[0].startswith(carnival.SITE)


@pytest.mark.parametrize(
    ("name", "setter"),
    [
        ("by_answer", f"http:{carnival.SITE}"),
        ("across", "http:https://image.example/i.gif"),
        ("by_page", f"script:{carnival.SITE}"),
        ("by_tag", "script:https://tag.example/tag.js"),
        ("by_frame", "script:https://frame.example/frame"),
        ("by_store", f"script:{carnival.SITE}"),
    ],
)
def test_a_cookie_names_its_setter(seen: Visit, name: str, setter: str) -> None:
    """Also a first-party cookie that a third party's script wrote."""
    assert cookie(seen, name).setter == setter


def test_a_cookie_has_its_attributes(seen: Visit) -> None:
    """As the browser stored it, whoever set it."""
    by_answer, by_page, parted = (cookie(seen, name) for name in ("by_answer", "by_page", "parted"))

    assert (by_answer.http_only, by_answer.secure, by_answer.max_age_seconds) == (True, True, 100)
    assert by_page.max_age_seconds is not None
    assert abs(by_page.max_age_seconds - 3600) <= 2
    assert parted.partition == "https://site.test"
    assert by_page.value_length == 3


def test_a_cookie_that_lived_150_ms_is_recorded(seen: Visit) -> None:
    """No snapshot could have shown it."""
    brief = cookie(seen, "brief")
    held = {fact.name for fact in seen.observations if isinstance(fact, CookieHeld)}

    assert brief.lived_ms is not None
    assert "brief" not in held


def test_an_attempt_is_not_taken_for_a_cookie(seen: Visit) -> None:
    """What the browser refused says why."""
    lax = cookie(seen, "lax")

    assert not lax.stored
    assert "SAMESITE" in lax.block_reason


def test_a_third_party_cookie_is_stored_and_sent(seen: Visit) -> None:
    """In incognito mode it would be neither, and the site would look clean."""
    sent = {c.name for request in requests(seen, "image.example") for c in request.cookies_sent}

    assert cookie(seen, "across").stored
    assert "across" in sent


@pytest.mark.parametrize(
    ("kind", "key", "origin"),
    [
        ("local", "kept", "https://site.test"),
        ("session", "tab", "https://site.test"),
        ("indexeddb", "base", "https://site.test"),
        ("cache", "cache https://site.test/k", "https://site.test"),
        ("serviceworker", carnival.SITE, "https://site.test"),
        ("local", "framed", "https://frame.example"),
    ],
)
def test_what_is_stored_is_recorded_by_storage_key(seen: Visit, kind: str, key: str, origin: str) -> None:
    """Also in the frame of a third party, with the page that it stood in."""
    items = [fact for fact in seen.observations if isinstance(fact, StorageItem) and fact.key == key]

    assert {(item.kind, item.origin) for item in items} == {(kind, origin)}
    assert {item.partition for item in items} == {
        "" if origin == "https://site.test" else "https://site.test"
    }


def test_an_item_that_was_removed_again_is_recorded(seen: Visit) -> None:
    """As removed: it was there."""
    taken = [fact for fact in seen.observations if isinstance(fact, StorageItem) and fact.key == "taken"]

    assert taken
    assert all(item.removed for item in taken)


def test_every_observation_stands_in_a_step_of_the_visit(seen: Visit) -> None:
    """Steps follow each other, and what was seen lies within one."""
    names = [step.name for step in seen.steps]

    assert names == ["arrived", "before-choice", "reloaded", "second-page", "left"]
    assert {fact.step for fact in seen.observations} <= set(names)


def test_a_window_that_a_click_opens_is_listened_to(tmp_path: Path) -> None:
    """From its first request on; the page that opened it goes on."""
    opens = "onclick=()=>{window.open('https://window.example/w');fetch('https://goes-on.example/f',{mode:'no-cors'})}"
    pages: dict[str, Answer | str] = {
        "site.test/": f"<title>Opens</title><p style='height:400px'>Words<script>{opens}</script>",
        "window.example/w": "<title>Window</title><img src='https://inside.example/i.gif'>",
    }

    async def run(rules: str) -> list[str]:
        arguments = ("--ignore-certificate-errors", f"--host-resolver-rules={rules}")
        async with chromium(Launch(executable=find(), arguments=arguments)) as browser:
            watch = Watch(browser, Conditions(), Pace())
            await watch.start()
            watch.begin("arrived")
            await watch.tab.open("https://site.test/")
            await watch.tab.click(100, 100)
            await watch.tab.settle()
            material = await watch.finish(lambda url: False, b"salt")
        return [asked.url for asked in material.traffic.asked]

    with Stage(tmp_path, pages) as stage:
        asked = asyncio.run(run(stage.resolver_rules))

    assert {"https://window.example/w", "https://inside.example/i.gif", "https://goes-on.example/f"} <= set(
        asked
    )


def test_a_navigation_that_fails_is_the_sites_and_nothing_besides(tmp_path: Path) -> None:
    """Chromium's own lookups for its error page (of google.com) are nobody's."""
    leads = "<title>Leads</title><p>Words<script>setTimeout(()=>{location='https://nowhere.example/'},300)</script>"
    with Stage(tmp_path, {"site.test/": leads}) as stage:
        rules = f"MAP nowhere.example ~NOTFOUND, MAP site.test 127.0.0.1:{stage.port}"
        made = visit(options_for(stage, "https://site.test/", resolver_rules=rules))
    hosts = {fact.host for fact in made.observations if isinstance(fact, Connection)}

    assert requests(made, "nowhere.example")
    assert hosts <= {"nowhere.example"}


def test_chromiums_dictionary_is_not_the_sites(tmp_path: Path) -> None:
    """It is fetched as soon as somebody types into a field, and goes nowhere here."""
    field = "<title>Field</title><body style='margin:0'><textarea style='width:400px;height:300px'>wrods</textarea>"

    async def run(options: AuditOptions) -> tuple[list[str], list[str]]:
        arguments = ("--ignore-certificate-errors", *name_rules(options))
        async with chromium(Launch(executable=find(), arguments=arguments)) as browser:
            watch = Watch(browser, Conditions(), Pace())
            await watch.start()
            watch.begin("arrived")
            await watch.tab.open("https://site.test/")
            await watch.tab.click(100, 100)
            await watch.tab.press("Space")
            await watch.tab.settle()
            await asyncio.sleep(1)
            material = await watch.finish(lambda url: False, b"salt")
        facts, _ = assemble(material, Mask({}))
        hosts = [
            urlsplit(f.url).hostname if isinstance(f, Request) else f.host
            for f in facts
            if isinstance(f, Request | Connection)
        ]
        return [leg.url for leg in material.netlog.legs], [str(host) for host in hosts]

    with Stage(tmp_path, {"site.test/": field}) as stage:
        legs, hosts = asyncio.run(run(options_for(stage, "https://site.test/")))
        reached = {urlsplit(hit.url).hostname for hit in stage.hits}

    assert any("gvt1.com" in url for url in legs)
    assert {*hosts} == reached == {"site.test"}


@pytest.mark.long
def test_the_capture_is_complete_every_time(tmp_path: Path) -> None:
    """Twenty visits, each with an empty log: nothing missing, nothing invented, the NetLog always whole."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        for number in range(20):
            with Stage(tmp_path, carnival.answers(udp.getsockname()[1])) as stage:
                made = visit(options_for(stage, carnival.SITE, carnival.SECOND))
                truth = stage.counted()

            assert (number, made.outcome, made.completeness.whole) == (number, "ok", True)
            assert (number, truth - recorded(made), recorded(made) - truth) == (number, {}, {})
