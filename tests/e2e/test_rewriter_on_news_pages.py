"""On news-shaped pages and on strange URLs, the rewriter and Chromium read the same."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import product

import pytest
from playwright.sync_api import Browser, Page

from bandeau.enforcement.html import KEEP, Rewriter, Verdict, rewrite
from bandeau.enforcement.html.urls import resolved
from tests.e2e.markup_stage import OWN, Stage, open_stage, requested
from tests.enforcement.html.newspages import HOME, news_page
from tests.enforcement.html.rules import HoldOthers

pytestmark = pytest.mark.browser

# Without scripting, as DOMParser parses, noscript is markup; templates and srcdoc are descended into.
_COLLECT = r"""
texts => texts.map(text => {
  const rels = /\b(stylesheet|preload|modulepreload|prefetch|preconnect|dns-prefetch|icon|manifest)\b/i;
  const found = [];
  const css = text => { for (const m of text.matchAll(/url\(\s*(["']?)(.*?)\1\s*\)/g)) found.push(m[2]); };
  const read = root => {
    for (const el of root.querySelectorAll('*')) {
      const tag = el.localName, get = name => el.getAttribute(name);
      const plain = tag === 'script' ? ['src'] : tag === 'link' ? (rels.test(get('rel') || '') ? ['href'] : [])
        : tag === 'object' ? ['data'] : /^(use|image)$/.test(tag) ? ['href', 'xlink:href']
        : tag === 'param' ? (get('name') === 'movie' ? ['value'] : [])
        : /^(img|iframe|frame|embed|video|audio|source|track)$/.test(tag) ? ['src', 'poster']
        : /^(body|table|td)$/.test(tag) ? ['background'] : [];
      for (const name of plain) if (get(name)) found.push(get(name));
      if (get('srcset')) for (const part of get('srcset').split(/,\s+/)) found.push(part.trim().split(/\s+/)[0]);
      if (tag === 'a' && get('ping')) found.push(...get('ping').trim().split(/\s+/));
      if (get('style')) css(get('style'));
      if (tag === 'style') css(el.textContent);
      if (/^(importmap|speculationrules)$/.test(get('type') || ''))
        found.push(...el.textContent.match(/https?:\/\/[^"]+/g) || []);
      if (get('srcdoc')) read(new DOMParser().parseFromString(get('srcdoc'), 'text/html'));
      if (tag === 'template') read(el.content);
    }
  };
  read(new DOMParser().parseFromString(text, 'text/html'));
  return found;
})
"""


@pytest.fixture(scope="module")
def stage() -> Iterator[tuple[Stage, Browser]]:
    with open_stage() as opened:
        yield opened


@pytest.fixture
def page(stage: tuple[Stage, Browser]) -> Iterator[Page]:
    context = stage[1].new_context()
    yield context.new_page()
    context.close()


def test_what_is_held_is_what_chromium_parses(page: Page) -> None:
    """On 140 pages in all dialects and encodings, Chromium's tree holds the very URLs that are held."""
    pages = [news_page(number) for number in range(140)]
    read = page.evaluate(_COLLECT, [one.body.decode(one.encoding) for one in pages])
    for one, urls in zip(pages, read, strict=True):
        rules, judge = HoldOthers(), HoldOthers()
        rewrite(one.body, rules, None, base=HOME, encoding=one.encoding)
        assert rules.held == {url for url in urls if judge.url(url, HOME, "").hold}, one.number


class _Foreign:
    """Holds every URL that leads away from the stage's own host, and every script with a vendor's mark."""

    def url(self, url: str, base: str, destination: str) -> Verdict:
        full = resolved(url, base)
        if url.startswith("data:") or (full or "").startswith(f"http://{OWN}/"):
            return KEEP
        return Verdict(hold=True, service="svc")

    def inline(self, text: str) -> Verdict:
        return (
            Verdict(hold=True, service="svc") if "createElement" in text or "document.write" in text else KEEP
        )


@pytest.mark.parametrize("scripts", [True, False], ids=["scripting", "no scripting"])
def test_live_news_pages_ask_nobody_once_rewritten(stage: tuple[Stage, Browser], *, scripts: bool) -> None:
    """A dozen pages: unprotected they reach third parties, rewritten they reach none."""
    pages = {str(number): news_page(number) for number in range(1, 140, 11)}
    pages = {number: one for number, one in pages.items() if one.encoding == "utf-8"}
    plain = {number: one.body.replace(b"//news.example", b"//own.test") for number, one in pages.items()}
    assert requested(*stage, plain, scripts=scripts)
    held = {
        number: rewrite(body, _Foreign(), None, base=f"http://{OWN}/page/{number}").body
        for number, body in plain.items()
    }
    assert requested(*stage, held, scripts=scripts) == set()


# --- hosts
_SCHEMES = (
    "http:",
    "HTTP:",
    "ht\ttp:",
    "http&colon;",
    "",
    " \x01http:",
    "https:",
    "ftp:",
    "&#104;ttp:",
    "ws:",
)
_SLASHES = ("//", "\\\\", "/\\", "///", "/", "&sol;&sol;", "/\n/", "", "/\t/", "////")
_USERS = ("", "", "", "own.test@", "own.test:80@", "a@b@", "%40@")
_HOSTS = ("{h}.third.test", "{h}.THIRD.test", "%7{H}.third.test", "{h}.th\tird.test", "{h}.third.test.", "{h}。third.test",
          "{h}.ｔhird.test", "bücher.{h}.test", "xn--bcher-kva.{h}.test", "127.1", "0x7f000001", "[::1]", "{h}.third.test&period;",
          "{h}_x.third.test", "{h} .third.test", "faß.{h}.test", "{h}&shy;.third.test", "{h}%2ethird.test", "ex^{h}.test")  # fmt: skip
_PORTS = ("", "", "", ":80", ":", ":8080", ":99999", ":0x50")
_PATHS = (
    "",
    "/x",
    "\\x",
    "?x",
    "#x",
    "/\\@own.test/",
    "@own.test/",
    ";own.test",
    "&num;@own.test",
    "&quest;own.test",
)


def _values(count: int, seed: int) -> list[str]:
    chance = random.Random(seed)
    parts = list(product(_SCHEMES, _SLASHES))
    values = []
    for number in range(count):
        scheme, slashes = parts[number % len(parts)]
        host = chance.choice(_HOSTS).replace("{h}", f"h{number}").replace("{H}", f"0{number}")
        values.append(
            scheme + slashes + chance.choice(_USERS) + host + chance.choice(_PORTS) + chance.choice(_PATHS)
        )
    return values


def _hosts_of_chromium(page: Page, stage: Stage, values: list[str]) -> list[str | None]:
    markup = "".join(f'<img loading=lazy src="{value}">' for value in values)
    stage.pages = {"/dir/hosts": ("text/html; charset=utf-8", f"<!doctype html>{markup}".encode())}
    page.goto(f"http://{OWN}/dir/hosts", wait_until="commit")
    page.wait_for_function("document.readyState != 'loading'")
    read: list[str | None] = page.evaluate(
        "[...document.images].map(i => { try { return new URL(i.src).hostname } catch { return null } })"
    )
    return read


def _our_hosts(values: list[str]) -> list[str | None]:
    class Hosts(HoldOthers):
        def url(self, url: str, base: str, destination: str) -> Verdict:
            full = resolved(url, base)
            hosts.append(None if full is None else full.partition("//")[2])
            return KEEP

    hosts: list[str | None] = []
    rewriter = Rewriter(Hosts(), None, base=f"http://{OWN}/dir/hosts")
    rewriter.feed("".join(f'<img loading=lazy src="{value}">' for value in values).encode())
    rewriter.close()
    return [None if rest is None else _host_name(rest) for rest in hosts]


def _host_name(rest: str) -> str:
    authority = rest.replace("?", "/").replace("#", "/").partition("/")[0].rpartition("@")[2]
    return authority.partition("]")[0] + "]" if authority.startswith("[") else authority.partition(":")[0]


@pytest.mark.parametrize(
    ("count", "seed"),
    [(600, 1), pytest.param(6000, 2, marks=pytest.mark.long)],
    ids=["hundreds", "thousands"],
)
def test_our_host_is_the_host_that_chromium_asks(
    page: Page, stage: tuple[Stage, Browser], count: int, seed: int
) -> None:
    """Whatever way a URL is written, both read the same host from it, or both read none.

    Chromium alone escapes a space in a name; to the standard, and so to us, that is no URL: it is held.
    """
    values = _values(count, seed)
    chromium, ours = _hosts_of_chromium(page, stage[0], values), _our_hosts(values)
    differ = [(v, c, o) for v, c, o in zip(values, chromium, ours, strict=True) if c != o]
    assert [found for found in differ if found[2] is not None or "%20" not in (found[1] or "")] == []
