"""The header gate: what a response's headers may make a browser fetch, and its cache headers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bandeau.core.request import ResponseHead
from bandeau.enforcement.html.rules import Verdict
from bandeau.enforcement.html.urls import candidates, refresh_targets

#: Judges (url, destination) as they stand in a header.
Judge = Callable[[str, str], Verdict]

#: Says that Bandeau answered in the place of a collector, which heard nothing. Only Bandeau says it: an audit
#: believes it of the site's own hosts.
HELD = ("x-bandeau", "held")

#: Link relations that fetch, connect or resolve by themselves; Firefox also applies style sheets.
FETCHING = {
    "preload": "preload",
    "modulepreload": "preload",
    "prefetch": "prefetch",
    "prerender": "prefetch",
    "next": "prefetch",
    "preconnect": "preconnect",
    "dns-prefetch": "preconnect",
    "stylesheet": "style",
    "icon": "icon",
    "manifest": "manifest",
    "compression-dictionary": "prefetch",
}
# RFC 8288 §3: <target> and its parameters, up to the comma that ends the entry.
_LINK = re.compile(r'\s*+<(?P<url>[^>]*+)>(?P<rest>(?:[^,"]++|"(?:[^"\\]++|\\.)*+"?)*+)(?:,|\Z)', re.DOTALL)
_PARAMETER = re.compile(
    r';\s*+(?P<name>[\w*-]++)\s*+(?:=\s*+(?:"(?P<quoted>(?:[^"\\]++|\\.)*+)"?|(?P<plain>[^;,\s"]*+)))?'
)
# Parameters as RFC 8288 writes them: browsers differ over a quote inside a bare value.
_PARAMETERS = re.compile(
    r'(?:\s*+;\s*+(?:[\w*-]++\s*+(?:=\s*+(?:"(?:[^"\\]++|\\.)*+"|[^;,\s"]*+))?+)?+)*+\s*+,?+'
)
# RFC 9651 dictionary member: name="url" with parameters.
_MEMBER = re.compile(r'\s*+(?P<name>[a-z*][\w.*-]*+)\s*+=\s*+"(?P<url>(?:[^"\\]++|\\.)*+)"[^,]*+(?:,|\Z)')
_DIRECTIVE = re.compile(r'\s*+([^=,\s"]++)\s*+(?:=\s*+("(?:[^"\\]++|\\.)*+"|[^,"]*+))?[^,]*+(?:,|\Z)')


def gate_links(head: ResponseHead, judge: Judge) -> None:
    """Drop the ``Link`` entries that would fetch what is refused; the others stay byte for byte."""
    kept: list[tuple[str, str]] = []
    for name, value in head.headers:
        if name.lower() == "link":
            value = ",".join(_kept_links(value, judge)).strip()
            if not value:
                continue
        kept.append((name, value))
    head.headers = kept


def gate_others(head: ResponseHead, judge: Judge) -> None:
    """Drop what else in the headers would call a refused host; switch DNS prefetching off."""
    # The rules named by Speculation-Rules are fetched and followed outside every CSP.
    head.drop("speculation-rules")
    kept = []
    for name, value in head.headers:
        gate = _GATES.get(name.lower())
        if gate is not None:
            value = gate(value, judge)
            if not value:
                continue
        kept.append((name, value))
    head.headers = kept
    if not head.all("report-to") and not head.all("reporting-endpoints"):
        head.drop("nel")


def _kept_links(value: str, judge: Judge) -> Iterator[str]:
    position = 0
    while position < len(value):
        found = _LINK.match(value, position)
        if found is None:
            # Not what RFC 8288 allows, and browsers differ in what they read: nothing of it is sent.
            return
        if not _fetches_refused(found["url"], found["rest"], judge):
            yield found.group().rstrip(",")
        position = found.end()


def _fetches_refused(url: str, rest: str, judge: Judge) -> bool:
    parameters: dict[str, str] = {}
    for found in _PARAMETER.finditer(rest):
        # RFC 8288 §3.3: the first of several rel parameters counts.
        text = found["plain"] if found["quoted"] is None else re.sub(r"\\(.)", r"\1", found["quoted"])
        parameters.setdefault(found["name"].lower(), text or "")
    destinations = [FETCHING[rel] for rel in parameters.get("rel", "").lower().split() if rel in FETCHING]
    if _PARAMETERS.fullmatch(rest) is None:
        destinations.append("preload")
    if not destinations:
        return False
    urls = [url, *candidates(parameters.get("imagesrcset", ""))]
    return any(judge(each, destination).hold for each in urls for destination in destinations)


def _gate_refresh(value: str, judge: Judge) -> str:
    return "" if any(judge(target, "refresh").hold for target in refresh_targets(value)) else value


def _gate_report_to(value: str, judge: Judge) -> str:
    # Reporting API, first edition: JSON objects separated by commas, as in a list.
    try:
        groups = json.loads(f"[{value}]")
        kept = [group for group in groups if not any(judge(url, "report").hold for url in _endpoints(group))]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return ""
    return value if len(kept) == len(groups) else ", ".join(json.dumps(group) for group in kept)


def _endpoints(group: object) -> list[str]:
    if not isinstance(group, dict):
        raise TypeError("a group is an object")
    return [str(endpoint["url"]) for endpoint in group["endpoints"]]


def _gate_endpoints(value: str, judge: Judge) -> str:
    members, position = [], 0
    while position < len(value):
        found = _MEMBER.match(value, position)
        if found is None:
            return ""
        if not judge(found["url"], "report").hold:
            members.append(found.group().rstrip(",").strip())
        position = found.end()
    return ", ".join(members)


_GATES: dict[str, Callable[[str, Judge], str]] = {
    "refresh": _gate_refresh,
    "report-to": _gate_report_to,
    "reporting-endpoints": _gate_endpoints,
}
#: The headers that are looked at on every response.
GATED = frozenset(
    {
        "link",
        "speculation-rules",
        "nel",
        "content-security-policy",
        "content-security-policy-report-only",
        *_GATES,
    }
)


@dataclass(frozen=True, slots=True)
class CacheControl:
    """The directives of a response's ``Cache-Control`` headers, lower case."""

    directives: dict[str, str]

    @classmethod
    def of(cls, head: ResponseHead) -> CacheControl:
        """Read all ``Cache-Control`` headers (RFC 9111 §5.2)."""
        found: dict[str, str] = {}
        for value in head.all("cache-control"):
            for match in _DIRECTIVE.finditer(value):
                found.setdefault(match[1].lower(), match[2] or "")
        return cls(found)

    def __contains__(self, name: str) -> bool:
        return name in self.directives

    @property
    def is_public(self) -> bool:
        """Whether a shared cache was explicitly invited, and nothing forbids it."""
        if "private" in self or "no-store" in self:
            return False
        return "public" in self or "s-maxage" in self


