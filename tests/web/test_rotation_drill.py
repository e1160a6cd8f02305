"""Keys change under two running processes, and no reader, receipt or checkpoint is turned away."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import httpx

from bandeau.errors import LedgerError
from bandeau.ledger.note import VerifierKey
from bandeau.ledger.receipt import parse_receipt, verify_receipt
from bandeau.storage.keyfile import read_keyfile, rotate_cookies, rotate_ledger
from tests.web.flood import REFUSAL, another_server, flooded_site

HEADERS = {"Origin": "http://127.0.0.1:8000", "Content-Type": "application/json"}


@dataclass
class Drill:
    """Chooses at one process, and asks the other whether it knows the choice and proves it."""

    here: str
    there: str
    tried: int = 0
    failed: list[str] = field(default_factory=list)
    signers: set[str] = field(default_factory=set)

    def turn(self, client: httpx.Client) -> None:
        """Do it once in each direction."""
        for first, second in ((self.here, self.there), (self.there, self.here)):
            self.tried += 1
            client.cookies.clear()
            chosen = client.post(f"{first}/bandeau/choices", content=REFUSAL, headers=HEADERS)
            self.signers.add(chosen.cookies["bd"].split(".")[-2])
            cookie = {"cookie": f"bd={chosen.cookies['bd']}"}
            # Without the subject's cookie the day is known by the choice cookie alone.
            if "<time" not in client.get(f"{second}/bandeau/last", headers=cookie).text:
                self.failed.append(f"a cookie of {first} is no choice at {second}")
            self._verify(client, second, chosen.json()["code"])

    def _verify(self, client: httpx.Client, second: str, code: str) -> None:
        receipt = client.get(f"{second}/bandeau/receipt/{code}.json").content
        keys = [VerifierKey.parse(line) for line in client.get(f"{second}/bandeau/log/keys").text.split()]
        try:
            self.signers |= {str(key) for key in verify_receipt(parse_receipt(receipt), keys).signed_by}
        except LedgerError as error:
            self.failed.append(str(error))


@contextmanager
def rotating(keys: Path) -> Iterator[None]:
    """Rotate keys of both kinds, one after the other, ten times a second."""
    stop = threading.Event()

    def rotate() -> None:
        year = datetime.now(UTC).year
        while not stop.wait(0.1):
            rotate_cookies(keys, date(2026, 11, 25))
            stop.wait(0.1)
            rotate_ledger(keys, year)
            year += 1  # a year has room for three keys

    thread = threading.Thread(target=rotate)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(10)


def test_no_verification_fails_while_keys_are_rotated(tmp_path: Path) -> None:
    """Two servers on one store, at least ten rotations of each kind, every answer checked at the other."""
    with flooded_site(tmp_path) as (here, policy), another_server(policy) as there:
        drill, keys = Drill(here, there), tmp_path / "bandeau.keys"
        with httpx.Client() as client, rotating(keys):
            while drill.tried < 40 or len(read_keyfile(keys).cookies.keys) < 11:
                drill.turn(client)
                assert drill.tried < 1_000
    assert drill.failed == []
    # Both processes did sign with new keys, again and again: else nothing was tried.
    assert len(drill.signers) >= 12
    found = read_keyfile(keys)
    assert len(found.cookies.keys) >= 11
    assert len(found.ledger) + len(found.retired) >= 10
