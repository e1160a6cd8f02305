"""/proof tells what third parties received, beside the reader's choice."""

from __future__ import annotations

from http.client import HTTPConnection
from typing import Any

import pytest

from standin import StandIn

from .conftest import MakeVisit


@pytest.fixture(autouse=True)
def _empty_log(third_parties: StandIn) -> None:
    third_parties.reset()


def call(standin: StandIn, host: str, path: str) -> None:
    """A third party gets a request."""
    connection = HTTPConnection("127.0.0.1", standin.port, timeout=5)
    connection.request("GET", path, headers={"Host": f"{host}.localhost:{standin.port}"})
    connection.getresponse().read()
    connection.close()


def text_of(client: Any, visit: Any = None) -> str:
    """The page's markup."""
    extra = {} if visit is None else {"bandeau": visit}
    return str(client.get("/proof", **extra).content.decode())


def test_nothing_received_is_said_so(client: Any, visit: MakeVisit) -> None:
    """An empty log is good news, in words."""
    assert "Aucun tiers n’a reçu d’appel" in text_of(client, visit(answered=False))


def test_the_choice_stands_beside_it_with_its_reasons(client: Any, visit: MakeVisit) -> None:
    """Each purpose is named with what the reader decided."""
    markup = text_of(client, visit("social"))
    assert "vous l’avez autorisé" in markup
    assert "vous l’avez refusé" in markup
    assert "indispensable au fonctionnement" in markup


def test_an_allowed_call_is_called_allowed(client: Any, visit: MakeVisit, third_parties: StandIn) -> None:
    """The service and what it was told are named."""
    call(third_parties, "ga4", "/g/collect?cid=1&dl=http://a.test/")
    markup = text_of(client, visit("audience"))
    assert "Google Analytics" in markup
    assert "l’adresse de la page lue" in markup
    assert "tous couverts par votre choix actuel" in markup


def test_a_refused_call_is_called_refused(client: Any, visit: MakeVisit, third_parties: StandIn) -> None:
    """A leak, or a call from before a withdrawal, is never shown as fine."""
    call(third_parties, "ga4", "/g/collect")
    assert "Refusé par votre choix actuel" in text_of(client, visit("ads"))


def test_two_services_of_one_host_are_judged_apart(
    client: Any, visit: MakeVisit, third_parties: StandIn
) -> None:
    """A network's share button and its advertising pixel have different purposes."""
    call(third_parties, "facebook", "/fr_FR/sdk.js")
    call(third_parties, "facebook", "/tr?id=1")
    received = client.get("/proof", bandeau=visit("social")).context["proof"].received
    assert [(line.service, line.verdict) for line in received] == [
        ("Pixel de Meta", "refused"),
        ("Bouton de partage de Facebook", "allowed"),
    ]


@pytest.mark.parametrize(("granted", "verdict"), [(("ads",), "delegated"), ((), "refused")])
def test_an_undeclared_host_is_delegated_or_refused(
    client: Any, visit: MakeVisit, third_parties: StandIn, granted: tuple[str, ...], verdict: str
) -> None:
    """Hosts that only an allowed open service can have called are delegated."""
    call(third_parties, "bidder-a", "/bid")
    (line,) = client.get("/proof", bandeau=visit(*granted)).context["proof"].received
    assert line.verdict == verdict


def test_without_bandeau_it_says_that_nobody_was_asked(client: Any, third_parties: StandIn) -> None:
    """The comparison run is named as such."""
    call(third_parties, "ga4", "/gtag/js")
    assert "Bandeau est débranché" in text_of(client)


def test_the_log_can_be_emptied_from_the_page_alone(client: Any, third_parties: StandIn) -> None:
    """A reset from another site is refused."""
    call(third_parties, "ga4", "/gtag/js")
    assert client.post("/proof/reset", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert len(third_parties.hits) == 1
    assert client.post("/proof/reset", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 302
    assert third_parties.hits == []
