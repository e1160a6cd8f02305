"""Live, ready and the metrics, on an address of their own: sums alone, nothing of a reader."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from bandeau.web import counters
from bandeau.web.counters import Series
from bandeau.web.proxy import meters

_FAMILIES = {**counters.FAMILIES, **meters.FAMILIES}
_PLAIN = "text/plain; charset=utf-8"
#: Prometheus' text format.
_METRICS = "text/plain; version=0.0.4; charset=utf-8"
_HEAD_BYTES, _HEAD_SECONDS = 8_192, 5.0
_SENTENCES = {
    "running": "Requests that are being answered.",
    "upstream_connections": "Open connections to the upstream.",
    "workers": "Processes that serve.",
    "ready": "1 while readers are served, 0 before and while the last requests are answered.",
    "policy_revision": "The revision of the policy in force.",
}


@dataclass(slots=True)
class Status:
    """What is known of the proxy at a moment."""

    ready: bool = False
    counts: dict[Series, int] = field(default_factory=dict)
    gauges: Mapping[str, int] = field(default_factory=dict)


def metrics(status: Status) -> str:
    """Return everything that is counted in Prometheus' text format."""
    gauges = {**status.gauges, "ready": int(status.ready)}
    lines = list[str]()
    for name, value in sorted(gauges.items()):
        full = f"bandeau_proxy_{name}"
        lines += [f"# HELP {full} {_SENTENCES[name]}", f"# TYPE {full} gauge", f"{full} {value}"]
    for family in _FAMILIES:
        if family not in (meters.TOOK, meters.SPENT):
            lines += _counter(family, status.counts)
    return "\n".join([*lines, *_histogram(status.counts)]) + "\n"


def _counter(family: str, counts: Mapping[Series, int]) -> Iterator[str]:
    name, described = f"bandeau_{family}_total", _FAMILIES[family]
    found = sorted((labels, count) for (of, labels), count in counts.items() if of == family)
    if not found:
        return
    yield f"# HELP {name} {described.meaning}"
    yield f"# TYPE {name} counter"
    for labels, count in found:
        pairs = zip(described.labels, labels, strict=True)
        text = ",".join(f'{label}="{_escaped(value)}"' for label, value in pairs)
        yield f"{name}{{{text}}} {count}" if text else f"{name} {count}"


def _histogram(counts: Mapping[Series, int]) -> Iterator[str]:
    name, total = "bandeau_proxy_request_seconds", 0
    yield f"# HELP {name} How long requests took, from their head to the end of their answer."
    yield f"# TYPE {name} histogram"
    for bound in (*map(str, meters.SECONDS), "+Inf"):
        total += counts.get((meters.TOOK, (bound,)), 0)
        yield f'{name}_bucket{{le="{bound}"}} {total}'
    yield f"{name}_sum {counts.get((meters.SPENT, ()), 0) / 1e6:.6f}"
    yield f"{name}_count {total}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


async def serve_status(host: str, port: int, status: Callable[[], Status]) -> asyncio.Server:
    """Answer ``/live``, ``/ready`` and ``/metrics``.

    Raises:
        OSError: the address cannot be taken.
    """

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(
            OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError
        ):
            async with asyncio.timeout(_HEAD_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(_answer(head, status()))
                await writer.drain()
        writer.close()

    return await asyncio.start_server(talk, host, port, limit=_HEAD_BYTES)


def _answer(head: bytes, status: Status) -> bytes:
    method, _, rest = head.partition(b" ")
    code, kind, body = _content(rest.partition(b" ")[0].partition(b"?")[0], status)
    if method not in (b"GET", b"HEAD"):
        code, kind, body = "405 Method Not Allowed", _PLAIN, "GET\n"
    content = body.encode()
    lines = (
        f"HTTP/1.1 {code}",
        f"Content-Type: {kind}",
        f"Content-Length: {len(content)}",
        "Cache-Control: no-store",
        "Connection: close",
    )
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + (b"" if method == b"HEAD" else content)


def _content(path: bytes, status: Status) -> tuple[str, str, str]:
    if path == b"/live":
        return "200 OK", _PLAIN, "live\n"
    if path == b"/ready":
        return (
            ("200 OK", _PLAIN, "ready\n")
            if status.ready
            else ("503 Service Unavailable", _PLAIN, "not ready\n")
        )
    if path == b"/metrics":
        return "200 OK", _METRICS, metrics(status)
    return "404 Not Found", _PLAIN, "/live, /ready, /metrics\n"
