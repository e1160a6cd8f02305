"""What the ledger's verbs share: the site with its store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from bandeau.cli.settings import Settings
from bandeau.site import Site
from bandeau.storage.engines import MEMORY


@contextmanager
def opened(settings: Settings, *, checked: bool = True) -> Iterator[Site]:
    """Open the site of the policy file.

    Args:
        checked: refuse a store whose logs are damaged.

    Raises:
        click.UsageError: it keeps nothing.
        BandeauError: it cannot be opened; the text says what to do.
    """
    site = Site.open(settings.policy, checked=checked)
    try:
        if site.policy.proof.store == MEMORY:
            raise click.UsageError('`proof.store` is "memory:": nothing is kept, so there is no ledger')
        yield site
    finally:
        site.close()
