"""Runs the append path again and again, each time with other calls that fail; see ``faults.c``.

    LD_PRELOAD=faults.so python -m tests.storage.faultserver FOLDER [--careless]

A line of input is a plan: the numbers and kinds of the two calls that fail. The answer is a line of JSON: the
codes that were acknowledged, how often each record had to be sent, and how many calls there were. The store
is then FOLDER/proof.db, as the process left it. A careless process takes failures for answers.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import sys
from pathlib import Path

from bandeau.errors import StoreUnavailable
from bandeau.ledger.receiptcode import receipt_code
from bandeau.storage import sqlitewriter
from bandeau.storage.sqlite import SqliteStore
from tests.storage.records import TestSigner, a_record
from tests.storage.stores import an_empty_store

BATCHES, RECORDS = 2, 3
#: Two calls fail, so a record is there after three attempts at most.
ATTEMPTS = 4


def main() -> None:
    """Answer one plan after the other."""
    folder = Path(sys.argv[1])
    faults = ctypes.CDLL(None)
    faults.faults_count.restype = ctypes.c_long
    an_empty_store(folder / "pristine.db").close()
    sqlitewriter.CHECKPOINT_BYTES = 0  # after each batch the log is folded in
    for line in sys.stdin:
        first, kind, second, other = line.split()
        plan = (int(first), ord(kind), int(second), ord(other))
        for left in folder.glob("proof.db*"):
            left.unlink()
        shutil.copy(folder / "pristine.db", folder / "proof.db")
        child = os.fork()
        if not child:
            _run(folder / "proof.db", faults, plan)
            os._exit(0)
        os.waitpid(child, 0)
        print((folder / "answer.json").read_text(), flush=True)
        (folder / "answer.json").unlink()


def _run(path: Path, faults: ctypes.CDLL, plan: tuple[int, int, int, int]) -> None:
    store = SqliteStore.open(path, TestSigner())
    store.count()
    faults.faults_plan(*plan)
    acknowledged: list[str] = []
    attempts = [_batch(store, number, acknowledged) for number in range(BATCHES)]
    store.close()
    calls = faults.faults_count()
    faults.faults_plan(-1, 0, -1, 0)
    answer = {"acknowledged": acknowledged, "attempts": attempts, "calls": calls}
    (path.parent / "answer.json").write_text(json.dumps(answer))


def _batch(store: SqliteStore, number: int, acknowledged: list[str]) -> int:
    """Send some records until all are acknowledged; return how often that took."""
    waiting = {f"key-{number}-{at}": a_record(number * RECORDS + at) for at in range(RECORDS)}
    for attempt in range(1, ATTEMPTS + 1):
        futures = {key: store.submit(record, key=key) for key, record in waiting.items()}
        for key, future in futures.items():
            try:
                acknowledged.append(future.result(30).code)
                del waiting[key]
            except StoreUnavailable:
                if "--careless" in sys.argv:
                    acknowledged.append(receipt_code(waiting.pop(key).record_id))
        if not waiting:
            return attempt
    return ATTEMPTS + 1


if __name__ == "__main__":
    main()
