"""What can be wrong with a store file beside its logs: its pages, its index, its counts."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from bandeau.storage.sqliteindex import CODE, KEY, SUBJECT, digest
from bandeau.storage.sqlitelayout import SCHEMA
from bandeau.storage.sqliteoutbox import SCHEMA as OUTBOX

#: Nobody reads more of the same.
_MOST = 20
#: Consent rows that the index does not lead to by one of their names.
_LOST = """
SELECT log.origin, kept.entry FROM kept JOIN log ON log.id = kept.log
 WHERE kept.kind = 'consent' AND EXISTS (
   SELECT 1 FROM (
     SELECT code_digest(kept.code) AS digest
     UNION ALL SELECT key_digest(kept.key)
     UNION ALL SELECT subject_digest(kept.subject_id)
   ) AS name
    WHERE NOT EXISTS (
      SELECT 1 FROM term
       WHERE segment = kept.id >> 20 AND term.digest = name.digest AND term.id = kept.id
    ) AND NOT EXISTS (
      SELECT 1 FROM recent
       WHERE id = kept.id AND name.digest IN (code, key, subject)
         AND id > coalesce((SELECT moved.id FROM moved WHERE bucket = name.digest >> 57), 0)
    )
 )
 LIMIT ?
"""
_AHEAD = "SELECT count(*) FROM moved WHERE id > (SELECT coalesce(max(id), 0) FROM kept)"
_COUNTS = """
SELECT origin FROM log
 WHERE consents <> (SELECT count(*) FROM kept WHERE kept.log = log.id AND kept.kind = 'consent')
"""


def problems(connection: sqlite3.Connection) -> list[str]:
    """Return what is wrong, in sentences; nothing of it is in the logs, which are verified by themselves."""
    pages = [
        f"SQLite finds the file damaged: {found}"
        for (found,) in connection.execute(f"PRAGMA integrity_check({_MOST})")
        if found != "ok"
    ]
    if not pages and _tables(connection) not in (_made_by(SCHEMA), _made_by(SCHEMA, *OUTBOX)):
        pages = ["The tables of the file are not those that Bandeau makes."]
    if pages:
        return pages
    for name, meaning in (("code", CODE), ("key", KEY), ("subject", SUBJECT)):
        connection.create_function(
            f"{name}_digest", 1, lambda text, of=meaning: digest(of, text), deterministic=True
        )
    lost = [
        f"Row {entry} of {origin} is not found by its code, key or subject."
        for origin, entry in connection.execute(_LOST, (_MOST,))
    ]
    (ahead,) = connection.execute(_AHEAD).fetchone()
    if ahead:
        lost.append("The index says that it holds rows which are not there.")
    counts = [f"The records of {origin} were counted wrongly." for (origin,) in connection.execute(_COUNTS)]
    return lost + counts


def _tables(connection: sqlite3.Connection) -> list[tuple[str, ...]]:
    # As bytes: a damaged name may not be text.
    columns = "CAST(type AS BLOB), CAST(name AS BLOB), CAST(tbl_name AS BLOB), CAST(sql AS BLOB)"
    return connection.execute(f"SELECT {columns} FROM sqlite_schema ORDER BY name").fetchall()  # noqa: S608


def _made_by(*statements: str) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(":memory:")) as connection:
        for statement in statements:
            connection.executescript(statement)
        return _tables(connection)
