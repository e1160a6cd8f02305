"""Edits are insertions at offsets of the input: taking them out again gives the input, byte for byte."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Buffer = bytes | bytearray


@dataclass(frozen=True, slots=True)
class Edit:
    """At `offset_in_input`, `removed` was taken out and `inserted` put in; the rewriter never removes."""

    offset_in_input: int
    removed: bytes
    inserted: bytes


def splice(source: bytes, insertions: Sequence[tuple[int, bytes]], end: int) -> bytes:
    """Returns `source[:end]` with the insertions, which are in order, put in."""
    if not insertions:
        return source[:end]
    parts: list[bytes] = []
    done = 0
    for offset, text in insertions:
        parts.append(source[done:offset])
        parts.append(text)
        done = offset
    parts.append(source[done:end])
    return b"".join(parts)


def undo(output: bytes, edits: Iterable[Edit]) -> bytes:
    """Returns the input from which `output` was made by these edits.

    >>> undo(b'<img data-bd-src=x>', [Edit(5, b"", b"data-bd-")])
    b'<img src=x>'
    """
    parts: list[bytes] = []
    read, written = 0, 0
    for edit in edits:
        gap = edit.offset_in_input - written
        parts += [output[read : read + gap], edit.removed]
        read += gap + len(edit.inserted)
        written += gap + len(edit.removed)
    parts.append(output[read:])
    return b"".join(parts)
