"""One process of the proxy: `python -m bandeau.web.proxy.worker JSON`, started by the supervisor."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from dataclasses import asdict, dataclass, field

import uvicorn

from bandeau.core.policy import Mode
from bandeau.errors import BandeauError, PolicyError
from bandeau.policyfile.modeswitch import MODE_VARIABLE
from bandeau.site import Site
from bandeau.web.asgi import BandeauMiddleware
from bandeau.web.proxy.application import ReverseProxy
from bandeau.web.proxy.door import Door
from bandeau.web.proxy.edge import Edge
from bandeau.web.proxy.limits import Limits
from bandeau.web.proxy.trust import LOOPBACK, Trust

#: Exit codes, as the command line has them.
INVALID, ENVIRONMENT = 2, 3
REPORT_SECONDS = 1.0
#: More readers than that at once are answered 503, each process for itself.
MOST_READERS = 4_096


@dataclass(frozen=True, slots=True)
class Order:
    """What a worker is to do."""

    policy: str
    upstream: str
    listener: int = -1
    channel: int = -1
    report_only: bool = False
    trusted: tuple[str, ...] = LOOPBACK
    standard: bool = False
    drain_seconds: float = 30.0
    limits: Limits = field(default_factory=Limits)

    def encode(self) -> str:
        """Return it as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def decode(cls, text: str) -> Order:
        """Read what ``encode`` wrote."""
        fields = json.loads(text)
        return cls(**{**fields, "limits": Limits(**fields["limits"])})


def main(order: Order) -> int:
    """Serve until told to end; return the exit code."""
    # uvicorn raises the signal that ended it once more, when it is done.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if order.report_only:
        os.environ[MODE_VARIABLE] = Mode.REPORT.value
    try:
        site = Site.open(order.policy)
    except PolicyError as error:
        sys.stderr.write(f"{error}\n")
        return INVALID
    except (BandeauError, OSError) as error:
        sys.stderr.write(f"error: {error}\n")
        return ENVIRONMENT
    with (
        socket.socket(fileno=order.listener) as listener,
        socket.socket(fileno=order.channel) as channel,
        asyncio.Runner(loop_factory=_config(order).get_loop_factory()) as runner,
    ):
        runner.run(_serve(order, site, listener, channel))
    site.close()
    return 0


async def _serve(order: Order, site: Site, listener: socket.socket, channel: socket.socket) -> None:
    proxy = ReverseProxy(order.upstream, order.limits)
    middleware = BandeauMiddleware(proxy, site=site)
    config = _config(order)
    config.app = Edge(middleware, Trust(order.trusted, standard=order.standard), proxy.meters)
    server = uvicorn.Server(config)
    channel.setblocking(False)
    report = asyncio.create_task(_report(server, site, middleware, proxy, channel))
    try:
        await server.serve(sockets=[listener])
    finally:
        report.cancel()


def _config(order: Order) -> uvicorn.Config:
    return uvicorn.Config(
        "",
        http=Door,
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        limit_concurrency=MOST_READERS,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=round(order.drain_seconds),
    )


async def _report(
    server: uvicorn.Server,
    site: Site,
    middleware: BandeauMiddleware,
    proxy: ReverseProxy,
    channel: socket.socket,
) -> None:
    """Tell the supervisor that readers are served, and what was counted; end with the supervisor."""
    while not server.started:
        await asyncio.sleep(0.01)
    alive = asyncio.create_task(_end_with(channel, server))
    try:
        while True:
            told = json.dumps(_told(site, middleware, proxy)).encode()
            await asyncio.get_running_loop().sock_sendall(channel, told + b"\n")
            await asyncio.sleep(REPORT_SECONDS)
    except OSError:
        return  # the supervisor is gone, which the other task sees too
    finally:
        alive.cancel()


def _told(site: Site, middleware: BandeauMiddleware, proxy: ReverseProxy) -> dict[str, object]:
    counted = (proxy.meters.counters, middleware.gateway.tallies.counters)
    return {
        "mode": site.policy.enforce.mode.value,
        "revision": site.policy.revision,
        "running": proxy.meters.running,
        "upstream": proxy.upstream.in_use(),
        "counts": [
            [family, list(labels), count]
            for counters in counted
            for (family, labels), count in counters.snapshot().items()
        ],
    }


async def _end_with(channel: socket.socket, server: uvicorn.Server) -> None:
    """End the server when the supervisor is gone: nobody could end it any more."""
    while await asyncio.get_running_loop().sock_recv(channel, 1):
        pass
    server.should_exit = True


if __name__ == "__main__":
    sys.exit(main(Order.decode(sys.argv[1])))
