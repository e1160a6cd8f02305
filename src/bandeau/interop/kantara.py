"""Receipts in the form of the Kantara Initiative's Consent Receipt Specification v1.1.0 (20 February 2018).

That form knows consent alone: a refusal is a receipt without purposes. What a policy does not say, such as
the controller's telephone, stays empty.
"""

from __future__ import annotations

from datetime import datetime

from bandeau.core.canonical import Json
from bandeau.core.policy import Basis, Policy, Service
from bandeau.core.record import ConsentRecord
from bandeau.interop.answers import Answer, answers, in_language, method, places

VERSION = "KI-CR-v1.1.0"


def kantara_receipt(record: ConsentRecord, policy: Policy) -> dict[str, Json]:
    """Return a receipt of what a record allows.

    Args:
        policy: the policy in force; its purposes are described only if the record was made under it.
    """
    site = policy.site
    base = f"{site.url.rstrip('/')}{policy.enforce.prefix}"
    contact = site.controller_contact
    return {
        "version": VERSION,
        "jurisdiction": ", ".join(places(record)) or record.regime,
        "consentTimestamp": int(datetime.fromisoformat(record.at).timestamp()),
        "collectionMethod": method(record),
        "consentReceiptID": record.record_id,
        "language": record.language,
        "piiPrincipalId": record.subject_id,
        "piiControllers": [
            {
                "piiController": site.controller_name or site.name,
                "onBehalf": False,
                "contact": contact,
                "address": {},
                "email": contact if "@" in contact else "",
                "phone": "",
                "piiControllerUrl": site.url,
            }
        ],
        "policyUrl": f"{base}/policy",
        "services": [
            service for answer in answers(record, policy) for service in _services(answer, record, policy)
        ],
        "sensitive": False,
        "spiCat": [],
    }


def _services(answer: Answer, record: ConsentRecord, policy: Policy) -> list[Json]:
    asked = [(service, allowed) for service, allowed in answer.services if service.basis is Basis.CONSENT]
    if not asked:
        # Nothing more can be said truly of a purpose without services, or of another policy's.
        named: Json = {"service": answer.id, "purposes": [_purpose(answer, None, record, policy)]}
        return [named] if answer.allowed else []
    return [
        {
            "service": in_language(service.title, record.language, service.id),
            "purposes": [_purpose(answer, service, record, policy)],
        }
        for service, allowed in asked
        if allowed
    ]


def _purpose(answer: Answer, service: Service | None, record: ConsentRecord, policy: Policy) -> Json:
    vendor = policy.vendor(service.vendor) if service is not None and service.vendor else None
    title = in_language(answer.purpose.title, record.language, answer.id) if answer.purpose else answer.id
    purpose: dict[str, Json] = {
        "purpose": title,
        "purposeCategory": [answer.id],
        "consentType": "EXPLICIT",
        "piiCategory": [tracker.name for tracker in service.trackers] if service is not None else [],
        "primaryPurpose": False,
        "termination": record.expires_at,
        "thirdPartyDisclosure": vendor is not None,
    }
    if vendor is not None:
        purpose["thirdPartyName"] = vendor.name
    return purpose
