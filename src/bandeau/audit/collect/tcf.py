"""The core of a TCF string, as far as an audit needs it: which purposes it says yes to.

IAB Europe, TCF v2: the core segment is base64url; bits 152 to 175 are the consents to purposes 1 to 24.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode

_FORM = re.compile(r"[A-Za-z0-9_-]{36,4000}(?:\.[A-Za-z0-9_-]+)*")
_VERSION_BITS, _PURPOSES_AT, _PURPOSES = 6, 152, 24
_VERSION = 2
# Created and LastUpdated are deciseconds since 1970: a string of this century lies between these.
_CREATED_AT, _CREATED_BITS = 6, 36
_OLDEST, _NEWEST = 15_000_000_000, 60_000_000_000


def granted_purposes(text: str) -> frozenset[int] | None:
    """Return the purposes that a TCF string says yes to, ``None`` when a text is no such string."""
    if not _FORM.fullmatch(text):
        return None
    core = text.partition(".")[0]
    raw = urlsafe_b64decode(core + "=" * (-len(core) % 4))
    bits = f"{int.from_bytes(raw, 'big'):0{len(raw) * 8}b}"
    created = int(bits[_CREATED_AT : _CREATED_AT + _CREATED_BITS], 2)
    if int(bits[:_VERSION_BITS], 2) != _VERSION or not _OLDEST < created < _NEWEST:
        return None
    consents = bits[_PURPOSES_AT : _PURPOSES_AT + _PURPOSES]
    return frozenset(number for number, bit in enumerate(consents, start=1) if bit == "1")
