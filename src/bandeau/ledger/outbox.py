"""What a site still owes its readers: erasures that nobody has acknowledged, and the answers of accounts.

Both are written in the transaction of the record that they follow from: a withdrawal that is kept is
a withdrawal that will be carried out, whatever dies in between. An erasure that is acknowledged leaves
nothing behind.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bandeau.ledger.series import Series

#: The most characters of an error that are kept.
ERROR_LENGTH = 200
#: The most debts that are read at once.
MOST_DEBTS = 1000


@dataclass(frozen=True, slots=True)
class Owed:
    """An erasure that one handler has to acknowledge.

    ``at`` is when the reader withdrew, ``due_at`` when it is to be asked for, in seconds since 1970.
    """

    id: str
    handler: str
    purpose_id: str
    subject_id: str | None
    cookies: Mapping[str, str]
    account: str
    at: float
    due_at: float


@dataclass(frozen=True, slots=True)
class Debt:
    """An erasure that is owed, as it is kept: how often it was tried, and why it failed last."""

    owed: Owed
    tries: int = 0
    error: str = ""
    #: It was tried as often as is sensible, and waits for somebody to look.
    dead: bool = False


@dataclass(frozen=True, slots=True)
class Effects:
    """What follows from a record: erasures, and the answers of the account that gave it.

    ``account`` is a digest, ``""`` for a reader without one; ``answers`` are by purpose.
    """

    owed: tuple[Owed, ...] = ()
    account: str = ""
    answers: Mapping[str, bool] = field(default_factory=dict)


NO_EFFECTS = Effects()


class Outbox(Protocol):
    """The debts and answers in a transaction of a store, or as they were read; for one site each."""

    def take(self, series: Series, effects: Effects) -> None:
        """Keep what follows from a record; what is owed under an id already is kept as it is."""

    def debts(
        self,
        series: Series,
        *,
        due_by: float | None = None,
        handlers: Collection[str] = (),
        limit: int = MOST_DEBTS,
    ) -> list[Debt]:
        """Return debts, the oldest first; with ``due_by`` those of the handlers that are to be tried now."""

    def overdue(self, series: Series, since: float) -> int:
        """Return how many are of withdrawals before a time."""

    def put_off(self, debt: Debt) -> None:
        """Write down tries, error, death and due time of a debt that is still there."""

    def forget(self, ids: Sequence[str]) -> None:
        """Drop debts that are paid; what is not there is dropped already."""

    def answers(self, series: Series, account: str) -> dict[str, bool]:
        """Return the newest answers that an account gave."""

    def forget_account(self, series: Series, account: str) -> None:
        """Drop the answers of an account."""


Work = Callable[[Outbox], list[Debt]]


def plain(error: str) -> str:
    """Return an error as every engine can keep it: short, ASCII, without the character 0."""
    return error.encode("ascii", "backslashreplace").decode().replace("\0", "\\0")[:ERROR_LENGTH]
