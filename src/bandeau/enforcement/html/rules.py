"""What the rewriter asks, and what it is given to insert."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether something in the markup is held back, for which service, and what stands in for it.

    `service` is "" for what is kept and "?" for a host that the policy does not declare;
    `frame` is the URL of the first-party frame that an embed is shown in instead.
    """

    hold: bool
    service: str = ""
    frame: str | None = None


KEEP = Verdict(hold=False)
UNDECLARED = Verdict(hold=True, service="?")


@dataclass(frozen=True, slots=True)
class Met:
    """What the rules met in a page: services by id, and hosts that nobody declared."""

    held: frozenset[str] = frozenset()
    released: frozenset[str] = frozenset()
    undeclared: frozenset[str] = frozenset()


NOTHING_MET = Met()


class PageRules(Protocol):
    """Judges the URLs and inline scripts of one page for one visitor."""

    def url(self, url: str, base: str, destination: str) -> Verdict:
        """Judges a URL as it stands in the markup, character references decoded, nothing trimmed.

        `base` is the document's base URL at that point, "" when it is unknown. `destination` is
        what the browser would use the answer for: script, style, image, iframe, preconnect, ping…
        The same arguments always give the same verdict; it never raises.
        """
        ...

    def inline(self, text: str) -> Verdict:
        """Judges the text of an inline script; it never raises."""
        ...


@dataclass(frozen=True, slots=True)
class Inserts:
    """The bytes that a page receives, all of them ASCII; empty bytes insert nothing."""

    head: bytes = b""
    body: bytes = b""
    foot: bytes = b""
    settings_href: str = "/bandeau/choices"
