"""Consent managers: what an audit asks of whichever panel a site has."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from bandeau.audit.collect.tab import Tab
from bandeau.audit.recording import Button, Panel

Action = Literal["accept", "refuse", "save", "withdraw"]
#: Called at each layer of a panel, while it stands, with the layer's number and the selector of its element:
#: pictures are taken then, and the accessibility checker runs.
Inspect = Callable[[int, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a reader wants: an action and, to save, the purposes that are allowed.

    ``how`` is the reader's hand: a real click of the mouse, or the keyboard alone.
    """

    action: Action
    granted: frozenset[str] = frozenset()
    how: Literal["click", "key"] = "click"


class Manager(Protocol):
    """One make of consent manager.

    Nothing of it may change the page but what ``choose`` presses; everything is read in a world of its
    own (``Tab.evaluate``). No method raises when the panel is absent: it says so.
    """

    #: As it stands in a recording: ``bandeau``, or the make's name.
    name: str
    #: Names of the cookies that hold a choice; with them a later visit can begin where this one chose.
    #: Empty where a choice cannot be carried over so.
    cookies: tuple[str, ...]

    async def is_asking(self, tab: Tab) -> bool:
        """Tell whether the first layer stands on the page, for a reader to see."""

    async def entry(self, tab: Tab) -> Button | None:
        """Return the permanent entry to the choices, ``None`` where there is none."""

    async def measure(self, tab: Tab, inspect: Inspect) -> Panel | None:
        """Return the panel as a reader meets it, all layers; ``None`` when there is none.

        Afterwards the page is as it was: what was opened is closed again.
        """

    async def choose(self, tab: Tab, wish: Wish) -> bool:
        """Make a choice as a reader would; tell whether what has to be pressed was there."""

    async def has_taken(self, tab: Tab, wish: Wish) -> bool:
        """Tell whether the browser's state shows that a choice took."""
