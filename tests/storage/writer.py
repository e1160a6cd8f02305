"""A process that submits records and prints the number of each one that was acknowledged.

    python -m tests.storage.writer FILE FIRST COUNT [LIMIT_BYTES]

With ``LIMIT_BYTES`` no file may grow above it (RLIMIT_FSIZE): writes fail as on a full disk.
"""

from __future__ import annotations

import resource
import signal
import sys
from concurrent.futures import Future
from pathlib import Path

from bandeau.errors import StoreUnavailable
from bandeau.ledger.store import Entry
from bandeau.storage.sqlite import SqliteStore
from tests.storage.records import a_record


def main(path: str, first: int, count: int, limit: int = 0) -> None:
    """Submit eight at a time and report each answer."""
    store = SqliteStore(Path(path))
    if limit:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    print("ready", flush=True)
    for start in range(first, first + count, 8):
        futures = {n: store.submit(a_record(n), key=f"key-{n}") for n in range(start, start + 8)}
        for number, future in futures.items():
            print(_answer(number, future), flush=True)
    store.close()


def _answer(number: int, future: Future[Entry]) -> str:
    try:
        return f"ack {number} {future.result(20).code}"
    except StoreUnavailable as error:
        return f"no {number} {error}"


if __name__ == "__main__":
    main(sys.argv[1], *(int(text) for text in sys.argv[2:]))
