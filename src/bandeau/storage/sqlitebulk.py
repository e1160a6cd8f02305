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


def insert(
    connection: sqlite3.Connection,
    table: str,
    columns: int,
    values: Sequence[object],
    *,
    verb: str = "INSERT INTO",
) -> None:
    """Insert rows whose values stand one after the other; verb and table come from the program."""
    start, rows = 0, len(values) // columns
    for size in _SIZES:
        while rows - start >= size:
            end = start + size
            statement = _statement(f"{verb} {table}", columns, size)
            connection.execute(statement, values[start * columns : end * columns])
            start = end


@cache
def _statement(beginning: str, columns: int, rows: int) -> str:
    row = f"({', '.join('?' * columns)})"
    return f"{beginning} VALUES {', '.join([row] * rows)}"
