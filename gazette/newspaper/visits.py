"""The reader's choice, as Bandeau's middleware hands it to Django."""

from __future__ import annotations

from typing import Protocol

from django.http import HttpRequest


class Visit(Protocol):
    """The part of Bandeau's visit that the newspaper asks."""

    @property
    def subject_id(self) -> str | None:
        """The pseudonym of the reader who made a choice, None before."""

    def allows(self, id: str) -> object:
        """Whether the reader allows a purpose or a service: true or false, with a reason."""


class Refusal:
    """The visit of a reader of whom nothing is known: everything that needs consent is refused."""

    subject_id: str | None = None

    def allows(self, id: str) -> object:
        """Never."""
        return False


def visit_of(request: HttpRequest) -> Visit:
    """The reader's visit; a refusal of everything when Bandeau is not in front of the application."""
    visit: Visit = getattr(request, "bandeau", None) or Refusal()
    return visit
