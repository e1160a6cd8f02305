"""Templates: every value is escaped, an unknown name is an error, a link leads nowhere unsafe."""

from __future__ import annotations

import re
from functools import cache

import can_ada
from jinja2 import Environment, PackageLoader, StrictUndefined

_ADDRESS = re.compile(r"[^\s@<>\"'?&%]+@[^\s@<>\"'?&%]+\.[^\s@<>\"'?&%]+")


def render(template: str, **values: object) -> str:
    """Return a filled template."""
    return _environment().get_template(template).render(**values)


def safe_link(url: str) -> str:
    """Return a URL that may stand in ``href``: http, https, or a path of the site; else nothing.

    A policy's texts are data: ``javascript:`` in them must stay text (CVE-2025-31476).
    """
    if url.startswith("/") and not url.startswith(("//", "/\\")):
        return url
    try:
        parsed = can_ada.parse(url)
    except ValueError:
        return ""
    return str(parsed.href) if parsed.protocol in ("https:", "http:") else ""


def contact_link(contact: str) -> str:
    """Return what a contact links to: an e-mail address, a page, or nothing."""
    return f"mailto:{contact}" if _ADDRESS.fullmatch(contact) else safe_link(contact)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("bandeau.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters["safe_link"] = safe_link
    environment.filters["contact_link"] = contact_link
    return environment
