"""The policy text, against the vectors that the browser part passes too."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bandeau.core.hostpattern import HostPattern
from bandeau.core.policy import Enforce, Policy, Purpose, Reach, Service, SiteInfo, Undeclared
from bandeau.enforcement.csp import (
    BUDGET_BYTES,
    always_sources,
    csp_text,
    header_text,
    longest_header,
    strictest,
)
from bandeau.enforcement.table import site_table
from tests.enforcement.sample import ADHOUSE, METER, POLICY, SERVICES, STEADY, hosts

VECTORS = json.loads((Path(__file__).parents[2] / "spec/vectors/csp.json").read_text())["vectors"]


def policy_of(spec: dict[str, Any]) -> Policy:
    """Make a policy from the compact form of the vectors."""
    services = tuple(
        Service(
            f"s{index}",
            "p",
            hosts=tuple(HostPattern.parse(text) for text in service["hosts"]),
            reach=Reach.OPEN if service["open"] else Reach.CLOSED,
        )
        for index, service in enumerate(spec["services"])
    )
    site = SiteInfo("x", "t", "X", spec["url"], tuple(map(HostPattern.parse, spec["site_hosts"])))
    enforce = Enforce(undeclared_hosts=Undeclared(spec["undeclared_hosts"]))
    return Policy(1, site, (Purpose("p", 1, {"fr": "P"}),), services, enforce=enforce)


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_python_gives_the_text_of_the_vectors(vector: dict[str, Any]) -> None:
    """Each set of allowed services has one text."""
    policy = policy_of(vector["policy"])
    assert [csp_text(policy, int(case["allowed"], 16)) for case in vector["cases"]] == [
        case["text"] for case in vector["cases"]
    ]


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_the_site_table_is_the_one_of_the_vectors(vector: dict[str, Any]) -> None:
    """What the browser part starts from is what Python gives it."""
    table = site_table(policy_of(vector["policy"]), mode="enforce")
    assert {name: table[name] for name in vector["table"]} == vector["table"]


def test_the_strictest_text_holds_only_what_runs_for_everybody() -> None:
    """It is what the fallback and every other response carry."""
    assert strictest(POLICY) == csp_text(POLICY, STEADY)
    assert "fonts.example" in strictest(POLICY)
    assert "meter.example" not in strictest(POLICY)


def test_default_src_comes_first_and_nothing_defeats_the_list() -> None:
    """Prefetch falls back to default-src; 'strict-dynamic' would void the hosts."""
    for mask in range(1 << len(SERVICES)):
        text = csp_text(POLICY, mask)
        assert text.startswith("default-src 'self' ")
        assert text.count("; form-action 'self'") == 1
        assert "strict-dynamic" not in text
        assert " * " not in text


def test_open_reach_opens_only_when_it_is_allowed() -> None:
    """An allowed advertising service may call anywhere over https; a refused one changes nothing."""
    assert " https: " in csp_text(POLICY, ADHOUSE | METER)
    assert "https:" not in csp_text(POLICY, METER)


def test_a_header_reports_to_this_site_only() -> None:
    """Violations go to our own endpoint."""
    assert header_text(POLICY, "x").endswith("; report-uri /bandeau/reports")


def test_the_longest_header_can_be_told_beforehand() -> None:
    """A rule warns above the budget: every closed service allowed at once."""
    assert longest_header(POLICY) == max(
        len(header_text(POLICY, csp_text(POLICY, mask))) for mask in range(1 << len(SERVICES))
    )
    many = replace(SERVICES[1], hosts=hosts(*(f"host-{number:03}.example" for number in range(200))))
    assert longest_header(replace(POLICY, services=(many,))) > BUDGET_BYTES


def test_always_sources_are_the_site_itself() -> None:
    """The page's own origin first."""
    assert always_sources(POLICY) == "'self' paper.example *.paper.example"
