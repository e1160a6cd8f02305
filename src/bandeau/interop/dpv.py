"""Records and receipts in JSON-LD: ISO/IEC TS 27560 fields in terms of the W3C Data Privacy Vocabulary 2.

Source: "Consent Records and Receipts as per ISO/IEC TS 27560:2023 using DPV" (DPVCG, 1 August 2024).
The context stands in the document, so that nobody has to fetch one to read it.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode

from bandeau.core.canonical import Json
from bandeau.core.consent import Event
from bandeau.core.policy import DAY_SECONDS, Basis, Policy, Service
from bandeau.core.record import ConsentRecord
from bandeau.interop.answers import Answer, answers, in_language, method, places

CONTEXT: Json = {
    "dpv": "https://w3id.org/dpv#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "loc": "https://w3id.org/dpv/loc#",
    "dct": "http://purl.org/dc/terms/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "schema": "https://schema.org/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_PROFILE = "https://w3id.org/dpv/schema/dpv-27560#"
_STATES = {
    Event.GIVEN: "ConsentGiven",
    Event.REFUSED: "ConsentRefused",
    Event.WITHDRAWN: "ConsentWithdrawn",
    Event.RENEWED: "RenewedConsentGiven",
    Event.EXPIRED: "ConsentExpired",
    Event.BY_SIGNAL: "ConsentRefused",
}

Node = dict[str, Json]


def dpv_state(record: ConsentRecord, at: str) -> str:
    """Return the DPV consent status of a record at a time (UTC, RFC 3339): ``ConsentGiven``, …"""
    event = record.event_at(at)
    if event is Event.IMPORTED:
        yes = any(record.purposes.values()) or any(record.services.values())
        event = Event.GIVEN if yes else Event.REFUSED
    return _STATES[event]


def dpv_receipt(record: ConsentRecord, policy: Policy, *, code: str, at: str) -> Node:
    """Return a receipt: who issued it when, and the record.

    Args:
        policy: the policy in force; its purposes are described only if the record was made under it.
        code: the receipt's code.
        at: now, UTC, RFC 3339.
    """
    return {
        "@context": CONTEXT,
        "@id": _address(policy, f"receipt/{code}"),
        "@type": "dpv:ConsentReceipt",
        "dct:conformsTo": _named(_PROFILE + "receipt"),
        "dct:identifier": code,
        "dct:created": _time(at),
        "dct:publisher": _named(policy.site.url),
        "schema:recipient": _named("dpv:DataSubject"),
        "dpv:hasRecordOfActivity": _record(record, policy, code, at),
    }


def dpv_record(record: ConsentRecord, policy: Policy, *, code: str, at: str) -> Node:
    """Return a record by itself; the arguments are those of a receipt."""
    return {"@context": CONTEXT, **_record(record, policy, code, at)}


def _record(record: ConsentRecord, policy: Policy, code: str, at: str) -> Node:
    vendors = {s.vendor for answer in answers(record, policy) for s, _ in answer.services if s.vendor}
    return {
        "@id": _address(policy, f"receipt/{code}#record"),
        "@type": "dpv:ConsentRecord",
        "dct:conformsTo": _named(_PROFILE + "record"),
        "dct:identifier": record.record_id,
        "dct:language": record.language,
        "dpv:hasDataSubject": {"@type": "dpv:DataSubject", "dct:identifier": record.subject_id},
        "dpv:hasDataController": _named(policy.site.url),
        "dpv:hasNotice": _notice(record),
        "dpv:hasJurisdiction": [_named(f"loc:{place}") for place in places(record)] or record.regime,
        "dpv:hasProcess": [_process(answer, record, policy, at) for answer in answers(record, policy)],
        "dpv:hasConsentStatus": _statuses(record, at),
        "dpv:hasConsentControl": {
            "@type": ["dpv:ProvideConsent", "dpv:WithdrawConsent"],
            "dpv:isExercisedAt": _named(_address(policy, "choices")),
        },
        "dpv:hasEntity": [_controller(policy), *(_vendor(policy, each) for each in sorted(vendors))],
        "dpv:hasPolicy": _digested(record.policy_digest),
        "dpv:isImplementedUsingTechnology": _digested(record.widget_digest),
    }


def _notice(record: ConsentRecord) -> Node:
    notice: Node = {"@type": "dpv:ConsentNotice", "dct:language": record.language}
    return notice | _digested(record.notice_digest)


def _statuses(record: ConsentRecord, at: str) -> list[Json]:
    """Return the event, and its end when that has come."""
    made: Node = {
        "@type": [f"dpv:{dpv_state(record, record.at)}", "dpv:ExpressedConsent"],
        "dpv:isIndicatedBy": _named("dpv:DataSubject"),
        "dpv:isIndicatedAtTime": _time(record.at),
        "dpv:hasIndicationMethod": method(record),
    }
    if record.expires_at:
        until: Node = {"@type": "dpv:UntilTimeDuration", "rdf:value": _time(record.expires_at)}
        made["dpv:hasDuration"] = until
    if record.event_at(at) is not Event.EXPIRED:
        return [made]
    return [made, {"@type": "dpv:ConsentExpired", "dpv:isIndicatedAtTime": _time(record.expires_at)}]


def _process(answer: Answer, record: ConsentRecord, policy: Policy, at: str) -> Node:
    process: Node = {
        "@type": "dpv:Process",
        "dpv:hasPurpose": _purpose(answer, record.language),
        "dpv:hasLegalBasis": _legal_basis(record),
        "dpv:hasConsentStatus": _named(f"dpv:{_state_of(answer.allowed, record, at)}"),
        "dpv:hasPersonalData": _personal_data(answer),
        "dpv:hasRecipient": _recipients(answer, policy),
    }
    if answer.services:
        process["dpv:hasService"] = [
            _service(service, allowed, record, at) for service, allowed in answer.services
        ]
    lifetimes = [t.max_age_seconds for s, _ in answer.services for t in s.trackers if t.max_age_seconds]
    if lifetimes:
        longest = f"P{-(-max(lifetimes) // DAY_SECONDS)}D"
        process["dpv:hasStorageCondition"] = {"@type": "dpv:StorageDuration", "dpv:hasDuration": longest}
    return process


def _purpose(answer: Answer, language: str) -> Node:
    purpose: Node = {"@type": "dpv:Purpose", "dct:identifier": answer.id}
    if answer.purpose is not None:
        purpose["dct:title"] = in_language(answer.purpose.title, language, answer.id)
        purpose["dct:description"] = in_language(answer.purpose.summary, language, "")
    return purpose


def _legal_basis(record: ConsentRecord) -> list[Json]:
    article = [_named("eu-gdpr:A6-1-a")] if "EU" in places(record) else []
    return [_named("dpv:ExpressedConsent"), *article]


def _state_of(allowed: bool, record: ConsentRecord, at: str) -> str:
    """Return the status of one answer: a *yes* ends with the record, a *no* stays one."""
    if not allowed:
        return "ConsentRefused"
    if record.event_at(at) is Event.EXPIRED:
        return "ConsentExpired"
    return "RenewedConsentGiven" if record.event == Event.RENEWED else "ConsentGiven"


def _personal_data(answer: Answer) -> list[Json]:
    """Return the declared trackers: what a policy knows of the data behind a purpose."""
    names = dict.fromkeys(tracker.name for service, _ in answer.services for tracker in service.trackers)
    listed: list[Json] = [{"@type": "dpv:PersonalData", "dct:title": name} for name in names]
    return listed or [_named("dpv:PersonalData")]


def _recipients(answer: Answer, policy: Policy) -> list[Json]:
    vendors = dict.fromkeys(service.vendor for service, _ in answer.services if service.vendor)
    return [_named(policy.site.url), *(_named(_vendor_id(policy, vendor)) for vendor in vendors)]


def _service(service: Service, allowed: bool, record: ConsentRecord, at: str) -> Node:
    node: Node = {
        "@type": "dpv:Service",
        "dct:identifier": service.id,
        "dct:title": in_language(service.title, record.language, service.id),
    }
    if service.basis is Basis.CONSENT:
        node["dpv:hasConsentStatus"] = _named(f"dpv:{_state_of(allowed, record, at)}")
    elif service.basis is Basis.OBJECTION:
        node["dpv:hasLegalBasis"] = _named("dpv:LegitimateInterest")
        node["dpv:hasStatus"] = _named(f"dpv:LegitimateInterest{'NotObjected' if allowed else 'Objected'}")
    else:
        node["dct:description"] = "needs no consent; " + ("left on" if allowed else "refused all the same")
    return node


def _controller(policy: Policy) -> Node:
    site = policy.site
    return {
        "@id": site.url,
        "@type": "dpv:DataController",
        "dpv:hasIdentifier": site.url,
        "dpv:hasName": site.controller_name or site.name,
        "schema:contactPoint": {
            "@type": "schema:ContactPoint",
            "schema:description": site.controller_contact,
        },
        "schema:url": _named(_address(policy, "policy")),
    }


def _vendor(policy: Policy, vendor_id: str) -> Node:
    vendor = policy.vendor(vendor_id)
    node: Node = {
        "@id": _vendor_id(policy, vendor_id),
        "@type": ["dpv:ThirdParty", "dpv:Recipient"],
        "dpv:hasIdentifier": vendor_id,
        "dpv:hasName": vendor.name,
    }
    if vendor.country:
        node["dpv:hasCountry"] = _named(f"loc:{vendor.country}")
    if vendor.policy_url:
        node["schema:url"] = _named(vendor.policy_url)
    return node


def _vendor_id(policy: Policy, vendor_id: str) -> str:
    return _address(policy, f"policy#vendor-{vendor_id}")


def _address(policy: Policy, path: str) -> str:
    return f"{policy.site.url.rstrip('/')}{policy.enforce.prefix}/{path}"


def _digested(value: str) -> Node:
    """Return a node that is named by its content (RFC 6920); an empty one when that is not known."""
    if not value:
        return {}
    name = urlsafe_b64encode(bytes.fromhex(value.removeprefix("sha256:"))).rstrip(b"=").decode()
    return {"@id": f"ni:///sha-256;{name}", "dct:identifier": value}


def _named(iri: str) -> Node:
    return {"@id": iri}


def _time(at: str) -> Node:
    return {"@type": "xsd:dateTime", "@value": at}
