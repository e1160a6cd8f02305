"""Private PostgreSQL servers for tests: on a unix socket, in a folder of their own, as an unprivileged user."""

from __future__ import annotations

import glob
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psycopg

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "16MB",
    "max_wal_senders": "4",
    "wal_receiver_status_interval": "1s",
    "autovacuum": "off",
}


def programs() -> Path:
    """Return the folder of the newest PostgreSQL here; distributions keep it out of the PATH."""
    found = glob.glob("/usr/lib/postgresql/*/bin/initdb") + glob.glob("/usr/pgsql-*/bin/initdb")
    on_path = shutil.which("initdb")
    if not found and on_path is None:
        raise RuntimeError("the tests need PostgreSQL 15 or newer (on Debian: apt install postgresql)")
    return Path(max(found, key=lambda name: float(Path(name).parts[-3])) if found else str(on_path)).parent


class Cluster:
    """One server. It is not started yet when it is made."""

    def __init__(self, folder: Path, port: int = 5432, **settings: str) -> None:
        self.folder = folder
        self.port = port
        self.data = folder / f"data-{port}"
        self._settings = {**_SETTINGS, **settings}
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    def create(cls, folder: Path, port: int = 5432) -> Cluster:
        """Make a new, empty server in a folder of ``a_folder``."""
        cluster = cls(folder, port)
        cluster.run("initdb", "-D", cluster.data, "-U", "bandeau", "--auth=trust", "--no-sync", "-E", "UTF8")
        return cluster

    def copy(self, folder: Path, port: int = 5432, **settings: str) -> Cluster:
        """Return a server like this one, which was never started: that is quicker than to create it."""
        copy = Cluster(folder, port, **settings)
        subprocess.run(["cp", "-r", str(self.data), str(copy.data)], check=True, **_as_server(folder))
        return copy

    def url(self, database: str = "postgres") -> str:
        """Return the address of a database."""
        return f"postgresql://bandeau@/{database}?host={self.folder}&port={self.port}"

    def run(self, program: str, *arguments: object) -> None:
        """Run one of PostgreSQL's programs as its user."""
        command = [str(programs() / program), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, **_as_server(self.folder))
        assert done.returncode == 0, done.stderr

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        command = [
            programs() / "postgres",
            "-D",
            self.data,
            "-k",
            self.folder,
            "-p",
            str(self.port),
            *options,
        ]
        with (self.folder / f"log-{self.port}").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, **_as_server(self.folder))
        self.wait()

    def wait(self, seconds: float = 60) -> None:
        """Wait until the server answers."""
        until = time.monotonic() + seconds
        while True:
            try:
                psycopg.connect(self.url(), connect_timeout=2).close()
            except psycopg.Error:
                assert time.monotonic() < until, (self.folder / f"log-{self.port}").read_text()[-2000:]
                time.sleep(0.02)
            else:
                return

    def kill(self) -> None:
        """End all of the server's processes at once, as ``kill -9`` does."""
        assert self._process is not None
        # Stopped first: it must not start a process, or restart after one, between two kills.
        self._process.send_signal(signal.SIGSTOP)
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        for process in [*map(int, children), self._process.pid]:
            os.kill(process, signal.SIGKILL)
        self._process.wait(30)
        for child in children:
            while Path(f"/proc/{child}").exists():
                time.sleep(0.005)

    def pause(self) -> None:
        """Stop all of the server's processes: it accepts connections and answers nothing."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Go on after ``pause``."""
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        """Shut the server down."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(30)

    def sql(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run a statement; return what it says."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def new_database(self, name: str) -> str:
        """Create a database; return its address."""
        self.sql(f"CREATE DATABASE {name} TEMPLATE template0")
        return self.url(name)

    def standby(self, port: int) -> Cluster:
        """Return a started standby of this server; it is called as its port."""
        standby = Cluster(self.folder, port, **self._settings)
        self.run("pg_basebackup", "-D", standby.data, "-d", self.url(), "-c", "fast", "-N", "-X", "stream")
        told = f"primary_conninfo = '{self.url()}&application_name=n{port}'\n"
        with (standby.data / "postgresql.auto.conf").open("a") as file:
            file.write(told)
        (standby.data / "standby.signal").touch()
        standby.start()
        return standby

    def _signal(self, number: int) -> None:
        assert self._process is not None
        pid = self._process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for process in [pid, *map(int, children)]:
            with suppress(ProcessLookupError):  # a worker may have ended by itself
                os.kill(process, number)


def a_folder() -> Path:
    """Return a new folder that PostgreSQL's user owns, in memory where that can be had.

    The tests kill processes, and power losses cannot be played here: a disk would add time alone.
    """
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="bandeau-pg-", dir=memory))
    if os.geteuid() == 0:
        user = _user()
        os.chown(folder, user.pw_uid, user.pw_gid)
    return folder


def _user() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("no user to run PostgreSQL as: it refuses to run as root")


def _as_server(folder: Path) -> dict[str, object]:
    """Return who runs the server: itself when root runs the tests."""
    if os.geteuid() != 0:
        return {"cwd": folder}
    user = _user()
    return {"cwd": folder, "user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
