"""Read a served page as a browser without scripts would: what does it still reach for?"""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urlsplit

_PLACES = {"src", "href", "srcset", "poster", "data", "background", "action", "ping"}
_INERT = {"a", "area", "form"}


class _Reach(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.hosts: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in _PLACES and value and tag not in _INERT:
                self.hosts.add(urlsplit(value).hostname or "")


def third_parties(body: str) -> set[str]:
    """Return the `.example` hosts that live tags of a page point at."""
    reader = _Reach()
    reader.feed(body)
    return {host for host in reader.hosts if host.endswith(".example")}
