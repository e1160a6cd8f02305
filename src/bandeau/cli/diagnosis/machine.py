"""The machine that a site runs on: keys, store, clock, disk, browser, tokens."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bandeau.audit.collect.chromium import find
from bandeau.cli.diagnosis.finding import Finding, error, ok, warning
from bandeau.core.policy import Mode, Policy
from bandeau.errors import BandeauError, BrowserMissing, TokenFileError
from bandeau.policyfile.modeswitch import MODE_VARIABLE
from bandeau.site import Site
from bandeau.storage.engines import MEMORY, POSTGRES
from bandeau.storage.keyfile import exposed, keyfile_path
from bandeau.storage.tokenfile import read_tokens, tokenfile_path

#: Older ones can lose a transaction of several connections (sqlite.org, "The WAL-reset bug").
_SAFE_SQLITE = (3, 51, 3)
#: SQLite's write-ahead log needs memory that processes share: not on a file system of the network.
_NETWORKED = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "glusterfs", "ceph"})
_LEAST_FREE = 500 * 1024 * 1024
_LARGEST_WAL = 256 * 1024 * 1024
#: A log this far ahead of the clock was written by another clock.
_AHEAD = timedelta(minutes=2)


def machine(policy: Policy, path: Path) -> Iterator[Finding]:
    """Yield what is found on this machine; ``path`` is the policy file's."""
    folder = path.parent
    yield _mode(policy)
    yield _keys(policy, folder)
    yield from _store(policy, path)
    yield _disk(folder)
    yield _browser()
    yield from _tokens(folder)


def _mode(policy: Policy) -> Finding:
    word = os.environ.get(MODE_VARIABLE, "")
    if word:
        sentence = f"{MODE_VARIABLE}={word} stands before the file in this environment"
        return warning("mode", sentence, f"unset {MODE_VARIABLE}, where that is not meant")
    mode = policy.enforce.mode
    if mode is Mode.ENFORCE:
        return ok("mode", "enforce")
    return warning("mode", f"{mode}: nothing is blocked", "bandeau check --ready")


def _keys(policy: Policy, folder: Path) -> Finding:
    path = keyfile_path(policy, folder)
    found = exposed(path)
    if found is not None:
        return warning("keys", found.partition(": chmod")[0], f"chmod 600 {path}")
    if not path.exists():
        return error("keys", f"there is no {path}", "bandeau keys create")
    return ok("keys", f"{path} is its owner's alone")


def _store(policy: Policy, path: Path) -> Iterator[Finding]:
    url = policy.proof.store
    if url == MEMORY:
        yield warning(
            "store", "nothing is recorded (memory:)", "set proof.store, then run: bandeau ledger init"
        )
        return
    if not url.startswith(POSTGRES):
        yield from _sqlite(path.parent / url.removeprefix("sqlite:///"))
    try:
        site = Site.open(path)
    except (BandeauError, OSError) as problem:
        yield error("store", str(problem), "bandeau ledger verify")
        return
    with closing(site):
        yield ok("store", f"{len(site.logs())} logs, as they were left")
        yield _clock(site)


def _sqlite(file: Path) -> Iterator[Finding]:
    version = sqlite3.sqlite_version
    if sqlite3.sqlite_version_info < _SAFE_SQLITE:
        sentence = (
            f"SQLite {version} can lose a transaction of several writers (fixed in 3.51.3); Bandeau locks "
            "around it, other programs that write the file do not"
        )
        yield warning("SQLite", sentence, f"let Bandeau alone write {file.name}, or use a newer SQLite")
    else:
        yield ok("SQLite", version)
    if not file.exists():
        yield error("store", f"there is no {file}", "bandeau ledger init")
        return
    kind = file_system(file)
    if kind in _NETWORKED:
        sentence = f"{file} lies on {kind}, where SQLite cannot lock"
        yield error("store", sentence, "move it to a local disk, or use proof.store = postgresql://…")
    yield from _settings(file)


def _settings(file: Path) -> Iterator[Finding]:
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as opened:
            (journal,) = opened.execute("PRAGMA journal_mode").fetchone()
    except sqlite3.Error as problem:
        yield error("store", f"{file} cannot be read: {problem}", "bandeau ledger verify")
        return
    if journal != "wal":
        yield error(
            "SQLite", f"{file} is in the mode {journal}, not wal", f"sqlite3 {file} 'PRAGMA journal_mode=WAL'"
        )
    wal = file.with_name(file.name + "-wal")
    if wal.exists() and wal.stat().st_size > _LARGEST_WAL:
        size = wal.stat().st_size // 1024**2
        yield warning("SQLite", f"{wal.name} has {size} MB: a reader holds it open", f"fuser -v {file}")


def _clock(site: Site) -> Finding:
    now = datetime.now(UTC)
    newest = max((datetime.fromisoformat(head.at) for head in site.logs()), default=now)
    if newest > now + _AHEAD:
        log, clock = f"{newest:%Y-%m-%d %H:%M}", f"{now:%Y-%m-%d %H:%M}"
        sentence = f"the log's last entry is of {log}, and this clock says {clock} UTC"
        return error("clock", sentence, "timedatectl status")
    return ok("clock", f"{now:%Y-%m-%d %H:%M:%S} UTC, not before the log")


def _disk(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    if free < _LEAST_FREE:
        return warning(
            "disk",
            f"{free // 1024**2} MB are free in {folder}: a full disk records nothing",
            f"df -h {folder}",
        )
    return ok("disk", f"{free // 1024**3} GB are free")


def _browser() -> Finding:
    try:
        found = find()
    except BrowserMissing as problem:
        return warning("browser", str(problem).partition(" Install")[0], "apt install chromium")
    try:
        import playwright  # noqa: F401
    except ImportError:
        return warning("browser", f"{found}, and nothing to drive it", "pip install 'bandeau[audit]'")
    if os.geteuid() == 0:
        return warning(
            "browser", f"{found}, without its sandbox as root", "run bandeau audit as another user"
        )
    return ok("browser", found)


def _tokens(folder: Path) -> Iterator[Finding]:
    try:
        tokens = read_tokens(tokenfile_path(folder))
    except TokenFileError as problem:
        yield error("tokens", str(problem), "bandeau tokens create")
        return
    today = datetime.now(UTC).date()
    for token in tokens:
        if token.expires < today + timedelta(days=14):
            over = "has expired" if token.expires < today else f"expires on {token.expires}"
            yield warning(
                "tokens", f"{token.id} ({token.name}) {over}", f"bandeau tokens create {token.name}"
            )


def file_system(path: Path, mounts: Path = Path("/proc/self/mounts")) -> str:
    """Return the kind of file system that a path lies on; ``""`` where the machine does not say."""
    try:
        rows = [line.split(" ") for line in mounts.read_text().splitlines()]
    except OSError:
        return ""
    place = path.resolve()
    found = [(row[1], row[2]) for row in rows if len(row) > 2 and place.is_relative_to(row[1])]
    return max(found, key=lambda row: len(row[0]))[1] if found else ""
