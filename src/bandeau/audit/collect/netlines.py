"""Lines of headers, and addresses, as a NetLog writes them."""

from __future__ import annotations


def headers(lines: object) -> list[tuple[str, str]]:
    """Split header lines (or the mapping that HTTP/2 has) into names in lower case and values."""
    if isinstance(lines, dict):
        return [(str(name).lower().lstrip(":"), str(value)) for name, value in lines.items()]
    found = []
    for line in lines if isinstance(lines, list) else []:
        name, colon, value = str(line).lstrip(":").partition(":")
        if colon:
            found.append((name.strip().lower(), value.strip()))
    return found


def host_and_port(where: str) -> tuple[str, int]:
    """Split ``https://host:1``, ``host:1`` or ``[::1]:1``; the port is 0 when none is named.

    >>> host_and_port("https://dns.example")
    ('dns.example', 443)
    >>> host_and_port("[2001:db8::1]:3478")
    ('2001:db8::1', 3478)
    """
    scheme, slashes, rest = where.partition("://")
    rest = (rest if slashes else where).partition("/")[0]
    host, colon, port = rest.rpartition(":") if not rest.endswith("]") else (rest, "", "")
    if not colon:
        host, port = rest, {"https": "443", "wss": "443", "http": "80"}.get(scheme if slashes else "", "0")
    return host.strip("[]"), int(port) if port.isdigit() else 0


def status(line: str) -> int | None:
    """Return the code of a status line of HTTP/1.1, or of HTTP/2 as the log writes it."""
    parts = line.split(" ")
    code = parts[1] if len(parts) > 1 else line.rpartition(":")[2].strip()
    return int(code) if code.isdigit() else None
