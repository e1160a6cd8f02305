"""What is written into a page, where, and that it is nothing else."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bandeau.enforcement.html import Inserts, Rewriter, Verdict, rewrite, undo, walk
from tests.enforcement.html.rules import BASE, INSERTS, RELEASE, HoldOthers, rewritten


def _held(html: str) -> Rewriter:
    rewriter = Rewriter(HoldOthers(), None, base=BASE)
    rewriter.feed(html.encode())
    rewriter.close()
    return rewriter


# --- holding
@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<script src=//x></script>", '<script data-bd="svc" type="text/plain" data-bd-src=//x></script>'),
        (
            "<script type=module src=//x></script>",
            '<script data-bd="svc" type="text/plain" data-bd-type=module data-bd-src=//x></script>',
        ),
        ("<script>TRACK()</script>", '<script data-bd="tag" type="text/plain">TRACK()</script>'),
        ("<script src=/own.js>TRACK()</script>", "<script src=/own.js>TRACK()</script>"),
        ("<img src=/own srcset='/a, //x 2x'>", "<img data-bd=\"svc\" src=/own data-bd-srcset='/a, //x 2x'>"),
        ("<p style='background:url(//x)'>", "<p data-bd=\"svc\" data-bd-style='background:url(//x)'>"),
        (
            "<style media=all>a{b:url(//x)}</style>",
            '<style data-bd="svc" type="text/plain" media=all><!--a{b:url(//x)}</style>',
        ),
        (
            "<svg><style>@import '//x';</style></svg>",
            '<svg><style data-bd="svc" type="text/plain">&lt;!--@import \'//x\';</style></svg>',
        ),
        (
            "<meta http-equiv=refresh content='0;url=//x'>",
            "<meta data-bd=\"svc\" data-bd-http-equiv=refresh content='0;url=//x'>",
        ),
        (
            "<iframe src=//player/1></iframe>",
            '<iframe data-bd="svc" src="/bandeau/embed/svc?u=1&amp;v" data-bd-src=//player/1></iframe>',
        ),
        (
            "<iframe srcdoc=\"a &amp; <img src='//x'>\"></iframe>",
            "<iframe srcdoc=\"a &amp; <img data-bd=&quot;svc&quot; data-bd-src='//x'>\"></iframe>",
        ),
        (
            "<iframe srcdoc=&lt;img/src=//x&gt;></iframe>",
            "<iframe srcdoc=&lt;img&#32;data-bd&#61;&quot;svc&quot;/data-bd-src=//x&gt;></iframe>",
        ),
        ("<img src=x><base href=//y/>", '<img src=x><base data-bd="svc" data-bd-href=//y/>'),
        (
            "<p style='a:url(x)'><base href=//y/>",
            "<p style='a:url(x)'><base data-bd=\"svc\" data-bd-href=//y/>",
        ),
        ("<base href=//y/><img src=x>", '<base href=//y/><img data-bd="svc" data-bd-src=x>'),
        (
            "<img src=x><base href=/y/><img src=//z>",
            '<img src=x><base href=/y/><img data-bd="svc" data-bd-src=//z>',
        ),
        ("<template><img src=//x></template>", '<template><img data-bd="svc" data-bd-src=//x></template>'),
        ("<svg><image xlink:href=//x /></svg>", '<svg><image data-bd="svc" data-bd-xlink:href=//x /></svg>'),
        ("<link rel='a preconnect' href=//x>", "<link data-bd=\"svc\" rel='a preconnect' data-bd-href=//x>"),
    ],
)
def test_an_element_is_held_in_place(html: str, expected: str) -> None:
    """Names get a prefix, the element a mark; the rest stays as it was written."""
    assert rewritten(html) == expected


def test_an_author_cannot_pass_attributes_off_as_ours() -> None:
    """On an element that is held, what already bears our prefix is put out of the way."""
    out = rewritten("<script src=//x data-bd=own data-bd-src=//evil data-bd-type=module></script>")
    assert out == (
        '<script data-bd="svc" type="text/plain" data-bd-src=//x x-data-bd=own x-data-bd-src=//evil'
        " x-data-bd-type=module></script>"
    )


def test_an_element_that_an_author_marks_as_held_stays_inert() -> None:
    """It is left as it is: only the browser part could wake it, for an allowed service, under the page's CSP."""
    html = "<script type=text/plain data-bd=svc data-bd-src=//x></script>"
    assert rewritten(html, release=RELEASE) == html


