"""The stand-alone verifier on whole logs, and as a command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from bandeau.ledger.bodies import TOMBSTONE, tombstone_body
from bandeau.ledger.checkpoint import Checkpoint
from bandeau.ledger.folder import ROWS_NAME, log_files, row_lines
from bandeau.ledger.note import COSIGNATURE, SigningKey, VerifierKey
from bandeau.ledger.tiles import entries_path, entry_bundle
from bandeau.ledger.tree import Frontier, leaf_hash
from bandeau.ledger.verification import verify_logs
from tests.ledger.attacks import ATTACKS, Depth, tamper, the_log
from tests.ledger.memorylog import MemoryLog, MemorySource, a_log, at_second
from tests.ledger.standalone import PATH, VERIFIER
from tests.ledger.test_cosignature import WITNESS
from tests.ledger.test_receipt import KEYS, LOG, RECEIPT
from tests.ledger.test_verification import three_years
from tests.storage.records import a_record


def write(folder: Path, *logs: MemoryLog) -> list[str]:
    """Write logs into folders as an export does; return the folders."""
    source = MemorySource(*logs)
    for head in source.logs():
        place = folder / head.origin
        for name, data in log_files(source, head):
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes(data)
        (place / ROWS_NAME).write_bytes(b"".join(row_lines(source, head)))
    return [str(folder / head.origin) for head in source.logs()]


def kinds(
    folders: list[str], keys: list[VerifierKey], anchors: list[tuple[str, bytes]]
) -> set[tuple[str, Any]]:
    """Return the kinds and places of what it finds."""
    trusted = [VERIFIER.Key(str(key)) for key in keys]
    held = []
    for name, data in anchors:
        path = Path(folders[0]).with_name("anchor")
        path.write_bytes(data)
        _, checkpoint, claim = VERIFIER.read_anchor(path, trusted, [VERIFIER.Key(str(WITNESS.verifier))])
        held.append((name, checkpoint, claim))
    logs = VERIFIER.check_logs(folders, trusted, [VERIFIER.Key(str(WITNESS.verifier))], held)
    return {(kind, index) for log in logs.values() for kind, index, _ in log.findings}


HONEST, HELD = the_log()


def test_a_row_about_an_audit_is_known(tmp_path: Path) -> None:
    log = a_log(3)
    log.audited()
    log.signed()

    assert kinds(write(tmp_path, log), [log.key.verifier], []) == set()


@pytest.mark.parametrize("anchor", HELD)
@pytest.mark.parametrize("depth", [None, *Depth])
@pytest.mark.parametrize("attack", ATTACKS)
def test_the_five_attacks_are_judged_as_the_library_judges(
    attack: str, depth: Depth | None, anchor: str, tmp_path: Path
) -> None:
    log = tamper(HONEST, ATTACKS[attack], depth) if depth else HONEST
    report = verify_logs(
        MemorySource(log), [HONEST.key.verifier], anchors=HELD[anchor], witnesses=[WITNESS.verifier]
    )
    # Tiles of hashes are made anew here, so a wrong one is not missed.
    expected = {(each.kind, each.index) for each in report.findings if "tile/" not in each.sentence}

    found = kinds(write(tmp_path, log), [HONEST.key.verifier], list(HELD[anchor]))
    assert bool(found) == bool(report.findings)
    if depth is Depth.TREE and attack == "delete":
        return  # the signed size names a bundle that is not there, so nothing more can be read
    assert {kind for kind, _ in found} >= {kind for kind, _ in expected if kind != "damaged"}
    assert {place for place in found if place[1] is not None} == {
        place for place in expected if place[1] is not None
    }


def test_years_that_follow_each_other_hold_and_one_that_is_gone_is_missed(tmp_path: Path) -> None:
    logs = three_years()
    keys = [log.key.verifier for log in logs]
    folders = write(tmp_path, *logs)

    assert kinds(folders, keys, []) == set()
    assert kinds(folders[1:], keys, []) == {("deleted", None)}
    assert kinds([folders[0], folders[2]], keys, []) == {("deleted", None)}


def test_erased_rows_hold_and_rows_without_tombstone_do_not(tmp_path: Path) -> None:
    log = a_log(9)
    log.bury([2, 3, 7])
    log.rows[5] = None
    log.signed()

    assert kinds(write(tmp_path, log), [log.key.verifier], []) == {("deleted", 5)}


def test_a_year_that_was_pruned_holds(tmp_path: Path) -> None:
    first, second, third = three_years()
    third.bury(range(1, 6), of=first, reason="retention")
    third.signed()

    assert (
        kinds(write(tmp_path, first, second, third), [log.key.verifier for log in (first, second, third)], [])
        == set()
    )


@pytest.mark.parametrize("entries", [[4], [3, 4], [9]])
def test_a_tombstone_for_what_was_not_there_yet_is_found(entries: list[int], tmp_path: Path) -> None:
    log = a_log(3)
    log.append(TOMBSTONE, tombstone_body(log.origin, entries, "erasure", at_second(2026, 9)))
    log.signed()

    assert kinds(write(tmp_path, log), [log.key.verifier], []) == {("damaged", 4)}


def test_a_tombstone_that_names_another_log_is_found(tmp_path: Path) -> None:
    log = a_log(3)
    log.append(TOMBSTONE, tombstone_body("elsewhere.example/log", [1], "erasure", at_second(2026, 9)))
    log.signed()

    assert kinds(write(tmp_path, log), [log.key.verifier], []) == {("damaged", 4)}


def test_a_row_that_a_tombstone_stands_for_must_be_gone(tmp_path: Path) -> None:
    log = a_log(9)
    kept = log.rows[3]
    log.bury([2, 3])
    log.rows[3] = kept
    log.signed()

    assert kinds(write(tmp_path, log), [log.key.verifier], []) == {("not erased", 3)}


@pytest.mark.parametrize("at", [at_second(2026, 2), "2025-12-31T23:59:59Z", "2027-01-01T00:00:00Z"])
def test_a_time_that_goes_back_or_is_of_another_year_is_found(at: str, tmp_path: Path) -> None:
    log = a_log(3)
    log.consent(4, at=at)
    log.signed()

    assert kinds(write(tmp_path, log), [log.key.verifier], []) == {("back-dated", 4)}


def test_a_published_folder_without_rows_is_checked_as_far_as_it_goes(tmp_path: Path) -> None:
    log = a_log(300)
    folders = write(tmp_path, log)
    (Path(folders[0]) / ROWS_NAME).unlink()

    assert kinds(folders, [log.key.verifier], []) == set()
    bundle = Path(folders[0]) / "tile/entries/000"
    bundle.write_bytes(bundle.read_bytes().replace(log.leaves[9], bytes(33)))
    assert kinds(folders, [log.key.verifier], []) == {("forked", None)}
    bundle.unlink()
    assert kinds(folders, [log.key.verifier], []) == {("shortened", None)}


def test_a_log_of_more_than_a_thousand_bundles_is_found_where_the_standard_puts_it(tmp_path: Path) -> None:
    leaves = [number.to_bytes(33, "big") for number in range(256 * 1001 + 5)]
    frontier = Frontier.empty().extend(map(leaf_hash, leaves))
    (tmp_path / "tile/entries/x001").mkdir(parents=True)
    for number in range(1002):
        bundle = leaves[256 * number : 256 * number + 256]
        path = tmp_path / entries_path(number, len(bundle))
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(entry_bundle(bundle))
    checkpoint = Checkpoint(LOG.origin, frontier.size, frontier.root()).signed([LOG.key])
    (tmp_path / "checkpoint").write_bytes(checkpoint)

    assert kinds([str(tmp_path)], KEYS, []) == set()


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"[]",
        b'{"index":0}',
        b'{"index":"0","salt":"","body":""}',
        b'{"index":99,"salt":"","body":""}',
        b"\xff",
    ],
)
def test_broken_rows_are_found_and_never_a_traceback(line: bytes, tmp_path: Path) -> None:
    log = a_log(3)
    folders = write(tmp_path, log)
    rows = Path(folders[0]) / ROWS_NAME
    rows.write_bytes(line + b"\n" + rows.read_bytes())

    assert kinds(folders, [log.key.verifier], []) == {("damaged", None)}


# The command


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run it as a court's expert does: the file, a Python, nothing else."""
    return subprocess.run(
        [sys.executable, "-I", "-W", "error", str(PATH), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_says_that_a_receipt_holds_and_what_it_says(tmp_path: Path) -> None:
    (tmp_path / "receipt.json").write_bytes(RECEIPT)

    done = command("receipt", str(tmp_path / "receipt.json"), "--key", str(LOG.key.verifier))
    assert (done.returncode, done.stderr) == (0, "")
    assert "is unaltered" in done.stdout
    assert '"audience": false' in done.stdout
    assert done.stdout.endswith("HOLDS\n")


def test_a_terminal_without_the_letters_of_a_record_is_no_obstacle(tmp_path: Path) -> None:
    log = a_log(1)
    log.add(replace(a_record(2), at=at_second(2026, 2), language="français, 日本語"))
    log.signed()
    (tmp_path / "receipt.json").write_bytes(log.receipt(2))

    done = subprocess.run(
        [sys.executable, str(PATH), "receipt", str(tmp_path / "receipt.json")],
        capture_output=True,
        check=False,
        env={"PYTHONIOENCODING": "ascii"},
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_the_command_says_when_only_the_key_in_the_receipt_was_used(tmp_path: Path) -> None:
    (tmp_path / "receipt.json").write_bytes(RECEIPT)

    assert "Only the key in the receipt was used" in command("receipt", str(tmp_path / "receipt.json")).stdout


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "receipt.json").write_bytes(RECEIPT.replace(b'"audience": false', b'"audience": true'))

    done = command("receipt", str(tmp_path / "receipt.json"), "--key", str(LOG.key.verifier))
    assert (done.returncode, done.stderr) == (1, "")
    assert "WRONG: the record does not lead to the root that was signed" in done.stdout
    assert done.stdout.endswith("DOES NOT HOLD\n")


def test_the_command_verifies_a_log_against_a_receipt(tmp_path: Path) -> None:
    forged = tamper(HONEST, ATTACKS["edit"], Depth.KEY)
    folders = write(tmp_path, forged)
    anchor = tmp_path / "her-receipt.json"
    anchor.write_bytes(dict([HELD["the reader's receipt"][0]])["her receipt"])
    key = ("--key", str(HONEST.key.verifier))

    assert command("log", *folders, *key).returncode == 0
    done = command("log", *folders, *key, "--against", str(anchor))
    assert done.returncode == 1
    assert "the log was rewritten" in done.stdout


def test_the_command_names_the_entry_and_the_log(tmp_path: Path) -> None:
    folders = write(tmp_path, tamper(HONEST, ATTACKS["edit"], Depth.ROWS))

    done = command("log", *folders, "--key", str(HONEST.key.verifier))
    assert f"WRONG: {HONEST.origin}: entry 12 was changed after it was logged" in done.stdout
    assert "Without an anchor only the publisher's word is checked." in done.stdout


def test_the_command_misses_a_log_that_an_anchor_is_of(tmp_path: Path) -> None:
    first, second, _ = three_years()
    (tmp_path / "anchor").write_bytes(first.signed().checkpoint)
    keys = [f"--key={log.key.verifier}" for log in (first, second)]

    done = command("log", *write(tmp_path, second), *keys, "--against", str(tmp_path / "anchor"))
    assert done.returncode == 1
    assert f"WRONG: {first.origin}: {tmp_path / 'anchor'} vouches for it, and it is not here." in done.stdout
    assert (
        command(
            "log", *write(tmp_path, first, second), *keys, "--against", str(tmp_path / "anchor")
        ).returncode
        == 0
    )


@pytest.mark.parametrize("what", ["receipt", "log"])
def test_a_file_that_is_not_there_is_said_to_be_missing(what: str, tmp_path: Path) -> None:
    done = command(what, str(tmp_path / "nothing"))

    assert (done.returncode, done.stderr) == (1, "")
    assert "nothing" in done.stdout


def test_a_key_of_a_witness_is_no_key_of_the_log(tmp_path: Path) -> None:
    (tmp_path / "receipt.json").write_bytes(RECEIPT)
    witness = SigningKey(LOG.origin, bytes(range(32)), COSIGNATURE)

    done = command("receipt", str(tmp_path / "receipt.json"), "--key", str(witness.verifier))
    assert (done.returncode, "you gave no key of the log" in done.stdout) == (1, True)
