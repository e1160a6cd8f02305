"""The decision, against the vectors that the browser part passes too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bandeau.core.consent import INVALID, Consent, Known
from bandeau.core.decision import Regime, Signals, decide, to_ask
from bandeau.core.policy import Basis, Policy, Purpose, Service, SiteInfo, Vendor

VECTORS = json.loads((Path(__file__).parents[2] / "spec/vectors/decision.json").read_text())


def policy_of(spec: dict[str, Any]) -> Policy:
    """Make a policy from the compact form of the vectors."""
    return Policy(
        revision=spec["revision"],
        site=SiteInfo("paper", "test", "Paper", "https://paper.example", ()),
        purposes=tuple(Purpose(title={"fr": p["id"]}, **p) for p in spec["purposes"]),
        services=tuple(Service(**{**s, "basis": Basis(s["basis"])}) for s in spec["services"]),
        vendors=tuple(Vendor(name=v["id"], **v) for v in spec["vendors"]),
        remember_days=spec["remember_days"],
    )


POLICY = policy_of(VECTORS["policy"])


def known_of(value: Any) -> Known:
    """Read the consent of a vector."""
    if value == "invalid":
        return INVALID
    return Consent(**value) if value else None


def regime_of(case: dict[str, Any]) -> Regime:
    """Read the regime of a vector."""
    return Regime("vector", silence_allows=case["silence_allows"])


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_decision_agrees_with_the_vector(case: dict[str, Any]) -> None:
    """Allowed and reason are those of the vector."""
    family, _, name = case["subject"].partition(":")
    subject = POLICY.purpose(name) if family == "purpose" else POLICY.service(name)
    known, signals = known_of(case["consent"]), Signals(case["gpc"])
    found = decide(POLICY, known, subject, case["today"], signals, regime_of(case))
    assert (case["allowed"], case["reason"]) == (found.allowed, found.reason.value)


@pytest.mark.parametrize("case", VECTORS["asks"], ids=lambda case: case["name"])
def test_purposes_asked_agree_with_the_vector(case: dict[str, Any]) -> None:
    """The first layer asks exactly what the vector says."""
    known, signals = known_of(case["consent"]), Signals(case["gpc"])
    asked = to_ask(POLICY, known, case["today"], signals, regime_of(case))
    assert case["ask"] == [purpose.id for purpose in asked]


def test_every_reason_stands_in_the_vectors() -> None:
    """No reason is left without a case."""
    reasons = {case["reason"] for case in VECTORS["cases"]}
    assert reasons == {
        "necessary", "exempt", "granted", "denied", "objected", "unset",
        "expired", "outdated", "signal", "regime", "invalid",
    }  # fmt: skip


consents = st.builds(
    Consent,
    revision=st.integers(0, 9),
    day=st.integers(19_700, 20_300),
    answered=st.integers(0, 2**41 - 1),
    granted=st.integers(0, 2**41 - 1),
    service_answered=st.integers(0, 2**34 - 1),
    service_granted=st.integers(0, 2**34 - 1),
)


@given(consent=consents, gpc=st.booleans())
def test_nothing_that_needs_consent_is_allowed_without_a_granted_bit(consent: Consent, gpc: bool) -> None:
    """Whatever the choice, a consent service runs only when its own or its purpose's bit says yes."""
    for service in POLICY.services:
        decision = decide(POLICY, consent, service, 20_000, Signals(gpc))
        if decision.allowed and service.basis is Basis.CONSENT:
            purpose = POLICY.purpose(service.purpose)
            own = service.bit is not None and consent.service_granted >> service.bit & 1
            assert own or consent.granted >> purpose.bit & 1


@given(consent=consents)
def test_older_process_honours_a_newer_choice(consent: Consent) -> None:
    """Two processes, revisions A < B: A never asks again, and allows only what the bits say."""
    newer = Consent(**{**{f: getattr(consent, f) for f in consent.__slots__}, "revision": 12, "day": 20_000})
    assert to_ask(POLICY, newer, 20_000) == ()
    for purpose in POLICY.switches():
        if decide(POLICY, newer, purpose, 20_000).allowed:
            assert newer.granted >> purpose.bit & 1
