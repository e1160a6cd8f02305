"""URLs inside values, sheets and data blocks."""

from __future__ import annotations

import time

import pytest

from bandeau.enforcement.html.urls import (
    bundle_urls,
    candidates,
    css_urls,
    import_map_urls,
    plain_css_urls,
    refresh_targets,
    resolved,
)


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("a", ["a"]),
        ("a 1x, b 2x", ["a", "b"]),
        (" ,, a,b 1x,c", ["a,b", "c"]),
        ("a,", ["a"]),
        ("a x(,b), c", ["a", "c"]),
        ("a x(,b", ["a"]),
        ("", []),
    ],
)
def test_the_candidates_of_a_srcset(text: str, urls: list[str]) -> None:
    """As the standard parses them."""
    assert list(candidates(text)) == urls


@pytest.mark.parametrize(
    ("css", "urls"),
    [
        ("a{b:url(x)}", ["x"]),
        ("a{b:URL( 'x y' )}", ["x y"]),
        ("a{b:url(x\\29 y)}", ["x)y"]),
        ("a{b:\\75 rl(x)}", ["x"]),
        ("@import 'x'", ["x"]),
        ("@import/**/url(x)", ["x"]),
        ('@\\69mport "x"', ["x"]),
        ("@namespace svg url(x);a{b:url(y)}", ["y"]),
        ("@namespace svg 'x';a{b:url(y)}", ["y"]),
        ("/* url(x) */a{b:url(y)}", ["y"]),
        ("a{content:'url(x)'}", []),
        ("a{b:image-set('x' 1x, url(y) 2x)}", ["x", "y"]),
        ("a{b:image-set(var(--c, 'x'))}", []),
        ("a{b:url(x", ["x"]),
        ("a{b:url('x", ["x"]),
        ("a{b:src('x')}", ["x"]),
        ("a{b:c}", []),
    ],
)
def test_the_urls_of_a_sheet(css: str, urls: list[str]) -> None:
    """Comments, strings and namespaces are no URLs; escapes are read."""
    assert [url for url, _ in css_urls(css)] == urls


@pytest.mark.parametrize("css", ["a{b:url(x)}", 'a{b:url("x")}', "a{b:url( 'x' )}", "a{b:uRl(\\78)}"])
def test_a_rough_reading_misses_no_url(css: str) -> None:
    """What is read roughly holds at least what is read exactly."""
    assert plain_css_urls(css) == ["x"]


@pytest.mark.parametrize(
    "css", ["@import 'x'", "a{b:u\\72l(x)}", "a{b:image-set('x')}", "@\\69mport 'x'", "a{b:\\75 rl(x)}"]
)
def test_what_is_intricate_is_not_read_roughly(css: str) -> None:
    """It is left to the exact reading."""
    assert plain_css_urls(css) is None


@pytest.mark.parametrize(
    ("content", "target"),
    [
        ("0;url=x", ["x"]),
        ("5; URL = 'x'y", ["x"]),
        (" 0.5 , x", ["x"]),
        ("0 x", ["x"]),
        ("0;url='x", ["x"]),
        (".;x", ["x"]),
        ("5", []),
        ("5;", []),
        ("x;url=y", []),
        ("5x", []),
        ("\v0\v;\vurl\v=\vx", ["x"]),
        ("0;url='//a'@b/'", ["//a", "//a'@b/"]),
        ("0;url=''", ["'"]),
    ],
)
def test_where_a_refresh_leads(content: str, target: list[str]) -> None:
    """As the standard's shared steps say, and as Chromium reads white space and quotes."""
    assert refresh_targets(content) == target


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("//x.example/a", "https://x.example/a"),
        ("\\\\x.example\\a", "https://x.example/a"),
        ("/a", "https://n.example/a"),
        ("a", "https://n.example/d/a"),
        ("?q", "https://n.example/d/e?q"),
        ("", "https://n.example/d/e"),
        ("https:a", "https://n.example/d/a"),
        ("https:/a", "https://n.example/a"),
        ("https:/\\x.example/", "https://x.example/"),
        ("http:x.example", "http://x.example/"),
        (" h\tttps://x.example/ ", "https://x.example/"),
        ("data:text/html,x", None),
        ("https://a b/", None),
    ],
)
def test_a_base_is_resolved_as_browsers_do(url: str, target: str | None) -> None:
    """Backslashes, missing slashes and white space included."""
    assert resolved(url, "https://n.example/d/e") == target


def test_an_import_map_gives_all_its_addresses() -> None:
    """Imports and scopes; what is no text is left out."""
    text = '{"imports":{"a":"x","b":null},"scopes":{"/":{"c":"y"},"/z":1}}'
    assert import_map_urls(text) == ["x", "y"]
    assert import_map_urls("[]") is None


@pytest.mark.parametrize("mark", ["\\", "a\\", "\\ ", "image \\", "@-", "url(", '"\\', "(\\75 "])
def test_a_hostile_sheet_is_read_in_time_with_its_length(mark: str) -> None:
    """Half a second is a hundred times what it takes, and a hundredth of what a second look at each byte would."""
    start = time.thread_time()
    plain_css_urls(mark * 30_000)
    list(css_urls("url(" + mark * 30_000))
    list(css_urls("url()" + mark * 30_000))
    assert time.thread_time() - start < 0.5


def test_what_two_readers_may_read_differently_in_json_is_not_read() -> None:
    """Of a name that comes twice one reader takes the first, another the last."""
    assert import_map_urls('{"imports":{"a":"x"},"imports":{"a":"/own"}}') is None


def test_a_bundle_gives_its_source() -> None:
    """What stands in the bundle is not fetched by itself."""
    assert bundle_urls('{"source":"//x/b","resources":["//y/c"]}') == ["//x/b"]
    assert bundle_urls("{}") == []
    assert bundle_urls("x") is None
