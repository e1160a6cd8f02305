"""Site: wiring, the visit it reads, and the policy file that changes under it."""

from __future__ import annotations

import hashlib
import logging
from base64 import b64encode
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bandeau.core.consent import INVALID, Consent
from bandeau.core.cookie import encode, subject_of
from bandeau.core.decision import Reason, to_ask
from bandeau.core.policy import Mode, Policy, Purpose, SiteInfo
from bandeau.core.request import RequestHead
from bandeau.errors import KeyFileError, PolicyError, StoreMissing
from bandeau.site import Site, Withdrawal
from bandeau.storage.keyfile import rotate_cookies

NOON = 20_000 * 86_400 + 43_200.0
POLICY = Policy(
    revision=4,
    site=SiteInfo("paper", "test", "Paper", "https://paper.example", ()),
    purposes=(
        Purpose("technical", 0, {"fr": "Technique"}, necessary=True),
        Purpose("audience", 1, {"fr": "Audience"}),
        Purpose("ads", 2, {"fr": "Publicité"}, gpc=True),
    ),
)


def site_of(policy: Policy = POLICY) -> Site:
    """Return a site that keeps nothing and stands at noon of day 20,000."""
    return Site.in_memory(policy, clock=lambda: NOON)


def head(*headers: tuple[str, str], path: str = "/") -> RequestHead:
    """Return the head of a GET request."""
    return RequestHead("GET", "https", "paper.example", path, headers=headers)


def test_visit_reads_choice_signal_and_subject() -> None:
    """Cookie, Sec-GPC and the subject's random name come from the request."""
    site = site_of()
    consent = Consent(4, 20_000, answered=6, granted=2)
    value = encode(consent, POLICY.site, site.keyring)
    token = "A" * 22
    visit = site.visit(head(("cookie", f"__Host-bd={value}; __Host-bdid={token}"), ("sec-gpc", "1")))
    assert (visit.known, visit.signals.gpc, visit.subject_id) == (consent, True, subject_of(token))
    assert visit.allows("audience")
    assert not visit.allows("ads")


@pytest.mark.parametrize("cookie", ["__Host-bdid=x; __Host-bdid=y", "__Host-bdid=<script>", "__Host-bdid="])
def test_doubtful_subject_is_none(cookie: str) -> None:
    """A duplicate or malformed subject is nobody."""
    assert site_of().visit(head(("cookie", cookie))).subject_id is None


def test_damaged_choice_is_invalid_and_refuses() -> None:
    """What cannot be trusted allows nothing."""
    visit = site_of().visit(head(("cookie", "__Host-bd=1.4.4e20.6.6.0.0.memory.AAAAAAAAAAAAAAAAAAAAAA")))
    assert visit.known is INVALID
    assert visit.decide("audience").reason is Reason.INVALID


def test_choice_made_under_a_newer_revision_is_honoured_by_an_older_process() -> None:
    """Two processes with revisions A and B and one key: A honours B's cookie and does not ask."""
    older = site_of()
    newer = site_of(replace(POLICY, revision=5, purposes=(*POLICY.purposes, Purpose("new", 3, {"fr": "N"}))))
    newer.keyring = older.keyring
    value = encode(Consent(5, 20_000, answered=14, granted=2), POLICY.site, older.keyring)
    here, there = (site.visit(head(("cookie", f"__Host-bd={value}"))) for site in (older, newer))
    assert here.allows("audience")
    assert there.allows("audience")
    assert to_ask(older.policy, here.known, here.today) == ()
    assert to_ask(newer.policy, there.known, there.today) == ()


def test_choice_made_under_an_older_revision_is_asked_for_what_is_new() -> None:
    """B, which knows a new purpose, asks about that one alone."""
    newer = site_of(replace(POLICY, revision=5, purposes=(*POLICY.purposes, Purpose("new", 3, {"fr": "N"}))))
    value = encode(Consent(4, 20_000, answered=6, granted=2), POLICY.site, newer.keyring)
    visit = newer.visit(head(("cookie", f"__Host-bd={value}")))
    assert visit.allows("audience")
    assert [p.id for p in to_ask(newer.policy, visit.known, visit.today)] == ["new"]


def test_withdrawal_reaches_every_handler_even_when_one_fails(caplog: pytest.LogCaptureFixture) -> None:
    """A failing eraser is reported and keeps no other from running."""
    site, erased = site_of(), []

    @site.on_withdraw("ads")
    def broken(_: Withdrawal) -> None:
        raise RuntimeError("no database")

    @site.on_withdraw("ads")
    def working(withdrawal: Withdrawal) -> None:
        erased.append(withdrawal.cookies)

    with caplog.at_level(logging.ERROR):
        done = site.withdraw(Withdrawal("ads", "s", {"profile": "p1"}))
    assert (done, erased) == (False, [{"profile": "p1"}])
    assert [r.getMessage() for r in caplog.records] == ["withdrawal of ads: a handler failed"]


def test_handler_of_an_unknown_purpose_is_refused() -> None:
    """A misspelt purpose is an error at start, not a profile that stays."""
    with pytest.raises(KeyError):
        site_of().on_withdraw("adds")


