"""Bandeau's own panel, used as a reader would."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import msgspec

from bandeau.audit.collect.hands import activate, click_on, tab_through
from bandeau.audit.collect.managers import Inspect, Wish
from bandeau.audit.collect.measuring import DESCRIBE, Role, button
from bandeau.audit.collect.tab import Tab
from bandeau.audit.recording import Button, Panel, Switch
from bandeau.core.policy import Policy

_FIRST = "#bd-first"
_PANEL = "#bd-panel[open]"
_OPENER = "[data-bd-open]"
_FORM = "#bd-form"
_WAIT_SECONDS = 5.0
_ROLES: tuple[Role, ...] = ("accept", "refuse", "settings")
_ON_FIRST = {
    "accept": f"{_FIRST} button[value=accept]",
    "refuse": f"{_FIRST} button[value=refuse]",
    "settings": f"{_FIRST} {_OPENER}",
}
_ENTRY = f"{_OPENER}:not({_FIRST} *)"
_SHOWN = """(() => {
  const first = document.getElementById("bd-first");
  return !!first && first.checkVisibility({ opacityProperty: true, visibilityProperty: true });
})()"""
_READ = (
    "(() => {"
    + DESCRIBE
    + """
  const one = selector => document.querySelector(selector), first = one("#bd-first");
  if (!first) return null;
  const shown = element => element && describe(element), box = first.getBoundingClientRect();
  return {
    buttons: Object.fromEntries(Object.entries(%s).map(([role, selector]) => [role, shown(one(selector))])),
    entry: shown([...document.querySelectorAll("[data-bd-open]")].find(each => !first.contains(each))),
    language: first.lang, page: document.documentElement.lang, name: textOf(first), words: first.innerText,
    purposes: (one("#bd-first [name=shown]")?.value || "").split(",").filter(Boolean),
    vendors: one("#bd-first a[href*='/policy']")?.href || "",
    covers: box.width * box.height > innerWidth * innerHeight * 0.8,
  };
})()"""
)
_SECOND = (
    "(() => {"
    + DESCRIBE
    + """
  const panel = document.querySelector("#bd-panel[open], main #bd-form");
  if (!panel) return null;
  const shown = value => {
    const found = panel.querySelector(`button[value=${value}]`);
    return found && describe(found);
  };
  return {
    buttons: { accept: shown("accept"), refuse: shown("refuse"), save: shown("save") },
    switches: [...panel.querySelectorAll("[role=switch]")].map(each => ({
      id: each.name, checked: each.checked, disabled: each.disabled, text: textOf(each),
      purpose: each.closest("[data-bd-purpose]")?.dataset.bdPurpose || "",
    })),
  };
})()"""
)
_SWITCHED = "document.querySelector(%s)?.checked"


class OwnPanel:
    """The ``Manager`` of sites that run Bandeau."""

    name = "bandeau"

    def __init__(self, policy: Policy | None) -> None:
        self._policy = policy
        self.cookies: tuple[str, ...] = ("__Host-bd", "__Host-bdid", "bd", "bdid")

    async def is_asking(self, tab: Tab) -> bool:
        """Tell whether the first layer stands on the page."""
        return bool(await tab.evaluate(_SHOWN))

    async def entry(self, tab: Tab) -> Button | None:
        """Return the link that stands at the foot of every page."""
        found = await tab.evaluate(_READ % json.dumps(_ON_FIRST))
        return button(found.get("entry"), "entry") if isinstance(found, dict) else None

    async def measure(self, tab: Tab, inspect: Inspect) -> Panel | None:
        """Return both layers, with what the keyboard reaches; the panel is closed again."""
        found = await tab.evaluate(_READ % json.dumps(_ON_FIRST))
        if not isinstance(found, dict) or not await self.is_asking(tab):
            return None
        await inspect(1, _FIRST)
        reached = await tab_through(tab, list(_ON_FIRST.values()))
        first = [
            _reached(button(found["buttons"][role], role), reached.get(_ON_FIRST[role])) for role in _ROLES
        ]
        second = await self._second_layer(tab, inspect)
        entry = button(found.get("entry"), "entry")
        return Panel(
            found=True,
            manager=self.name,
            language=str(found["language"]),
            page_language=str(found["page"]),
            buttons=tuple(filter(None, (*first, *_second_buttons(second, entry), entry))),
            switches=_switches(second),
            purposes_shown=self._named(list(map(str, found["purposes"])), str(found["words"])),
            vendors_link=str(found["vendors"]),
            accessible_name=str(found["name"]),
            covers_page=bool(found["covers"]),
        )

    def _named(self, asked: list[str], words: str) -> tuple[str, ...]:
        """Return the purposes that the first layer asks for and names where a reader can read it."""
        if self._policy is None:
            return tuple(asked)
        titles = {purpose.id: purpose.title.values() for purpose in self._policy.purposes}
        return tuple(each for each in asked if any(title in words for title in titles.get(each, ())))

    async def choose(self, tab: Tab, wish: Wish) -> bool:
        """Press accept or refuse on the first layer, or set the switches of the panel and save.

        Where the first layer lacks the button, a reader who is determined finds it in the panel.
        """
        on_first = wish.action in ("accept", "refuse") and await self.is_asking(tab)
        if on_first and await activate(tab, _ON_FIRST[wish.action], wish.how):
            return True
        if not await self._open(tab, wish.how):
            return False
        if wish.action == "save":
            await self._set_switches(tab, wish)
        value = "refuse" if wish.action == "withdraw" else wish.action
        return await activate(
            tab, f"{_PANEL} button[value={value}], main {_FORM} button[value={value}]", wish.how
        )

    async def has_taken(self, tab: Tab, wish: Wish) -> bool:
        """Tell whether the choice cookie says what was wished for."""
        values = [cookie["value"] for cookie in await tab.cookies() if cookie["name"] in ("__Host-bd", "bd")]
        return len(values) == 1 and _says(values[0], wish, self._policy)

    async def _second_layer(self, tab: Tab, inspect: Inspect) -> Any:
        if not await click_on(tab, _ON_FIRST["settings"]) or not await _appears(tab, _PANEL):
            return None
        found = await tab.evaluate(_SECOND)
        await inspect(2, _PANEL)
        await tab.press("Escape")
        return found

    async def _open(self, tab: Tab, how: str) -> bool:
        opener = _ON_FIRST["settings"] if await self.is_asking(tab) else _ENTRY
        if not await activate(tab, opener, how):
            return False
        # Without scripts the link leads to a page with the same form.
        return await _appears(tab, f"{_PANEL}, main {_FORM}")

    async def _set_switches(self, tab: Tab, wish: Wish) -> None:
        found = await tab.evaluate(_SECOND)
        for switch in found["switches"] if isinstance(found, dict) else ():
            kind, _, _ = str(switch["id"]).partition(".")
            wanted = switch["purpose"] in wish.granted
            selector = f"[role=switch][name={json.dumps(switch['id'])}]"
            if kind == "p" and bool(await tab.evaluate(_SWITCHED % json.dumps(selector))) != wanted:
                await _flip(tab, selector, wish.how)


async def _flip(tab: Tab, selector: str, how: str) -> None:
    # The switch itself may be drawn by its label, which then is what a reader clicks.
    clicked = f"label:has({selector})" if how == "click" else selector
    await activate(tab, clicked, how, "Space")


async def _appears(tab: Tab, selector: str) -> bool:
    asked = f"!!document.querySelector({json.dumps(selector)})?.checkVisibility()"
    try:
        async with asyncio.timeout(_WAIT_SECONDS):
            while not await tab.evaluate(asked):
                await asyncio.sleep(0.03)
    except TimeoutError:
        return False
    return True


def _reached(found: Button | None, reached: tuple[int, bool] | None) -> Button | None:
    if found is None or reached is None:
        return found
    return msgspec.structs.replace(found, tabs=reached[0], focus_visible=reached[1])


def _second_buttons(second: Any, entry: Button | None) -> list[Button | None]:
    if not isinstance(second, dict):
        return []
    buttons = second["buttons"]
    found = [button(buttons[role], role, layer=2, clicks=2) for role in ("accept", "refuse", "save")]
    # Withdrawing: the entry, then the panel's refusal.
    return [*found, button(buttons["refuse"], "withdraw", layer=2, clicks=2) if entry else None]


def _switches(second: Any) -> tuple[Switch, ...]:
    found = second["switches"] if isinstance(second, dict) else ()
    return tuple(
        Switch(
            purpose=str(each["purpose"]),
            text=str(each["text"]),
            checked=bool(each["checked"]),
            disabled=bool(each["disabled"]),
            service=str(each["id"]).removeprefix("s.") if str(each["id"]).startswith("s.") else "",
        )
        for each in found
    )


def _says(value: str, wish: Wish, policy: Policy | None) -> bool:
    """Read a choice cookie as a browser can: by its numbers, without the signature."""
    parts = value.split(".")
    try:
        answered, granted = int(parts[3], 16), int(parts[4], 16)
    except (IndexError, ValueError):
        return False
    if policy is None:
        return bool(granted) == (wish.action == "accept" or bool(wish.granted))
    for purpose in policy.switches():
        asked = policy.asks_consent(purpose)
        wanted = asked if wish.action == "accept" else purpose.id in wish.granted
        given = bool(granted >> purpose.bit & 1)
        if (asked and not answered >> purpose.bit & 1) or (given != wanted and (asked or given)):
            return False
    return True
