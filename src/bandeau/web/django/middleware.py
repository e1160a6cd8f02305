"""Bandeau as a Django middleware, for WSGI and ASGI; only translates, the gateway decides."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponseBase

from bandeau.core.request import RequestHead, Response
from bandeau.enforcement.visit import Visit
from bandeau.web.decisions import answering, must_be_declared
from bandeau.web.django.departure import leave, leave_async
from bandeau.web.django.heads import change, head_of, read_body, whole
from bandeau.web.django.names import needs_of_project, needs_of_settings
from bandeau.web.django.running import gateway
from bandeau.web.endpoints.pending import awaited
from bandeau.web.gateway.engine import Gateway, Passage


class BandeauMiddleware:
    """Enforces the policy that ``settings.BANDEAU`` names; ``request.bandeau`` is the reader's visit.

    It stands first, or behind what only compresses and redirects: what a middleware before it sets
    passes unseen. A request that Bandeau has let through already, because ``asgi.py`` or ``wsgi.py``
    wraps the application, is passed on.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.gateway: Gateway = gateway()
        must_be_declared((*needs_of_project(), *needs_of_settings()), self.gateway.site.policy)
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Answer one request."""
        return self._answer_async(request) if self._is_async else self._answer(request)

    def _answer(self, request: HttpRequest) -> HttpResponseBase:
        visit = _outer_visit(request)
        if visit is not None:
            request.bandeau = visit
            return self.get_response(request)
        head = head_of(request)
        if self.gateway.owns(head):
            found = self.gateway.answer(head, read_body(request, self.gateway.endpoints.body_limit(head)))
            return whole(found if isinstance(found, Response) else found.answer())
        passage = self._enter(request, head)
        if isinstance(passage, Response):
            return whole(passage)
        with answering(passage.visit, self.gateway):
            response = self.get_response(request)
        return leave(passage, response)

    async def _answer_async(self, request: HttpRequest) -> HttpResponseBase:
        visit = _outer_visit(request)
        if visit is not None:
            request.bandeau = visit
            return await self.get_response(request)
        head = head_of(request)
        if self.gateway.owns(head):
            found = self.gateway.answer(head, read_body(request, self.gateway.endpoints.body_limit(head)))
            return whole(found if isinstance(found, Response) else await awaited(found))
        passage = self._enter(request, head)
        if isinstance(passage, Response):
            return whole(passage)
        with answering(passage.visit, self.gateway):
            response = await self.get_response(request)
        return await leave_async(passage, response)

    def _enter(self, request: HttpRequest, head: RequestHead) -> Response | Passage:
        passage = self.gateway.pass_on(head)
        if isinstance(passage, Passage):
            change(request, passage.changes.items())
            request.bandeau = passage.visit
            passage.visit.when_asked = lambda: _keep_out_of_caches(request)
        return passage


def _outer_visit(request: HttpRequest) -> Visit | None:
    found = getattr(request, "scope", request.META).get("bandeau")
    return found if isinstance(found, Visit) else None


def _keep_out_of_caches(request: HttpRequest) -> None:
    # Django's cache middleware and `cache_page` stand further in: they would keep this reader's page
    # before it is made private. This is how the middleware is told by its own other half.
    request._cache_update_cache = False
