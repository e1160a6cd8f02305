"""The tables of a store in PostgreSQL, in a schema of their own: one store in each database."""

from __future__ import annotations

import psycopg

from bandeau.errors import StoreError, StoreMissing
from bandeau.storage import postgresoutbox
from bandeau.storage.postgresserver import Server, Session, translated

LAYOUT = 1
#: ``piece`` is only ever added to: the leaf data of a commit (level 0) or its new hashes of a level
#: of the tiles above, from the index ``first`` on. The hashes of level 0 follow from the leaves.
#: ``key``, ``code`` and ``subject_id`` are found by hash indexes: they take texts of any length, and
#: hold none. No foreign keys: each check would lock the row of the head that is being written.
#: ``flushed`` counts the commits that had nothing else to write. Rows of ``kept`` are deleted to erase
#: them: one is enough for autovacuum.
_SCHEMA = """
CREATE SCHEMA bandeau;
CREATE TABLE bandeau.store (
  layout  integer NOT NULL,
  flushed bigint NOT NULL
) WITH (fillfactor = 10);
CREATE TABLE bandeau.log (
  id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  origin      text COLLATE "C" NOT NULL UNIQUE,
  site_id     text COLLATE "C" NOT NULL,
  environment text COLLATE "C" NOT NULL,
  year        integer NOT NULL,
  at          text COLLATE "C" NOT NULL,
  size        bigint NOT NULL,
  frontier    bytea NOT NULL,
  root        bytea NOT NULL,
  checkpoint  bytea NOT NULL,
  consents    bigint NOT NULL,
  UNIQUE (site_id, environment, year)
) WITH (fillfactor = 20);
CREATE TABLE bandeau.kept (
  log        integer NOT NULL,
  entry      bigint NOT NULL,
  kind       text NOT NULL,
  code       text COLLATE "C",
  key        text COLLATE "C",
  subject_id text COLLATE "C",
  salt       bytea NOT NULL,
  body       bytea NOT NULL,
  PRIMARY KEY (log, entry),
  EXCLUDE USING hash (key WITH =)
) WITH (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0,
        toast.autovacuum_vacuum_threshold = 0, toast.autovacuum_vacuum_scale_factor = 0);
CREATE INDEX kept_code ON bandeau.kept USING hash (code);
CREATE INDEX kept_subject ON bandeau.kept USING hash (subject_id);
CREATE TABLE bandeau.piece (
  log   integer NOT NULL,
  level integer NOT NULL,
  first bigint NOT NULL,
  data  bytea NOT NULL,
  PRIMARY KEY (log, level, first)
);
ALTER TABLE bandeau.piece ALTER COLUMN data SET STORAGE EXTERNAL;
"""
#: What stands in an unlogged table is durable only until the server crashes.
_CHECKED = """
SELECT layout, (SELECT min(relname::text) FROM pg_class
                 WHERE relnamespace = 'bandeau'::regnamespace AND relkind = 'r' AND relpersistence <> 'p')
  FROM bandeau.store
"""


def create(server: Server) -> None:
    """Create the schema of a store without logs, whole or not at all.

    Raises:
        FileExistsError: it is there; it is left alone.
        StoreError: this role may not create it.
        StoreUnavailable: it cannot be created now.
    """
    with translated(server), server.connect() as session:
        try:
            with session.transaction():
                session.execute(_SCHEMA)
                # A role that may use the tables, and make none, can then owe something too.
                session.execute(postgresoutbox.SCHEMA)
                session.execute("INSERT INTO bandeau.store VALUES (%s, 0)", [LAYOUT])
        except (psycopg.errors.DuplicateSchema, psycopg.errors.UniqueViolation) as error:
            raise FileExistsError(f"{server.name}: the schema bandeau is there") from error
        except psycopg.errors.InsufficientPrivilege as error:
            raise StoreError(
                f"{server.name}: this role may not create a schema; let the database's owner say: "
                f'GRANT CREATE ON DATABASE "{session.info.dbname}" TO the role'
            ) from error


def check_layout(server: Server, session: Session) -> None:
    """Check that there is a store of this layout.

    Raises:
        StoreMissing: there is none.
        StoreError: it was made by a newer Bandeau, or a crash of the server would empty it.
    """
    try:
        found = session.execute(_CHECKED).fetchall()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName) as error:
        raise StoreMissing(f"{server.name}: no schema bandeau; `bandeau ledger init` creates it") from error
    if len(found) != 1:
        raise StoreMissing(
            f"{server.name}: the schema bandeau is not a store of Bandeau; use another database"
        )
    layout, unlogged = found[0]
    if layout != LAYOUT:
        raise StoreError(f"{server.name}: made by a newer Bandeau (layout {layout}); upgrade Bandeau")
    if unlogged is not None:
        raise StoreError(
            f"{server.name}: the table bandeau.{unlogged} is UNLOGGED, a crash would empty it; "
            f"ALTER TABLE bandeau.{unlogged} SET LOGGED"
        )
