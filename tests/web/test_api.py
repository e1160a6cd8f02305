"""Decisions for other back ends: by token, within its scope, as the document says."""

from __future__ import annotations

import json
import logging
from datetime import date, timedelta
from pathlib import Path

import jsonschema
import pytest

from bandeau.core.consent import Consent
from bandeau.core.cookie import encode
from bandeau.core.request import RequestHead, Response
from bandeau.site import Site
from bandeau.storage.tokenfile import TokenFile, create_token, revoke_token
from bandeau.web.endpoints.api import DECISIONS, DOCUMENT, POLICY, QUESTION_BYTES, Api
from bandeau.web.endpoints.apidocument import openapi
from bandeau.web.endpoints.pending import Pending
from bandeau.web.endpoints.router import Endpoints
from bandeau.web.tallies import Tallies
from tests.web import sites
from tests.web.sites import DAY, header

TODAY = date(1970, 1, 1) + timedelta(days=DAY)


class BackEnd:
    """Another back end, with a token."""

    def __init__(self, path: Path, **scope: object) -> None:
        self.clock = [0.0]
        self.site = Site.in_memory(sites.POLICY, clock=lambda: DAY * 86_400.0)
        kept: dict[str, object] = {
            "name": "cms",
            "environment": "test",
            "purposes": ["audience", "social"],
            "created": TODAY,
            "expires": TODAY + timedelta(days=30),
        }
        self.path = path / "tokens"
        self.token, self.kept = create_token(self.path, **{**kept, **scope})  # type: ignore[arg-type]
        self.api = Api(self.site, TokenFile(self.path), Tallies(), lambda: self.clock[0])

    def send(
        self,
        value: object = None,
        *,
        method: str = "POST",
        where: str = DECISIONS,
        headers: dict[str, str] | None = None,
    ) -> Response:
        """Send a request as it stands."""
        lines = {
            "authorization": f"Bearer {self.token}",
            "content-type": "application/json",
            **(headers or {}),
        }
        body = value if isinstance(value, bytes) else json.dumps(value or {}).encode()
        head = RequestHead(method, "https", "gazette.example", f"/bandeau{where}", "", tuple(lines.items()))
        return self.api.handle(head, body, where)

    def cookie(self, *, granted: int, day: int = DAY) -> str:
        """Return the cookie of a reader who answered everything."""
        return encode(Consent(3, day, 30, granted), sites.SITE, self.site.keyring)


@pytest.fixture
def back_end(tmp_path: Path) -> BackEnd:
    """A back end that may ask about two purposes."""
    return BackEnd(tmp_path)


def decisions(answer: Response) -> dict[str, tuple[bool, str]]:
    """Return what was decided."""
    assert answer.status == 200, answer.body
    found = json.loads(answer.body)["decisions"]
    return {name: (row["allowed"], row["reason"]) for name, row in found.items()}


def test_a_choice_is_decided(back_end: BackEnd) -> None:
    """All purposes of the token, each with its reason."""
    answer = back_end.send({"choice": back_end.cookie(granted=2)})
    assert decisions(answer) == {"audience": (True, "granted"), "social": (False, "denied")}
    assert json.loads(answer.body) | {"decisions": {}} == {
        "site": "gazette",
        "environment": "test",
        "revision": 3,
        "choice": "valid",
        "decisions": {},
    }


@pytest.mark.parametrize(
    ("choice", "state", "reason"),
    [
        (None, "none", "unset"),
        ("", "invalid", "invalid"),
        ("1.3.512c.1e.2.0.0.k1.forged", "invalid", "invalid"),
    ],
)
def test_what_is_no_choice_allows_nothing(
    back_end: BackEnd, choice: str | None, state: str, reason: str
) -> None:
    """Absent, doubled or forged."""
    answer = back_end.send({"choice": choice, "subjects": ["audience"]})
    assert decisions(answer) == {"audience": (False, reason)}
    assert json.loads(answer.body)["choice"] == state


