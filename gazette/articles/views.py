"""The pages that the desk does not write: privacy, legal notice, robots."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static

from newspaper.shared import mark_shared


def privacy(request: HttpRequest) -> HttpResponse:
    """The privacy page; its tables are the ones Bandeau generates from the policy."""
    return mark_shared(request, render(request, "articles/privacy.html"))


def legal(request: HttpRequest) -> HttpResponse:
    """Who publishes."""
    return mark_shared(request, render(request, "articles/legal.html"))


def favicon(request: HttpRequest) -> HttpResponse:
    """Where browsers look for an icon when a page names none."""
    return redirect(static("gazette/icon.svg"))


def robots(request: HttpRequest) -> HttpResponse:
    """What robots may read."""
    lines = ("User-agent: *", "Disallow: /redaction/", "Disallow: /compte/", "Disallow: /commenter/", "")
    return HttpResponse("\n".join(lines), "text/plain; charset=utf-8")
