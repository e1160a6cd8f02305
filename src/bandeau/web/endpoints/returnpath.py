"""Where a form goes back to: a path of this site, whatever was sent."""

from __future__ import annotations

import re

_LONGEST = 2_048
# Printable ASCII without the backslash, which browsers read as a slash; what browsers remove
# from URLs (tab, CR, LF) is not printable.
_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]*")


def safe_path(text: str, default: str = "/") -> str:
    """Return a path that leads to this site, or the default.

    >>> safe_path("//evil.example"), safe_path("/a?b=1#c")
    ('/', '/a?b=1#c')
    """
    if len(text) > _LONGEST or not _PATH.fullmatch(text):
        return default
    return text
