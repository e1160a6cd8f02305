"""Webhooks: signed so that anybody can check it, bounded, and never sent where they should not go."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import time
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bandeau.errors import KeyFileError, WebhookError
from bandeau.ledger.outbox import Effects
from bandeau.profiles import webhook
from bandeau.profiles.delivery import pause_after
from bandeau.profiles.webhook import create_secret, post, read_secrets
from bandeau.site import Site, Withdrawal
from tests.profiles.reader import Browser, newspaper
from tests.profiles.receiver import Receiver, receiver
from tests.profiles.site import POLICY, site_in
from tests.storage.records import a_record

GONE = Withdrawal("reading", "S" * 22, {"lecture": "k1"})


@pytest.fixture
def other() -> Iterator[Receiver]:
    """Another server."""
    with receiver() as made:
        yield made


@pytest.fixture
def site(tmp_path: Path, other: Receiver) -> Iterator[Site]:
    """A site whose policy names it."""
    create_secret(tmp_path / "bandeau-webhook.secret")
    made = site_in(tmp_path, POLICY + f'webhook = "{other.url}"\nwebhook_private = true\n')
    yield made
    made.close()


def withdraw(site: Site) -> None:
    """Record a withdrawal with what it owes; who is elsewhere is told in the background."""
    owed = site.withdrawals.owe([GONE])
    now = site.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    site.store.submit(a_record(at=now, site=site.series), key=owed[0].id, effects=Effects(owed)).result(10)
    site.carry_out(owed)


def test_the_other_server_is_told_and_can_check_who_speaks(
    site: Site, other: Receiver, tmp_path: Path
) -> None:
    """By id, time and body under the shared secret, with nothing but a standard library."""
    withdraw(site)
    assert other.calls == []
    assert site.withdrawals.run_due() == 1
    ((path, headers, body),) = other.calls
    secret = b64decode((tmp_path / "bandeau-webhook.secret").read_text().strip().removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = hmac.new(secret, signed, hashlib.sha256).digest()
    assert b64decode(headers["webhook-signature"].removeprefix("v1,")) == digest
    assert abs(int(headers["webhook-timestamp"]) - site.now().timestamp()) < 60
    told = json.loads(body)
    assert isinstance(told.pop("withdrawn_at"), int)
    assert told == {
        "type": "profile.withdrawn",
        "site": "journal",
        "environment": "test",
        "profile": "readings",
        "purpose": "reading",
        "subject_id": "S" * 22,
        "account": "",
        "cookies": {"lecture": "k1"},
    }
    assert (path, site.withdrawals.debts()) == ("/erase?from=bandeau", [])


def test_a_refusal_in_the_browser_reaches_the_other_server(site: Site, other: Receiver) -> None:
    """In the background, soon after the answer; an accept does not."""
    browser = Browser(newspaper(site, lambda _: None))
    browser.read()
    assert browser.choose("accept").status_code == 200
    assert (site.withdrawals.debts(), other.calls) == ([], [])
    browser.cookies["lecture"] = "k7"
    assert browser.choose("refuse").status_code == 200
    for _ in range(1500):
        if not site.withdrawals.debts():
            break
        time.sleep(0.02)
    assert [json.loads(body)["cookies"] for _, _, body in other.calls] == [{"lecture": "k7"}]


@pytest.mark.parametrize("status", [200, 204, 299])
def test_only_success_acknowledges(status: int, other: Receiver) -> None:
    """Any 2xx."""
    other.answers = [status]
    post(other.url, b"{}", {}, private=True)
    assert len(other.calls) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 400, 404, 410, 500])
def test_anything_else_does_not_and_no_redirect_is_followed(status: int, other: Receiver) -> None:
    """One call, whatever the answer points at."""
    other.answers = [status]
    with pytest.raises(WebhookError, match=f"127.0.0.1 answered {status}"):
        post(other.url, b"{}", {}, private=True)
    assert len(other.calls) == 1


def test_an_unacknowledged_call_is_made_again_under_the_same_id(site: Site, other: Receiver) -> None:
    """So that the other server can tell a repetition."""
    other.answers = [500, 204]
    withdraw(site)
    site.withdrawals.run_due()
    (debt,) = site.withdrawals.debts()
    assert (debt.tries, debt.error) == (1, "WebhookError: 127.0.0.1 answered 500")
    assert debt.owed.due_at - site.now().timestamp() <= pause_after(1)
    site.withdrawals.retry()
    site.withdrawals.run_due()
    assert len({headers["webhook-id"] for _, headers, _ in other.calls}) == 1
    assert (len(other.calls), site.withdrawals.debts()) == (2, [])


@pytest.mark.parametrize("manner", ["hang", "drip"])
def test_a_server_that_does_not_come_to_an_end_is_left(
    manner: str, other: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Silence is bounded, and so is a byte now and then."""
    monkeypatch.setattr(webhook, "WAIT_SECONDS", 0.3)
    monkeypatch.setattr(webhook, "CALL_SECONDS", 0.6)
    other.answers = [manner]
    with pytest.raises(WebhookError):
        post(other.url, b"{}", {}, private=True)


