"""Addresses of the paper with accounts."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import include, path

from .paper import page


def who(request: Any) -> HttpResponse:
    """Name the reader."""
    return HttpResponse(request.user.get_username(), "text/plain")


urlpatterns = [path("", page), path("who/", who), path("accounts/", include("allauth.account.urls"))]
