"""Publishing: every kind of place, real servers, and what happens when one of them fails."""

from __future__ import annotations

import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from bandeau.core.policy import Proof, Witness
from bandeau.errors import PublishingError
from bandeau.ledger.cosignature import verify_cosignatures
from bandeau.ledger.note import COSIGNATURE, SigningKey, VerifierKey, parse_note
from bandeau.ledger.store import LogHead
from bandeau.storage.publishing import http
from bandeau.storage.publishing.publisher import Outcome, Publisher
from tests.e2e.serving import serve
from tests.storage.publishing.conftest import Authority, Box, Log, Running, serve_witness


def publisher(base: Path, **proof: object) -> Publisher:
    """Return a publisher with these places."""
    return Publisher(Proof(**proof), base)  # type: ignore[arg-type]


def done(outcomes: list[Outcome]) -> list[bool]:
    """Return which of the outcomes are well."""
    return [outcome.done for outcome in outcomes]


def test_every_place_gets_the_same_checkpoint(
    tmp_path: Path, log: Log, box: Box, witness: Running, authority: Authority
) -> None:
    """Folder, address, git tag, time stamp and witness, in one run."""
    repository = tmp_path / "repository"
    subprocess.run(["git", "init", "-q", "--bare", repository], check=True)
    stamps = Box(status=200, reply=authority.stamp)
    head = log.grow(5)
    with serve(stamps) as port:
        places = publisher(
            tmp_path,
            publish=(f"{box.url}/log/", "published", "git:repository"),
            witnesses=(witness.declared,),
            timestamp=f"http://127.0.0.1:{port}/tsr",
        )
        outcomes = places.publish(head, log.store)
    assert done(outcomes) == [True] * 5, outcomes
    assert places.folder
    note = places.folder.read(log.origin, 6)
    assert verify_cosignatures(parse_note(note), [witness.file.verifier()])
    assert box.taken == {f"PUT /log/{log.origin}/6": note}
    tag = ["git", "-C", repository, "cat-file", "-p", f"bandeau/{log.origin}/6^{{blob}}"]
    assert subprocess.run(tag, capture_output=True, check=True).stdout == note
    stamp = (tmp_path / "published" / log.origin / "000000000006.tsr").read_bytes()
    assert authority.verifies(parse_note(note).text.encode(), stamp)
    assert not authority.verifies(b"something else", stamp)


def test_log_that_grows_is_countersigned_each_time(tmp_path: Path, log: Log, witness: Running) -> None:
    """The consistency proof leads from what this witness signed last."""
    places = publisher(tmp_path, witnesses=(witness.declared,))
    for by in (1, 7, 300, 0, 1):
        assert done(places.publish(log.grow(by), log.store)) == [True, True]
    newest = places.newest_countersigned(log.origin, beyond=308)
    assert newest is not None
    assert b"\n310\n" in newest
    assert places.newest_countersigned(log.origin, beyond=310) is None


def test_witness_that_knows_more_than_the_folder_says_so(tmp_path: Path, log: Log, witness: Running) -> None:
    """409: the folder was lost, the witness was not; the proof leads from the size that it names."""
    publisher(tmp_path / "lost", witnesses=(witness.declared,)).publish(log.grow(9), log.store)
    places = publisher(tmp_path / "new", witnesses=(witness.declared,))
    assert done(places.publish(log.grow(9), log.store)) == [True, True]


def test_rewritten_log_is_countersigned_and_published_nowhere(
    tmp_path: Path, log: Log, box: Box, witness: Running
) -> None:
    """The operator has all keys and makes the log anew: folder and witness both refuse."""
    proof = {"publish": ("published", box.url), "witnesses": (witness.declared,)}
    publisher(tmp_path, **proof).publish(log.grow(9), log.store)
    forged = Log(log.keys)
    forged.count = 50  # other records
    head = forged.grow(20)
    (refused,) = publisher(tmp_path, **proof).publish(head, forged.store)
    assert not refused.done
    assert "does not continue the 10 leaves" in refused.sentence
    # Without the folder the witness alone knows better, and its refusal is named.
    outcomes = publisher(tmp_path / "fresh", witnesses=(witness.declared,)).publish(head, forged.store)
    assert done(outcomes) == [False, True]
    assert "another history" in outcomes[0].sentence


