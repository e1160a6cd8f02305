"""Files that may or may not be receipts, as bytes: what an expert, a site and a reader must judge alike.

They are what no JSON can hold (vectors are in spec/vectors/ledger-receipts.json) or too many to be kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from bandeau.core.canonical import canonical_bytes
from bandeau.ledger.base64text import decode_base64, encode_base64
from bandeau.ledger.bodies import CONSENT
from bandeau.ledger.checkpoint import Checkpoint
from bandeau.ledger.note import SigningKey, VerifierKey, sign_note
from bandeau.ledger.receipt import MAX_RECEIPT_SIZE
from bandeau.ledger.receiptcode import receipt_code
from tests.ledger.attacks import cosigned
from tests.ledger.memorylog import MemoryLog, a_log
from tests.ledger.test_cosignature import WITNESS
from tests.storage.records import a_record


@dataclass(frozen=True)
class Mutant:
    """A file and what its judge trusts."""

    name: str
    data: bytes
    keys: tuple[str, ...]
    witnesses: tuple[str, ...] = (str(WITNESS.verifier),)


def base() -> tuple[MemoryLog, bytes]:
    """Return a log of six entries that a witness saw, and the receipt of the fourth."""
    log = a_log(5)
    log.head = replace(log.signed(), checkpoint=cosigned(log.signed().checkpoint))
    return log, log.receipt(3)


def mutants(step: int = 1) -> Iterator[Mutant]:
    """Yield all of them; of the changed bytes and bits only every ``step``-th."""
    log, true = base()
    keys = (str(log.key.verifier),)
    yield Mutant("as it is", true, keys)
    for name, data in (*bytes_changed(true, step), *members_changed(true), *other_files(true).items()):
        yield Mutant(name, data, keys)
    for name, data in signed_contents():
        yield Mutant(name, data, keys)
    for name, data in proofs_rewritten(log, true):
        yield Mutant(name, data, keys)
    for name, texts in keys_given(log).items():
        yield Mutant(name, true, texts)


def bytes_changed(true: bytes, step: int) -> Iterator[tuple[str, bytes]]:
    """Each byte with one bit turned, another letter in its place, left out, or all after it cut off."""
    for at in range(0, len(true), step):
        turned = true[at] ^ 1 << at // step % 8
        letter = b"B" if true[at : at + 1] == b"A" else b"A"
        yield f"bit {at // step % 8} of byte {at} turned", true[:at] + bytes([turned]) + true[at + 1 :]
        yield f"a letter at {at}", true[:at] + letter + true[at + 1 :]
        if at % (4 * step) == 0:
            yield f"without byte {at}", true[:at] + true[at + 1 :]
            yield f"cut off at {at}", true[:at]


def members_changed(true: bytes) -> Iterator[tuple[str, bytes]]:
    """Each member of receipt and record with another value, under another name, twice, or left out."""
    file = json.loads(true)
    for where in ((), ("record",)):
        for name in file["record"] if where else file:
            for what, value in others((file["record"] if where else file)[name]):
                yield f"{name} {what}", edited(file, where, {name: value})
            yield f"without {name}", edited(file, where, {name: ...})
            yield f"{name} under another name", edited(file, where, {name: ..., f"{name} ": ""})
            spelled = f"\\u{ord(name[0]):04x}{name[1:]}"
            for twice in (name, spelled):
                member = f'"{twice}":{json.dumps((file["record"] if where else file)[name])},'.encode()
                place = true.index(b'"record": {') + 11 if where else 1
                yield f"{twice} twice", true[:place] + member + true[place:]


def others(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield other values than this one, and what they are."""
    for what, other in {
        "null": None,
        "a list": [],
        "in a list": [value],
        "an object": {},
        "a number": 7,
        "a fraction": 0.5,
        "empty": "",
        "true": True,
        "false": False,
        "markup": "<img src=x onerror=alert(1)>",
        "the name of a prototype": {"__proto__": True, "constructor": False},
    }.items():
        if other is not value:
            yield what, other
    if isinstance(value, str):
        yield "with a space", value + " "
        yield "with a zero", value + "\0"
        yield "with half a character", value + "\ud800"
        yield "in other letters", value.swapcase()


def edited(file: dict[str, Any], where: tuple[str, ...], changes: dict[str, Any]) -> bytes:
    """Return a receipt with other members; ``...`` leaves one out."""
    copy = json.loads(json.dumps(file))
    place = copy["record"] if where else copy
    place.update(changes)
    for name in [name for name, value in changes.items() if value is ...]:
        del place[name]
    return json.dumps(copy).encode()


