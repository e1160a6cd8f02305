"""Records for tests of stores."""

from __future__ import annotations

from bandeau.core.record import ConsentRecord


def a_record(number: int = 0, *, subject: str = "AAAAAAAAAAAAAAAAAAAAAA") -> ConsentRecord:
    """Return a record that differs from others by its number."""
    return ConsentRecord(
        record_id=f"record-{number}",
        subject_id=subject,
        site_id="gazette",
        environment="test",
        event="refused",
        action="refuse",
        source="first",
        language="fr",
        at="2026-11-23T08:00:00Z",
        revision=3,
        policy_digest="sha256:00",
        regime="eu-fr",
        gpc=False,
        purposes={"audience": False},
        services={},
    )
