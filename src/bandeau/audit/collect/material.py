"""What one visit brought home, before it is put together: marks in time, events, NetLog, inventories."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass

from bandeau.audit.collect.cdp import Message
from bandeau.audit.collect.clock import Clock
from bandeau.audit.collect.netlog import NetLog
from bandeau.audit.collect.setters import Setters
from bandeau.audit.collect.storage import Item, StorageEvents
from bandeau.audit.collect.traffic import Traffic


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the browser held at the end of a step."""

    step: str
    wall_ms: float
    cookies: tuple[Message, ...]
    items: tuple[Item, ...]


@dataclass(slots=True)
class Material:
    """Everything that observations are made of."""

    clock: Clock
    traffic: Traffic
    setters: Setters
    storage: StorageEvents
    netlog: NetLog
    snapshots: list[Snapshot]
    #: Tells whether the audit itself keeps a request from leaving.
    is_stopped: Callable[[str], bool]
    salt: bytes
    #: What the gate let out, as it keeps it; nothing where the browser went without one.
    passed: tuple[tuple[float, str, int], ...] = ()
    #: Whether datagrams could leave.
    datagrams: bool = True

    def hashed(self, value: str) -> str:
        """Return what shows that two values are equal, and nothing else of them."""
        return hmac.digest(self.salt, value.encode(), hashlib.sha256)[:12].hex() if value else ""
