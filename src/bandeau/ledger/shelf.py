"""What the sequencer needs of an engine: an open transaction, and what one commit adds."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bandeau.ledger.outbox import Outbox
from bandeau.ledger.series import Series
from bandeau.ledger.store import Entry, Kept, LogHead


@dataclass(frozen=True, slots=True)
class Growth:
    """What one commit adds to one log.

    ``nodes`` are hashes for the tiles above level 0: for each of those levels the index of the
    first new one, and the hashes from there on.
    """

    before: LogHead
    after: LogHead
    rows: Sequence[Kept]
    leaves: Sequence[bytes]
    nodes: Mapping[int, tuple[int, Sequence[bytes]]]


class Shelf(Protocol):
    """An open transaction of an engine, under the lock that every writer of the store takes."""

    @property
    def outbox(self) -> Outbox:
        """Return what the site owes, in this transaction."""

    def tip(self, series: Series) -> LogHead | None:
        """Return the head of a site's newest log."""

    def log(self, origin: str) -> LogHead | None:
        """Return the head of a log."""

    def entries(self, keys: Sequence[str]) -> dict[str, Entry]:
        """Return, as duplicates, the entries of those keys that are taken."""

    def create(self, head: LogHead) -> None:
        """Add a log without leaves."""

    def grow(self, growth: Growth) -> None:
        """Add to a log, if its head is still ``growth.before``; raises ``StoreDamaged`` otherwise."""

    def of_subject(self, subject_id: str) -> list[tuple[str, int]]:
        """Return the origins and indices of a subject's rows."""

    def consents(self, origin: str) -> Sequence[int]:
        """Return the indices of a log's consent rows."""

    def remove(self, origin: str, indices: Collection[int]) -> None:
        """Delete rows; nothing of them may be left when the transaction is committed."""
