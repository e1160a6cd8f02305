"""A scan on a terminal: who was seen, what is proposed, what a person must decide."""

from __future__ import annotations

from collections.abc import Iterator

from bandeau.audit.report.words import count, visible
from bandeau.audit.scan import TODO, Found, Scan

_MOST_NAMED = 4


def scan_text(scan: Scan) -> str:
    """Return a scan for a terminal."""
    return "\n".join(map(visible, _lines(scan))) + "\n"


def _lines(scan: Scan) -> Iterator[str]:
    services, pages = count(len(scan.found), "service", "services"), count(len(scan.pages), "page", "pages")
    yield f"{services} on {pages} of {scan.pages_known} known: {' '.join(scan.urls)}"
    for found in scan.found:
        yield ""
        yield f"{found.use or found.id}: {_purpose(found)}"
        yield from _seen(found)
    for doubt in scan.doubts:
        yield ""
        yield f"not seen to the end: {doubt}"


def _purpose(found: Found) -> str:
    if found.exempt_reason:
        return f"{found.purpose}, exempt ({found.exempt_reason})"
    if found.purpose == TODO:
        return "for which purpose? A person decides"
    return found.purpose


def _seen(found: Found) -> Iterator[str]:
    if found.called:
        yield f"    calls   {_named(found.called)}"
    elif found.hosts:
        yield f"    takes   {_named(found.hosts)}"
    if found.stored:
        yield f"    stores  {_named(found.stored)}"
    others = [host for host in found.brought_by if host]
    if others:
        yield f"    brought in by {_named(tuple(others))}"
    if found.inside:
        yield f"    its frame calls {_named(found.inside)}"


def _named(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more
