"""Profiles in Django's models: a manager that opens them for readers who allow it, and for nobody else."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import models

from bandeau.web.profiles import Guard

Row = TypeVar("Row", bound=models.Model)


class ProfileManager(models.Manager[Row]):
    """``objects = ProfileManager(guard("readings"))``: every query asks the guard when it is made.

    The related managers of other models are guarded too. What Django itself does, cascades and
    ``refresh_from_db`` of a row at hand, is not.
    """

    def __init__(self, guard: Guard | None = None) -> None:
        super().__init__()
        self._guard = guard

    def get_queryset(self) -> models.QuerySet[Row]:
        """Return the rows.

        Raises:
            ProfileRefused: the reader has not allowed the profile.
        """
        guard = self._guard or getattr(self.model._default_manager, "_guard", None)
        if guard is not None:
            guard.check()
        return super().get_queryset()


class ProfileModel(models.Model):
    """A model whose rows are saved only while its guard allows it; ``objects`` is a ``ProfileManager``."""

    class Meta:
        """No table of its own."""

        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the row.

        Raises:
            ProfileRefused: the reader has not allowed the profile.
        """
        guard = getattr(type(self)._default_manager, "_guard", None)
        if guard is not None:
            guard.check()
        super().save(*args, **kwargs)
