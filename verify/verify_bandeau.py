#!/usr/bin/env python3
"""Checks receipts and logs of Bandeau, a consent manager, without Bandeau and without a network.

    python3 verify_bandeau.py receipt RECEIPT.json --key KEY
    python3 verify_bandeau.py log FOLDER... --key KEY [--against CHECKPOINT-OR-RECEIPT]...

It needs Python 3.9 and nothing else; each step names the public standard that it follows. KEY is the
publisher's verifier key, `name+hash+key`, from a place that you trust, not from the file that you check;
`--witness KEY` gives the key of a witness. Exit code: 0 holds, 1 does not hold.
What is checked: each choice of a reader is a record. The log holds, for each record, only a commitment, a
hash under a random salt. A tree of hashes makes one value of all commitments, the root. The publisher signs
it: a checkpoint. A receipt holds a record, its salt, a checkpoint and the few hashes that lead to the root.
What is not shown: that a human made the choice. And whoever holds the publisher's key could write another
log from its beginning: only what somebody else kept (a checkpoint, a receipt, a witness's word) shows it.
"""

import argparse
import base64
import hashlib
import hmac
import json
import re
import sys
from pathlib import Path

BROKEN = (ValueError, RecursionError, TypeError, AttributeError, LookupError)  # what broken files lead to


def require(condition, reason):
    """Stop with a reason unless a condition holds."""
    if not condition:
        raise ValueError(reason)


def sha256(*parts):
    """SHA-256 (FIPS 180-4) of some bytes, one after the other."""
    return hashlib.sha256(b"".join(parts)).digest()


# -------------------------------------------- texts and numbers: one spelling for each value
def from_base64(text):
    """Base 64 (RFC 4648 section 4), refusing second spellings of the same bytes (section 3.5)."""
    data = base64.b64decode(text.encode("ascii"), validate=True)
    require(base64.b64encode(data).decode() == text, "Base 64 in a second spelling")
    return data


def from_decimal(text):
    """A size or index: digits without leading zeros, below 2 to the power of 63."""
    require(re.fullmatch("0|[1-9][0-9]{0,18}", text) and int(text) < 2**63, "a number in another form")
    return int(text)


def read_json(data):
    """JSON (RFC 8259), without a name that stands twice: it could be read in two ways."""

    def once(pairs):
        require(len(dict(pairs)) == len(pairs), "JSON in which a name stands twice")
        return dict(pairs)

    return json.loads(data.decode("utf-8"), object_pairs_hook=once)


