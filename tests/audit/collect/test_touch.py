"""What only a touch sets off is seen; the notice is not what is touched."""

from __future__ import annotations

import asyncio
import dataclasses
import socket
import threading
from collections.abc import Iterator

import pytest

from bandeau.audit.collect import gate
from bandeau.audit.collect.options import AuditOptions
from bandeau.audit.collect.tab import Pace
from bandeau.audit.observation import Connection, Socket, StorageItem
from bandeau.audit.recording import Visit
from bandeau.audit.scenarios import Kind, Scenario

from .stage import Answer, Hit, Stage
from .visits import options_for, requests, visit

pytestmark = pytest.mark.browser

PACE = Pace(page_seconds=0.8, ahead_cap_seconds=0.5)
SITE, SECOND = "https://site.test/", "https://site.test/second"
_PAGE = """<!doctype html><title>Touch</title><h1>Words</h1><p style="margin-bottom:1200px">More words.</p>
<a href="/second" ping="https://ping.example/p" onclick="navigator.sendBeacon('https://link.example/l')">on</a>
<div style="position:fixed;inset:auto 0 0;height:45vh;background:#eee"><button id="yes">Accept</button></div>
<div id="shadow"></div><script>
for (const kind of ["pointerdown", "mousedown", "click", "keydown"])
  addEventListener(kind, () => navigator.sendBeacon(`https://${kind}.example/x`), { once: true });
const said = () => navigator.sendBeacon("https://answered.example/x");
document.getElementById("yes").parentElement.onclick = said;
const root = document.getElementById("shadow").attachShadow({ mode: "closed" });
root.innerHTML = `<div style="position:fixed;inset:0 0 auto;height:35vh;background:#ddd">closed</div>`;
root.firstElementChild.onclick = said;
navigator.storage.getDirectory().then(folder => folder.getFileHandle("kept", { create: true }));
navigator.storageBuckets.open("pail").then(bucket => {
  bucket.indexedDB.open("base");
  bucket.caches.open("box").then(box => box.put("/k", new Response("x")));
});
const peer = new RTCPeerConnection({ iceServers: [
  { urls: "turn:127.0.0.1:%(turn)d?transport=tcp", username: "u", credential: "p" }] });
peer.createDataChannel("x");
peer.createOffer().then(offer => peer.setLocalDescription(offer));
</script><div style="height:2000px"></div>"""

_CALL = """<title>Call</title><p>Words.<script>
const peer = new RTCPeerConnection({ iceServers: [{ urls: "%(server)s", username: "u", credential: "p" }] });
peer.createDataChannel("x");
peer.createOffer().then(offer => peer.setLocalDescription(offer));
</script>"""


