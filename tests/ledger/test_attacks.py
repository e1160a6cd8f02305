"""The five attacks of an operator, at four depths, against six anchors: which is found by what."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from bandeau.ledger.report import Kind, Report
from bandeau.ledger.verification import verify_logs
from tests.ledger.attacks import ANCHORED, ATTACKS, VICTIM, Depth, tamper, the_log
from tests.ledger.memorylog import MemoryLog, MemorySource
from tests.ledger.test_cosignature import WITNESS

LOG, HELD = the_log()
#: Who holds something that was signed after the record was logged.
ANCHORS = [name for name in HELD if name not in ("none", "older checkpoint")]
CODE = LOG.rows[VICTIM].code  # type: ignore[union-attr]


def verify(log: MemoryLog, anchor: str) -> Report:
    """Verify as somebody does who holds this anchor."""
    return verify_logs(
        MemorySource(log), [LOG.key.verifier], anchors=HELD[anchor], witnesses=[WITNESS.verifier]
    )


@pytest.mark.parametrize("anchor", HELD)
def test_an_honest_log_holds_against_every_anchor(anchor: str) -> None:
    """The control: without it, a verifier that always complains would pass."""
    report = verify(LOG, anchor)

    assert report.findings == ()
    expected = {"none": "self-attested", "witnessed checkpoint": "witnessed"}
    assert report.level == expected.get(anchor, "published")


@pytest.mark.parametrize("anchor", HELD)
@pytest.mark.parametrize("depth", [Depth.ROWS, Depth.LEAVES, Depth.TREE])
@pytest.mark.parametrize("attack", ATTACKS)
def test_whoever_has_the_database_but_not_the_key_is_found_out(
    attack: str, depth: Depth, anchor: str
) -> None:
    assert not verify(tamper(LOG, ATTACKS[attack], depth), anchor).holds


@pytest.mark.parametrize("anchor", ANCHORS)
@pytest.mark.parametrize("attack", ATTACKS)
def test_whoever_has_the_key_too_is_found_out_by_whatever_was_signed_before(attack: str, anchor: str) -> None:
    report = verify(tamper(LOG, ATTACKS[attack], Depth.KEY), anchor)

    assert "forked" in {finding.kind for finding in report.findings}


@pytest.mark.parametrize("anchor", ["none", "older checkpoint"])
@pytest.mark.parametrize("attack", ATTACKS)
def test_with_the_key_and_without_an_anchor_of_that_record_nothing_is_found_and_the_report_says_so(
    attack: str, anchor: str
) -> None:
    """The stated limit: a lone operator with the key can write a new history."""
    report = verify(tamper(LOG, ATTACKS[attack], Depth.KEY), anchor)

    assert report.holds
    covered = max((cover.size for cover in report.logs[0].covers), default=0)
    assert covered <= VICTIM
    rest = report.logs[0].size - covered
    assert f"The last {rest} entries rest on the operator's word alone: self-attested." in report.sentences()


@pytest.mark.parametrize(
    ("attack", "kind", "index"),
    [
        ("edit", "edited", VICTIM),
        ("delete", "deleted", VICTIM),
        ("back-date", "edited", VICTIM),
        ("reorder", "reordered", VICTIM),
        ("fork", "edited", VICTIM),
    ],
)
def test_what_was_done_to_the_rows_is_named_with_its_entry(attack: str, kind: str, index: int) -> None:
    finding = verify(tamper(LOG, ATTACKS[attack], Depth.ROWS), "none").findings[0]

    assert (finding.kind, finding.index, finding.origin) == (kind, index, LOG.origin)
    assert str(index) in finding.sentence
    assert LOG.origin in finding.sentence


def test_an_edited_record_is_named_by_the_code_that_its_reader_has() -> None:
    finding = verify(tamper(LOG, ATTACKS["edit"], Depth.ROWS), "none").findings[0]

    assert finding.code == CODE
    assert CODE in finding.sentence


def test_a_deleted_record_is_named_by_its_code_when_its_reader_shows_the_receipt() -> None:
    findings = verify(tamper(LOG, ATTACKS["delete"], Depth.ROWS), "the reader's receipt").findings

    assert [(finding.kind, finding.code) for finding in findings] == [("deleted", CODE)]


def test_exchanged_records_are_told_with_the_places_where_they_belong() -> None:
    findings = verify(tamper(LOG, ATTACKS["reorder"], Depth.ROWS), "none").findings

    assert [(finding.kind, finding.index) for finding in findings] == [
        ("reordered", VICTIM),
        ("reordered", VICTIM + 1),
    ]
    assert f"logged as entry {VICTIM + 1}" in findings[0].sentence


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_receipt_names_its_record_when_the_whole_log_was_rewritten(attack: str) -> None:
    findings = verify(tamper(LOG, ATTACKS[attack], Depth.KEY), "the reader's receipt").findings

    assert CODE in {finding.code for finding in findings}


def test_a_receipt_of_another_record_finds_the_rewriting_but_names_none() -> None:
    """His record may stand where it stood; what changed is before it."""
    findings = verify(tamper(LOG, ATTACKS["edit"], Depth.KEY), "another reader's later receipt").findings

    assert [(finding.kind, finding.code) for finding in findings] == [("forked", None)]
    assert f"first {ANCHORED} entries" in findings[0].sentence


def test_the_leaves_changed_with_the_rows_are_found_by_tile_and_signature() -> None:
    findings = verify(tamper(LOG, ATTACKS["edit"], Depth.LEAVES), "none").findings

    assert {finding.kind for finding in findings} == {"damaged", "forked"}
    assert VICTIM in {finding.index for finding in findings}


def test_everything_changed_but_the_signature_is_found_by_the_signature() -> None:
    findings = verify(tamper(LOG, ATTACKS["edit"], Depth.TREE), "none").findings

    assert [finding.kind for finding in findings] == ["forked"]
    assert "its own signed checkpoint" in findings[0].sentence


def test_the_table_of_the_documentation_is_what_was_found() -> None:
    text = (Path(__file__).parents[2] / "docs/explanation/ledger.md").read_text(encoding="utf-8")
    lines = [[cell.strip() for cell in line.strip("|\n").split("|")] for line in text.splitlines()]
    top = next(number for number, cells in enumerate(lines) if cells[0] == "the operator changes")
    anchors, rows = lines[top][1:], lines[top + 2 : top + 6]

    assert set(anchors) == set(HELD)
    for cells, depth in zip(rows, Depth, strict=True):
        for anchor, said in zip(anchors, cells[1:], strict=True):
            verdicts = {verify(tamper(LOG, attack, depth), anchor).holds for attack in ATTACKS.values()}
            assert verdicts == {said == "not found"}, (cells[0], anchor)


def test_every_kind_of_finding_is_explained_in_the_documentation() -> None:
    text = (Path(__file__).parents[2] / "docs/explanation/ledger.md").read_text(encoding="utf-8")

    assert all(f"\n| {kind} | " in text for kind in get_args(Kind))
