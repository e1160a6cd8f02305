"""Rotation of keys: what changes, what stays valid, and that nobody notices under load."""

from __future__ import annotations

import json
import logging
import os
import queue
import stat
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from bandeau.core.consent import Consent
from bandeau.core.cookie import decode, encode
from bandeau.core.policy import SiteInfo
from bandeau.errors import KeyFileError, LedgerError
from bandeau.ledger.checkpoint import Checkpoint, open_checkpoint
from bandeau.storage.keyfile import (
    KeyFile,
    Keys,
    create_keyfile,
    exposed,
    read_keyfile,
    rotate_cookies,
    rotate_ledger,
)
from bandeau.storage.signer import Signer

TODAY = date(2026, 11, 25)
SITE = SiteInfo("gazette", "test", "La Gazette", "https://gazette.example", ())
CHOICE = Consent(3, 20_000, answered=6, granted=2)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a new key file."""
    create_keyfile(tmp_path / "bandeau.keys")
    return tmp_path / "bandeau.keys"


def signer_of(keys: Keys) -> Signer:
    """Return a signer with these keys."""
    return Signer(lambda: keys, "gazette.example")


def note_of(signer: Signer, year: int = 2026) -> bytes:
    """Return a signed checkpoint of the log of a year."""
    return signer.checkpoint(Checkpoint(signer.origin("gazette", "test", year), 7, b"r" * 32))


def test_new_cookie_key_signs_and_the_old_one_still_verifies(path: Path) -> None:
    """No reader is asked again because of a rotation."""
    before = encode(CHOICE, SITE, read_keyfile(path).cookies)
    keys = rotate_cookies(path, TODAY).cookies
    assert [key.id for key in keys.keys] == ["k2", "k1"]
    assert decode(before, SITE, keys) == CHOICE
    assert ".k2." in encode(CHOICE, SITE, keys)


def test_old_cookie_key_is_dropped_when_no_choice_can_hang_on_it(path: Path) -> None:
    """401 days later every choice that it signed has ended by itself; its name is not used again."""
    rotate_cookies(path, TODAY)
    kept = rotate_cookies(path, date(2027, 12, 31)).cookies
    assert [key.id for key in kept.keys] == ["k3", "k2", "k1"]
    assert [key.id for key in rotate_cookies(path, date(2028, 1, 1)).cookies.keys] == ["k4", "k3", "k2"]


def test_both_ledger_keys_sign_to_the_end_of_the_year(path: Path) -> None:
    """Who knows only the old key can follow the log of this year, and not the next one."""
    old = signer_of(read_keyfile(path))
    new = signer_of(rotate_ledger(path, 2026))
    for known in (old, new):
        open_checkpoint(note_of(new), known.verifiers("gazette.example/gazette/test/2026"))
    assert note_of(new).count(b"\n\xe2\x80\x94 gazette.example/gazette/test/2026 ") == 2
    assert note_of(new, 2027).count("—".encode()) == 1
    with pytest.raises(LedgerError):
        open_checkpoint(note_of(new, 2027), old.verifiers("gazette.example/gazette/test/2027"))


def test_retired_key_verifies_what_it_signed_and_nothing_newer(path: Path) -> None:
    """Its seed is gone from the file; its public half serves the logs of its years."""
    old = signer_of(read_keyfile(path))
    seed = read_keyfile(path).ledger[0].seed
    rotate_ledger(path, 2026)
    keys = rotate_ledger(path, 2027)
    assert [(key.id, key.last_year) for key in keys.ledger] == [("l3", None), ("l2", 2027)]
    assert [(key.id, key.last_year) for key in keys.retired] == [("l1", 2026)]
    assert seed not in [key.seed for key in keys.ledger]
    new = signer_of(keys)
    open_checkpoint(note_of(old), new.verifiers("gazette.example/gazette/test/2026"))
    with pytest.raises(LedgerError):
        open_checkpoint(note_of(old, 2027), new.verifiers("gazette.example/gazette/test/2027"))


def test_fourth_key_of_a_year_is_refused_and_the_next_year_has_room(path: Path) -> None:
    """No key is dropped in the middle of a log: who trusts the first one follows it to its end."""
    first = signer_of(read_keyfile(path))
    for _ in range(2):
        rotate_ledger(path, 2026)
    before = path.read_bytes()
    with pytest.raises(KeyFileError, match=r"3 keys \(l3, l2, l1\) sign .* the log of 2027 has begun"):
        rotate_ledger(path, 2026)
    assert path.read_bytes() == before
    now = signer_of(read_keyfile(path))
    open_checkpoint(note_of(now), first.verifiers("gazette.example/gazette/test/2026"))
    assert [key.id for key in rotate_ledger(path, 2027).ledger] == ["l4", "l3"]


def test_old_key_signs_to_the_end_of_the_newest_log_it_may_have_signed(path: Path) -> None:
    """A key that stopped in between would leave a log that its own first key cannot open."""
    first = signer_of(read_keyfile(path))
    keys = rotate_ledger(path, 2026, until=2027)
    assert [(key.id, key.last_year) for key in keys.ledger] == [("l2", None), ("l1", 2027)]
    open_checkpoint(note_of(signer_of(keys), 2027), first.verifiers("gazette.example/gazette/test/2027"))
    # In January, while the newest log is still that of December, nobody is retired from it.
    assert not rotate_ledger(path, 2026, until=2027).retired


@pytest.mark.parametrize(("mode", "open_"), [(0o600, False), (0o640, False), (0o644, True), (0o660, True)])
def test_file_that_others_can_read_is_noticed(path: Path, mode: int, open_: bool) -> None:
    """A group may read it, for a server that runs as another user; nobody else, and nobody may write."""
    path.chmod(mode)
    assert (exposed(path) is not None) == open_
    assert not open_ or f"chmod 600 {path}" in str(exposed(path))


def test_file_of_the_first_version_is_read_and_gets_a_ledger_key(tmp_path: Path) -> None:
    """Its cookie keys stay as they are."""
    path = tmp_path / "k"
    path.write_text(json.dumps({"keys": [{"id": "k1", "secret": "B" * 43}]}))
    old = read_keyfile(path)
    assert old.ledger == ()
    with pytest.raises(KeyFileError, match="bandeau keys rotate --ledger"):
        note_of(signer_of(old))
    new = rotate_ledger(path, 2026)
    assert (new.cookies, [key.id for key in new.ledger]) == (old.cookies, ["l1"])
    assert read_keyfile(path) == new


def test_rotated_file_belongs_to_its_owner_alone(path: Path) -> None:
    """Whatever the umask says."""
    before = os.umask(0)
    try:
        rotate_cookies(path, TODAY)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("call", ["open", "write", "fsync", "replace"])
def test_failure_on_the_way_leaves_the_old_keys(
    path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """A full disk at any step: the file in force is whole and the next rotation works."""
    before = path.read_bytes()
    with monkeypatch.context() as broken:
        target = "bandeau.storage.durable.write_all" if call == "write" else f"os.{call}"
        broken.setattr(target, _failing(call))
        with pytest.raises(KeyFileError, match="the old keys stay in force"):
            rotate_ledger(path, 2026)
    assert path.read_bytes() == before
    rotate_ledger(path, 2026)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def _failing(call: str) -> Callable[..., int]:
    real = os.open

    def fail(*arguments: object, **_: object) -> int:
        if call == "open" and not str(arguments[0]).endswith(".new"):
            return real(*arguments)  # type: ignore[arg-type]
        raise OSError(28, "No space left on device")

    return fail


def test_rotations_at_the_same_time_lose_no_key(path: Path) -> None:
    """Each of 24 rotations adds its key."""
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: rotate_cookies(path, TODAY), range(24)))
    assert len({key.id for key in read_keyfile(path).cookies.keys}) == 25


def test_unusable_replacement_is_said_once_and_changes_nothing(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The keys in force stay, also when the file is gone; what comes after is taken."""
    whole = path.read_bytes()
    file = KeyFile(path)
    before = file.keys()
    with caplog.at_level(logging.ERROR, "bandeau.keys"):
        path.write_bytes(b"{}")
        assert [file.keys() for _ in range(3)] == [before] * 3
        path.unlink()
        assert [file.keys() for _ in range(3)] == [before] * 3
    assert len(caplog.records) == 2
    path.write_bytes(whole)
    assert rotate_cookies(path, TODAY) == file.keys()


