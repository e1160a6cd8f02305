"""Who asks and who receives: controller and vendors."""

from __future__ import annotations

import re

from bandeau.core.policy import Vendor
from bandeau.policyfile.draft import Declared, Draft
from bandeau.policyfile.findings import Findings

#: The European Economic Area (ISO 3166).
EEA = frozenset(
    (
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI"),
        *("FR", "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT", "LU"),
        *("LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK"),
    )
)
_CONTACT = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+|\+?[0-9][0-9 ().-]{5,}|https?://\S+|/\S*")
_URL = re.compile(r"https?://[^\s\"<>\\]+")
_COUNTRY = re.compile(r"[A-Z]{2}")


def check_vendors(draft: Draft, findings: Findings) -> None:
    """Report recipients that the reader could not identify."""
    contact = draft.site.controller_contact
    # An unfinished contact is reported as a text.
    if contact and "TODO" not in contact and not _CONTACT.fullmatch(contact.strip()):
        findings.add("BND332", ("controller", "contact"), f'"{contact}" is no way to reach somebody')
    used = {service.value.vendor for service in draft.services}
    for vendor in draft.vendors:
        _check_vendor(vendor, findings)
        # A misspelt reference is one mistake, and this vendor probably the one that was meant.
        if vendor.value.id not in used and used <= {None, *draft.by_vendor}:
            message = f'no service names vendor "{vendor.value.id}"'
            findings.add("BND216", vendor.entry.path, message, on_key=True)
    _check_recipients(draft, findings)


def _check_vendor(vendor: Declared[Vendor], findings: Findings) -> None:
    value, entry = vendor.value, vendor.entry
    if not value.policy_url:
        findings.add(
            "BND322",
            entry.path,
            f'vendor "{value.id}" has no policy_url',
            on_key=True,
            unless=(*entry.path, "policy_url"),
        )
    elif not _URL.fullmatch(value.policy_url):
        message = f'"{value.policy_url}" is not the address of a page'
        findings.add(
            "BND114",
            entry.at("policy_url"),
            message,
            note='as in "https://…"',
            help="Write the whole address of the vendor's privacy page.",
        )
    if not value.country:
        findings.add(
            "BND333",
            entry.path,
            f'vendor "{value.id}" has no country',
            on_key=True,
            unless=(*entry.path, "country"),
        )
    elif not _COUNTRY.fullmatch(value.country):
        fix = f'"{value.country.upper()}"' if _COUNTRY.fullmatch(value.country.upper()) else None
        message = f'"{value.country}" is not a country code'
        findings.add("BND122", entry.at("country"), message, note="two capital letters", fix=fix)
    elif value.country not in EEA and not entry.has("transfer"):
        message = (
            f'vendor "{value.id}" is outside the EEA ({value.country}) and names no ground of the transfer'
        )
        findings.add("BND323", entry.at("country"), message)


def _check_recipients(draft: Draft, findings: Findings) -> None:
    """Report services on other hosts than the site's that nobody answers for."""
    for service in draft.services:
        foreign = [host for host in service.value.hosts if not _is_ours(str(host.host), draft)]
        if foreign and service.value.vendor is None:
            message = f'service "{service.value.id}" calls {foreign[0].host} and has no vendor'
            findings.add(
                "BND326", service.entry.path, message, on_key=True, unless=(*service.entry.path, "vendor")
            )


def _is_ours(host: str, draft: Draft) -> bool:
    bare = host.removeprefix("*.")
    return any(own.host == host or own.matches(bare, own.port, "/") for own in draft.site.hosts)
