"""Registrable domains: how far up a cookie may have been set."""

from __future__ import annotations

from functools import cache, lru_cache

from publicsuffixlist import PublicSuffixList


@lru_cache(maxsize=1024)
def registrable_domain(host: str) -> str:
    """Return the registrable domain of a host, or "" for an address or a public suffix.

    >>> registrable_domain("www.example.co.uk")
    'example.co.uk'
    """
    if host.startswith("[") or host.rpartition(".")[2].isdecimal():
        return ""
    return _suffixes().privatesuffix(host) or ""


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