#: Headers by which other caches than the browser's are told to keep a response.
_SHARED_CACHES = ("surrogate-control", "cdn-cache-control", "surrogate-key", "edge-control")


def make_private(head: ResponseHead, *, vary: tuple[str, ...], no_store: bool) -> None:
    """Keep a response that depends on the reader out of shared caches.

    A page that says nothing about its freshness must be checked again each time, or a browser
    would guess (RFC 9111 §4.2.2) and show the page of an earlier choice.
    """
    control = CacheControl.of(head)
    head.headers = [
        pair
        for pair in head.headers
        if pair[0].lower() not in _SHARED_CACHES and not pair[0].lower().endswith("-cdn-cache-control")
    ]
    kept = [
        f"{name}={value}" if value else name
        for name, value in control.directives.items()
        if name not in ("public", "private", "s-maxage", "proxy-revalidate", "stale-while-revalidate")
    ]
    fresh = any(name in control for name in ("max-age", "no-cache", "no-store")) or head.first("expires")
    if no_store:
        kept = ["no-store"]
    elif not fresh:
        kept.append("no-cache")
    head.set("cache-control", ", ".join(["private", *kept]))
    add_vary(head, vary)


def add_vary(head: ResponseHead, names: tuple[str, ...]) -> None:
    """Add names to ``Vary`` that are not there yet."""
    present = [name.strip() for value in head.all("vary") for name in value.split(",") if name.strip()]
    if "*" in present:
        return
    known = {name.lower() for name in present}
    missing = [name for name in names if name.lower() not in known]
    if missing:
        head.set("vary", ", ".join([*present, *missing]))


#: What describes the bytes of a body, and is wrong once they are changed.
_BODY_DIGESTS = ("content-md5", "digest", "content-digest", "repr-digest", "last-modified", "accept-ranges")


def forget_body(head: ResponseHead, mark: Callable[[], str]) -> None:
    """Correct the headers of a response whose body is changed.

    ``Last-Modified`` goes too: a page of an earlier choice must not be confirmed by its date.
    """
    head.drop("content-length", *_BODY_DIGESTS)
    mark_etag(head, mark)


def mark_etag(head: ResponseHead, mark: Callable[[], str]) -> None:
    """Make the entity tag, if there is one, name what was made of the original."""
    tag = head.first("etag")
    if tag:
        head.set("etag", suffixed_etag(tag, mark()))


def suffixed_etag(tag: str, suffix: str) -> str:
    """Return a weak entity tag that names the original and what was made of it.

    >>> suffixed_etag('"abc"', "5.s")
    'W/"abc-bd5.s"'
    """
    return f'W/"{tag.removeprefix("W/").strip(chr(34))}-bd{suffix}"'


_TAG = re.compile(r'\s*+(?P<tag>(?:W/)?"[^"]*+"|\*)\s*+(?:,|\Z)')
_SUFFIX = re.compile(r'(?:W/)?"(?P<tag>[^"]*)-bd(?P<suffix>[0-9a-z.]+)"')


def original_etags(value: str, suffixes: frozenset[str], *, strict: bool) -> dict[str, str]:
    """Return the tags of an ``If-None-Match`` that the application is asked about.

    The keys are its own tags, the values what the browser calls them. Our tags of another
    revision or choice are left out; tags without our mark only pass when not ``strict``, for a
    page from before Bandeau must not be confirmed.
    """
    found = {}
    position = 0
    while position < len(value) and (match := _TAG.match(value, position)):
        ours = _SUFFIX.fullmatch(match["tag"])
        if ours is None and not strict:
            found[match["tag"]] = match["tag"]
        elif ours is not None and ours["suffix"] in suffixes:
            # Strong, for applications that compare texts: If-None-Match ignores W/ (RFC 9110 §13.1.2).
            found[f'"{ours["tag"]}"'] = match["tag"]
        position = match.end()
    return found
