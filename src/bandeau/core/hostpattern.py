"""Host patterns: which URLs a declaration speaks of."""

from __future__ import annotations

import re
from dataclasses import dataclass

# A label as DNS and the URL Standard's host parser leave it: lower case, punycode for the rest.
_HOST = re.compile(r"(?:\*\.)?[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\]")
_PATTERN = re.compile(r"(?P<host>\[[^\]]*\]|[^/:\[\]]+)(?::(?P<port>[0-9]{1,5}))?(?P<path>/[^?#\s]*)?")


@dataclass(frozen=True, slots=True)
class HostPattern:
    """A host, with an optional port and path.

    ``*.x`` stands for the subdomains of ``x`` and not for ``x`` itself, as in a
    Content-Security-Policy. A path that ends in ``/*`` is a prefix, any other path is exact,
    an empty path is every path.
    """

    host: str
    port: int | None = None
    path: str = ""

    @classmethod
    def parse(cls, text: str) -> HostPattern:
        """Read ``host[:port][/path]``.

        Raises:
            ValueError: with a sentence that says what is wrong.

        >>> HostPattern.parse("*.Example.com/a/*")
        HostPattern(host='*.example.com', port=None, path='/a/*')
        """
        found = _PATTERN.fullmatch(text)
        if found is None:
            raise ValueError("a host is written as host[:port][/path], without a scheme, query or space")
        host, port, path = found["host"].lower(), found["port"], found["path"] or ""
        if not _HOST.fullmatch(host) or ".." in host:
            raise ValueError("not a host name (other scripts in punycode; * only as the first label)")
        if port is not None and not 0 < int(port) < 65536:
            raise ValueError("a port lies between 1 and 65535")
        if "*" in path[:-1] or (path.endswith("*") and not path.endswith("/*")):
            raise ValueError("a path may hold * only as its end, after a slash: /ads/*")
        return cls(host, int(port) if port else None, "" if path == "/*" else path)

    def matches(self, host: str, port: int | None, path: str) -> bool:
        """Tell whether a URL's host (lower case, ASCII), explicit or default port and path are meant."""
        if self.port is not None and port != self.port:
            return False
        return self._matches_host(host) and self._matches_path(path)

    def _matches_host(self, host: str) -> bool:
        if self.host.startswith("*."):
            return host.endswith(self.host[1:]) and len(host) > len(self.host) - 1
        return host == self.host

    def _matches_path(self, path: str) -> bool:
        if not self.path:
            return True
        if self.path.endswith("/*"):
            return path.startswith(self.path[:-1])
        return path == self.path

    @property
    def csp_source(self) -> str:
        """The pattern as a host-source (CSP3 §2.3.1): a prefix ends in a slash there."""
        path = self.path[:-1] if self.path.endswith("/*") else self.path
        port = f":{self.port}" if self.port else ""
        return f"{self.host}{port}{path}"

    def __str__(self) -> str:
        port = f":{self.port}" if self.port else ""
        return f"{self.host}{port}{self.path}"
