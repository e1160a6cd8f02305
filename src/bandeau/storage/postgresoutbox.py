"""The outbox in PostgreSQL, in the transaction of its connection.

The tables are made with a store, and when something is owed for the first time in one that is older.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from bandeau.ledger.outbox import Debt, Effects
from bandeau.ledger.series import Series
from bandeau.storage.owedbody import body_of, debt_of
from bandeau.storage.postgresserver import Session

#: What is owed names a reader: it leaves the pages soon after it was settled, as in ``kept``.
SCHEMA = """
CREATE TABLE bandeau.owed (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  token       text COLLATE "C" NOT NULL UNIQUE,
  site_id     text COLLATE "C" NOT NULL,
  environment text COLLATE "C" NOT NULL,
  handler     text COLLATE "C" NOT NULL,
  purpose     text COLLATE "C" NOT NULL,
  at          double precision NOT NULL,
  due_at      double precision NOT NULL,
  tries       integer NOT NULL DEFAULT 0,
  error       text COLLATE "C" NOT NULL DEFAULT '',
  dead        boolean NOT NULL DEFAULT false,
  body        bytea NOT NULL
) WITH (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0,
        toast.autovacuum_vacuum_threshold = 0, toast.autovacuum_vacuum_scale_factor = 0);
CREATE INDEX owed_due ON bandeau.owed (dead, due_at);
CREATE TABLE bandeau.account_answer (
  site_id     text COLLATE "C" NOT NULL,
  environment text COLLATE "C" NOT NULL,
  account     text COLLATE "C" NOT NULL,
  purpose     text COLLATE "C" NOT NULL,
  allowed     boolean NOT NULL,
  PRIMARY KEY (site_id, environment, account, purpose)
);
"""
_ADD = """
INSERT INTO bandeau.owed (token, site_id, environment, handler, purpose, at, due_at, body)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (token) DO NOTHING
"""
_DEBTS = """
SELECT token, handler, purpose, at, due_at, tries, error, dead, body FROM bandeau.owed
 WHERE site_id = %s AND environment = %s
"""
_DUE = " AND NOT dead AND due_at <= %s AND handler = ANY(%s)"
_OVERDUE = "SELECT count(*) FROM bandeau.owed WHERE site_id = %s AND environment = %s AND at < %s"
_PUT_OFF = "UPDATE bandeau.owed SET due_at = %s, tries = %s, error = %s, dead = %s WHERE token = %s"
_ANSWER = """
INSERT INTO bandeau.account_answer VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (site_id, environment, account, purpose) DO UPDATE SET allowed = excluded.allowed
"""
_FORGET_ACCOUNT = """
DELETE FROM bandeau.account_answer WHERE site_id = %s AND environment = %s AND account = %s
"""
_ANSWERS = """
SELECT purpose, allowed FROM bandeau.account_answer
 WHERE site_id = %s AND environment = %s AND account = %s
"""


class PostgresOutbox:
    """Debts and answers through one connection."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def take(self, series: Series, effects: Effects) -> None:
        if not self._is_there():
            self._session.execute(SCHEMA)
        for owed in effects.owed:
            row = (owed.id, *series, owed.handler, owed.purpose_id, owed.at, owed.due_at, body_of(owed))
            self._session.execute(_ADD, row)
        for name, yes in effects.answers.items() if effects.account else ():
            self._session.execute(_ANSWER, (*series, effects.account, name, yes))

    def debts(
        self,
        series: Series,
        *,
        due_by: float | None = None,
        handlers: Collection[str] = (),
        limit: int = 1000,
    ) -> list[Debt]:
        if not self._is_there():
            return []
        due = () if due_by is None else (due_by, list(handlers))
        rows = self._select(f"{_DEBTS}{_DUE if due else ''} ORDER BY id LIMIT %s", (*series, *due, limit))
        return [debt_of(row) for row in rows]

    def overdue(self, series: Series, since: float) -> int:
        return int(self._select(_OVERDUE, (*series, since))[0][0]) if self._is_there() else 0

    def put_off(self, debt: Debt) -> None:
        if self._is_there():
            state = (debt.owed.due_at, debt.tries, debt.error, debt.dead, debt.owed.id)
            self._session.execute(_PUT_OFF, state)

    def forget(self, ids: Sequence[str]) -> None:
        if self._is_there():
            self._session.execute("DELETE FROM bandeau.owed WHERE token = ANY(%s)", (list(ids),))

    def answers(self, series: Series, account: str) -> dict[str, bool]:
        return dict(self._select(_ANSWERS, (*series, account))) if self._is_there() else {}

    def forget_account(self, series: Series, account: str) -> None:
        if self._is_there():
            self._session.execute(_FORGET_ACCOUNT, (*series, account))

    def _is_there(self) -> bool:
        return bool(self._select("SELECT to_regclass('bandeau.account_answer') IS NOT NULL")[0][0])

    def _select(self, statement: str, arguments: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        return self._session.execute(statement, arguments).fetchall()
