"""The one site that a Django process runs with, opened when it is first needed."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from django.core.signals import setting_changed
from django.db import connections

from bandeau.core.policy import Policy
from bandeau.site import Site
from bandeau.web.django.settings import read_settings
from bandeau.web.gateway.assembly import open_gateway
from bandeau.web.gateway.engine import Gateway

Given = TypeVar("Given")
Found = TypeVar("Found")

_lock = threading.Lock()  # guards _running
_running: list[tuple[Site, Gateway]] = []


def site() -> Site:
    """Return the open site of this process.

    Raises:
        ImproperlyConfigured: ``settings.BANDEAU`` has mistakes.
        BandeauError: the policy has mistakes, or keys or store are missing; the text names the remedy.
    """
    return _opened()[0]


def gateway() -> Gateway:
    """Return the gateway of this process; raises what ``site`` raises."""
    return _opened()[1]


def known_policy() -> Policy | None:
    """Return the policy in force; ``None`` when the site has not been opened yet."""
    return _running[0][0].policy if _running else None


def _opened() -> tuple[Site, Gateway]:
    with _lock:
        if not _running:
            _running.append(_open())
        return _running[0]


def _open() -> tuple[Site, Gateway]:
    found = read_settings().must_be_right()
    opened = found.site() if found.site is not None else Site.open(found.policy or "")
    declared = {purpose.id for purpose in opened.policy.purposes}
    for purpose_id in declared & found.on_withdraw.keys():
        handler = found.on_withdraw[purpose_id]
        name = f"{getattr(handler, '__module__', purpose_id)}.{getattr(handler, '__qualname__', purpose_id)}"
        opened.on_withdraw(purpose_id, name=name)(_fresh(handler))
    if found.account_of is not None:
        opened.identify(_fresh(found.account_of))
    return opened, open_gateway(site=opened)


def _fresh(function: Callable[[Given], Found]) -> Callable[[Given], Found]:
    """Return a function for threads of Bandeau's own: no request ends there and lets go of connections."""

    @functools.wraps(function)
    def called(given: Given) -> Found:
        _let_go()
        try:
            return function(given)
        finally:
            _let_go()

    return called


def _let_go() -> None:
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:  # a test's transaction is its own
            connection.close_if_unusable_or_obsolete()


def _forget(*, setting: str, **_: Any) -> None:
    """Open the site anew when a test overrides the settings."""
    if setting == "BANDEAU":
        with _lock:
            _running.clear()


setting_changed.connect(_forget)
