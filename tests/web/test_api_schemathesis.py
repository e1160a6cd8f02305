"""The document and what answers are compared by somebody else's tool: schemathesis, over ASGI."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.openapi.checks import JsonSchemaError

from bandeau.site import Site
from bandeau.storage.tokenfile import create_token, tokenfile_path
from bandeau.web.asgi import BandeauMiddleware, Receive, Scope, Send
from bandeau.web.endpoints.apidocument import Document
from tests.web import sites
from tests.web.sites import DAY

TODAY = date(1970, 1, 1) + timedelta(days=DAY)
OPERATIONS = [("/api/v1/decisions", "POST"), ("/api/v1/policy", "GET"), ("/api/openapi.json", "GET")]
EVERYDAY, LONG = 150, 20_000


async def behind(scope: Scope, receive: Receive, send: Send) -> None:
    """The application behind: of it nothing but its start and its end is asked here."""
    assert scope["type"] == "lifespan"
    for event in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{event}.complete"})


class Served:
    """A site, and a token that is never too fast."""

    def __init__(self, folder: Path) -> None:
        self.site = Site.in_memory(sites.POLICY, clock=lambda: DAY * 86_400.0)
        self.site.folder = folder
        self.token, _ = create_token(
            tokenfile_path(folder),
            name="any",
            environment="test",
            purposes=["audience", "social"],
            created=TODAY,
            expires=TODAY,
            per_second=1_000_000,
        )
        self.app = BandeauMiddleware(behind, site=self.site)

    def try_all(
        self, path: str, method: str, mode: GenerationMode, examples: int, *, change: str = ""
    ) -> Counter[int]:
        """Send what the document admits, or what it does not; return how often each status came.

        Raises:
            FailureGroup: an answer is not what the document says.
        """
        schema = schemathesis.openapi.from_asgi("/bandeau/api/openapi.json", self.app)
        if change:
            reasons(schema.raw_schema).remove(change)
        seen: Counter[int] = Counter()

        @settings(
            max_examples=examples,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=schema[path][method].as_strategy(generation_mode=mode))
        def run(case: schemathesis.Case) -> None:
            answer = case.call_and_validate(headers={"Authorization": f"Bearer {self.token}"})
            seen[answer.status_code] += 1

        run()
        return seen


def reasons(document: Document) -> list[str]:
    """Return the reasons that the document lists."""
    decision = document["components"]["schemas"]["Answer"]["properties"]["decisions"]["additionalProperties"]
    found: list[str] = decision["properties"]["reason"]["enum"]
    return found


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """One site for all cases."""
    with tempfile.TemporaryDirectory() as folder:
        yield Served(Path(folder))


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_what_the_document_admits_is_answered_as_it_says(served: Served, path: str, method: str) -> None:
    """No 5xx, no status, type or body that is not in it."""
    seen = served.try_all(path, method, GenerationMode.POSITIVE, EVERYDAY)
    assert seen[200]
    assert seen.keys() <= {200, 403}


def test_what_the_document_forbids_is_refused(served: Served) -> None:
    """No 5xx, and a body that is no question is never answered by decisions (schemathesis checks that)."""
    seen = served.try_all("/api/v1/decisions", "POST", GenerationMode.NEGATIVE, EVERYDAY)
    assert seen[400]
    assert seen.keys() <= {200, 400, 401, 403, 413, 415}


def test_a_document_that_is_wrong_is_found(served: Served) -> None:
    """The control: with one reason missing from the document, its answers no longer conform."""
    with pytest.raises(FailureGroup) as found:
        served.try_all("/api/v1/decisions", "POST", GenerationMode.POSITIVE, EVERYDAY, change="unset")
    assert [type(failure) for failure in found.value.exceptions] == [JsonSchemaError]


@pytest.mark.long
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_many_more(served: Served, mode: GenerationMode) -> None:
    """The same, for longer."""
    seen = served.try_all("/api/v1/decisions", "POST", mode, LONG)
    assert not [status for status in seen if status >= 500]
