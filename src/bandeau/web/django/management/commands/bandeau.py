"""``manage.py bandeau``: the command line, for the policy that the settings name."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand

from bandeau.cli.main import main
from bandeau.web.django.settings import read_settings


class Command(BaseCommand):
    """Passes its arguments on: ``manage.py bandeau check --ready``."""

    help = "Bandeau's commands, for the policy of this project: check, audit, ledger, keys, …"
    requires_system_checks: list[str] = []  # noqa: RUF012 - `check` must be able to say what is wrong

    def add_arguments(self, parser: Any) -> None:
        """Take everything as it is."""
        parser.add_argument("arguments", nargs=argparse.REMAINDER, metavar="COMMAND …")

    def handle(self, *_: Any, arguments: list[str], **__: Any) -> None:
        """Run the command, and exit with its code."""
        policy = read_settings().policy
        where = ["--policy", str(policy)] if policy is not None else []
        main([*where, *(arguments or ["--help"])])
