"""La Gazette for ASGI servers, with Bandeau around it."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newspaper.settings")
application = get_asgi_application()

from django.conf import settings  # noqa: E402 - settings are ready only now

if settings.BANDEAU_ENABLED:
    from bandeau.web.asgi import BandeauMiddleware
    from newspaper.consent import open_site

    application = BandeauMiddleware(application, site=open_site())
