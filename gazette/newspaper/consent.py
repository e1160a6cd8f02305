"""Bandeau's site: the newspaper's duty when a reader withdraws a consent, and the time of a choice."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from bandeau.site import Site

_opened: list[Site] = []


def open_site() -> Site:
    """Opens the site that the policy file declares and registers the erasure of reading profiles."""
    from bandeau.site import Site
    from readers.profiles import erase_on_withdrawal

    site = Site.open(settings.BANDEAU_POLICY)
    site.on_withdraw("personalisation")(erase_on_withdrawal)
    _opened[:] = [site]
    return site


def chosen_at(subject_id: str | None) -> float | None:
    """When a reader last chose, by the record of it and to the second; None when nobody here knows."""
    from bandeau.errors import StoreError

    if subject_id is None or not _opened:
        return None
    try:
        records = _opened[0].store.of_subject(subject_id)
    except StoreError:
        return None
    return datetime.fromisoformat(records[-1].at).timestamp() if records else None
