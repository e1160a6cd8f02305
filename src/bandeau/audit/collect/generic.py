"""Consent managers of other makes: found by what their buttons say, proven by what a choice changes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from bandeau.audit.collect.accessible import Control, controls, has_focus, place
from bandeau.audit.collect.labels import role_of, speaks_of_choice
from bandeau.audit.collect.managers import Inspect, Wish
from bandeau.audit.collect.measuring import button
from bandeau.audit.collect.tab import Tab
from bandeau.audit.collect.tcf import granted_purposes
from bandeau.audit.recording import Button, Panel

_MOST_TABS = 80
_APPEARS_SECONDS = 4.0
_STORED = """(() => {
  const kept = {};
  for (const area of ["localStorage", "sessionStorage"]) {
    try {
      const store = window[area];
      for (const key of Object.keys(store)) kept[area + " " + key] = store.getItem(key);
    } catch {}
  }
  return kept;
})()"""


class GenericPanel:
    """A ``Manager`` that knows no make: the first layer is where something accepts.

    A choice has taken when the layer is gone and something that the site keeps has changed; where the
    site keeps a TCF string, it must say the same. Anything less is no proof, and stays inconclusive.
    """

    name = "another consent manager"
    #: Nobody knows which of its cookies hold the choice: each visit makes it anew.
    cookies: tuple[str, ...] = ()

    def __init__(self) -> None:
        self._before: Mapping[str, str] = {}

    async def is_asking(self, tab: Tab) -> bool:
        """Tell whether something that accepts stands on the page, in a text about the choice."""
        return bool(await _first_layer(tab))

    async def entry(self, tab: Tab) -> Button | None:
        """Return what leads to the settings from outside the first layer."""
        found = await self._entry(tab)
        return button(found.look, "entry") if found is not None else None

    async def measure(self, tab: Tab, inspect: Inspect) -> Panel | None:
        """Return the first layer. What lies behind it would have to be opened, and might not close again."""
        layer = await _first_layer(tab)
        if not layer:
            return None
        buttons = {role: _measured(control) for role, control in layer.items()}
        look = layer["accept"].look
        if look["selector"]:
            await inspect(1, str(look["selector"]))
        return Panel(
            found=True,
            manager=self.name,
            language=str(look["language"]),
            page_language=str(await tab.evaluate("document.documentElement.lang") or ""),
            buttons=tuple(filter(None, (*buttons.values(), await self.entry(tab)))),
            accessible_name=str(look["around"])[:120],
        )

    async def choose(self, tab: Tab, wish: Wish) -> bool:
        """Press what accepts or refuses, also behind the settings; single purposes cannot be told apart."""
        self._before = await _kept(tab)
        if wish.action == "save":
            return False
        wanted = "accept" if wish.action == "accept" else "refuse"
        layer = await _first_layer(tab)
        if wanted in layer:
            return await _press(tab, layer[wanted], wish.how)
        opener = layer.get("settings") or await self._entry(tab)
        if opener is None or not await _press(tab, opener, wish.how):
            return False
        found = await _awaited(tab, wanted)
        return found is not None and await _press(tab, found, wish.how)

    async def has_taken(self, tab: Tab, wish: Wish) -> bool:
        """Tell whether the layer is gone and what the site keeps has changed, to say what was wished for."""
        if await _first_layer(tab):
            return False
        now = await _kept(tab)
        if now == self._before:
            return False
        said = [granted_purposes(value) for value in now.values()]
        told = [purposes for purposes in said if purposes is not None]
        return all(bool(purposes) == (wish.action == "accept") for purposes in told)

    async def _entry(self, tab: Tab) -> Control | None:
        asking = await _first_layer(tab)
        layers = {control.layer for control in asking.values()}
        for control in await _known(tab):
            is_settings = role_of(control.name) == "settings" and control.layer not in layers
            if is_settings and speaks_of_choice(control.name):
                return control
        return None


def _measured(control: Control) -> Button | None:
    role = role_of(control.name)
    return button({**control.look, "text": control.name}, role) if role is not None else None


async def _first_layer(tab: Tab) -> dict[str, Control]:
    """Return the controls of the layer that asks, by role; nothing when none does."""
    known = [control for control in await _known(tab) if control.is_visible]
    for accept in known:
        if role_of(accept.name) == "accept" and speaks_of_choice(str(accept.look["around"])):
            found: dict[str, Control] = {"accept": accept}
            for control in known:
                role = role_of(control.name)
                if role is not None and control.layer == accept.layer:
                    found.setdefault(role, control)
            return found
    return {}


async def _known(tab: Tab) -> list[Control]:
    return await controls(tab, lambda name: role_of(name) is not None)


async def _awaited(tab: Tab, role: str) -> Control | None:
    """Return a visible control of a role, as soon as there is one."""
    try:
        async with asyncio.timeout(_APPEARS_SECONDS):
            while True:
                for control in await _known(tab):
                    if role_of(control.name) == role and control.is_visible:
                        return control
                await asyncio.sleep(0.05)
    except TimeoutError:
        return None


async def _press(tab: Tab, control: Control, how: str) -> bool:
    if how == "key":
        return await _press_by_key(tab, control)
    where = await place(tab, control)
    if where is None:
        return False
    await tab.click(*where)
    return True


async def _press_by_key(tab: Tab, control: Control) -> bool:
    for _ in range(_MOST_TABS):
        await tab.press("Tab")
        if await has_focus(tab, control):
            await tab.press("Enter")
            return True
    return False


async def _kept(tab: Tab) -> Mapping[str, str]:
    """Return what the browser keeps for the site: cookies and Web Storage, by name."""
    kept = {f"cookie {each['domain']} {each['name']}": str(each["value"]) for each in await tab.cookies()}
    stored: Any = await tab.evaluate(_STORED)
    return kept | (stored if isinstance(stored, dict) else {})
