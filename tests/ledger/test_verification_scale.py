"""A log of a million records: verified in little memory, and how long that takes."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator
from hashlib import sha256

import pytest
from msgspec.structs import replace

from bandeau.ledger.bodies import CONSENT, OPENED, opened_body
from bandeau.ledger.checkpoint import Checkpoint
from bandeau.ledger.commitment import commit
from bandeau.ledger.receiptcode import receipt_code
from bandeau.ledger.store import Kept, LogHead
from bandeau.ledger.tree import Frontier, leaf_hash
from bandeau.ledger.verification import verify_logs
from tests.ledger.memorylog import ENVIRONMENT, SITE, at_second, origin_of
from tests.ledger.test_checkpoint import KEY
from tests.storage.records import a_record

ORIGIN = origin_of(2026)
RECORD = replace(a_record(), at="AT", record_id="RECORD", subject_id="SUBJECT").canonical()


class GeneratedLog:
    """A log of which nothing is stored but its tiles: each row is made when it is asked for."""

    def __init__(self, size: int, changed: int | None = None) -> None:
        self._size, self._changed = size, changed
        frontier, self._tiles = Frontier.empty(), [bytearray(), bytearray(), bytearray()]
        for start in range(0, size, 4096):
            leaves = self.leaves(ORIGIN, start, min(start + 4096, size))
            frontier, grown = frontier.grow(map(leaf_hash, leaves))
            for level in range(-(-len(grown) // 8)):
                self._tiles[level] += b"".join(grown[8 * level])
        root = frontier.root()
        checkpoint = Checkpoint(ORIGIN, size, root).signed([KEY])
        at = at_second(2026, size - 1)
        self._head = LogHead(ORIGIN, SITE, ENVIRONMENT, 2026, at, frontier, root, checkpoint)

    def logs(self) -> list[LogHead]:
        """Return the head."""
        return [self._head]

    def tile(self, origin: str, level: int, number: int) -> bytes:
        """Return a tile."""
        return bytes(self._tiles[level][8192 * number : 8192 * number + 8192])

    def leaves(self, origin: str, start: int, stop: int) -> list[bytes]:
        """Return leaves; the changed row has the leaf that it was logged with."""
        return [commit(self.salt(index), self.body(index)) for index in range(start, min(stop, self._size))]

    def rows(self, origin: str, start: int = 0, stop: int | None = None) -> Iterator[Kept]:
        """Yield rows."""
        for index in range(start, self._size if stop is None else stop):
            body = (
                self.body(index).replace(b"refused", b"given") if index == self._changed else self.body(index)
            )
            if index == 0:
                yield Kept(ORIGIN, 0, OPENED, "", "", "", self.salt(0), body)
            else:
                code, subject = receipt_code(f"record-{index}"), f"subject-{index % 1000}"
                yield Kept(ORIGIN, index, CONSENT, code, "", subject, self.salt(index), body)

    def salt(self, index: int) -> bytes:
        """Return the salt of a row."""
        return sha256(b"%d" % index).digest()

    def body(self, index: int) -> bytes:
        """Return the body of a row."""
        if index == 0:
            return opened_body(ORIGIN, at_second(2026, 0), None)
        at = at_second(2026, index).encode()
        body = RECORD.replace(b"AT", at).replace(b"RECORD", b"record-%d" % index)
        return body.replace(b"SUBJECT", b"subject-%d" % (index % 1000))


def test_the_generated_rows_are_canonical_records() -> None:
    log = GeneratedLog(5)

    assert [row.record().record_id for row in log.rows(ORIGIN, 1)] == [
        f"record-{number}" for number in range(1, 5)
    ]
    assert verify_logs(log, [KEY.verifier]).findings == ()


@pytest.mark.parametrize(
    ("small", "large"), [(5_000, 20_000), pytest.param(20_000, 200_000, marks=pytest.mark.long)]
)
def test_memory_grows_by_a_byte_or_two_for_each_record(small: int, large: int) -> None:
    peaks = []
    for size in (small, large):
        log = GeneratedLog(size)
        tracemalloc.start()
        report = verify_logs(log, [KEY.verifier])
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert report.findings == ()

    assert peaks[1] - peaks[0] < 2 * (large - small) + 100_000


@pytest.mark.long
def test_one_changed_record_in_a_million_is_found() -> None:
    log = GeneratedLog(1_000_000, changed=765_432)
    started = time.process_time()

    report = verify_logs(log, [KEY.verifier])
    print(f"1,000,000 records verified in {time.process_time() - started:.1f} s of CPU, rows made on the way")
    assert [(finding.kind, finding.index) for finding in report.findings] == [("edited", 765_432)]
