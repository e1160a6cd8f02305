"""Nothing that PostgreSQL acknowledged is lost: death of clients, of the server, of a primary."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.storage.clusters import Cluster, a_folder
from tests.storage.load import Load, an_empty_database, lost

#: What an asynchronous commit waits for; long enough that a control loses what it acknowledged.
SLOW_WAL = {"wal_writer_delay": "10s", "wal_writer_flush_after": "0"}


@pytest.fixture
def primary(new_cluster: Cluster) -> Iterator[Cluster]:
    """A server that may be killed."""
    made = new_cluster.copy(a_folder(), **SLOW_WAL)
    made.start()
    yield made
    made.stop()
    shutil.rmtree(made.folder)


def kill_clients(url: str, folder: Path, kills: int) -> list[Load]:
    """Kill a client again and again."""
    chance, loads = random.Random(11), list[Load]()
    for turn in range(kills):
        load = Load(url, folder, turn * 10**6)
        loads.append(load)
        load.wait_for_more(1)
        time.sleep(chance.uniform(0, 0.1))
        load.kill()
    return loads


def kill_server(server: Cluster, load: Load, kills: int) -> None:
    """Kill a server again and again under a client that goes on."""
    chance = random.Random(13)
    for _ in range(kills):
        load.wait_for_more(20)
        time.sleep(chance.uniform(0, 0.1))
        server.kill()
        server.start()
    load.wait_for_more(20)
    load.kill()


def test_every_acknowledged_row_survives_the_death_of_clients(
    cluster: Cluster, postgres_url: str, tmp_path: Path
) -> None:
    """Three kills lose nothing, and the lock of a dead client keeps nobody waiting."""
    an_empty_database(postgres_url)
    loads = kill_clients(postgres_url, tmp_path, 3)
    assert lost(postgres_url, loads) == []


@pytest.mark.long
def test_every_acknowledged_row_survives_many_deaths_of_clients(
    cluster: Cluster, postgres_url: str, tmp_path: Path
) -> None:
    """Two hundred kills lose nothing."""
    an_empty_database(postgres_url)
    loads = kill_clients(postgres_url, tmp_path, 200)
    assert lost(postgres_url, loads) == []


def test_every_acknowledged_row_survives_the_death_of_the_server(primary: Cluster, tmp_path: Path) -> None:
    """Two kills under load lose nothing; the client goes on by itself."""
    an_empty_database(primary.url())
    load = Load(primary.url(), tmp_path, 0)
    kill_server(primary, load, 2)
    assert lost(primary.url(), [load]) == []


@pytest.mark.long
def test_every_acknowledged_row_survives_many_deaths_of_the_server(primary: Cluster, tmp_path: Path) -> None:
    """Fifty kills under the load of two clients lose nothing and fork nothing."""
    an_empty_database(primary.url())
    loads = [Load(primary.url(), tmp_path, first * 10**6) for first in range(2)]
    kill_server(primary, loads[0], 50)
    loads[1].kill()
    assert lost(primary.url(), loads) == []


def test_without_waiting_for_the_disk_the_death_of_the_server_loses(primary: Cluster, tmp_path: Path) -> None:
    """The control: the same kill under synchronous_commit = off, and the client says that rows are gone."""
    an_empty_database(primary.url())
    load = Load(primary.url(), tmp_path, 0, "--asynchronous")
    load.wait_for_more(100)
    primary.kill()
    primary.start()
    until = time.monotonic() + 60
    while "were acknowledged" not in load.said() and time.monotonic() < until:
        time.sleep(0.05)
    load.kill()
    assert "leaves were acknowledged, it ends at" in load.said()
    assert lost(primary.url(), [load])


def test_every_acknowledged_row_survives_the_loss_of_the_primary(primary: Cluster, tmp_path: Path) -> None:
    """The primary is killed under load, its standby promoted: nothing is lost, and the client goes on."""
    check_failover(primary, tmp_path, standbys=1)


@pytest.mark.long
@pytest.mark.parametrize("turn", range(20))
def test_every_acknowledged_row_survives_many_losses_of_the_primary(
    primary: Cluster, tmp_path: Path, turn: int
) -> None:
    """Twenty times, with any one of two standbys."""
    check_failover(primary, tmp_path, standbys=2)


@pytest.mark.long
def test_without_waiting_for_a_standby_the_loss_of_the_primary_loses(
    primary: Cluster, tmp_path: Path
) -> None:
    """The control: the same under synchronous_commit = off."""
    with losing_the_primary(primary, tmp_path, 1, "--asynchronous") as (server, load):
        load.kill()
        assert lost(server.url(), [load])


def check_failover(primary: Cluster, tmp_path: Path, standbys: int) -> None:
    """Lose a primary; nothing that was acknowledged before or after it may be missing."""
    with losing_the_primary(primary, tmp_path, standbys) as (server, load):
        load.wait_for_more(20)
        load.kill()
        assert lost(server.url(), [load]) == []


@contextmanager
def losing_the_primary(
    primary: Cluster, tmp_path: Path, standbys: int, *options: str
) -> Iterator[tuple[Cluster, Load]]:
    """Kill a primary under load and promote a standby; return it, and the load that goes on."""
    others = [primary.standby(primary.port + number + 1) for number in range(standbys)]
    an_empty_database(primary.url())
    _wait_for(primary, others)
    load = Load(_any_of([primary, *others]), tmp_path, 0, *options)
    try:
        load.wait_for_more(100)
        primary.kill()
        yield _promote_the_furthest(others), load
    finally:
        load.kill()
        for server in others:
            server.stop()


def _any_of(servers: list[Cluster]) -> str:
    """Return the address of whichever server is the primary."""
    folders = ",".join(str(server.folder) for server in servers)
    ports = ",".join(str(server.port) for server in servers)
    return f"postgresql://bandeau@/postgres?host={folders}&port={ports}"


def _wait_for(primary: Cluster, standbys: list[Cluster]) -> None:
    """Have the primary wait for any one of its standbys from now on."""
    names = ", ".join(f"n{standby.port}" for standby in standbys)
    primary.sql(f"ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 ({names})'")
    primary.sql("SELECT pg_reload_conf()")
    until = time.monotonic() + 60
    while len(primary.sql("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'quorum'")) < len(standbys):
        assert time.monotonic() < until
        time.sleep(0.05)


def _promote_the_furthest(standbys: list[Cluster]) -> Cluster:
    """Promote the standby that has most: with ANY 1 it alone is sure to have all that was acknowledged."""
    received = "SELECT pg_last_wal_receive_lsn() - '0/0'::pg_lsn"
    furthest = max(standbys, key=lambda standby: standby.sql(received)[0][0])
    furthest.sql("SELECT pg_promote(true, 60)")
    return furthest
