"""The receipts of spec/vectors/ledger-receipts.json: good ones, and everything that must be refused.

``python -m tests.ledger.receipts`` writes the file anew; a test says when it has to be.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from bandeau.core.record import FIRST_SCHEMA
from bandeau.ledger.base64text import encode_base64
from bandeau.ledger.checkpoint import Checkpoint
from bandeau.ledger.note import SigningKey
from bandeau.ledger.receiptcode import receipt_code
from tests.ledger.attacks import cosigned
from tests.ledger.memorylog import MemoryLog, a_log
from tests.ledger.test_cosignature import SECOND, WITNESS
from tests.storage.records import a_record

FILE = Path(__file__).parents[2] / "spec/vectors/ledger-receipts.json"
ABOUT = (
    "Receipts and whether they verify. `receipt` is the text of the file; `keys` and `witnesses` are what the "
    "verifier trusts (without keys it uses the one in the receipt and says so). A receipt that holds has `level` "
    "(stated key, trusted key, witnessed), code, index, origin and size; one that does not has `refused`, for "
    "people to read. Leaves are 0x01 and HMAC-SHA-256(salt, RFC 8785 of `record`); proofs are c2sp.org/tlog-proof."
)


def good(name: str, receipt: bytes, log: MemoryLog, index: int, **more: Any) -> dict[str, Any]:
    """Return a vector of a receipt that holds."""
    row, head = log.rows[index], log.head
    assert row is not None
    assert head is not None
    expected = {
        "level": "trusted key",
        "code": row.code,
        "index": index,
        "origin": log.origin,
        "size": head.size,
    }
    keys = [str(log.key.verifier)]
    return {"name": name, "receipt": receipt.decode(), "keys": keys, "witnesses": [], **expected, **more}


def good_receipts() -> Iterator[dict[str, Any]]:
    """Yield receipts that hold."""
    for records in (1, 2, 3, 7, 300):
        log = a_log(records)
        for index in sorted({1, records // 2 + 1, records}):
            yield good(f"entry {index} of {records + 1}", log.receipt(index), log, index)
    log = a_log(5)
    stated: dict[str, Any] = {"keys": [], "level": "stated key"}
    yield good("only the key in the receipt", log.receipt(3), log, 3, **stated)
    log.head = replace(log.signed(), checkpoint=cosigned(log.signed().checkpoint))
    witnesses = [str(WITNESS.verifier)]
    yield good("seen by a witness", log.receipt(3), log, 3, witnesses=witnesses, level="witnessed")
    yield good(
        "seen by a witness that is not trusted", log.receipt(3), log, 3, witnesses=[str(SECOND.verifier)]
    )
    yield good(
        "a witness and only the key in the receipt",
        log.receipt(3),
        log,
        3,
        keys=[],
        witnesses=witnesses,
        level="witnessed",
    )
    log = a_log(5)
    new = SigningKey(log.origin, bytes(range(7, 39)))
    head = log.signed()
    log.head = replace(head, checkpoint=Checkpoint(log.origin, head.size, head.root).signed([log.key, new]))
    for key in (log.key, new):
        yield good("after a rotation", log.receipt(3), log, 3, keys=[str(key.verifier)])
    log = a_log(2)
    names = {"é": True, "\u20ac": False, "\U0001f600": True, "\ufb33": False, "a b": True, '"\\\n\x07': True}
    index = log.add(
        msgspec.structs.replace(a_record(9), at="2026-11-01T00:00:09Z", purposes=names, language="“fr”")
    )
    log.signed()
    yield good("names beyond ASCII, sorted by UTF-16", log.receipt(index), log, index)
    index = log.add(msgspec.structs.replace(a_record(10), at="2026-11-01T00:00:10Z", schema=FIRST_SCHEMA))
    log.signed()
    yield good("a record of the first schema", log.receipt(index), log, index)
    text = json.dumps(json.loads(log.receipt(index)), separators=(",", ":"))
    yield good("other spacing and order of members", text.encode(), log, index)


def member(name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """Return a change of one member."""
    return lambda receipt: receipt.__setitem__(name, value)


def in_record(name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """Return a change of one member of the record."""
    return lambda receipt: receipt["record"].__setitem__(name, value)


def in_proof(old: str, new: str) -> Callable[[dict[str, Any]], None]:
    """Return a change of the proof's text."""
    return lambda receipt: receipt.__setitem__("proof", receipt["proof"].replace(old, new, 1))


