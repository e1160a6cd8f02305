"""Bandeau's site, with the newspaper's duty when a reader withdraws a consent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from bandeau.site import Site


def open_site() -> Site:
    """Opens the site that the policy file declares and registers the erasure of reading profiles."""
    from bandeau.site import Site
    from readers.profiles import erase_on_withdrawal

    site = Site.open(settings.BANDEAU_POLICY)
    site.on_withdraw("personalisation")(erase_on_withdrawal)
    return site
