"""A request's head and a whole response, as plain values that every gateway can make."""

from __future__ import annotations

from dataclasses import dataclass, field

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RequestHead:
    """What Bandeau looks at in a request. Header names are lower case, values latin-1 text.

    ``path`` is the decoded path as servers give it; ``raw_path`` as it stood on the wire.
    ``client`` is the address at the other end, as the server knows it; it is never kept.
    """

    method: str
    scheme: str
    host: str
    path: str
    query: str = ""
    headers: Headers = ()
    raw_path: str = ""
    client: str = ""

    def all(self, name: str) -> tuple[str, ...]:
        """Return every value of a header, in order."""
        return tuple(value for key, value in self.headers if key == name)

    def first(self, name: str) -> str:
        """Return the first value of a header, or an empty text."""
        for key, value in self.headers:
            if key == name:
                return value
        return ""

    @property
    def hostname(self) -> str:
        """The host without its port, lower case."""
        host = self.host.lower()
        if host.startswith("["):
            return host[: host.find("]") + 1]
        return host.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Response:
    """A whole response that Bandeau gives by itself."""

    status: int
    headers: Headers = ()
    body: bytes = b""

    @classmethod
    def of(cls, status: int, body: bytes, content_type: str, headers: Headers = ()) -> Response:
        """Make a response with its type and length."""
        head = (("content-type", content_type), ("content-length", str(len(body))), *headers)
        return cls(status, head, body)


@dataclass(slots=True)
class ResponseHead:
    """Status and headers of the application's response; ``headers`` may be edited."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)

    def all(self, name: str) -> list[str]:
        """Return every value of a header (lower-case name)."""
        return [value for key, value in self.headers if key.lower() == name]

    def first(self, name: str) -> str:
        """Return the first value of a header, or an empty text."""
        return next(iter(self.all(name)), "")

    def drop(self, *names: str) -> None:
        """Remove headers by lower-case name."""
        self.headers = [pair for pair in self.headers if pair[0].lower() not in names]

    def set(self, name: str, value: str) -> None:
        """Replace a header."""
        self.drop(name.lower())
        self.headers.append((name, value))
