"""What the proof needs of a store; every engine in ``bandeau.storage`` gives it."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from bandeau.core.record import ConsentRecord


@dataclass(frozen=True, slots=True)
class Entry:
    """A record as stored: its place in the log and the code that the reader is shown."""

    index: int
    code: str
    record: bytes
    duplicate: bool


class Store(Protocol):
    """Keeps consent records in the order of their acknowledgement.

    All methods may be called from any thread. What is acknowledged survives the death of the
    process and the loss of power.
    """

    def submit(self, record: ConsentRecord, *, key: str) -> Future[Entry]:
        """Append a record.

        The future is resolved only when the record is durable. The same ``key`` again gives the
        first entry with ``duplicate=True`` and adds nothing. It fails with ``StoreUnavailable``
        when the store cannot commit in time; the record may then be sent again under its key.
        """

    def find(self, code: str) -> ConsentRecord | None:
        """Return the record of a receipt code, or ``None``."""

    def of_subject(self, subject_id: str) -> list[ConsentRecord]:
        """Return a subject's records, oldest first."""

    def count(self) -> int:
        """Return how many records are kept."""

    def close(self) -> None:
        """Finish what was submitted and let go of the engine; closing twice is harmless."""
