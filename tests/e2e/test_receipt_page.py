"""The receipt's page in Chromium: read, kept, and verified without asking anybody but the public log."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Browser, Page, expect

from bandeau.core.policy import Policy, Proof, Witness
from bandeau.ledger.checkpoint import Checkpoint
from bandeau.ledger.cosignature import cosign
from bandeau.ledger.note import COSIGNATURE, SigningKey, parse_note
from bandeau.ledger.receipt import Receipt, parse_receipt
from bandeau.site import Site
from bandeau.storage.memory import MemoryStore
from bandeau.web.asgi import BandeauMiddleware
from bandeau.web.preview import preview, shown_at
from tests.e2e.serving import serve
from tests.e2e.test_widget_look import AXE
from tests.e2e.widget_site import browser
from tests.storage.records import a_record
from tests.web.sites import POLICY

__all__ = ["browser"]
pytestmark = pytest.mark.browser
SIZES = {"desktop": (1280, 800), "phone": (320, 640)}
WITNESS = SigningKey("temoin.example/w1", b"w" * 32, COSIGNATURE)
AT = "2026-11-23T10:00:00Z"


@dataclass
class Live:
    """A site with a log of 600 records, on a port."""

    site: Site
    url: str
    code: str

    def receipt(self) -> Receipt:
        """Return the receipt as the site hands it out."""
        row = self.site.store.kept(self.code)
        assert row is not None
        return self.site.receipt(row)


@pytest.fixture
def live() -> Iterator[Live]:
    """Serve a site whose log holds a record that the tests look at."""
    apps: list[Any] = []

    async def late(scope: Any, receive: Any, send: Any) -> None:
        await apps[0](scope, receive, send)

    with serve(late) as port:
        url = f"http://127.0.0.1:{port}"
        site = Site.in_memory(shown_at(_witnessed(POLICY), url), clock=lambda: 1_795_600_000.0)
        record = msgspec.structs.replace(
            a_record(0),
            event="given",
            purposes={"audience": True, "social": False, "personalisation": False, "advertising": False},
            services={"youtube": True},
            at=AT,
            expires_at="2027-05-24T10:00:00Z",
        )
        code = site.store.submit(record, key="k").result().code
        _grow(site, 1, 600)
        apps.append(BandeauMiddleware(preview, site=site))
        yield Live(site, url, code)


def _witnessed(policy: Policy) -> Policy:
    witness = Witness(str(WITNESS.verifier), "https://temoin.example")
    return replace(policy, proof=Proof(witnesses=(witness,)))


def _grow(site: Site, first: int, last: int) -> None:
    for number in range(first, last):
        record = msgspec.structs.replace(a_record(number), at=AT)
        site.store.submit(record, key=f"k{number}").result()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Return a function that opens an address in a fresh profile, and fails on what a page complains of."""
    pages: list[Page] = []
    problems: list[str] = []

    def open_(url: str, size: str = "desktop", **options: Any) -> Page:
        width, height = SIZES[size]
        context = browser.new_context(viewport={"width": width, "height": height}, locale="fr-FR", **options)
        context.set_default_timeout(8_000)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
        pages.append(page)
        page.goto(url)
        return page

    yield open_
    for page in pages:
        page.context.close()
    assert [line for line in problems if "status of 404" not in line] == []


def verdict_of(page: Page) -> tuple[str, list[str]]:
    expect(page.locator(".bd-verdict")).not_to_contain_text("en cours")
    return page.locator(".bd-verdict").inner_text(), page.locator(".bd-findings li").all_inner_texts()


def test_receipt_is_verified_in_the_page(live: Live, visit: Callable[..., Page]) -> None:
    """One press; every step is said, and the page asks this site alone."""
    page = visit(f"{live.url}/bandeau/receipt/{live.code}")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_role("button", name="Vérifier ce reçu dans mon navigateur").click()
    verdict, found = verdict_of(page)
    assert verdict == "Ce reçu est valable."
    assert live.code in found[0]
    assert "Mesure d’audience (Autorisé), Réseaux sociaux (Refusé), Personnalisation (Refusé)" in found[0]
    assert "la ligne 1 du registre" in found[1]
    assert "une clé qu’il publie" in found[2]
    assert "de 601 lignes, continue celui du reçu" in found[3]
    assert asked
    assert all(url.startswith(f"{live.url}/bandeau/") for url in asked)


