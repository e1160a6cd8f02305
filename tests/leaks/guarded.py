"""Vectors that no rewriter and no Content-Security-Policy stops, hence the guard alone.

With the guard lost (a reader's block list, a broken cache) only these may leak: the documentation says so.
"""

from __future__ import annotations

_PREFIXES = (
    "create-preconnect",
    "create-dns-prefetch",
    "create-prerender",
    "preconnect-",
    "meta-refresh-",
    "speculation-",
    "rtc-",
    "store-",
    "frame-pdf",
    # A navigation that the policy refuses still opens a connection before it is refused.
    "create-iframe",
    "frame-set-",
    "frame-by-",
    "frame-in-",
    "frame-location",
    "frame-window-open",
    "form-",
)


def needs_guard(vector_id: str) -> bool:
    """Tell whether a vector is stopped by the guard alone.

    >>> needs_guard("preconnect-by-html"), needs_guard("create-img")
    (True, False)
    """
    return vector_id.startswith(_PREFIXES) and vector_id != "speculation-rules"
