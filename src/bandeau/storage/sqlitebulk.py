"""Inserts many rows with few statements.

Each step of a statement lets other threads take the interpreter, and the writer then waits for its
turn: a statement for each of 64 rows costs more than the rows.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from functools import cache

#: Few sizes, so that SQLite prepares few statements.
_SIZES = (64, 16, 4, 1)


def insert(connection: sqlite3.Connection, table: str, rows: Sequence[Sequence[object]]) -> None:
    """Insert rows with a value for each column; the table's name comes from the program."""
    start = 0
    for size in _SIZES:
        while len(rows) - start >= size:
            chunk = rows[start : start + size]
            connection.execute(
                _statement(table, len(chunk[0]), size), [value for row in chunk for value in row]
            )
            start += size


@cache
def _statement(table: str, columns: int, rows: int) -> str:
    values = f"({', '.join('?' * columns)})"
    return f"INSERT INTO {table} VALUES {', '.join([values] * rows)}"  # noqa: S608 - no outside text
