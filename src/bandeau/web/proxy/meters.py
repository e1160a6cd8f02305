"""What the proxy counts: sums alone, nothing of a reader, an address or a page."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bandeau.web.counters import Counters, Family
from bandeau.web.proxy.failures import ALL, Failure

#: The upper bounds of the classes of duration, in seconds.
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

ANSWERED = "proxy_responses"
TOOK = "proxy_seconds"
SPENT = "proxy_microseconds"
FAILED = "proxy_failures"
TUNNELS = "proxy_tunnels"

FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        ANSWERED: Family("Requests answered, by the class of the status.", ("class",), 8),
        TOOK: Family("Requests, by the class of the time they took.", ("le",), len(SECONDS) + 1),
        SPENT: Family("Time that requests took in all, in microseconds.", (), 1),
        FAILED: Family("Exchanges with the upstream that failed, by how.", ("how",), len(ALL)),
        TUNNELS: Family("WebSockets that were opened.", (), 1),
    }
)


class Meters:
    """Counts of one process."""

    def __init__(self) -> None:
        self.counters = Counters(FAMILIES)
        #: Requests that are being answered.
        self.running = 0
        for failure in ALL:
            self.counters.add(FAILED, failure.name, by=0)

    def count(self, status: int, seconds: float) -> None:
        """Count an answer; ``status`` 0 stands for none."""
        if status == 101:
            return  # it lasted as long as the reader stayed
        self.counters.add(ANSWERED, f"{status // 100}xx" if status else "none")
        bound = next((str(bound) for bound in SECONDS if seconds <= bound), "+Inf")
        self.counters.add(TOOK, bound)
        self.counters.add(SPENT, by=int(seconds * 1e6))

    def fail(self, failure: Failure) -> None:
        """Count a failure."""
        self.counters.add(FAILED, failure.name)

    def tunnel(self) -> None:
        """Count a WebSocket."""
        self.counters.add(TUNNELS)
