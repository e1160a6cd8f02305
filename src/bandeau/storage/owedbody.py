"""The part of a debt that says who the reader is, as bytes: it is what an engine erases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from bandeau.ledger.outbox import Debt, Owed


class _Body(msgspec.Struct, frozen=True):
    subject_id: str | None
    cookies: dict[str, str]
    account: str


def body_of(owed: Owed) -> bytes:
    """Return who an erasure is for."""
    return msgspec.json.encode(_Body(owed.subject_id, dict(owed.cookies), owed.account))


def debt_of(row: Sequence[Any]) -> Debt:
    """Return a debt from its columns: id, handler, purpose, at, due_at, tries, error, dead, body."""
    id_, handler, purpose, at, due_at, tries, error, dead, body = row
    who = msgspec.json.decode(bytes(body), type=_Body)
    owed = Owed(id_, handler, purpose, who.subject_id, who.cookies, who.account, at, due_at)
    return Debt(owed, tries, error, bool(dead))