def other_files(true: bytes) -> dict[str, bytes]:
    """Return files in other codes and of other sizes, and what people choose by mistake."""
    text = true.decode()
    deep = b"[" * 50_000 + b"]" * 50_000
    room = MAX_RECEIPT_SIZE - len(true)
    return {
        "nothing": b"",
        "UTF-16": text.encode("utf-16"),
        "Windows-1252": text.encode("cp1252"),
        "bytes that are no text": b"\xff\xfe\x00\xd8",
        "a zero at the end": true + b"\0",
        "two of them": true + true,
        "in a list": b"[" + true + b"]",
        "as large as can be": true + b" " * room,
        "larger than that": true + b" " * (room + 1),
        "deep": deep,
        "deep in the record": true.replace(b'"services": {}', b'"services": ' + deep),
        "deep objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
        "a picture": b"\x89PNG\r\n\x1a\n" + bytes(100),
        "other spaces between": text.replace("\n", "\r\n\t ").encode(),
        "a space that is none of JSON's": text.replace("\n", "\u00a0", 1).encode(),
        "a comment": b"/* trust me */" + true,
        "not a number": true.replace(b'"revision": 3', b'"revision": NaN'),
        "without end": true.replace(b'"revision": 3', b'"revision": Infinity'),
        "a number with an exponent": true.replace(b'"revision": 3', b'"revision": 3e0'),
        "a number with a fraction": true.replace(b'"revision": 3', b'"revision": 3.0'),
        "less than nothing": true.replace(b'"revision": 3', b'"revision": -0'),
        "a number of many digits": true.replace(b'"revision": 3', b'"revision": ' + b"3" * 5000),
    }


#: Records that were logged and signed as they are: only their content can be refused.
CONTENTS: dict[str, dict[str, Any]] = {
    "nothing changed": {},
    "a text that looks like a name": {"language": '": "'},
    "a text that begins with a colon": {"language": ":fr"},
    "a purpose that begins with a colon": {"purposes": {"audience": True, ": x": True}},
    "markup as a purpose": {"purposes": {"<script>alert(1)</script>": True}},
    "a fraction in a text": {"language": "1.5e3"},
    "a prototype as a purpose": {"purposes": {"__proto__": True, "constructor": False}},
    "numbers as names": {"purposes": {"10": True, "9": False, "a": True}},
    "names beyond the first plane": {"purposes": {"\U0001f600": True, "\ufb33": False, "\u2028": True}},
    "an unknown event": {"event": "guessed"},
    "an unknown schema": {"schema": "bandeau-record-3"},
    "one member more": {"note": "trust me"},
    "one member less": {"gpc": ...},
    "members of the second schema in the first": {"schema": "bandeau-record-1"},
    "yes as a number": {"gpc": 1},
    "a revision as a text": {"revision": "3"},
    "a revision below nothing": {"revision": -1},
    "a revision that is true": {"revision": True},
    "an answer that is neither": {"purposes": {"audience": None}},
    "an answer that is a text": {"purposes": {"audience": "true"}},
    "answers in a list": {"purposes": [True]},
    "answers that are none": {"services": None},
    "a language that is none": {"language": None},
    "a code that is a number": {"subject_id": 5},
    "a day that is none": {"at": "2026-13-41T25:61:61Z"},
    "a time with a fraction": {"at": "2026-11-01T00:00:11.5Z"},
    "digits of another script": {"at": "2026-11-0\u0661T00:00:11Z"},
    "a time with a line after it": {"at": "2026-11-01T00:00:11Z\n"},
    "another year": {"at": "2025-11-01T00:00:11Z"},
    "another site": {"site_id": "elsewhere"},
    "a site that ends the same": {"site_id": "test/gazette"},
}


def signed_contents() -> Iterator[tuple[str, bytes]]:
    """Yield receipts of records that their log holds, whatever they say."""
    for name, changes in CONTENTS.items():
        log = a_log(2)
        record = json.loads(a_record(11, at="2026-11-01T00:00:11Z").canonical()) | changes
        body = canonical_bytes({key: value for key, value in record.items() if value is not ...})
        code = receipt_code(record["record_id"])
        index = log.append(CONSENT, body, code, "")
        log.signed()
        yield f"signed: {name}", log.receipt(index)


