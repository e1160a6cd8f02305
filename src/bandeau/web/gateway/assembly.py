"""Puts a gateway together from a policy file or an open site."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

from bandeau.site import Site
from bandeau.storage.countfile import CountFile, countfile_path
from bandeau.web.bookkeeping import Bookkeeping
from bandeau.web.endpoints.router import Endpoints
from bandeau.web.gateway.engine import Gateway
from bandeau.web.gateway.registrable import registrable_domain
from bandeau.web.pages.build import build, short_hash
from bandeau.web.pages.inserts import Pages
from bandeau.web.tallies import Tallies


def open_gateway(policy: str | Path | None = None, site: Site | None = None) -> Gateway:
    """Return the gateway of a site.

    Raises:
        TypeError: neither or both of policy and site are given.
    """
    if (policy is None) == (site is None):
        raise TypeError("give either the policy file or an open site")
    if site is None:
        site = Site.open(policy or "")
    pages = Pages(site)
    pages.keep_evidence()
    tallies = Tallies()
    counts = countfile_path(site.folder) if site.folder is not None else None
    if counts is not None:
        tallies.keeper = Bookkeeping(tallies, CountFile(counts), site.now)
    endpoints = Endpoints(site, pages, tallies)
    return Gateway(
        site, pages, endpoints, registrable=registrable_domain, build=_build_mark(), tallies=tallies
    )


def _build_mark() -> str:
    """Return what changes with the files that go into pages, for entity tags."""
    files = build()
    parts = (
        version("bandeau").encode(),
        files.wall.encode(),
        files.fallback.encode(),
        files.guard,
        files.style,
        files.sheet,
    )
    return "." + short_hash(b"".join(parts))[:8]