def test_shortened_log_is_found_by_folder_and_witness(tmp_path: Path, log: Log, witness: Running) -> None:
    """A backup that was put back has fewer leaves than others have seen."""
    short = log.grow(4)
    with log.store.snapshot() as before:
        publisher(tmp_path, witnesses=(witness.declared,)).publish(log.grow(5), log.store)
        (refused,) = publisher(tmp_path, witnesses=(witness.declared,)).publish(short, before)
        assert "10 leaves of" in refused.sentence
        assert "5 only" in refused.sentence
        fresh = publisher(tmp_path / "fresh", witnesses=(witness.declared,)).publish(short, before)
    assert done(fresh) == [False, True]
    assert "has seen 10 leaves" in fresh[0].sentence


def test_place_that_fails_keeps_no_other_from_its_copy(tmp_path: Path, log: Log, box: Box) -> None:
    """Each failure is named with its place; the checkpoint is still kept."""
    box.status = 403
    with socket.create_server(("127.0.0.1", 0)) as unused:
        nobody = f"http://127.0.0.1:{unused.getsockname()[1]}"
    places = publisher(
        tmp_path,
        publish=(box.url, nobody, "git:nowhere", "published"),
        witnesses=(Witness(str(_key("w.example")), nobody),),
        timestamp=nobody,
    )
    outcomes = {outcome.place: outcome for outcome in places.publish(log.grow(1), log.store)}
    assert "answered 403" in outcomes[box.url].sentence
    assert "refused" in outcomes[nobody].sentence
    assert "nowhere" in outcomes["git:nowhere"].sentence
    assert [place for place, outcome in outcomes.items() if outcome.done] == ["published"]


def _key(name: str) -> VerifierKey:
    return SigningKey(name, b"w" * 32, COSIGNATURE).verifier


def test_witness_that_does_not_know_the_log_is_told_apart(tmp_path: Path, log: Log) -> None:
    """404 of a witness is not a network error."""
    with serve_witness(tmp_path, "w.example", Log(origin="other.example/log")) as running:
        outcomes = publisher(tmp_path, witnesses=(running.declared,)).publish(log.grow(1), log.store)
    assert "answered 404 (this log is not known here)" in outcomes[0].sentence


def test_signature_of_another_witness_is_not_kept(tmp_path: Path, log: Log, witness: Running) -> None:
    """Only the declared key counts, whoever answers at its address."""
    wrong = replace(witness.declared, key=str(_key("witness.example/w1")))
    outcomes = publisher(tmp_path, witnesses=(wrong,)).publish(log.grow(1), log.store)
    assert done(outcomes) == [False, True]


def test_stamp_of_something_else_is_not_kept(
    tmp_path: Path, log: Log, box: Box, authority: Authority
) -> None:
    """An authority that answers an old reply, or nonsense, has not stamped this checkpoint."""
    other = authority.stamp(_query(tmp_path))
    box.status = 200
    places = publisher(tmp_path, timestamp=box.url)
    for reply in (other, b"", b"<html>", other[:40]):
        box.reply = lambda _, reply=reply: reply  # type: ignore[misc]
        assert done(places.publish(log.grow(1), log.store)) == [True, False]
    assert not list(tmp_path.rglob("*.tsr"))


