"""Takes note of what happens while a site answers: the words of the walls, put as counts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from bandeau.core.policy import Mode
from bandeau.core.record import ConsentRecord
from bandeau.enforcement.exchange import RequestPlan
from bandeau.enforcement.html import Met
from bandeau.web import counters
from bandeau.web.counters import Counters
from bandeau.web.stops import Stop, Stops

#: What stopped a host that stands in the markup of a page.
MARKUP = "markup"


class Keeper(Protocol):
    """Keeps what was counted."""

    def tick(self) -> None:
        """Take a turn."""

    def close(self) -> None:
        """Keep the rest."""


class Tallies:
    """What one process has to tell of a site; statistics and metrics read it."""

    def __init__(self) -> None:
        self.counters = Counters()
        self.stops = Stops()
        #: Keeps what was counted; ``None`` for a site without a folder.
        self.keeper: Keeper | None = None

    def tick(self) -> None:
        """Give what keeps the counts its turn; called with every request."""
        if self.keeper is not None:
            self.keeper.tick()

    def close(self) -> None:
        """Keep what was counted so far: the server ends."""
        if self.keeper is not None:
            self.keeper.close()

    def request(self, mode: Mode, plan: RequestPlan) -> None:
        """A request came in."""
        self.counters.add(counters.REQUESTS, mode.value)
        if plan.called:
            outcome = "held" if plan.refused is not None else "passed"
            self.counters.add(counters.SERVICE_CALLS, plan.called, outcome)

    def page(self, *, shared: bool) -> None:
        """A page was rewritten."""
        self.counters.add(counters.PAGES, "shared" if shared else "private")

    def left(self, why: str) -> None:
        """A page was left as it is, and nothing of third parties runs in it."""
        self.counters.add(counters.PAGES, "untouched")
        self.failed(why)

    def met(self, met: Met, mode: Mode, path: str) -> None:
        """Some services stood in a page."""
        held = "held" if mode is Mode.ENFORCE else "would_hold"
        for service in met.held:
            self.counters.add(counters.SERVICE_PAGES, service, held)
        for service in met.released - met.held:
            self.counters.add(counters.SERVICE_PAGES, service, "released")
        for host in met.undeclared:
            self.stops.add(Stop(host, MARKUP), path)

    def cookies(self, judged: Iterable[tuple[str, str]]) -> None:
        """Some cookies were set: whose, and what became of each."""
        for service, outcome in judged:
            self.counters.add(counters.SERVICE_COOKIES, service, outcome)

    def chosen(self, record: ConsentRecord) -> None:
        """A choice was recorded."""
        self.counters.add(counters.CHOICES, record.event)
        for purpose, granted in record.purposes.items():
            self.counters.add(counters.ANSWERS, purpose, "granted" if granted else "denied")

    def unrecorded(self, status: int) -> None:
        """A choice could not be recorded; what was refused is refused all the same."""
        self.counters.add(counters.CHOICES, "unrecorded")
        self.failed("a choice was not recorded" if status >= 500 else "a choice was beyond the limits")

    def stopped(self, stop: Stop, page: str, kind: str) -> bool:
        """A browser reported something; tell whether it is the first of its kind."""
        self.counters.add(counters.REPORTS, kind)
        return self.stops.add(stop, page)

    def failed(self, what: str) -> None:
        """Something happened that should not."""
        self.counters.add(counters.FAILURES, what)
