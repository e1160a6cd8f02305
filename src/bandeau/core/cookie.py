"""The choice cookie: a Consent as a short signed text, and back.

    1.<revision>.<day>.<answered>.<granted>.<service answered>.<service granted>.<key id>.<mac>

Numbers are lower-case hexadecimal without leading zeros. The MAC is the first 16 bytes of
HMAC-SHA-256 over ``bd1|<site id>|<environment>|`` and everything before the last dot, in
base64url: a cookie of another site or environment is no choice here.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field

from bandeau.core.consent import INVALID, Consent, Known
from bandeau.core.policy import SiteInfo

#: The longest cookie that is looked at, in characters.
MAX_LENGTH = 512
_NUMBER = r"(0|[1-9a-f][0-9a-f]{0,31})"
_COOKIE = re.compile(
    rf"1\.{_NUMBER}\.{_NUMBER}\.{_NUMBER}\.{_NUMBER}\.{_NUMBER}\.{_NUMBER}"
    r"\.([a-z0-9]{1,16})\.([A-Za-z0-9_-]{22})"
)
_MAC_BYTES = 16
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")


@dataclass(frozen=True, slots=True)
class Key:
    """A secret of at least 32 bytes and its public name."""

    id: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Keyring:
    """The signing keys, newest first: the first signs, all verify."""

    keys: tuple[Key, ...]

    def __post_init__(self) -> None:
        if not self.keys:
            raise ValueError("a keyring holds at least one key")
        for key in self.keys:
            if not re.fullmatch(r"[a-z0-9]{1,16}", key.id) or len(key.secret) < 32:
                raise ValueError(f"key {key.id!r}: an id is 1-16 of a-z 0-9, a secret at least 32 bytes")


def choice_cookie_name(site: SiteInfo) -> str:
    """``__Host-bd``; on plain http (loopback only) the prefix would be refused by Safari."""
    return "__Host-bd" if site.secure else "bd"


def subject_cookie_name(site: SiteInfo) -> str:
    """``__Host-bdid``, or ``bdid`` on plain http."""
    return "__Host-bdid" if site.secure else "bdid"


def held_token(cookies: Iterable[tuple[str, str]], site: SiteInfo) -> str | None:
    """Return the token of the reader's browser; two of them are none."""
    name = subject_cookie_name(site)
    values = [value for key, value in cookies if key == name]
    return values[0] if len(values) == 1 and _TOKEN.fullmatch(values[0]) else None


def made_token(keyring: Keyring, said: bytes) -> str:
    """Return the token that the server makes of what a browser said: nobody else can."""
    mac = hmac.digest(keyring.keys[0].secret, b"bandeau-token-1\n" + said, "sha256")
    return _short(mac)


def subject_of(token: str) -> str:
    """Return the subject id of the browser that holds a token.

    Records name the subject, and receipts are shown to others. Whoever knows the id can neither
    choose for that reader nor read other receipts: that takes the token, which no record holds.
    """
    return _short(hashlib.sha256(b"bandeau-subject-1\n" + token.encode()).digest())


def _short(digest: bytes) -> str:
    return urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()


def encode(consent: Consent, site: SiteInfo, keyring: Keyring) -> str:
    """Write a consent as a signed cookie value."""
    key = keyring.keys[0]
    numbers = (
        consent.revision,
        consent.day,
        consent.answered,
        consent.granted,
        consent.service_answered,
        consent.service_granted,
    )
    payload = ".".join(["1", *(f"{number:x}" for number in numbers), key.id])
    return f"{payload}.{_mac(payload, site, key)}"


def decode(text: str, site: SiteInfo, keyring: Keyring) -> Known:
    """Read a cookie value; whatever was not written by us is INVALID, never a choice."""
    if len(text) > MAX_LENGTH:
        return INVALID
    found = _COOKIE.fullmatch(text)
    if found is None:
        return INVALID
    payload, _, mac = text.rpartition(".")
    for key in keyring.keys:
        if key.id == found[7] and hmac.compare_digest(mac, _mac(payload, site, key)):
            return _consent(found)
    return INVALID


def read(cookie_headers: Iterable[str], site: SiteInfo, keyring: Keyring) -> Known:
    """Read the choice from the ``Cookie`` headers of a request.

    Several cookies of our name (a sibling host tossed one in) are no choice at all.
    """
    return read_pairs([pair for header in cookie_headers for pair in pairs(header)], site, keyring)


def read_pairs(cookies: Iterable[tuple[str, str]], site: SiteInfo, keyring: Keyring) -> Known:
    """Read the choice from cookies that are split already; see ``read``."""
    name = choice_cookie_name(site)
    values = [value for key, value in cookies if key == name]
    if not values:
        return None
    if len(values) > 1:
        return INVALID
    return decode(values[0], site, keyring)


def pairs(header: str) -> list[tuple[str, str]]:
    """Split a ``Cookie`` header into names and values as browsers send them (RFC 6265 §5.4)."""
    found = []
    for part in header.split(";"):
        name, equals, value = part.strip(" \t").partition("=")
        if equals:
            found.append((name, value))
    return found


def _consent(found: re.Match[str]) -> Consent:
    numbers = [int(found[index], 16) for index in range(1, 7)]
    revision, day, answered, granted, service_answered, service_granted = numbers
    return Consent(revision, day, answered, granted, service_answered, service_granted)


def _mac(payload: str, site: SiteInfo, key: Key) -> str:
    message = f"bd1|{site.context}|{payload}".encode()
    return urlsafe_b64encode(hmac.digest(key.secret, message, "sha256")[:_MAC_BYTES]).rstrip(b"=").decode()
