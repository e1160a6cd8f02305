"""Bodies are decoded within limits, and what a page says of itself is read from its first bytes."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections import deque

import pytest

from bandeau.web.gateway.bodies import Decoder, Encoder, Opening, UnreadableBody, is_settled

MEGABYTE = 1 << 20


def decode(encoding: str, *pieces: bytes, most_bytes: int = MEGABYTE) -> bytes:
    """Decode pieces."""
    decoder = Decoder(encoding, most_bytes=most_bytes)
    out = b"".join(part for piece in pieces for part in decoder.feed(piece))
    decoder.close()
    return out


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize("encoding", ["", "identity", "gzip", "x-gzip", "deflate"])
def test_what_is_encoded_is_decoded_again(encoding: str, size: int) -> None:
    """However it is cut."""
    text = b"some text, " * 500
    encoder = Encoder(encoding)
    coded = encoder.feed(text) + encoder.feed(b"") + encoder.close(b"end")
    pieces = [coded[start : start + size] for start in range(0, len(coded), size)]
    assert decode(encoding, *pieces) == text + b"end"


def test_what_has_come_can_be_shown_at_once() -> None:
    """Each piece is flushed, so that a reader of a slow page sees its beginning."""
    encoder = Encoder("gzip")
    shown = zlib.decompressobj(31).decompress(encoder.feed(b"first"))
    assert shown == b"first"


def test_an_encoded_page_has_no_date_in_it() -> None:
    """The same page gives the same bytes tomorrow."""
    assert Encoder("gzip").close(b"x") == Encoder("gzip").close(b"x")
    assert Encoder("gzip").close(b"x")[4:8] == bytes(4)


def test_gzip_members_may_follow_each_other() -> None:
    """RFC 9110 §8.4.1.3; what follows deflate does not count."""
    assert decode("gzip", gzip.compress(b"a") + gzip.compress(b"b")) == b"ab"
    assert decode("gzip", gzip.compress(b"a"), gzip.compress(b"b")) == b"ab"
    assert decode("deflate", zlib.compress(b"a") + b"rest") == b"a"


@pytest.mark.parametrize(
    ("encoding", "data", "why"),
    [
        ("gzip", b"plain", "broken gzip"),
        ("gzip", gzip.compress(b"a", mtime=0) + b"rest", "broken gzip"),
        ("gzip", gzip.compress(b"a" * 900, mtime=0)[:-5], "too early"),
        ("deflate", b"\x78\x9c" + b"\xff" * 20, "broken deflate"),
        ("gzip", gzip.compress(bytes(2 * MEGABYTE), mtime=0), "max_body_bytes"),
    ],
)
def test_what_cannot_be_decoded_is_said(encoding: str, data: bytes, why: str) -> None:
    """With the reason."""
    with pytest.raises(UnreadableBody, match=why):
        decode(encoding, data)


def test_a_bomb_stays_small() -> None:
    """Stopped by its ratio, with little in memory (threat 13)."""
    bomb = gzip.compress(bytes(64 * MEGABYTE), 6)
    decoder = Decoder("gzip", most_bytes=1 << 40)
    tracemalloc.start()
    pieces = decoder.feed(bomb)
    with pytest.raises(UnreadableBody, match="100 times"):
        deque(pieces, maxlen=0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * MEGABYTE


def test_short_pages_may_be_repetitive() -> None:
    """The ratio counts from a megabyte on."""
    assert len(decode("gzip", gzip.compress(b"<p>" * 200_000))) == 600_000


@pytest.mark.parametrize(
    ("first", "language", "amp", "document"),
    [
        (b"<!doctype html><html lang=fr>", "fr", False, True),
        (b"<HTML LANG='en-GB'>", "en", False, True),
        (b'<html data-lang="xx" lang = "fr">', "fr", False, True),
        (b'<html xml:lang="fr">', "", False, True),
        (b"<html>", "", False, True),
        (b"<html lang=1>", "", False, True),
        (b"<html amp lang=en>", "en", True, True),
        ("<html ⚡>".encode(), "", True, True),
        (b"<html amp4ads>", "", True, True),
        (b"<html amp=''>", "", True, True),
        (b"<html example>", "", False, True),
        (b"<html class='x amp'>", "", False, True),
        (b"<html/amp>", "", True, True),
        (b'<html lang="fr"amp>', "fr", True, True),
        (b'<html title="a>b" amp>', "", True, True),
        (b"<body>", "", False, True),
        (b"<p>text <htmlx lang=fr>", "", False, False),
        (b"", "", False, False),
    ],
)
def test_the_opening_of_a_page_is_read(first: bytes, language: str, amp: bool, document: bool) -> None:
    """Language, AMP, document or fragment."""
    opening = Opening(first, "text/html; charset=utf-8")
    assert (opening.language, opening.amp, opening.document) == (language, amp, document)


@pytest.mark.parametrize(
    ("first", "settled"),
    [
        (b"", False),
        (b"<!doctype html>", False),
        (b"<html lang=f", False),
        (b"<html lang=fr>", False),
        (b"<head>", False),
        (b"<html><head><title>x</title></head>", True),
        (b"<body class=x", True),
        (b"<header>", False),
        (b" " * 2048, True),
    ],
)
def test_the_head_waits_until_the_page_has_said_enough(first: bytes, settled: bool) -> None:
    """And never for more than two kilobytes."""
    assert is_settled(first) is settled
