"""Time grows with the length of a page and no faster, whatever is in it and however it comes."""

from __future__ import annotations

import time

import pytest

from bandeau.enforcement.html import Rewriter, document, walk
from tests.enforcement.html.rules import BASE, INSERTS, HoldOthers

_HOSTILE = {
    "angles": b"<",
    "open tags": b"<a",
    "tag starts": b"<a ",
    "quotes": b"<a b=\"'",
    "equals": b"<a =",
    "one long tag": b" a",
    "one long value": b"x>",
    "comment dashes": b"<!-- -",
    "comment ends": b"--!",
    "end tags": b"</",
    "slashes": b"<a/",
    "script escapes": b"<script><!--<script>",
    "script ends": b"<script></script",
    "scripts": b"<script>x</script>",
    "styles": b"<style>@import '",
    "css strings": b"<style>a{b:url('x\\",
    "css opens": b"<p style='(((((((url(((('>",
    "deep svg": b"<svg><g>",
    "svg strays": b"<svg></x>",
    "svg styles": b"<svg><style>",
    "svg scripts": b"<svg><script>x",
    "svg cdata": b"<svg><![CDATA[ >",
    "svg titles": b"<svg><title>",
    "svg closed titles": b"<svg><title/>",
    "svg cut styles": b"<svg><style><!--</style>",
    "svg paragraphs": b"<svg><desc><p></desc>",
    "svg nested strays": b"<svg><desc><svg></desc>",
    "svg tables": b"<table><svg><desc><td>",
    "svg html cdata": b"<svg><desc><p><![CDATA[",
    "formulas": b"<math><mi><p><mglyph>",
    "template columns": b"<template><col>",
    "framesets": b"<frameset><style><!--",
    "drawings": b"<svg><path d='x'/>",
    "noscripts": b"<noscript><!--",
    "templates": b"<template>",
    "titles": b"<title></titl",
    "srcdocs": b"<iframe srcdoc='&lt;",
    "srcsets": b"<img srcset='a,(,,'>",
    "settings": b"/bandeau/choices ",
    "settings links": b"<p title=/bandeau/choices ",
    "long cdata": b"<![CDATA[",
    "long noscripts": b"<noscript>",
    "references": b"<img src='&amp;&am&#x;&#99999999999;'>",
    "styles with urls": b"<p style='a:url(\\75 '>",
}
_OPENINGS = {
    "one long tag": b"<p",
    "one long value": b"<p a='",
    "comment ends": b"<!-- ",
    "css opens": b"",
    "long cdata": b"<svg>",
    "svg strays": b"<svg>" + b"<g>" * 1000,
}


def _seconds(name: str, size: int, chunk: int) -> float:
    unit = _HOSTILE[name]
    page = _OPENINGS.get(name, b"") + unit * (size // len(unit))
    rewriter = Rewriter(HoldOthers(), INSERTS, base=BASE)
    start = time.thread_time()
    for offset in range(0, len(page), chunk):
        rewriter.feed(page[offset : offset + chunk])
    rewriter.close()
    return time.thread_time() - start


def _growth(name: str, size: int, chunk: int, rounds: int) -> float:
    small = min(_seconds(name, size, chunk) for _ in range(rounds))
    large = min(_seconds(name, 2 * size, chunk) for _ in range(rounds))
    return large / max(small, 1e-3)


@pytest.mark.parametrize("chunk", [1 << 30, 700], ids=["whole", "pieces"])
@pytest.mark.parametrize("name", _HOSTILE)
def test_twice_the_page_takes_about_twice_the_time(name: str, chunk: int) -> None:
    """A quadratic step would show as a factor of four; noise is given three tries."""
    assert any(_growth(name, 100_000, chunk, 2) <= 2.9 for _ in range(3))


@pytest.mark.parametrize("name", _HOSTILE)
def test_constructs_beyond_the_cap_take_no_longer(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is given up on is given up on once."""
    monkeypatch.setattr(walk, "MAX_TAG", 5000)
    monkeypatch.setattr(walk, "MAX_TEXT", 5000)
    monkeypatch.setattr(document, "MAX_TEXT", 5000)
    assert any(_growth(name, 100_000, 1000, 2) <= 2.9 for _ in range(3))


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("chunk", [1 << 30, 16_384], ids=["whole", "pieces"])
@pytest.mark.parametrize("name", _HOSTILE)
def test_sixteen_megabytes_take_about_four_times_the_time_of_four(name: str, chunk: int) -> None:
    """The promise of the design: time(2n)/time(n) <= 2.2 up to 16 MB, over two doublings and the cap."""

    def growth() -> float:
        return _seconds(name, 16_000_000, chunk) / max(_seconds(name, 4_000_000, chunk), 0.1)

    assert any(growth() <= 2.2**2 for _ in range(3))
