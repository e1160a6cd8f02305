"""Whole logs in which something is wrong: each kind of damage is found, named and placed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import msgspec
import pytest

from bandeau.core.canonical import canonical_bytes
from bandeau.ledger.bodies import CONSENT, OPENED, TOMBSTONE, opened_body, tombstone_body
from bandeau.ledger.store import Kept
from bandeau.ledger.verification import verify_logs
from tests.ledger.memorylog import ENVIRONMENT, SITE, MemoryLog, MemorySource, a_log, at_second
from tests.ledger.test_proofs import flips
from tests.ledger.test_verification import KEYS, found, row, three_years, verify
from tests.storage.records import a_record

YEAR = "2026-11-01T00:00:0"


def test_a_log_of_which_an_anchor_is_held_and_that_is_gone_is_missed() -> None:
    report = verify(anchors=[("monday.txt", a_log(3).signed().checkpoint)])

    assert found(report) == [("deleted", None)]


def test_entries_cut_off_after_an_anchor_are_missed() -> None:
    log = a_log(9)
    anchor = log.signed().checkpoint
    del log.rows[6:], log.leaves[6:]
    log.signed()

    assert [finding.kind for finding in verify(log, anchors=[("monday.txt", anchor)]).findings] == [
        "shortened"
    ]


def test_a_year_that_is_gone_is_missed_by_the_next_one() -> None:
    first, second, third = three_years()

    for logs in ([second, third], [first, third]):
        report = verify(*logs)
        assert [finding.kind for finding in report.findings] == ["deleted"]
        assert "a whole log was deleted" in report.findings[0].sentence


def test_a_year_rewritten_with_the_key_is_found_by_the_next_one() -> None:
    first, second, third = three_years()
    rewritten = a_log(5, 2025)
    rewritten.consent(77)
    rewritten.signed()

    report = verify(rewritten, second, third)
    assert [(finding.kind, finding.origin) for finding in report.findings] == [("forked", first.origin)]


def test_a_log_that_says_it_is_the_first_and_is_not_is_found() -> None:
    report = verify(a_log(3, 2025), a_log(3, 2026))

    assert found(report) == [("damaged", 0)]
    assert "is older" in report.findings[0].sentence


def test_a_log_without_its_first_entry_is_found() -> None:
    log = a_log(3)
    log.rows[0] = None
    log.bury([0])
    log.signed()

    assert found(verify(log)) == [("damaged", 0)]


def test_a_first_entry_with_an_unreadable_checkpoint_is_found() -> None:
    log = MemoryLog()
    log.append(OPENED, opened_body(log.origin, at_second(2026, 0), b"nonsense"))
    log.signed()

    assert found(verify(log)) == [("unreadable", 0)]


def test_another_opening_later_on_is_found() -> None:
    log = a_log(3)
    log.append(OPENED, opened_body(log.origin, at_second(2026, 9), None))
    log.signed()

    assert found(verify(log)) == [("damaged", 4)]


def test_a_row_without_tombstone_is_deleted_and_neighbours_are_told_together() -> None:
    log = a_log(9)
    log.rows[2] = log.rows[5] = log.rows[6] = None

    report = verify(log)
    assert [(each.kind, each.index, each.sentence) for each in report.findings] == [
        ("deleted", 2, f"Entry 2 of {log.origin} is not there, and no tombstone says why: it was deleted."),
        (
            "deleted",
            5,
            f"Entries 5 to 6 of {log.origin} are not there, and no tombstone says why: they were deleted.",
        ),
    ]


def test_a_row_that_is_the_first_one_of_the_log_is_known_again() -> None:
    log = a_log(9)
    log.rows[5] = msgspec.structs.replace(row(log, 0), index=5)

    report = verify(log)
    assert found(report) == [("reordered", 5)]
    assert "was logged as entry 0" in report.findings[0].sentence


def test_a_tombstone_for_a_row_that_is_still_there_is_found() -> None:
    log = a_log(9)
    kept = log.rows[3]
    log.bury([2, 3])
    log.rows[3] = kept
    log.signed()

    assert found(verify(log)) == [("not erased", 3)]


@pytest.mark.parametrize("entries", [[4], [3, 4], [9], [2**53 - 1]])
def test_a_tombstone_for_what_was_not_there_yet_is_found(entries: list[int]) -> None:
    log = a_log(3)
    log.append(TOMBSTONE, tombstone_body(log.origin, entries, "erasure", at_second(2026, 9)))
    log.consent(20)
    log.signed()

    assert ("damaged", 4) in found(verify(log))


def test_a_tombstone_for_a_log_of_nobody_or_of_another_site_is_found() -> None:
    other = MemoryLog.of_year(2025, site="a-site-before")
    other.signed()
    for origin in ("elsewhere.example/log", other.origin):
        log = a_log(3)
        log.append(TOMBSTONE, tombstone_body(origin, [0], "erasure", at_second(2026, 9)))
        log.signed()

        report = verify_logs(MemorySource(other, log), [*KEYS, other.key.verifier])
        assert found(report) == [("damaged", 4)]


def test_a_tombstone_of_last_year_does_not_speak_of_this_one() -> None:
    first, second, _ = three_years()
    first.append(TOMBSTONE, tombstone_body(second.origin, [1], "erasure", at_second(2025, 9)))
    first.signed()
    second = a_log(6, 2026, first)

    assert found(verify(first, second)) == [("damaged", 6)]


@pytest.mark.parametrize("salt", [b"", bytes(31), bytes(33)])
def test_a_lost_salt_is_found(salt: bytes) -> None:
    log = a_log(3)
    log.rows[2] = msgspec.structs.replace(row(log, 2), salt=salt)

    report = verify(log)
    assert found(report) == [("damaged", 2)]
    assert "lost its salt" in report.findings[0].sentence


def test_another_salt_is_found() -> None:
    log = a_log(3)
    log.rows[2] = msgspec.structs.replace(row(log, 2), salt=bytes(32))

    assert found(verify(log)) == [("edited", 2)]


def test_every_flipped_bit_of_a_row_is_found() -> None:
    log = a_log(3)
    true = row(log, 2)
    for part in ("body", "salt"):
        for wrong in flips(getattr(true, part)):
            log.rows[2] = msgspec.structs.replace(true, **{part: wrong})
            assert found(verify(log)) == [("edited", 2)]


@pytest.mark.parametrize(
    "columns",
    [
        {"kind": TOMBSTONE},
        {"code": ""},
        {"code": "AAAA-AAAA-AAAA-AAAA"},
        {"subject_id": "somebody-else"},
    ],
)
def test_a_row_kept_under_somebody_elses_name_is_found(columns: dict[str, str]) -> None:
    """The content is what was logged; who looks for it would not find it."""
    log = a_log(3)
    log.rows[2] = msgspec.structs.replace(row(log, 2), **columns)  # type: ignore[arg-type]

    assert found(verify(log)) == [("damaged", 2)]


@pytest.mark.parametrize("columns", [{"site_id": "other"}, {"environment": "other"}])
def test_a_record_of_another_site_is_found(columns: dict[str, str]) -> None:
    log = a_log(3)
    log.consent(4, **columns)
    log.signed()

    assert found(verify(log)) == [("damaged", 4)]


@pytest.mark.parametrize(
    "at", [YEAR + "1Z", "2025-12-31T23:59:59Z", "2027-01-01T00:00:00Z", "yesterday", "", YEAR + "9+01:00"]
)
def test_a_time_that_goes_back_or_is_none_of_this_year_is_found(at: str) -> None:
    """With the key in hand: the row was logged that way."""
    log = a_log(3)
    log.add(msgspec.structs.replace(a_record(4, subject="subject"), at=at))
    log.consent(5)
    log.signed()

    assert found(verify(log)) == [("back-dated", 4)]


def test_the_same_time_again_is_no_going_back() -> None:
    log = a_log(3)
    log.consent(4, at=at_second(2026, 3))
    log.signed()

    assert verify(log).holds


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"{",
        b'{"schema":"unknown-1"}',
        b'{"schema":"bandeau-record-2"}',
        b'{"schema":1}',
        canonical_bytes({"schema": "bandeau-tombstone-1", "origin": "o", "entries": [[3, 1]], "reason": "erasure", "at": ""}),
        canonical_bytes({"schema": "bandeau-tombstone-1", "origin": "o", "entries": [2, 1], "reason": "erasure", "at": ""}),
        canonical_bytes({"schema": "bandeau-tombstone-1", "origin": "o", "entries": [-1], "reason": "erasure", "at": ""}),
        canonical_bytes({"schema": "bandeau-tombstone-1", "origin": "o", "entries": [1], "reason": "boredom", "at": ""}),
        canonical_bytes({"schema": "bandeau-key-1", "origin": "o", "key": "nonsense", "at": ""}),
        tombstone_body("o", [1], "erasure", "").replace(b'","', b'", "'),
        b"[" * 100_000,
    ],
)  # fmt: skip
def test_a_row_that_says_what_no_log_says_is_found(body: bytes) -> None:
    log = a_log(3)
    log.append(CONSENT, body)
    log.signed()

    assert found(verify(log)) == [("unreadable", 4)]


@pytest.mark.parametrize("step", [97, pytest.param(1, marks=pytest.mark.long)])
def test_changed_bytes_of_a_tile_are_found_at_their_entry(step: int) -> None:
    log = a_log(300)
    for (level, number), tile in list(log.tiles.items()):
        for at in range(0, len(tile), step):
            log.tiles[level, number] = tile[:at] + bytes([tile[at] ^ 0x10]) + tile[at + 1 :]
            index = (number * 256 + at // 32) << 8 * level
            assert found(verify(log)) == [("damaged", index)]
        log.tiles[level, number] = tile


def test_a_tile_that_is_gone_or_short_is_found() -> None:
    log = a_log(300)
    for place, tile in list(log.tiles.items()):
        for wrong in (b"", tile[:-32], tile[:-1]):
            log.tiles[place] = wrong
            assert [finding.kind for finding in verify(log).findings] == ["damaged"]
        log.tiles[place] = tile


def test_a_changed_tile_above_the_first_level_is_told_with_the_entries_it_stands_for() -> None:
    log = a_log(600)
    log.tiles[1, 0] = log.tiles[1, 0][:32] + bytes(32)

    report = verify(log)
    assert found(report) == [("damaged", 256)]
    assert "tile/1/000.p/2" in report.findings[0].sentence
    assert "the entries 256 to 511" in report.findings[0].sentence


def test_every_flipped_bit_of_a_leaf_is_found_at_its_entry() -> None:
    log = a_log(4)
    true = log.leaves[2]
    for wrong in flips(true):
        log.leaves[2] = wrong
        assert {("edited", 2), ("damaged", 2)} <= set(found(verify(log)))
    log.leaves[2] = true


def test_every_flipped_bit_of_the_checkpoint_is_found() -> None:
    log = a_log(3)
    true = log.signed()
    for wrong in flips(true.checkpoint):
        log.head = replace(true, checkpoint=wrong)
        assert found(verify(log)) == [("damaged", None)]


@pytest.mark.parametrize(
    "change",
    [
        lambda head: replace(head, root=bytes(32)),
        lambda head: replace(
            head, frontier=replace(head.frontier, hashes=(bytes(32),) * len(head.frontier.hashes))
        ),
        lambda head: replace(head, site_id="other"),
        lambda head: replace(head, environment="other"),
        lambda head: replace(head, checkpoint=b""),
    ],
)
def test_a_head_that_does_not_fit_its_log_is_found(change: Callable[[object], object]) -> None:
    log = a_log(3)
    log.head = change(log.signed())  # type: ignore[assignment]

    assert "damaged" in {finding.kind for finding in verify(log).findings}


def test_a_checkpoint_of_another_size_or_log_is_found() -> None:
    log, other = a_log(3), a_log(5)
    for checkpoint in (other.signed().checkpoint, a_log(3, 2027).signed().checkpoint):
        log.head = replace(log.signed(), checkpoint=checkpoint)
        assert "damaged" in {finding.kind for finding in verify(log).findings}


def test_leaves_and_rows_after_the_end_were_never_logged() -> None:
    log = a_log(3)
    log.consent(4)  # and not signed

    assert found(verify(log)) == [("damaged", 4), ("damaged", 4)]


def test_a_log_that_claims_more_than_it_has_is_found_at_once() -> None:
    """A size that nobody could count through must not keep the verifier busy."""
    log = a_log(3)
    head = log.signed()
    huge = replace(head.frontier, size=2**62, hashes=(bytes(32),))
    log.head = replace(head, frontier=huge)

    assert {"shortened", "damaged"} <= {finding.kind for finding in verify(log).findings}


class LyingSource(MemorySource):
    """A source that gives rows which were not asked for."""

    def rows(self, origin: str, start: int = 0, stop: int | None = None) -> Iterator[Kept]:
        """Yield the same rows whatever is asked, one of them twice, one under another name."""
        rows = list(super().rows(origin))
        yield from [rows[0], rows[1], rows[1], msgspec.structs.replace(rows[2], origin="elsewhere"), rows[3]]
        yield msgspec.structs.replace(rows[2], index=2**70)


def test_rows_that_come_twice_or_out_of_place_are_found() -> None:
    log = a_log(3)

    report = verify_logs(LyingSource(log), KEYS)
    kinds = [finding.kind for finding in report.findings]
    assert kinds.count("damaged") >= 3
    assert ("deleted", 2) in found(report)


def test_more_findings_than_a_person_reads_are_counted() -> None:
    log = a_log(3000)
    log.rows = [kept and msgspec.structs.replace(kept, salt=bytes(32)) for kept in log.rows]

    report = verify(log)
    assert (len(report.findings), report.left_off) == (1000, 2002)
    assert "2002 more findings are left off." in report.sentences()


def test_the_sentences_end_with_what_a_log_does_not_show() -> None:
    assert "does not show that humans made the choices" in verify(a_log(1)).sentences()[-1]


def test_the_site_and_environment_of_the_tests_are_those_of_the_records() -> None:
    assert (a_record().site_id, a_record().environment) == (SITE, ENVIRONMENT)