def test_a_server_that_is_away_is_an_error() -> None:
    """Nothing listens there."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(WebhookError, match="refused"):
            post(f"http://127.0.0.1:{taken.getsockname()[1]}/", b"", {}, private=True)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
        "127.1",
    ],
)
def test_no_call_goes_into_the_own_network(host: str, other: Receiver) -> None:
    """However it is written; nobody is connected to."""
    with pytest.raises(WebhookError, match="no open network"):
        post(f"http://{host}:{other.port}/", b"{}", {})
    assert other.calls == []


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "10.0.0.1", "100.64.0.1", "::1", "fe80::1", "64:ff9b::a00:1"]
)
def test_a_name_that_leads_there_is_refused_too(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when another of its addresses is public; nothing is connected to before."""
    connected: list[object] = []
    monkeypatch.setattr(socket, "create_connection", lambda *a, **k: connected.append(a))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: _found("93.184.215.14", address))
    with pytest.raises(WebhookError, match="no open network"):
        post("https://crm.example/", b"{}", {})
    assert connected == []


def test_a_name_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it leads to a moment later does not matter: the address that was checked is connected to."""
    asked: list[str] = []
    connected: list[tuple[str, int]] = []

    def look_up(host: str, *_: object, **__: object) -> list[Any]:
        asked.append(host)
        return _found("93.184.215.14" if len(asked) == 1 else "127.0.0.1")

    def connect(address: tuple[str, int], *_: object) -> None:
        connected.append(address)
        raise OSError("far enough")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(WebhookError, match="far enough"):
        post("https://crm.example/", b"{}", {})
    assert (asked, connected) == (["crm.example"], [("93.184.215.14", 443)])


def test_the_certificate_must_be_that_of_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A trusted one passes; an unknown one and one of another name do not."""
    for name, trusted, passes in (
        ("localhost", True, True),
        ("localhost", False, False),
        ("a.example", True, False),
    ):
        path = a_certificate(tmp_path / f"{name}.{trusted}.pem", name)
        monkeypatch.setenv("SSL_CERT_FILE", str(path if trusted else tmp_path / "nothing"))
        with receiver(path) as other:
            url = f"https://localhost:{other.port}/"
            if passes:
                post(url, b"{}", {}, private=True)
            else:
                with pytest.raises(WebhookError, match="CERTIFICATE_VERIFY_FAILED"):
                    post(url, b"{}", {}, private=True)
            assert len(other.calls) == passes


def test_two_secrets_sign_twice(tmp_path: Path) -> None:
    """So that one can be exchanged for another without losing a call."""
    path = tmp_path / "secrets"
    first = create_secret(path)
    second = create_secret(tmp_path / "other")
    path.write_text(f"{second}\n{first}\n")
    keys = read_secrets(path)
    both = webhook.signed("id", 1, b"{}", keys)["webhook-signature"].split()
    assert both == [webhook.signed("id", 1, b"{}", [key])["webhook-signature"] for key in keys]
    assert (tmp_path / "other").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", [None, "", "whsec_", "whsec_c2hvcnQ=", "not a secret", "whsec_é"])
def test_a_site_does_not_start_without_a_secret_for_its_webhook(tmp_path: Path, text: str | None) -> None:
    """The message says what to do."""
    path = tmp_path / "bandeau-webhook.secret"
    if text is not None:
        path.write_text(text)
    with pytest.raises(KeyFileError, match="bandeau profiles secret" if text is None else str(path)):
        site_in(tmp_path, POLICY + 'webhook = "https://crm.example/erase"\n')


def _found(*addresses: str) -> list[Any]:
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in addresses]


def a_certificate(path: Path, name: str) -> Path:
    """Write a certificate that vouches for itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path
