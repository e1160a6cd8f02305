"""How the proof is kept, and who outside can vouch for it."""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode
from binascii import Error

from bandeau.core.policy import Proof, is_folder
from bandeau.policyfile.checks.integration import is_loopback
from bandeau.policyfile.draft import Draft
from bandeau.policyfile.entry import Entry
from bandeau.policyfile.findings import Findings

_KEY = re.compile(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})")
_ADDRESS = re.compile(r"(https?)://([^/?#@\s\\]+)(?:[/?][^\s#\\]*)?")
#: The first byte of an Ed25519 cosigner's key (c2sp.org/tlog-cosignature).
_COSIGNER = 0x04


def check_ledger(draft: Draft, findings: Findings) -> None:
    """Report what keeps the proof from being one."""
    proof, entry = draft.policy.proof, draft.root.table("proof")
    _check_targets(proof, entry, findings)
    _check_witnesses(entry, findings)
    _check_address(entry, "timestamp", findings)
    _check_places(proof, entry, findings)
    if (proof.witnesses or proof.timestamp) and not proof.folder:
        findings.add("BND606", entry.at("publish"), "publish names no folder")
    if proof.retention_days < draft.policy.remember_days:
        message = f"records are kept {proof.retention_days} days, choices {draft.policy.remember_days}"
        findings.add("BND607", entry.at("retention"), message)


def _check_targets(proof: Proof, entry: Entry, findings: Findings) -> None:
    if entry.has("publish") and not proof.publish and not findings.was_refused(entry.at("publish")):
        findings.add("BND602", entry.at("publish"), "nothing outside can tell when the log is rewritten")
    for path, target in entry.words("publish"):
        if is_folder(target) or (target.startswith("git:") and len(target) > len("git:")):
            continue
        found = _ADDRESS.fullmatch(target)
        if found is None:
            findings.add("BND601", path, f'checkpoints cannot be put to "{target}"')
        elif found[1] == "http" and not is_loopback(f"http://{found[2]}"):
            findings.add("BND605", path, f'"{target}" is plain http')


def _check_witnesses(entry: Entry, findings: Findings) -> None:
    names: set[str] = set()
    for row in entry.rows("witnesses"):
        key, name = row.text("key"), row.text("key").partition("+")[0]
        if key and not _is_cosigner(key):
            findings.add("BND603", row.at("key"), f'"{key[:100]}" is not the verifier key of a witness')
        elif key and name in names:
            findings.add("BND604", row.at("key"), f'"{name}" is declared before')
        names.add(name)
        _check_address(row, "url", findings)


def _check_address(entry: Entry, key: str, findings: Findings) -> None:
    text = entry.text(key)
    if not text:
        return
    found = _ADDRESS.fullmatch(text)
    if found is None:
        findings.add("BND114", entry.at(key), f'"{text}" is not an address', note='as in "https://…"')
    elif found[1] == "http" and not is_loopback(f"http://{found[2]}"):
        findings.add("BND605", entry.at(key), f'"{text}" is plain http')


def _check_places(proof: Proof, entry: Entry, findings: Findings) -> None:
    """Report folders that are also something else; keys and store are compared by BND410."""
    taken = {proof.keys: "keys", proof.store.removeprefix("sqlite:///"): "store"}
    places = [(entry.at("archive"), "archive", proof.archive)]
    places += [(path, "publish", target) for path, target in entry.words("publish") if is_folder(target)]
    for path, what, place in places:
        if place.rstrip("/") in taken:
            findings.add("BND608", path, f'{what} and {taken[place.rstrip("/")]} are both "{place}"')
        taken.setdefault(place.rstrip("/"), what)


def _is_cosigner(text: str) -> bool:
    found = _KEY.fullmatch(text)
    if found is None:
        return False
    try:
        key = b64decode(found[3], validate=True)
    except Error:
        return False
    said = hashlib.sha256(found[1].encode() + b"\n" + key).hexdigest()[:8]
    return len(key) == 33 and key[0] == _COSIGNER and found[2] == said
