"""Receipts and records as JSON-LD: valid, complete, and in DPV's own words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace
from pyld import jsonld

from bandeau.core.consent import Consent, Event
from bandeau.core.record import FIRST_SCHEMA, Circumstances, ConsentRecord, record_choice
from bandeau.interop.dpv import dpv_receipt, dpv_record, dpv_state
from tests.web.sites import DAY, POLICY

DPV = "https://w3id.org/dpv#"
DCT = "http://purl.org/dc/terms/"
CODE = "2EJ8-F14K-BE0G-Z6V6"
AT, NOW, LATER = "2026-11-23T10:00:00Z", "2026-11-24T08:00:00Z", "2027-06-01T00:00:00Z"
HOW = Circumstances(
    "cmVjb3JkLXJlY29yZC1y",
    "c3ViamVjdC1zdWJqZWN0",
    "save",
    "panel",
    "fr",
    AT,
    "eu-fr",
    gpc=False,
    notice_digest="sha256:" + "ab" * 32,
    widget_digest="sha256:" + "cd" * 32,
)
#: Audience and social allowed, YouTube refused by itself, the newsletter objected to.
MIXED = Consent(3, DAY, answered=0b11110, granted=0b00110, service_answered=0b110, service_granted=0)
#: Looked up in the vocabulary (dpv.csv of 2.0 and 2.2, and the guide of August 2024).
TERMS = {
    *(
        "ConsentReceipt",
        "ConsentRecord",
        "ConsentNotice",
        "DataSubject",
        "DataController",
        "Process",
        "Purpose",
    ),
    *("Service", "PersonalData", "ThirdParty", "Recipient", "ExpressedConsent", "UntilTimeDuration"),
    *("StorageDuration", "ProvideConsent", "WithdrawConsent", "LegitimateInterest"),
    *("LegitimateInterestObjected", "LegitimateInterestNotObjected"),
    *("ConsentGiven", "ConsentRefused", "ConsentWithdrawn", "RenewedConsentGiven", "ConsentExpired"),
    *(
        "hasRecordOfActivity",
        "hasDataSubject",
        "hasDataController",
        "hasNotice",
        "hasJurisdiction",
        "hasProcess",
    ),
    *("hasConsentStatus", "hasConsentControl", "hasEntity", "hasPolicy", "hasPurpose", "hasLegalBasis"),
    *("hasPersonalData", "hasRecipient", "hasService", "hasStorageCondition", "hasDuration", "hasIdentifier"),
    *("hasName", "hasCountry", "hasStatus", "hasIndicationMethod", "isIndicatedBy", "isIndicatedAtTime"),
    *("isExercisedAt", "isImplementedUsingTechnology"),
}


def a_record(consent: Consent = MIXED, event: Event = Event.GIVEN, **changes: Any) -> ConsentRecord:
    """Return a record."""
    return replace(record_choice(POLICY, consent, event, HOW), **changes)


def expanded(document: Any) -> Any:
    """Return a document as a JSON-LD processor reads it; nothing may be fetched for that."""

    def refuse(url: str, options: object) -> None:
        raise AssertionError(f"fetched {url}")

    (node,) = jsonld.expand(json.loads(json.dumps(document)), {"documentLoader": refuse, "base": None})
    return node


def iris(value: Any) -> set[str]:
    """Return every name that stands in an expanded document."""
    if isinstance(value, dict):
        own = {key for key in value if not key.startswith("@")}
        own |= {value["@id"]} if "@id" in value else set()
        own |= set(value.get("@type", [])) if isinstance(value.get("@type"), list) else set()
        return own.union(*map(iris, value.values()))
    return set().union(*map(iris, value)) if isinstance(value, list) else set()


def members(value: Any) -> int:
    """Count the members of a document that say something."""
    if isinstance(value, dict):
        return sum(1 + members(item) for key, item in value.items() if key not in ("@context", "@value"))
    return sum(map(members, value)) if isinstance(value, list) else 0


def state_of(record: ConsentRecord, at: str = NOW) -> dict[str, str]:
    """Return the state of each purpose in the receipt."""
    node = expanded(dpv_receipt(record, POLICY, code=CODE, at=at))[f"{DPV}hasRecordOfActivity"][0]
    found = {}
    for process in node[f"{DPV}hasProcess"]:
        name = process[f"{DPV}hasPurpose"][0][f"{DCT}identifier"][0]["@value"]
        found[name] = process[f"{DPV}hasConsentStatus"][0]["@id"].removeprefix(DPV)
    return found


@pytest.mark.parametrize(
    "record",
    [
        a_record(),
        a_record(Consent(3, DAY)),
        a_record(
            schema=FIRST_SCHEMA, policy_digest="sha256:99", expires_at="", notice_digest="", widget_digest=""
        ),
    ],
)
def test_every_member_survives_expansion(record: ConsentRecord) -> None:
    """A member whose name no context explains would be dropped by a processor, silently."""
    document = dpv_receipt(record, POLICY, code=CODE, at=NOW)
    names = iris(expanded(document))
    assert all(":" in name for name in names), names
    assert survives(document)
    # The control: such a member is noticed.
    assert not survives(document | {"unexplained": "x"})


def survives(document: Any) -> bool:
    """Tell whether a processor keeps every member of a document."""
    compacted = jsonld.compact(expanded(document), document["@context"])
    return members(compacted) == members(json.loads(json.dumps(document)))


@pytest.mark.parametrize("at", [NOW, LATER])
def test_only_words_of_the_vocabulary_are_used(at: str) -> None:
    """Every dpv: name was looked up."""
    used = {
        name.removeprefix(DPV)
        for name in iris(expanded(dpv_receipt(a_record(), POLICY, code=CODE, at=at)))
        if name.startswith(DPV)
    }
    assert used <= TERMS
    assert len(used) > 30


def test_mandatory_fields_of_27560_are_there() -> None:
    """Schema, ids, subject, notice, language, purposes, data, controller, recipients, withdrawal, event."""
    receipt = dpv_receipt(a_record(), POLICY, code=CODE, at=NOW)
    assert receipt["dct:conformsTo"] == {"@id": "https://w3id.org/dpv/schema/dpv-27560#receipt"}
    assert (receipt["dct:identifier"], receipt["@id"]) == (
        CODE,
        f"https://gazette.example/bandeau/receipt/{CODE}",
    )
    record: Any = receipt["dpv:hasRecordOfActivity"]
    assert record["dct:identifier"] == HOW.record_id
    assert record["dpv:hasDataSubject"]["dct:identifier"] == HOW.subject_id
    assert record["dpv:hasNotice"]["dct:identifier"] == HOW.notice_digest
    assert record["dpv:hasNotice"]["@id"].startswith("ni:///sha-256;q6ur")
    assert record["dct:language"] == "fr"
    assert record["dpv:hasConsentControl"]["dpv:isExercisedAt"]["@id"].endswith("/bandeau/choices")
    (status,) = record["dpv:hasConsentStatus"]
    assert status["dpv:isIndicatedAtTime"]["@value"] == AT
    assert status["dpv:hasDuration"]["rdf:value"]["@value"] == "2027-05-24T10:00:00Z"
    assert status["dpv:hasIndicationMethod"] == "web page, panel: save choices"
    names = {entity["dpv:hasName"] for entity in record["dpv:hasEntity"]}
    assert {"La Gazette SAS", "Google Ireland"} <= names
    for process in record["dpv:hasProcess"]:
        assert {"dpv:hasPurpose", "dpv:hasPersonalData", "dpv:hasRecipient", "dpv:hasLegalBasis"} <= set(
            process
        )


def test_each_purpose_has_its_own_state() -> None:
    """Explicitly given or refused, never left out (REC-01)."""
    assert state_of(a_record()) == {
        "audience": "ConsentGiven",
        "social": "ConsentGiven",
        "personalisation": "ConsentRefused",
        "advertising": "ConsentRefused",
    }


def test_services_set_apart_have_their_own_state() -> None:
    """A service that is refused by itself, and one that is objected to."""
    record: Any = dpv_record(a_record(), POLICY, code=CODE, at=NOW)
    services = {s["dct:identifier"]: s for p in record["dpv:hasProcess"] for s in p.get("dpv:hasService", [])}
    assert services["youtube"]["dpv:hasConsentStatus"] == {"@id": "dpv:ConsentRefused"}
    assert services["plaza"]["dpv:hasConsentStatus"] == {"@id": "dpv:ConsentGiven"}
    assert services["newsletter"]["dpv:hasStatus"] == {"@id": "dpv:LegitimateInterestObjected"}


STATES = {
    Event.GIVEN: "ConsentGiven",
    Event.REFUSED: "ConsentRefused",
    Event.WITHDRAWN: "ConsentWithdrawn",
    Event.RENEWED: "RenewedConsentGiven",
    Event.BY_SIGNAL: "ConsentRefused",
    Event.IMPORTED: "ConsentGiven",
}


def test_every_event_has_a_state() -> None:
    """Those of the standard, by its own names; an imported choice is what it says."""
    assert {event: dpv_state(a_record(event=event), NOW) for event in STATES} == STATES
    assert set(STATES) | {Event.EXPIRED} == set(Event)
    assert dpv_state(a_record(Consent(3, DAY), Event.IMPORTED), NOW) == "ConsentRefused"


def test_an_expired_choice_says_so() -> None:
    """The event stays; its end stands after it, and no *yes* is shown as one."""
    assert dpv_state(a_record(), LATER) == "ConsentExpired"
    assert state_of(a_record(), LATER)["social"] == "ConsentExpired"
    record: Any = dpv_record(a_record(), POLICY, code=CODE, at=LATER)
    states = [status["@type"] for status in record["dpv:hasConsentStatus"]]
    assert states == [["dpv:ConsentGiven", "dpv:ExpressedConsent"], "dpv:ConsentExpired"]


def test_another_policy_s_words_are_not_put_into_a_record() -> None:
    """What today's policy says was not what the reader read."""
    old = a_record(policy_digest="sha256:99")
    text = json.dumps(dpv_receipt(old, POLICY, code=CODE, at=NOW))
    assert "Mesure" not in text
    assert "Google" not in text
    assert state_of(old)["audience"] == "ConsentGiven"


def test_a_signal_is_named_as_the_way() -> None:
    """Sec-GPC refused, the reader left it so."""
    record: Any = dpv_record(a_record(Consent(3, DAY), Event.BY_SIGNAL, gpc=True), POLICY, code=CODE, at=NOW)
    assert "Sec-GPC" in record["dpv:hasConsentStatus"][0]["dpv:hasIndicationMethod"]
