"""What a reader notes of a choice, however the visit ends."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from bandeau.audit.collect.managers import Wish
from bandeau.audit.collect.options import AuditOptions
from bandeau.audit.collect.reader import Reader
from bandeau.audit.collect.tab import Hung


class _Hanging:
    """A consent manager on whose page the press is the last that happens."""

    name, cookies = "other", ("choice",)

    async def choose(self, tab: object, wish: Wish) -> bool:
        """Press, and hang."""
        raise Hung("the page did not answer")


def test_choice_is_noted_before_it_is_pressed() -> None:
    """The site may have heard of it: a record of it then has a cause, and nothing is confirmed."""
    watch: Any = SimpleNamespace(tab=None, begin=lambda step: None)
    reader = Reader(watch, AuditOptions(urls=("https://site.test/",)), (), "label")
    reader.manager = _Hanging()  # type: ignore[assignment]

    with pytest.raises(Hung):
        asyncio.run(reader.choose(Wish("withdraw"), "withdrawn"))
    (made,) = reader.choices
    assert (made.action, made.step, made.confirmed) == ("withdraw", "withdrawn", False)