def test_several_services_of_one_element_are_all_named() -> None:
    """It may only be released when each of them is allowed."""

    class Two(HoldOthers):
        def url(self, url: str, base: str, destination: str) -> Verdict:
            return Verdict(hold=True, service=destination)

    rewriter = Rewriter(Two(), None, base=BASE)
    assert rewriter.feed(b"<video src=//a poster=//b>").startswith(b'<video data-bd="video image"')
    assert rewriter.held == {"video": 1, "image": 1}


@pytest.mark.parametrize(
    ("html", "seen"),
    [
        ("<img src=//x>", True),
        ("<img src=//x width=1 height=1>", False),
        ("<img src=//x width=0>", False),
        ("<img src=//x width=100>", True),
        ("<script src=//x></script>", False),
        ("<noscript><img src=//x></noscript>", False),
        ("<iframe src=//x></iframe>", True),
        ("<iframe src=//x height='0px' width=0></iframe>", False),
    ],
)
def test_what_a_reader_misses_is_noted(html: str, *, seen: bool) -> None:
    """Frames, pictures and media count, pixels and scripts do not."""
    assert _held(html).visible is seen


# --- release points
@pytest.mark.parametrize(
    ("html", "points"),
    [
        ("<script src=//x></script>", 1),
        ("<script>TRACK</script ><script type=module src=//x></script>", 2),
        ("<script>own</script>", 0),
        ("<svg><script href='//x'/></svg>", 1),
        ("<svg><script href=//x></script></svg>", 1),
        ("<noscript><script src=//x></script></noscript>", 0),
        ("<template><script src=//x></script></template><script src=//x></script>", 1),
        ("<iframe srcdoc='<script src=//x></script>'></iframe>", 0),
    ],
)
def test_release_points_follow_held_scripts_of_the_page_itself(html: str, points: int) -> None:
    """Right behind the end tag, and not in noscript, template or srcdoc."""
    out = rewritten(html, release=RELEASE)
    assert out.count(RELEASE.decode()) == points
    assert (
        points == 0
        or out.replace(" >", ">").count("</script>" + RELEASE.decode()) + out.count("/>" + RELEASE.decode())
        == points
    )


