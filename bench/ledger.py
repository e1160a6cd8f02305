"""Keeps thousands of choices a second in a log, each durable before it is acknowledged.

Run: python bench/ledger.py [--folder DIR] [--seconds N]. In one run, on one disk: how often it syncs at
all, how many records a store acknowledges to 1, 64 and 256 callers that each wait for their answer, in
threads and in one event loop, the same from 1, 2 and 4 processes on one file, and how long it takes to
verify what was written.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import platform
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import uvloop

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.floor import milliseconds, print_syncs

from bandeau.core.record import ConsentRecord
from bandeau.ledger.verification import verify_logs
from bandeau.storage.sqlite import SqliteStore
from bandeau.web.endpoints.pending import until_done
from tests.storage.records import NOW, TestSigner, a_record
from tests.storage.stores import an_empty_store

_Submit = Callable[[int], object]


def main() -> None:
    """Measure and print."""
    options = _options()
    print(
        f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}"
    )
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        print_syncs(Path(folder) / "floor", options.seconds)
        print(f"\n{'':<34}{'records/s':>10}{'p50 ms':>9}{'p99 ms':>9}")
        for callers in (1, 64, 256):
            _print_store(Path(folder) / f"{callers}.db", callers, options.seconds)
        for callers in (64, 256):
            _print_loop(Path(folder) / f"loop{callers}.db", callers, options.seconds)
        for processes in (1, 2, 4):
            _print_processes(Path(folder) / f"p{processes}.db", processes, options.seconds)
        _print_verification(Path(folder) / "verify.db", options.records)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--folder", default=None, help="a folder on the disk to measure")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--records", type=int, default=100_000, help="how many to verify")
    return parser.parse_args()


def _print_store(path: Path, callers: int, seconds: float) -> None:
    store = an_empty_store(path)
    took = _closed_loop(lambda number: _kept(store, f"{number}"), callers, seconds)
    store.close()
    _print_row(f"1 process, {callers} callers", len(took) / seconds, took)


def _print_loop(path: Path, callers: int, seconds: float) -> None:
    """The same from the tasks of one event loop, as the choices of readers come."""
    store, took = an_empty_store(path), list[float]()

    async def call(caller: int, end: float) -> None:
        number = caller
        while (start := time.perf_counter()) < end:
            future = store.submit(_record(f"{number}"), key=f"gazette.{number}")
            await until_done(future)
            future.result()
            took.append(time.perf_counter() - start)
            number += callers

    async def call_all() -> None:
        end = time.perf_counter() + seconds
        await asyncio.gather(*(call(caller, end) for caller in range(callers)))

    uvloop.run(call_all())
    store.close()
    _print_row(f"1 process, {callers} callers in one loop", len(took) / seconds, took)


def _print_processes(path: Path, processes: int, seconds: float) -> None:
    an_empty_store(path).close()
    context = multiprocessing.get_context("spawn")
    with context.Pool(processes) as pool:
        jobs = [(path, number, 16 // processes, seconds) for number in range(processes)]
        took = [each for found in pool.starmap(_one_process, jobs, chunksize=1) for each in found]
    _print_row(f"{processes} processes, 16 callers in all", len(took) / seconds, took)


def _one_process(path: Path, process: int, callers: int, seconds: float) -> list[float]:
    store = SqliteStore.open(path, TestSigner(), clock=lambda: NOW, deadline_seconds=30)
    took = _closed_loop(lambda number: _kept(store, f"{process}-{number}"), callers, seconds)
    store.close()
    return took


def _kept(store: SqliteStore, name: str) -> object:
    return store.submit(_record(name), key=f"gazette.{name}").result(60)


def _record(name: str) -> ConsentRecord:
    return a_record(hash(name), subject=f"{name:A>22}"[:22])


def _closed_loop(submit: _Submit, callers: int, seconds: float) -> list[float]:
    """Let callers submit one after the other, each after its answer; return how long each waited."""
    took: list[list[float]] = [[] for _ in range(callers)]
    end = time.perf_counter() + seconds

    def call(caller: int) -> None:
        number = caller
        while (start := time.perf_counter()) < end:
            submit(number)
            took[caller].append(time.perf_counter() - start)
            number += callers

    threads = [threading.Thread(target=call, args=(caller,)) for caller in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [each for found in took for each in found]


def _print_verification(path: Path, records: int) -> None:
    store = an_empty_store(path)
    start = time.perf_counter()
    waiting = []
    for number in range(records):
        waiting.append(store.submit(a_record(number, subject=f"{number:A>22}"), key=f"gazette.{number}"))
        if len(waiting) == 4_000:
            [each.result(60) for each in waiting]
            waiting.clear()
    [each.result(60) for each in waiting]
    written = time.perf_counter() - start
    _print_row("1 process, 4,000 always waiting", records / written, [])
    start = time.perf_counter()
    with store.snapshot() as source:
        heads = source.logs()
        report = verify_logs(source, [key for head in heads for key in TestSigner().verifiers(head.origin)])
    took = time.perf_counter() - start
    store.close()
    assert report.holds, report.findings
    print(f"\nverified {records:,} records in {took:.1f} s: {records / took:,.0f} a second")


def _print_row(name: str, rate: float, took: Sequence[float]) -> None:
    waits = f"{milliseconds(took, 0.5):>9}{milliseconds(took, 0.99):>9}" if took else ""
    print(f"{name:<34}{rate:>10,.0f}{waits}", flush=True)


if __name__ == "__main__":
    main()
