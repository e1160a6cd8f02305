"""Every place of markup that can load something is asked about, with what it is for."""

from __future__ import annotations

import pytest

from bandeau.enforcement.html import Rewriter
from tests.enforcement.html.rules import BASE, HoldOthers

_PLACES = [
    ("<script src=//x></script>", "script"),
    ("<svg><script href=//x></script></svg>", "script"),
    ("<svg><script xlink:href=//x></script></svg>", "script"),
    ("<link rel=stylesheet href=//x>", "style"),
    ("<link rel='a PreLoad' href=//x>", "preload"),
    ("<link rel=preload as=image imagesrcset='//x 1x'>", "image"),
    ("<link rel=modulepreload href=//x>", "preload"),
    ("<link rel=prefetch href=//x>", "prefetch"),
    ("<link rel=prerender href=//x>", "prefetch"),
    ("<link rel=preconnect href=//x>", "preconnect"),
    ("<link rel=dns-prefetch href=//x>", "preconnect"),
    ("<link rel='shortcut icon' href=//x>", "icon"),
    ("<link rel=manifest href=//x>", "manifest"),
    ("<img src=//x>", "image"),
    ("<img srcset='//x 2x'>", "image"),
    ("<source src=//x>", "video"),
    ("<source srcset=//x>", "image"),
    ("<iframe src=//x></iframe>", "iframe"),
    ("<frame src=//x>", "iframe"),
    ("<embed src=//x>", "embed"),
    ("<object data=//x>", "object"),
    ("<param name=movie value=//x>", "object"),
    ("<video src=//x>", "video"),
    ("<video poster=//x>", "image"),
    ("<audio src=//x>", "audio"),
    ("<track src=//x>", "track"),
    ("<input type=image src=//x>", "image"),
    ("<body background=//x>", "image"),
    ("<table background=//x>", "image"),
    ("<td background=//x>", "image"),
    ("<svg><image href=//x /></svg>", "image"),
    ("<svg><use xlink:href=//x /></svg>", "image"),
    ("<svg><feImage href=//x /></svg>", "image"),
    ("<svg><rect fill='url(//x)'/></svg>", "image"),
    ("<svg><set attributeName=href to=//x /></svg>", "image"),
    ("<p style='background:url(//x)'>", "image"),
    ("<style>p{background:url(//x)}</style>", "image"),
    ("<style>@import '//x';</style>", "style"),
    ("<svg><style>@import '//x';</style></svg>", "style"),
    ("<meta http-equiv=refresh content='0;url=//x'>", "refresh"),
    ("<iframe srcdoc='<img src=//x>'></iframe>", "image"),
    ("<noscript><img src=//x></noscript>", "image"),
    ("<template><img src=//x></template>", "image"),
    ("<a ping=//x>", "ping"),
    ("<area ping=//x>", "ping"),
    ("<img attributionsrc=//x>", "ping"),
    ("""<script type=importmap>{"imports":{"a":"//x"}}</script>""", "script"),
    ("""<script type=importmap>{"scopes":{"/a/":{"a":"//x"}}}</script>""", "script"),
    ("""<script type=speculationrules>{"prefetch":[{"urls":["//x"]}]}</script>""", "prefetch"),
    (
        """<script type=speculationrules>{"prefetch":[{"where":{"href_matches":"//x"}}]}</script>""",
        "prefetch",
    ),
]


def _rules(html: str) -> HoldOthers:
    rules = HoldOthers()
    rewriter = Rewriter(rules, None, base=BASE)
    rewriter.feed(html.encode())
    rewriter.close()
    return rules


@pytest.mark.parametrize(("html", "destination"), _PLACES, ids=[html for html, _ in _PLACES])
def test_a_place_is_asked_about(html: str, destination: str) -> None:
    """Each URL-bearing place reaches the rules, with its destination."""
    assert ("//x", BASE, destination) in _rules(html).asked


@pytest.mark.parametrize(
    "html",
    [
        "<a href=//x>",
        "<form action=//x>",
        "<link rel=canonical href=//x>",
        "<input src=//x>",
        "<svg><a href=//x></a></svg>",
        "<script type=text/template src=//x></script>",
        "<div data-src=//x>",
        "<p style='color:red'>",
        "<meta name=refresh content='0;url=//x'>",
        "<style>/* url(//x) */</style>",
    ],
)
def test_what_loads_nothing_is_not_held(html: str) -> None:
    """Links, forms and data are left alone: going there is the reader's choice."""
    rewriter = Rewriter(HoldOthers(), None, base=BASE)
    assert rewriter.feed(html.encode()) + rewriter.close() == html.encode()
    assert rewriter.held == {}


def test_a_base_changes_what_relative_means() -> None:
    """The first base counts, and what it makes of a relative URL is for the rules to see."""
    rules = _rules("<base href=//cdn.example/d/><base href=//other.example/><img src=b>")
    asked = [question for question in rules.asked if question[2] == "image"]
    assert asked == [("b", "https://cdn.example/d/", "image")]


def test_a_base_that_comes_late_is_held_when_it_leads_elsewhere() -> None:
    """Chromium may still read by it what stands before it."""
    rules = _rules("<img src=a><base href=//cdn.example/d/><img src=b>")
    asked = [question for question in rules.asked if question[2] == "image"]
    assert asked == [("a", BASE, "image"), ("b", BASE, "image")]


@pytest.mark.parametrize("html", ["<noscript><base href=//x/></noscript>", "<svg><base href=//x/></svg>"])
def test_a_base_that_counts_for_some_readers_only_is_held(html: str) -> None:
    """Without scripting, or for the preload scanner, it would send relative URLs elsewhere."""
    rewriter = Rewriter(HoldOthers(), None, base=BASE)
    assert b"data-bd-href=//x/" in rewriter.feed(html.encode()) + rewriter.close()


@pytest.mark.parametrize(
    ("rules", "held"),
    [
        ('{"prefetch":[{"where":{"href_matches":"/*"}}]}', False),
        (
            '{"prefetch":[{"where":{"and":[{"selector_matches":"a"},{"href_matches":["/a/*","/b/*"]}]}}]}',
            False,
        ),
        ('{"prefetch":[{"where":{"or":[{"href_matches":"/*"},{"href_matches":"/b"}]}}]}', False),
        ('{"prefetch":[{"where":{"or":[{"href_matches":"/*"},{"selector_matches":"a"}]}}]}', True),
        ('{"prefetch":[{"where":{"not":{"href_matches":"/logout"}}}]}', True),
        ('{"prefetch":[{"source":"document"}]}', True),
        ('{"prefetch":[{"where":{"href_matches":[1]}}]}', True),
        ('{"prefetch":[{"urls":["/next"]}]}', False),
        ('{"tag":"x","prefetch":["x"]}', False),
        ("not json", True),
        ("[" * 100_000, True),
    ],
)
def test_speculation_rules_are_held_unless_they_stay_on_the_site(rules: str, *, held: bool) -> None:
    """Rules on links are bounded only by a pattern that every link must meet."""
    rewriter = Rewriter(HoldOthers(), None, base=BASE)
    rewriter.feed(f"<script type=speculationrules>{rules}</script>".encode())
    rewriter.close()
    assert bool(rewriter.held) is held