def test_an_old_choice_is_over(back_end: BackEnd) -> None:
    """Six months."""
    answer = back_end.send({"choice": back_end.cookie(granted=2, day=DAY - 183)})
    assert json.loads(answer.body)["choice"] == "expired"
    assert decisions(answer)["audience"] == (False, "expired")


def test_services_and_signals(tmp_path: Path) -> None:
    """A service is covered by its purpose; a signal refuses as it does on the site."""
    back_end = BackEnd(tmp_path, purposes=["social", "advertising"])
    answer = back_end.send({"gpc": True, "subjects": ["youtube", "advertising"]})
    assert decisions(answer) == {"youtube": (False, "unset"), "advertising": (False, "signal")}


@pytest.mark.parametrize("subject", ["advertising", "pixel", "nothing-of-the-kind", "café"])
def test_beyond_the_scope_is_refused(back_end: BackEnd, subject: str) -> None:
    """Declared or not: the answer is the same, so that nobody learns what there is."""
    answer = back_end.send({"subjects": ["audience", subject]})
    assert answer.status == 403
    assert "audience, social" in json.loads(answer.body)["detail"]


@pytest.mark.parametrize(
    "value",
    ["", "Bearer", "Bearer bdt_aaaaaaaa_", "Basic {token}", "{token}", "Bearer {token}x", "Bearer é"],
)
def test_without_a_token_nothing_is_said(back_end: BackEnd, value: str) -> None:
    """401 with a challenge (RFC 6750 §3)."""
    answer = back_end.send(headers={"authorization": value.format(token=back_end.token)})
    assert (answer.status, header(answer, "www-authenticate")) == (401, "Bearer")


def test_a_wrong_secret_is_refused(back_end: BackEnd) -> None:
    """The id alone is worth nothing."""
    wrong = back_end.token[:-1] + ("A" if back_end.token[-1] != "A" else "B")
    assert back_end.send(headers={"authorization": f"Bearer {wrong}"}).status == 401


def test_a_revoked_token_is_refused_at_once(back_end: BackEnd) -> None:
    """No restart."""
    assert back_end.send().status == 200
    assert revoke_token(back_end.path, back_end.kept.id)
    assert back_end.send().status == 401


def test_a_damaged_file_accepts_nobody(back_end: BackEnd, caplog: pytest.LogCaptureFixture) -> None:
    """In doubt nobody is answered, and it is said once."""
    back_end.path.write_text("{")
    assert [back_end.send().status, back_end.send().status] == [401, 401]
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


@pytest.mark.parametrize(("days", "status"), [(0, 200), (-1, 401)])
def test_a_token_has_a_last_day(tmp_path: Path, days: int, status: int) -> None:
    """That day it is good."""
    assert BackEnd(tmp_path, expires=TODAY + timedelta(days=days)).send().status == status


def test_a_token_of_another_environment_is_refused(tmp_path: Path) -> None:
    """What was made for staging asks nothing in production."""
    assert BackEnd(tmp_path, environment="staging").send().status == 403


def test_a_token_asks_so_often_and_no_more(tmp_path: Path) -> None:
    """A burst of two seconds' worth, then its rate; others are not held up."""
    back_end = BackEnd(tmp_path, per_second=2)
    assert [back_end.send().status for _ in range(5)] == [200] * 4 + [429]
    assert header(back_end.send(), "retry-after") == "1"
    back_end.clock[0] += 1
    assert [back_end.send().status for _ in range(3)] == [200, 200, 429]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b"\xff",
        b'{"subjects":[]}',
        b'{"subjects":"audience"}',
        b'{"more":1}',
        b'{"gpc":1}',
        b'{"choice":"%s"}' % (b"x" * 4_097),
        b"[" * 9_000,
        json.dumps({"subjects": ["audience"] * 65}).encode(),
    ],
)
def test_what_is_no_question_is_said_to_be_none(back_end: BackEnd, body: bytes) -> None:
    """400 as a problem (RFC 9457)."""
    answer = back_end.send(body)
    assert (answer.status, header(answer, "content-type")) == (400, "application/problem+json")


