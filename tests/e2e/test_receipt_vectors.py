"""The browser's verifier and the shared vectors: it accepts what Python accepts, and refuses the rest."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from bandeau.errors import LedgerError
from bandeau.ledger.note import VerifierKey
from bandeau.ledger.receipt import parse_receipt, verify_receipt
from tests.e2e.serving import serve
from tests.e2e.widget_site import browser
from tests.ledger.mutants import Mutant, mutants
from tests.ledger.standalone import VERIFIER

__all__ = ["browser"]
pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
RECEIPTS: list[dict[str, Any]] = json.loads((ROOT / "spec/vectors/ledger-receipts.json").read_text())[
    "receipts"
]
TREE: dict[str, Any] = json.loads((ROOT / "spec/vectors/ledger-tree.json").read_text())


async def _sources(scope: Any, receive: Any, send: Any) -> None:
    """Serve the modules as they are written."""
    path = ROOT / "widget/src/verify" / scope["path"].strip("/")
    body = path.read_bytes() if path.suffix == ".js" and path.is_file() else b"<!doctype html>"
    kind = b"text/javascript" if path.suffix == ".js" else b"text/html"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind)]})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """A page of the origin that serves the modules."""
    with serve(_sources) as port:
        made = browser.new_page()
        made.goto(f"http://127.0.0.1:{port}/")
        yield made
        made.close()


_VERIFY = """async ({ text, keys, witnesses }) => {
  const { verifyReceipt } = await import("/receipt.js");
  try {
    const own = keys.length ? keys : [JSON.parse(text).key];
    const { isCode, isLogged, isSigned, seen, code, index, checkpoint } =
      await verifyReceipt(new TextEncoder().encode(text), own, witnesses);
    return { holds: isCode && isLogged && isSigned === true, seen: seen.length, code, index, size: checkpoint.size, origin: checkpoint.origin };
  } catch (error) {
    return { holds: false, error: String(error) };
  }
}"""


def test_receipts_are_judged_as_in_python(page: Page) -> None:
    """76 of them, 22 that hold; the code, place, log and witnesses of each are the same."""
    wrong = []
    for vector in RECEIPTS:
        asked = {"text": vector["receipt"], "keys": vector["keys"], "witnesses": vector["witnesses"]}
        found = page.evaluate(_VERIFY, asked)
        if "refused" in vector:
            if found["holds"]:
                wrong.append(vector["refused"])
            continue
        said = {name: vector[name] for name in ("code", "index", "origin", "size")}
        said |= {"holds": True, "seen": int(vector["level"] == "witnessed")}
        if found != said:
            wrong.append(f"{vector['name']}: {found}")
    assert wrong == []
    assert sum("refused" in vector for vector in RECEIPTS) >= 50


_JUDGE = """async (files) => {
  const { verifyReceipt } = await import("/receipt.js");
  const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const held = [];
  for (const { data, keys, witnesses } of files) {
    try {
      const { isCode, isLogged, isSigned } = await verifyReceipt(bytes(data), keys, witnesses);
      held.push(isCode && isLogged && isSigned === true);
    } catch (error) {
      held.push(false);
    }
  }
  return held;
}"""


def judged_by_page(page: Page, files: Sequence[Mutant]) -> list[bool]:
    """Return which files hold for a reader."""
    asked = [
        {"data": b64encode(file.data).decode(), "keys": file.keys, "witnesses": file.witnesses}
        for file in files
    ]
    held: list[bool] = page.evaluate(_JUDGE, asked)
    return held


def judged_by_command(file: Mutant) -> bool:
    """Tell whether a file holds for ``bandeau verify``."""
    keys, witnesses = (list(map(VerifierKey.parse, texts)) for texts in (file.keys, file.witnesses))
    try:
        verify_receipt(parse_receipt(file.data), keys, witnesses)
    except LedgerError:
        return False
    return True


def judged_by_expert(file: Mutant) -> bool:
    """Tell whether a file holds for the stand-alone program."""
    keys, witnesses = (list(map(VERIFIER.Key, texts)) for texts in (file.keys, file.witnesses))
    try:
        VERIFIER.check_receipt(file.data, keys, witnesses)
    except VERIFIER.BROKEN:
        return False
    return True


def check_agreement(page: Page, files: list[Mutant]) -> None:
    """All three must say the same of each file; some hold, so that no judge can refuse everything."""
    said = [
        (judged_by_command(file), judged_by_expert(file), by_page)
        for file, by_page in zip(files, judged_by_page(page, files), strict=True)
    ]
    assert {file.name: each for file, each in zip(files, said, strict=True) if len(set(each)) > 1} == {}
    assert 20 < said.count((True, True, True)) < len(files) / 5


def test_page_command_and_expert_judge_the_same_files_alike(page: Page) -> None:
    """Each member and byte changed, other codes and sizes, records and notes that were signed as they are."""
    check_agreement(page, list(mutants(step=41)))


@pytest.mark.long
def test_page_command_and_expert_judge_every_changed_byte_alike(page: Page) -> None:
    """Every byte of a receipt with a bit turned, another letter in its place, left out, and cut off there."""
    check_agreement(page, list(mutants()))


_PROOFS = """async ({ leaves, roots, inclusion, consistency }) => {
  const { isIncluded, isContinued, leafHash } = await import("/merkle.js");
  const bytes = (hex) => Uint8Array.from(hex.match(/../g) || [], (pair) => parseInt(pair, 16));
  const wrong = [];
  for (const { index, size, proof } of inclusion) {
    const leaf = await leafHash(bytes(leaves[index])), path = proof.map(bytes), root = bytes(roots[size - 1]);
    if (!await isIncluded(leaf, index, size, path, root)) wrong.push(`inclusion ${index} ${size}`);
    for (const [i, hash] of path.entries()) for (let bit = 0; bit < 256; bit++) {
      const bent = path.map((each) => each.slice());
      bent[i][bit >> 3] ^= 1 << (bit & 7);
      if (await isIncluded(leaf, index, size, bent, root)) wrong.push(`inclusion ${index} ${size}, bit ${bit} of ${i}`);
    }
  }
  for (const { old, new: size, proof } of consistency) {
    const path = proof.map(bytes), before = bytes(roots[old - 1]), after = bytes(roots[size - 1]);
    if (!await isContinued(old, before, size, after, path)) wrong.push(`consistency ${old} ${size}`);
    for (const [i, hash] of path.entries()) for (let bit = 0; bit < 256; bit++) {
      const bent = path.map((each) => each.slice());
      bent[i][bit >> 3] ^= 1 << (bit & 7);
      if (await isContinued(old, before, size, after, bent)) wrong.push(`consistency ${old} ${size}, bit ${bit} of ${i}`);
    }
  }
  return wrong;
}"""


def test_proofs_of_the_reference_tree_hold_and_no_bit_of_them_may_change(page: Page) -> None:
    """RFC 6962's eight leaves; every single bit of every hash turned once."""
    assert page.evaluate(_PROOFS, TREE) == []