def test_page_without_javascript_says_and_keeps_the_same(live: Live, visit: Callable[..., Page]) -> None:
    """Everything but the verification in the browser; that is named, with what does it elsewhere."""
    page = visit(f"{live.url}/bandeau/receipt/{live.code}", java_script_enabled=False)
    expect(page.locator(".bd-said li").first).to_contain_text("Mesure d’audience")
    expect(page.locator("#bd-verify")).to_be_hidden()
    expect(page.get_by_text("demande JavaScript")).to_be_visible()
    expect(page.get_by_text("verify_bandeau.py")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Télécharger le reçu").click()
    assert download.value.suggested_filename == f"gazette-{live.code}.json"
    assert parse_receipt(Path(download.value.path()).read_bytes()).code == live.code


def test_kept_file_is_verified_against_the_log_of_today(
    live: Live, visit: Callable[..., Page], tmp_path: Path
) -> None:
    """The receipt is old, the log has grown since, a witness countersigned it: all of it is checked."""
    receipt = live.receipt()
    note = receipt.proof.checkpoint + cosign(_text(receipt), WITNESS, 1_795_600_100).line().encode()
    kept = tmp_path / "receipt.json"
    kept.write_bytes(replace(receipt, proof=replace(receipt.proof, checkpoint=note)).to_json())
    _grow(live.site, 600, 700)
    page = visit(f"{live.url}/bandeau/verify")
    page.set_input_files("input", kept)
    verdict, found = verdict_of(page)
    assert verdict == "Ce reçu est valable."
    assert found[3].startswith("temoin.example/w1 a contresigné cet état le 25 novembre 2026")
    assert "de 701 lignes" in found[4]


def test_file_that_is_dropped_is_verified_as_one_that_is_chosen(
    live: Live, visit: Callable[..., Page]
) -> None:
    """And the browser does not leave the page for it."""
    page = visit(f"{live.url}/bandeau/verify")
    made = """(text) => {
      const dropped = new DataTransfer();
      dropped.items.add(new File([text], "receipt.json"));
      return dropped;
    }"""
    transfer = page.evaluate_handle(made, live.receipt().to_json().decode())
    page.dispatch_event("#bd-verify", "drop", {"dataTransfer": transfer})
    assert verdict_of(page)[0] == "Ce reçu est valable."
    assert page.url.endswith("/bandeau/verify")


def _text(receipt: Receipt) -> str:
    return parse_note(receipt.proof.checkpoint).text


def _edited(name: str, value: object) -> Callable[[dict[str, Any]], None]:
    def edit(file: dict[str, Any]) -> None:
        file["record"][name] = value

    return edit


def _signed_by_another(file: dict[str, Any]) -> None:
    head, note = file["proof"].split("\n\n", 1)
    parsed = parse_note(note.encode())
    origin = parsed.text.partition("\n")[0]
    size, root = parsed.text.split("\n")[1:3]
    from bandeau.ledger.base64text import decode_base64

    forged = Checkpoint(origin, int(size), decode_base64(root)).signed([SigningKey(origin, b"x" * 32)])
    file["proof"] = f"{head}\n\n{forged.decode()}"


def _damaged_signature(file: dict[str, Any]) -> None:
    swapped = file["proof"].rstrip("\n")
    file["proof"] = swapped[:-6] + ("AAAA" if swapped[-6:-2] != "AAAA" else "BBBB") + swapped[-2:] + "\n"


FORGERIES: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "an answer": (_edited("purposes", {"advertising": True}), "n’est pas dans le registre"),
    "its date": (_edited("at", "2026-11-22T10:00:00Z"), "n’est pas dans le registre"),
    "its reader": (_edited("subject_id", "B" * 22), "n’est pas dans le registre"),
    "its code": (lambda file: file.update(code="0000-0000-0000-0000"), "n’est pas celui de l’enregistrement"),
    "its signer": (_signed_by_another, "n’est pas celle d’une clé"),
    "its signature": (_damaged_signature, "n’est pas celle d’une clé"),
}


