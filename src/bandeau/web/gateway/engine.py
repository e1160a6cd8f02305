"""The gateway: one engine for every server interface; ASGI and WSGI only translate."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from bandeau.core.policy import Mode, Policy
from bandeau.core.request import RequestHead, Response, ResponseHead
from bandeau.enforcement.compiled import Compiled
from bandeau.enforcement.exchange import RequestPlan, ResponsePlan, early_hints, plan_request, plan_response
from bandeau.enforcement.headers import HELD
from bandeau.enforcement.requests import called_service
from bandeau.enforcement.visit import Visit
from bandeau.web.endpoints.pending import Pending
from bandeau.web.gateway.outgoing import Outgoing, Pages, Workshop
from bandeau.web.tallies import Tallies


class Endpoints(Protocol):
    """Bandeau's own addresses."""

    def owns(self, path: str) -> bool:
        """Tell whether a path is Bandeau's own."""

    def body_limit(self, head: RequestHead) -> int:
        """Return the largest body in bytes that is read for a request."""

    def handle(self, head: RequestHead, body: bytes, visit: Visit) -> Response | Pending:
        """Answer a request."""


class Wiring(Protocol):
    """What the gateway asks of a site."""

    policy: Policy
    log: logging.Logger

    def visit(self, head: RequestHead) -> Visit:
        """Read what is known of the reader."""


class Gateway:
    """Decides what happens to each request and response of a site.

    Args:
        registrable: returns the registrable domain of a host, "" when it has none.
        build: changes whenever what Bandeau inserts changes.
        tallies: takes note of what happens; its own when there is none.
    """

    def __init__(
        self,
        site: Wiring,
        pages: Pages,
        endpoints: Endpoints,
        *,
        registrable: Callable[[str], str],
        build: str = "",
        tallies: Tallies | None = None,
    ) -> None:
        self.site, self.endpoints, self.pages = site, endpoints, pages
        self.tallies = tallies or Tallies()
        self.workshop = Workshop(pages, site.log, self.tallies)
        self._registrable, self._build = registrable, build
        self._compiled = Compiled(site.policy, registrable, build)

    def compiled(self, policy: Policy) -> Compiled:
        """Return the compiled form of the policy of a visit; compiled once after each change."""
        compiled = self._compiled
        if compiled.policy is not policy:
            compiled = self._compiled = Compiled(policy, self._registrable, self._build)
        return compiled

    def owns(self, head: RequestHead) -> bool:
        """Tell whether Bandeau answers a request by itself."""
        return self.endpoints.owns(head.path)

    def answer(self, head: RequestHead, body: bytes) -> Response | Pending:
        """Answer a request to one of Bandeau's own addresses."""
        self.tallies.tick()
        return self.endpoints.handle(head, body, self.site.visit(head))

    def pass_on(self, head: RequestHead) -> Response | Passage:
        """Return what is answered in the application's place, or the way to it and back."""
        visit = self.site.visit(head)
        compiled = self.compiled(visit.policy)
        plan = plan_request(compiled, head, visit)
        self.tallies.request(visit.mode, plan)
        self.tallies.tick()
        if plan.refused is not None:
            return Response(204, (("cache-control", "no-store"), HELD))
        return Passage(self, compiled, head, visit, plan)

    def refuses_socket(self, head: RequestHead) -> bool:
        """Tell whether a WebSocket leads to a collector that the reader does not allow."""
        visit = self.site.visit(head)
        called = called_service(self.compiled(visit.policy).hosts, head)
        if called is None or visit.mode is not Mode.ENFORCE:
            return False
        return not visit.allowed_services >> called[0] & 1


@dataclass(frozen=True, slots=True)
class Passage:
    """A request that goes to the application, and the way back."""

    gateway: Gateway
    compiled: Compiled
    request: RequestHead
    visit: Visit
    plan: RequestPlan

    @property
    def changes(self) -> dict[str, str | None]:
        """The request headers that the application sees otherwise; ``None`` leaves one out."""
        return self.plan.changes

    def respond(self, status: int, headers: list[tuple[str, str]]) -> Outgoing:
        """Take the head of the application's response."""
        head = ResponseHead(status, headers)
        try:
            plan = plan_response(self.compiled, self.request, self.visit, head, self.plan.etags)
        except Exception:
            # Closed for trackers, open for the page.
            self.gateway.site.log.exception("the head of a response could not be planned")
            self.gateway.tallies.failed("a head could not be planned")
            plan = ResponsePlan(self.compiled, self.visit, self.request, ResponseHead(status, headers))
            plan.as_untouched()
        self.gateway.tallies.cookies(plan.cookies)
        return Outgoing(self.gateway.workshop, plan)

    def hints(self, links: list[str]) -> list[str]:
        """Return the links of an early hint that may be sent."""
        if self.visit.mode is not Mode.ENFORCE:
            return links
        return early_hints(self.compiled, self.request, self.visit.mode, links)
