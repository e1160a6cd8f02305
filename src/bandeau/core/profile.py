"""Profile: what the site itself puts together about a reader, as it is declared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

#: Where the secrets lie that sign webhooks, unless a profile names another file.
WEBHOOK_SECRET = "bandeau-webhook.secret"  # noqa: S105 - the name of a file


class Scope(StrEnum):
    """Whom a profile follows: one browser, or an account on all its devices (EU-24)."""

    DEVICE = "device"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Webhook:
    """Another server that erases a profile: its address, and the file of the secrets that sign for it."""

    url: str
    secret: str = WEBHOOK_SECRET
    #: It may be told at an address that the open internet does not have.
    private: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile that exists only while its purpose is allowed. Code calls it by its name."""

    name: str
    purpose: str
    holds: Mapping[str, str] = field(default_factory=dict)
    retention_seconds: int = 0
    title: Mapping[str, str] | str = ""
    scope: Scope = Scope.DEVICE
    webhook: Webhook | None = None
