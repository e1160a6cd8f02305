"""/proof tells what third parties received, beside the reader's choice."""

from __future__ import annotations

import time
from collections.abc import Callable
from http.client import HTTPConnection
from typing import Any

import pytest

from standin import StandIn

from .conftest import MakeVisit


@pytest.fixture(autouse=True)
def _empty_log(third_parties: StandIn) -> None:
    third_parties.reset()


def call(standin: StandIn, host: str, path: str, referer: str = "") -> None:
    """A third party gets a request."""
    connection = HTTPConnection("127.0.0.1", standin.port, timeout=5)
    connection.request("GET", path, headers={"Host": f"{host}.localhost:{standin.port}", "Referer": referer})
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
    assert "1 autorisé. Aucun que votre choix actuel refuse" in markup


def lines(client: Any, visit: Any) -> list[tuple[str, str]]:
    """Service and verdict of each line."""
    received = client.get("/proof", bandeau=visit).context["proof"].received
    return [(line.service, line.verdict) for line in received]


@pytest.fixture
def chosen(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets how many seconds ago the record of the choice says it was made."""

    def ago(seconds: float) -> None:
        monkeypatch.setattr("audience.proof.chosen_at", lambda subject: time.time() - seconds)

    return ago


def test_a_refused_call_is_called_refused(
    client: Any, visit: MakeVisit, third_parties: StandIn, chosen: Callable[[float], None]
) -> None:
    """A call since the choice that refuses it is never shown as fine."""
    call(third_parties, "ga4", "/g/collect")
    chosen(60)
    assert "Refusé par votre choix actuel" in text_of(client, visit("ads"))
    assert "Refusé par votre choix actuel" in text_of(client, visit(answered=False))


@pytest.mark.parametrize("granted", ["audience", "ads"])
def test_a_call_from_before_the_choice_is_told_apart(
    client: Any, visit: MakeVisit, third_parties: StandIn, chosen: Callable[[float], None], granted: str
) -> None:
    """Neither a yes nor a no reaches back."""
    call(third_parties, "ga4", "/g/collect")
    chosen(-60)
    markup = text_of(client, visit(granted))
    assert "Reçu avant votre dernier choix" in markup
    assert "Refusé par votre choix actuel" not in markup
    assert "1 d’avant votre dernier choix" in markup


def test_a_choice_of_unknown_time_accuses_nobody(
    client: Any, visit: MakeVisit, third_parties: StandIn
) -> None:
    """The cookie holds the day alone."""
    call(third_parties, "ga4", "/g/collect")
    assert lines(client, visit("ads")) == [("Google Analytics", "undated")]


@pytest.mark.parametrize("answered", [True, False])
def test_an_embed_shown_once_accuses_nobody(
    client: Any, visit: MakeVisit, third_parties: StandIn, chosen: Callable[[float], None], answered: bool
) -> None:
    """With what the frame loads inside itself."""
    chosen(60)
    call(third_parties, "youtube", "/embed/1")
    call(third_parties, "videoads", "/id.gif", f"http://youtube.localhost:{third_parties.port}/")
    assert lines(client, visit(answered=answered)) == [
        ("appelé par : Vidéos de YouTube", "once"),
        ("Vidéos de YouTube", "once"),
    ]


def test_a_call_of_a_frame_is_its_services_and_not_its_hosts(
    client: Any, visit: MakeVisit, third_parties: StandIn
) -> None:
    """A share button's own picture is no advertising pixel, allowed or not."""
    frame = f"http://facebook.localhost:{third_parties.port}/plugins/like.php"
    call(third_parties, "facebook", "/impression.gif", frame)
    assert lines(client, visit("social")) == [("appelé par : Bouton de partage de Facebook", "delegated")]
    assert "1 délégué." in text_of(client, visit("social"))


def test_what_was_told_is_said_once(client: Any, visit: MakeVisit, third_parties: StandIn) -> None:
    """Two pages of origin are one kind of information."""
    for page in ("/a/", "/b/"):
        call(third_parties, "ga4", "/g/collect", f"http://127.0.0.1:8000{page}")
    assert text_of(client, visit("audience")).count("d’où vient l’appel") == 1


def test_two_services_of_one_host_are_judged_apart(
    client: Any, visit: MakeVisit, third_parties: StandIn, chosen: Callable[[float], None]
) -> None:
    """A network's share button and its advertising pixel have different purposes."""
    chosen(60)
    call(third_parties, "facebook", "/fr_FR/sdk.js")
    call(third_parties, "facebook", "/tr?id=1")
    assert lines(client, visit("social")) == [
        ("Pixel de Meta", "refused"),
        ("Bouton de partage de Facebook", "allowed"),
    ]


@pytest.mark.parametrize(("granted", "verdict"), [(("ads",), "delegated"), ((), "refused")])
def test_an_undeclared_host_is_delegated_or_refused(
    client: Any,
    visit: MakeVisit,
    third_parties: StandIn,
    chosen: Callable[[float], None],
    granted: tuple[str, ...],
    verdict: str,
) -> None:
    """Hosts that only an allowed open service can have called are delegated."""
    chosen(60)
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
