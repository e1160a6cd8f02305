"""Accounts, as the store knows them: by a digest, bound to one site and environment."""

from __future__ import annotations

import hashlib

from bandeau.core.policy import Policy, SiteInfo
from bandeau.core.profile import Scope
from bandeau.ledger.outbox import Debt, Outbox
from bandeau.ledger.series import Series


def account_digest(site: SiteInfo, account: str) -> str:
    """Return what stands for an account in the store."""
    return hashlib.sha256(f"{site.context}|{account}".encode()).hexdigest()


def forgotten(outbox: Outbox, series: Series, account: str) -> list[Debt]:
    """Drop the answers of an account; nothing comes of it."""
    outbox.forget_account(series, account)
    return []


def follows_accounts(policy: Policy, purpose_id: str) -> bool:
    """Tell whether a purpose has a profile that follows an account."""
    return any(
        profile.purpose == purpose_id and profile.scope is Scope.ACCOUNT for profile in policy.profiles
    )
