"""Draft: the declared values beside the places that they came from, for the checks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from bandeau.core.policy import Enforce, ModeRule, Policy, Purpose, Service, SiteInfo, Vendor
from bandeau.core.profile import Profile
from bandeau.policyfile.catalogue import Item as CatalogueItem
from bandeau.policyfile.entry import Entry

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Declared(Generic[Item]):
    """A value and the table that declares it."""

    entry: Entry
    value: Item


@dataclass(frozen=True, slots=True)
class Draft:
    """All that a file declares. Where the file is wrong a harmless default stands in its place."""

    root: Entry
    revision: int
    site: SiteInfo
    enforce: Enforce
    rules: tuple[Declared[ModeRule], ...]
    purposes: tuple[Declared[Purpose], ...]
    services: tuple[Declared[Service], ...]
    vendors: tuple[Declared[Vendor], ...]
    profiles: tuple[Declared[Profile], ...]
    used: tuple[Declared[CatalogueItem], ...]
    policy: Policy

    @property
    def by_purpose(self) -> dict[str, Declared[Purpose]]:
        """Purposes by id."""
        return {purpose.value.id: purpose for purpose in self.purposes}

    @property
    def by_vendor(self) -> dict[str, Declared[Vendor]]:
        """Vendors by id."""
        return {vendor.value.id: vendor for vendor in self.vendors}
