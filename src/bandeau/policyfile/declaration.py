"""What a policy declares, in one byte string: the same declaration gives the same, whatever its layout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace

from bandeau.core.canonical import Json, canonical_bytes
from bandeau.core.hostpattern import HostPattern
from bandeau.core.policy import Policy, Service, Vendor
from bandeau.policyfile.draft import Declared

# Declared for the checks and the reader's tables, and no part of the core's values.
_VENDOR_EXTRAS = ("transfer",)
_SERVICE_EXTRAS = ("data_retention", "conditions")


def declaration(
    policy: Policy,
    vendors: tuple[Declared[Vendor], ...] = (),
    services: tuple[Declared[Service], ...] = (),
) -> bytes:
    """Return all that a policy declares, as the canonical bytes that its digest is of."""
    extras: dict[str, Json] = {}
    for prefix, declared, keys in (
        ("vendor", vendors, _VENDOR_EXTRAS),
        ("service", services, _SERVICE_EXTRAS),
    ):
        for item in declared:
            for key in keys:
                words = [text for _, text in item.entry.words(key)] or [item.entry.text(key)]
                if any(words):
                    extras[f"{prefix}.{item.value.id}.{key}"] = list[Json](sorted(words))
    content: dict[str, Json] = {"policy": _policy(policy), "extras": extras}
    return canonical_bytes(content)


def _policy(policy: Policy) -> Json:
    content = _json(replace(policy, digest=""))
    if isinstance(content, dict) and not policy.profiles:
        # Policies that declare none keep the digest that they had before profiles could be declared.
        del content["profiles"]
    return content


def _json(value: object) -> Json:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, HostPattern):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _json(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_json(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: _json(getattr(value, item.name)) for item in fields(value)}
    raise TypeError(f"a policy holds no {type(value).__name__}")
