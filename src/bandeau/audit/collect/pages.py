"""Which pages are visited: those that were named, then a sample of what the sitemap and links lead to."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from html import unescape
from urllib.parse import urldefrag, urljoin, urlsplit
from urllib.robotparser import RobotFileParser

AGENT = "bandeau"
_LOC = re.compile(r"<loc>\s*(?:<!\[CDATA\[)?\s*(.*?)\s*(?:\]\]>)?\s*</loc>", re.IGNORECASE | re.DOTALL)
_HREF = re.compile(r"<a\s[^>]*?href\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))", re.IGNORECASE)
#: No page, or one whose visit does something: nobody's basket is filled, nobody is logged out.
_NOT_PAGES = re.compile(
    r"\.(?:jpe?g|png|gif|webp|avif|svg|ico|css|m?js|json|xml|rss|atom|pdf|zip|gz|mp[34]|webm|woff2?|docx?|xlsx?)$",
    re.IGNORECASE,
)
_ACTS = re.compile(
    r"log-?(?:in|out)|sign-?(?:in|out|up)|d[eé]connexion|unsubscribe|d[eé]sabonn|delete|supprimer|add-to|cart|panier"
    r"|checkout|/feed/?$|/wp-json",
    re.IGNORECASE,
)
_MOST = 20_000


@dataclass(frozen=True, slots=True)
class Sample:
    """The pages to visit, and how many were known when they were chosen."""

    pages: tuple[str, ...]
    known: int


def locations(xml: str) -> list[str]:
    """Return the addresses of a sitemap or of a sitemap index; nothing of it is expanded or included."""
    return [unescape(found) for found in _LOC.findall(xml)[:_MOST]]


def links(html: str, base: str) -> list[str]:
    """Return where the links of a page's source lead."""
    found = (next(filter(None, groups), "") for groups in _HREF.findall(html)[:_MOST])
    return [urljoin(base, unescape(href)) for href in found]


def robots(text: str) -> RobotFileParser:
    """Read a robots.txt; an empty one allows everything."""
    parser = RobotFileParser()
    parser.parse(text.splitlines())
    return parser


def choose(
    named: Iterable[str],
    candidates: Iterable[str],
    *,
    hosts: frozenset[str],
    most: int,
    rules: RobotFileParser,
    without: str = "",
) -> Sample:
    """Choose the pages: those named come first, whatever they are; others spread over the site.

    Of each first part of the path one page is taken in turn, the shortest paths first: a newspaper's
    sections, then articles of each. The same candidates give the same sample. What lies below the path
    ``without`` is left out.
    """
    chosen = list(dict.fromkeys(urldefrag(url).url for url in named))
    groups: dict[str, list[str]] = defaultdict(list)
    for url in sorted({urldefrag(url).url for url in candidates}, key=lambda u: (u.count("/"), len(u), u)):
        own = without and urlsplit(url).path.startswith(f"{without}/")
        if url not in chosen and not own and _is_page(url, hosts) and rules.can_fetch(AGENT, url):
            groups[_section(url)].append(url)
    known = len(chosen) + sum(map(len, groups.values()))
    turns = [groups[name] for name in sorted(groups)]
    while len(chosen) < most and any(turns):
        for group in turns:
            if group and len(chosen) < most:
                chosen.append(group.pop(0))
    return Sample(tuple(chosen), known)


def _is_page(url: str, hosts: frozenset[str]) -> bool:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or (parts.hostname or "") not in hosts:
        return False
    return not any(_ACTS.search(text) for text in (parts.path, parts.query)) and not _NOT_PAGES.search(
        parts.path
    )


def _section(url: str) -> str:
    return urlsplit(url).path.lstrip("/").partition("/")[0]
