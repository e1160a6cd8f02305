"""Query strings of our own addresses: bounded, and never an error."""

from __future__ import annotations

from urllib.parse import parse_qsl

_LONGEST = 16_384
_MOST = 20


def read_query(query: str) -> dict[str, str]:
    """Return the fields of a query, the first of each name; of one that is too long, none.

    >>> read_query("u=%2Fa&u=b&lang=fr")
    {'lang': 'fr', 'u': '/a'}
    """
    if len(query) > _LONGEST or query.count("&") >= _MOST:
        return {}
    return dict(reversed(parse_qsl(query, keep_blank_values=True)))
