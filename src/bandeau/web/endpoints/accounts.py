"""Whose choice it is, when readers can sign in: asked of the site, in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress

from bandeau.core.request import RequestHead
from bandeau.errors import StoreUnavailable
from bandeau.ledger.store import Entry
from bandeau.site import Site

Submit = Callable[[str], Future[Entry]]


def submitted(site: Site, head: RequestHead, submit: Submit) -> Future[Entry]:
    """Submit a choice once its account is known, ``""`` for a reader without one.

    A choice whose account cannot be told is not recorded: it would hold for less than the reader was told.
    """
    if site.account_of is None:
        return submit("")
    made: Future[Entry] = Future()
    threading.Thread(target=_identify, args=(site, head, submit, made), name="bandeau-account").start()
    return made


def known_account(site: Site, head: RequestHead) -> str:
    """Return the account of a request, ``""`` when there is none or it cannot be told; may block."""
    try:
        return (site.account_of(head) if site.account_of else "") or ""
    except Exception:
        # The border of code that is the site's own.
        site.log.exception("the account of a choice cannot be told")
        return ""


def _identify(site: Site, head: RequestHead, submit: Submit, made: Future[Entry]) -> None:
    try:
        account = (site.account_of(head) if site.account_of else "") or ""
        kept = submit(account)
    except Exception as error:
        site.log.exception("the account of a choice cannot be told")
        made.set_exception(StoreUnavailable(f"the account cannot be told: {error}"))
        return
    kept.add_done_callback(lambda done: _pass_on(done, made))


def _pass_on(done: Future[Entry], made: Future[Entry]) -> None:
    with suppress(InvalidStateError):
        error = done.exception()
        if error is not None:
            made.set_exception(error)
        else:
            made.set_result(done.result())
