"""The one site that a Django process runs with, opened when it is first needed."""

from __future__ import annotations

import threading
from typing import Any

from django.core.signals import setting_changed
from django.db import close_old_connections

from bandeau.core.policy import Policy
from bandeau.site import Handler, Site, Withdrawal
from bandeau.web.django.settings import read_settings
from bandeau.web.gateway.assembly import open_gateway
from bandeau.web.gateway.engine import Gateway

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
        name = f"{handler.__module__}.{getattr(handler, '__qualname__', purpose_id)}"
        opened.on_withdraw(purpose_id, name=name)(_Erases(handler))
    return opened, open_gateway(site=opened)


class _Erases:
    """A handler as a process of any kind may call it: no connection outlives its use in a foreign thread."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    def __call__(self, withdrawal: Withdrawal) -> object:
        """Call the handler with connections that are fresh, and left to nobody."""
        close_old_connections()
        try:
            return self._handler(withdrawal)
        finally:
            close_old_connections()


def _forget(*, setting: str, **_: Any) -> None:
    """Open the site anew when a test overrides the settings."""
    if setting == "BANDEAU":
        with _lock:
            _running.clear()


setting_changed.connect(_forget)
