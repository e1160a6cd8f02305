"""``api/v1``: decisions for other back ends, by token; described by ``api/openapi.json``.

A token names the purposes that it may ask about and the environment it is for; what lies beyond is
403, whether it is declared or not. Neither tokens nor choices are ever logged.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from datetime import date
from typing import Annotated

import msgspec

from bandeau.core.consent import INVALID, Consent, Known
from bandeau.core.cookie import choice_cookie_name, decode
from bandeau.core.decision import Signals, decide
from bandeau.core.policy import Policy, Purpose, Service
from bandeau.core.request import RequestHead, Response
from bandeau.site import Site
from bandeau.storage.tokenfile import Token, TokenFile
from bandeau.web import counters
from bandeau.web.endpoints.answers import answer, data, problem
from bandeau.web.endpoints.apidocument import openapi
from bandeau.web.endpoints.limits import Bucket
from bandeau.web.tallies import Tallies

#: The most bytes of a question: the longest choice, with each character escaped.
QUESTION_BYTES = 64 * 1024
#: The most purposes and services of one question.
MOST_SUBJECTS = 64
DOCUMENT = "/api/openapi.json"
DECISIONS = "/api/v1/decisions"
POLICY = "/api/v1/policy"
_EPOCH = date(1970, 1, 1).toordinal()
_CHALLENGE = (("www-authenticate", "Bearer"),)


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a back end asks."""

    #: The value of the choice cookie, ``None`` when the browser sent none.
    choice: Annotated[str, msgspec.Meta(max_length=4096)] | None = None
    gpc: bool = False
    subjects: (
        Annotated[
            list[Annotated[str, msgspec.Meta(min_length=1, max_length=64)]],
            msgspec.Meta(min_length=1, max_length=MOST_SUBJECTS),
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET


class Api:
    """Answers other back ends.

    Args:
        clock: seconds that never go back.
    """

    def __init__(
        self,
        site: Site,
        tokens: TokenFile | None,
        tallies: Tallies,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._site, self._tokens, self._tallies, self._clock = site, tokens, tallies, clock
        self._lock = threading.Lock()  # guards _buckets
        self._buckets: dict[str, Bucket] = {}

    def handle(self, head: RequestHead, body: bytes, where: str) -> Response:
        """Answer a request to an address below ``/api/``."""
        methods = {DOCUMENT: "GET, HEAD", POLICY: "GET, HEAD", DECISIONS: "POST"}.get(where)
        if methods is None:
            return problem(404, "Not found", "There is nothing at this address.")
        if head.method not in methods.split(", "):
            allow = (("allow", methods),)
            return problem(405, "Method not allowed", f"Use {methods} here.", headers=allow)
        if where == DOCUMENT:
            document = msgspec.json.encode(openapi(self._site.policy.enforce.prefix))
            return answer(200, document, "application/json", cache="public, max-age=3600")
        found = self._answer(head, body, where)
        self._tallies.counters.add(counters.DECISIONS, str(found.status))
        return found

    def _answer(self, head: RequestHead, body: bytes, where: str) -> Response:
        token = self._token(head)
        if isinstance(token, Response):
            return token
        pause = self._pause(token)
        if pause:
            retry = (("retry-after", str(pause)),)
            return problem(429, "Too many", f"This token asks {token.per_second} a second.", headers=retry)
        policy = self._site.policy
        if where == POLICY:
            return data(200, described(policy, token))
        return self._decide(policy, token, head, body)

    def _token(self, head: RequestHead) -> Token | Response:
        """Return the token of a request, or why it is none."""
        lines = head.all("authorization")
        scheme, _, text = lines[0].partition(" ") if len(lines) == 1 else ("", "", "")
        token = self._tokens.find(text.strip()) if self._tokens and scheme.lower() == "bearer" else None
        if token is None:
            detail = "Send `Authorization: Bearer bdt_…`; make a token with: bandeau tokens create"
            return problem(401, "No valid token", detail, headers=_CHALLENGE)
        if token.expires.toordinal() - _EPOCH < self._site.today():
            return problem(
                401, "The token has expired", f"Its last day was {token.expires}.", headers=_CHALLENGE
            )
        if token.environment != self._site.policy.site.environment:
            own = self._site.policy.site.environment
            detail = f"The token is for the environment {token.environment}; this is {own}."
            return problem(403, "Another environment", detail)
        return token

    def _pause(self, token: Token) -> int:
        """Take one question of a token; return 0, or the seconds after which to try again."""
        now = self._clock()
        with self._lock:
            bucket = self._buckets.get(token.id)
            if bucket is None:
                bucket = self._buckets[token.id] = Bucket(2 * token.per_second, token.per_second, now)
            pause = bucket.pause(now)
            if not pause:
                bucket.tokens -= 1
        return math.ceil(pause)

    def _decide(self, policy: Policy, token: Token, head: RequestHead, body: bytes) -> Response:
        if head.first("content-type").partition(";")[0].strip().lower() != "application/json":
            return problem(415, "Unsupported media type", "Send a question as application/json.")
        try:
            question = msgspec.json.decode(body, type=Question)
        except (msgspec.MsgspecError, RecursionError) as error:
            return problem(400, "This is no question", str(error))
        asked = in_scope(policy, token) if question.subjects is msgspec.UNSET else question.subjects
        subjects = [(name, _subject(policy, token, name)) for name in asked]
        beyond = [name for name, subject in subjects if subject is None]
        if beyond:
            names = ", ".join(in_scope(policy, token)) or "nothing that is declared"
            detail = f"The token does not cover {beyond[0][:64]!r}. It covers the purposes: {names}."
            return problem(403, "Beyond the token's scope", detail)
        return data(200, self._decided(policy, question, subjects))

    def _decided(
        self, policy: Policy, question: Question, subjects: list[tuple[str, Purpose | Service | None]]
    ) -> dict[str, object]:
        site, today = self._site, self._site.today()
        choice = question.choice
        known = None if choice is None else decode(choice, policy.site, site.keyring)
        signals = Signals(gpc=question.gpc)
        decisions = {
            name: decide(policy, known, subject, today, signals, site.regime)
            for name, subject in subjects
            if subject is not None
        }
        return {
            "site": policy.site.id,
            "environment": policy.site.environment,
            "revision": policy.revision,
            "choice": standing(policy, known, today),
            "decisions": {
                name: {"allowed": decision.allowed, "reason": decision.reason.value}
                for name, decision in decisions.items()
            },
        }


def standing(policy: Policy, known: Known, today: int) -> str:
    """Say what a choice cookie is worth: ``none``, ``invalid``, ``expired`` or ``valid``."""
    if known is None:
        return "none"
    if known is INVALID or not isinstance(known, Consent) or known.day > today + 1:
        return "invalid"
    return "expired" if today - known.day > policy.remember_days else "valid"


def in_scope(policy: Policy, token: Token) -> list[str]:
    """Return the declared purposes that a token covers, in the order of the policy."""
    return [purpose.id for purpose in policy.purposes if purpose.id in token.purposes]


def described(policy: Policy, token: Token) -> dict[str, object]:
    """Return what it takes to verify the cookie without asking, for the purposes of a token."""
    site = policy.site
    return {
        "site": site.id,
        "environment": site.environment,
        "revision": policy.revision,
        "cookie": choice_cookie_name(site),
        "remember_days": policy.remember_days,
        "purposes": [
            {
                "id": purpose.id,
                "bit": purpose.bit,
                "necessary": purpose.necessary,
                "gpc": purpose.gpc,
                "yes_since": policy.yes_since(purpose),
            }
            for purpose in policy.purposes
            if purpose.id in token.purposes
        ],
    }


def _subject(policy: Policy, token: Token, name: str) -> Purpose | Service | None:
    found = policy.subject(name)
    purpose = found.purpose if isinstance(found, Service) else name
    return found if purpose in token.purposes else None
