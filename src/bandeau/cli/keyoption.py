"""Verifier keys as options."""

from __future__ import annotations

from collections.abc import Iterable

import click

from bandeau.errors import MalformedEvidence
from bandeau.ledger.note import COSIGNATURE, ED25519, VerifierKey


def parse_keys(texts: Iterable[str], option: str) -> list[VerifierKey]:
    """Read the verifier keys that were given to an option: those of witnesses to ``--witness``.

    Raises:
        click.UsageError: one of them is none, or of the other kind.
    """
    wanted = COSIGNATURE if option == "--witness" else ED25519
    keys = []
    for text in texts:
        try:
            key = VerifierKey.parse(text)
        except MalformedEvidence as error:
            raise click.UsageError(f"{option} {text[:80]}: {error}") from error
        if key.algorithm != wanted:
            whose = "a log, not of a witness" if wanted == COSIGNATURE else "a witness, not of a log"
            raise click.UsageError(f"{option} {text[:80]}: this is the key of {whose}")
        keys.append(key)
    return keys
