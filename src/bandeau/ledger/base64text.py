"""Base 64 with one spelling per value."""

from __future__ import annotations

import base64
import binascii

from bandeau.errors import MalformedEvidence


def encode_base64(data: bytes) -> str:
    """Return the standard Base 64 text of some bytes (RFC 4648 §4)."""
    return base64.b64encode(data).decode("ascii")


def decode_base64(text: str) -> bytes:
    """Return the bytes of a standard Base 64 text.

    Raises ``MalformedEvidence`` for everything that ``encode_base64`` does not write. The library's decoder
    overlooks the unused bits of the last character (RFC 4648 §3.5): a changed text would mean the same bytes.
    """
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise MalformedEvidence("text that is not Base 64") from error
    if encode_base64(data) != text:
        raise MalformedEvidence("Base 64 that is not written in the one usual way")
    return data
