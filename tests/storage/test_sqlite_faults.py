"""Nothing that was acknowledged is lost: a full disk, several processes, fork, files that are replaced."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from bandeau.errors import StoreDamaged, StoreMissing, StoreUnavailable
from bandeau.storage.sqlite import SqliteStore
from bandeau.storage.sqlitefile import locked
from tests.storage.records import TestSigner, a_record
from tests.storage.stores import an_empty_store

ROOT = Path(__file__).parents[2]


def start_writer(path: Path, first: int, count: int, limit: int = 0) -> subprocess.Popen[bytes]:
    """Start a writing process and wait until it writes."""
    command = [sys.executable, "-m", "tests.storage.writer", str(path), str(first), str(count)]
    command += ["--limit", str(limit)]
    # Unbuffered: what a buffer has read beyond the first line would be missing from the rest.
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
    assert process.stdout is not None
    assert b"".join(iter(partial(process.stdout.read, 1), b"\n")) == b"ready"
    return process


def finish(process: subprocess.Popen[bytes]) -> tuple[str, str]:
    """Wait for a process; return what it printed and what it complained of."""
    output, errors = process.communicate(timeout=120)
    return output.decode(), errors.decode()


def codes_of(output: str) -> list[str]:
    """Return the codes of what was acknowledged; a line that was cut off counts for nothing."""
    return re.findall(r"^ack \d+ (\S{19})$", output, re.MULTILINE)


def test_a_full_disk_acknowledges_nothing_and_loses_nothing(tmp_path: Path) -> None:
    """When the file cannot grow, callers are told; what was acknowledged before stays."""
    path = tmp_path / "proof.db"
    an_empty_store(path).close()
    process = start_writer(path, 0, 400, limit=100_000)
    output, errors = finish(process)
    codes = codes_of(output)
    assert codes
    assert re.search(r"^no \d+ proof\.db: ", output, re.MULTILINE)
    assert errors.count("nothing is acknowledged until") <= 1 + errors.count("writing again")
    store = SqliteStore.open(path, TestSigner())
    assert [code for code in codes if store.find(code) is None] == []
    assert not store.submit(a_record(999_999), key="later").result(10).duplicate
    store.close()


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="mounts a small file system: root on Linux"
)
def test_a_full_disk_recovers_when_there_is_space_again(
    small_disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """ENOSPC from a real file system: refused while full, acknowledged after, nothing lost, two log lines."""
    store = an_empty_store(small_disk / "proof.db")
    codes = [store.submit(a_record(number), key=f"a{number}").result(10).code for number in range(20)]
    ballast = small_disk / "ballast"
    fill(ballast)
    refused = 0
    for number in range(200):
        try:
            codes.append(store.submit(a_record(1000 + number), key=f"b{number}").result(10).code)
        except StoreUnavailable:
            refused += 1
    assert refused > 50
    ballast.unlink()
    codes += [store.submit(a_record(5000 + number), key=f"c{number}").result(10).code for number in range(20)]
    assert [code for code in codes if store.find(code) is None] == []
    store.close()
    messages = [record.getMessage() for record in caplog.records]
    assert len(messages) == 2, messages
    assert "nothing is acknowledged" in messages[0]
    assert "writing again" in messages[1]
    assert "AAAAAAAA" not in "".join(messages)


def fill(path: Path) -> None:
    """Write until nothing more fits."""
    with path.open("wb", buffering=0) as file:
        for size in (65536, 4096, 512, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue


@pytest.fixture
def small_disk(tmp_path: Path):
    """A file system of one megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], check=True)
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_processes_share_one_file(tmp_path: Path) -> None:
    """Four processes write at once: every row once, numbered without gaps."""
    path = tmp_path / "proof.db"
    an_empty_store(path).close()
    processes = [start_writer(path, turn * 1000, 200) for turn in range(4)]
    codes = [code for process in processes for code in codes_of(finish(process)[0])]
    assert len(codes) == len(set(codes)) == 800
    store = SqliteStore.open(path, TestSigner())
    assert store.count() == 800
    store.close()
    with sqlite3.connect(path) as plain:
        assert plain.execute("SELECT min(entry), max(entry), count(*) FROM kept").fetchone() == (
            0,
            800,
            801,
        )
    plain.close()


def test_processes_agree_on_a_key(tmp_path: Path) -> None:
    """The same keys from three processes make one row each."""
    path = tmp_path / "proof.db"
    an_empty_store(path).close()
    processes = [start_writer(path, 0, 160) for _ in range(3)]
    answers = [codes_of(finish(process)[0]) for process in processes]
    assert answers[0] == answers[1] == answers[2]
    store = SqliteStore.open(path, TestSigner())
    assert store.count() == 160
    store.close()


def test_a_store_made_before_a_fork_works_on_both_sides(tmp_path: Path) -> None:
    """A server that forks its workers after loading (gunicorn --preload) writes from each of them."""
    code = f"""
import os, sys
from pathlib import Path
from tests.storage.records import a_record
from tests.storage.stores import an_empty_store
store = an_empty_store(Path({str(tmp_path / "proof.db")!r}))
store.submit(a_record(0), key="k0").result(10)
assert store.count() == 1
children = []
for number in (1, 2, 3):
    child = os.fork()
    if not child:
        store.submit(a_record(number), key=f"k{{number}}").result(10)
        store.close()
        os._exit(0)
    children.append(child)
store.submit(a_record(4), key="k4").result(10)
assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0]
store.submit(a_record(5), key="k5").result(10)
assert store.count() == 6, store.count()
store.close()
"""
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)


