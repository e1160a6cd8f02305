"""Which bodies are read, in which encoding, and which are left untouched."""

from __future__ import annotations

import pytest

from bandeau.enforcement.html import Rewriter, charset_of, rewrite, undo
from tests.enforcement.html.rules import BASE, INSERTS, HoldOthers


@pytest.mark.parametrize(
    ("content_type", "start"),
    [
        ("text/html; charset=utf-16", b"<p>"),
        ("text/html; charset=UTF-16LE", b"<p>"),
        ("text/html; charset=utf-32", b"<p>"),
        ("text/html; charset=iso-2022-jp", b"<p>"),
        ("text/html; charset=iso-2022-kr", b"<p>"),
        ("text/html; charset=utf-7", b"<p>"),
        ("text/html; charset=hz-gb-2312", b"<p>"),
        ("text/html; charset=no-such-thing", b"<p>"),
        ("text/html; charset='ISO-2022-JP'", b"<p>"),
        ("text/html", b"\xff\xfe<\x00"),
        ("text/html; charset=utf-8", b"\xfe\xff\x00<"),
        ("text/html", b"<\x00p\x00"),
        ("text/html", b"<meta charset=iso-2022-jp>"),
        ("text/html", b"<meta http-equiv=content-type content='text/html; charset=iso-2022-jp'>"),
        ("text/html", b"<p>\x1b$B%F\x1b(B"),
        ("text/html", b"<meta charset=utf-8><p>\x1b$B%F\x1b(B"),
        ("text/html", b"<!--<meta charset=utf-8>--><meta charset=iso-2022-jp>"),
        ("text/html", b"<meta name=d content='charset=utf-8'><meta charset=iso-2022-jp>"),
        ("text/html", b"<meta name=d content='" + b"x" * 1100 + b"'><meta charset=iso-2022-jp>"),
        ("text/html", b"<meta charset=><meta charset=' ISO-2022-JP '>"),
        ("text/html; x='charset=utf-8'; charset=iso-2022-jp", b"<p>"),
        ('text/html; x="charset=utf-8"; charset=iso-2022-jp', b"<p>"),
        ("text/html; xcharset=utf-8; charset=iso-2022-jp", b"<p>"),
        ("text/html; charset=utf-8; charset=iso-2022-jp", b"<p>"),
        ("text/html", b"abcd<\x00p\x00"),
        ("application/xhtml+xml", b"<html/>"),
    ],
)
def test_a_body_that_bytes_cannot_be_read_in_is_undecodable(content_type: str, start: bytes) -> None:
    """It is left untouched, and the caller refuses everything by header."""
    assert charset_of(content_type, start).codec is None


@pytest.mark.parametrize(
    ("content_type", "start", "codec"),
    [
        ("text/html; charset=utf-8", b"", "utf-8"),
        ('text/html;charset="UTF8"', b"", "utf-8"),
        ("text/html; charset=utf-16", b"\xef\xbb\xbf", "utf-8"),
        ("text/html", b"<meta charset=utf-16>", "utf-8"),
        ("text/html", b"<META CHARSET = 'Shift_JIS'>", "cp932"),
        ("text/html", b"<p>", "cp1252"),
        ("text/html", b"<!-- > <meta charset=koi8-r> --><meta charset=utf-8>", "utf-8"),
        (
            "text/html",
            b"<p title='<meta charset=koi8-r>'></meta charset=koi8-r><meta charset=utf-8>",
            "utf-8",
        ),
        (
            "text/html",
            b"<!doctype html><?x?></1><meta content='a; charset=utf-8' http-equiv=Content-Type>",
            "utf-8",
        ),
        ("text/html", b"<meta content='a; charset=koi8-r' name=x><p a", "cp1252"),
        ("text/html; charset='utf-8'", b"", "utf-8"),
        ("text/html; charset=utf-8; charset=UTF-8", b"<p>", "utf-8"),
        ("text/html; charset=iso-8859-1", b"<meta charset=utf-8>", "cp1252"),
        ("text/html; charset=iso-8859-15", b"", "iso8859-15"),
        ("text/html; charset=windows-1251", b"", "cp1251"),
        ("text/html; charset=gb2312", b"", "gb18030"),
        ("text/html; charset=big5", b"", "big5hkscs"),
        ("text/html; charset=euc-jp", b"", "euc_jp"),
        ("text/html; charset=koi8-r", b"", "koi8-r"),
    ],
)
def test_the_codec_is_found_as_browsers_find_it(content_type: str, start: bytes, codec: str) -> None:
    """Byte order mark before header before meta."""
    assert charset_of(content_type, start).codec == codec


@pytest.mark.parametrize(
    ("content_type", "start", "certain"),
    [
        ("text/html; charset=utf-8", b"<p>\x1b$B", True),
        ("text/html", b"\xef\xbb\xbf<p>\x1b$B", True),
        ("text/html", b"<meta charset=utf-8>", False),
        ("text/html; charset='utf-8'", b"<p>", False),
        ("text/html", b"<p>", False),
    ],
)
def test_header_and_byte_order_mark_settle_the_encoding(
    content_type: str, start: bytes, certain: bool
) -> None:
    """Nothing that stands in the page does: Chromium may find another declaration, or guess."""
    assert charset_of(content_type, start).certain is certain


@pytest.mark.parametrize("mark", [b"\x1b$", b"\x1b(", b"<\x00", b"\x00<"])
@pytest.mark.parametrize(
    "opening", [b"<p>a", b"<!--a", b"<script>a", b"<title>a", b"<svg><g>a", b"<p title='a", b"<p>a<"]
)
def test_a_page_ends_where_another_encoding_could_make_other_markup_of_it(
    opening: bytes, mark: bytes
) -> None:
    """Nothing of what follows is sent, however it comes, unless header or byte order mark say what it is."""
    page = opening + mark + b"<img src=//x/a>"
    for size in (1, len(page)):
        rewriter = Rewriter(HoldOthers(), INSERTS, base=BASE, record=True)
        pieces = [rewriter.feed(page[at : at + size]) for at in range(0, len(page), size)]
        output = b"".join([*pieces, rewriter.close()])
        assert b"img" not in output
        assert output.count(INSERTS.foot) <= 1
        assert undo(output, rewriter.edits) == page
    assert b"img" in rewrite(page, HoldOthers(), None, base=BASE, certain=True).body


@pytest.mark.parametrize("codec", ["cp932", "gb18030", "big5hkscs", "cp949", "euc_jp", "cp1252", "cp1251"])
def test_no_second_byte_is_taken_for_markup(codec: str) -> None:
    """Every character of the encoding may stand in a value: the tag after it is found."""
    for start in range(0xA0, 0xFFFF, 900):
        text = "".join(map(chr, range(start, start + 900))).encode(codec, "ignore")
        page = (
            b'<p title="'
            + text
            + b'"><img src=//x/a alt='
            + text.replace(b"\x85", b"")
            + b"><script>'"
            + text
            + b"'</script>"
        )
        rules = HoldOthers()
        rewrite(page, rules, None, base=BASE, encoding=codec)
        assert rules.held == {"//x/a"}


@pytest.mark.parametrize("codec", ["cp932", "gb18030", "big5hkscs", "cp949", "euc_jp"])
def test_a_broken_character_swallows_no_quote(codec: str) -> None:
    """A first byte without its second gives the ASCII byte behind it back, in browsers and here."""
    rules = HoldOthers()
    rewrite(
        b'<p title="\x81"><img src=//x/a><p title=\xe3><img src=//x/b>',
        rules,
        None,
        base=BASE,
        encoding=codec,
    )
    assert rules.held == {"//x/a", "//x/b"}
