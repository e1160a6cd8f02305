"""The leak vectors, as data: each is one way in which a page can reach a third party.

In the texts `@@` stands for the vector's own host name, so that whatever arrives there is its doing. A
vector is worth something only because the control shows that, without protection, it leaks.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

DECLARED = "leak.example"
"""Hosts below this name belong to a declared service that the reader has not allowed."""

STRAY = "stray.example"
"""Hosts below this name stand in no policy."""

LOOKED_UP = "looked-up.example"
"""Hosts below this name are resolved over DNS, so that a lookup alone is seen; declared and not allowed."""


class Place(StrEnum):
    """Where the vector stands, hence which wall must stop it."""

    MARKUP = "markup"
    HEADER = "header"
    SCRIPT = "script"
    STORAGE = "storage"


class Expect(StrEnum):
    """What protection promises: blocked, or one of the three stated exceptions.

    `CONNECTED`: Chromium connects when the navigation of a frame starts and asks the policy afterwards,
    so that the third party sees a connection and no request.
    """

    BLOCKED = "blocked"
    CONNECTED = "connected"
    LIMIT = "limit"
    DELEGATED = "delegated"


class Evidence(StrEnum):
    """Where a leak shows: in the stand-in's log, in its datagrams, or in the browser's stores."""

    CALLS = "calls"
    DATAGRAMS = "datagrams"
    STORED = "stored"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vector:
    """One way to reach a third party or to deposit a declared tracker."""

    id: str
    place: Place
    head: str = ""
    body: str = ""
    script: str = ""
    early: bool = False
    document: str = ""
    content_type: str = "text/html; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()
    expect: Expect = Expect.BLOCKED
    evidence: Evidence = Evidence.CALLS
    click: bool = False
    leave: bool = False
    scripts_off: bool = False
    looked_up: bool = False
    own_profile: bool = False
    dwell: float = 1.5

    def host(self, domain: str) -> str:
        """Return the host name that only this vector uses."""
        return f"{self.id}.{LOOKED_UP if self.looked_up else domain}"

    def page(self, domain: str, datagram_port: int) -> str:
        """Return the page as the publisher wrote it."""
        text = self.document or _PAGE.format(
            title=self.id, head=self.head, body=self.body, script=self._script_element()
        )
        return text.replace("@@", self.host(domain)).replace("%UDP%", str(datagram_port))

    def response_headers(self, domain: str) -> tuple[tuple[str, str], ...]:
        """Return the headers that the publisher's server adds."""
        return tuple((name, value.replace("@@", self.host(domain))) for name, value in self.headers)

    def _script_element(self) -> str:
        if not self.script:
            return ""
        if self.early:
            return f"<script>{self.script}</script>"
        return _LATE.format(script=self.script)


_PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>{head}</head>'
    '<body><p>An ordinary article.</p>{body}<a id="act" href="#act">act</a>{script}</body></html>'
)

# Scripts run once the page stands, as most inserted tags do: whatever a wall does while parsing is done.
_LATE = (
    "<script>addEventListener('load',()=>setTimeout(async()=>{{const u='https://@@/';{script}}},30))</script>"
)
