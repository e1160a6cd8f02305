"""Which engine keeps the store that a policy names."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from bandeau.core.policy import Policy
from bandeau.errors import MissingExtra
from bandeau.ledger.store import Signer, Store
from bandeau.storage.memory import MemoryStore
from bandeau.storage.sqlite import SqliteStore

if TYPE_CHECKING:
    from bandeau.storage.postgres import PostgresStore

#: The store that keeps nothing.
MEMORY = "memory:"
#: How the address of a PostgreSQL database begins.
POSTGRES = "postgresql://"


def open_store(url: str, folder: Path, signer: Signer, *, checked: bool = True) -> Store:
    """Open the store that a policy names; a relative path starts at the policy's folder.

    Raises:
        StoreError: it is missing, damaged, or cannot be read now.
        MissingExtra: its driver is not installed.
    """
    if url == MEMORY:
        return MemoryStore(signer)
    if url.startswith(POSTGRES):
        engine = _postgres()
        return engine.open(url, signer) if checked else engine(url, signer)
    path = _sqlite_path(url, folder)
    return SqliteStore.open(path, signer) if checked else SqliteStore(path, signer)


def create_store(policy: Policy, folder: Path, signer: Signer) -> str | None:
    """Create the store that a policy names, with the first log of its site; return what was created.

    Raises:
        FileExistsError: it is there; it is left alone.
        StoreError, KeyFileError: it cannot be written, or no key signs its log.
        MissingExtra: its driver is not installed.
    """
    if policy.proof.store == MEMORY:
        return None
    series = (policy.site.id, policy.site.environment)
    if policy.proof.store.startswith(POSTGRES):
        # Should the log not begin now, `bandeau ledger init` begins it in the schema that is there.
        with closing(_postgres().create(policy.proof.store, signer)) as created:
            created.begin(*series).result()
        return "the schema bandeau of the database"
    path = _sqlite_path(policy.proof.store, folder)
    store: Store = SqliteStore.create(path, signer)
    try:
        store.begin(*series).result()
    except BaseException:
        path.unlink()  # a store without a log would be neither missing nor of use
        raise
    finally:
        store.close()
    return path.name


def _postgres() -> type[PostgresStore]:
    try:
        from bandeau.storage.postgres import PostgresStore
    except ImportError as error:  # the extra is not installed
        raise MissingExtra("A store in PostgreSQL", "postgres") from error
    return PostgresStore


def _sqlite_path(url: str, folder: Path) -> Path:
    return folder / url.removeprefix("sqlite:///")
