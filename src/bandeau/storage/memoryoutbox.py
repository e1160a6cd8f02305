"""The outbox of the store in memory; the store holds its lock."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from copy import copy

from bandeau.ledger.outbox import Debt, Effects
from bandeau.ledger.series import Series


class MemoryOutbox:
    """Debts and answers; ``undo`` takes the step that would take a change back."""

    def __init__(self, undo: Callable[[Callable[[], object]], object]) -> None:
        self._undo = undo
        self._debts: dict[str, tuple[Series, Debt]] = {}
        self._answers: dict[tuple[Series, str], dict[str, bool]] = {}

    def take(self, series: Series, effects: Effects) -> None:
        self._remember()
        for owed in effects.owed:
            self._debts.setdefault(owed.id, (series, Debt(owed)))
        if effects.account:
            known = self._answers.get((series, effects.account), {})
            self._answers[series, effects.account] = {**known, **effects.answers}

    def debts(
        self,
        series: Series,
        *,
        due_by: float | None = None,
        handlers: Collection[str] = (),
        limit: int = 1000,
    ) -> list[Debt]:
        found = [debt for of, debt in self._debts.values() if of == series]
        if due_by is None:
            return found[:limit]
        live = [debt for debt in found if not debt.dead and debt.owed.handler in handlers]
        return [debt for debt in live if debt.owed.due_at <= due_by][:limit]

    def overdue(self, series: Series, since: float) -> int:
        return sum(of == series and debt.owed.at < since for of, debt in self._debts.values())

    def put_off(self, debt: Debt) -> None:
        self._remember()
        if debt.owed.id in self._debts:
            self._debts[debt.owed.id] = (self._debts[debt.owed.id][0], debt)

    def forget(self, ids: Sequence[str]) -> None:
        self._remember()
        for id_ in ids:
            self._debts.pop(id_, None)

    def answers(self, series: Series, account: str) -> dict[str, bool]:
        return dict(self._answers.get((series, account), {}))

    def forget_account(self, series: Series, account: str) -> None:
        self._remember()
        self._answers.pop((series, account), None)

    def _remember(self) -> None:
        debts, answers = copy(self._debts), copy(self._answers)
        self._undo(lambda: self._restore(debts, answers))

    def _restore(
        self, debts: dict[str, tuple[Series, Debt]], answers: dict[tuple[Series, str], dict[str, bool]]
    ) -> None:
        self._debts, self._answers = debts, answers
