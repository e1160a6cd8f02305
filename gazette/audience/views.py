"""The newspaper's own audience measurement, and the page that shows what third parties received."""

from __future__ import annotations

import base64

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST
from wagtail.models import Page

from audience.models import DailyCount
from audience.proof import ask_standin, forget, read_proof
from newspaper.visits import visit_of

GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


@never_cache
@csrf_exempt  # a forged call could only add one to a sum
@require_POST
def measure(request: HttpRequest, page_id: int) -> HttpResponse:
    """Counts a view told by the page's script."""
    _count(request, page_id)
    return HttpResponse(status=204)


@never_cache
@require_GET
def measure_pixel(request: HttpRequest, page_id: int) -> HttpResponse:
    """Counts a view told by the picture in `<noscript>`."""
    _count(request, page_id)
    return HttpResponse(GIF, "image/gif")


def _count(request: HttpRequest, page_id: int) -> None:
    # Bandeau stops the call before it comes here; asking again costs nothing and stands alone.
    if visit_of(request).allows("audience") and Page.objects.live().filter(pk=page_id).exists():
        DailyCount.add(page_id, timezone.localdate())


@never_cache
@require_GET
def proof(request: HttpRequest) -> HttpResponse:
    """The calls that third parties received, beside the reader's choice."""
    return render(
        request,
        "audience/proof.html",
        {"proof": read_proof(request, ask_standin()), "standin_port": settings.STANDIN_PORT},
    )


@never_cache
@csrf_exempt  # demonstration only; the origin check below is enough to keep other sites out
@require_POST
def proof_reset(request: HttpRequest) -> HttpResponse:
    """Empties the third parties' log."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return HttpResponseForbidden("cross-site")
    forget()
    return redirect("proof")