# --- insertions
@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (
            "<html><head>x</head><body id=a>y</body></html>",
            "<html><head>[H]x</head><body id=a>[B]y[F]</body></html>",
        ),
        (
            "<!doctype html>\n<!--c-->\n<html>\n<title>t</title>",
            "<!doctype html>\n<!--c-->\n<html>\n[H]<title>t</title>[B][F]",
        ),
        ("\ufeff<!doctype html><p>x", "\ufeff<!doctype html>[H]<p>x[B][F]"),
        ("plain", "[H]plain[B][F]"),
        ("< x", "[H]< x[B][F]"),
        ("", ""),
        ("<?xml version=1.0?><p>", "<?xml version=1.0?>[H]<p>[B][F]"),
        (
            "<body><template><body></body></template></body>",
            "[H]<body>[B]<template><body></body></template>[F]</body>",
        ),
        ("<noscript><body><head></body></noscript>", "[H]<noscript><body><head></body></noscript>[B][F]"),
        ("<body><script>'</body>'</script>", "[H]<body>[B]<script>'</body>'</script>[F]"),
        ("<frameset><frame></frameset>", "[H]<frameset><frame></frameset>"),
        ("<p>a<!-- open", "[H]<p>a<!-- open-->[B][F]"),
        ("<p>a<title>open", "[H]<p>a<title>open</title>[B][F]"),
        ("<p>a<img src=", "[H]<p>a[B][F]<img src="),
        ("<p>a</", "[H]<p>a[B][F]</"),
        ("<p>a<script>open", "[H]<p>a[B][F]<script>open"),
        ("<p>a<plaintext>open", "[H]<p>a[B][F]<plaintext>open"),
        ("<p><svg><g>", "[H]<p><svg><g></svg>[B][F]"),
        ("<body><svg></body>", "[H]<body>[B]<svg></svg>[F]</body>"),
        ("<body><a href=/bandeau/choices>c</a></body>", "[H]<body>[B]<a href=/bandeau/choices>c</a></body>"),
        (
            "<body><a href='https://news.example/bandeau/choices?a#b'>c</a></body>",
            "[H]<body>[B]<a href='https://news.example/bandeau/choices?a#b'>c</a></body>",
        ),
        (
            "<body>/bandeau/choices <p title=/bandeau/choices><!--<a href=/bandeau/choices>--></body>",
            "[H]<body>[B]/bandeau/choices <p title=/bandeau/choices><!--<a href=/bandeau/choices>-->[F]</body>",
        ),
    ],
)
def test_insertions_stand_where_a_browser_needs_them(html: str, expected: str) -> None:
    """Head first of all but doctype and comments, first layer first in the body, links last in it."""
    out = rewritten(html, inserts=Inserts(b"[H]", b"[B]", b"[F]"))
    assert out == expected


@pytest.mark.parametrize("attribute", ["amp", "⚡"])
def test_an_amp_page_is_rewritten_like_any_other(attribute: str) -> None:
    """Whether it is left alone is decided before, in one place: here nothing is let through."""
    html = f"<!doctype html><html {attribute}><img src=//x>"
    assert rewritten(html) == html.replace("<img src", '<img data-bd="svc" data-bd-src')


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<noscript><!-- a</noscript>-->", "<noscript><!-- a--></noscript>-->"),
        ("<noscript><title>a</noscript>", "<noscript><title>a</title></noscript>"),
        ("<noscript><style>a</noscript>", "<noscript><style>a</style></noscript>"),
        ('<noscript><p a="</noscript>', '<noscript><p a="x"\'></noscript>'),
        ("<noscript><img src=//x</noscript>", '<noscript><img data-bd="svc" data-bd-src=//xx"\'></noscript>'),
        ("<noscript><script>a</noscript>", "<noscript><script>a--></script></noscript>"),
        ('<noscript><p title="<img src=//x>', '<noscript><p title="<img src=//x>'),
        ("<svg><![CDATA[><p a='<img src=//x>]]>", "<svg><![CDATA[><p a='<img src=//x>]]>x\"'>"),
    ],
)
def test_what_two_readers_read_differently_ends_for_both(html: str, expected: str) -> None:
    """Nothing that is open at the end of a noscript runs on into the page without scripting."""
    assert rewritten(html) == expected


