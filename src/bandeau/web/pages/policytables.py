"""The cookie and privacy tables, made from the declaration that is enforced."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup, escape

from bandeau.core.policy import DAY_SECONDS, Purpose, Vendor
from bandeau.web.pages.render import contact_link, render, safe_link
from bandeau.web.pages.rendered import Rendered
from bandeau.web.pages.rows import Describer, ProfileLine, Row, TrackerLine
from bandeau.web.pages.wording import Wording, wording


@dataclass(frozen=True, slots=True)
class _ServiceLine:
    title: str
    vendor: str
    basis: str
    reach: str


@dataclass(frozen=True, slots=True)
class _PurposeTable:
    id: str
    title: str
    summary: str
    detail: str
    profile: str
    notes: tuple[str, ...]
    delegated: tuple[str, ...]
    services: tuple[_ServiceLine, ...]
    trackers: tuple[TrackerLine, ...]
    profiles: tuple[ProfileLine, ...]


@dataclass(frozen=True, slots=True)
class _VendorLine:
    name: str
    country: str
    services: str
    link: str


def policy_text(rendered: Rendered, language: str) -> str:
    """Return the page of a policy's tables in a language."""
    words = wording(language)
    policy = rendered.policy
    return render(
        "policy.html",
        site=policy.site,
        prefix=rendered.prefix,
        styles=rendered.style_urls,
        contact=_contact(policy.site.controller_contact),
        site_policy=safe_link(policy.site.privacy_url),
        time=words.lifetime(policy.remember_days * DAY_SECONDS),
        revision=policy.revision,
        **_tables(rendered, words),
    )


def policy_tables(rendered: Rendered, language: str) -> str:
    """Return the tables alone, for a page of the site's own."""
    return render("policytables.html", shown_gpc=False, **_tables(rendered, wording(language)))


def _tables(rendered: Rendered, words: Wording) -> dict[str, object]:
    policy, describer = rendered.policy, Describer(rendered.policy, words)
    rows = zip(policy.purposes, describer.rows().rows, strict=True)
    return {
        "w": words,
        "kept": describer.kept(),
        "purposes": [_table(describer, *pair) for pair in rows],
        "vendors": [_vendor(describer, vendor) for vendor in policy.vendors],
    }


def _contact(contact: str) -> Markup:
    link = contact_link(contact)
    if not link:
        return escape(contact)
    return Markup('<a href="{}">{}</a>').format(link, contact)


def _table(describer: Describer, purpose: Purpose, row: Row) -> _PurposeTable:
    services = tuple(
        _ServiceLine(
            describer.service_title(service),
            describer.vendor_name(service),
            describer.basis(service),
            describer.reach(service),
        )
        for service in describer.policy.services_of(purpose.id)
    )
    return _PurposeTable(
        row.id,
        row.title,
        row.summary,
        row.detail,
        row.profile,
        row.notes,
        row.delegated,
        services,
        row.trackers,
        row.profiles,
    )


def _vendor(describer: Describer, vendor: Vendor) -> _VendorLine:
    titles = [describer.service_title(s) for s in describer.policy.services if s.vendor == vendor.id]
    country = describer.words.country(vendor.country) if vendor.country else ""
    return _VendorLine(vendor.name, country, describer.words.joined(titles), safe_link(vendor.policy_url))
