"""``bandeau profiles``: what is owed, tried again, or noted as done by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bandeau.ledger.outbox import Debt, Effects, Outbox
from bandeau.profiles.delivery import ALERT_SECONDS
from bandeau.profiles.webhook import create_secret
from bandeau.site import Site, Withdrawal
from tests.cli.run import Result, run
from tests.profiles.receiver import receiver
from tests.profiles.site import POLICY, site_in
from tests.storage.records import a_record

SUBJECT = "S" * 22


Verb = Callable[..., Result]


@pytest.fixture
def verb(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Verb:
    """Runs the verb on the policy in the folder."""
    return lambda *words: run(capsys, "--policy", tmp_path / "bandeau.toml", "profiles", *words)


def owing(site: Site, *, ago: float = 0.0, dead: bool = False) -> str:
    """Record a withdrawal that a handler owes; return the id of what is owed."""
    site.on_withdraw("reading", name="erase")(lambda _: False)
    (owed,) = site.withdrawals.owe([Withdrawal("reading", SUBJECT)])
    kept = replace(owed, at=owed.at - ago)
    now = site.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    site.store.submit(a_record(at=now, site=site.series), key="k", effects=Effects((kept,))).result(10)

    def die(outbox: Outbox) -> list[Debt]:
        outbox.put_off(Debt(kept, 30, "OSError: away", dead=True))
        return []

    if dead:
        site.store.settle(die).result(10)
    site.close()
    return kept.id


def test_nothing_is_owed_and_nothing_is_found(tmp_path: Path, verb: Verb) -> None:
    """Exit 0."""
    site_in(tmp_path).close()
    done = verb()
    assert (done.code, done.out) == (0, "nothing is owed\n")


@pytest.mark.parametrize(
    ("ago", "dead", "code", "word"),
    [(0.0, False, 0, "owed"), (ALERT_SECONDS + 60, False, 1, "overdue"), (0.0, True, 1, "dead")],
    ids=["owed", "overdue", "dead"],
)
def test_what_is_owed_is_listed_without_its_reader(
    tmp_path: Path, verb: Verb, ago: float, dead: bool, code: int, word: str
) -> None:
    """A line and a row each; after a day, or as a dead letter, it is a finding."""
    id_ = owing(site_in(tmp_path), ago=ago, dead=dead)
    done = verb()
    assert done.code == code
    assert done.out.startswith(word)
    assert id_ in done.out
    told = verb("--json")
    assert told.code == code
    found = json.loads(told.out)
    assert (found["overdue"], found["dead"]) == (int(ago > 0), int(dead))
    (row,) = found["owed"]
    assert (row["id"], row["handler"], row["purpose"], row["dead"]) == (id_, "erase", "reading", dead)
    assert SUBJECT not in done.out + done.err + told.out + told.err


def test_a_dead_letter_is_tried_again_by_the_sites_processes(tmp_path: Path, verb: Verb) -> None:
    """The command line does not know the site's code: it makes it due."""
    owing(site_in(tmp_path), dead=True)
    done = verb("retry", "--all")
    assert (done.code, done.out) == (0, "to be tried again: 1\n")
    site = Site.open(tmp_path / "bandeau.toml")
    called: list[Withdrawal] = []
    site.on_withdraw("reading", name="erase")(called.append)
    assert site.withdrawals.run_due() == 1
    assert ([each.subject_id for each in called], site.withdrawals.debts()) == ([SUBJECT], [])
    site.close()


def test_a_webhook_is_tried_again_at_once(tmp_path: Path, verb: Verb) -> None:
    """The policy knows it, and so does the command line."""
    create_secret(tmp_path / "bandeau-webhook.secret")
    with receiver() as other:
        other.answers = [500, 204]
        site = site_in(tmp_path, POLICY + f'webhook = "{other.url}"\nwebhook_private = true\n')
        (owed,) = site.withdrawals.owe([Withdrawal("reading", SUBJECT)])
        now = site.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        site.store.submit(a_record(at=now, site=site.series), key="k", effects=Effects((owed,))).result(10)
        site.withdrawals.run_due()
        site.close()
        done = verb("retry", owed.id)
        assert (done.code, len(other.calls)) == (0, 2)
        assert verb().out == "nothing is owed\n"


def test_what_was_erased_by_hand_is_noted(tmp_path: Path, verb: Verb) -> None:
    """Once; a name that is not owed is a finding."""
    id_ = owing(site_in(tmp_path), dead=True)
    first = verb("acknowledge", id_)
    again = verb("acknowledge", id_)
    assert (first.code, first.out) == (0, "acknowledged: 1\n")
    assert (again.code, again.out) == (1, "acknowledged: 0\n")


@pytest.mark.parametrize("words", [["retry"], ["retry", "x", "--all"], ["acknowledge"]], ids=" ".join)
def test_what_is_meant_must_be_said(tmp_path: Path, verb: Verb, words: list[str]) -> None:
    """Nothing happens by default to everything."""
    site_in(tmp_path).close()
    assert verb(*words).code == 2


def test_a_secret_is_created_once(tmp_path: Path, verb: Verb) -> None:
    """Before the site can be opened; then a secret that is there is left alone."""
    policy = tmp_path / "bandeau.toml"
    policy.write_text(POLICY + 'webhook = "https://crm.example/erase"\n')
    done = verb("secret")
    assert done.code == 0
    assert done.out == (tmp_path / "bandeau-webhook.secret").read_text()
    assert verb("secret").code == 2