# --- limits
@pytest.mark.parametrize("chunk", [1, 7, 1000])
def test_a_tag_that_never_ends_ends_the_page(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is too long to wait for loads nothing, nor does what follows; the foot stands before it."""
    monkeypatch.setattr(walk, "MAX_TAG", 50)
    html = b'<svg><p title="' + b"x" * 60 + b'"><img src=//x>'
    rewriter = Rewriter(HoldOthers(), INSERTS, base=BASE)
    parts = [rewriter.feed(html[at : at + chunk]) for at in range(0, len(html), chunk)]
    page = b"".join([*parts, rewriter.close()])
    assert page == b"<!--HEAD--><svg></svg><!--BODY--><!--FOOT--><plaintext hidden>" + html[5:]


@pytest.mark.parametrize("name", ["script", "style"])
def test_a_text_that_never_ends_is_held_unread(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It cannot be judged, so it does not run."""
    monkeypatch.setattr("bandeau.enforcement.html.document.MAX_TEXT", 50)
    out = rewritten(f"<{name}>" + "x" * 90 + f"</{name}><img src=//x>")
    assert out.startswith(f'<{name} data-bd="?" type="text/plain">')
    assert out.endswith(f'</{name}><img data-bd="svc" data-bd-src=//x>')


def test_srcdoc_in_srcdoc_without_end_is_held_whole() -> None:
    """Eight deep is more than any page needs."""
    html = "<img src=//x>"
    for _ in range(10):
        html = "<iframe srcdoc='" + html.replace("&", "&amp;").replace("'", "&#39;") + "'></iframe>"
    assert "data-bd-srcdoc" in rewritten(html)


# --- properties
_PIECES = st.sampled_from(
    [
        "<img src=//x>",
        "<script src=//x>",
        "<script>",
        "</script>",
        "<!--",
        "-->",
        "--!>",
        "<script>TRACK",
        "<svg>",
        "</svg>",
        "<style>",
        "</style>",
        "<title>",
        "</title>",
        "<noscript>",
        "</noscript>",
        "<template>",
        "</template>",
        "<body>",
        "</body>",
        "<head>",
        "<html>",
        "<![CDATA[",
        "]]>",
        '<p title="',
        '">',
        "'",
        "<iframe srcdoc='",
        "<iframe src=//x>",
        "</iframe>",
        "<base href=//y/>",
        "<image href=//x />",
        "<math><mi>",
        "</mi>",
        "<foreignObject>",
        "<a href=/bandeau/choices>",
        "<plaintext>",
        "<frameset>",
        "text ",
        "&lt;",
        "&",
        "=",
        "/",
        "<",
        ">",
        "\r\n",
        "@import '//x';",
        "<p style='a:url(//x)'>",
        "<p a",
        "<table background=//x>",
        "é",
        "<meta http-equiv=refresh content=0;//x>",
        "<!doctype html>",
        "</p>",
        "<textarea>",
    ]
)
_MARKUP = st.lists(_PIECES, max_size=14).map(lambda pieces: "".join(pieces).encode())


def _run(source: bytes, cuts: list[int]) -> tuple[bytes, Rewriter]:
    rewriter = Rewriter(HoldOthers(), INSERTS, base=BASE, release=RELEASE, record=True)
    edges = [0, *sorted(cut % (len(source) + 1) for cut in cuts), len(source)]
    parts = [rewriter.feed(source[a:b]) for a, b in pairwise(edges)]
    return b"".join([*parts, rewriter.close()]), rewriter


@settings(max_examples=600, deadline=None)
@given(_MARKUP, st.lists(st.integers(0, 400), max_size=12))
def test_any_cutting_gives_the_same_bytes_which_can_be_undone(source: bytes, cuts: list[int]) -> None:
    """Chunks change nothing; the edits taken out give the input."""
    whole, one = _run(source, [])
    cut, other = _run(source, cuts)
    assert cut == whole
    assert (other.edits, other.held, other.visible) == (one.edits, one.held, one.visible)
    assert undo(whole, one.edits) == source


@settings(max_examples=300, deadline=None)
@given(_MARKUP)
def test_a_second_pass_finds_nothing(source: bytes) -> None:
    """What is rewritten once holds no third party any more."""
    once = rewrite(source, HoldOthers(), None, base=BASE).body
    rules = HoldOthers()
    rewriter = Rewriter(rules, None, base=BASE)
    rewriter.feed(once)
    rewriter.close()
    assert rewriter.held == {}


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=6))
def test_any_bytes_pass(source: bytes, cuts: list[int]) -> None:
    """Nothing raises, and everything can be undone."""
    output, rewriter = _run(source, cuts)
    assert undo(output, rewriter.edits) == source
