"""Cookies: each one that came into the store, who set it, how long it lived, and each that was refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Literal
from urllib.parse import urlsplit

from bandeau.audit.collect.cdp import Message
from bandeau.audit.collect.material import Material
from bandeau.audit.collect.netlog import CookieChange, CookieNote, Leg
from bandeau.audit.collect.setters import Call
from bandeau.audit.observation import CookieHeld, CookieSet

SameSite = Literal["", "strict", "lax", "none"]
#: How far the note of a request and the store's may lie apart: they are written in one turn of a loop.
_SAME_TURN_MS = 100.0
#: The longest that a browser keeps a cookie (RFC 6265bis §5.5: 400 days).
_LONGEST_SECONDS = 400 * 86_400


@dataclass(slots=True)
class _Stored:
    """An answer's cookie that was stored."""

    leg: Leg
    note: CookieNote
    line: str
    taken: bool = False


def cookies_set(material: Material) -> list[CookieSet]:
    """Return every cookie that was set, and every attempt that the browser refused."""
    legs = [leg for leg in material.netlog.legs if not leg.is_the_browsers]
    by_answer = [_Stored(leg, note, line) for leg in legs for note, line in _lines(leg)]
    changes = material.netlog.changes
    found = [
        _added(material, change, changes[index + 1 :], by_answer)
        for index, change in enumerate(changes)
        if change.added
    ]
    refused = [_refused(material, stored) for stored in by_answer if not stored.note.included]
    return sorted([*found, *refused], key=lambda cookie: (cookie.at_ms, cookie.domain, cookie.name))


def cookies_held(material: Material) -> list[CookieHeld]:
    """Return what the browser held at the end of each step."""
    return [
        CookieHeld(
            step=snapshot.step,
            at_ms=material.clock.at(snapshot.wall_ms),
            name=cookie["name"],
            domain=cookie["domain"].lstrip("."),
            path=cookie["path"],
            host_only=not cookie["domain"].startswith("."),
            secure=cookie["secure"],
            http_only=cookie["httpOnly"],
            same_site=_same_site(cookie.get("sameSite", "")),
            partition=_partition(cookie),
            expires_in_seconds=_remaining(cookie, snapshot.wall_ms),
            value_hash=material.hashed(cookie["value"]),
            value_length=len(cookie["value"]),
        )
        for snapshot in material.snapshots
        for cookie in sorted(snapshot.cookies, key=lambda c: (c["domain"], c["path"], c["name"]))
    ]


def _added(
    material: Material, change: CookieChange, later: Iterable[CookieChange], answers: list[_Stored]
) -> CookieSet:
    stored = _take_answer(change, answers)
    call = None if stored else _caller(change, material.setters.calls)
    held = _held(change, material)
    lived = _lived(change, later)
    return CookieSet(
        step=material.clock.step(change.wall_ms),
        at_ms=material.clock.at(change.wall_ms),
        name=change.name,
        domain=change.domain.lstrip("."),
        path=change.path,
        host_only=not change.domain.startswith("."),
        secure=change.secure,
        http_only=change.http_only,
        same_site=_same_site(change.same_site),
        partition=stored.note.partition if stored else _partition(held) if held else "",
        max_age_seconds=_max_age(change, stored, held, lived),
        setter=_setter(stored, call),
        initiator_chain=material.traffic.script_chain(call.stack) if call else _asked_by(material, stored),
        page_url=_page(stored, call),
        lived_ms=lived,
        value_hash=material.hashed(change.value),
        value_length=len(change.value),
        source="both" if call or held else "netlog",
    )


def _refused(material: Material, attempt: _Stored) -> CookieSet:
    note, attributes = attempt.note, _attributes(attempt.line)
    value = attempt.line.partition(";")[0].partition("=")[2].strip()
    return CookieSet(
        step=material.clock.step(note.wall_ms),
        at_ms=material.clock.at(note.wall_ms),
        name=note.name,
        domain=note.domain.lstrip("."),
        path=note.path,
        host_only="domain" not in attributes,
        secure="secure" in attributes,
        http_only="httponly" in attributes,
        same_site=_same_site(attributes.get("samesite", "")),
        partition=note.partition,
        max_age_seconds=_declared(attempt.line, note.wall_ms),
        setter=f"http:{attempt.leg.url}",
        initiator_chain=_asked_by(material, attempt),
        page_url=attempt.leg.header("referer"),
        stored=False,
        block_reason=note.status,
        value_hash=material.hashed(value),
        value_length=len(value),
        source="netlog",
    )


def _lines(leg: Leg) -> list[tuple[CookieNote, str]]:
    """Pair the notes of an answer's cookies with its ``Set-Cookie`` lines, by name and in order."""
    lines = [value for name, value in leg.headers if name == "set-cookie"]
    paired = []
    for note in leg.cookies_set:
        line = next((each for each in lines if each.partition("=")[0].strip() == note.name), "")
        if line:
            lines.remove(line)
        paired.append((note, line))
    return paired


