"""What the site itself counted in the last day: failures that a person should look at."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bandeau.cli.diagnosis.finding import Finding, error, ok, warning
from bandeau.core.policy import Policy
from bandeau.storage.countfile import countfile_path, read_counts
from bandeau.web import counters

#: What to do about a failure, by its first words; the rest is for the log.
_REMEDIES = {
    "page is larger than max_body_bytes": "raise enforce.max_body_bytes, then run: bandeau check",
    "page is encoded": "let nothing between the site and Bandeau encode with br or zstd",
    "page is unreadable": "look for its address in the site's log (bandeau)",
    "a guard did not come": "bandeau doctor --url the address of a page",
    "a choice was not recorded": "bandeau ledger verify",
    "a choice was beyond the limits": "bandeau stats --compare yesterday",
}


def counted(policy: Policy, folder: Path) -> Iterator[Finding]:
    """Yield the failures of the last day."""
    path = countfile_path(folder)
    if path is None:
        yield warning("counts", "BANDEAU_COUNTS is empty: the site keeps none", "unset BANDEAU_COUNTS")
        return
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        sentence = f"{path} cannot be written by this user"
        yield warning("counts", sentence, "set BANDEAU_COUNTS to a file that the site's user may write")
        return
    now = datetime.now(UTC)
    try:
        rows = read_counts(path, now - timedelta(days=1), now + timedelta(hours=1))
    except FileNotFoundError:
        yield warning(
            "counts", f"there is no {path}: no site has run here", "start the site, and read a page"
        )
        return
    except (sqlite3.Error, ValueError) as problem:
        yield error("counts", f"{path} is no file of counts: {problem}", f"mv {path} {path}.old")
        return
    failures: dict[str, int] = {}
    for row in rows:
        family, labels = row.series
        if family == counters.FAILURES:
            failures[labels[0]] = failures.get(labels[0], 0) + row.count
    for what, count in sorted(failures.items()):
        limit = f" ({policy.enforce.max_body_bytes:,})" if "max_body_bytes" in what else ""
        yield warning(
            "counts", f"{what}{limit}: {count:,} times in a day", _REMEDIES.get(what, "bandeau stats")
        )
    if not failures:
        yield ok("counts", "no failure in the last day")
