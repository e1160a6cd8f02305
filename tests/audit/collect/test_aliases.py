"""A name of the site that leads to somebody else is told with where it leads."""

from __future__ import annotations

import asyncio

import pytest

from bandeau.audit.collect import AuditOptions
from bandeau.audit.collect.aliases import Aliases
from bandeau.audit.observation import Connection, Request

ASKED: list[str] = []


async def resolve(host: str, port: int) -> tuple[list[str], str]:
    """Answer from a small zone."""
    ASKED.append(host)
    if host == "gone.site.co.uk":
        raise OSError
    return ["192.0.2.1"], {"metrics.site.co.uk": "site.tracker.example"}.get(host, "")


def told(*urls: str, **more: object) -> list[Connection]:
    """Return what is told of some requests."""
    options = AuditOptions(urls=("https://www.site.co.uk/",), **more)  # type: ignore[arg-type]
    facts = [Request(step="arrived", at_ms=number, url=url) for number, url in enumerate(urls)]
    return asyncio.run(Aliases(options).of(facts))


def test_an_alias_is_told_at_the_first_request() -> None:
    """Once, however often it is asked for."""
    found = told("https://metrics.site.co.uk/a", "https://metrics.site.co.uk/b", resolve=resolve)

    assert [(fact.host, fact.aliases, fact.at_ms) for fact in found] == [
        ("metrics.site.co.uk", ("site.tracker.example",), 0)
    ]


@pytest.mark.parametrize("url", ["https://other.co.uk/", "https://tracker.example/", "https://192.0.2.7/"])
def test_only_names_of_the_site_are_looked_up(url: str) -> None:
    """Everybody else's are what they say; the public suffix is nobody's."""
    ASKED.clear()

    assert told(url, resolve=resolve) == []
    assert ASKED == []


def test_a_name_that_cannot_be_looked_up_has_no_alias() -> None:
    """The request itself tells what happened to it."""
    assert told("https://gone.site.co.uk/", resolve=resolve) == []


def test_where_names_lead_elsewhere_dns_is_not_asked() -> None:
    """It would speak of another host."""
    assert told("https://metrics.site.co.uk/", resolver_rules="MAP * 127.0.0.1") == []
