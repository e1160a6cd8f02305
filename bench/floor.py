"""The disk itself makes so many writes durable in a second; nothing that waits for them is quicker.

Run: python bench/floor.py. The other benches print the same of the folder that they use.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

_BYTES = 512


def print_syncs(path: Path, seconds: float) -> None:
    """Print what one durable write of a record's size costs on this disk."""
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY)
    took: list[float] = []
    end = time.perf_counter() + seconds
    while (start := time.perf_counter()) < end:
        os.write(descriptor, b"x" * _BYTES)
        os.fdatasync(descriptor)
        took.append(time.perf_counter() - start)
    os.close(descriptor)
    print(
        f"the disk: {len(took) / seconds:,.0f} fdatasync/s, p50 {milliseconds(took, 0.5)} ms, "
        f"p99 {milliseconds(took, 0.99)} ms"
    )


def milliseconds(took: Sequence[float], share: float) -> str:
    """Return what a share of all waits stayed below."""
    return f"{sorted(took)[int(len(took) * share)] * 1_000:.2f}"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        print_syncs(Path(folder) / "floor", 5.0)
