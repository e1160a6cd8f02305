"""La Gazette for WSGI servers, with Bandeau around it."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newspaper.settings")
application = get_wsgi_application()

from django.conf import settings  # noqa: E402 - settings are ready only now

if settings.BANDEAU_ENABLED:
    from bandeau.web.wsgi import BandeauMiddleware
    from newspaper.consent import open_site

    application = BandeauMiddleware(application, site=open_site())
