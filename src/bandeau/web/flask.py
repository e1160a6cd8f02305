"""Bandeau in a Flask application: an extension with ``init_app``."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bandeau.errors import MissingExtra
from bandeau.site import Site
from bandeau.web.decisions import current, must_be_declared, needs_of
from bandeau.web.jinja import GLOBALS
from bandeau.web.wsgi import BandeauMiddleware

try:
    from flask import Flask, g
except ModuleNotFoundError as error:
    raise MissingExtra("Bandeau's Flask extension", "flask") from error

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class Bandeau:
    """Enforces a policy around a Flask application.

    In views ``g.bandeau`` is the reader's visit; templates have ``bandeau()``, ``allows("social")`` and
    ``bandeau_policy_table()``. ``site`` is the open site, for ``site.on_withdraw``.

    Args:
        policy: the policy file; ``app.config["BANDEAU_POLICY"]`` stands in for it.
        site: a site that is open already, in place of ``policy``.
    """

    def __init__(
        self, app: Flask | None = None, policy: str | Path | None = None, site: Site | None = None
    ) -> None:
        self._policy = policy
        self._site = site
        if app is not None:
            self.init_app(app)

    @property
    def site(self) -> Site:
        """The open site.

        Raises:
            RuntimeError: there is no application yet.
        """
        if self._site is None:
            raise RuntimeError("call init_app first: the site is opened with the application")
        return self._site

    def init_app(self, app: Flask) -> None:
        """Open the site and stand around the application.

        Raises:
            TypeError: no policy file is named.
            BandeauError: the policy has mistakes, or keys or store are missing; the text names the remedy.
        """
        if self._site is None:
            self._site = Site.open(self._named_policy(app))
        app.extensions["bandeau"] = self
        app.jinja_env.globals.update(GLOBALS)
        app.before_request(_remember_visit)
        middleware = BandeauMiddleware(app.wsgi_app, site=self._site)
        app.wsgi_app = _Checked(middleware, lambda: self._check(app))  # type: ignore[method-assign]

    def _named_policy(self, app: Flask) -> str | Path:
        found = self._policy or app.config.get("BANDEAU_POLICY")
        if not found:
            raise TypeError('name the policy file: Bandeau(app, policy="bandeau.toml")')
        return Path(str(found))

    def _check(self, app: Flask) -> None:
        needs = (need for view in app.view_functions.values() for need in needs_of(view))
        must_be_declared(needs, self.site.policy)


class _Checked:
    """Looks at the views before the first request: they are registered after the extension."""

    def __init__(self, app: BandeauMiddleware, check: Callable[[], None]) -> None:
        self._app, self._check = app, check
        self._lock = threading.Lock()  # guards _done
        self._done = False

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with self._lock:
            if not self._done:
                self._check()
                self._done = True
        return self._app(environ, start_response)


def _remember_visit(*_: Any) -> None:
    found = current()
    if found is not None:
        g.bandeau = found.visit
