"""Validators: ETags that tell one reader from another. Only several readers together show it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bandeau.audit.judge.attribute import Bond
from bandeau.audit.judge.breach import Breach, View
from bandeau.audit.judge.judgement import Kind
from bandeau.audit.observation import Request

#: Fewer readers with different tags may have met a file that changed meanwhile.
_LEAST_READERS = 3


def judge_validators(views: Sequence[View]) -> Iterator[Breach]:
    """Yield the resources whose ETag is unique to each reader and was sent back by one of them.

    A page's own tag may change with each answer; a tag that a reader keeps and sends back, while no two
    readers ever have the same, is an identifier.
    """
    by_url: dict[str, list[tuple[View, Request]]] = {}
    for view in views:
        for fact in _tagged(view):
            by_url.setdefault(fact.url, []).append((view, fact))
    for sightings in by_url.values():
        if _is_identifier(sightings):
            for view, fact in sightings:
                yield from _breach(view, fact)


def _tagged(view: View) -> Iterator[Request]:
    for fact in view.visit.observations:
        if not isinstance(fact, Request) or fact.type == "document":
            continue
        if fact.validator_hash or fact.sent_validator_hash:
            yield fact


def _is_identifier(sightings: Sequence[tuple[View, Request]]) -> bool:
    """Tell whether a tag that is sent back is confirmed, although no two readers ever have the same.

    Who asks without a tag may get another one each time: that is how such an identifier is made.
    """
    readers: dict[int, set[str]] = {}
    for view, fact in sightings:
        tags = {fact.validator_hash, fact.sent_validator_hash} - {""}
        readers.setdefault(view.visit.number, set()).update(tags)
    every = [tag for tags in readers.values() for tag in tags]
    confirmed = any(
        fact.sent_validator_hash and fact.validator_hash in ("", fact.sent_validator_hash)
        for _, fact in sightings
    )
    return confirmed and len(readers) >= _LEAST_READERS and len(set(every)) == len(every)


def _breach(view: View, fact: Request) -> Iterator[Breach]:
    owner = view.attributor.request(fact)
    service = owner.service
    if owner.bond is Bond.DELEGATED:
        return
    if service is not None and view.timeline.allows(view.moment(fact), service):
        return
    evidence = view.evidence(fact, fact.url, detail="an ETag of its own for this reader")
    if service is None:
        yield Breach("BND515", evidence, fact.url, fact.url)
    else:
        yield Breach("BND515", evidence, fact.url, fact.url, Kind.SERVICE, service.id, service.purpose)
