"""The doorman of a staging site: credentials and headers, shown to the site's own hosts and nobody else."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from bandeau.audit.collect.cdp import Message
from bandeau.audit.collect.sessions import Session, Sessions


@dataclass(slots=True)
class Doorman:
    """Adds what a staging site asks for to the requests that go there.

    Only requests to ``hosts`` are paused for it; all others go their way untouched.
    """

    sessions: Sessions
    hosts: frozenset[str]
    credentials: tuple[str, str] | None = None
    headers: tuple[tuple[str, str], ...] = ()

    def start(self) -> None:
        """Stand at the door, if there is anything to show."""
        if self.credentials or self.headers:
            patterns = [
                {"urlPattern": f"*://{host}{rest}"} for host in sorted(self.hosts) for rest in ("/*", ":*")
            ]
            asked: Message = {"patterns": patterns, "handleAuthRequests": self.credentials is not None}
            self.sessions.set_up.append(lambda session: self.sessions.send(session, "Fetch.enable", **asked))
            self.sessions.listeners.append(self.hear)

    def hear(self, session: Session, method: str, params: Message) -> None:
        """Take an event of the Fetch domain."""
        if method == "Fetch.requestPaused":
            headers = [*params["request"]["headers"].items(), *self.headers]
            told = [{"name": name, "value": value} for name, value in headers]
            self.sessions.send(session, "Fetch.continueRequest", requestId=params["requestId"], headers=told)
        elif method == "Fetch.authRequired":
            self.sessions.send(
                session,
                "Fetch.continueWithAuth",
                requestId=params["requestId"],
                authChallengeResponse=self._answer(params["authChallenge"]),
            )

    def _answer(self, challenge: Message) -> Message:
        # A proxy that asks is not the site, and a third party that asks is not either.
        host = challenge.get("origin", "").partition("://")[2].partition(":")[0]
        if self.credentials is None or challenge.get("source") == "Proxy" or host not in self.hosts:
            return {"response": "Default"}
        name, password = self.credentials
        return {"response": "ProvideCredentials", "username": name, "password": password}


def kept_items(state: Iterable[object]) -> str:
    """Return a script that puts Web Storage back as Playwright's ``storage_state`` keeps it.

    >>> kept_items([])
    ''
    """
    origins = {
        str(each["origin"]): [(str(i["name"]), str(i["value"])) for i in each.get("localStorage", ())]
        for each in state
        if isinstance(each, dict)
    }
    if not origins:
        return ""
    return (
        f"for (const [name, value] of ({json.dumps(origins)})[location.origin] || [])"
        " try { localStorage.setItem(name, value); } catch {}"
    )
