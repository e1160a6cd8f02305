"""The frames of a visit: which document each holds, and in which it stands."""

from __future__ import annotations

from dataclasses import dataclass

from bandeau.audit.collect.cdp import Message
from bandeau.audit.collect.sessions import Session

_DEEPEST = 32


@dataclass(slots=True)
class Frame:
    """A frame, its document, and the frame around it."""

    id: str
    parent: str = ""
    url: str = ""
    session: str = ""


class Frames:
    """Follows frames over all sessions; a frame that is gone is still known."""

    def __init__(self) -> None:
        self.known: dict[str, Frame] = {}
        #: Told the session and frame of a page whose document changed.
        self.navigations = 0

    def hear(self, session: Session, method: str, params: Message) -> None:
        """Take an event of the Page domain."""
        if method == "Page.frameAttached":
            self._of(params["frameId"]).parent = params["parentFrameId"]
        elif method == "Page.frameNavigated":
            frame = self._of(params["frame"]["id"])
            frame.parent = params["frame"].get("parentId", frame.parent)
            frame.url = params["frame"]["url"]
            frame.session = session.id
            self.navigations += not frame.parent
        elif method == "Page.navigatedWithinDocument":
            self._of(params["frameId"]).url = params["url"]

    def plant(self, tree: Message) -> None:
        """Take a tree of frames that was there before anybody listened; what an event told stands."""
        waiting = [tree]
        while waiting:
            node = waiting.pop()
            frame = self._of(node["frame"]["id"])
            frame.parent = frame.parent or node["frame"].get("parentId", "")
            frame.url = frame.url or node["frame"]["url"]
            waiting += node.get("childFrames", [])

    def url(self, frame: str) -> str:
        """Return the address of a frame's document, ``""`` when it is not known."""
        known = self.known.get(frame)
        return known.url if known else ""

    def chain(self, frame: str) -> tuple[str, ...]:
        """Return the addresses from a frame's document out to the page's."""
        found: list[str] = []
        while frame in self.known and len(found) < _DEEPEST:
            found.append(self.known[frame].url)
            frame = self.known[frame].parent
        return tuple(found)

    def parent(self, frame: str) -> str:
        """Return the frame around a frame, ``""`` around a page."""
        known = self.known.get(frame)
        return known.parent if known else ""

    def _of(self, frame: str) -> Frame:
        return self.known.setdefault(frame, Frame(frame))
