"""When a reader chose, by the record of it."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings


def chosen_at(subject_id: str | None) -> float | None:
    """When a reader last chose, by the record of it and to the second; None when nobody here knows."""
    from bandeau.errors import BandeauError
    from bandeau.web.django.running import site

    if subject_id is None or not settings.BANDEAU_ENABLED:
        return None
    try:
        records = site().store.of_subject(subject_id)
    except BandeauError:
        return None
    return datetime.fromisoformat(records[-1].at).timestamp() if records else None
