"""The torture set of spec/html as the tests use it: every third party has a host name of its own."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from bandeau.enforcement.html import KEEP, Verdict
from bandeau.enforcement.html.urls import resolved

OWN = "own.test"
CASES = json.loads((Path(__file__).parents[3] / "spec/html/torture.json").read_text("utf-8"))
NAMES = [case["id"] for case in CASES]


@dataclass
class HoldAll:
    """Holds whatever leads to another host, and remembers it as (host, path)."""

    found: set[tuple[str, str]] = field(default_factory=set)

    def url(self, url: str, base: str, destination: str) -> Verdict:
        """Holds other hosts, and what cannot be parsed."""
        full = resolved(url, base)
        if full is None:
            return Verdict(hold=True, service="?")
        host, _, path = full.partition("//")[2].partition("/")
        host = host.rpartition("@")[2].partition(":")[0]
        if full.startswith(("about:", "blob:")) or host == OWN:
            return KEEP
        if destination == "base":
            return Verdict(hold=True, service="?")
        self.found.add((host, "/" + path.partition("#")[0]))
        return Verdict(hold=True, service="all")

    def inline(self, text: str) -> Verdict:
        """Holds no inline script."""
        return KEEP


def host_of(number: int) -> str:
    """Returns the third party of a case."""
    return f"c{number}.third.test"


def markup(number: int) -> bytes:
    """Returns the page of a case."""
    host = host_of(number)
    html: str = CASES[number]["html"]
    for mark, text in (
        ("{T}", "//" + host),
        ("{HOST}", host),
        ("{UPPER}", host.upper()),
        ("{REST}", host[1:]),
    ):
        html = html.replace(mark, text)
    return html.encode()


def asked_of(hits: set[tuple[str, str]], number: int) -> set[str]:
    """Returns what of a case was asked for."""
    return {path[1:] for host, path in hits if host.rstrip(".").endswith(host_of(number))}
