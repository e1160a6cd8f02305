"""La Gazette for ASGI servers; Bandeau stands in its middleware."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newspaper.settings")
application = get_asgi_application()
