"""Each service of the catalogue, as pages usually carry it: held back under refusal, untouched when allowed."""

from __future__ import annotations

import tomllib
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from bandeau.core.policy import Mode, Policy
from bandeau.enforcement.hosts import HostTable
from bandeau.enforcement.html import Rewriter, undo
from bandeau.enforcement.rules import Rules
from bandeau.policyfile import load
from bandeau.policyfile.catalogue import BUNDLED
from tests.policyfile.test_catalogue import SITE

_FILE = Path(__file__).with_name("catalogue_snippets.toml")
SNIPPETS: dict[str, Any] = tomllib.loads(_FILE.read_text(encoding="utf-8"))
PAGE = "https://www.journal.example/article"
_OWN = "<script>document.title = 'the paper itself';</script>"
_LOADS = {"script": "src", "iframe": "src", "img": "src", "link": "href"}


class _Loaded(HTMLParser):
    """Lists what a browser would fetch from others, and the inline scripts that it would run."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._runs = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(reversed(attrs))
        url = values.get(_LOADS.get(tag, ""))
        if url and "//" in url.partition("?")[0] and values.get("type") != "text/plain":
            self.found.append(url)
        self._runs = tag == "script" and "src" not in values and values.get("type") != "text/plain"

    def handle_data(self, data: str) -> None:
        if self._runs and data not in _OWN:
            self.found.append(data)


def _loaded(page: bytes) -> list[str]:
    parser = _Loaded()
    parser.feed(page.decode())
    parser.close()
    return parser.found


def _policy(name: str) -> Policy:
    item = BUNDLED.newest(name)
    assert item is not None
    hosts = SNIPPETS[name].get("hosts")
    beside = f"hosts = {hosts}\n" if hosts else ""
    # What the entry does not declare passes, so that only its own words can hold the snippet back.
    site = SITE.replace("[enforce]", '[enforce]\nundeclared_hosts = "report"', 1)
    return load(f'{site}\n[[services]]\nuse = "{item.use}"\npurpose = "ads"\n{beside}').policy


def _page(name: str) -> bytes:
    return f"<!doctype html><title>x</title>{_OWN}<p>{SNIPPETS[name]['html']}</p>".encode()


def _rewriter(policy: Policy, *, allowed: bool) -> Rewriter:
    bits = (1 << len(policy.services)) - 1 if allowed else 0
    rules = Rules(
        policy,
        HostTable(policy),
        allowed=bits,
        mode=Mode.ENFORCE,
        page_url=PAGE,
        own_host="www.journal.example",
    )
    return Rewriter(rules, None, base=PAGE, record=True)


def test_every_service_has_a_snippet() -> None:
    """And none is left over."""
    assert set(SNIPPETS) == set(BUNDLED.names())


@pytest.mark.parametrize("name", sorted(SNIPPETS))
def test_snippet_is_held_back_under_refusal(name: str) -> None:
    """Nothing of it is fetched or run; the site's own script still stands; all edits can be undone."""
    page, rewriter = _page(name), _rewriter(_policy(name), allowed=False)
    output = rewriter.feed(page) + rewriter.close()

    assert _loaded(page) != []
    assert _loaded(output) == []
    assert set(rewriter.held) == {name}
    assert _OWN.encode() in output
    assert undo(output, rewriter.edits) == page


@pytest.mark.parametrize("name", sorted(SNIPPETS))
def test_snippet_is_untouched_when_it_is_allowed(name: str) -> None:
    """Byte for byte."""
    page, rewriter = _page(name), _rewriter(_policy(name), allowed=True)

    assert rewriter.feed(page) + rewriter.close() == page
    assert rewriter.held == {}
