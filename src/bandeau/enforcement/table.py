"""The site table: what the wall in the page knows of the policy, as JSON."""

from __future__ import annotations

from msgspec import json

from bandeau.core.cookie import choice_cookie_name
from bandeau.core.decision import EU, Regime
from bandeau.core.policy import Basis, Kind, Otherwise, Policy, Purpose, Reach, Service
from bandeau.enforcement.csp import always_sources, strictest

_BASIS = {Basis.CONSENT: 0, Basis.EXEMPT: 1, Basis.OBJECTION: 2}
_TRACKER = {"cookie": "c", "local": "l", "session": "s", "indexeddb": "i", "cache": "k"}
_VISIBLE = frozenset({Kind.EMBED, Kind.ADS, Kind.WIDGET, Kind.FONTS})


def site_table(
    policy: Policy,
    *,
    mode: str,
    stamp: str | None = None,
    posted: bool = False,
    regime: Regime = EU,
) -> dict[str, object]:
    """Return the table of a page.

    Args:
        stamp: the allowed services (hexadecimal) that a private page's header was made for;
            ``None`` makes the table of a shared page, the same for everybody.
        posted: the page answers a POST, and must never be reloaded.
    """
    purposes = {purpose.id: i for i, purpose in enumerate(policy.purposes)}
    table: dict[str, object] = {
        "v": 1,
        "r": policy.revision,
        "u": policy.site.url.rstrip("/"),
        "b": policy.enforce.prefix,
        "n": choice_cookie_name(policy.site),
        "d": policy.remember_days,
        "m": mode,
        "l": 1 if stamp is None else 0,
        "p": [_purpose_row(policy, purpose) for purpose in policy.purposes],
        "s": [_service_row(policy, service, purposes[service.purpose]) for service in policy.services],
        "f": always_sources(policy),
        "g": 1 if regime.silence_allows else 0,
        "c": strictest(policy),
        "x": stamp,
        "uh": policy.enforce.undeclared_hosts.value,
        "uc": policy.enforce.undeclared_cookies.value,
    }
    return table | {"o": 1} if posted else table


def in_script(table: object) -> str:
    """Return JSON that can stand in an inline script: nothing in it ends the element."""
    text = json.encode(table).decode()
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _purpose_row(policy: Policy, purpose: Purpose) -> list[object]:
    return [
        purpose.id,
        purpose.bit,
        int(purpose.necessary),
        int(purpose.gpc),
        purpose.since,
        policy.yes_since(purpose),
        int(policy.asks_consent(purpose)),
    ]


def _service_row(policy: Policy, service: Service, purpose_index: int) -> list[object]:
    return [
        service.id,
        purpose_index,
        _BASIS[service.basis],
        -1 if service.bit is None else service.bit,
        int(service.reach is Reach.OPEN),
        policy.own_yes_since(service),
        [pattern.csp_source for pattern in service.hosts],
        list(service.inline),
        [[tracker.name, _TRACKER[tracker.kind]] for tracker in service.trackers],
        int(service.kind in _VISIBLE or service.otherwise is not Otherwise.NOTHING),
    ]
