"""What the proof needs of a store; every engine in ``bandeau.storage`` gives it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, TypeVar

import msgspec

from bandeau.core.record import ConsentRecord, read_record
from bandeau.errors import StoreDamaged
from bandeau.ledger.bodies import Reason
from bandeau.ledger.checkpoint import Checkpoint
from bandeau.ledger.note import VerifierKey
from bandeau.ledger.outbox import NO_EFFECTS, Debt, Effects, Outbox, Work
from bandeau.ledger.tree import Frontier

Found = TypeVar("Found")


class Signer(Protocol):
    """Names the logs of a site and signs for them; given to a store when it is opened."""

    def origin(self, site_id: str, environment: str, year: int) -> str:
        """Return what a new log is called; asked once, when it is created."""

    def checkpoint(self, checkpoint: Checkpoint) -> bytes:
        """Return the signed note of a checkpoint, or raise a ``BandeauError``."""

    def verifiers(self, origin: str) -> tuple[VerifierKey, ...]:
        """Return the keys that may have signed a log."""


class Entry(msgspec.Struct, frozen=True):
    """A row as stored: its place in its log and, of a consent record, the code the reader is shown."""

    index: int
    code: str
    record: bytes
    duplicate: bool
    origin: str


class Kept(msgspec.Struct, frozen=True):
    """A row with everything that is kept of it.

    ``code``, ``key`` and ``subject_id`` are ``""`` in rows that are not of the kind ``consent``.
    """

    origin: str
    index: int
    kind: str
    code: str
    key: str
    subject_id: str
    salt: bytes
    body: bytes

    def record(self) -> ConsentRecord:
        """Return the consent record of this row.

        Raises:
            StoreDamaged: there is none in it.
        """
        try:
            return read_record(self.body)
        except ValueError as error:
            raise StoreDamaged(
                f"row {self.index} of {self.origin} holds no consent record: {error}"
            ) from error


@dataclass(frozen=True, slots=True)
class LogHead:
    """The state of a log after its last commit.

    ``checkpoint`` is the signed note of exactly this size and root: it is made in the commit, so it
    covers each leaf that was acknowledged. ``at`` is the log's time, that of its last row.
    """

    origin: str
    site_id: str
    environment: str
    year: int
    at: str
    frontier: Frontier
    root: bytes
    checkpoint: bytes

    @property
    def size(self) -> int:
        """How many leaves the log has."""
        return self.frontier.size

    def is_in_place(self) -> bool:
        """Tell whether the log is kept under the site, environment and year that its name says."""
        return self.origin.split("/")[-3:] == [self.site_id, self.environment, str(self.year)]


class LogSource(Protocol):
    """Logs as they can be read and verified. An origin that is not there has no leaves and no rows."""

    def logs(self) -> list[LogHead]:
        """Return the heads of all logs, those of one site from the oldest year to the newest."""

    def tile(self, origin: str, level: int, number: int) -> bytes:
        """Return the hashes of a tile as far as there are any: 32 bytes each, 256 at most."""

    def leaves(self, origin: str, start: int, stop: int) -> list[bytes]:
        """Return the leaf data from ``start`` up to ``stop``, or up to the log's end."""

    def rows(self, origin: str, start: int = 0, stop: int | None = None) -> Iterator[Kept]:
        """Yield the rows of a log that are kept, by index; what was erased is absent."""


class Store(LogSource, Protocol):
    """Keeps consent records in tamper-evident logs, in the order of their acknowledgement.

    There is one log for each site, environment and year. All methods may be called from any
    thread. What is acknowledged survives the death of the process and the loss of power, and the
    log's head then has a signed checkpoint that covers it.

    A log's time never goes back: a row is dated with the time of the server that made it, or with
    that of the row before it, whichever is later. The year of that time decides which log it is
    in; the log of a new year is begun by the commit that needs it.

    Futures fail with ``StoreUnavailable`` when the store cannot commit in time, with
    ``StoreMissing`` when the site has no log, with ``StoreDamaged`` when what was acknowledged
    before is not there any more.
    """

    def begin(self, site_id: str, environment: str) -> Future[LogHead]:
        """Begin the first log of a site; fails with ``StoreError`` when it has one.

        No other method does: a log that is gone must be missed, not replaced.
        """

    def submit(self, record: ConsentRecord, *, key: str, effects: Effects = NO_EFFECTS) -> Future[Entry]:
        """Append a record, and in the same transaction what follows from it.

        The future is resolved only when the record is durable. The same ``key`` again gives the
        first entry with ``duplicate=True`` and adds nothing, no effect either; a record that was not
        acknowledged may be sent again under its key. ``record.at`` is the server's time, never the client's.
        """

    def append(
        self, site_id: str, environment: str, kind: str, body: Callable[[str, str], bytes]
    ) -> Future[Entry]:
        """Append a row about the log itself; ``body`` is called with the log's origin and time."""

    def settle(self, work: Work) -> Future[list[Debt]]:
        """Change what the site owes, durably; ``work`` is called once, in the transaction."""

    def owed(self, look: Callable[[Outbox], Found]) -> Found:
        """Return what ``look`` finds in what the site owes; it must change nothing."""

    def erase(self, subject_id: str, reason: Reason = "erasure") -> Future[int]:
        """Delete a subject's records and append tombstones, in one commit; return how many there were.

        When the future is resolved nothing that is asked of the store finds them, and a file of the
        store's own holds no byte of them; what a database server holds longer is its own to clear.
        One that fails may be asked again, whether the rows are still there or not.
        """

    def prune(self, origin: str) -> Future[int]:
        """Delete the consent records of a log and append a tombstone to the site's current one.

        Its leaves, tiles and last checkpoint stay. Fails with ``StoreError`` for a site's current
        log and for one that is not there.
        """

    def kept(self, code: str) -> Kept | None:
        """Return the row of a receipt code, or ``None``."""

    def kept_of_subject(self, subject_id: str) -> list[Kept]:
        """Return a subject's rows, oldest first."""

    def find(self, code: str) -> ConsentRecord | None:
        """Return the record of a receipt code, or ``None``."""

    def of_subject(self, subject_id: str) -> list[ConsentRecord]:
        """Return a subject's records, oldest first."""

    def count(self) -> int:
        """Return how many consent records are kept."""

    def problems(self) -> list[str]:
        """Return what is wrong with what keeps the logs: sentences about what no log can show.

        The logs themselves are verified by ``verify_logs``. It reads everything, which takes a while.
        """

    def snapshot(self) -> AbstractContextManager[LogSource]:
        """Return the logs as they are now, whatever is written meanwhile; close it soon."""

    def close(self) -> None:
        """Finish what was submitted and let go of the engine; closing twice is harmless."""
