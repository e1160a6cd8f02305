"""The receipt's page and files, and the public log that they are verified against."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from bandeau.core.policy import Proof, Witness
from bandeau.core.request import Response
from bandeau.errors import StoreUnavailable
from bandeau.ledger.checkpoint import open_checkpoint
from bandeau.ledger.cosignature import cosign
from bandeau.ledger.note import COSIGNATURE, SigningKey, VerifierKey, parse_note
from bandeau.ledger.proofs import root_from
from bandeau.ledger.receipt import parse_receipt, verify_receipt
from bandeau.ledger.tiles import hash_reader, parse_entry_bundle, tile_path
from bandeau.ledger.tree import leaf_hash
from bandeau.site import Site
from bandeau.web.endpoints import receipts
from tests.storage.records import a_record
from tests.web.markup import elements, named
from tests.web.sites import DAY, PANEL, POLICY, Browser, a_policy, header

NOBODYS = "0000-0000-0000-0000"


def chosen(browser: Browser) -> str:
    """Choose in the panel, some of it; return the receipt's code."""
    answers = {"purposes": {"audience": True}, "services": {"youtube": True, "counts": False}}
    return str(json.loads(browser.post_json({**PANEL, "action": "save", **answers}).body)["code"])


def test_page_says_what_was_chosen_in_the_readers_language() -> None:
    """Code, date, every answer with its word and icon, what it proves and what it does not."""
    browser = Browser()
    code = chosen(browser)
    page = browser.get(f"/bandeau/receipt/{code}")
    text = " ".join(element.text for element in named(page.body, "main"))
    assert page.status == 200
    assert code in text
    assert "23 novembre 2026 à 10:00 (temps universel)" in text
    answers = {li.text.strip() for li in named(page.body, "li")}
    assert answers >= {"Mesure d’audienceAutorisé", "Réseaux sociauxRefusé", "YouTubeAutorisé"}
    assert "Il ne prouve pas qui a cliqué" in text
    english = browser.get(f"/bandeau/receipt/{code}?lang=en")
    assert "23 November 2026 at 10:00" in english.body.decode()


def test_page_is_reached_with_the_code_as_people_copy_it() -> None:
    """Small letters, no dashes, O for 0."""
    browser = Browser()
    code = chosen(browser)
    asked = code.lower().replace("-", "").replace("0", "o")
    assert code in browser.get(f"/bandeau/receipt/{asked}").body.decode()


def test_page_is_private_unlisted_and_strict() -> None:
    """Nobody else's cache, no search engine, no script of anybody else."""
    browser = Browser()
    page = browser.get(f"/bandeau/receipt/{chosen(browser)}")
    assert header(page, "cache-control") == "private, no-store"
    assert header(page, "x-robots-tag") == "noindex"
    assert header(page, "referrer-policy") == "same-origin"
    assert header(page, "content-security-policy").startswith("default-src 'none'; script-src 'self'; ")
    assert not [
        each for each in elements(page.body) if "style" in each.attributes or each.attributes.get("onclick")
    ]


def test_downloaded_receipt_verifies_with_the_published_keys() -> None:
    """By the same function as `bandeau verify`; the key comes from the log's own address."""
    browser = Browser()
    code = chosen(browser)
    file = browser.get(f"/bandeau/receipt/{code}.json")
    assert header(file, "content-disposition") == "attachment"
    keys = [VerifierKey.parse(line) for line in browser.get("/bandeau/log/keys").body.decode().split()]
    verdict = verify_receipt(parse_receipt(file.body), keys)
    assert (verdict.level, verdict.code, verdict.index) == ("trusted key", code, 1)


def test_record_is_given_in_the_forms_of_others() -> None:
    """DPV in JSON-LD and Kantara's form, of the same record."""
    browser = Browser()
    code = chosen(browser)
    linked = browser.get(f"/bandeau/receipt/{code}.jsonld")
    assert header(linked, "content-type") == "application/ld+json"
    assert json.loads(linked.body)["dct:identifier"] == code
    kantara = json.loads(browser.get(f"/bandeau/receipt/{code}.kantara.json").body)
    assert kantara["consentReceiptID"] == json.loads(linked.body)["dpv:hasRecordOfActivity"]["dct:identifier"]


