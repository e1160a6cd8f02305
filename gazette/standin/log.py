"""What the stand-in remembers: calls and connections, within a fixed amount of memory."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import asdict, dataclass
from typing import Any

MOST_HITS = 20_000


@dataclass(frozen=True, slots=True)
class Hit:
    """One request as a third party received it."""

    at: float
    host: str
    method: str
    path: str
    query: str
    cookie: str
    referer: str
    sec_fetch_dest: str
    body: str = ""


@dataclass(slots=True)
class Connection:
    """One accepted TCP connection: a `preconnect` leaves one with no request on it."""

    at: float
    sni: str = ""
    host: str = ""
    requests: int = 0
    control: bool = False


class Log:
    """Hits and connections since the last reset.  Only the server's thread writes."""

    def __init__(self) -> None:
        self._hits: deque[Hit] = deque(maxlen=MOST_HITS)
        self._connections: deque[Connection] = deque(maxlen=MOST_HITS)

    def opened(self, connection: Connection) -> None:
        """Remembers a connection before anything is read from it."""
        self._connections.append(connection)

    def received(self, hit: Hit) -> None:
        """Remembers a request."""
        self._hits.append(hit)

    def forget(self) -> None:
        """Forgets everything; connections still open stay forgotten too."""
        self._hits.clear()
        self._connections.clear()

    @property
    def hits(self) -> list[Hit]:
        """The requests, oldest first."""
        return list(self._hits)

    @property
    def connections(self) -> list[Connection]:
        """The connections, without those that only asked for this log."""
        return [each for each in list(self._connections) if not each.control]

    def names(self) -> Counter[str]:
        """How many connections each host name got ("" when none was ever said)."""
        return Counter(each.sni or each.host for each in self.connections)

    def as_json(self) -> dict[str, Any]:
        """The whole log as plain values."""
        return {
            "hits": [asdict(hit) for hit in self.hits],
            "connections": len(self.connections),
            "names": dict(self.names()),
        }
