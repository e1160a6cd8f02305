"""What the site's ledger says of a reader's choices is told in the steps in which they were made."""

from __future__ import annotations

from msgspec.structs import replace

from bandeau.audit.serverside import ledger_side
from bandeau.core.cookie import subject_of
from bandeau.site import Site
from tests.audit.judge.made import LOADED
from tests.storage.records import a_record

TOKEN = "s" * 22


def site_with(*actions: str) -> Site:
    """Return a site in memory with records of one reader."""
    site = Site.in_memory(LOADED.policy)
    site.store.begin("journal", "production").result(10)
    for number, action in enumerate(actions, 1):
        record = replace(
            a_record(number, subject=subject_of(TOKEN)),
            site_id="journal",
            environment="production",
            action=action,
            purposes={"ads": action == "accept", "social": action == "accept"},
        )
        site.store.submit(record, key=f"k{number}").result(10)
    return site


def test_each_record_stands_in_the_step_of_its_choice() -> None:
    """Where the cookie of the choice changed, in the order of the records."""
    held = {
        "arrived": {"other": "x"},
        "choice": {"__Host-bd": "1.a", "__Host-bdid": TOKEN},
        "reloaded": {"__Host-bd": "1.a", "__Host-bdid": TOKEN},
        "withdrawn": {"__Host-bd": "1.b", "__Host-bdid": TOKEN},
    }
    facts = ledger_side(site_with("accept", "refuse"))(held)

    assert [(fact.step, fact.facts["action"]) for fact in facts] == [
        ("choice", "accept"),
        ("withdrawn", "refuse"),
    ]
    assert facts[0].facts["granted"] == "ads,social"
    assert facts[1].facts["granted"] == ""


def test_that_there_is_no_record_is_told() -> None:
    """Else a server that recorded nothing would look like one that was not asked."""
    (fact,) = ledger_side(site_with())({"arrived": {}, "choice": {"__Host-bd": "1.a", "__Host-bdid": TOKEN}})

    assert (fact.kind, fact.step, fact.facts) == ("record", "choice", {})


def test_records_of_other_readers_are_not_told() -> None:
    """Only of the subject that the browser carried."""
    (fact,) = ledger_side(site_with("accept"))({"choice": {"__Host-bdid": "t" * 22}})

    assert fact.facts == {}


def test_a_visit_without_a_step_has_nothing_to_tell() -> None:
    """And does not stop the audit."""
    assert [fact.facts for fact in ledger_side(site_with())({})] == [{}]
