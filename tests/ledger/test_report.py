"""Reports: what a privacy officer reads."""

from __future__ import annotations

from bandeau.ledger.report import Cover, Finding, LogReport, Report

ORIGIN = "lagazette.example/gazette/test/2026"


def a_log(*covers: Cover, first_at: str = "2026-01-01T00:00:00Z") -> LogReport:
    """Return the report of a log of ten entries."""
    return LogReport(ORIGIN, 10, 7, 3, 1, first_at, "2026-02-01T00:00:00Z", covers)


def test_a_log_that_nobody_else_saw_rests_on_its_operators_word() -> None:
    assert a_log().sentences() == [
        f"{ORIGIN}: 10 entries, from 2026-01-01T00:00:00Z to 2026-02-01T00:00:00Z; 7 rows kept, 3 erased.",
        "The last 10 entries rest on the operator's word alone: self-attested.",
    ]


def test_what_was_seen_by_others_is_told_from_the_smallest_part_to_the_largest() -> None:
    log = a_log(Cover(8, "published", "monday.txt"), Cover(5, "witnessed", "a witness"))

    assert log.level == "witnessed"
    assert log.sentences()[1:] == [
        "The first 5 entries are as they were when signed: witnessed (a witness).",
        "The first 8 entries are as they were when signed: published (monday.txt).",
        "The last 2 entries rest on the operator's word alone: self-attested.",
    ]


def test_a_log_that_is_covered_to_its_end_rests_on_nobodys_word() -> None:
    assert a_log(Cover(10, "published", "monday.txt")).sentences()[1:] == [
        "The first 10 entries are as they were when signed: published (monday.txt)."
    ]


def test_a_log_of_which_no_row_is_left_has_no_dates() -> None:
    assert a_log(first_at="").sentences()[0] == f"{ORIGIN}: 10 entries; 7 rows kept, 3 erased."


def test_the_weakest_log_is_what_all_logs_were_verified_against() -> None:
    seen, published, alone = a_log(Cover(1, "witnessed", "")), a_log(Cover(1, "published", "")), a_log()

    assert Report((seen, published), ()).level == "published"
    assert Report((seen, published, alone), ()).level == "self-attested"
    assert Report((seen,), ()).level == "witnessed"


def test_findings_come_first_and_limits_last() -> None:
    finding = Finding("edited", ORIGIN, 3, None, "Entry 3 was changed.")

    said = Report((a_log(),), (finding,), left_off=2).sentences()
    assert said[:2] == ["Entry 3 was changed.", "2 more findings are left off."]
    assert said[-2].startswith("Without an anchor from outside")
    assert said[-1].startswith("A log shows that records are unaltered and complete")


def test_nothing_is_said_of_what_is_not_the_case() -> None:
    report = Report((a_log(Cover(10, "published", "monday.txt")),), ())

    assert report.holds
    assert report.left_off == 0
    assert not [each for each in report.sentences() if "left off" in each or "Without an anchor" in each]
