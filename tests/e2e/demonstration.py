"""La Gazette as `make demo` serves it, on free ports, with its data in a folder of its own."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .wagtail_site import free_port, wait_for

DEMO = Path(__file__).parents[2] / "gazette" / "demo.py"
ARTICLE = "/environnement/l-orle-coule-de-nouveau-sans-barrage/"
PRIVATE = "/pour-vous/"


@dataclass(frozen=True)
class Paper:
    """The running demonstration."""

    port: int
    standin_port: int
    folder: Path

    @property
    def policy(self) -> Path:
        """The policy file that it runs with."""
        return self.folder / "bandeau.toml"

    def url(self, path: str = "/") -> str:
        """Return an address of the newspaper."""
        return f"http://127.0.0.1:{self.port}{path}"

    def forget(self) -> None:
        """Empty the third parties' log."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.standin_port}/__reset", method="POST")
        urllib.request.urlopen(request, timeout=10).close()

    def called(self) -> set[str]:
        """Return the third parties that were reached."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.standin_port}/__hits", timeout=10) as answer:
            found: Any = json.load(answer)
        hits = found["hits"] if isinstance(found, dict) else found
        return {hit["host"].partition(":")[0] for hit in hits} - {"127.0.0.1"}

    def rows(self, database: str, query: str) -> list[tuple[Any, ...]]:
        """Read one of the two databases."""
        with sqlite3.connect(self.folder / database) as connection:
            return connection.execute(query).fetchall()

    def profiles(self) -> int:
        """Return how many reading profiles exist."""
        return int(self.rows("gazette.db", "SELECT count(*) FROM readers_readingprofile")[0][0])

    def records(self) -> int:
        """Return how many choices were recorded."""
        return int(self.rows("bandeau.db", "SELECT count(*) FROM kept WHERE kind = 'consent'")[0][0])


@contextmanager
def demonstration(folder: Path, *program: object, **environment: str) -> Iterator[Paper]:
    """Run the demonstration, or another program that takes its options, until the end of the block."""
    port = free_port()
    log = (folder / "demo.log").open("w+")
    command = [sys.executable, *map(str, program or (DEMO,)), "--port", str(port), "--var", str(folder)]
    process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **environment})
    try:
        wait_for(process, f"http://127.0.0.1:{port}/", log.name)
        yield Paper(port, _standin_port(folder), folder)
    finally:
        process.terminate()
        process.wait(20)
        log.close()


def _standin_port(folder: Path) -> int:
    """Read the third parties' port from the policy that the demonstration wrote."""
    policy = (folder / "bandeau.toml").read_text()
    return int(policy.partition("ga4.localhost:")[2].partition('"')[0])
