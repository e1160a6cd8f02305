"""A process that submits records until it is killed, each again until it is acknowledged.

    python -m tests.storage.pgwriter URL FIRST COUNT [--deadline SECONDS] [--asynchronous]

It prints ``ack NUMBER CODE INDEX`` for what was acknowledged and ``no NUMBER WHY`` for what was not.
"""

from __future__ import annotations

import argparse
import time
from collections import deque
from concurrent.futures import Future

from bandeau.errors import StoreError
from bandeau.ledger.store import Entry
from bandeau.storage import postgresserver, postgreswriter
from bandeau.storage.postgres import PostgresStore
from tests.storage.records import TestSigner, a_record


def main() -> None:
    """Submit eight at a time and report each answer."""
    arguments = _arguments()
    if arguments.asynchronous:
        postgresserver._SETTINGS = postgresserver._SETTINGS.replace("ELSE 'on'", "ELSE 'off'")
        postgreswriter._DURABLE = ("off",)
    store = PostgresStore(arguments.url, TestSigner(), deadline_seconds=arguments.deadline)
    print("ready", flush=True)
    left = deque(range(arguments.first, arguments.first + arguments.count))
    while left:
        numbers = [left.popleft() for _ in range(min(8, len(left)))]
        waiting = {number: store.submit(a_record(number), key=f"key-{number}") for number in numbers}
        again = [number for number, future in waiting.items() if not _is_acknowledged(number, future)]
        left.extendleft(again)
        time.sleep(0.05 if again else 0)
    store.close()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("first", type=int)
    parser.add_argument("count", type=int)
    parser.add_argument("--deadline", type=float, default=5.0)
    parser.add_argument("--asynchronous", action="store_true", help="do not wait for the disk, as a control")
    return parser.parse_args()


def _is_acknowledged(number: int, future: Future[Entry]) -> bool:
    try:
        entry = future.result(60)
    except StoreError as error:
        print(f"no {number} {' '.join(str(error).split())}", flush=True)
        return False
    print(f"ack {number} {entry.code} {entry.index}", flush=True)
    return True


if __name__ == "__main__":
    main()
