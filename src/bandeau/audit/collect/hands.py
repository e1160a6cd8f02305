"""A reader's hands: the mouse and the keyboard, on what a selector names."""

from __future__ import annotations

import json
from typing import Any

from bandeau.audit.collect.measuring import DESCRIBE
from bandeau.audit.collect.tab import Tab

#: Presses of Tab after which the keyboard is said not to reach something.
MOST_TABS = 250
_PLACE = """(() => {
  const element = [...document.querySelectorAll(%s)].find(each => each.checkVisibility());
  if (!element) return null;
  element.scrollIntoView({ block: "nearest", inline: "nearest" });
  const { x, y, width, height } = element.getBoundingClientRect();
  return [x + width / 2, y + height / 2];
})()"""
#: Which of some selectors the focus is on, and whether that can be seen; null when it is nowhere.
_FOCUS = (
    "(() => {"
    + DESCRIBE
    + """
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  const style = at && getComputedStyle(at);
  const outlined = style && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  return { at: !at || at === document.body ? -1 : %s.findIndex(each => at.matches(each)),
    end: !at || at === document.body,
    seen: !!style && (outlined || style.boxShadow !== "none") };
})()"""
)


async def click_on(tab: Tab, selector: str) -> bool:
    """Click on the first visible element of a selector; tell whether there is one."""
    place = await tab.evaluate(_PLACE % json.dumps(selector))
    if not place:
        return False
    await tab.click(place[0], place[1])
    return True


async def tab_to(tab: Tab, selector: str) -> bool:
    """Press Tab until the focus is on an element of a selector; tell whether it came there."""
    return selector in await tab_through(tab, [selector])


async def tab_through(tab: Tab, selectors: list[str]) -> dict[str, tuple[int, bool]]:
    """Press Tab until the focus was on every selector; return after how many presses, and whether it showed.

    It ends as well when the focus leaves the page, or after 250 presses.
    """
    found: dict[str, tuple[int, bool]] = {}
    asked = _FOCUS % json.dumps(selectors)
    for presses in range(1, MOST_TABS + 1):
        await tab.press("Tab")
        focus: Any = await tab.evaluate(asked)
        if not isinstance(focus, dict) or (focus["end"] and presses > 1):
            break
        if focus["at"] >= 0:
            found.setdefault(selectors[int(focus["at"])], (presses, bool(focus["seen"])))
        if len(found) == len(selectors):
            break
    return found


async def activate(tab: Tab, selector: str, how: str, key: str = "Enter") -> bool:
    """Press something by the mouse or by the keyboard alone; tell whether it was there."""
    if how == "click":
        return await click_on(tab, selector)
    if not await tab_to(tab, selector):
        return False
    await tab.press(key)
    return True
