"""The canary: a page of our own that does what browsers hide from those who look.

It sets a cookie across sites, and sends it back; it sets another and takes it away after 150 ms; it stands
in a sandboxed frame; it sends a beacon as it is left. Its server knows that all of it happened, so what the
same browser, started in the same way, does not show of it, it would not have shown of the site either.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from bandeau.audit.collect.assembling import assemble
from bandeau.audit.collect.chromium import Launch, chromium
from bandeau.audit.collect.masking import Mask
from bandeau.audit.collect.sessions import Conditions
from bandeau.audit.collect.tab import Pace
from bandeau.audit.collect.watch import Watch
from bandeau.audit.observation import CookieSet, Observation, Request
from bandeau.audit.recording import ARRIVED, LEFT, Canary

#: Names below ``localhost`` lead to this machine, are sites of their own, and may set ``Secure`` cookies
#: without TLS (Secure Contexts §3.1).
FIRST, OTHER = "canary-first.localhost", "canary-other.localhost"
_PAGE = """<!doctype html><title>canary</title><link rel=icon href=data:,>
<img src="http://%(other)s:%(port)d/sets.gif" onload="again.src='http://%(other)s:%(port)d/reads.gif'">
<img id=again><iframe sandbox srcdoc="<img src='http://%(other)s:%(port)d/sandboxed.gif'>"></iframe>
<script>
document.cookie = "canary_brief=1; path=/";
setTimeout(() => { document.cookie = "canary_brief=; path=/; max-age=0"; }, 150);
addEventListener("pagehide", () => navigator.sendBeacon("http://%(other)s:%(port)d/left", "x"));
</script>"""
_GIF = bytes.fromhex("47494638396101000100800000ffffff0000002c00000000010001000002024401003b")
_BRIEF_SECONDS = 0.3
_LEAVING_SECONDS = 0.6


@asynccontextmanager
async def canary_server() -> AsyncIterator[int]:
    """Serve the canary's page on a free port of this machine."""
    server = await asyncio.start_server(_answer, "127.0.0.1", 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()


async def sing(launch: Launch, port: int, salt: bytes) -> Canary:
    """Visit the canary's page and say what was seen of it."""
    async with chromium(launch) as browser:
        watch = Watch(browser, Conditions(), Pace(ahead_seconds=0))
        await watch.start()
        watch.begin(ARRIVED)
        await watch.tab.open(f"http://{FIRST}:{port}/")
        await asyncio.sleep(_BRIEF_SECONDS)
        await watch.snapshot()
        watch.begin(LEFT)
        await watch.tab.leave()
        await asyncio.sleep(_LEAVING_SECONDS)
        material = await watch.finish(lambda url: False, salt)
    observations, _ = await asyncio.to_thread(assemble, material, Mask({}))
    return heard(observations)


def heard(observations: tuple[Observation, ...]) -> Canary:
    """Return what of the canary's song is among some observations."""
    asked = [fact for fact in observations if isinstance(fact, Request)]
    cookies = [fact for fact in observations if isinstance(fact, CookieSet)]
    stored = any(c.name == "canary" and c.stored and c.domain == OTHER for c in cookies)
    sent = any(c.name == "canary" for r in asked if r.url.endswith("/reads.gif") for c in r.cookies_sent)
    return Canary(
        cross_site_cookie=stored and sent,
        unload_beacon=any(request.url.endswith("/left") for request in asked),
        transient_cookie=any(c.name == "canary_brief" and c.lived_ms is not None for c in cookies),
        sandboxed_frame=any(request.url.endswith("/sandboxed.gif") for request in asked),
    )


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError, EOFError, asyncio.LimitOverrunError):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        path = head.split(" ", 2)[1]
        port = writer.get_extra_info("sockname")[1]
        if path == "/":
            body, kind = (_PAGE % {"other": OTHER, "port": port}).encode(), "text/html"
        else:
            body, kind = _GIF, "image/gif"
        lines = [
            "HTTP/1.1 200 OK",
            f"Content-Type: {kind}",
            f"Content-Length: {len(body)}",
            "Connection: close",
        ]
        if path == "/sets.gif":
            lines.append("Set-Cookie: canary=1; Path=/; Max-Age=600; Secure; SameSite=None")
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        await writer.drain()
    writer.close()
