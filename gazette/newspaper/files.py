"""Static and media files, served by the newspaper's own process."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.utils._os import safe_join
from whitenoise.middleware import WhiteNoiseMiddleware


class StaticFiles(WhiteNoiseMiddleware):
    """WhiteNoise with whole answers: Django's ASGI handler warns about files that stream synchronously."""

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> HttpResponse:
        """One static file."""
        found = static_file.get_response(request.method, request.META)
        body = b""
        if found.file:
            with found.file:
                body = found.file.read()
        response = HttpResponse(body, status=int(found.status))
        del response["Content-Type"]
        for name, value in found.headers:
            response[name] = value
        return response


def media(request: HttpRequest, path: str) -> HttpResponse:
    """One picture.  Their names change with their contents, so browsers may keep them."""
    try:
        body = Path(safe_join(settings.MEDIA_ROOT, path)).read_bytes()
    except (OSError, SuspiciousFileOperation, ValueError) as error:
        raise Http404 from error
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    return HttpResponse(body, kind, headers={"Cache-Control": "public, max-age=31536000, immutable"})