def canonical_json(value):
    """The one spelling of a JSON value (RFC 8785): names sorted by UTF-16, no spaces, no needless escapes."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return b"{%b}" % b",".join(canonical_json(k) + b":" + canonical_json(value[k]) for k in names)
    if isinstance(value, list):
        return b"[" + b",".join(map(canonical_json, value)) + b"]"
    require(type(value) is not float and (type(value) is not int or abs(value) < 2**53), "no exact number")
    return json.dumps(value, ensure_ascii=False).encode("utf-8")


# -------------------------------------------- signatures: Ed25519 (RFC 8032 section 5.1)
P = 2**255 - 19  # coordinates are numbers modulo this prime
ORDER = 2**252 + 27742317777372353535851937790883648493  # so often the base point gives the neutral point
D = -121665 * pow(121666, P - 2, P) % P  # the curve is y*y - x*x = 1 + D*x*x*y*y
NEUTRAL = (0, 1, 1, 0)  # the point that adds nothing
X, Y = 0x216936D3CD6E53FEC0A4E231FDD6DC5C692CC7609525A7B2C9562D608F25D51A, 4 * pow(5, P - 2, P) % P
BASE = (X, Y, 1, X * Y % P)


def add(first, second):
    """The sum of two points in extended coordinates X, Y, Z, T (section 5.1.4)."""
    a, b = (first[1] - first[0]) * (second[1] - second[0]), (first[1] + first[0]) * (second[1] + second[0])
    c, d = 2 * first[3] * second[3] * D, 2 * first[2] * second[2]
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiply(factor, point):
    """A point added to itself so many times."""
    result = NEUTRAL
    while factor:
        result = add(result, point) if factor % 2 else result
        point, factor = add(point, point), factor // 2
    return result


def encode_point(point):
    """The 32 bytes of a point (section 5.1.2): y, and in the last bit whether x is odd."""
    x, y = (coordinate * pow(point[2], P - 2, P) % P for coordinate in point[:2])
    return (y | (x % 2) << 255).to_bytes(32, "little")


def decode_point(data):
    """The point of 32 bytes (section 5.1.3), or None: x is a square root that may not exist."""
    odd, y = divmod(int.from_bytes(data, "little"), 2**255)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - square) % P or (x == 0 and odd):
        return None
    x = x if x % 2 == odd else P - x
    return (x, y, 1, x * y % P)


def signature_is_valid(public_key, message, signature):
    """Whether an Ed25519 signature fits (section 5.1.7): S times the base point is R plus k times the key."""
    key, s = decode_point(public_key), int.from_bytes(signature[32:], "little")
    if key is None or len(signature) != 64 or s >= ORDER:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public_key + message).digest(), "little") % ORDER
    minus = (P - key[0], key[1], 1, P - key[3])
    return encode_point(add(multiply(s, BASE), multiply(k, minus))) == signature[:32]


# -------------------------------------------- signed notes and checkpoints (c2sp.org)
LOG_KEY, WITNESS_KEY = 1, 4  # the types of keys that are used here
NAME = "[^\\s+\x00-\x1f\ud800-\udfff]+"  # a key's name has no spaces, plus signs or control characters


class Key:
    """A verifier key (c2sp.org/signed-note): `name+hash+key`, the hash being four bytes of a SHA-256."""

    def __init__(self, text):
        parts = text.split("+", 2)
        require(len(parts) == 3 and len(text) <= 1024, "a verifier key is written name+hash+key")
        self.name, data = parts[0], from_base64(parts[2])
        require(re.fullmatch(NAME, self.name), "the name of a key has no spaces or control characters")
        require(len(data) == 33 and data[0] in (LOG_KEY, WITNESS_KEY), "a key of another kind")
        self.kind, self.public_key = data[0], data[1:]
        self.id = sha256(self.name.encode(), b"\n", data)[:4]
        require(self.id.hex() == parts[1], "the hash in the verifier key does not fit")
        require(int.from_bytes(self.public_key, "little") % 2**255 < P, "a key with two spellings")
        point = decode_point(self.public_key) or BASE  # no point: nothing verifies under it
        strong = encode_point(multiply(8, point)) != encode_point(NEUTRAL)
        require(strong, "a key under which one signature fits many texts")

    def signed_in(self, signatures):
        """The signatures that say that they are of this key."""
        return [value for name, key_id, value in signatures if (name, key_id) == (self.name, self.id)]


def read_note(data):
    """The text of a signed note, and its signatures as (name, key id, value) (c2sp.org/signed-note)."""
    require(len(data) <= 256 * 1024, "a note that is too long")
    written = data.decode("utf-8")
    require(not re.search("[\x00-\x09\x0b-\x1f]", written), "a note with control characters")
    text, separator, signed = written.rpartition("\n\n")
    lines, signatures = signed.split("\n"), []
    require(separator and lines.pop() == "" and 0 < len(lines) <= 32, "a note without its signatures")
    for line in lines:
        found = re.fullmatch(f"— ({NAME}) ([A-Za-z0-9+/=]+)", line)
        require(found, "a line that is no signature line")
        value = from_base64(found[2])
        require(len(value) > 4, "a signature line without signature")
        signatures.append((found[1], value[:4], value[4:]))
    return text + "\n", signatures


class Checkpoint:
    """What a log signs of itself (c2sp.org/tlog-checkpoint): its name, its size and the root."""

    def __init__(self, text):
        lines = text.split("\n")
        require(len(lines) >= 4 and lines.pop() == "", "a checkpoint has three lines")
        require(all(0 < len(line) <= 1024 for line in (lines[0], *lines[3:])), "a checkpoint with a bad line")
        self.origin, self.size, self.root = lines[0], from_decimal(lines[1]), from_base64(lines[2])
        require(len(self.root) == 32, "a root has 32 bytes")
        self.seen = {}  # which witnesses saw it, and when


def open_checkpoint(data, keys, witnesses):
    """A checkpoint that a trusted key signed: a key of this very log, for a key is named as its log is."""
    text, signatures = read_note(data)
    checkpoint = Checkpoint(text)
    own = [key for key in keys if key.name == checkpoint.origin and key.kind == LOG_KEY]
    require(own, f"you gave no key of the log {checkpoint.origin}")
    claims = [(key, value) for key in own for value in key.signed_in(signatures)]
    require(claims, "no key that you trust signed this")
    valid = all(signature_is_valid(key.public_key, text.encode(), value) for key, value in claims)
    require(valid, f"a signature of {checkpoint.origin} is wrong")
    require(checkpoint.size or checkpoint.root == sha256(), "an empty log with the root of another one")
    for witness in witnesses:  # c2sp.org/tlog-cosignature: a line with the time stands before the text
        for value in witness.signed_in(signatures):
            seconds = int.from_bytes(value[:8], "big")
            message = f"cosignature/v1\ntime {seconds}\n{text}".encode()
            valid = len(value) == 72 and signature_is_valid(witness.public_key, message, value[8:])
            require(valid and seconds < 2**63, f"a signature of the witness {witness.name} is wrong")
            checkpoint.seen[witness.name] = max(seconds, checkpoint.seen.get(witness.name, 0))
    return checkpoint


# -------------------------------------------- the tree of hashes (RFC 6962 section 2.1)
# A leaf is hashed after a byte 0 and a node after a byte 1, so that none passes for the other.
def commitment(salt, body):
    """The leaf of a record: 1, then HMAC-SHA-256 (RFC 2104) of the record under its own random salt."""
    require(len(salt) == 32, "a salt has 32 bytes")
    return b"\1" + hmac.new(salt, body, hashlib.sha256).digest()


def check_inclusion(leaf, index, size, proof, root):
    """Require that a leaf is in the tree with a root (RFC 9162 section 2.1.3.2)."""
    require(index < size, "the entry is not in the log")
    node, last, computed = index, size - 1, sha256(b"\0", leaf)
    for sibling in proof:
        require(len(sibling) == 32 and last > 0, "the proof is too long")
        if node % 2 or node == last:
            computed = sha256(b"\1", sibling, computed)
            while node and node % 2 == 0:
                node, last = node // 2, last // 2
        else:
            computed = sha256(b"\1", computed, sibling)
        node, last = node // 2, last // 2
    require(last == 0, "the proof is too short")
    require(computed == root, "the record does not lead to the root that was signed")


class Tree:
    """A tree that grows: the complete parts that it falls into, each with its height."""

    def __init__(self):
        self.parts = []

    def append(self, computed, height=0):
        """Add the hash of a leaf."""
        while self.parts and self.parts[-1][0] == height:
            computed, height = sha256(b"\1", self.parts.pop()[1], computed), height + 1
        self.parts.append((height, computed))

    def root(self):
        """The root of all leaves so far."""
        hashes = [computed for _, computed in self.parts] or [sha256()]
        while len(hashes) > 1:
            hashes[-2:] = [sha256(b"\1", *hashes[-2:])]
        return hashes[0]


# -------------------------------------------- records and receipts
RECORDS = ("bandeau-record-1", "bandeau-record-2")  # the schemas of records
TEXTS = "schema record_id subject_id site_id environment event action source language at policy_digest regime"
EVENTS = ("given", "refused", "withdrawn", "renewed", "expired", "by-signal", "imported")


def receipt_code(record_id):
    """The code that the reader was shown: 80 bits of a hash, in letters that are not misread."""
    number = int.from_bytes(sha256(record_id.encode())[:10], "big")
    digits = ("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[number >> 5 * place & 31] for place in range(15, -1, -1))
    return "-".join(re.findall("....", "".join(digits)))


def check_record(record):
    """Require that a record has the members of its schema, no others, and that each is what it should be."""
    since = " expires_at notice_digest widget_digest" if record.get("schema") == RECORDS[1] else ""
    kinds = dict.fromkeys((TEXTS + since).split(), str)
    kinds.update(revision=int, gpc=bool, purposes=dict, services=dict)
    require(set(record) == set(kinds), "a record with other members than those of its schema")
    require(all(type(record[name]) is kind for name, kind in kinds.items()), "a member of another kind")
    answers = {*map(type, record["purposes"].values()), *map(type, record["services"].values())}
    require(answers <= {bool}, "an answer that is neither yes nor no")
    require(record["schema"] in RECORDS and record["event"] in EVENTS, "an unknown schema or event")


def check_receipt(data, keys, witnesses):
    """Check a receipt; return its record, code, index, leaf and checkpoint."""
    require(len(data) <= 512 * 1024, "a receipt that is too long")
    receipt = read_json(data)
    members = {"schema", "code", "record", "salt", "proof", "key"}
    require(set(receipt) == members, "a receipt has six members")
    require(receipt["schema"] == "bandeau-receipt-1" and isinstance(receipt["record"], dict), "no receipt")
    record, stated = receipt["record"], Key(receipt["key"])
    leaf = commitment(from_base64(receipt["salt"]), canonical_json(record))
    check_record(record)
    code = receipt_code(record["record_id"])
    require(code == receipt["code"], "the code is not that of the record")
    # c2sp.org/tlog-proof: a header, perhaps extra data, the index, the hashes, an empty line, the checkpoint
    head, _, note = receipt["proof"].partition("\n\n")
    header, *lines = head.split("\n")
    require(header == "c2sp.org/tlog-proof@v1" and note, "a proof of another form")
    if lines and lines[0].startswith("extra "):
        require(0 < len(from_base64(lines.pop(0)[6:])) <= 64 * 1024, "a proof with no or too much extra data")
    require(lines and lines[0].startswith("index ") and len(lines) <= 64, "a proof without index")
    index, proof = from_decimal(lines[0][6:]), [from_base64(line) for line in lines[1:]]
    checkpoint = open_checkpoint(note.encode("utf-8"), keys or [stated], witnesses)
    check_inclusion(leaf, index, checkpoint.size, proof, checkpoint.root)
    place = f"/{record['site_id']}/{record['environment']}/{record['at'][:4]}"
    time = re.fullmatch("[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}Z", record["at"])
    require(time and checkpoint.origin.endswith(place), "a record of another site or year than its log")
    return record, code, index, leaf, checkpoint


# -------------------------------------------- whole logs
WRONG = {
    "edited": "was changed after it was logged",
    "deleted": "is gone, and no tombstone says that it was erased: it was deleted",
    "reordered": "is not the row that was logged here, it was logged as entry",
    "back-dated": "is dated out of order or in another year:",
    "forked": "is not what was signed, the log was rewritten:",
    "shortened": "has fewer entries than were signed for:",
    "damaged": "does not fit together:",
    "unreadable": "says what no log says:",
    "not erased": "is still there, although a tombstone says that it was erased",
}


class Log:
    """A log in a folder (c2sp.org/tlog-tiles): `checkpoint`, `tile/entries/…`, the records in `rows.jsonl`.

    The folders `tile/0`, `tile/1`… hold hashes for quick proofs; here all hashes are made anew.
    """

    def __init__(self, folder):
        self.folder, self.leaves, self.tree, self.findings = Path(folder), [], Tree(), []
        self.there, self.buried, self.tombstones, self.opened, self.at = set(), set(), [], None, ""
        self.note, self.rows = (self.folder / "checkpoint").read_bytes(), self.folder / "rows.jsonl"
        self.origin = Checkpoint(read_note(self.note)[0]).origin
        self.site, _, self.year = self.origin.rpartition("/")

    def say(self, kind, index=None, detail=""):
        """Note what is wrong, and at which entry."""
        self.findings.append((kind, index, detail))

    def read_leaves(self, anchors):
        """Read the leaves, each after its length in two bytes, and compare them with the anchors."""
        size = Checkpoint(read_note(self.note)[0]).size
        for number in range(-(-size // 256)):
            width, digits = min(256, size - 256 * number), str(number)
            groups = re.findall("...", digits.zfill(-(-len(digits) // 3) * 3))
            name = "/".join(["x" + group for group in groups[:-1]] + groups[-1:])
            path = self.folder / "tile/entries" / (name if width == 256 else f"{name}.p/{width}")
            bundle, at = path.read_bytes() if path.exists() else b"", 0
            while at < len(bundle):
                end = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
                self.leaves.append(bundle[at + 2 : end])
                self.tree.append(sha256(b"\0", self.leaves[-1]))
                for name, checkpoint, _ in anchors:
                    if checkpoint.size == len(self.leaves) and checkpoint.root != self.tree.root():
                        self.say("forked", None, f"{name} vouches for its first {checkpoint.size} entries")
                at = end
            if len(self.leaves) != 256 * number + width:
                break
        for name, checkpoint, claim in anchors:
            if checkpoint.size > len(self.leaves):
                self.say("shortened", None, f"{name} vouches for {checkpoint.size}, of {len(self.leaves)}")
            elif claim and self.leaves[claim[0]] != claim[1]:
                self.say("forked", claim[0], f"the receipt {claim[2]} is of another record")

    def read_rows(self):
        """Compare each record with its leaf."""
        places = {leaf: index for index, leaf in enumerate(self.leaves)}
        for line in self.rows.read_bytes().splitlines():
            try:
                row = read_json(line)
                index, salt, body = row["index"], from_base64(row["salt"]), row["body"].encode()
                leaf, logged = commitment(salt, body), self.leaves[index]
                require(index >= 0 and index not in self.there, "a row that stands here twice")
            except BROKEN as error:
                self.say("damaged", None, f"a row that cannot be read: {error}")
                continue
            self.there.add(index)
            if leaf == logged:
                self.read_body(index, body)
            else:
                self.say("reordered" if leaf in places else "edited", index, str(places.get(leaf, "")))

    def read_body(self, index, body):
        """Read what a row says."""
        try:
            said = read_json(body)
            require(canonical_json(said) == body, "it is not in canonical form")
            if said["schema"] == "bandeau-tombstone-1":
                runs = [run if isinstance(run, list) else [run, run] for run in said["entries"]]
                self.tombstones += [(index, said["origin"], first, last) for first, last in runs]
            elif said["schema"] == "bandeau-log-opened-1" and index == 0:
                previous = said["previous"]
                self.opened = Checkpoint(read_note(previous.encode())[0]) if previous else "the first log"
            elif said["schema"] not in ("bandeau-key-1", "bandeau-audit-1"):
                check_record(said)
            if said["at"][:4] != self.year or said["at"] < self.at:
                self.say("back-dated", index, said["at"])
            self.at = max(self.at, said["at"])
        except BROKEN as error:
            self.say("unreadable", index, str(error))


def check_logs(folders, keys, witnesses, anchors):
    """Check the logs of a publisher, which vouch for each other from year to year; return them by name."""
    logs, last = {log.origin: log for log in sorted(map(Log, folders), key=lambda log: log.origin)}, {}
    for log in logs.values():
        held = [anchor for anchor in anchors if anchor[1].origin == log.origin]
        try:
            held.append(("its own checkpoint", open_checkpoint(log.note, keys, witnesses), None))
        except ValueError as error:
            log.say("damaged", None, f"its checkpoint is not accepted, {error}")
        log.read_leaves(held)
        if log.rows.exists():
            log.read_rows()
            check_first_row(log, last.get(log.site))
        last[log.site] = log
        for index, origin, first, end in log.tombstones:
            known = logs.get(origin, log)
            if known.origin == origin and end < (index if known is log else len(known.leaves)):
                known.buried.update(range(first, end + 1))
            else:
                log.say("damaged", index, "a tombstone for what was not there")
    for log in logs.values():
        missing = set(range(len(log.leaves))) - log.there - log.buried if log.rows.exists() else ()
        for kind, places in (("deleted", missing), ("not erased", log.there & log.buried)):
            for index in sorted(places):
                log.say(kind, index)
    return logs


def check_first_row(log, before):
    """The first row of a log holds the last checkpoint of the year before, which must be there as it was."""
    follows = log.opened
    if follows is None or (follows == "the first log" and before):
        log.say("damaged", 0, "the first entry does not say which log this one follows")
    elif follows != "the first log" and (before is None or before.origin != follows.origin):
        log.say("deleted", None, f"it follows {follows.origin}")
    elif before and (follows.size, follows.root) != (len(before.leaves), before.tree.root()):
        before.say("forked", None, f"{log.origin} vouches for its {follows.size} entries")


def read_anchor(path, keys, witnesses):
    """A checkpoint or a receipt that somebody kept: its name, its checkpoint and what a receipt claims."""
    data = Path(path).read_bytes()
    if not data.lstrip().startswith(b"{"):
        return path, open_checkpoint(data, keys, witnesses), None
    require(keys, "a receipt is an anchor only with a key that you trust")
    _, code, index, leaf, checkpoint = check_receipt(data, keys, witnesses)
    return path, checkpoint, (index, leaf, code)


def describe(checkpoint):
    """Say what a checkpoint is of, and who else saw it."""
    seen = [f", seen by {name} at {at} (seconds since 1970)" for name, at in checkpoint.seen.items()]
    return f"{checkpoint.origin} with {checkpoint.size} entries" + "".join(seen)


def run(given):
    """Do what the command asks; return what is wrong, and what was checked against what."""
    keys, witnesses = [list(map(Key, texts)) for texts in (given.key, given.witness)]
    wrong, said = [], []
    if given.what == "receipt":
        for path in given.paths:
            record, code, index, _, checkpoint = check_receipt(Path(path).read_bytes(), keys, witnesses)
            said.append(f"{path}: the record {code} of {record['at']} is unaltered.")
            said.append(f"It is entry {index} of the log {describe(checkpoint)}.")
            said += json.dumps(record, indent=1, ensure_ascii=False).split("\n")
        return wrong, said if keys else [*said, "Only the key in the receipt was used; anybody can make one."]
    anchors = [read_anchor(path, keys, witnesses) for path in given.against]
    logs = check_logs(given.paths, keys, witnesses, anchors)
    for log in logs.values():
        said.append(f"{log.origin}: {len(log.leaves)} entries, {len(log.there)} rows.")
        for kind, index, detail in log.findings:
            entry = "the log" if index is None else f"entry {index}"
            wrong.append(f"{log.origin}: {entry} {WRONG[kind]} {detail}".rstrip())
    for name, checkpoint, _ in anchors:
        said.append(f"Compared with {name}: {describe(checkpoint)}.")
        if checkpoint.origin not in logs:
            wrong.append(f"{checkpoint.origin}: {name} vouches for it, and it is not here.")
    return wrong, said if anchors else [*said, "Without an anchor only the publisher's word is checked."]


def main(arguments=None):
    """Read the command line, check, and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("what", choices=["receipt", "log"])
    parser.add_argument("paths", nargs="+", metavar="FILE-OR-FOLDER")
    for option in ("--key", "--witness", "--against"):
        parser.add_argument(option, action="append", default=[], help="see above; may be repeated")
    try:
        wrong, said = run(parser.parse_args(arguments))
    except (*BROKEN, OSError) as error:
        wrong, said = [str(error)], []
    # What a file says must neither move the cursor nor pass for a line of this program.
    lines = [*(f"WRONG: {each}" for each in wrong), *said, "DOES NOT HOLD" if wrong else "HOLDS"]
    sys.stdout.reconfigure(errors="backslashreplace")  # a terminal may lack a letter of a record
    safe = ["".join(char if char.isprintable() else ascii(char)[1:-1] for char in line) for line in lines]
    sys.stdout.write("\n".join(safe) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