def _query(folder: Path) -> bytes:
    (folder / "d").write_bytes(b"something else")
    subprocess.run(
        ["openssl", "ts", "-query", "-sha256", "-cert", "-data", "d", "-out", "q"],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    return (folder / "q").read_bytes()


def test_stamped_checkpoint_is_not_stamped_again(
    tmp_path: Path, log: Log, box: Box, authority: Authority
) -> None:
    """The first time is the earliest one, and authorities charge."""
    box.status, box.reply = 200, authority.stamp
    places = publisher(tmp_path, timestamp=box.url)
    head = log.grow(1)
    assert done(places.publish(head, log.store)) == [True, True]
    box.taken.clear()
    assert done(places.publish(head, log.store)) == [True, True]
    assert box.taken == {}


def test_redirect_is_not_followed(box: Box) -> None:
    """A checkpoint goes where the policy says."""
    box.status, box.headers = 307, [(b"location", b"http://127.0.0.1:1/elsewhere")]
    assert http.send("PUT", f"{box.url}/a", b"", "text/plain")[0] == 307


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://x/"])
def test_other_schemes_are_no_addresses(url: str) -> None:
    """Whatever a policy that was not checked may say."""
    with pytest.raises(PublishingError):
        http.send("GET", url, b"", "text/plain")


def test_answer_without_end_is_cut(box: Box) -> None:
    """256 kB is the most that is read."""
    box.reply = lambda _: b"x" * 300_000
    with pytest.raises(PublishingError, match="more than"):
        http.send("POST", f"{box.url}/", b"", "text/plain")


def test_server_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hanging place holds up no other for longer than the limit."""
    monkeypatch.setattr(http, "TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(PublishingError, match="timed out"):
        http.send("PUT", f"http://127.0.0.1:{silent.getsockname()[1]}/", b"", "text/plain")


def test_tag_is_pushed_where_there_is_a_remote(tmp_path: Path, log: Log) -> None:
    """The copy that counts is the one on another machine; twice the same is no error."""
    for name in ("remote", "local"):
        subprocess.run(["git", "init", "-q", "--bare", tmp_path / name], check=True)
    subprocess.run(["git", "-C", tmp_path / "local", "remote", "add", "origin", "../remote"], check=True)
    places, head = publisher(tmp_path, publish=("git:local",)), log.grow(2)
    assert done(places.publish(head, log.store) + places.publish(head, log.store)) == [True, True]
    tags = subprocess.run(
        ["git", "-C", tmp_path / "remote", "tag"], capture_output=True, text=True, check=True
    )
    assert tags.stdout.split() == [f"bandeau/{log.origin}/3"]


def test_tag_of_another_history_is_not_overlooked(tmp_path: Path, log: Log) -> None:
    """The folder was lost, the repository was not: it holds another checkpoint of that size."""
    subprocess.run(["git", "init", "-q", "--bare", tmp_path / "tags"], check=True)
    publisher(tmp_path, publish=("git:tags",)).publish(log.grow(3), log.store)
    forged = Log(log.keys)
    forged.count = 50
    (outcome,) = publisher(tmp_path, publish=("git:tags",)).publish(forged.grow(3), forged.store)
    assert not outcome.done
    assert "rewritten" in outcome.sentence


def test_two_requests_at_once_make_a_witness_sign_no_fork(tmp_path: Path, log: Log) -> None:
    """Two histories of the same size race: one of them is signed, never both."""
    forged = Log(log.keys)
    forged.count = 50
    heads = [(each, each.grow(3)) for each in (log, forged)]

    def signed(each: Log, head: LogHead, running: Running, folder: str) -> bool:
        asked = publisher(tmp_path / folder, witnesses=(running.declared,))
        return asked.publish(head, each.store)[0].done

    with ThreadPoolExecutor(2) as pool:
        for turn in range(8):
            with serve_witness(tmp_path, f"w{turn}.example", log) as running:
                asked = [
                    pool.submit(signed, *pair, running, f"{turn}-{place}") for place, pair in enumerate(heads)
                ]
                assert sorted(future.result(20) for future in asked) == [False, True]
