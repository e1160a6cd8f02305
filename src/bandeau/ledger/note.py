"""Signed notes: a text and the signatures of some keys (c2sp.org/signed-note)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from bandeau.errors import MalformedEvidence, ProofError
from bandeau.ledger.base64text import decode_base64, encode_base64

#: The specification asks for 16 signatures at least, of which some may soon be 5 kB long.
MAX_NOTE_SIZE = 256 * 1024
MAX_SIGNATURES = 32

#: The signature types that are read here: a log's and a witness's.
ED25519, COSIGNATURE = 0x01, 0x04

_KEY_ID_SIZE = 4
_P = 2**255 - 19
_Y_OF_ORDER_8 = int.from_bytes(
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"
)
# The heights of the points of order 1, 2, 4 and 8: under such a key one signature fits many texts, so
# a publisher who has published it could take back what it signed.
_WEAK = {0, 1, _P - 1, _Y_OF_ORDER_8, _P - _Y_OF_ORDER_8}
_SIGNATURE_LINE = re.compile("— ([^ \n]+) ([A-Za-z0-9+/=]+)")
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f]")
# What no UTF-8 text can hold: Python reads such a character from a broken command line.
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: who is said to have signed, and the bytes that show it."""

    name: str
    key_id: bytes
    value: bytes

    def line(self) -> str:
        """Return the signature as it stands in a note."""
        return f"— {self.name} {encode_base64(self.key_id + self.value)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A note as read. Its text means nothing until ``verify`` has named a trusted key."""

    text: str
    signatures: tuple[Signature, ...]

    def to_bytes(self) -> bytes:
        """Return the note as it is written."""
        return (self.text + "\n" + "".join(signature.line() for signature in self.signatures)).encode()


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key that somebody trusts, under the name that it signs with."""

    name: str
    public_key: bytes
    algorithm: int = ED25519

    def __post_init__(self) -> None:
        _check_name(self.name)
        if len(self.public_key) != 32 or self.algorithm not in (ED25519, COSIGNATURE):
            raise MalformedEvidence("a verifier key that is neither an Ed25519 key of a log nor of a witness")
        height = int.from_bytes(self.public_key, "little") & 2**255 - 1
        if height >= _P or height in _WEAK:
            raise MalformedEvidence("a verifier key that fits more than one signature or has two spellings")

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Read ``name+hash+key``; raises ``MalformedEvidence`` for anything else."""
        parts = text.split("+", 2)
        if len(text) > 1024 or len(parts) != 3:
            raise MalformedEvidence("a verifier key is written name+hash+key")
        data = decode_base64(parts[2])
        key = cls(parts[0], data[1:], data[0] if data else 0)
        if key.key_id.hex() != parts[1]:
            raise MalformedEvidence("the hash in a verifier key is not that of its name and key")
        return key

    def __str__(self) -> str:
        encoded = encode_base64(bytes([self.algorithm]) + self.public_key)
        return f"{self.name}+{self.key_id.hex()}+{encoded}"

    @property
    def key_id(self) -> bytes:
        """The four bytes that stand before each signature of this key."""
        data = self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public_key
        return hashlib.sha256(data).digest()[:_KEY_ID_SIZE]

    def made(self, signature: Signature) -> bool:
        """Tell whether a signature says that it is this key's; it may still be wrong."""
        return (signature.name, signature.key_id) == (self.name, self.key_id)

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Tell whether an Ed25519 signature (RFC 8032) over a message is this key's."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, message)
        except InvalidSignature:
            return False
        return True


class NoteSigner(Protocol):
    """What signs notes."""

    @property
    def verifier(self) -> VerifierKey:
        """The key that verifies what this signs."""

    def sign(self, message: bytes) -> bytes:
        """Return the Ed25519 signature of a message."""


class SigningKey:
    """An Ed25519 key with the name that it signs under; the seed never shows in its text."""

    __slots__ = ("_private", "verifier")

    def __init__(self, name: str, seed: bytes, algorithm: int = ED25519) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.verifier = VerifierKey(name, self._private.public_key().public_bytes_raw(), algorithm)

    def sign(self, message: bytes) -> bytes:
        """Return the Ed25519 signature of a message."""
        return self._private.sign(message)

    def __repr__(self) -> str:
        return f"SigningKey({self.verifier})"


def parse_note(data: bytes) -> Note:
    """Return what a note consists of; raises ``MalformedEvidence`` when it is none."""
    if len(data) > MAX_NOTE_SIZE:
        raise MalformedEvidence(f"a note of more than {MAX_NOTE_SIZE} bytes")
    try:
        written = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedEvidence("a note that is not UTF-8") from error
    if _CONTROL.search(written):
        raise MalformedEvidence("a note with control characters")
    # The text may have empty lines itself: the last one separates.
    text, separator, signed = written.rpartition("\n\n")
    if not separator or not signed.endswith("\n"):
        raise MalformedEvidence("a note without signatures")
    return Note(text + "\n", parse_signatures(signed))


def parse_signatures(signed: str) -> tuple[Signature, ...]:
    """Return the signatures of some signature lines; raises ``MalformedEvidence`` for other lines."""
    lines = signed.removesuffix("\n").split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise MalformedEvidence(f"a note with more than {MAX_SIGNATURES} signatures")
    return tuple(_parse_signature(line) for line in lines)


def sign_note(text: str, signers: Iterable[NoteSigner]) -> bytes:
    """Return a text signed by some keys.

    Raises ``MalformedEvidence`` for a text that no note can hold.
    """
    message = text.encode()
    signatures = tuple(
        Signature(signer.verifier.name, signer.verifier.key_id, signer.sign(message)) for signer in signers
    )
    data = Note(text, signatures).to_bytes()
    if parse_note(data) != Note(text, signatures):
        raise MalformedEvidence("a note's text ends in one newline and has no empty line at its end")
    return data


def verify(note: Note, keys: Sequence[VerifierKey]) -> tuple[VerifierKey, ...]:
    """Return the keys among these that signed the note, in the order of ``keys``; never none.

    Signatures of unknown keys are passed over, as the specification demands. Raises ``ProofError`` when
    no known key signed, or when a signature that says it is a known key's is not.
    """
    message = note.text.encode()
    verified = []
    for key in keys:
        if key.algorithm != ED25519:
            raise ValueError(f"{key} is a key of a witness, not of a log")
        claims = [signature for signature in note.signatures if key.made(signature)]
        if any(not key.verifies(message, claim.value) for claim in claims):
            raise ProofError(f"the signature of {key.name} is wrong")
        if claims:
            verified.append(key)
    if not verified:
        raise ProofError("no trusted key signed this note")
    return tuple(verified)


def _parse_signature(line: str) -> Signature:
    found = _SIGNATURE_LINE.fullmatch(line)
    if not found:
        raise MalformedEvidence("a line that is no signature line")
    _check_name(found[1])
    data = decode_base64(found[2])
    if len(data) <= _KEY_ID_SIZE:
        raise MalformedEvidence("a signature line without signature")
    return Signature(found[1], data[:_KEY_ID_SIZE], data[_KEY_ID_SIZE:])


def _check_name(name: str) -> None:
    spaced = any(character.isspace() for character in name)
    if not name or spaced or "+" in name or _CONTROL.search(name) or _SURROGATE.search(name):
        raise MalformedEvidence("a key name is not empty and has neither spaces nor plus signs")
