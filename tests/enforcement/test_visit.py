"""A visit answers for one reader, and remembers that it was asked."""

from __future__ import annotations

import pytest

from bandeau.core.consent import INVALID
from bandeau.core.decision import Reason, Signals
from bandeau.core.policy import Basis
from bandeau.enforcement.visit import Visit, steady_services
from tests.enforcement.sample import ADHOUSE, METER, OWN_COUNT, POLICY, SERVICES, STEADY, TODAY, visit


def test_a_decision_alone_leaves_the_response_as_it_is() -> None:
    """`decide` gives the reason and marks nothing."""
    reader = visit("audience")
    assert reader.decide("audience").reason is Reason.GRANTED
    assert reader.decide("player").reason is Reason.DENIED
    assert not reader.asked


def test_asking_makes_the_response_private() -> None:
    """`allows` marks the visit, for a refusal too."""
    reader = visit("audience")
    assert reader.allows("meter")
    assert reader.asked
    refused = visit()
    assert not refused.allows("audience")
    assert refused.asked


def test_an_unknown_id_names_what_is_declared() -> None:
    """The message of the KeyError lists purposes and services."""
    reader = visit()
    with pytest.raises(KeyError, match=r"'advertising'.*declared: technical, audience, .*fonts"):
        reader.allows("advertising")
    assert not reader.asked


def test_allowed_services_are_bits_by_their_place() -> None:
    """Bit i stands for the service i, and the stamp is its hexadecimal text."""
    assert visit("audience").allowed_services == STEADY | METER | OWN_COUNT
    assert visit("audience").choice_bits == f"{STEADY | METER | OWN_COUNT:x}"
    assert Visit(POLICY, None, TODAY).allowed_services == STEADY
    assert Visit(POLICY, INVALID, TODAY).allowed_services == STEADY


def test_a_signal_refuses_what_nobody_answered() -> None:
    """GPC alone allows nothing."""
    assert Visit(POLICY, None, TODAY, signals=Signals(gpc=True)).allowed_services == STEADY
    assert visit("ads", signals=Signals(gpc=True)).allowed_services == STEADY | ADHOUSE


def test_only_what_runs_for_everybody_is_steady() -> None:
    """An exempt service with a switch of its own, or one that GPC stops, is not."""
    from dataclasses import replace

    changed = replace(
        POLICY,
        services=(
            *SERVICES,
            replace(SERVICES[1], id="switch", basis=Basis.EXEMPT, bit=4),
            replace(SERVICES[4], id="objectable", basis=Basis.OBJECTION),
            replace(SERVICES[1], id="exempt", basis=Basis.EXEMPT),
        ),
    )
    assert steady_services(changed) == STEADY | 1 << 8
