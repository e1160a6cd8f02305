"""What the zoo's servers saw: the truth that browser, collector and judge are measured by."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Hit:
    """One request as it arrived; header names in lower case."""

    host: str
    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The address that was asked for."""
        return f"https://{self.host}{self.path}" + (f"?{self.query}" if self.query else "")

    @property
    def cookies(self) -> frozenset[str]:
        """The names of the cookies that came with it."""
        return frozenset(
            part.partition("=")[0].strip() for part in self.headers.get("cookie", "").split(";") if part
        )


@dataclass(slots=True)
class Log:
    """What arrived since the last ``forget``.

    Requests, connections by name, datagrams, and from behind Bandeau: what the application was asked
    for and of whom it made a profile.
    """

    _hits: list[Hit] = field(default_factory=list)
    _names: list[str] = field(default_factory=list)
    _datagrams: int = 0
    _profiles: list[tuple[str, str]] = field(default_factory=list)
    _passed: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def received(self, hit: Hit) -> None:
        """Remember a request."""
        with self._lock:
            self._hits.append(hit)

    def connected(self, name: str) -> None:
        """Remember the name in a TLS hello."""
        with self._lock:
            self._names.append(name)

    def got_datagram(self) -> None:
        """Remember a datagram."""
        with self._lock:
            self._datagrams += 1

    def made_profile(self, path: str, subject: str) -> None:
        """Remember that the site made a profile of a reader."""
        with self._lock:
            self._profiles.append((path, subject))

    def passed(self, path: str) -> None:
        """Remember that the application was asked for a path."""
        with self._lock:
            self._passed.append(path)

    def forget(self) -> None:
        """Begin a new page."""
        with self._lock:
            self._hits.clear()
            self._names.clear()
            self._profiles.clear()
            self._passed.clear()
            self._datagrams = 0

    @property
    def hits(self) -> tuple[Hit, ...]:
        """The requests, oldest first."""
        with self._lock:
            return tuple(self._hits)

    @property
    def names(self) -> frozenset[str]:
        """The names that somebody connected to."""
        with self._lock:
            return frozenset(self._names)

    @property
    def datagrams(self) -> int:
        """How many datagrams arrived."""
        return self._datagrams

    @property
    def profiles(self) -> tuple[tuple[str, str], ...]:
        """The pages on which a profile was made, and the reader it is of."""
        with self._lock:
            return tuple(self._profiles)

    @property
    def passed_on(self) -> tuple[str, ...]:
        """The paths that the application was asked for."""
        with self._lock:
            return tuple(self._passed)
