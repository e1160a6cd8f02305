"""Records for tests of stores, and a signer that needs no key file."""

from __future__ import annotations

from collections.abc import Sequence

from bandeau.core.record import ConsentRecord
from bandeau.ledger.checkpoint import Checkpoint
from bandeau.ledger.note import SigningKey, VerifierKey
from bandeau.ledger.sequencer import log_time

#: 2026-11-23T08:00:00Z
NOW = 1_795_420_800
SITE = ("gazette", "test")


def a_record(
    number: int = 0,
    *,
    subject: str = "AAAAAAAAAAAAAAAAAAAAAA",
    at: str = "2026-11-23T08:00:00Z",
    site: tuple[str, str] = SITE,
) -> ConsentRecord:
    """Return a record that differs from others by its number."""
    return ConsentRecord(
        record_id=f"record-{number}",
        subject_id=subject,
        site_id=site[0],
        environment=site[1],
        event="refused",
        action="refuse",
        source="first",
        language="fr",
        at=at,
        revision=3,
        policy_digest="sha256:00",
        regime="eu-fr",
        gpc=False,
        purposes={"audience": False},
        services={},
    )


class TestSigner:
    """Signs with keys made from small numbers; the first signs first."""

    __test__ = False

    def __init__(self, keys: Sequence[int] = (1,)) -> None:
        self.keys = tuple(keys)

    def origin(self, site_id: str, environment: str, year: int) -> str:
        """Return what a log is called."""
        return f"news.example/{site_id}/{environment}/{year}"

    def checkpoint(self, checkpoint: Checkpoint) -> bytes:
        """Return the signed note."""
        return checkpoint.signed([_key(checkpoint.origin, number) for number in self.keys])

    def verifiers(self, origin: str) -> tuple[VerifierKey, ...]:
        """Return the public halves."""
        return tuple(_key(origin, number).verifier for number in self.keys)


def _key(origin: str, number: int) -> SigningKey:
    return SigningKey(origin, bytes([number]) * 32)


assert log_time(NOW) == "2026-11-23T08:00:00Z"
