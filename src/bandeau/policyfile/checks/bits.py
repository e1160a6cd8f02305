"""Bits: permanent places in the readers' cookies, never shared and never reused."""

from __future__ import annotations

from collections.abc import Iterable

from bandeau.policyfile.draft import Draft
from bandeau.policyfile.entry import Entry
from bandeau.policyfile.findings import Findings
from bandeau.policyfile.grammar import MAX_BIT


def check_bits(draft: Draft, findings: Findings) -> None:
    """Report bits that are shared, retired or without effect."""
    purposes = [(purpose.value.id, purpose.entry) for purpose in draft.purposes]
    services = [(service.value.id, service.entry) for service in draft.services]
    choice = draft.root.table("choice")
    retired = {number for _, number in choice.numbers("retired_bits")}
    retired_services = {number for _, number in choice.numbers("retired_service_bits")}
    _check("purpose", purposes, retired, ("BND202", "BND203"), findings)
    _check("service", services, retired_services, ("BND217", "BND218"), findings)
    _check_necessary(draft, findings)


def _check(
    word: str,
    items: Iterable[tuple[str, Entry]],
    retired: set[int],
    codes: tuple[str, str],
    findings: Findings,
) -> None:
    declared = [(name, entry, entry.number("bit", -1)) for name, entry in items if entry.has("bit")]
    free = next(
        (bit for bit in range(MAX_BIT + 1) if bit not in retired | {bit for _, _, bit in declared}), None
    )
    help = "" if free is None else f"the lowest bit that this file never used is {free}"
    owners: dict[int, str] = {}
    for name, entry, bit in declared:
        if bit in retired:
            findings.add(
                codes[1], entry.at("bit"), f'{word} "{name}" takes bit {bit}, which is retired', help=help
            )
        elif bit in owners:
            message = f'{word} "{name}" takes bit {bit} of {word} "{owners[bit]}"'
            findings.add(codes[0], entry.at("bit"), message, help=help)
        owners.setdefault(bit, name)


def _check_necessary(draft: Draft, findings: Findings) -> None:
    for service in draft.services:
        purpose = draft.by_purpose.get(service.value.purpose)
        if service.entry.has("bit") and purpose is not None and purpose.value.necessary:
            message = (
                f'service "{service.value.id}" has a switch in the necessary purpose "{purpose.value.id}"'
            )
            findings.add("BND219", service.entry.at("bit"), message)
