"""Each case of the corpus through ASGI and WSGI: equal bytes, and the effect that was expected."""

from __future__ import annotations

import logging

import pytest

from bandeau.core.request import RequestHead
from bandeau.enforcement.csp import ENFORCED, REPORT_ONLY
from tests.web.gateway.case import Case, decoded
from tests.web.gateway.cases import CASES
from tests.web.gateway.drivers import Outcome, through_asgi, through_wsgi
from tests.web.gateway.fakes import FakeSite, gateway


def test_the_corpus_is_large_and_its_names_differ() -> None:
    """At least 200 cases."""
    assert len({case.name for case in CASES}) == len(CASES) >= 200


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_both_servers_give_the_same_and_what_was_expected(
    case: Case, caplog: pytest.LogCaptureFixture
) -> None:
    """Status, headers, body, what the application saw, and one log line where something was left."""
    with caplog.at_level(logging.INFO, "bandeau.test"):
        asgi = through_asgi(gateway(case.policy), case)
    logged = [record.getMessage() for record in caplog.records if record.name == "bandeau.test"]
    wsgi = through_wsgi(gateway(case.policy), case)
    assert (asgi.status, asgi.headers, asgi.body) == (wsgi.status, wsgi.headers, wsgi.body)
    assert (asgi.seen is None) == (wsgi.seen is None)
    assert asgi.status == (case.answer or case.status)
    assert [bool(case.log)] == [case.log in line for line in logged] or (not case.log and not logged)
    _check_reach(case, asgi)
    _check_body(case, asgi)
    _check_policy(case, asgi)
    _check_headers(case, asgi)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_second_reader_gets_the_same_from_the_memo(case: Case) -> None:
    """A page that is remembered is the page that was made."""
    warm = gateway(case.policy)
    first, second = through_asgi(warm, case), through_asgi(warm, case)
    assert (first.status, first.headers, first.body) == (second.status, second.headers, second.body)


def _check_reach(case: Case, outcome: Outcome) -> None:
    assert (outcome.seen is not None) == case.reaches
    for name, value in case.seen.items():
        assert (outcome.seen or {}).get(name) == value


def _check_body(case: Case, outcome: Outcome) -> None:
    sent = b"".join(case.chunks)
    if case.body == "empty":
        assert outcome.body == b""
    elif case.body == "same":
        assert outcome.body == sent
    elif isinstance(case.body, bytes):
        assert decoded(outcome.headers, outcome.body) == case.body
    else:
        text = decoded(outcome.headers, outcome.body).decode("utf-8", "replace")
        assert [part for part in case.has if part not in text] == []
        assert [part for part in case.lacks if part in text] == []
    lengths = outcome.all("content-length")
    if lengths and case.method != "HEAD" and case.body != "empty":
        assert lengths == [str(len(outcome.body))]


def _check_policy(case: Case, outcome: Outcome) -> None:
    site = FakeSite(case.policy)
    compiled = gateway(case.policy).compiled(case.policy)
    visit = site.visit(RequestHead("GET", "https", case.host, case.path, headers=tuple(case.request_headers)))
    wanted = {"refuse-all": compiled.refuse_all, "visitor": compiled.csp(visit.allowed_services)}.get(
        case.csp
    )
    name, other = (REPORT_ONLY, ENFORCED) if case.report else (ENFORCED, REPORT_ONLY)
    ours = [value for value in outcome.all(name) if value.endswith("; report-uri /bandeau/reports")]
    assert ours == ([wanted] if wanted else [])
    assert not [value for value in outcome.all(other) if value.endswith("; report-uri /bandeau/reports")]


def _check_headers(case: Case, outcome: Outcome) -> None:
    for name, values in case.out.items():
        found = outcome.all(name)
        if values[-1:] == ["+ours"]:
            found, values = found[:-1], values[:-1]
        assert (name, found) == (name, values)
