"""The app: its label is ``bandeau``, and its checks run with Django's own."""

from __future__ import annotations

from django.apps import AppConfig


class BandeauConfig(AppConfig):
    """What ``INSTALLED_APPS`` names: ``bandeau.web.django``."""

    name = "bandeau.web.django"
    label = "bandeau"
    verbose_name = "Bandeau"

    def ready(self) -> None:
        """Register the system checks."""
        from bandeau.web.django import checks

        checks.register_all()
