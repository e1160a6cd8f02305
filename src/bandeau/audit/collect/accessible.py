"""What can be pressed on a page, as assistive technology is told: by role and name, wherever it stands.

The accessibility tree reaches into shadow roots, closed ones too, and into every frame.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from bandeau.audit.collect.cdp import Message, Refused
from bandeau.audit.collect.measuring import DESCRIBE
from bandeau.audit.collect.sessions import Session
from bandeau.audit.collect.tab import Tab

_PRESSED = frozenset({"button", "link", "menuitem", "tab", "switch", "checkbox"})
# What the control looks like, and the layer that it stands in: the nearest thing around it that lies over the
# page or calls itself a dialog. A frame is a layer of its own.
_LOOK = (
    "function() {"
    + DESCRIBE
    + """
  const framed = window !== window.top;
  let at = this, layer = null;
  while (at && !layer) {
    const over = at.nodeType === 1 && /fixed|sticky/.test(getComputedStyle(at).position);
    if (over || at.matches?.("dialog,[role=dialog],[role=alertdialog]")) layer = at;
    at = at.parentElement || at.getRootNode().host;
  }
  const around = layer || (framed ? document.body : this.closest("section,aside,form,div") || document.body);
  const box = around.getBoundingClientRect(), steps = [];
  for (let step = around; !framed && step?.parentElement; step = step.parentElement) {
    steps.unshift(`:nth-child(${[...step.parentElement.children].indexOf(step) + 1})`);
  }
  const selector = [":root", ...steps].join(" > ");
  return {
    ...describe(this), layered: !!layer || framed, around: (around.innerText || "").slice(0, 4000),
    selector: document.querySelector(selector) === around ? selector : "",
    layer: [box.x, box.y, box.width, box.height].map(Math.round).join(),
    language: this.closest("[lang]")?.lang || "", page: document.documentElement.lang,
  };
}"""
)
_HAS_FOCUS = """function() {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return at === this || this.contains(at) || this.getRootNode().activeElement === this;
}"""


@dataclass(frozen=True, slots=True)
class Control:
    """Something to press. ``look`` is what ``describe`` says of it, and of the layer that it stands in.

    ``selector`` in it leads to that layer, where the page's own document holds it.
    """

    role: str
    name: str
    session: Session
    node: int
    look: Message

    @property
    def layer(self) -> tuple[str, str]:
        """What tells the layer of this control from others."""
        return self.session.id, str(self.look["layer"])

    @property
    def is_visible(self) -> bool:
        """Whether a reader sees it."""
        return bool(self.look["visible"])


async def controls(tab: Tab, wanted: Callable[[str], bool]) -> list[Control]:
    """Return what can be pressed on the page and has a name that is wanted."""
    found = await asyncio.gather(*(_of_session(tab, session, wanted) for session in tab.within()))
    return [control for each in found for control in each]


async def place(tab: Tab, control: Control) -> tuple[float, float] | None:
    """Return the middle of a control in the page's viewport, ``None`` when it is not drawn."""
    try:
        await tab.call_in(control.session, "DOM.scrollIntoViewIfNeeded", backendNodeId=control.node)
        x, y = await _middle(tab, control.session, control.node)
        for session in _outwards(tab, control.session):
            left, top = await _corner_of_frame(tab, session)
            x, y = x + left, y + top
    except (Refused, TimeoutError):
        return None
    return x, y


async def has_focus(tab: Tab, control: Control) -> bool:
    """Tell whether the keyboard is on a control."""
    return bool(await _ask(tab, control.session, control.node, _HAS_FOCUS))


async def _of_session(tab: Tab, session: Session, wanted: Callable[[str], bool]) -> list[Control]:
    found: list[Control] = []
    with suppress(Refused, TimeoutError):
        tree = await tab.call_in(session, "Page.getFrameTree")
        for frame in _frames(tree["frameTree"]):
            for role, name, node in await _named(tab, session, frame):
                if wanted(name):
                    look = await _ask(tab, session, node, _LOOK)
                    if isinstance(look, dict):
                        found.append(Control(role, name, session, node, look))
    return found


async def _named(tab: Tab, session: Session, frame: str) -> list[tuple[str, str, int]]:
    tree = await tab.call_in(session, "Accessibility.getFullAXTree", frameId=frame)
    return [
        (str(node["role"]["value"]), str(node["name"]["value"]), int(node["backendDOMNodeId"]))
        for node in tree["nodes"]
        if not node.get("ignored")
        and node.get("role", {}).get("value") in _PRESSED
        and node.get("name", {}).get("value")
        and "backendDOMNodeId" in node
    ]


async def _ask(tab: Tab, session: Session, node: int, function: str) -> Any:
    """Call a function on a node; ``None`` when it is gone."""
    try:
        resolved = await tab.call_in(session, "DOM.resolveNode", backendNodeId=node)
        answer = await tab.call_in(
            session,
            "Runtime.callFunctionOn",
            objectId=resolved["object"]["objectId"],
            functionDeclaration=function,
            returnByValue=True,
        )
    except (Refused, TimeoutError):
        return None
    return answer["result"].get("value")


async def _middle(tab: Tab, session: Session, node: int) -> tuple[float, float]:
    quads = (await tab.call_in(session, "DOM.getContentQuads", backendNodeId=node))["quads"]
    if not quads:
        raise Refused("it is not drawn")
    xs, ys = quads[0][0::2], quads[0][1::2]
    return sum(xs) / 4, sum(ys) / 4


async def _corner_of_frame(tab: Tab, session: Session) -> tuple[float, float]:
    """Return where a frame with a session of its own begins in the viewport of the one around it."""
    outer = next(each for each in tab.within() if each.id == session.parent)
    owner = await tab.call_in(outer, "DOM.getFrameOwner", frameId=session.frame)
    box = await tab.call_in(outer, "DOM.getBoxModel", backendNodeId=owner["backendNodeId"])
    return float(box["model"]["content"][0]), float(box["model"]["content"][1])


def _outwards(tab: Tab, session: Session) -> Iterator[Session]:
    known = {each.id: each for each in tab.within()}
    while session.id != tab.session.id and session.parent in known:
        yield session
        session = known[session.parent]


def _frames(tree: Message) -> Iterator[str]:
    yield str(tree["frame"]["id"])
    for child in tree.get("childFrames", ()):
        yield from _frames(child)
