"""What was acknowledged survives a loss of power at any moment; a laxer setting does not."""

from __future__ import annotations

import random
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bandeau.ledger.sequencer import Sequencer
from bandeau.ledger.store import LogHead
from bandeau.storage.sqlitelogs import SqliteLogs
from tests.storage.checking import assert_one_history, assert_verified
from tests.storage.powerloss import CALLS, Disk, Step, read_steps
from tests.storage.records import TestSigner
from tests.storage.stores import an_empty_store

ROOT = Path(__file__).parents[2]
_KILLED = 137


def record_run(path: Path, log: Path, *options: str, inject: str = "") -> list[Step]:
    """Let a process write under strace and return what it did to the files beside ``path``."""
    assert shutil.which("strace"), "this test needs strace (apt install strace)"
    trace = ["strace", "-f", "-y", "-xx", "-s", "70000", "-e", f"trace={CALLS}", "-o", str(log)]
    if inject:
        trace += ["-e", f"inject={inject}"]
    writer = [sys.executable, "-m", "tests.storage.writer", str(path), "0"]
    done = subprocess.run([*trace, *writer, *options], cwd=ROOT, stdout=subprocess.DEVNULL, timeout=300)
    assert done.returncode == (-9 if "SIGKILL" in inject else 0)
    return list(read_steps(log, path.parent))


def a_store_in(folder: Path) -> Path:
    """Create a store and return its file."""
    folder.mkdir()
    an_empty_store(folder / "proof.db").close()
    return folder / "proof.db"


@dataclass
class Outcome:
    """What was found on the disks that losses of power left behind."""

    states: int = 0
    losing: int = 0
    acknowledged: set[str] = field(default_factory=set)
    heads: list[LogHead] = field(default_factory=list)


def cut_everywhere(disk: Disk, steps: Sequence[Step], folder: Path, *, shares: Sequence[float]) -> Outcome:
    """Cut the power before every call and look at what is left."""
    chance, outcome = random.Random(11), Outcome()
    for step in steps:
        for share in shares:
            codes, heads = look(disk.after_power_loss(chance, share), folder)
            outcome.states += 1
            outcome.losing += not outcome.acknowledged <= codes
            outcome.heads += heads
        if step.kind == "ack":
            outcome.acknowledged |= set(re.findall(r"ack \d+ (\S{19})", step.data.decode()))
        else:
            disk.take(step)
    return outcome


