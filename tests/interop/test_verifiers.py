"""The choice cookie is verified alike by Bandeau and by two files in other languages."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bandeau.core.cookie import Key, Keyring, read
from bandeau.core.decision import Signals, decide
from bandeau.core.policy import Policy, Purpose, SiteInfo
from bandeau.web.endpoints.api import standing

ROOT = Path(__file__).parents[2]
VECTORS: dict[str, Any] = json.loads((ROOT / "spec" / "vectors" / "verify.json").read_text())
VERIFIERS = {"node": "choice.mjs", "perl": "choice.pl"}
EXPECTED = [
    [
        case["state"],
        *(f"{name}:{str(d['allowed']).lower()}:{d['reason']}" for name, d in case["decisions"].items()),
    ]
    for case in VECTORS["cases"]
]


def lines() -> list[str]:
    """Return the vectors as the verifiers read them."""
    context = f"{VECTORS['site']}|{VECTORS['environment']}"
    told = [f"site\t{VECTORS['cookie_name']}\t{context}\t{VECTORS['remember_days']}"]
    told += [f"key\t{key['id']}\t{key['secret_hex']}" for key in VECTORS["keys"]]
    told += [
        f"purpose\t{p['id']}\t{p['bit']}\t{p['necessary']:d}\t{p['gpc']:d}\t{p['yes_since']}"
        for p in VECTORS["purposes"]
    ]
    return [
        *told,
        *(f"case\t{case['today']}\t{case['gpc']:d}\t{case['cookie']}" for case in VECTORS["cases"]),
    ]


def answers(program: str, told: list[str]) -> list[list[str]]:
    """Put lines to a verifier."""
    found = shutil.which(program)
    assert found, f"{program} is missing: make test installs it"
    file = ROOT / "verify" / "choice" / VERIFIERS[program]
    done = subprocess.run(
        [found, file], input="\n".join(told) + "\n", capture_output=True, text=True, timeout=30, check=True
    )
    assert not done.stderr
    return [line.split(" ") for line in done.stdout.splitlines()]


def test_bandeau_itself_answers_so() -> None:
    """The vectors say what the server does."""
    site = SiteInfo(VECTORS["site"], VECTORS["environment"], "", "https://paper.example", ())
    ring = Keyring(tuple(Key(key["id"], bytes.fromhex(key["secret_hex"])) for key in VECTORS["keys"]))
    purposes = tuple(
        Purpose(p["id"], p["bit"], {}, necessary=p["necessary"], gpc=p["gpc"], material_since=p["yes_since"])
        for p in VECTORS["purposes"]
    )
    policy = Policy(5, site, purposes, remember_days=VECTORS["remember_days"])
    for case, expected in zip(VECTORS["cases"], EXPECTED, strict=True):
        known = read([case["cookie"]], site, ring)
        decided = [
            (p.id, decide(policy, known, p, case["today"], Signals(gpc=case["gpc"]))) for p in policy.purposes
        ]
        told = [f"{name}:{str(d.allowed).lower()}:{d.reason}" for name, d in decided]
        assert expected == [standing(policy, known, case["today"]), *told], case["name"]


@pytest.mark.parametrize("program", VERIFIERS)
def test_a_verifier_answers_so(program: str) -> None:
    """Every case, by a file that knows nothing of Bandeau."""
    for case, expected, found in zip(VECTORS["cases"], EXPECTED, answers(program, lines()), strict=True):
        assert expected == found, case["name"]


@pytest.mark.parametrize("program", VERIFIERS)
def test_without_the_key_nothing_is_allowed(program: str) -> None:
    """The control: with another secret every choice is forged."""
    wrong = [
        f"key\t{line.split(chr(9))[1]}\t{'ab' * 32}" if line.startswith("key") else line for line in lines()
    ]
    found = answers(program, wrong)
    assert not [row for row in found if row[0] in ("valid", "expired")]
    assert len(found) == len(EXPECTED)


def test_the_vectors_hold_every_state_and_reason_of_a_purpose() -> None:
    """Nothing that a verifier must tell apart is left out."""
    assert {row[0] for row in EXPECTED} == {"none", "invalid", "expired", "valid"}
    reasons = {word.rpartition(":")[2] for row in EXPECTED for word in row[1:]}
    assert reasons == {"necessary", "granted", "denied", "unset", "expired", "outdated", "signal", "invalid"}
