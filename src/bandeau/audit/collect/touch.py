"""What a reader does who chooses nothing: scroll, click on the text, follow a link.

Many pages load what they hold back at the first click or key, and links may tell somebody that they were
followed (``ping``). No click here is an answer to the notice (EU-07): it goes where there is only text.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Sequence
from contextlib import suppress

from bandeau.audit.collect.cdp import Refused
from bandeau.audit.collect.sessions import Session
from bandeau.audit.collect.tab import Tab

#: Down to one of twelve places; the last is the end. How many there are to go to, in pages of the window.
_SCROLL = """(at => {
  const root = document.scrollingElement;
  if (!root) return 0;
  scrollTo(0, root.scrollHeight * at / %d);
  return Math.ceil(root.scrollHeight / innerHeight);
})(%d)"""
_PLACES = 12
_TURN_SECONDS = 0.03
_OPENS_SECONDS = 1.0
_TAKES_SECONDS = 2.0
#: A place of the window with nothing to press; a notice, which lies above the page, is not touched.
_BESIDE = """(() => {
  const pressed = "a,area,button,input,select,textarea,label,summary,video,audio,iframe,object,embed,dialog,"
    + "[onclick],[role=button],[role=link],[role=dialog],[contenteditable],[tabindex]";
  const lies = at => ["fixed", "sticky"].includes(getComputedStyle(at).position);
  for (const down of [0.5, 0.3, 0.7, 0.15]) for (const right of [0.5, 0.2, 0.8, 0.03]) {
    const x = innerWidth * right, y = innerHeight * down, found = document.elementFromPoint(x, y);
    if (!found || found.shadowRoot || found.localName.includes("-") || found.closest(pressed)) continue;
    // What lies inside a closed shadow root is told as its host, which is elsewhere.
    const box = found.getBoundingClientRect();
    if (x < box.left || x > box.right || y < box.top || y > box.bottom) continue;
    let above = false;
    for (let at = found; at; at = at.parentElement) above ||= lies(at);
    if (!above) return [x, y];
  }
  return null;
})()"""
_LINK = """(() => {
  const wanted = new Set(%s);
  for (const link of document.links) {
    if (!wanted.has(link.href.split("#")[0]) || !link.checkVisibility()) continue;
    link.scrollIntoView({ block: "center", behavior: "instant" });
    const { x, y, width, height } = link.getClientRects()[0] || {};
    const at = [x + width / 2, y + height / 2];
    if (document.elementFromPoint(...at)?.closest("a") === link) return at;
  }
  return null;
})()"""


async def look_around(tab: Tab) -> None:
    """Move the mouse, scroll to the end, click on the text and press a key."""
    x, y = 400, 300
    for moved in (0, 40):
        await _done(tab.call("Input.dispatchMouseEvent", type="mouseMoved", x=x + moved, y=y + moved))
    await _done(tab.call("Input.dispatchMouseEvent", type="mouseWheel", x=x, y=y, deltaX=0, deltaY=600))
    # Not by a timer of the page: it may stand still, or scripts be off.
    at = 0
    while at < _PLACES:
        screens = await tab.evaluate(_SCROLL % (_PLACES, at + 1))
        at += max(1, _PLACES // max(1, int(screens or 1)))
        await asyncio.sleep(_TURN_SECONDS)
    await tab.evaluate(_SCROLL % (_PLACES, _PLACES))
    if place := await tab.evaluate(_BESIDE):
        await _done(tab.click(*place))
    await _done(tab.press("ArrowDown"))
    await tab.settle()


async def follow(tab: Tab, urls: Sequence[str]) -> None:
    """Open a link of the page to one of some pages in a tab of its own, and close that again."""
    wanted = sorted({url.partition("#")[0] for url in urls})
    place = await tab.evaluate(_LINK % json.dumps(wanted))
    if not place:
        return
    before = {session.id for session in tab.windows()}
    await _done(tab.click(*place, aside=True))
    with suppress(TimeoutError):
        async with asyncio.timeout(_OPENS_SECONDS):
            while not _opened(tab, before):
                await asyncio.sleep(0.01)
    await tab.settle()
    for session in _opened(tab, before):
        await tab.shut(session)


async def _done(gesture: Awaitable[object]) -> None:
    """Wait for a gesture; a page that is too busy to take it holds nobody up."""
    with suppress(TimeoutError, Refused):
        async with asyncio.timeout(_TAKES_SECONDS):
            await gesture


def _opened(tab: Tab, before: set[str]) -> list[Session]:
    return [session for session in tab.windows() if session.id not in before]
