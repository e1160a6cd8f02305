"""The page that verifies receipts, given what nobody should give it: it says no, asks little, and stays readable."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Request, expect

from bandeau.ledger.receipt import MAX_RECEIPT_SIZE
from tests.e2e.test_receipt_page import Live, live, verdict_of, visit
from tests.e2e.widget_site import browser
from tests.storage.records import a_record

__all__ = ["browser", "live", "visit"]
pytestmark = pytest.mark.browser
MARKUP = "<img src=/gone onerror=alert(1)><script>alert(2)</script>"
#: A mark after which a browser writes from right to left.
TURNED = "audience\u202e)ésirotuA("
Visit = Callable[..., Page]


def choose(page: Page, tmp_path: Path, data: bytes) -> tuple[str, list[str]]:
    """Choose a file; return what is said of it."""
    # A browser takes the same file for no change.
    chosen = tmp_path / f"chosen{len(list(tmp_path.iterdir()))}.json"
    chosen.write_bytes(data)
    page.set_input_files("input", chosen)
    return verdict_of(page)


def test_verifying_asks_for_the_public_log_and_tells_nobody_of_the_receipt(
    live: Live, visit: Visit, tmp_path: Path
) -> None:
    """Keys, checkpoint and two tiles by GET, without a body; code, reader and salt of the file stay here."""
    kept = live.receipt().to_json()
    for number in range(600, 700):
        live.site.store.submit(a_record(number, at="2026-11-23T10:00:00Z"), key=f"k{number}").result()
    page = visit(f"{live.url}/bandeau/verify")
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))
    assert choose(page, tmp_path, kept)[0] == "Ce reçu est valable."
    paths = [urlsplit(request.url).path for request in asked]
    log = "/bandeau/log/2026"
    tiles = [f"{log}/tile/1/000.p/2", f"{log}/tile/0/002.p/189"]
    assert paths == ["/bandeau/log/keys", f"{log}/checkpoint", *tiles]
    assert all(request.method == "GET" and request.post_data is None for request in asked)
    assert all(request.url.startswith(f"{live.url}/") for request in asked)
    file = json.loads(kept)
    told = json.dumps([[request.url, request.headers] for request in asked])
    assert not any(secret in told for secret in (file["code"], file["salt"], file["record"]["subject_id"]))


def test_files_that_are_too_large_or_too_deep_are_told_apart_from_receipts(
    live: Live, visit: Visit, tmp_path: Path
) -> None:
    """No more is read of a file than a receipt may have; the next file is verified as ever."""
    kept = live.receipt().to_json()
    page = visit(f"{live.url}/bandeau/verify")
    none = ("Ce fichier n’est pas un reçu de Bandeau.", [])
    assert choose(page, tmp_path, kept + b" " * (MAX_RECEIPT_SIZE + 1 - len(kept))) == none
    assert choose(page, tmp_path, b"[" * MAX_RECEIPT_SIZE) == none
    assert choose(page, tmp_path, b'{"a":' * 80_000 + b"1" + b"}" * 80_000) == none
    assert choose(page, tmp_path, kept.decode().encode("utf-16")) == none
    with (tmp_path / "huge.json").open("wb") as huge:
        huge.truncate(3 * 2**30)
    page.set_input_files("input", tmp_path / "huge.json")
    assert verdict_of(page) == none
    assert choose(page, tmp_path, kept)[0] == "Ce reçu est valable."


def test_markup_in_a_receipt_is_shown_as_text(live: Live, visit: Visit, tmp_path: Path) -> None:
    """The log holds it and the site signed it: its answers are read out as they stand, and nothing runs."""
    record = replace_purposes(live, {MARKUP: True, TURNED: False})
    page = visit(f"{live.url}/bandeau/verify")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    verdict, found = choose(page, tmp_path, record)
    assert verdict == "Ce reçu est valable."
    assert f"{MARKUP} (Autorisé)" in found[0]
    assert r"audience\u202e)ésirotuA( (Refusé)" in found[0]
    assert page.locator("[role=status] :is(img, script)").count() == 0
    assert not any("gone" in url for url in asked)


def replace_purposes(live: Live, purposes: dict[str, bool]) -> bytes:
    """Return the receipt of a record with these answers, which the site's log holds."""
    made = json.loads(a_record(5000, at="2026-11-23T10:00:00Z").canonical())
    record = type(a_record())(**(made | {"purposes": purposes}))
    code = live.site.store.submit(record, key="markup").result().code
    return replace(live, code=code).receipt().to_json()