def changes() -> dict[str, Callable[[dict[str, Any]], None]]:
    """Return what a forger might change in a receipt of entry 3 of 6."""
    log = a_log(5)
    lines = json.loads(log.receipt(3))["proof"].split("\n")
    stranger = SigningKey(log.origin, bytes(range(9, 41)))
    return {
        "another answer": in_record("purposes", {"audience": True}),
        "another event": in_record("event", "given"),
        "another time": in_record("at", "2026-11-01T00:00:04Z"),
        "another revision": in_record("revision", 4),
        "another subject": in_record("subject_id", "somebody-else"),
        "another record id": in_record("record_id", "record-4"),
        "another schema": in_record("schema", "bandeau-record-9"),
        "one member more": in_record("extra", ""),
        "one member less": lambda receipt: receipt["record"].pop("gpc"),
        "a number that is not whole": in_record("revision", 3.0),
        "a number beyond 2**53": in_record("revision", 2**53),
        "yes as a number": in_record("gpc", 0),
        "half a character": in_record("language", "\ud800"),
        "another code": member("code", receipt_code("record-4")),
        "another salt": member("salt", encode_base64(bytes(32))),
        "a short salt": member("salt", encode_base64(bytes(31))),
        "a salt in a second spelling": lambda receipt: receipt.__setitem__("salt", second_spelling(receipt["salt"])),
        "another receipt schema": member("schema", "bandeau-receipt-2"),
        "a receipt with one member more": member("note", "trust me"),
        "a receipt without key": lambda receipt: receipt.pop("key"),
        "a key that is none": member("key", "nonsense"),
        "a weak key": member("key", "weak.example+31c2f6a1+AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        "a record that is a list": member("record", []),
        "a salt that is a number": member("salt", 5),
        "a proof that is a number": member("proof", 5),
        "another index": in_proof("index 3", "index 2"),
        "an index beyond the log": in_proof("index 3", "index 6"),
        "a negative index": in_proof("index 3", "index -3"),
        "an index with a zero before it": in_proof("index 3", "index 03"),
        "another header": in_proof("@v1", "@v2"),
        "no header": in_proof("c2sp.org/tlog-proof@v1\n", ""),
        "an empty extra line": in_proof("index 3", "extra \nindex 3"),
        "a hash less": in_proof(lines[2] + "\n", ""),
        "a hash more": in_proof(lines[2] + "\n", 2 * (lines[2] + "\n")),
        "hashes exchanged": in_proof(f"{lines[2]}\n{lines[3]}", f"{lines[3]}\n{lines[2]}"),
        "a short hash": in_proof(lines[2], encode_base64(bytes(31))),
        "another size": in_proof("\n6\n", "\n7\n"),
        "another origin": in_proof(log.origin, "elsewhere.example/log"),
        "no checkpoint": lambda receipt: receipt.__setitem__("proof", receipt["proof"].partition("\n\n")[0]),
        "no signature": lambda receipt: receipt.__setitem__("proof", receipt["proof"].rpartition("\n\n")[0]),
        "signed with another key": lambda receipt: receipt.__setitem__("proof", "\n".join(lines[:5]) + "\n\n" + Checkpoint(log.origin, 6, root_of(log)).signed([stranger]).decode()),
        **{name: signed_anew(**values) for name, values in CONTRADICTIONS.items()},
        "another receipt's proof": member("proof", json.loads(log.receipt(4))["proof"]),
        "another receipt's record": member("record", json.loads(log.receipt(4))["record"]),
    }  # fmt: skip


#: Records that the key of their log signed, and that no log of that name holds.
CONTRADICTIONS: dict[str, dict[str, Any]] = {
    "a signed record of another site": {"site_id": "elsewhere"},
    "a signed record of another environment": {"environment": "production"},
    "a signed record of another year": {"at": "2019-01-01T00:00:00Z"},
    "a signed record whose time is a sentence": {"at": "2026-11-01T00:00:00Z, and all is well.\n"},
}


def signed_anew(**values: str) -> Callable[[dict[str, Any]], None]:
    """Return a change after which everything fits again but what the record says."""
    log = a_log(2)
    index = log.add(msgspec.structs.replace(a_record(11, at="2026-11-01T00:00:11Z"), **values))  # type: ignore[arg-type]
    log.signed()
    forged = json.loads(log.receipt(index))
    return lambda receipt: receipt.update(forged)


def root_of(log: MemoryLog) -> bytes:
    """Return the root of a log."""
    assert log.head is not None
    return log.head.root


def second_spelling(text: str) -> str:
    """Return Base 64 text that decodes to the same bytes in a lenient reader."""
    return text[:-2] + chr(ord(text[-2]) + 1) + "="


def bad_receipts() -> Iterator[dict[str, Any]]:
    """Yield receipts that must be refused."""
    log = a_log(5)
    true = log.receipt(3).decode()
    keys = [str(log.key.verifier)]
    for refused, change in changes().items():
        receipt = json.loads(true)
        change(receipt)
        yield {"receipt": json.dumps(receipt), "keys": keys, "witnesses": [], "refused": refused}
    for refused, text in {
        "nothing": "",
        "no JSON": "{",
        "a list": "[]",
        "null": "null",
        "a member twice": true.replace('"salt"', f'"code": "{log.rows[3].code}",\n "salt"'),  # type: ignore[union-attr]
        "a member of the record twice": true.replace('"gpc"', '"gpc": true, "gpc"'),
        "not a number": true.replace('"gpc": false', '"gpc": NaN'),
        "more after the end": true + "{}",
        "a byte order mark": "\ufeff" + true,
    }.items():
        yield {"receipt": text, "keys": keys, "witnesses": [], "refused": refused}
    other = a_log(5, 2027)
    for refused, more in {
        "a trusted key of another log": {"keys": [str(other.key.verifier)]},
        "another trusted key of this log": {
            "keys": [str(SigningKey(log.origin, bytes(range(9, 41))).verifier)]
        },
    }.items():
        yield {"receipt": true, "keys": keys, "witnesses": [], **more, "refused": refused}
    log.head = replace(log.signed(), checkpoint=cosigned(log.signed().checkpoint))
    forged = json.loads(log.receipt(3))
    forged["proof"] = forged["proof"].replace(forged["proof"][-30:-20], "A" * 10)
    yield {
        "receipt": json.dumps(forged),
        "keys": keys,
        "witnesses": [str(WITNESS.verifier)],
        "refused": "a wrong cosignature",
    }


def vectors() -> str:
    """Return the content of the file."""
    cases = [*good_receipts(), *bad_receipts()]
    return json.dumps({"about": ABOUT, "receipts": cases}, indent=1, ensure_ascii=True) + "\n"


if __name__ == "__main__":
    FILE.write_text(vectors(), encoding="utf-8")
