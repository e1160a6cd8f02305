"""Remedies: the lines of ``bandeau.toml`` that would declare what was seen, for a person to finish."""

from __future__ import annotations

import re

from bandeau.core.policy import DAY_SECONDS

_BARE = re.compile(r"[^a-z0-9]+")


def declare_host(host: str) -> str:
    """Return a service for a host that nobody declared; what must be decided is marked."""
    name = _BARE.sub("-", host.lower()).strip("-") or "service"
    return (
        "[[services]]\n"
        f"id = {quoted(name)}\n"
        'purpose = "TODO"\n'
        'kind = "tag"\n'
        f"hosts = [{quoted(host)}]\n"
        'vendor = "TODO"\n'
    )


def declare_tracker(
    name: str, kind: str, max_age_seconds: int | None, *, domain: str = "", http_only: bool = False
) -> str:
    """Return the row of a tracker as it was seen, to be put under its service."""
    parts = [f"name = {quoted(name)}"]
    if kind != "cookie":
        parts.append(f"kind = {quoted(kind)}")
    parts.append(f"max_age = {quoted(lifetime(max_age_seconds) if kind == 'cookie' else _usual(kind))}")
    if domain:
        parts += ['party = "third"', f"domain = {quoted(domain)}"]
    if http_only:
        parts.append("http_only = true")
    return "trackers = [{ " + ", ".join(parts) + " }]\n"


def _usual(kind: str) -> str:
    return "session" if kind == "session" else "persistent"


def lifetime(seconds: int | None) -> str:
    """Return a duration as the policy file takes it, rounded up so that what was seen is covered.

    >>> lifetime(395 * 86400), lifetime(90), lifetime(None)
    ('395 days', '2 minutes', 'session')
    """
    if seconds is None:
        return "session"
    for unit, size in (("day", DAY_SECONDS), ("hour", 3600), ("minute", 60)):
        if seconds >= size:
            number = -(-seconds // size)
            return f"{number} {unit}{'' if number == 1 else 's'}"
    return f"{max(seconds, 1)} second{'' if seconds <= 1 else 's'}"


def quoted(text: str) -> str:
    """Return a basic string of TOML."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in escaped) + '"'
