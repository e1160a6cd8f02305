"""Everything in the zoo, and how it is grouped for a quick tour."""

from __future__ import annotations

from collections.abc import Iterable

from .deposits import DEPOSITS
from .later import LATER
from .panels import PANELS
from .requests import REQUESTS
from .specimen import Specimen
from .touched import TOUCHED
from .twins import TWINS

BREACHES: tuple[Specimen, ...] = (*REQUESTS, *TOUCHED, *DEPOSITS, *LATER, *PANELS)
SPECIMENS: tuple[Specimen, ...] = (*BREACHES, *TWINS)


def groups(specimens: Iterable[Specimen] = SPECIMENS) -> dict[tuple[str, ...], list[Specimen]]:
    """Return those that may stand on one site together, by the scenarios that show them."""
    found: dict[tuple[str, ...], list[Specimen]] = {}
    for specimen in specimens:
        if not specimen.alone:
            found.setdefault(specimen.scenarios, []).append(specimen)
    return found


def loners(specimens: Iterable[Specimen] = SPECIMENS) -> list[Specimen]:
    """Return those that need a site of their own."""
    return [specimen for specimen in specimens if specimen.alone]
