"""What the verification of logs found, in data and in plain sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: What is wrong; docs/explanation/ledger.md explains each.
Kind = Literal[
    "edited",  # a row is not what its leaf commits to
    "deleted",  # a row, or a whole log, is not there and no tombstone says why
    "reordered",  # a row is what another leaf commits to
    "back-dated",  # time goes back, or a row is of another year than its log
    "forked",  # the log is not the one that was signed
    "shortened",  # it has fewer entries than were signed
    "damaged",  # a tile, leaf, checkpoint or column does not fit the others
    "unreadable",  # a row says what no writer of a log writes
    "not erased",  # a tombstone stands for a row that is still there
    "anchor",  # an anchor is not accepted
]
#: Against what a log was verified, from the weakest to the strongest.
Level = Literal["self-attested", "published", "witnessed"]
_LEVELS: tuple[Level, ...] = ("self-attested", "published", "witnessed")


def counted(count: int, one: str, many: str) -> str:
    """Return a number with its noun."""
    return f"{count} {one if count == 1 else many}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: where, and a sentence for somebody who is no engineer."""

    kind: Kind
    origin: str
    index: int | None
    code: str | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Cover:
    """What vouches for the first ``size`` entries of a log, and how strongly."""

    size: int
    level: Level
    by: str


@dataclass(frozen=True, slots=True)
class LogReport:
    """What was verified of one log.

    ``erased`` counts the rows that a tombstone accounts for; ``tombstones`` how many stand in this log.
    """

    origin: str
    size: int
    kept: int
    erased: int
    tombstones: int
    first_at: str
    last_at: str
    covers: tuple[Cover, ...]

    @property
    def level(self) -> Level:
        """The strongest thing that vouches for any part of this log; ``covers`` say for which part."""
        return max((cover.level for cover in self.covers), key=_LEVELS.index, default="self-attested")

    def sentences(self) -> list[str]:
        """Return what is known of this log."""
        dates = f", from {self.first_at} to {self.last_at}" if self.first_at else ""
        entries, rows = counted(self.size, "entry", "entries"), counted(self.kept, "row", "rows")
        said = [f"{self.origin}: {entries}{dates}; {rows} kept, {self.erased} erased."]
        for cover in sorted(self.covers, key=lambda cover: cover.size):
            first = "entry is as it was" if cover.size == 1 else f"{cover.size} entries are as they were"
            said.append(f"The first {first} when signed: {cover.level} ({cover.by}).")
        rest = self.size - max((cover.size for cover in self.covers), default=0)
        if rest:
            last = "entry rests" if rest == 1 else f"{rest} entries rest"
            said.append(f"The last {last} on the operator's word alone: self-attested.")
        return said


@dataclass(frozen=True, slots=True)
class Report:
    """What was verified and what is wrong; ``left_off`` findings more than ``findings`` holds."""

    logs: tuple[LogReport, ...]
    findings: tuple[Finding, ...]
    left_off: int = 0

    @property
    def holds(self) -> bool:
        """Tell whether nothing is wrong."""
        return not self.findings

    @property
    def level(self) -> Level:
        """Against what all logs were verified: that of the weakest."""
        return min((log.level for log in self.logs), key=_LEVELS.index, default="self-attested")

    def sentences(self) -> list[str]:
        """Return everything in sentences: findings first, then what is known, then what it does not show."""
        said = [finding.sentence for finding in self.findings]
        if self.left_off:
            said.append(f"{counted(self.left_off, 'more finding is', 'more findings are')} left off.")
        for log in self.logs:
            said += log.sentences()
        if self.level == "self-attested":
            said.append(_SELF_ATTESTED)
        return [*said, _LIMITS]


_SELF_ATTESTED = (
    "Without an anchor from outside this shows that the logs agree with themselves and with the operator's "
    "key, not that the operator never rewrote them."
)
_LIMITS = (
    "A log shows that records are unaltered and complete; it does not show that humans made the choices."
)
