"""How many choices are recorded: a bucket for each network that posts, and one for the site.

A bot that posts choices would fill the log with rows that nobody chose. What is beyond a bucket is
answered 429 and not recorded; what a reader takes away takes effect all the same, so a school or a
mobile operator behind one address never keeps anybody from refusing.

Networks are held in memory alone, for as long as their bucket is not full again: they are neither
stored nor logged. Each process counts for itself.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv4Address, ip_address, ip_network

#: A network posts so many at once, and so many a second for ever. A class of pupils that opens the
#: site in the same minute stays below; who posts without end gets 86,400 rows a day at most.
NETWORK_BURST, NETWORK_PER_SECOND = 300, 1.0
#: The site's budget is an average over this time.
BUDGET_SECONDS = 3_600
#: The most networks that are remembered; the one that posted longest ago is forgotten first.
MOST_NETWORKS = 16_384


class Limits:
    """Says how long a post must wait before it is recorded.

    Args:
        budget: how many posts a second the site records, averaged over an hour.
        clock: seconds that never go back.
    """

    def __init__(self, budget: int, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()  # guards everything below
        self._site = Bucket(budget * BUDGET_SECONDS, budget, clock())
        self._networks: OrderedDict[bytes, Bucket] = OrderedDict()

    def wait(self, client: str) -> int:
        """Take one post of a client's network; return 0, or the seconds after which to try again."""
        network, now = network_of(client), self._clock()
        with self._lock:
            buckets = [self._site] if network is None else [self._network(network, now), self._site]
            pause = max(bucket.pause(now) for bucket in buckets)
            if not pause:
                for bucket in buckets:
                    bucket.tokens -= 1
        return math.ceil(pause)

    def remembered(self) -> int:
        """Return how many networks are remembered."""
        with self._lock:
            return len(self._networks)

    def _network(self, network: bytes, now: float) -> Bucket:
        found = self._networks.pop(network, None) or Bucket(NETWORK_BURST, NETWORK_PER_SECOND, now)
        while self._networks and (self._is_crowded() or next(iter(self._networks.values())).is_full(now)):
            self._networks.popitem(last=False)
        self._networks[network] = found
        return found

    def _is_crowded(self) -> bool:
        return len(self._networks) >= MOST_NETWORKS


class Bucket:
    """A token bucket."""

    __slots__ = ("_at", "_burst", "_per_second", "tokens")

    def __init__(self, burst: float, per_second: float, now: float) -> None:
        self._burst, self._per_second, self._at = burst, per_second, now
        self.tokens = burst

    def pause(self, now: float) -> float:
        """Return the seconds until there is a token."""
        self._fill(now)
        return 0.0 if self.tokens >= 1 else (1 - self.tokens) / self._per_second

    def is_full(self, now: float) -> bool:
        """Tell whether it is as good as a new one."""
        self._fill(now)
        return self.tokens >= self._burst

    def _fill(self, now: float) -> None:
        self.tokens = min(self._burst, self.tokens + (now - self._at) * self._per_second)
        self._at = now


def network_of(client: str) -> bytes | None:
    """Return the network of a client's address, or ``None`` when it says nothing about the reader.

    256 addresses of IPv4 are one network, and so are the 2^80 of IPv6 that a provider gives to one
    place. An address of this machine or of a private network is that of a proxy in front; then all
    readers would be one network, so none is counted.
    """
    try:
        address = ip_address(client.partition("%")[0])
    except ValueError:
        return None
    mapped = None if isinstance(address, IPv4Address) else address.ipv4_mapped
    address = mapped or address
    if not address.is_global:
        return None
    prefix = 24 if isinstance(address, IPv4Address) else 48
    return ip_network((address, prefix), strict=False).network_address.packed
