"""The server's side of an audit: what the site's own ledger says of the choices that the browser made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest

from bandeau.audit.observation import ServerFact
from bandeau.core.cookie import choice_cookie_name, subject_cookie_name, subject_of
from bandeau.core.record import ConsentRecord
from bandeau.site import Site

Held = Mapping[str, Mapping[str, str]]


def ledger_side(site: Site) -> Callable[[Held], Sequence[ServerFact]]:
    """Return what tells, after each visit, the records that the site wrote for its reader.

    The site must be the one that is audited, or another process with its store. Each record is told in
    the step in which the cookie of the choice changed; that there is none is told as well.
    """
    policy = site.policy

    def told(held: Held) -> list[ServerFact]:
        tokens = {cookies.get(subject_cookie_name(policy.site), "") for cookies in held.values()} - {""}
        records = [record for token in sorted(tokens) for record in site.store.of_subject(subject_of(token))]
        steps = _changes(held, choice_cookie_name(policy.site))
        last = list(held)[-1] if held else "left"
        facts = [
            ServerFact(step=step or last, at_ms=0, kind="record", facts=_facts(record))
            for step, record in zip_longest(steps, records)
            if record is not None
        ]
        return facts or [ServerFact(step=last, at_ms=0, kind="record")]

    return told


def _changes(held: Held, name: str) -> list[str]:
    """Return the steps at whose end the cookie of the choice was another than before."""
    before, steps = "", []
    for step, cookies in held.items():
        value = cookies.get(name, "")
        if value and value != before:
            steps.append(step)
        before = value or before
    return steps


def _facts(record: ConsentRecord) -> dict[str, str]:
    granted = sorted(purpose for purpose, allowed in record.purposes.items() if allowed)
    return {
        "action": record.action,
        "event": record.event,
        "source": record.source,
        "granted": ",".join(granted),
        "at": record.at,
        "record": record.record_id,
    }