def proofs_rewritten(log: MemoryLog, true: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield receipts whose proof or signed note is in another form; the log's key signed each."""
    file = json.loads(true)
    head, _, _ = file["proof"].partition("\n\n")
    assert log.head is not None
    text = Checkpoint(log.origin, log.head.size, log.head.root).text()
    note = sign_note(text, [log.key]).decode()
    line = note.rpartition("\n\n")[2]
    stranger = SigningKey("stranger.example", bytes(range(32, 64)))
    foreign = sign_note(text, [stranger]).decode().rpartition("\n\n")[2]
    short = "— " + log.origin + " " + encode_base64(decode_base64(line.split()[2])[:-1]) + "\n"
    witness = f"— {WITNESS.verifier.name} "
    notes = {
        "an extension": sign_note(text + "more\n", [log.key]).decode(),
        "a long extension": sign_note(text + "m" * 1024 + "\n", [log.key]).decode(),
        "an extension that is too long": sign_note(text + "m" * 1025 + "\n", [log.key]).decode(),
        "a question": sign_note(text + "why?\n", [log.key]).decode(),
        "half a character instead": sign_note(text + "why?\n", [log.key]).decode().replace("?", "\ud800"),
        "an empty line within": log_signed(log, text + "\nmore\n"),
        "a control character": log_signed(log, text + "a\rb\n"),
        "a tab": log_signed(log, text + "a\tb\n"),
        "a size with a zero": log_signed(log, text.replace("\n6\n", "\n06\n")),
        "a size with a sign": log_signed(log, text.replace("\n6\n", "\n+6\n")),
        "a short root": log_signed(log, text[:-2] + "\n"),
        "two lines alone": log_signed(log, "\n".join(text.split("\n")[:2]) + "\n"),
        "a stranger too": note + foreign,
        "a stranger first": note.replace(line, foreign + line),
        "thirty-two signatures": note + foreign * 31,
        "thirty-three signatures": note + foreign * 32,
        "twice the same signature": note + line,
        "a wrong one beside the right one": note + line.replace("=", "A=", 1)[: len(line)],
        "a short one": note + short,
        "a short one alone": note.replace(line, short),
        "a name with a plus": note + foreign.replace("stranger", "str+nger"),
        "a name with a strange space": note + foreign.replace("stranger", "str\u00a0nger"),
        "a name with a next line": note + foreign.replace("stranger", "str\u0085nger"),
        "a name with a byte order mark": note + foreign.replace("stranger", "\ufeffstranger"),
        "a hyphen instead": note.replace("— ", "- "),
        "two spaces": note.replace("— ", "—  "),
        "no signature value": note + "— stranger.example AAAAAA==\n",
        "an empty line more": note + "\n",
        "no line end": note[:-1],
        "a witness without a time": note + witness + encode_base64(WITNESS.verifier.key_id + bytes(3)) + "\n",
        "a witness's empty word": note + witness + encode_base64(WITNESS.verifier.key_id + bytes(72)) + "\n",
    }
    for name, written in notes.items():
        yield f"note: {name}", dumped(file, head + "\n\n" + written)
    proofs = {
        "extra data": head.replace("\n", "\nextra AAAA\n", 1),
        "much extra data": head.replace("\n", f"\nextra {encode_base64(bytes(64 * 1024))}\n", 1),
        "too much extra data": head.replace("\n", f"\nextra {encode_base64(bytes(64 * 1024 + 3))}\n", 1),
        "extra data twice": head.replace("\n", "\nextra AAAA\nextra AAAA\n", 1),
        "extra data without any": head.replace("\n", "\nextra \n", 1),
        "a hash of nothing": head + "\n" + encode_base64(b""),
        "sixty-four hashes": head + ("\n" + encode_base64(bytes(32))) * 61,
        "a large index": head.replace("index 3", f"index {2**63}"),
        "an index in other digits": head.replace("index 3", "index \u0663"),
    }
    for name, written in proofs.items():
        yield f"proof: {name}", dumped(file, written + "\n\n" + file["proof"].partition("\n\n")[2])


def log_signed(log: MemoryLog, text: str) -> str:
    """Return a note that says whatever it says, signed by the log's key."""
    verifier = log.key.verifier
    signature = encode_base64(verifier.key_id + log.key.sign(text.encode()))
    return f"{text}\n— {verifier.name} {signature}\n"


def dumped(file: dict[str, Any], proof: str) -> bytes:
    """Return a receipt with another proof."""
    return json.dumps(file | {"proof": proof}).encode()


def keys_given(log: MemoryLog) -> dict[str, tuple[str, ...]]:
    """Return keys to trust: the log's own among others, and others alone."""
    own, other = str(log.key.verifier), SigningKey(log.origin, bytes(range(9, 41)))
    elsewhere = VerifierKey("elsewhere.example/log", log.key.verifier.public_key)
    return {
        "another key first": (str(other.verifier), own),
        "another key alone": (str(other.verifier),),
        "the same key under another name": (str(elsewhere),),
    }
