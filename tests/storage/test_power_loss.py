"""What was acknowledged survives a loss of power at any moment; a laxer setting does not."""

from __future__ import annotations

import random
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

from bandeau.storage.sqlite import SqliteStore
from tests.storage.powerloss import CALLS, Disk, Step, read_steps

ROOT = Path(__file__).parents[2]


def record_run(folder: Path, synchronous: str) -> list[Step]:
    """Let a process write under strace and return what it did."""
    assert shutil.which("strace"), "this test needs strace (apt install strace)"
    folder.mkdir()
    path, log = folder / "proof.db", folder.with_suffix(".log")
    SqliteStore.create(path).close()
    trace = ["strace", "-f", "-y", "-xx", "-s", "70000", "-e", f"trace={CALLS}", "-o", str(log)]
    writer = [sys.executable, "-m", "tests.storage.writer", str(path), "0", "160"]
    settings = ["--synchronous", synchronous, "--fold-above", "40000"]
    subprocess.run([*trace, *writer, *settings], cwd=ROOT, check=True, stdout=subprocess.DEVNULL, timeout=120)
    return list(read_steps(log, folder))


def codes_in(files: dict[str, bytes], folder: Path) -> set[str]:
    """Put files on a new disk, open the store and return the codes in it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in files.items():
        # The lock holds nothing; the shared memory does not survive and is made anew from the log.
        if not name.endswith(("-shm", "-lock")):
            (folder / name).write_bytes(content)
    connection = sqlite3.connect(folder / "proof.db")
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return {row[0] for row in connection.execute("SELECT code FROM record")}
    finally:
        connection.close()


def states_that_lose(tmp_path: Path, synchronous: str) -> tuple[int, int]:
    """Cut the power before every call; return how many states there are, and how many lack a row."""
    empty = tmp_path / f"empty-{synchronous}"
    empty.mkdir()
    SqliteStore.create(empty / "proof.db").close()
    steps = record_run(tmp_path / synchronous, synchronous)
    disk = Disk({"proof.db": bytearray((empty / "proof.db").read_bytes())})
    chance, acknowledged, states, losing = random.Random(11), set[str](), 0, 0
    for step in steps:
        for share in (0.0, 0.5):
            states += 1
            found = codes_in(disk.after_power_loss(chance, share), tmp_path / "disk")
            losing += not acknowledged <= found
        if step.kind == "ack":
            acknowledged |= set(re.findall(r"ack \d+ (\S{19})", step.data.decode()))
        else:
            disk.take(step)
    assert len(acknowledged) == 160
    return states, losing


def test_no_acknowledged_row_is_lost_when_the_power_goes(tmp_path: Path) -> None:
    """Every state between two system calls, with and without a random half of what was not synced."""
    states, losing = states_that_lose(tmp_path, "FULL")
    assert states > 300
    assert losing == 0


def test_the_same_test_finds_a_store_that_is_not_durable(tmp_path: Path) -> None:
    """The control: synchronous=NORMAL acknowledges before the log is synced, and is convicted."""
    states, losing = states_that_lose(tmp_path, "NORMAL")
    assert losing > states / 4
