"""A process that submits records and prints the code of each one that was acknowledged.

    python -m tests.storage.writer FILE FIRST COUNT [--limit BYTES] [--synchronous MODE] [--fold-above BYTES]
        [--unsettled]

With ``--limit`` no file may grow above it (RLIMIT_FSIZE): writes fail as on a full disk.
"""

from __future__ import annotations

import argparse
import resource
import signal
from concurrent.futures import Future
from functools import partial
from pathlib import Path

from bandeau.errors import StoreUnavailable
from bandeau.ledger.store import Entry
from bandeau.storage import sqlite, sqlitewriter
from tests.storage.records import TestSigner, a_record


def main() -> None:
    """Submit eight at a time and report each answer."""
    arguments = _arguments()
    sqlitewriter.CHECKPOINT_BYTES = arguments.fold_above
    sqlite.SqliteWriter = partial(sqlitewriter.SqliteWriter, synchronous=arguments.synchronous)  # type: ignore
    if arguments.unsettled:
        sqlitewriter.SqliteWriter._settle = lambda self, connection: None  # type: ignore[method-assign]
    store = sqlite.SqliteStore(arguments.path, TestSigner(), deadline_seconds=60)
    if arguments.limit:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (arguments.limit, resource.RLIM_INFINITY))
    print("ready", flush=True)
    end = arguments.first + arguments.count
    for start in range(arguments.first, end, 8):
        futures = {n: store.submit(a_record(n), key=f"key-{n}") for n in range(start, min(start + 8, end))}
        for number, future in futures.items():
            print(_answer(number, future), flush=True)
    store.close()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("path", type=Path)
    parser.add_argument("first", type=int)
    parser.add_argument("count", type=int)
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--synchronous", default="FULL")
    parser.add_argument("--fold-above", type=int, default=sqlitewriter.CHECKPOINT_BYTES)
    parser.add_argument("--unsettled", action="store_true", help="trust what others left, as a control")
    return parser.parse_args()


def _answer(number: int, future: Future[Entry]) -> str:
    try:
        return f"ack {number} {future.result(90).code}"
    except StoreUnavailable as error:
        return f"no {number} {error}"


if __name__ == "__main__":
    main()
