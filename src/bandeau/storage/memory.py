"""A store that keeps records until the process ends: for tests and for a first look."""

from __future__ import annotations

import threading
from concurrent.futures import Future

from bandeau.core.record import ConsentRecord
from bandeau.errors import StoreUnavailable
from bandeau.ledger.receiptcode import read_code, receipt_code
from bandeau.ledger.store import Entry


class MemoryStore:
    """A store in memory; nothing in it survives the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards everything below
        self._records: list[ConsentRecord] = []
        self._by_key: dict[str, int] = {}
        self._by_code: dict[str, int] = {}
        self._closed = False

    def submit(self, record: ConsentRecord, *, key: str) -> Future[Entry]:
        """Append a record; the same key again gives the first entry."""
        future: Future[Entry] = Future()
        with self._lock:
            if self._closed:
                future.set_exception(StoreUnavailable("the store is closed"))
                return future
            duplicate = key in self._by_key
            if not duplicate:
                self._append(record, key)
            index = self._by_key[key]
            kept = self._records[index]
        future.set_result(Entry(index, receipt_code(kept.record_id), kept.canonical(), duplicate))
        return future

    def _append(self, record: ConsentRecord, key: str) -> None:
        self._by_key[key] = self._by_code[receipt_code(record.record_id)] = len(self._records)
        self._records.append(record)

    def find(self, code: str) -> ConsentRecord | None:
        """Return the record of a receipt code, or ``None``."""
        with self._lock:
            index = self._by_code.get(read_code(code) or "")
            return None if index is None else self._records[index]

    def of_subject(self, subject_id: str) -> list[ConsentRecord]:
        """Return a subject's records, oldest first."""
        with self._lock:
            return [record for record in self._records if record.subject_id == subject_id]

    def count(self) -> int:
        """Return how many records are kept."""
        with self._lock:
            return len(self._records)

    def close(self) -> None:
        """Refuse what is submitted from now on."""
        with self._lock:
            self._closed = True