_ALL = """async (most) => {
  const { continuation, isContinued, leafHash, isIncluded, joined, sha256 } = await import("/merkle.js");
  const leaves = await Promise.all(Array.from({ length: most }, (_, i) => leafHash(new Uint8Array([i]))));
  const kept = new Map();
  const read = async (level, index) => {
    const key = `${level} ${index}`;
    if (!kept.has(key)) kept.set(key, level ? await sha256([1], await read(level - 1, 2 * index), await read(level - 1, 2 * index + 1)) : leaves[index]);
    return kept.get(key);
  };
  const split = (n) => 2 ** Math.ceil(Math.log2(n) - 1);
  const root = async (start, end) => {
    if (end - start == 1) return leaves[start];
    const middle = start + split(end - start);
    return sha256([1], await root(start, middle), await root(middle, end));
  };
  const roots = [null];
  for (let size = 1; size <= most; size++) roots.push(await root(0, size));
  const wrong = [];
  for (let size = 1; size <= most; size++) for (let old = 1; old <= size; old++) {
    const proof = await continuation(old, size, read);
    if (!await isContinued(old, roots[old], size, roots[size], proof)) wrong.push(`${old} ${size}`);
    if (await isContinued(old, roots[old - 1] || leaves[0], size, roots[size], proof) && old > 2) wrong.push(`${old} ${size}: another root`);
  }
  return wrong;
}"""


def test_every_continuation_up_to_forty_leaves_holds(page: Page) -> None:
    """820 pairs of sizes, each also with the root of another tree."""
    assert page.evaluate(_ALL, 40) == []
