"""`manage.py plant`: fills an empty newspaper with its demonstration articles."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from articles.seed.plant import plant


class Command(BaseCommand):
    """Fills an empty newspaper; changes nothing when there is one already."""

    help = "Fill an empty newspaper with its demonstration articles."

    def handle(self, *args: Any, **options: Any) -> None:
        """Runs the command."""
        made = plant(report=lambda name: self.stdout.write(f"  drawing {name}"))
        self.stdout.write("Ready." if made else "There is a newspaper already: nothing to do.")
