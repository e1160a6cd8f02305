"""Which pages a shared cache may keep."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control

SHARED_SECONDS = 60


def mark_shared(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Lets caches keep a page that is the same for everybody, unless its reader has a session.

    Only the presence of the cookie is looked at: reading the session would add `Vary: Cookie`.
    """
    if settings.SESSION_COOKIE_NAME in request.COOKIES or request.method not in ("GET", "HEAD"):
        patch_cache_control(response, private=True, no_cache=True)
    else:
        patch_cache_control(response, public=True, max_age=0, s_maxage=SHARED_SECONDS)
    return response
