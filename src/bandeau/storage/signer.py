"""Signs the checkpoints of a site's logs with the keys of its key file."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from bandeau.errors import KeyFileError
from bandeau.ledger.checkpoint import Checkpoint
from bandeau.ledger.note import SigningKey, VerifierKey
from bandeau.storage.keyfile import LEDGER_KEY_REMEDY, Keys

#: Far above the logs that one process writes and checks: a site's are one a year.
_MOST_KEPT = 64


class Signer:
    """Signs as the log that a checkpoint names, so that no key speaks for another log.

    Args:
        keys: returns the keys in force; asked each time, so that a rotation needs no restart.
        host: the host of the site's address; it stands first in the origin of a new log.
    """

    def __init__(self, keys: Callable[[], Keys], host: str) -> None:
        self._keys = keys
        self._host = host

    def origin(self, site_id: str, environment: str, year: int) -> str:
        """Return what a log of this site is called."""
        return f"{self._host}/{site_id}/{environment}/{year}"

    def checkpoint(self, checkpoint: Checkpoint) -> bytes:
        """Return the signed note of a checkpoint; the newest key signs first.

        Raises:
            KeyFileError: no key signs this log, with the command that makes one.
        """
        year = _year(checkpoint.origin)
        seeds = [key.seed for key in self._keys().ledger if key.last_year is None or year <= key.last_year]
        if not seeds:
            raise KeyFileError(f"no key signs the log {checkpoint.origin}; {LEDGER_KEY_REMEDY}")
        return checkpoint.signed([_signing(checkpoint.origin, seed) for seed in seeds])

    def verifiers(self, origin: str) -> tuple[VerifierKey, ...]:
        """Return the keys that may have signed a log, newest first.

        A key that was retired before the log began is none of them: who stole it signs nothing new.
        """
        keys, year = self._keys(), _year(origin)
        found = [
            _signing(origin, key.seed).verifier
            for key in keys.ledger
            if key.last_year is None or year <= key.last_year
        ]
        return (
            *found,
            *(VerifierKey(origin, key.public) for key in keys.retired if year <= key.last_year),
        )


def _year(origin: str) -> int:
    """Return the year that stands last in an origin; a log of no year is older than every key."""
    last = origin.rpartition("/")[2]
    return int(last) if last.isascii() and last.isdigit() and len(last) == 4 else 0


@lru_cache(_MOST_KEPT)
def _signing(origin: str, seed: bytes) -> SigningKey:
    return SigningKey(origin, seed)
