"""The site table says to the browser part what the policy says."""

from __future__ import annotations

import json
from dataclasses import replace

from bandeau.core.decision import Regime
from bandeau.core.policy import Kind, Otherwise
from bandeau.enforcement.csp import strictest
from bandeau.enforcement.table import in_script, site_table
from tests.enforcement.sample import POLICY, SERVICES, SITE


def test_a_shared_page_gets_the_same_table_for_everybody() -> None:
    """Nothing of a reader stands in it."""
    table = site_table(POLICY, mode="enforce")
    assert (table["v"], table["r"], table["l"], table["x"], table["m"]) == (1, 5, 1, None, "enforce")
    assert (table["u"], table["b"], table["n"], table["d"]) == (
        "https://paper.example",
        "/bandeau",
        "__Host-bd",
        182,
    )
    assert (table["uh"], table["uc"], table["g"], table["c"]) == ("block", "report", 0, strictest(POLICY))
    assert "o" not in table


def test_a_private_page_carries_its_stamp() -> None:
    """The stamp says for which allowed services the header was made."""
    table = site_table(POLICY, mode="report", stamp="2a", posted=True)
    assert (table["l"], table["x"], table["o"], table["m"]) == (0, "2a", 1, "report")


def test_a_purpose_is_a_row() -> None:
    """id, bit, necessary, gpc, since, since when a yes stands, asked."""
    assert site_table(POLICY, mode="enforce")["p"] == [
        ["technical", 0, 1, 0, 1, 1, 0],
        ["audience", 1, 0, 0, 1, 1, 1],
        ["social", 2, 0, 0, 1, 1, 1],
        ["ads", 3, 0, 1, 1, 1, 1],
    ]


def test_a_service_is_a_row() -> None:
    """id, purpose, basis, bit, open, since, hosts, inline marks, trackers, visible."""
    rows = site_table(POLICY, mode="enforce")["s"]
    assert isinstance(rows, list)
    assert rows[0] == ["session", 0, 1, -1, 0, 1, [], [], [["sessionid", "c"], ["csrftoken", "c"]], 0]
    assert rows[1][6:] == [
        ["meter.example", "*.meter.example"],
        ["meterQueue"],
        [["_m", "c"], ["_m_*", "c"], ["mk", "l"]],
        0,
    ]
    assert rows[3][:6] == ["player", 2, 0, 0, 0, 1]
    assert (rows[4][4], [row[9] for row in rows]) == (1, [0, 0, 0, 1, 1, 1])


def test_what_a_refusal_replaces_is_visible() -> None:
    """A tag with a placeholder leaves a hole that a reader sees."""
    tag = replace(SERVICES[1], kind=Kind.TAG, otherwise=Otherwise.PLACEHOLDER)
    rows = site_table(replace(POLICY, services=(tag,)), mode="enforce")["s"]
    assert isinstance(rows, list)
    assert rows[0][9] == 1


def test_http_and_an_open_regime_are_told() -> None:
    """Plain names on loopback; what silence means."""
    loopback = replace(POLICY, site=replace(SITE, url="http://127.0.0.1:8000/"))
    table = site_table(loopback, mode="enforce", regime=Regime("elsewhere", silence_allows=True))
    assert (table["n"], table["g"], table["u"]) == ("bd", 1, "http://127.0.0.1:8000")


def test_nothing_in_the_table_can_end_the_script() -> None:
    """Texts of a policy are data, whatever they hold (threat 5)."""
    service = replace(SERVICES[1], inline=("</script><!--&\u2028\u2029",))
    table = site_table(replace(POLICY, services=(service,)), mode="enforce")
    text = in_script(table)
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text) == table
