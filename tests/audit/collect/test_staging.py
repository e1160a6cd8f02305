"""A site that is not public is visited with what it asks for, and nobody else is shown it."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from bandeau.audit.observation import StorageItem

from .stage import Answer, Stage
from .visits import options_for, visit

pytestmark = pytest.mark.browser

SITE = "https://staging.test/"
LOCKED = Answer("locked", status=401, headers=(("WWW-Authenticate", 'Basic realm="staging"'),))
BASIC = "Basic " + base64.b64encode(b"anna:pass:word").decode()


class Locked(Stage):
    """Answers only who shows the credentials; the third party asks for some, too."""

    def answer_to(self, host: str, target: str, headers: Mapping[str, str]) -> Answer:
        """Ask for credentials, or answer."""
        known = headers.get("authorization") == BASIC
        return super().answer_to(host, target, headers) if known else LOCKED


@pytest.fixture
def page() -> str:
    """A page with an image of its own and one of somebody else's."""
    return "<title>In</title><p>Words<img src='/own.gif'><img src='https://other.example/i.gif'>"


@pytest.fixture
def open_stage(tmp_path: Path, page: str) -> Iterator[Stage]:
    """Serve the page without a lock."""
    with Stage(tmp_path, {"staging.test/": page}) as stage:
        yield stage


def shown(stage: Stage, header: str) -> dict[str, set[str]]:
    """Return what each host was shown of a header."""
    found: dict[str, set[str]] = {}
    for hit in stage.hits:
        found.setdefault(hit.url.split("/")[2], set()).add(hit.headers.get(header, ""))
    return found


def test_credentials_open_the_site(tmp_path: Path, page: str) -> None:
    """And are not given to a third party that asks for some."""
    with Locked(tmp_path, {"staging.test/": page}) as stage:
        made = visit(options_for(stage, SITE, http_auth=("anna", "pass:word")))
        seen = shown(stage, "authorization")

    assert made.outcome == "ok", made.reason
    assert BASIC in seen["staging.test"]
    assert seen["other.example"] == {""}


def test_without_credentials_the_site_stays_closed(tmp_path: Path, page: str) -> None:
    """The positive control: it is really locked, and that is no clean page."""
    with Locked(tmp_path, {"staging.test/": page}) as stage:
        made = visit(options_for(stage, SITE))

    assert (made.outcome, "--http-auth" in made.reason) == ("unreachable", True)


def test_headers_are_shown_to_the_site_alone(open_stage: Stage) -> None:
    """With each of its requests."""
    made = visit(options_for(open_stage, SITE, headers=(("X-Staging", "secret"),)))

    assert made.outcome == "ok", made.reason
    assert shown(open_stage, "x-staging") == {"staging.test": {"secret"}, "other.example": {""}}
    assert "secret" not in repr(made)


def test_a_session_is_put_back(open_stage: Stage) -> None:
    """Cookies and Web Storage, in Playwright's form; what the site takes away stays away."""
    open_stage.answers["staging.test/"] = (
        "<title>In</title><p>Words<script>localStorage.seen=localStorage.token;localStorage.removeItem('token')</script>"
    )
    cookie = {
        "name": "sid",
        "value": "abc",
        "domain": "staging.test",
        "path": "/",
        "expires": -1,
        "httpOnly": True,
        "secure": True,
        "sameSite": "Lax",
    }
    items = [{"name": "token", "value": "given"}]
    state = {"cookies": [cookie], "origins": [{"origin": "https://staging.test", "localStorage": items}]}
    made = visit(options_for(open_stage, SITE, storage_state=state))
    stored = {
        (fact.key, fact.value_length, fact.step)
        for fact in made.observations
        if isinstance(fact, StorageItem) and not fact.removed
    }

    assert made.outcome == "ok", made.reason
    assert "sid=abc" in shown(open_stage, "cookie")["staging.test"]
    assert ("seen", 5, "arrived") in stored
    assert ("seen", 9, "reloaded") in stored  # the text "undefined": nothing was there any more
    assert "token" not in {key for key, _, _ in stored}
