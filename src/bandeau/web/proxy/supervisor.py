"""Keeps the workers running behind one listening socket, and replaces them without losing a request.

SIGHUP starts new workers, with the policy, the keys and the code as they are now; only when those
serve are the old ones told to answer what they have and end. SIGTERM and SIGINT end the same way.
The socket is the supervisor's, so a connection that nobody has taken yet waits for the next worker.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from bandeau.web.counters import Series
from bandeau.web.proxy.status import Status, serve_status
from bandeau.web.proxy.worker import ENVIRONMENT, Order

#: A worker that ends by itself is replaced after this, doubled each time up to the second figure.
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
#: What a worker may take to end beyond the time it has for the last requests.
SPARE_SECONDS = 5.0
_LINE_BYTES = 4 * 1024 * 1024


@dataclass(eq=False, slots=True)
class _Worker:
    process: asyncio.subprocess.Process
    ready: asyncio.Future[bool]
    ended: asyncio.Task[int] | None = None
    leaving: bool = False
    told: dict[str, Any] = field(default_factory=dict)


class Supervisor:
    """Runs workers until a signal ends it.

    Args:
        order: what each worker is to do.
        listener: the socket that all of them accept from.
        say: tells the operator what happens.
        on_ready: called once, when readers are served, with the mode in force.
    """

    def __init__(
        self,
        order: Order,
        listener: socket.socket,
        *,
        workers: int,
        say: Callable[[str], None],
        on_ready: Callable[[str], None],
        status: tuple[str, int] | None = None,
    ) -> None:
        self._order, self._listener, self._count = order, listener, workers
        self._say, self._on_ready, self._address = say, on_ready, status
        self._workers: list[_Worker] = []
        self._past: dict[Series, int] = {}  # counted by workers that have ended
        self._pause = FIRST_PAUSE
        self._ends = self._code = 0
        self._jobs: set[asyncio.Task[None]] = set()

    async def run(self) -> int:
        """Serve; return the exit code."""
        self._over = asyncio.Event()
        self._reloading = asyncio.Lock()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end)
        loop.add_signal_handler(signal.SIGHUP, lambda: self._do(self._reload()))
        server = None
        if self._address is not None:
            try:
                server = await serve_status(*self._address, self.status)
            except OSError as error:
                self._say(f"error: cannot listen on {self._address[0]}:{self._address[1]}: {error.strerror}")
                return ENVIRONMENT
        code = await self._run()
        if server is not None:
            server.close()
        return code

    def status(self) -> Status:
        """Return what is known at this moment."""
        serving = [worker for worker in self._workers if worker.told and not worker.leaving]
        counts = dict(self._past)
        for worker in self._workers:
            _add(counts, worker.told)
        gauges = {
            "workers": len(serving),
            "running": sum(worker.told["running"] for worker in self._workers if worker.told),
            "upstream_connections": sum(worker.told["upstream"] for worker in self._workers if worker.told),
            "policy_revision": max((worker.told["revision"] for worker in serving), default=0),
        }
        return Status(bool(serving) and not self._ends, counts, gauges)

    async def _run(self) -> int:
        started = await self._start()
        if started is None:
            return self._code
        self._on_ready(started[0].told["mode"])
        await self._over.wait()
        self._listener.close()
        await self._dismiss(self._workers)
        return self._code

    async def _start(self) -> list[_Worker] | None:
        """Start a set of workers; return it when all serve, else nothing and the reason in the code."""
        fresh = [await self._spawn() for _ in range(self._count)]
        if all(await asyncio.gather(*(worker.ready for worker in fresh))):
            return fresh
        codes = [worker.process.returncode for worker in fresh]
        self._code = next((code for code in codes if code), ENVIRONMENT)
        await self._dismiss(fresh)
        return None

    async def _spawn(self) -> _Worker:
        ours, theirs = socket.socketpair()
        order = replace(self._order, listener=self._listener.fileno(), channel=theirs.fileno())
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bandeau.web.proxy.worker", order.encode()),
            pass_fds=(order.listener, order.channel),
            start_new_session=True,  # Ctrl-C is the supervisor's to hand on
        )
        theirs.close()
        worker = _Worker(process, asyncio.get_running_loop().create_future())
        worker.ended = asyncio.create_task(self._attend(worker, ours))
        self._workers.append(worker)
        return worker

    async def _attend(self, worker: _Worker, channel: socket.socket) -> int:
        """Listen to a worker until it ends."""
        reader, writer = await asyncio.open_connection(sock=channel, limit=_LINE_BYTES)
        with contextlib.suppress(OSError, ValueError):
            while line := await reader.readline():
                worker.told = json.loads(line)
                if not worker.ready.done():
                    worker.ready.set_result(True)
        writer.close()
        code = await worker.process.wait()
        self._workers.remove(worker)
        _add(self._past, worker.told)
        if not worker.ready.done():
            worker.ready.set_result(False)
        elif not worker.leaving and not self._ends:
            self._say(f"a worker ended by itself (code {code}); another is started")
            self._do(self._replace())
        return code

    async def _replace(self) -> None:
        await asyncio.sleep(self._pause)
        self._pause = min(LONGEST_PAUSE, self._pause * 2)
        if self._ends:
            return
        worker = await self._spawn()
        if await worker.ready:
            self._pause = FIRST_PAUSE
        elif not self._ends:
            self._do(self._replace())

    async def _reload(self) -> None:
        async with self._reloading:
            old = list(self._workers)
            fresh = await self._start()
            if fresh is None:
                self._code = 0
                self._say("reload: the new workers did not start; the old ones go on")
                return
            self._say(f"reloaded · {fresh[0].told['mode']} · policy revision {fresh[0].told['revision']}")
            await self._dismiss(old)

    async def _dismiss(self, workers: list[_Worker]) -> None:
        """Let workers answer what they have and end; kill those that do not."""
        leaving = [worker for worker in workers if worker in self._workers]
        for worker in leaving:
            worker.leaving = True
            with contextlib.suppress(ProcessLookupError):
                worker.process.terminate()
        tasks = [worker.ended for worker in leaving if worker.ended is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=self._order.drain_seconds + SPARE_SECONDS)
        for worker in leaving:
            with contextlib.suppress(ProcessLookupError):
                worker.process.kill()

    def _end(self) -> None:
        """End; a second signal does not wait for the last requests."""
        self._ends += 1
        self._over.set()
        if self._ends > 1:
            for worker in self._workers:
                with contextlib.suppress(ProcessLookupError):
                    worker.process.kill()

    def _do(self, job: Any) -> None:
        task = asyncio.create_task(job)
        self._jobs.add(task)
        task.add_done_callback(self._jobs.discard)


def _add(counts: dict[Series, int], told: dict[str, Any]) -> None:
    for family, labels, count in told.get("counts", ()):
        series = (family, tuple(labels))
        counts[series] = counts.get(series, 0) + count