def _take_answer(change: CookieChange, answers: list[_Stored]) -> _Stored | None:
    for stored in answers:
        note = stored.note
        if stored.taken or not note.included or abs(note.wall_ms - change.wall_ms) > _SAME_TURN_MS:
            continue
        if (note.name, note.path, note.domain.lstrip(".")) == (
            change.name,
            change.path,
            change.domain.lstrip("."),
        ):
            stored.taken = True
            return stored
    return None


def _caller(change: CookieChange, calls: list[Call]) -> Call | None:
    """Return the last call, in a document that may set the cookie, before it came.

    A page is held at each call until the cookie of the call before is stored.
    """
    found = None
    for call in calls:
        if call.what == "cookie" and call.wall_ms <= change.wall_ms + 2 and _may_set(call, change.domain):
            found = call
    return found


def _may_set(call: Call, domain: str) -> bool:
    host = urlsplit(next((url for url in call.chain if "://" in url), "")).hostname or ""
    return host == domain or (domain.startswith(".") and f".{host}".endswith(domain))


def _setter(stored: _Stored | None, call: Call | None) -> str:
    if stored:
        return f"http:{stored.leg.url}"
    return f"script:{call.stack[0].rsplit(':', 2)[0]}" if call and call.stack else "unknown"


def _page(stored: _Stored | None, call: Call | None) -> str:
    if stored:
        return stored.leg.header("referer")
    return call.chain[0] if call and call.chain else ""


def _asked_by(material: Material, stored: _Stored | None) -> tuple[str, ...]:
    if stored is None:
        return ()
    asked = next((a for a in material.traffic.asked if a.url == stored.leg.url), None)
    return material.traffic.chain(asked) if asked else ()


def _lived(change: CookieChange, later: Iterable[CookieChange]) -> int | None:
    key = (change.name, change.domain, change.path)
    for other in later:
        if (other.name, other.domain, other.path) == key:
            if other.added or other.cause == "overwrite":
                return None
            return max(0, round(other.wall_ms - change.wall_ms))
    return None


def _held(change: CookieChange, material: Material) -> Message | None:
    for snapshot in material.snapshots:
        if snapshot.wall_ms < change.wall_ms:
            continue
        for cookie in snapshot.cookies:
            if (cookie["name"], cookie["domain"], cookie["path"]) == (
                change.name,
                change.domain,
                change.path,
            ):
                return cookie
        return None
    return None


def _max_age(
    change: CookieChange, stored: _Stored | None, held: Message | None, lived: int | None
) -> int | None:
    if not change.persistent:
        return None
    if stored and stored.line:
        return _declared(stored.line, change.wall_ms)
    if held:
        return _remaining(held, change.wall_ms)
    return round((lived or 0) / 1000)


def _declared(line: str, wall_ms: float) -> int | None:
    """Return the lifetime that a ``Set-Cookie`` line asks for; ``Max-Age`` goes before ``Expires``."""
    attributes = _attributes(line)
    text = attributes.get("max-age", "")
    if text.lstrip("-").isdigit():
        return int(text)
    try:
        return round(parsedate_to_datetime(attributes["expires"]).timestamp() - wall_ms / 1000)
    except (KeyError, ValueError, TypeError):
        return None


def _attributes(line: str) -> dict[str, str]:
    parts = (part.partition("=") for part in line.split(";")[1:])
    return {name.strip().lower(): value.strip().strip('"') for name, _, value in parts}


def _remaining(cookie: Message, wall_ms: float) -> int | None:
    if cookie.get("session") or cookie.get("expires", -1) < 0:
        return None
    return min(_LONGEST_SECONDS, round(float(cookie["expires"]) - wall_ms / 1000))


def _partition(cookie: Message) -> str:
    key = cookie.get("partitionKey")
    return str(key.get("topLevelSite", "")) if isinstance(key, dict) else str(key or "")


def _same_site(text: str) -> SameSite:
    lowered = text.lower()
    return lowered if lowered in ("strict", "lax", "none") else ""  # type: ignore[return-value]


def settable(cookie: Message) -> Message:
    """Return a cookie as it was read in the form in which it is set."""
    names = ("name", "value", "domain", "path", "secure", "httpOnly", "sameSite", "partitionKey")
    found = {name: cookie[name] for name in names if name in cookie}
    if not cookie.get("session") and cookie.get("expires", -1) > 0:
        found["expires"] = cookie["expires"]
    if not cookie["domain"].startswith("."):
        # With a domain it would be one for all subdomains, which ``__Host-`` forbids.
        scheme = "https" if cookie["secure"] else "http"
        found["url"] = f"{scheme}://{found.pop('domain')}{cookie['path']}"
    return found
