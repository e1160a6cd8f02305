"""The gate lets nothing out but connections to addresses that it has checked itself."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from bandeau.audit.collect import AuditOptions, audit_site
from bandeau.audit.collect.chromium import Launch, chromium, find
from bandeau.audit.collect.gate import Gate, open_gate
from bandeau.audit.collect.sessions import Conditions
from bandeau.audit.collect.tab import Pace
from bandeau.audit.collect.watch import Watch
from bandeau.audit.scenarios import parse
from bandeau.core.address import is_public

from .stage import Answer, Stage

NOT_ALLOWED = 2


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "224.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "198.18.0.1",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2001:db8::1",
    ],
)
def test_what_is_not_public_is_known(address: str) -> None:
    """Also inside the addresses by which IPv6 carries IPv4."""
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "2606:4700::1111", "::ffff:93.184.215.14", "64:ff9b::5db8:d70e"]
)
def test_what_is_public_passes(address: str) -> None:
    """The positive control of the test before."""
    assert is_public(address)


@pytest.mark.parametrize("form", ["2130706433", "0x7f.1", "0177.0.0.1", "127.1"])
def test_other_ways_to_write_an_address_are_refused(form: str) -> None:
    """What the system's resolver makes of them is what is checked."""
    try:
        found = socket.getaddrinfo(form, 80, type=socket.SOCK_STREAM)
    except OSError:
        return
    assert not any(is_public(str(address[0])) for *_, address in found)


def with_gate(gate: Gate, work: Callable[[Gate], Awaitable[bytes]]) -> bytes:
    """Run something while a gate is open."""

    async def run() -> bytes:
        async with open_gate(gate):
            return await work(gate)

    return asyncio.run(run())