def test_other_methods_types_and_addresses(back_end: BackEnd) -> None:
    """405 with Allow, 415, 404."""
    wrong = back_end.send(method="GET")
    assert (wrong.status, header(wrong, "allow")) == (405, "POST")
    assert back_end.send(headers={"content-type": "text/plain"}).status == 415
    assert back_end.send(where="/api/v2/decisions").status == 404


def test_the_policy_is_told_as_far_as_the_token_goes(back_end: BackEnd) -> None:
    """What it takes to verify the cookie without asking; no keys."""
    answer = back_end.send(method="GET", where=POLICY)
    assert json.loads(answer.body) == {
        "site": "gazette",
        "environment": "test",
        "revision": 3,
        "cookie": "__Host-bd",
        "remember_days": 182,
        "purposes": [
            {"id": "audience", "bit": 1, "necessary": False, "gpc": False, "yes_since": 1},
            {"id": "social", "bit": 2, "necessary": False, "gpc": False, "yes_since": 1},
        ],
    }


def test_nothing_of_token_or_choice_is_logged_or_kept(
    back_end: BackEnd, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither in the log, nor in the file, nor in an answer."""
    caplog.set_level(logging.DEBUG)
    cookie = back_end.cookie(granted=2)
    secret = back_end.token.rpartition("_")[2] if back_end.token.count("_") == 2 else back_end.token[13:]
    told = [back_end.send({"choice": cookie, "subjects": [subject]}) for subject in ("audience", "pixel")]
    told.append(back_end.send(headers={"authorization": f"Bearer {back_end.token}x"}))
    kept = caplog.text + back_end.path.read_text() + repr(told)
    assert secret not in kept
    assert cookie not in kept
    assert back_end.path.stat().st_mode & 0o777 == 0o640


def test_questions_are_counted(back_end: BackEnd) -> None:
    """By how they were answered."""
    back_end.send()
    back_end.send(b"{")
    assert back_end.api._tallies.counters.snapshot() == {
        ("decisions", ("200",)): 1,
        ("decisions", ("400",)): 1,
    }


def test_answers_are_nobody_else_s(back_end: BackEnd) -> None:
    """No cache keeps them, and no page may read them."""
    answer = back_end.send()
    assert header(answer, "cache-control") == "private, no-store"
    assert header(answer, "access-control-allow-origin") == ""


def test_the_router_leads_there(tmp_path: Path) -> None:
    """The document is for everybody; a site without a folder has no tokens; 413 beyond the limit."""
    site = Site.in_memory(sites.POLICY, clock=lambda: DAY * 86_400.0)
    endpoints = Endpoints(site)

    def send(method: str, path: str, body: bytes = b"") -> Response:
        head = RequestHead(
            method, "https", "gazette.example", path, "", (("content-type", "application/json"),)
        )
        answer = endpoints.handle(head, body, site.visit(head))
        assert not isinstance(answer, Pending)
        return answer

    assert json.loads(send("GET", f"/bandeau{DOCUMENT}").body) == openapi("/bandeau")
    assert send("POST", f"/bandeau{DECISIONS}", b"{}").status == 401
    assert send("POST", f"/bandeau{DECISIONS}", b" " * (QUESTION_BYTES + 1)).status == 413


def test_the_committed_document_is_the_served_one() -> None:
    """`python -m bandeau.web.endpoints.apidocument spec/openapi.json` writes it."""
    committed = json.loads((Path(__file__).parents[2] / "spec" / "openapi.json").read_text())
    assert committed == openapi()


def test_examples_of_the_document_are_questions() -> None:
    """What the document shows is valid by itself."""
    question = openapi()["components"]["schemas"]["Question"]
    for example in question["examples"]:
        jsonschema.Draft202012Validator(question).validate(example)
