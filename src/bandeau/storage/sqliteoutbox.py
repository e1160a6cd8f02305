"""The outbox in a store file, in the transaction of its connection.

Who a reader is stands in ``owed`` alone. A row of it is only added at the end and blanked where it
stands, for the reasons of ``sqlitelayout``; when nothing is owed any more the table is emptied. The
tables are made when something is owed for the first time: a store of any age may get them.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Sequence

from bandeau.ledger.outbox import Debt, Effects, Owed
from bandeau.ledger.series import Series
from bandeau.storage.owedbody import body_of, debt_of

SCHEMA = (
    """
CREATE TABLE owed (
  id          INTEGER PRIMARY KEY,
  site_id     TEXT NOT NULL,
  environment TEXT NOT NULL,
  handler     TEXT NOT NULL,
  purpose     TEXT NOT NULL,
  at          REAL NOT NULL,
  body        BLOB NOT NULL
) STRICT""",
    """
CREATE TABLE owed_try (
  token  TEXT PRIMARY KEY,
  owed   INTEGER NOT NULL REFERENCES owed,
  due_at REAL NOT NULL,
  tries  INTEGER NOT NULL,
  error  TEXT NOT NULL,
  dead   INTEGER NOT NULL
) STRICT""",
    "CREATE INDEX owed_due ON owed_try (dead, due_at)",
    """
CREATE TABLE account_answer (
  site_id     TEXT NOT NULL,
  environment TEXT NOT NULL,
  account     TEXT NOT NULL,
  purpose     TEXT NOT NULL,
  allowed     INTEGER NOT NULL,
  PRIMARY KEY (site_id, environment, account, purpose)
) STRICT, WITHOUT ROWID""",
)
_DEBTS = """
SELECT token, handler, purpose, at, due_at, tries, error, dead, body
  FROM owed_try JOIN owed ON owed.id = owed_try.owed
 WHERE site_id = ? AND environment = ?
"""
_DUE = " AND dead = 0 AND due_at <= ? AND handler IN (SELECT value FROM json_each(?))"
_OVERDUE = """
SELECT count(*) FROM owed_try JOIN owed ON owed.id = owed_try.owed
 WHERE site_id = ? AND environment = ? AND at < ?
"""
_PUT_OFF = "UPDATE owed_try SET due_at = ?, tries = ?, error = ?, dead = ? WHERE token = ?"
_BLANK = """
UPDATE owed SET body = zeroblob(length(body)) WHERE id = (SELECT owed FROM owed_try WHERE token = ?)
"""
_FORGET_ACCOUNT = "DELETE FROM account_answer WHERE site_id = ? AND environment = ? AND account = ?"
_ANSWERS = "SELECT purpose, allowed FROM account_answer WHERE site_id = ? AND environment = ? AND account = ?"


class SqliteOutbox:
    """Debts and answers through one connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def take(self, series: Series, effects: Effects) -> None:
        if not self._is_there():
            for statement in SCHEMA:
                self._connection.execute(statement)
        for owed in effects.owed:
            self._add(series, owed)
        if effects.account:
            self._connection.executemany(
                "INSERT OR REPLACE INTO account_answer VALUES (?, ?, ?, ?, ?)",
                [(*series, effects.account, name, int(yes)) for name, yes in effects.answers.items()],
            )

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
        due = () if due_by is None else (due_by, json.dumps(sorted(handlers)))
        query = f"{_DEBTS}{_DUE if due else ''} ORDER BY owed.id LIMIT ?"
        return [debt_of(row) for row in self._connection.execute(query, (*series, *due, limit)).fetchall()]

    def overdue(self, series: Series, since: float) -> int:
        if not self._is_there():
            return 0
        return int(self._connection.execute(_OVERDUE, (*series, since)).fetchone()[0])

    def put_off(self, debt: Debt) -> None:
        if self._is_there():
            state = (debt.owed.due_at, debt.tries, debt.error, int(debt.dead), debt.owed.id)
            self._connection.execute(_PUT_OFF, state)

    def forget(self, ids: Sequence[str]) -> None:
        if not self._is_there():
            return
        for token in ids:
            self._connection.execute(_BLANK, (token,))
            self._connection.execute("DELETE FROM owed_try WHERE token = ?", (token,))
        if self._connection.execute("SELECT 1 FROM owed_try LIMIT 1").fetchone() is None:
            self._connection.execute("DELETE FROM owed")

    def answers(self, series: Series, account: str) -> dict[str, bool]:
        if not self._is_there():
            return {}
        found = self._connection.execute(_ANSWERS, (*series, account)).fetchall()
        return {name: bool(yes) for name, yes in found}

    def _add(self, series: Series, owed: Owed) -> None:
        known = self._connection.execute("SELECT 1 FROM owed_try WHERE token = ?", (owed.id,)).fetchone()
        if known is not None:
            return
        row = (*series, owed.handler, owed.purpose_id, owed.at, body_of(owed))
        added = self._connection.execute("INSERT INTO owed VALUES (NULL, ?, ?, ?, ?, ?, ?)", row)
        state = (owed.id, added.lastrowid, owed.due_at)
        self._connection.execute("INSERT INTO owed_try VALUES (?, ?, ?, 0, '', 0)", state)

    def forget_account(self, series: Series, account: str) -> None:
        if self._is_there():
            self._connection.execute(_FORGET_ACCOUNT, (*series, account))

    def _is_there(self) -> bool:
        query = "SELECT 1 FROM sqlite_schema WHERE name = 'account_answer'"
        return self._connection.execute(query).fetchone() is not None
