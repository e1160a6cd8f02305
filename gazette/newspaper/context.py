"""What every template may show."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject


def newspaper(request: HttpRequest) -> dict[str, Any]:
    """The sections and the vendors' addresses.  Touches neither session nor user, so pages stay shared."""
    from articles.models import SectionPage

    return {
        "sections": SimpleLazyObject(lambda: list(SectionPage.objects.live().in_menu().order_by("path"))),
        "vendors": settings.VENDORS,
        "bandeau_enabled": settings.BANDEAU_ENABLED,
        "demo": bool(settings.STANDIN_PORT),
    }