@pytest.mark.parametrize("what", FORGERIES)
def test_forged_receipt_is_refused(what: str, live: Live, visit: Callable[..., Page], tmp_path: Path) -> None:
    """Each change is found, and the step that finds it is named."""
    forge, said = FORGERIES[what]
    file = json.loads(live.receipt().to_json())
    forge(file)
    (tmp_path / "forged.json").write_text(json.dumps(file))
    page = visit(f"{live.url}/bandeau/verify")
    page.set_input_files("input", tmp_path / "forged.json")
    verdict, found = verdict_of(page)
    assert verdict == "Ce reçu n’est pas valable."
    assert any(said in text for text in found), found


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\x00\xff", b'{"schema": "bandeau-receipt-1"}'])
def test_file_that_is_no_receipt_is_told(
    content: bytes, live: Live, visit: Callable[..., Page], tmp_path: Path
) -> None:
    """In words, and never as valid."""
    (tmp_path / "file").write_bytes(content)
    page = visit(f"{live.url}/bandeau/verify")
    page.set_input_files("input", tmp_path / "file")
    assert verdict_of(page) == ("Ce fichier n’est pas un reçu de Bandeau.", [])


def test_rewritten_log_is_found_by_the_readers_own_receipt(
    live: Live, visit: Callable[..., Page], tmp_path: Path
) -> None:
    """The operator has the key and makes the log anew without the reader's row; the receipt remains."""
    (tmp_path / "kept.json").write_bytes(live.receipt().to_json())
    live.site.store = MemoryStore(live.site.signer)
    _grow(live.site, 1, 620)
    page = visit(f"{live.url}/bandeau/verify")
    page.set_input_files("input", tmp_path / "kept.json")
    verdict, found = verdict_of(page)
    assert verdict == "Ce reçu n’est pas valable."
    assert "il a été réécrit" in found[-1]
    assert "une clé qu’il publie" in found[2]


def test_browser_without_ed25519_says_so(live: Live, visit: Callable[..., Page]) -> None:
    """The rest is verified; nothing is called valid."""
    page = visit(f"{live.url}/bandeau/receipt/{live.code}")
    page.evaluate(
        """() => {
          const known = crypto.subtle.importKey.bind(crypto.subtle);
          crypto.subtle.importKey = (kind, key, how, ...rest) => how == "Ed25519"
            ? Promise.reject(new DOMException("", "NotSupportedError")) : known(kind, key, how, ...rest);
        }"""
    )
    page.get_by_role("button").click()
    verdict, found = verdict_of(page)
    assert verdict == "Ce reçu n’a pas pu être vérifié entièrement."
    assert any("ne sait pas vérifier les signatures Ed25519" in text for text in found)


def test_log_that_cannot_be_read_leaves_the_receipt_verified_by_itself(
    live: Live, visit: Callable[..., Page]
) -> None:
    """The site is half down: what was checked is said, and what was not."""
    page = visit(f"{live.url}/bandeau/receipt/{live.code}")
    page.route("**/log/2026/**", lambda route: route.fulfill(status=404))
    page.get_by_role("button").click()
    verdict, found = verdict_of(page)
    assert verdict == "Ce reçu n’a pas pu être vérifié entièrement."
    assert "n’a pas pu être lu" in found[-1]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("path", ["receipt/{code}", "verify", "receipt/0000-0000-0000-0000"])
def test_pages_are_accessible_and_fit_their_screen(
    path: str, size: str, scheme: str, live: Live, visit: Callable[..., Page]
) -> None:
    """axe finds nothing, and nothing is wider than 320 pixels."""
    url = f"{live.url}/bandeau/{path.format(code=live.code)}"
    page = visit(url, size, color_scheme=scheme, bypass_csp=True)
    if "{code}" in path:
        page.get_by_role("button").click()
        verdict_of(page)
    page.add_script_tag(path=AXE)
    found = page.evaluate("axe.run()")
    assert [f"{rule['id']}: {rule['nodes'][0]['html'][:120]}" for rule in found["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]
