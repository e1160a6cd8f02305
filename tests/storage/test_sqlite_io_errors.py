"""Every call of the append path fails once, and every two of them together: no lie, no wedge, no fork."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bandeau.storage.sqlite import SqliteStore
from tests.storage.checking import assert_sound, assert_verified
from tests.storage.faultserver import ATTEMPTS, BATCHES, RECORDS
from tests.storage.records import TestSigner

ROOT = Path(__file__).parents[2]
KINDS = "ens"  # EIO, ENOSPC, a short write
#: After a fault there are more calls than in a run without: opening anew, folding, sending again.
MORE = 40

Plan = tuple[int, str, int, str]
NONE: Plan = (-1, "e", -1, "e")

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="loads a library before the C library")


@contextmanager
def server(folder: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """Start the process whose calls fail."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    assert compiler, "this test needs a C compiler (apt install gcc)"
    library = folder / "faults.so"
    source = Path(__file__).with_name("faults.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.storage.faultserver", str(folder), *options],
        cwd=ROOT,
        env={**os.environ, "LD_PRELOAD": str(library)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield process
    finally:
        process.communicate(timeout=60)


def ask(process: subprocess.Popen[str], plan: Plan) -> dict[str, Any]:
    """Let the calls of a plan fail; return what came of it."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(" ".join(map(str, plan)) + "\n")
    process.stdin.flush()
    answer: dict[str, Any] = json.loads(process.stdout.readline())
    return answer


def check(process: subprocess.Popen[str], folder: Path, plans: Iterable[Plan]) -> tuple[int, int]:
    """Try plans; return how many there were and how many of them made a caller send again."""
    tried, failed = 0, 0
    for plan in plans:
        answer = ask(process, plan)
        tried, failed = tried + 1, failed + (max(answer["attempts"]) > 1)
        assert max(answer["attempts"]) <= ATTEMPTS, f"{plan}: it never works again"
        assert len(set(answer["acknowledged"])) == BATCHES * RECORDS, plan
        assert_kept(folder / "proof.db", answer["acknowledged"], plan)
    return tried, failed


def assert_kept(path: Path, acknowledged: list[str], plan: Plan) -> None:
    """What was acknowledged is there, once; the file and its logs are whole."""
    assert_sound(path)
    store = SqliteStore.open(path, TestSigner())
    assert [code for code in acknowledged if store.find(code) is None] == [], plan
    assert store.count() == BATCHES * RECORDS, plan
    assert_verified(store)
    store.close()


def test_each_call_that_fails_is_survived(tmp_path: Path) -> None:
    """One call in three, every day, with each kind of fault; then some pairs."""
    with server(tmp_path) as process:
        calls = ask(process, NONE)["calls"]
        assert calls > 40
        singles = [(at, kind, -1, "e") for kind in KINDS for at in range(KINDS.index(kind), calls, 3)]
        tried, failed = check(process, tmp_path, singles)
        assert failed > tried / 8  # how many depends on how the batches fall
        check(process, tmp_path, [(at, "e", at + 1 + at % 7, "n") for at in range(0, calls, 4)])


def test_the_same_test_convicts_a_process_that_lies(tmp_path: Path) -> None:
    """The control: failures are taken for answers."""
    with server(tmp_path, "--careless") as process, pytest.raises(AssertionError):
        check(process, tmp_path, [(at, "e", -1, "e") for at in range(0, 40, 4)])


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_every_call_and_every_two_calls_that_fail_are_survived(tmp_path: Path) -> None:
    """All of them, with all kinds; the second call may be one of those that mend the first."""
    with server(tmp_path) as process:
        calls = ask(process, NONE)["calls"]
        singles = [(at, kind, -1, "e") for at in range(calls) for kind in KINDS]
        pairs = [
            (at, kind, second, other)
            for at in range(calls)
            for second in range(at + 1, calls + MORE)
            for kind in KINDS
            for other in KINDS
        ]
        for name, plans in (("single faults", singles), ("pairs", pairs)):
            tried, failed = check(process, tmp_path, plans)
            print(
                f"{tried} {name} in {calls} calls, {failed} made a caller send again: 0 lost, 0 forks, 0 wedged"
            )
