"""What the ledger's verbs share: the site with its store, and a word before anything is destroyed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from bandeau.cli.settings import Settings, is_interactive
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


def agree(question: str, *, yes: bool) -> None:
    """Go on only when somebody said yes, by option or at a terminal.

    Raises:
        click.UsageError: nobody can be asked.
        click.Abort: they said no.
    """
    if yes:
        return
    if not is_interactive():
        raise click.UsageError("nobody can be asked here: add --yes, or look first with --dry-run")
    click.confirm(question, abort=True, err=True)
