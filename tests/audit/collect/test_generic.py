"""Consent managers of other makes: found, pressed, and believed only when something shows that it took."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest

from bandeau.audit.collect.chromium import Launch, chromium, find
from bandeau.audit.collect.generic import GenericPanel
from bandeau.audit.collect.managers import Wish
from bandeau.audit.collect.sessions import Conditions
from bandeau.audit.collect.tab import Pace, Tab
from bandeau.audit.collect.tcf import granted_purposes
from bandeau.audit.collect.watch import Watch

from .foreign import HOST, PANELS, Foreign, tc_string
from .stage import Stage

pytestmark = pytest.mark.browser
T = TypeVar("T")


def on(stage: Stage, panel: Foreign, work: Callable[[Tab, GenericPanel], Awaitable[T]]) -> T:
    """Open the panel's page in a browser of its own, and do something there."""

    async def run() -> T:
        arguments = (
            f"--host-resolver-rules={stage.resolver_rules}",
            "--ignore-certificate-errors",
            "--no-sandbox",
        )
        async with chromium(Launch(executable=find(), arguments=arguments)) as browser:
            watch = Watch(browser, Conditions(viewport=(1280, 900)), Pace())
            await watch.start()
            watch.begin("arrived")
            await watch.tab.open(f"https://{HOST}/{panel.name}")
            return await work(watch.tab, GenericPanel())

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, run()).result()


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:  # type: ignore[misc]
    """All pages of all panels."""
    answers = {where: answer for panel in PANELS for where, answer in panel.answers.items()}
    with Stage(tmp_path_factory.mktemp("stage"), answers) as stage:
        yield stage  # type: ignore[misc]


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.name)
def test_panel_is_found_and_refused_or_said_not_to_be(stage: Stage, panel: Foreign) -> None:
    """A refusal that nothing shows is no refusal."""

    async def refuse(tab: Tab, manager: GenericPanel) -> tuple[bool, bool]:
        asks = await manager.is_asking(tab)
        wish = Wish("refuse")
        pressed = await manager.choose(tab, wish)
        await tab.settle()
        return asks, pressed and await manager.has_taken(tab, wish)

    assert on(stage, panel, refuse) == (panel.asks, panel.refuses)


_SOME = [
    panel for panel in PANELS if panel.name in ("plain-de", "foreign-frame", "closed-shadow", "tcf-that-lies")
]


@pytest.mark.parametrize("panel", _SOME, ids=lambda panel: panel.name)
@pytest.mark.parametrize("how", ["click", "key"])
def test_yes_is_given_by_mouse_and_by_keyboard(stage: Stage, panel: Foreign, how: str) -> None:
    """In the page, in a closed shadow root, in a frame of another site."""

    async def accept(tab: Tab, manager: GenericPanel) -> bool:
        wish = Wish("accept", how=how)  # type: ignore[arg-type]
        pressed = await manager.choose(tab, wish)
        await tab.settle()
        return pressed and await manager.has_taken(tab, wish)

    assert on(stage, panel, accept) is panel.accepts


def test_buttons_are_measured_as_they_are_drawn(stage: Stage) -> None:
    """What the judge needs: role, words, size, contrast; and the language of the panel."""

    inspected: list[str] = []

    async def measure(tab: Tab, manager: GenericPanel) -> object:
        async def inspect(layer: int, selector: str) -> None:
            inspected.append(await tab.evaluate(f"document.querySelector({selector!r}).id"))

        return await manager.measure(tab, inspect)

    found = on(stage, PANELS[1], measure)
    by_role = {button.role: button for button in found.buttons}  # type: ignore[attr-defined]
    assert (by_role["accept"].text, by_role["refuse"].text) == ("Alle akzeptieren", "Ablehnen")
    assert by_role["accept"].rect[2] > by_role["refuse"].rect[2] > 20
    assert by_role["refuse"].contrast > 4.5
    assert inspected == ["cmp"]
    assert found.page_language == "de"  # type: ignore[attr-defined]


def test_single_purposes_are_not_guessed(stage: Stage) -> None:
    """Saying that a purpose was chosen needs a panel that names it."""

    async def save(tab: Tab, manager: GenericPanel) -> bool:
        return await manager.choose(tab, Wish("save", frozenset({"audience"})))

    assert on(stage, PANELS[0], save) is False


@pytest.mark.parametrize(
    ("text", "purposes"),
    [
        (tc_string(0), frozenset()),
        (tc_string(3), frozenset({1, 2, 3})),
        (tc_string(24) + ".YAAA", frozenset(range(1, 25))),
        ("", None),
        ("yes", None),
        ("A" * 60, None),
        ("not a string of that form, though quite long indeed", None),
    ],
)
def test_tcf_string_tells_its_purposes(text: str, purposes: frozenset[int] | None) -> None:
    """And any other text tells nothing."""
    assert granted_purposes(text) == purposes