def test_page_names_the_witnesses_that_countersigned(tmp_path: Path) -> None:
    """The receipt is by the newest countersigned checkpoint that covers it; until there is one, by the log's."""
    witness = SigningKey("temoin.example/w1", b"w" * 32, COSIGNATURE)
    proof = Proof(witnesses=(Witness(str(witness.verifier), "https://temoin.example"),))
    browser = Browser(Site.in_memory(a_policy(proof=proof), clock=lambda: DAY * 86_400.0))
    browser.site.folder = tmp_path
    code = chosen(browser)
    assert "contresigné" not in browser.get(f"/bandeau/receipt/{code}").body.decode()
    (head,) = browser.site.logs()
    text = parse_note(head.checkpoint).text
    publisher = browser.site.publisher
    assert publisher
    assert publisher.folder
    publisher.folder.add(head.checkpoint + cosign(text, witness, 1_795_600_000).line().encode())
    later = chosen(Browser(browser.site))
    assert "temoin.example/w1 a contresigné" in browser.get(f"/bandeau/receipt/{code}").body.decode()
    file = browser.get(f"/bandeau/receipt/{code}.json")
    keys = browser.site.signer.verifiers(head.origin)
    assert verify_receipt(parse_receipt(file.body), keys, [witness.verifier]).level == "witnessed"
    assert "contresigné" not in browser.get(f"/bandeau/receipt/{later}").body.decode()


@pytest.mark.parametrize(
    "code", [NOBODYS, "x", "%3Cscript%3E", "a" * 64, "../../etc/passwd", "0000-0000-0000-000U", ""]
)
@pytest.mark.parametrize("file", ["", ".json", ".jsonld", ".kantara.json", ".html"])
def test_unknown_code_is_not_found(code: str, file: str) -> None:
    """One answer for all that is not there, and it repeats nothing of the address."""
    browser = Browser()
    chosen(browser)
    answer = browser.get(f"/bandeau/receipt/{code}{file}")
    assert answer.status == 404
    assert not code or code not in answer.body.decode()


def test_unknown_code_takes_the_way_of_a_known_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same work for an erased, another site's and an unknown code, so that time tells nothing."""
    browser = Browser()
    code, erased = chosen(browser), chosen(Browser(browser.site))
    row = browser.site.store.kept(erased)
    assert row
    browser.site.store.erase(row.subject_id).result()
    foreign = browser.site.store.submit(replace(a_record(7), site_id="another"), key="k").result().code
    done: list[str] = []
    for place, name in ((receipts, "render"), (browser.site, "receipt"), (browser.site.store, "kept")):
        _noted(monkeypatch, place, name, done)
    for asked in (code, erased, foreign, NOBODYS):
        done.clear()
        browser.get(f"/bandeau/receipt/{asked}.json")
        assert done == ["kept", "receipt", "render", "render"]


def _noted(monkeypatch: pytest.MonkeyPatch, place: object, name: str, done: list[str]) -> None:
    real = getattr(place, name)

    def call(*arguments: object, **named: object) -> object:
        done.append(name)
        return real(*arguments, **named)

    monkeypatch.setattr(place, name, call)


def test_record_of_another_site_in_the_same_store_is_not_shown() -> None:
    """A code of one site is no code at another."""
    browser = Browser()
    chosen(browser)
    other = replace(a_record(7), site_id="another")
    entry = browser.site.store.submit(other, key="k").result()
    assert browser.get(f"/bandeau/receipt/{entry.code}").status == 404


def test_choice_that_has_ended_says_so() -> None:
    """Six months later the page does not pretend."""
    browser = Browser()
    code = chosen(browser)
    browser.site._clock = lambda: (DAY + 200) * 86_400
    assert "Ce choix a pris fin le 24 mai 2027" in browser.get(f"/bandeau/receipt/{code}").body.decode()


def test_purpose_that_is_gone_keeps_its_name_in_the_record() -> None:
    """The record is older than the policy."""
    browser = Browser()
    code = chosen(browser)
    browser.site.policy = a_policy(purposes=POLICY.purposes[:3], services=POLICY.services[:3])
    answers = {li.text.strip() for li in named(browser.get(f"/bandeau/receipt/{code}").body, "li")}
    assert {"personalisationRefusé", "youtubeAutorisé"} <= answers


def test_texts_of_a_record_are_data() -> None:
    """An id from an old record is text, whatever it holds."""
    browser = Browser()
    chosen(browser)
    record = replace(a_record(7), purposes={"<img src=x onerror=alert(1)>": True}, at="2026-11-23T10:00:00Z")
    code = browser.site.store.submit(record, key="k").result().code
    page = browser.get(f"/bandeau/receipt/{code}")
    assert page.status == 200
    assert named(page.body, "img") == []


def test_store_that_cannot_be_read_is_said() -> None:
    """503, in words; not 404, which would be a lie."""
    browser = Browser()
    chosen(browser)

    def broken(_: str) -> None:
        raise StoreUnavailable("locked")

    browser.site.store.kept = broken  # type: ignore[method-assign, assignment]
    assert browser.get(f"/bandeau/receipt/{NOBODYS}").status == 503


