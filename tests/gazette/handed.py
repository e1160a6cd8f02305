"""The newspaper without Bandeau in front, whose tests hand in a reader's visit by themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings

from bandeau.web.decisions import answering

OURS = "bandeau.web.django.middleware.BandeauMiddleware"


class HandedVisit:
    """Stands in Bandeau's place: `client.get(path, bandeau=visit)` is that reader, without it nobody."""

    def __init__(self, get_response: Callable[[Any], Any]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> Any:
        """Hand the visit on."""
        if "bandeau" not in request.META:
            return self.get_response(request)
        request.bandeau = request.META["bandeau"]
        with answering(request.bandeau):
            return self.get_response(request)


def middleware() -> list[str]:
    """The newspaper's middleware with this one in the place of Bandeau's."""
    here = f"{HandedVisit.__module__}.{HandedVisit.__qualname__}"
    assert OURS in settings.MIDDLEWARE
    return [here if each == OURS else each for each in settings.MIDDLEWARE]