def test_a_missing_file_names_the_command_that_makes_it(tmp_path: Path) -> None:
    """Opening never creates: a wrong path must not start an empty proof."""
    with pytest.raises(StoreMissing, match="bandeau init"):
        SqliteStore.open(tmp_path / "nothing.db", TestSigner())
    assert not (tmp_path / "nothing.db").exists()


@pytest.mark.parametrize("content", [b"", b"not a database, whatever its name says" * 100])
def test_a_foreign_file_is_left_alone(tmp_path: Path, content: bytes) -> None:
    """A file of something else is neither read nor written."""
    path = tmp_path / "other.db"
    path.write_bytes(content)
    with pytest.raises(StoreMissing, match="bandeau init"):
        SqliteStore.open(path, TestSigner())
    assert path.read_bytes() == content


def test_another_application_s_database_is_left_alone(tmp_path: Path) -> None:
    """A SQLite file without our application id is foreign."""
    with sqlite3.connect(tmp_path / "other.db") as other:
        other.execute("CREATE TABLE record (entry)")
    other.close()
    with pytest.raises(StoreMissing, match="not a store of Bandeau"):
        SqliteStore.open(tmp_path / "other.db", TestSigner())


def test_creating_never_replaces_a_file(tmp_path: Path) -> None:
    """A second `init` leaves the records of the first."""
    store = an_empty_store(tmp_path / "proof.db")
    store.submit(a_record(), key="k").result(10)
    with pytest.raises(FileExistsError):
        an_empty_store(tmp_path / "proof.db")
    assert store.count() == 1
    store.close()


def test_a_removed_file_is_noticed(tmp_path: Path) -> None:
    """Writing into a deleted file would acknowledge what nobody can find."""
    store = an_empty_store(tmp_path / "proof.db")
    store.submit(a_record(1), key="k1").result(10)
    (tmp_path / "proof.db").rename(tmp_path / "moved.db")
    with pytest.raises(StoreMissing, match="does not exist"):
        store.submit(a_record(2), key="k2").result(10)
    store.close()


def test_an_older_copy_put_back_is_noticed(tmp_path: Path) -> None:
    """A file that ends before what this process acknowledged is not written on."""
    path = tmp_path / "proof.db"
    store = an_empty_store(path)
    store.submit(a_record(1), key="k1").result(10)
    path.unlink()
    for left in tmp_path.glob("proof.db-[ws]*"):
        left.unlink()
    an_empty_store(path).close()
    with pytest.raises(StoreDamaged, match="2 leaves were acknowledged"):
        store.submit(a_record(2), key="k2").result(10)
    store.close()


def test_a_hanging_disk_fails_the_caller_in_time(tmp_path: Path) -> None:
    """While another process holds the file nobody waits longer than the deadline."""
    path = tmp_path / "proof.db"
    an_empty_store(path).close()
    store = SqliteStore.open(path, TestSigner(), deadline_seconds=1)
    with locked(path):
        futures = [store.submit(a_record(number), key=f"k{number}") for number in range(3)]
        for future in futures:
            with pytest.raises(StoreUnavailable, match="not durable within"):
                future.result(5)
    assert not store.submit(a_record(9), key="k9").result(5).duplicate
    store.close()


def test_the_queue_is_bounded(tmp_path: Path) -> None:
    """Above the limit callers are refused at once and memory does not grow."""
    path = tmp_path / "proof.db"
    an_empty_store(path).close()
    store = SqliteStore.open(path, TestSigner(), limit=10)
    with locked(path):
        futures = [store.submit(a_record(number), key=f"k{number}") for number in range(50)]
        full = [future for future in futures if future.done()]
    assert len(full) >= 39
    with pytest.raises(StoreUnavailable, match="waiting already"):
        full[0].result(0)
    store.close()


def test_waiting_callers_share_commits(tmp_path: Path) -> None:
    """Sixty-four callers at once need far fewer commits than rows."""
    store = an_empty_store(tmp_path / "proof.db")
    store.submit(a_record(0), key="warm").result(10)
    before = wal_commits(tmp_path / "proof.db-wal")
    with ThreadPoolExecutor(64) as pool:
        list(pool.map(lambda n: store.submit(a_record(n), key=f"k{n}").result(10), range(1, 1025)))
    assert wal_commits(tmp_path / "proof.db-wal") - before < 512
    store.close()


def wal_commits(path: Path) -> int:
    """Count the commit frames of a write-ahead log (sqlite.org, "WAL-mode File Format", §1)."""
    data = path.read_bytes()
    frame = 24 + int.from_bytes(data[8:12], "big")
    starts = range(32, len(data) - frame + 1, frame)
    return sum(int.from_bytes(data[start + 4 : start + 8], "big") > 0 for start in starts)


def test_the_write_ahead_log_is_folded_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not grow without end although SQLite's own checkpoints are off."""
    monkeypatch.setattr("bandeau.storage.sqlitewriter.CHECKPOINT_BYTES", 50_000)
    store = an_empty_store(tmp_path / "proof.db")
    for number in range(100):
        store.submit(a_record(number), key=f"k{number}").result(10)
    assert (tmp_path / "proof.db-wal").stat().st_size < 150_000
    assert store.count() == 100
    store.close()


def test_the_file_is_private_to_its_owner(tmp_path: Path) -> None:
    """Other users of the machine read nothing."""
    store = an_empty_store(tmp_path / "proof.db")
    store.submit(a_record(), key="k").result(10)
    modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()}
    assert set(modes.values()) == {0o600}, modes
    store.close()
