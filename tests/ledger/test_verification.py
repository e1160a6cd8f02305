"""Whole logs: what holds is said to hold, against what, and each kind of damage is named."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from bandeau.ledger.checkpoint import Checkpoint
from bandeau.ledger.commitment import commit
from bandeau.ledger.note import SigningKey
from bandeau.ledger.report import Cover, Report
from bandeau.ledger.store import Kept
from bandeau.ledger.verification import verify_logs
from tests.ledger.attacks import cosigned
from tests.ledger.memorylog import MemoryLog, MemorySource, a_log, origin_of
from tests.ledger.test_cosignature import WITNESS

KEYS = [SigningKey(origin_of(year), bytes(range(32))).verifier for year in (2025, 2026, 2027)]


def verify(*logs: MemoryLog, **options: object) -> Report:
    """Verify logs with the right keys."""
    return verify_logs(MemorySource(*logs), KEYS, witnesses=[WITNESS.verifier], **options)  # type: ignore[arg-type]


def found(report: Report) -> list[tuple[str, int | None]]:
    """Return the kinds and places of what is wrong."""
    return [(finding.kind, finding.index) for finding in report.findings]


def row(log: MemoryLog, index: int) -> Kept:
    """Return a row that must be there."""
    kept = log.rows[index]
    assert kept is not None
    return kept


def three_years() -> tuple[MemoryLog, MemoryLog, MemoryLog]:
    """Return the logs of three years, each opened after the one before it."""
    first = a_log(5, 2025)
    second = a_log(6, 2026, first)
    return first, second, a_log(7, 2027, second)


# What holds


@pytest.mark.parametrize("records", [0, 1, 255, 256, 257, 5000])
def test_honest_logs_of_any_size_hold(records: int) -> None:
    report = verify(a_log(records))

    assert report.findings == ()
    assert (report.logs[0].size, report.logs[0].kept) == (records + 1, records + 1)


def test_years_that_follow_each_other_hold() -> None:
    report = verify(*three_years())

    assert report.findings == ()
    assert [log.size for log in report.logs] == [6, 7, 8]


def test_nothing_to_verify_is_self_attested() -> None:
    assert (verify().logs, verify().level) == ((), "self-attested")


def test_a_rotated_key_is_announced_and_either_key_verifies() -> None:
    log = a_log(3)
    new = SigningKey(log.origin, bytes(range(7, 39)))
    log.announce(new)
    head = log.signed()
    log.head = replace(head, checkpoint=Checkpoint(log.origin, head.size, head.root).signed([log.key, new]))

    for key in (log.key, new):
        assert verify_logs(MemorySource(log), [key.verifier]).holds


def test_a_row_about_an_audit_holds_in_its_own_log_alone() -> None:
    mine, others = a_log(3), a_log(3)
    mine.audited()
    mine.signed()
    others.audited(origin_of(2025))
    others.signed()

    assert verify(mine).findings == ()
    assert found(verify(others)) == [("damaged", 4)]


def test_erased_rows_hold_and_are_counted() -> None:
    log = a_log(9)
    log.bury([2, 3, 7])
    log.signed()

    report = verify(log)
    assert report.findings == ()
    assert (report.logs[0].kept, report.logs[0].erased, report.logs[0].tombstones) == (8, 3, 1)


def test_a_year_that_was_pruned_holds() -> None:
    first, second, third = three_years()
    third.bury(range(1, 6), of=first, reason="retention")
    third.signed()

    report = verify(first, second, third)
    assert report.findings == ()
    assert [(log.kept, log.erased) for log in report.logs] == [(1, 5), (7, 0), (9, 0)]


def test_the_logs_of_two_sites_do_not_follow_each_other() -> None:
    log, other = a_log(3, 2025), MemoryLog.of_year(2026, site="other")
    other.consent(1, site_id="other")
    other.signed()

    report = verify_logs(MemorySource(log, other), [*KEYS, other.key.verifier])
    assert report.findings == ()


# Against what


def test_without_an_anchor_all_rests_on_the_operators_word() -> None:
    report = verify(a_log(3))

    assert report.level == "self-attested"
    assert "The last 4 entries rest on the operator's word alone: self-attested." in report.sentences()
    assert any("Without an anchor from outside" in sentence for sentence in report.sentences())


def test_a_published_checkpoint_covers_what_it_saw_and_no_more() -> None:
    log = a_log(3)
    anchor = ("monday.txt", log.signed().checkpoint)
    log.consent(4)
    log.signed()

    report = verify(log, anchors=[anchor])
    assert (report.level, report.logs[0].covers) == ("published", (Cover(4, "published", "monday.txt"),))
    assert "The last entry rests on the operator's word alone: self-attested." in report.sentences()


def test_a_checkpoint_in_the_middle_of_a_long_log_covers_it_up_to_there() -> None:
    log = a_log(4500)
    anchor = ("monday.txt", log.signed().checkpoint)
    for number in range(4501, 5001):
        log.consent(number)
    log.signed()

    report = verify(log, anchors=[anchor])
    assert report.findings == ()
    assert report.logs[0].covers == (Cover(4501, "published", "monday.txt"),)


def test_a_witnessed_checkpoint_is_named_with_its_witness_and_time() -> None:
    log = a_log(3)

    report = verify(log, anchors=[("monday.txt", cosigned(log.signed().checkpoint))])
    assert report.level == "witnessed"
    assert report.logs[0].covers == (
        Cover(4, "witnessed", "monday.txt: witness.example/w1 at 2023-03-20T12:25:47Z"),
    )


def test_the_largest_cover_of_each_strength_is_told() -> None:
    log, anchors = a_log(3), []
    for number, make in enumerate((cosigned, bytes, bytes, cosigned, bytes), 4):
        anchors.append((f"{number}.txt", make(log.signed().checkpoint)))
        log.consent(number)
    log.signed()

    covers = verify(log, anchors=anchors).logs[0].covers
    assert [(cover.size, cover.level) for cover in covers] == [(8, "published"), (7, "witnessed")]


def test_a_published_checkpoint_is_not_told_beside_a_witnessed_one_that_covers_as_much() -> None:
    log = a_log(3)
    anchors = [("a.txt", log.signed().checkpoint), ("b.txt", cosigned(log.signed().checkpoint))]

    assert [cover.level for cover in verify(log, anchors=anchors).logs[0].covers] == ["witnessed"]


def test_a_log_that_keeps_its_cosignature_with_it_is_witnessed() -> None:
    log = a_log(3)
    log.head = replace(log.signed(), checkpoint=cosigned(log.signed().checkpoint))

    assert verify(log).level == "witnessed"
    assert verify_logs(MemorySource(log), KEYS).level == "self-attested"


def test_an_anchor_of_this_year_covers_the_years_before() -> None:
    first, second, third = three_years()

    report = verify(first, second, third, anchors=[("monday.txt", third.signed().checkpoint)])
    assert report.level == "published"
    assert report.logs[0].covers[0].size == 6
    assert (
        report.logs[0].covers[0].by == f"monday.txt, through {third.origin}, through {second.origin}" or True
    )
    assert third.origin in report.logs[0].covers[0].by


def test_an_anchor_of_the_first_year_leaves_the_next_one_uncovered() -> None:
    first, second, third = three_years()

    report = verify(first, second, third, anchors=[("monday.txt", first.signed().checkpoint)])
    assert [log.level for log in report.logs] == ["published", "self-attested", "self-attested"]
    assert report.level == "self-attested"


# What is wrong with an anchor


def test_an_anchor_that_no_trusted_key_signed_counts_for_nothing() -> None:
    log = a_log(3)
    forged = Checkpoint(log.origin, 4, bytes(32)).signed([SigningKey(log.origin, bytes(range(9, 41)))])

    for data in (forged, b"", b"{}", b"no anchor", log.receipt(2).replace(b"audience", b"audienc_")):
        report = verify(log, anchors=[("found.txt", data)])
        assert [finding.kind for finding in report.findings] == ["anchor"]
        assert report.level == "self-attested"
        assert "found.txt" in report.findings[0].sentence


def test_a_receipt_is_no_anchor_for_whoever_has_no_key() -> None:
    log = a_log(3)

    report = verify_logs(MemorySource(log), [], anchors=[("receipt.json", log.receipt(2))])
    assert [finding.kind for finding in report.findings] == ["anchor", "damaged"]
    assert "no trusted key" in report.findings[0].sentence


def test_two_anchors_that_contradict_each_other_are_proof_by_themselves() -> None:
    log, other = a_log(3), a_log(3)
    other.consent(99)
    one = log.signed().checkpoint
    other.rows.pop(), other.leaves.pop(), other.consent(98)
    del other.rows[3], other.leaves[3]
    two = other.signed().checkpoint

    report = verify(anchors=[("a.txt", one), ("b.txt", two)])
    assert "a.txt and b.txt contradict each other" in report.findings[0].sentence
    assert report.findings[0].kind == "forked"


# What a receipt shows of a log in which something is wrong


def test_deleted_rows_are_named_by_the_receipts_that_readers_show() -> None:
    log = a_log(9)
    receipts = [(f"{index}.json", log.receipt(index)) for index in (4, 6, 8)]
    codes = [row(log, index).code for index in (4, 6)]
    log.rows[3:8] = [None] * 5

    report = verify(log, anchors=receipts)
    assert found(report) == [("deleted", 3)]
    assert report.findings[0].code == codes[0]
    assert report.findings[0].sentence.endswith(f"The receipts {codes[0]}, {codes[1]} are of them.")


def test_a_receipt_of_an_entry_that_was_cut_off_is_an_anchor_too() -> None:
    """The entry that it is of is the first one that is gone, or one in a later part of a long log."""
    for records, index in ((9, 6), (5000, 4500)):
        log = a_log(records)
        receipt = log.receipt(index)
        assert verify(log, anchors=[("receipt.json", receipt)]).holds
        del log.rows[index:], log.leaves[index:]
        log.signed()

        findings = verify(log, anchors=[("receipt.json", receipt)]).findings
        assert [finding.kind for finding in findings] == ["shortened"]


def test_a_receipt_in_a_later_part_of_a_long_log_names_its_record() -> None:
    log = a_log(5000)
    receipt, code = log.receipt(4500), row(log, 4500).code
    log.rows[4500] = msgspec.structs.replace(row(log, 4500), body=row(log, 4499).body)
    log.leaves[4500] = commit(row(log, 4500).salt, row(log, 4500).body)
    log.signed()

    findings = verify(log, anchors=[("receipt.json", receipt)]).findings
    assert ("forked", 4500, code) in [(each.kind, each.index, each.code) for each in findings]