def written(folder: Path, *, revision: int = 1, mode: str = "enforce") -> Path:
    """Write a complete small policy and return its path."""
    path = folder / "bandeau.toml"
    path.write_text(SMALL.format(revision=revision, mode=mode))
    return path


SMALL = """\
version = 1
revision = {revision}

[site]
id = "paper"
environment = "test"
name = "Paper"
url = "http://127.0.0.1:8000"
hosts = ["127.0.0.1:8000"]
default_language = "fr"
languages = ["fr"]
privacy_url = "/confidentialite"

[controller]
name = "Paper SA"
contact = "mailto:dpo@paper.example"

[proof]
store = "memory:"

[enforce]
mode = "{mode}"

[purposes.technical]
bit = 0
necessary = true
title.fr = "Fonctionnement du site"
summary.fr = "Sessions, connexion et sécurité."
detail.fr = "Ce qui est indispensable pour vous servir les pages que vous demandez."

[purposes.audience]
bit = 1
title.fr = "Mesure d’audience"
summary.fr = "Compter les visites de chaque page."
detail.fr = "Le journal compte les visites pour savoir quels articles sont lus."
"""


def test_open_names_the_command_that_creates_what_is_missing(tmp_path: Path) -> None:
    """No keys, no store: the error says what to type."""
    path = written(tmp_path)
    with pytest.raises(KeyFileError, match="bandeau keys create"):
        Site.open(path)
    path.write_text(path.read_text().replace("memory:", "sqlite:///bandeau.db"))
    from bandeau.storage.keyfile import create_keyfile

    create_keyfile(tmp_path / "bandeau.keys")
    with pytest.raises(StoreMissing, match="bandeau init"):
        Site.open(path)


def opened(path: Path) -> Site:
    """Open a written policy with fresh keys, on a clock that moves a minute at each look."""
    from bandeau.storage.keyfile import create_keyfile

    create_keyfile(path.parent / "bandeau.keys")
    site = Site.open(path)
    minutes = iter(range(1, 1_000))
    site._clock = lambda: NOON + 60 * next(minutes)
    return site


def test_changed_file_comes_into_force_without_a_restart(tmp_path: Path) -> None:
    """A mode can be changed in a minute without a deploy."""
    site = opened(written(tmp_path))
    assert site.visit(head()).mode is Mode.ENFORCE
    written(tmp_path, revision=22, mode="off")
    assert site.visit(head()).mode is Mode.OFF
    assert site.policy.revision == 22


def test_changed_file_with_mistakes_leaves_the_policy_in_force(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The old policy stays, and one log line names the mistake."""
    site = opened(written(tmp_path))
    (tmp_path / "bandeau.toml").write_text("version = 1\nnonsense")
    with caplog.at_level(logging.ERROR):
        visit = site.visit(head())
    assert visit.mode is Mode.ENFORCE
    assert len(caplog.records) == 1
    assert "BND1" in caplog.text


def test_open_refuses_a_file_with_mistakes(tmp_path: Path) -> None:
    """All problems are in the error."""
    path = tmp_path / "bandeau.toml"
    path.write_text("version = 1\n")
    with pytest.raises(PolicyError) as caught:
        Site.open(path)
    assert len(caught.value.problems) > 1


def test_keys_without_one_for_the_log_are_refused_at_the_start(tmp_path: Path) -> None:
    """An older file must not be found out by the first reader who chooses."""
    path = written(tmp_path)
    (tmp_path / "bandeau.keys").write_text('{"keys": [{"id": "k1", "secret": "' + "B" * 43 + '"}]}')
    with pytest.raises(KeyFileError, match="bandeau keys rotate --ledger"):
        Site.open(path)


def test_rotated_cookie_key_is_used_from_the_next_request_on(tmp_path: Path) -> None:
    """A choice that another process signed with the new key is read at once."""
    site = opened(written(tmp_path))
    consent = Consent(1, 20_000, answered=2, granted=2)
    keys = rotate_cookies(tmp_path / "bandeau.keys", date(2026, 11, 25)).cookies
    value = encode(consent, site.policy.site, keys)
    found = site.visit(
        RequestHead("GET", "http", "127.0.0.1:8000", "/", headers=(("cookie", f"bd={value}"),))
    )
    assert found.known == consent
    assert site.keyring == keys


def test_weak_key_of_a_witness_is_refused_with_the_policy(tmp_path: Path) -> None:
    """A key under which anybody could sign is known to the ledger, not to the rules of the file."""
    path = written(tmp_path)
    weak = b"\x04" + bytes(32)
    name = hashlib.sha256(b"w.example\n" + weak).hexdigest()[:8]
    line = (
        f'witnesses = [{{ key = "w.example+{name}+{b64encode(weak).decode()}", url = "https://w.example" }}]'
    )
    path.write_text(path.read_text().replace("[proof]\n", f"[proof]\n{line}\n"))
    with pytest.raises(PolicyError, match=r"the key of the witness w\.example"):
        Site.open(path)