def _drill(path: Path, look: Callable[[Path], Callable[[], Keys]], *, rotations: int) -> tuple[int, int]:
    """Rotate while workers sign for each other; return how often that was tried and failed."""
    desks: list[queue.Queue[tuple[str, bytes]]] = [queue.Queue() for _ in range(4)]
    stop = threading.Event()
    tried: list[bool] = []

    def work(place: int) -> None:
        keys = look(path)
        signer = Signer(keys, "gazette.example")
        while not stop.is_set():
            desks[place - 1].put((encode(CHOICE, SITE, keys().cookies), note_of(signer)))
            cookie, note = desks[place].get(timeout=10)
            tried.append(_verifies(cookie, note, keys, signer))
        desks[place - 1].put((encode(CHOICE, SITE, keys().cookies), note_of(signer)))

    workers = [threading.Thread(target=work, args=(place,)) for place in range(4)]
    for worker in workers:
        worker.start()
    for year in range(2026, 2026 + rotations):
        seen = len(tried)
        rotate_cookies(path, TODAY)
        rotate_ledger(path, year)
        while len(tried) < seen + 20:
            stop.wait(0.001)
    stop.set()
    for worker in workers:
        worker.join(10)
    return len(tried), tried.count(False)


def _verifies(cookie: str, note: bytes, keys: Callable[[], Keys], signer: Signer) -> bool:
    try:
        open_checkpoint(note, signer.verifiers("gazette.example/gazette/test/2026"))
    except LedgerError:
        return False
    return decode(cookie, SITE, keys().cookies) == CHOICE


def test_rotation_under_load_fails_no_verification(path: Path) -> None:
    """Four workers with their own view of the file; 30 rotations of both kinds."""
    tried, failed = _drill(path, lambda path: KeyFile(path).keys, rotations=30)
    assert tried >= 600
    assert failed == 0


def test_workers_that_do_not_look_again_would_fail(path: Path) -> None:
    """The control: a worker that started later signs with a key that the others never saw."""
    turns = iter(range(100))

    def once(path: Path) -> Callable[[], Keys]:
        if next(turns) % 2:
            rotate_cookies(path, TODAY)
        keys = read_keyfile(path)
        return lambda: keys

    assert _drill(path, once, rotations=5)[1] > 0