def test_verification_page_needs_no_receipt() -> None:
    """It names what is verified without JavaScript too."""
    page = Browser().get("/bandeau/verify?lang=en")
    assert page.status == 200
    assert "bandeau verify FILE" in page.body.decode()
    assert len(named(page.body, "input", type="file")) == 1


def grown(by: int) -> Browser:
    """Return a browser whose site's log has so many records."""
    browser = Browser()
    for number in range(by):
        browser.site.store.submit(a_record(number), key=f"k{number}").result()
    return browser


def test_public_log_can_be_rebuilt_from_its_tiles() -> None:
    """A monitor reads the checkpoint, the tiles and the entries, and comes to the signed root."""
    browser = grown(700)
    keys = [VerifierKey.parse(line) for line in browser.get("/bandeau/log/keys").body.decode().split()]
    checkpoint, _ = open_checkpoint(browser.get("/bandeau/log/2026/checkpoint").body, keys)
    assert checkpoint.size == 701

    def tile(level: int, number: int, width: int) -> bytes:
        return browser.get(f"/bandeau/log/2026/{tile_path(level, number, width)}").body

    assert root_from(701, hash_reader(tile, 701)) == checkpoint.root
    bundle = browser.get("/bandeau/log/2026/tile/entries/002.p/189").body
    hashes = [leaf_hash(entry) for entry in parse_entry_bundle(bundle, 189)]
    assert b"".join(hashes) == tile(0, 2, 189)


def test_full_tiles_are_cached_for_ever_and_what_grows_is_not() -> None:
    """A full tile never changes; a checkpoint must be today's."""
    browser = grown(300)
    caches = {
        path: header(browser.get(f"/bandeau/log/{path}"), "cache-control")
        for path in ("2026/tile/0/000", "2026/tile/entries/000", "2026/tile/0/001.p/45", "checkpoint", "keys")
    }
    assert [cache for cache in caches.values() if "immutable" in cache] == [
        "public, max-age=31536000, immutable"
    ] * 2
    assert [cache for cache in caches.values() if "immutable" not in cache] == ["no-store"] * 3


@pytest.mark.parametrize(
    "path",
    [
        *("2026/tile/0/002", "2026/tile/0/001", "2026/tile/0/001.p/46", "2026/tile/1/000", "2026/tile/0/0"),
        *("2026/tile/8/000", "2026/tile/entries/001", "2026/tile/0/000.p/256", "2026/tile/0/000.p/0"),
        *(
            "2025/checkpoint",
            "tile/0/000",
            "2026/keys",
            "2026",
            "",
            "2026/tile/0/../0/000",
            "2026//checkpoint",
        ),
    ],
)
def test_what_the_log_has_not_is_not_found(path: str) -> None:
    """Beyond its end, of another year, or no path of a tile."""
    assert grown(300).get(f"/bandeau/log/{path}").status == 404


def test_public_log_is_open_to_monitors_and_says_nothing_about_readers() -> None:
    """Any origin may read it; no id, code, salt or choice of a record stands in any of its files."""
    browser = grown(20)
    (log,) = browser.site.logs()
    rows = list(browser.site.store.rows(log.origin))
    paths = ("checkpoint", "keys", "2026/checkpoint", "2026/tile/0/000.p/21", "2026/tile/entries/000.p/21")
    answers = [browser.get(f"/bandeau/log/{path}") for path in paths]
    assert {header(answer, "access-control-allow-origin") for answer in answers} == {"*"}
    served = b"".join(answer.body for answer in answers)
    secrets = [row.salt for row in rows] + [row.subject_id.encode() for row in rows if row.subject_id]
    secrets += [row.code.encode() for row in rows if row.code] + [b"audience", b"refused"]
    assert len(secrets) == 21 + 20 + 20 + 2
    assert not [each for each in secrets if each in served]


def test_store_that_cannot_be_read_is_said_of_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """503 with a time to come again."""
    browser = grown(1)

    def broken() -> None:
        raise StoreUnavailable("locked")

    monkeypatch.setattr(browser.site.store, "logs", broken)
    answer: Response = browser.get("/bandeau/log/checkpoint")
    assert (answer.status, header(answer, "retry-after")) == (503, "2")


def test_witnesses_of_the_policy_are_given_to_the_browser() -> None:
    """Their keys stand in the page; what is said of them is verified there."""
    browser = Browser()
    code = chosen(browser)
    key = "w.example+93af3555+BFDnIeScAT8Axiz1nyFjVCqdjfAkZO/rYV0xBRsP3cMm"
    browser.site.policy = a_policy(proof=Proof(witnesses=(Witness(key, "https://w.example"),), publish=()))
    place = named(browser.get("/bandeau/verify").body, "div", id="bd-verify")[0]
    assert place.attributes["data-witnesses"] == key
    assert code
