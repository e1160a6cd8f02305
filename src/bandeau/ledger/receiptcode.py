"""Receipt codes: what a reader can read out, type and be answered for."""

from __future__ import annotations

import hashlib
import re

#: Crockford's alphabet: no I, L, O or U, so that nothing is misread.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
#: 16 characters are 80 bits: nobody finds another reader's record by trying codes.
_LENGTH = 16
_PAIRS = [first + second for first in ALPHABET for second in ALPHABET]
_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0"})
_CODE = re.compile(f"[{ALPHABET}]{{{_LENGTH}}}")


def receipt_code(record_id: str) -> str:
    """Return the code of a record; it says nothing about the record or its place in the log.

    >>> receipt_code("an-id")
    '2EJ8-F14K-BE0G-Z6V6'
    """
    number = int.from_bytes(hashlib.sha256(record_id.encode()).digest()[:10], "big")
    # Two characters at a time, written out: every choice that is made waits for this.
    pairs = [_PAIRS[number >> 10 * place & 1023] for place in (7, 6, 5, 4, 3, 2, 1, 0)]
    return "{}{}-{}{}-{}{}-{}{}".format(*pairs)


def read_code(text: str) -> str | None:
    """Return a code as it is written by ``receipt_code``, or ``None`` for what is no code.

    Spaces, dashes, small letters and the usual misreadings are accepted.

    >>> read_code("2ej8 f14k be0g z6v6")
    '2EJ8-F14K-BE0G-Z6V6'
    """
    if len(text) > 64:
        return None
    digits = re.sub(r"[\s-]", "", text).upper().translate(_READ_AS)
    if not _CODE.fullmatch(digits):
        return None
    return "-".join(digits[start : start + 4] for start in range(0, _LENGTH, 4))
