"""Verifies whole logs: rows against leaves, leaves against what was signed, dates, tombstones, anchors.

A log is read once from its beginning to its end, and one byte is remembered of each entry: a log of millions
needs little memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bandeau.errors import LedgerError
from bandeau.ledger.anchor import Anchor, read_anchor
from bandeau.ledger.bodies import Tombstone
from bandeau.ledger.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from bandeau.ledger.cosignature import verify_cosignatures
from bandeau.ledger.note import VerifierKey, parse_note
from bandeau.ledger.report import Cover, Level, LogReport, Report
from bandeau.ledger.scan import BURIED, THERE, Findings, LogScan
from bandeau.ledger.store import LogHead, LogSource

_OWN = "its own signed checkpoint"
_GONE = re.compile(b"\0+")
_BURIED_ALIVE = re.compile(bytes([THERE | BURIED]) + b"+")


def verify_logs(
    source: LogSource,
    keys: Sequence[VerifierKey],
    *,
    anchors: Iterable[tuple[str, bytes]] = (),
    witnesses: Sequence[VerifierKey] = (),
) -> Report:
    """Verify all logs of a source.

    Args:
        source: the logs as they stand; a store's ``snapshot`` when it is being written to.
        keys: the logs' keys that the caller trusts, each under the origin that it signs for.
        anchors: checkpoints and receipts from outside, each with the name that the report calls it.
        witnesses: the keys of witnesses that the caller trusts.
    """
    return _Verification(source, keys, witnesses).run(anchors)


class _Verification:
    def __init__(
        self, source: LogSource, keys: Sequence[VerifierKey], witnesses: Sequence[VerifierKey]
    ) -> None:
        self._source = source
        self._keys = keys
        self._witnesses = witnesses
        self._findings = Findings()
        self._scans: dict[str, LogScan] = {}
        #: Which log the one of an origin follows, when its first entry vouches for it as it is.
        self._follows: dict[str, str] = {}

    def run(self, files: Iterable[tuple[str, bytes]]) -> Report:
        anchors = self._read_anchors(files)
        heads = sorted(self._source.logs(), key=lambda head: (head.site_id, head.environment, head.year))
        before: LogScan | None = None
        for head in heads:
            scan = self._scan(head, [each for each in anchors if each.checkpoint.origin == head.origin])
            self._check_beginning(scan, before if before and _series(before.head) == _series(head) else None)
            before = scan
        self._check_absent_logs(anchors)
        for scan in self._scans.values():
            self._check_absent_rows(scan)
        return Report(self._reports(), tuple(self._findings.kept), self._findings.left_off)

    def _read_anchors(self, files: Iterable[tuple[str, bytes]]) -> list[Anchor]:
        anchors: list[Anchor] = []
        for name, data in files:
            try:
                anchors.append(read_anchor(name, data, self._keys, self._witnesses))
            except LedgerError as error:
                self._findings.add("anchor", "", f"{name} is no anchor: {error}.")
        roots: dict[tuple[str, int], Anchor] = {}
        for anchor in anchors:
            point = anchor.checkpoint
            other = roots.setdefault((point.origin, point.size), anchor)
            if other.checkpoint.root != point.root:
                self._findings.add(
                    "forked",
                    point.origin,
                    f"{other.name} and {anchor.name} contradict each other: two histories of {point.size} "
                    f"entries were signed with the key of {point.origin}.",
                )
        return anchors

    def _scan(self, head: LogHead, anchors: list[Anchor]) -> LogScan:
        own = self._own_anchor(head)
        scan = LogScan(
            head,
            self._source,
            self._findings,
            [*anchors, own] if own else anchors,
            lambda tombstone, index: self._bury(scan, tombstone, index),
        )
        self._scans[head.origin] = scan
        scan.run()
        if scan.frontier != head.frontier or scan.frontier.root() != head.root:
            self._findings.add(
                "damaged",
                head.origin,
                f"What is stored as the head of {head.origin} is not that of its entries.",
            )
        for anchor in anchors:
            if anchor.checkpoint.size > scan.frontier.size:
                self._findings.add(
                    "shortened",
                    head.origin,
                    f"{anchor.name} vouches for {anchor.checkpoint.size} entries of {head.origin}, and "
                    f"there are {scan.frontier.size}: the last ones were cut off.",
                )
        return scan

    def _own_anchor(self, head: LogHead) -> Anchor | None:
        """Return the checkpoint that a log is kept with; say what is wrong when it is not accepted."""
        if not head.is_in_place():
            self._findings.add(
                "damaged", head.origin, f"{head.origin} is kept as the log of another site or year."
            )
        try:
            checkpoint, _ = open_checkpoint(head.checkpoint, self._keys)
            cosignatures = verify_cosignatures(parse_note(head.checkpoint), self._witnesses)
        except LedgerError as error:
            sentence = f"The signed checkpoint of {head.origin} is not accepted: {error}."
            self._findings.add("damaged", head.origin, sentence)
            return None
        if (checkpoint.origin, checkpoint.size) != (head.origin, head.size):
            self._findings.add(
                "damaged",
                head.origin,
                f"{head.origin} is kept with {head.size} entries, and with a checkpoint of {checkpoint.size} "
                f"entries of {checkpoint.origin}.",
            )
        return Anchor(_OWN, checkpoint, cosignatures) if checkpoint.origin == head.origin else None

    def _bury(self, current: LogScan, tombstone: Tombstone, index: int) -> None:
        """Note what a tombstone stands for: entries before it, here or in an earlier log of the site."""
        of, here = (
            self._scans.get(tombstone.origin),
            f"The tombstone at entry {index} of {current.head.origin}",
        )
        if of is None or _series(of.head) != _series(current.head):
            sentence = f"{here} names a log that this site does not have: {tombstone.origin}."
            self._findings.add("damaged", current.head.origin, sentence, index)
            return
        end = index if of is current else of.frontier.size
        for first, last in tombstone.runs:
            if last < end:
                of.mark_buried(first, last)
            else:
                sentence = (
                    f"{here} stands for entries of {tombstone.origin} that were not there: {first} to {last}."
                )
                self._findings.add("damaged", current.head.origin, sentence, index)

    def _check_beginning(self, scan: LogScan, before: LogScan | None) -> None:
        """Check that a log follows the one before it, as that one is now."""
        origin, opened = scan.head.origin, scan.opened
        if opened is None:
            sentence = (
                f"The first entry of {origin}, which says what log it follows, is not there as it was logged."
            )
            self._findings.add("damaged", origin, sentence, 0)
            return
        if opened.previous is None:
            if before:
                sentence = (
                    f"{origin} says that it is the first log of its site, and {before.head.origin} is older."
                )
                self._findings.add("damaged", origin, sentence, 0)
            return
        try:
            previous = parse_checkpoint(parse_note(opened.previous).text)
        except LedgerError as error:
            sentence = f"The checkpoint in the first entry of {origin} cannot be read: {error}."
            self._findings.add("unreadable", origin, sentence, 0)
            return
        if before is None or before.head.origin != previous.origin:
            self._findings.add(
                "deleted",
                previous.origin,
                f"{origin} follows {previous.origin} with its {previous.size} entries, and that log is not "
                "there: a whole log was deleted.",
            )
        elif previous != Checkpoint(previous.origin, before.frontier.size, before.frontier.root()):
            self._findings.add(
                "forked",
                previous.origin,
                f"The {before.frontier.size} entries of {previous.origin} are not the {previous.size} that "
                f"the log after it, {origin}, vouches for: it was rewritten.",
            )
        else:
            self._follows[origin] = previous.origin

    def _check_absent_logs(self, anchors: Iterable[Anchor]) -> None:
        for anchor in anchors:
            point = anchor.checkpoint
            if point.origin not in self._scans and point.size:
                self._findings.add(
                    "deleted",
                    point.origin,
                    f"{anchor.name} vouches for {point.size} entries of {point.origin}: it is not there.",
                )

    def _check_absent_rows(self, scan: LogScan) -> None:
        """Compare which rows are gone with what the tombstones stand for; some stand in later logs."""
        origin = scan.head.origin
        codes = {each.claim.index: each.claim.code for each in scan.anchors if each.claim}
        for found in _GONE.finditer(scan.states):
            first, last = found.start(), found.end() - 1
            known = [codes[index] for index in sorted(codes) if first <= index <= last]
            self._findings.add(
                "deleted",
                origin,
                f"{_entries(first, last)} of {origin} {'is' if first == last else 'are'} not there, and no "
                f"tombstone says why: {'it was' if first == last else 'they were'} deleted."
                + (f" The receipts {', '.join(known)} are of them." if known else ""),
                first,
                known[0] if known else None,
            )
        for found in _BURIED_ALIVE.finditer(scan.states):
            first, last = found.start(), found.end() - 1
            self._findings.add(
                "not erased",
                origin,
                f"{_entries(first, last)} of {origin}: a tombstone says erased, and the row is still there.",
                first,
            )

    def _reports(self) -> tuple[LogReport, ...]:
        reports: dict[str, LogReport] = {}
        after = {earlier: later for later, earlier in self._follows.items()}
        # The newest first: what vouches for its first entry vouches for the whole log before it.
        for origin, scan in reversed(self._scans.items()):
            covers = [_cover(each) for each in scan.held if each.name != _OWN or each.cosignatures]
            later = reports.get(after.get(origin, ""))
            if later:
                covers += [
                    Cover(scan.frontier.size, cover.level, f"{cover.by}, through {later.origin}")
                    for cover in later.covers
                ]
            reports[origin] = _report(scan, _strongest(covers))
        return tuple(reversed(reports.values()))


def _series(head: LogHead) -> tuple[str, str]:
    return head.site_id, head.environment


def _entries(first: int, last: int) -> str:
    return f"Entry {first}" if first == last else f"Entries {first} to {last}"


def _cover(anchor: Anchor) -> Cover:
    witnesses = ", ".join(f"{each.witness.name} at {each.at}" for each in anchor.cosignatures)
    level: Level = "witnessed" if witnesses else "published"
    return Cover(anchor.checkpoint.size, level, f"{anchor.name}: {witnesses}" if witnesses else anchor.name)


def _strongest(covers: Iterable[Cover]) -> tuple[Cover, ...]:
    """Return the largest cover of each level, without one that a stronger level makes needless."""
    largest: dict[Level, Cover] = {}
    for cover in covers:
        if cover.size > (largest[cover.level].size if cover.level in largest else 0):
            largest[cover.level] = cover
    witnessed, published = largest.get("witnessed"), largest.get("published")
    if witnessed and published and witnessed.size >= published.size:
        published = None
    return tuple(cover for cover in (published, witnessed) if cover)


def _report(scan: LogScan, covers: tuple[Cover, ...]) -> LogReport:
    return LogReport(
        origin=scan.head.origin,
        size=scan.frontier.size,
        kept=scan.states.count(THERE) + scan.states.count(THERE | BURIED),
        erased=scan.states.count(BURIED),
        tombstones=scan.tombstones,
        first_at=scan.first_at,
        last_at=scan.last_at,
        covers=covers,
    )