def test_site_that_does_not_answer_is_no_fault_of_the_file(live: Live, visit: Visit, tmp_path: Path) -> None:
    """A reader whose connection failed must not believe that the receipt is worthless."""
    page = visit(f"{live.url}/bandeau/verify")
    page.route("**/log/keys", lambda route: route.fulfill(status=404))
    verdict, found = choose(page, tmp_path, live.receipt().to_json())
    assert verdict.startswith("Ce site ne répond pas")
    assert found == []
    page.unroute("**/log/keys")
    assert choose(page, tmp_path, live.receipt().to_json())[0] == "Ce reçu est valable."


def test_of_two_files_the_last_one_is_answered(live: Live, visit: Visit, tmp_path: Path) -> None:
    """The first one is verified longer; its answer must not stand under the second one's name."""
    page = visit(f"{live.url}/bandeau/verify")
    held: list[object] = []
    page.route("**/log/keys", lambda route: held.append(route) if not held else route.continue_())
    (tmp_path / "first.json").write_bytes(live.receipt().to_json())
    page.set_input_files("input", tmp_path / "first.json")
    expect(page.locator(".bd-verdict")).to_contain_text("en cours")
    assert choose(page, tmp_path, b"{}")[0] == "Ce fichier n’est pas un reçu de Bandeau."
    with page.expect_response("**/checkpoint"):
        held[0].continue_()  # type: ignore[attr-defined]
    page.wait_for_load_state("networkidle")
    assert verdict_of(page)[0] == "Ce fichier n’est pas un reçu de Bandeau."


def test_day_that_is_none_is_shown_as_it_stands(live: Live, visit: Visit, tmp_path: Path) -> None:
    """A date that no calendar has must not make the file unreadable: the forged record is what is named."""
    file = json.loads(live.receipt().to_json())
    file["record"]["at"] = "2026-13-41T25:61:61Z"
    page = visit(f"{live.url}/bandeau/verify")
    verdict, found = choose(page, tmp_path, json.dumps(file).encode())
    assert verdict == "Ce reçu n’est pas valable."
    assert "2026-13-41T25:61:61Z" in found[0]


def test_page_is_used_with_the_keyboard_and_heard(live: Live, visit: Visit, tmp_path: Path) -> None:
    """Tab leads to the field, which has a name; the verdict is announced without moving the focus."""
    page = visit(f"{live.url}/bandeau/verify")
    field = page.get_by_label("Fichier du reçu")
    expect(field).to_be_visible()
    for _ in range(10):
        if field.evaluate("node => node == document.activeElement"):
            break
        page.keyboard.press("Tab")
    with page.expect_file_chooser(timeout=60_000) as chooser:
        page.keyboard.press("Enter")
    (tmp_path / "chosen.json").write_bytes(live.receipt().to_json())
    chooser.value.set_files(tmp_path / "chosen.json")
    assert verdict_of(page)[0] == "Ce reçu est valable."
    expect(field).to_be_focused()
    expect(page.get_by_role("status")).to_contain_text("Ce reçu est valable.")
    items = page.get_by_role("status").get_by_role("listitem")
    assert items.count() == 4


def test_findings_stay_on_the_screen_when_the_page_is_read_from_right_to_left(
    live: Live, visit: Visit, tmp_path: Path
) -> None:
    """The sign before each finding stands at the side where reading begins, within 320 pixels."""
    page = visit(f"{live.url}/bandeau/verify", "phone", bypass_csp=True)
    choose(page, tmp_path, live.receipt().to_json())
    for direction, side in (("ltr", "paddingLeft"), ("rtl", "paddingRight")):
        page.evaluate("way => document.documentElement.dir = way", direction)
        padding = page.locator(".bd-findings li").first.evaluate(
            "(node, side) => getComputedStyle(node)[side]", side
        )
        assert padding == "30.4px"
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