async def ask(gate: Gate, host: str, port: int, *, command: int = 1, said: bytes = b"") -> bytes:
    """Ask the gate for a connection, as Chromium does, and return all that comes back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", gate.port)
    try:
        address = ipaddress.ip_address(host)
        where = bytes((1 if address.version == 4 else 4,)) + address.packed
    except ValueError:
        where = bytes((3, len(host))) + host.encode()
    writer.write(b"\x05\x01\x00" + bytes((5, command, 0)) + where + port.to_bytes(2, "big") + said)
    if writer.can_write_eof():
        writer.write_eof()
    answer = await reader.read()
    writer.close()
    return answer


def leads_to(*addresses: str) -> Callable[[str, int], Awaitable[tuple[list[str], str]]]:
    """Return a resolver that gives one answer after the other."""
    answers = iter([*addresses, *addresses[-1:] * 9])

    async def resolve(host: str, port: int) -> tuple[list[str], str]:
        return [next(answers)], "canonical.example"

    return resolve


@pytest.mark.parametrize("host", ["127.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1", "localhost"])
def test_an_address_that_is_not_public_is_refused(host: str) -> None:
    """Whether the page names it or a name of it."""
    gate = Gate()
    answer = with_gate(gate, lambda gate: ask(gate, host, 80))

    assert answer[:4] == bytes((5, 0, 5, NOT_ALLOWED))
    assert len(gate.refused) == 1


def test_one_private_address_among_public_ones_is_enough() -> None:
    """Which of them would be taken nobody knows."""

    async def resolve(host: str, port: int) -> tuple[list[str], str]:
        return ["93.184.215.14", "10.0.0.7"], ""

    gate = Gate(resolve=resolve)
    with_gate(gate, lambda gate: ask(gate, "mixed.example", 443))

    assert gate.refused == {"mixed.example": "10.0.0.7"}


def test_a_name_is_looked_up_once_per_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """The address that was checked is the one that is connected to: a second answer would never be asked for."""
    connected: list[str] = []

    async def connect(host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        connected.append(host)
        raise OSError

    gate = Gate(resolve=leads_to("93.184.215.14", "127.0.0.1"))
    real = asyncio.open_connection

    async def asked(gate: Gate) -> bytes:
        reader, writer = await real("127.0.0.1", gate.port)
        writer.write(b"\x05\x01\x00\x05\x01\x00\x03\x06rebind\x01\xbb")
        monkeypatch.setattr(asyncio, "open_connection", connect)
        answer = await reader.read()
        writer.close()
        return answer

    with_gate(gate, asked)

    assert connected == ["93.184.215.14"]


def test_what_is_allowed_passes_both_ways() -> None:
    """The positive control: bytes come through, as they are."""

    async def echo(gate: Gate) -> bytes:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"<" + await reader.read() + b">")
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        gate._allowed = frozenset({("canary.localhost", port)})
        try:
            return await ask(gate, "canary.localhost", port, said=b"words")
        finally:
            server.close()

    assert with_gate(Gate(), echo)[12:] == b"<words>"


@pytest.mark.parametrize("command", [2, 3, 9])
def test_only_connections_pass(command: int) -> None:
    """Neither ports that are opened nor datagrams."""
    answer = with_gate(Gate(), lambda gate: ask(gate, "93.184.215.14", 80, command=command))

    assert answer[3] == 7


@pytest.mark.parametrize(
    "noise", [b"", b"GET / HTTP/1.1\r\n\r\n", b"\x04\x01\x00\x50\x7f\x00\x00\x01\x00", b"\x05\x00"]
)
def test_noise_is_answered_with_nothing(noise: bytes) -> None:
    """And the gate goes on."""

    async def talk(gate: Gate) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", gate.port)
        writer.write(noise)
        writer.write_eof()
        heard = await reader.read()
        writer.close()
        assert (await ask(gate, "127.0.0.1", 80))[3] == NOT_ALLOWED
        return heard

    assert with_gate(Gate(), talk) in (b"", b"\x05\x00")


@pytest.fixture
def inside(tmp_path: Path) -> Iterator[Stage]:
    """Serve pages at one place that may be reached, and a secret at another that may not."""
    secret = "https://127.0.0.1:{port}/secret"
    pages: dict[str, Answer | str] = {"site.test/": "<title>in</title>"}
    with Stage(tmp_path, pages) as stage:
        to = secret.format(port=stage.port)
        stage.answers["site.test/redirects"] = Answer(status=302, headers=(("Location", to),))
        stage.answers["site.test/"] = (
            f"<title>in</title><img src='{to}?image'><iframe src='{to}?frame'></iframe><iframe src='/redirects'></iframe>"
            f"<script>fetch('{to}?fetch',{{mode:'no-cors'}});navigator.sendBeacon('{to}?beacon');"
            f"new Worker(URL.createObjectURL(new Blob([`fetch('{to}?worker',{{mode:'no-cors'}})`])));"
            f"new WebSocket('{to}?socket'.replace('https','wss'));"
            f"fetch('https://localhost:{stage.port}/secret?name',{{mode:'no-cors'}});"
            f"setTimeout(()=>{{location='{to}?page'}},300)</script>"
        )
        yield stage


async def _visit(stage: Stage, gate: Gate | None) -> None:
    arguments = ("--ignore-certificate-errors", "--disable-features=LocalNetworkAccessChecks")
    rules = () if gate else (f"--host-resolver-rules=MAP site.test 127.0.0.1:{stage.port}",)
    async with chromium(
        Launch(executable=find(), arguments=(*arguments, *rules, *(gate.arguments if gate else ())))
    ) as b:
        watch = Watch(b, Conditions(), Pace(page_seconds=3))
        await watch.start()
        watch.begin("arrived")
        await watch.tab.open(f"https://site.test:{stage.port}/")
        await asyncio.sleep(1.5)
        await watch.tab.leave()
        await b.close()


@pytest.mark.browser
def test_no_page_leads_the_browser_to_this_machine(inside: Stage) -> None:
    """By no redirect, frame, worker, socket, beacon, and not by going there itself."""

    async def run() -> Gate:
        async with open_gate(Gate(allowed=frozenset({("site.test", inside.port)}))) as gate:
            await _visit(inside, gate)
            return gate

    gate = asyncio.run(run())

    assert [hit.url for hit in inside.hits if "site.test" in hit.url]
    assert not [hit.url for hit in inside.hits if "secret" in hit.url]
    assert {"127.0.0.1", "localhost"} <= set(gate.refused)


@pytest.mark.browser
def test_without_the_gate_the_page_would_get_there(inside: Stage) -> None:
    """The positive control: the page does what it can."""
    asyncio.run(_visit(inside, None))
    ways = {hit.url.partition("?")[2] for hit in inside.hits if "secret" in hit.url}

    assert {"image", "frame", "fetch", "beacon", "worker", "socket", "name", "page", ""} <= ways


@pytest.mark.browser
def test_a_site_on_this_machine_needs_permission(inside: Stage) -> None:
    """Every visit says so, with the option that gives it, and the site hears nothing."""
    options = AuditOptions(
        urls=(f"https://127.0.0.1:{inside.port}/",), insecure=True, scenarios=parse("none,refuse", None)
    )
    recording = audit_site(options)

    assert {visit.outcome for visit in recording.visits} == {"refused-address"}
    assert all("--allow-private" in visit.reason for visit in recording.visits)
    assert recording.canary.sung
    assert not inside.hits
