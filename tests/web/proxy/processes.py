"""`bandeau proxy` as a process, for tests that need one."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bandeau.policyfile.starter import Starter, starter_text


def furnished(folder: Path) -> Path:
    """Put a policy, keys and a store into a folder."""
    (folder / "bandeau.toml").write_text(starter_text(Starter(controller="A", contact="a@a.example")))
    command = [sys.executable, "-m", "bandeau", "ledger", "init"]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@dataclass
class Running:
    """A running `bandeau proxy`."""

    process: subprocess.Popen[str]
    port: int = 0
    said: list[str] = field(default_factory=list)

    def wait_for(self, text: str, count: int = 1) -> None:
        """Wait until it has said something so many times."""
        deadline = time.monotonic() + 30
        while sum(text in line for line in self.said) < count:
            assert time.monotonic() < deadline, self.said
            time.sleep(0.02)

    def workers(self) -> set[int]:
        """Return the processes that serve."""
        pid = self.process.pid
        return set(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))


@contextmanager
def running(home: Path, upstream: str, *options: str) -> Iterator[Running]:
    """Run `bandeau proxy` on a free port."""
    command = [sys.executable, "-m", "bandeau", "proxy", "--upstream", upstream, "--port", "0", *options]
    process = subprocess.Popen(command, cwd=home, stderr=subprocess.PIPE, text=True)
    found = Running(process)

    def read() -> None:
        assert process.stderr is not None
        for line in process.stderr:
            found.said.append(line)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    try:
        found.wait_for("listening on")
        found.port = int(re.findall(r"listening on http://[\d.]+:(\d+)", found.said[0])[0])
        yield found
    finally:
        process.terminate()
        process.wait(20)
        thread.join(5)
        assert process.stderr is not None
        process.stderr.close()