def look(files: dict[str, bytes], folder: Path) -> tuple[set[str], list[LogHead]]:
    """Put files on a new disk, check the logs as a store does; return the codes and heads in them."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in files.items():
        # The lock holds nothing; the shared memory does not survive and is made anew from the log.
        if not name.endswith(("-shm", "-lock")):
            (folder / name).write_bytes(content)
    connection = sqlite3.connect(folder / "proof.db")
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        logs = SqliteLogs(connection)
        Sequencer(TestSigner(), random.randbytes).check(logs)
        assert_verified(logs)
        return {row.code for head in logs.logs() for row in logs.rows(head.origin)}, logs.logs()
    finally:
        connection.close()


def powerless(tmp_path: Path, synchronous: str, *, count: int, shares: Sequence[float]) -> Outcome:
    """Record a run, lose the power everywhere in it, and compare all that is found with its end."""
    path = a_store_in(tmp_path / synchronous)
    disk = Disk({"proof.db": bytearray(path.read_bytes())})
    options = (str(count), "--synchronous", synchronous, "--fold-above", "60000")
    steps = record_run(path, tmp_path / "calls.log", *options)
    outcome = cut_everywhere(disk, steps, tmp_path / "disk", shares=shares)
    assert len(outcome.acknowledged) == count
    connection = sqlite3.connect(path)
    assert_one_history(SqliteLogs(connection), outcome.heads)
    connection.close()
    return outcome


def test_no_acknowledged_row_is_lost_when_the_power_goes(tmp_path: Path) -> None:
    """Before every call, with and without a random half of what was not synced: no loss, no fork."""
    outcome = powerless(tmp_path, "FULL", count=40, shares=(0.0, 0.5))
    assert outcome.states > 150
    assert outcome.losing == 0


def test_the_same_test_finds_a_store_that_is_not_durable(tmp_path: Path) -> None:
    """The control: synchronous=NORMAL acknowledges before the log is synced, and is convicted."""
    outcome = powerless(tmp_path, "NORMAL", count=64, shares=(0.0,))
    assert outcome.losing > outcome.states / 4


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_two_thousand_losses_of_power_lose_nothing(tmp_path: Path) -> None:
    """The same at length; the control loses in the same states."""
    outcome = powerless(tmp_path, "FULL", count=240, shares=(0.0, 0.3, 0.7))
    assert outcome.states >= 2000
    assert outcome.losing == 0
    control = powerless(tmp_path, "NORMAL", count=240, shares=(0.0, 0.3, 0.7))
    assert control.losing > control.states / 4
    print(f"{outcome.states} states, 0 lost; NORMAL: {control.losing} of {control.states} lose")


def after_a_writer_that_died(tmp_path: Path, *options: str) -> Outcome:
    """Kill a writer between write and sync, send the same again, then lose the power."""
    path = a_store_in(tmp_path / "died")
    disk = Disk({"proof.db": bytearray(path.read_bytes())})
    # Synced are the write-ahead log's header, the folder that it is in, then the first commit.
    for step in record_run(path, tmp_path / "first.log", "8", inject="fdatasync:signal=SIGKILL:when=3"):
        disk.take(step)
    # The first key alone: whatever its commit held, it held this; a new key beside it would be synced with it.
    steps = record_run(path, tmp_path / "second.log", "1", *options)
    return cut_everywhere(disk, steps, tmp_path / "disk", shares=(0.0,))


def test_a_repeated_key_is_acknowledged_only_when_the_first_record_is_durable(tmp_path: Path) -> None:
    """What a dead process wrote without syncing is seen by the next one, and must be synced by it."""
    outcome = after_a_writer_that_died(tmp_path)
    assert len(outcome.acknowledged) == 1
    assert outcome.losing == 0


def test_without_that_sync_a_repeated_key_is_lost(tmp_path: Path) -> None:
    """The control."""
    assert after_a_writer_that_died(tmp_path, "--unsettled").losing > 0


def after_a_failed_sync(tmp_path: Path, number: int) -> Outcome:
    """Let one sync fail, go on, then lose the power at every later moment."""
    path = a_store_in(tmp_path / f"failed-{number}")
    disk = Disk({"proof.db": bytearray(path.read_bytes())})
    inject = f"fdatasync:error=EIO:when={number}"
    steps = record_run(path, tmp_path / "calls.log", "32", "--fold-above", "60000", inject=inject)
    assert "failed sync" in [step.kind for step in steps]  # strace counts for each thread: it may be two
    return cut_everywhere(disk, steps, tmp_path / "disk", shares=(0.0,))


def test_nothing_is_acknowledged_on_top_of_pages_that_a_failed_sync_lost(tmp_path: Path) -> None:
    """The file is opened anew, the log folded into it, the logs checked; only then is more acknowledged."""
    outcome = after_a_failed_sync(tmp_path, 5)
    assert 16 <= len(outcome.acknowledged) < 32
    assert outcome.losing == 0


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_whichever_sync_fails_nothing_is_lost(tmp_path: Path) -> None:
    """Those of commits, of the write-ahead log before it is folded in, and of the file itself."""
    outcomes = [after_a_failed_sync(tmp_path, number) for number in range(1, 13)]
    assert [outcome.losing for outcome in outcomes] == [0] * len(outcomes)
    print(f"12 syncs failed, {sum(outcome.states for outcome in outcomes)} states, 0 lost")
