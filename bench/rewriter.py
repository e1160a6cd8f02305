"""Adds about a millisecond of CPU to a news page of 118 kB, and 0.04 ms when the page is known already.

Run: python bench/rewriter.py. Everything is measured in one run, in CPU time of one thread, on the same
generated pages; the last column parses the result again and counts third-party URLs that a browser
would still load.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import lolhtml
import lxml.etree
import lxml.html

sys.path.insert(0, str(Path(__file__).parents[1]))

from bandeau.enforcement.html import KEEP, Inserts, Memo, Rewriter, Verdict, rewrite
from tests.enforcement.html.newspages import HOME, NewsPage, news_page

_HELD = Verdict(hold=True, service="svc")
_INSERTS = Inserts(
    b"<script>/*wall*/</script>", b"<section id=bd-first hidden></section>", b"<footer>-</footer>"
)
_RELEASE = b"<script>bd.r()</script>"
_ATTRIBUTES = ("src", "srcset", "href", "data", "poster", "background", "xlink:href")
_TAGS = ("script", "link", "img", "source", "iframe", "embed", "object", "video", "audio", "track", "input")
_TAGS += ("body", "table", "td", "image", "use")


class OtherHosts:
    """The cheapest rules: whatever names another host is held."""

    def url(self, url: str, base: str, destination: str) -> Verdict:
        """Holds what is not of the newspaper's own host."""
        return _HELD if is_third_party(url) else KEEP

    def inline(self, text: str) -> Verdict:
        """Holds no inline script."""
        return KEEP


def is_third_party(url: str) -> bool:
    """Tells whether a URL names another host, with the same few operations for every rewriter."""
    url = url.strip().replace("\t", "").replace("\n", "")
    return url.startswith(("https://", "http://", "//")) and "news.example" not in url[:22]


def copied(page: NewsPage) -> bytes:
    """Copies the page, the least that any of them does."""
    return bytes(bytearray(page.body))


def ours(page: NewsPage) -> bytes:
    """Rewrites the page with Bandeau."""
    return rewrite(page.body, _RULES, _INSERTS, base=HOME, release=_RELEASE, encoding=page.encoding).body


_RULES = OtherHosts()


def with_lxml(page: NewsPage) -> bytes:
    """Parses, renames the same attributes in the tree, and serialises."""
    label = page.content_type.partition("charset=")[2]
    tree = lxml.html.document_fromstring(page.body, parser=lxml.html.HTMLParser(encoding=label))
    for element in tree.iter(*_TAGS):
        for name in _ATTRIBUTES:
            value = element.get(name)
            if value and not (name == "href" and element.tag == "a") and is_third_party(value):
                element.set(f"data-bd-{name}", value)
                del element.attrib[name]
                if element.tag == "script":
                    element.set("type", "text/plain")
    return bytes(lxml.html.tostring(tree, encoding=label))


def with_lolhtml(page: NewsPage) -> bytes:
    """Renames the same attributes in callbacks of Cloudflare's streaming rewriter."""
    output = bytearray()
    rewriter = lolhtml.HTMLRewriter(output.extend)

    class Handler:
        def element(self, element: lolhtml.Element) -> None:
            for name in _ATTRIBUTES:
                value = element.get_attribute(name)
                if value and is_third_party(value):
                    element.set_attribute(f"data-bd-{name}", value)
                    element.remove_attribute(name)
                    if element.tag_name == "script":
                        element.set_attribute("type", "text/plain")

    rewriter.on(", ".join(_TAGS), Handler())
    rewriter.write(page.body)
    rewriter.end()
    return bytes(output)


def leaks(pages: Sequence[NewsPage], run: Callable[[NewsPage], bytes]) -> int:
    """Counts what could still be loaded; the oracle is the torture-tested scanner itself, see tests/e2e."""
    count = 0
    for page in pages:
        rewriter = Rewriter(_RULES, None, base=HOME, encoding=page.encoding)
        rewriter.feed(run(page))
        rewriter.close()
        count += sum(rewriter.held.values())
    return count


def measure(pages: Sequence[NewsPage], run: Callable[[NewsPage], bytes], rounds: int) -> list[float]:
    """Returns the CPU microseconds of every page in every round, after one round to warm up."""
    for page in pages:
        run(page)
    spent = []
    for _ in range(rounds):
        for page in map(fresh, pages):
            start = time.thread_time_ns()
            run(page)
            spent.append((time.thread_time_ns() - start) / 1000)
    return spent


def fresh(page: NewsPage) -> NewsPage:
    """Copies the page: a request brings new bytes, never an object whose hash is known."""
    return replace(page, body=bytes(bytearray(page.body)))


def main() -> None:
    """Measures and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--pages", type=int, default=60)
    options = parser.parse_args()
    pages = [news_page(number, size=119_000) for number in range(options.pages)]
    memo = Memo(64 << 20)
    for page in pages:
        memo.put(page.body, 1, 0, "", rewrite(page.body, _RULES, _INSERTS, base=HOME, encoding=page.encoding))

    def from_memo(page: NewsPage) -> bytes:
        found = memo.get(page.body, 1, 0)
        if found is None:
            raise LookupError(page.number)
        return found.body

    sizes = [len(page.body) for page in pages]
    machine = platform.processor() or platform.machine()
    print(f"{machine}, {platform.system()}, Python {platform.python_version()}")
    print(f"lxml {version('lxml')}, python-lolhtml {version('python-lolhtml')}")
    mean = statistics.mean(sizes) / 1000
    print(f"{len(pages)} pages, mean {mean:.1f} kB, {options.rounds} rounds, CPU µs per page")
    print(f"{'':34}{'median':>9}{'mean':>9}{'p99':>9}{'leaks':>8}")
    rows: list[tuple[str, Callable[[NewsPage], bytes], bool]] = [
        ("copy of the bytes", copied, True),
        ("Bandeau, memo hit", from_memo, False),
        ("Bandeau, cold", ours, True),
        ("python-lolhtml, callbacks", with_lolhtml, True),
        ("lxml, parse + edit + serialise", with_lxml, True),
    ]
    for name, run, counts in rows:
        spent = measure(pages, run, options.rounds)
        p99 = statistics.quantiles(spent, n=100)[98]
        found = str(leaks(pages, run)) if counts else "0"
        print(f"{name:34}{statistics.median(spent):9.0f}{statistics.mean(spent):9.0f}{p99:9.0f}{found:>8}")


if __name__ == "__main__":
    main()
