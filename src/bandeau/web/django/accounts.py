"""Whose request it is, by Django's own session: what ``BANDEAU["ACCOUNT_OF"]`` may name."""

from __future__ import annotations

from importlib import import_module

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest
from django.http.cookie import parse_cookie

from bandeau.core.request import RequestHead


def signed_in(head: RequestHead) -> str:
    """Return the primary key of the user who is signed in, "" for nobody."""
    request = HttpRequest()
    request.COOKIES = parse_cookie("; ".join(head.all("cookie")))
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    if not key:
        return ""
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    user = get_user(request)
    return str(user.pk) if user.is_authenticated else ""