class Once(Stage):
    """A stage on which ``dies.test`` answers once, and ``forgets.test`` calls somebody three times."""

    def answer_to(self, host: str, target: str, headers: object) -> Answer:
        """Return what leads round in a circle from the second time on."""
        if host == "dies.test" and sum(hit.url == "https://dies.test/" for hit in self.hits) > 1:
            return Answer(status=302, headers=(("Location", "https://dies.test/"),))
        if host == "forgets.test" and sum(hit.url == "https://forgets.test/" for hit in self.hits) < 4:
            return Answer("<title>Calls</title><p>Words.<script src='https://once.example/t.js'></script>")
        return super().answer_to(host, target, headers)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def relay() -> Iterator[tuple[int, list[bytes]]]:
    """Open a port that takes what WebRTC says over TCP."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def listen() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    heard.append(connection.recv(64))

        threading.Thread(target=listen, daemon=True).start()
        yield server.getsockname()[1], heard


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, relay: tuple[int, list[bytes]]) -> Iterator[Stage]:
    """Open a page that waits to be touched, and two that do not load."""
    answers: dict[str, Answer | str] = {
        "site.test/": _PAGE % {"turn": relay[0]},
        "forgets.test/": "<title>Calls nobody</title><p>Words.",
        "links.test/": "<title>Links</title><p>Words. <a href='/framed'>on</a>",
        "links.test/framed": "<title>Framed</title><p>Words.<iframe src='https://frame.example/f'></iframe>",
        "frame.example/f": "<img src='https://inside.example/p.gif'>",
        "calls.test/": _CALL % {"server": f"turn:relay.example:{relay[0]}?transport=tcp"},
        "stuns.test/": _CALL % {"server": "stun:stun.example:3478"},
        "slow.test/": "<title>Slow</title><script src='https://late.example/t.js'></script><p>Words.",
        "late.example/t.js": Answer(
            "new Image().src='https://hidden.example/p.gif'", "text/javascript", delay=9
        ),
        "polls.test/": "<title>Polls</title><p>Words.<script>fetch('/poll')</script>",
        "polls.test/poll": Answer("late", delay=20),
    }
    with Once(tmp_path_factory.mktemp("touch"), answers) as opened:
        yield opened


@pytest.fixture(scope="module")
def seen(stage: Stage) -> Visit:
    """Visit it without choosing anything."""
    made = visit(options_for(stage, SITE, SECOND))
    assert made.outcome == "ok", made.reason
    return made


def hosts(hits: list[Hit]) -> set[str]:
    """Return the hosts that were called."""
    return {hit.url.split("/")[2] for hit in hits}


@pytest.mark.parametrize("what", ["pointerdown", "mousedown", "click", "keydown", "link", "ping"])
def test_what_waits_for_a_touch_is_called_and_recorded(stage: Stage, seen: Visit, what: str) -> None:
    """A page, a key, a link: none of them is an answer."""
    assert f"{what}.example" in hosts(stage.hits)
    assert requests(seen, f"{what}.example")


def test_the_notice_is_not_what_is_touched(stage: Stage, seen: Visit) -> None:
    """Neither one that lies above the page, nor one that a closed root hides."""
    assert "answered.example" not in hosts(stage.hits)


def test_a_link_is_followed_once_and_its_tab_closed(seen: Visit) -> None:
    """The second page is loaded by the link, and later by itself."""
    documents = [fact for fact in requests(seen, SECOND) if fact.type == "document"]

    assert len(documents) == 2
    assert [step.url for step in seen.steps][:2] == [SITE, SITE]


@pytest.mark.parametrize(
    ("scenario", "more"),
    [(Scenario(Kind.GPC), {}), (Scenario(Kind.NONE), {"headers": (("X-Audit", "1"),)})],
    ids=["signal", "header"],
)
def test_no_link_is_followed_where_its_page_would_miss_something(
    stage: Stage, scenario: Scenario, more: dict[str, object]
) -> None:
    """A window asks for its page before it can be given the signal, or the header of a staging site."""
    made = visit(options_for(stage, "https://links.test/", "https://links.test/framed", **more), scenario)
    documents = [fact for fact in requests(made, "links.test/framed") if fact.type == "document"]

    assert (made.outcome, len(documents)) == ("ok", 1)


def test_frames_of_a_window_are_known_although_it_was_there_before(stage: Stage) -> None:
    """Whose frame something was called in is what delegation is judged by."""
    made = visit(options_for(stage, "https://links.test/", "https://links.test/framed"))
    inside = requests(made, "https://inside.example/p.gif")

    assert len(inside) >= 2
    assert {fact.frame_chain for fact in inside} == {("https://frame.example/f", "https://links.test/framed")}


def test_files_and_buckets_are_found(seen: Visit) -> None:
    """And what is in a bucket."""
    found = {(fact.kind, fact.key) for fact in seen.observations if isinstance(fact, StorageItem)}

    assert {("file", "kept"), ("bucket", "pail"), ("indexeddb", "base")} <= found
    assert ("cache", "box https://site.test/k") in found


def test_a_relay_over_tcp_is_a_channel_with_an_address(relay: tuple[int, list[bytes]], seen: Visit) -> None:
    """It was told something, so it is somebody who was called."""
    port, heard = relay
    channels = {fact.url for fact in seen.observations if isinstance(fact, Socket) and fact.kind == "webrtc"}

    assert any(heard)
    assert channels == {f"stun:127.0.0.1:{port}"}


@pytest.mark.long
def test_connections_that_the_browser_makes_from_memory_are_nobodys(stage: Stage) -> None:
    """Whom a page called on earlier visits is not connected to when it no longer calls them."""
    pages = ("https://forgets.test/",) * 5
    made = visit(options_for(stage, *pages, pace=Pace(dwell_seconds=3)), pages=pages)
    last = [fact for fact in made.observations if fact.step == "page-3"]

    assert requests(made, "https://once.example/t.js")
    assert not [fact for fact in last if "once.example" in getattr(fact, "url", "")]
    assert not [fact.host for fact in last if isinstance(fact, Connection) and "once" in fact.host]


@pytest.fixture
def gated(stage: Stage, monkeypatch: pytest.MonkeyPatch, relay: tuple[int, list[bytes]]) -> AuditOptions:
    """Let all names be public ones that lead to the stage, and to the relay, through the gate."""
    connect, (port, _) = asyncio.open_connection, relay

    async def resolve(_host: str, _port: int) -> tuple[list[str], str]:
        return ["127.0.0.1"], ""

    async def leads(host: str, asked: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await connect(host, asked if asked == port else stage.port)

    monkeypatch.setattr(gate, "is_public", lambda address: True)
    monkeypatch.setattr("bandeau.audit.collect.gate.asyncio.open_connection", leads)
    return options_for(stage, "https://calls.test/", allow_private=False, resolver_rules="", resolve=resolve)


def test_the_gate_knows_the_relay_that_a_channel_went_through(
    gated: AuditOptions, relay: tuple[int, list[bytes]]
) -> None:
    """No log of the browser names it behind a proxy; and what no proxy takes is said not to have left."""
    made = visit(gated)
    channels = {(f.url, f.stopped) for f in made.observations if isinstance(f, Socket)}
    alone = visit(dataclasses.replace(gated, urls=("https://stuns.test/",)))
    unseen = {(f.url, f.stopped) for f in alone.observations if isinstance(f, Socket)}

    assert channels == {(f"stun:relay.example:{relay[0]}", False)}
    assert unseen == {("", True)}


@pytest.mark.long
def test_a_page_that_has_not_loaded_in_time_is_cut_and_says_so(stage: Stage) -> None:
    """What its script would have done was not seen: that is for a doubt, and never clean."""
    made = visit(options_for(stage, "https://slow.test/", pace=PACE))

    assert made.outcome == "ok"
    assert {step.name for step in made.steps if step.cut} >= {"arrived"}
    assert "hidden.example" not in hosts(stage.hits)


def test_a_page_that_only_polls_is_not_cut(stage: Stage) -> None:
    """It never comes to rest, and everything that it has is there."""
    made = visit(options_for(stage, "https://polls.test/", pace=PACE))

    assert not made.steps[0].quiet
    assert not [step.name for step in made.steps if step.cut]


def test_a_site_that_is_gone_at_the_reload_is_unreachable(stage: Stage) -> None:
    """Its first page proves nothing of the rest."""
    made = visit(options_for(stage, "https://dies.test/", "https://dies.test/"))

    assert made.outcome == "unreachable"
    assert "TOO_MANY_REDIRECTS" in made.reason
