"""Receipts in Kantara's form."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jsonschema

from bandeau.core.consent import Consent, Event
from bandeau.core.policy import Policy
from bandeau.core.record import ConsentRecord
from bandeau.interop.kantara import kantara_receipt
from tests.interop.test_dpv import HOW, a_record
from tests.web.sites import DAY, POLICY

TEXT, TEXTS, YES_OR_NO = (
    {"type": "string"},
    {"type": "array", "items": {"type": "string"}},
    {"type": "boolean"},
)


def closed(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    """Return the schema of an object with these members and no others."""
    return {
        "type": "object",
        "properties": required | optional,
        "required": list(required),
        "additionalProperties": False,
    }


#: The fields of the specification's tables 4.1 to 4.4, with their types.
SCHEMA = closed(
    {
        "version": {"const": "KI-CR-v1.1.0"},
        "jurisdiction": TEXT,
        "consentTimestamp": {"type": "integer"},
        "collectionMethod": TEXT,
        "consentReceiptID": TEXT,
        "language": TEXT,
        "piiPrincipalId": TEXT,
        "piiControllers": {
            "type": "array",
            "minItems": 1,
            "items": closed(
                {
                    "piiController": TEXT,
                    "contact": TEXT,
                    "address": {"type": "object"},
                    "email": TEXT,
                    "phone": TEXT,
                },
                onBehalf=YES_OR_NO,
                piiControllerUrl=TEXT,
            ),
        },
        "policyUrl": TEXT,
        "services": {
            "type": "array",
            "items": closed(
                {
                    "service": TEXT,
                    "purposes": {
                        "type": "array",
                        "minItems": 1,
                        "items": closed(
                            {
                                "purpose": TEXT,
                                "purposeCategory": TEXTS,
                                "consentType": {"enum": ["EXPLICIT", "IMPLICIT"]},
                                "piiCategory": TEXTS,
                                "primaryPurpose": YES_OR_NO,
                                "termination": TEXT,
                                "thirdPartyDisclosure": YES_OR_NO,
                            },
                            thirdPartyName=TEXT,
                        ),
                    },
                }
            ),
        },
        "sensitive": YES_OR_NO,
        "spiCat": TEXTS,
    },
    publicKey=TEXT,
)


def receipt(record: ConsentRecord, policy: Policy = POLICY) -> Any:
    """Return a receipt that has the specification's form."""
    value = kantara_receipt(record, policy)
    jsonschema.validate(value, SCHEMA)
    return value


def test_receipt_lists_what_is_allowed() -> None:
    """Each service under its purpose; what was refused by itself is not there."""
    value = receipt(a_record())
    assert [service["service"] for service in value["services"]] == ["Matomo", "Plaza"]
    (purpose,) = value["services"][1]["purposes"]
    assert (purpose["purpose"], purpose["thirdPartyName"]) == ("Réseaux sociaux", "Plaza")
    assert purpose["termination"] == "2027-05-24T10:00:00Z"


def test_receipt_names_record_subject_time_and_controller() -> None:
    """The time in seconds since 1970, as the specification wants it."""
    value = receipt(a_record())
    assert (value["consentReceiptID"], value["piiPrincipalId"]) == (HOW.record_id, HOW.subject_id)
    assert value["consentTimestamp"] == DAY * 86_400 + 36_000
    assert value["jurisdiction"] == "EU, FR"
    (controller,) = value["piiControllers"]
    assert (controller["piiController"], controller["email"]) == ("La Gazette SAS", "dpo@gazette.example")


def test_a_refusal_is_a_receipt_without_purposes() -> None:
    """The form knows no other way to say it."""
    assert receipt(a_record(Consent(3, DAY), Event.REFUSED))["services"] == []


def test_under_another_policy_the_purposes_are_named_by_their_ids() -> None:
    """Their words of today were not those of then."""
    value = receipt(a_record(policy_digest="sha256:99"))
    assert [service["service"] for service in value["services"]] == ["audience", "social"]


def test_what_needs_no_consent_is_no_consent() -> None:
    """An exempt service that is left on is not in a receipt of consent."""
    everything = Consent(3, DAY, 0b11110, 0b11110, service_answered=0b111, service_granted=0b111)
    names = [service["service"] for service in receipt(a_record(everything))["services"]]
    assert "Matomo" in names
    assert not {"Compteur anonyme", "Lettre", "Connexion"} & set(names)


def test_a_purpose_without_services_is_listed() -> None:
    """What the site does itself, undeclared as a service, is consented to all the same."""
    policy = replace(POLICY, services=())
    assert [service["service"] for service in receipt(a_record(), policy)["services"]] == [
        "audience",
        "social",
    ]
