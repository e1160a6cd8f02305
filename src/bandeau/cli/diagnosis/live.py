"""What the live site sends: Bandeau's place in it, and who changes pages on the way."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from io import BytesIO
from urllib.parse import urljoin, urlsplit

from bandeau.cli.diagnosis.finding import Finding, error, ok, warning
from bandeau.core.policy import Mode, Policy

_SECONDS = 15.0
_MOST_BYTES = 32 * 1024 * 1024
#: Common proxies hold so much of a response's head (nginx: proxy_buffer_size).
_HEAD_BYTES = 4_000
_SKEW_SECONDS = 60
_GUARD = re.compile(rb'<script[^>]*\ssrc="([^"]*/g\.[0-9a-f]+\.js)"')
_SCRIPT = re.compile(rb"<script\b[^>]*>", re.IGNORECASE)

#: Who rewrites scripts on the way, by what they leave in a page, and how it is switched off.
REWRITERS: tuple[tuple[str, re.Pattern[bytes], str], ...] = (
    (
        "Cloudflare Rocket Loader",
        re.compile(rb"/cdn-cgi/scripts/[^\"']*rocket-loader|type=\"[0-9a-f]{24}-text/javascript", re.I),
        "switch it off: Cloudflare, Speed, Optimization, Rocket Loader",
    ),
    (
        "Cloudflare Zaraz",
        re.compile(rb"/cdn-cgi/zaraz/", re.I),
        "switch it off: Cloudflare, Zaraz; declare its tools in the policy",
    ),
    (
        "Cloudflare Web Analytics",
        re.compile(rb"static\.cloudflareinsights\.com/beacon", re.I),
        "declare it (bandeau reports), or switch automatic setup off",
    ),
    (
        "Cloudflare Mirage or e-mail obfuscation",
        re.compile(rb"/cdn-cgi/(?:scripts|mirage|l/email-protection)", re.I),
        "switch it off: Cloudflare, Scrape Shield and Speed",
    ),
    ("PageSpeed", re.compile(rb"\.pagespeed\.|pagespeed_no_defer|data-pagespeed", re.I), "pagespeed off;"),
    (
        "WP Rocket",
        re.compile(rb"rocketlazyloadscript|data-rocket-src", re.I),
        "WP Rocket: do not delay JavaScript",
    ),
    ("LiteSpeed Cache", re.compile(rb"type=[\"']litespeed/javascript", re.I), "LiteSpeed: JS Deferred off"),
    ("NitroPack", re.compile(rb"nitropack|nitro-lazy", re.I), "NitroPack: do not delay scripts"),
    ("Fasterize", re.compile(rb"data-frz-|fasterize", re.I), "Fasterize: do not defer scripts"),
    (
        "Akamai mPulse",
        re.compile(rb"BOOMR|go-mpulse\.net", re.I),
        "declare it (bandeau reports), or switch it off",
    ),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a site sent: header names in lower case, the body decoded."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def head_bytes(self) -> int:
        """How large the head is, roughly."""
        return sum(len(name) + len(value) + 4 for name, value in self.headers.items())


def fetch(url: str) -> Answer:
    """Ask for an address as a browser without any choice does; no redirect is followed.

    Raises:
        OSError, HTTPException, ValueError: nothing that can be read answers.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("not an http or https address")
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=_SECONDS)
    headers = {"Accept": "text/html,*/*;q=0.8", "Accept-Encoding": "gzip", "Sec-Fetch-Dest": "document"}
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", path, headers={**headers, "User-Agent": "bandeau doctor"})
        response = connection.getresponse()
        raw = response.read(_MOST_BYTES)
        kept: dict[str, str] = {}
        for name, value in response.getheaders():
            kept[name.lower()] = f"{kept[name.lower()]}, {value}" if name.lower() in kept else value
        return Answer(url, response.status, kept, _decoded(raw, kept.get("content-encoding", "")))
    finally:
        connection.close()


def live(policy: Policy, url: str, now: datetime) -> Iterator[Finding]:
    """Yield what is found at an address."""
    try:
        answer = fetch(url)
    except (OSError, HTTPException, ValueError, EOFError, zlib.error) as problem:
        yield error("site", f"{url}: {problem}", f"curl -I {url}")
        return
    yield from examine(policy, answer, now)
    guard = _GUARD.search(answer.body)
    if guard is not None:
        yield _guard(urljoin(url, guard[1].decode("ascii", "replace")))


def examine(policy: Policy, answer: Answer, now: datetime) -> Iterator[Finding]:
    """Yield what one answer shows; pure."""
    if answer.status != 200 or "html" not in answer.headers.get("content-type", ""):
        place = answer.headers.get("location", "")
        sentence = f"{answer.url} answered {answer.status}, and no page"
        yield error("site", sentence, f"bandeau doctor --url {place or 'the address of a page'}")
        return
    yield from _place(policy, answer)
    yield from _rewriters(answer)
    yield from _caches(answer)
    yield _size(policy, answer)
    yield from _head(answer)
    yield from _skew(answer, now)


def _place(policy: Policy, answer: Answer) -> Iterator[Finding]:
    """Whether Bandeau stands around the site, once, and outside of what else changes pages."""
    guards = list(_GUARD.finditer(answer.body))
    mode = policy.enforce.mode_for(urlsplit(answer.url).hostname or "", urlsplit(answer.url).path or "/")
    if not guards:
        if mode is Mode.OFF:
            yield warning(
                "middleware", "the mode is off here, and nothing is in the page", "bandeau check --ready"
            )
            return
        sentence = "nothing of Bandeau is in the page: it is not around the site, or could not read the page"
        yield error(
            "middleware", sentence, "put Bandeau outside of what compresses (docs/how-to), then ask again"
        )
        return
    if len(guards) > 1:
        sentence = "Bandeau stands in the page twice: around the application and in front of it"
        yield error("middleware", sentence, "take one away: the middleware, or bandeau proxy")
        return
    if _comes_late(answer.body, guards[0]):
        yield error(
            "middleware",
            "a script stands before the wall: something adds to the page after Bandeau",
            "put Bandeau outermost (manage.py check), or switch off what the CDN inserts",
        )
    else:
        yield ok("middleware", "the wall stands first in the page, once")


def _comes_late(body: bytes, guard: re.Match[bytes]) -> bool:
    """Tell whether a script that is not ours stands before the guard: two of ours may, wall and fallback."""
    first = _SCRIPT.search(body)
    before = _SCRIPT.findall(body[: guard.start()])
    if first is None or first.start() == guard.start() or len(before) > 2:
        return True
    text = body[first.end() : body.find(b"</script", first.end())]
    return b"/w." not in first[0] and b"window.bd" not in text


def _rewriters(answer: Answer) -> Iterator[Finding]:
    found = [(name, remedy) for name, pattern, remedy in REWRITERS if pattern.search(answer.body)]
    for name, remedy in found[:5]:
        yield warning("CDN", f"{name} changes scripts: held ones may run, released ones may not", remedy)
    if not found:
        yield ok("CDN", "nobody known to rewrite scripts is in the page")


def _caches(answer: Answer) -> Iterator[Finding]:
    control = answer.headers.get("cache-control", "").lower()
    states = [answer.headers.get(name, "") for name in ("cf-cache-status", "x-cache", "x-cache-status")]
    hit = any("hit" in state.lower() for state in states) or answer.headers.get("age", "0") not in ("", "0")
    if "private" in control and hit:
        sentence = "a shared cache answers with a private page: one reader's choice reaches another"
        yield error("cache", sentence, "let it obey Cache-Control: private and Vary (docs/how-to/nginx.md)")


def _size(policy: Policy, answer: Answer) -> Finding:
    size, most = len(answer.body), policy.enforce.max_body_bytes
    sentence = f"the page has {size:,} of {most:,} bytes (enforce.max_body_bytes)"
    if size * 2 > most:
        return warning("size", sentence, "raise enforce.max_body_bytes, then run: bandeau check")
    return ok("size", sentence)


def _head(answer: Answer) -> Iterator[Finding]:
    if answer.head_bytes > _HEAD_BYTES:
        sentence = f"the head has {answer.head_bytes:,} bytes: a proxy with small buffers answers 502"
        yield warning("size", sentence, "bandeau snippet nginx (proxy_buffer_size)")


def _skew(answer: Answer, now: datetime) -> Iterator[Finding]:
    try:
        theirs = parsedate_to_datetime(answer.headers.get("date", ""))
        skew = (theirs - now).total_seconds()
    except (ValueError, TypeError):
        return
    if abs(skew) > _SKEW_SECONDS:
        yield error("clock", f"the site's clock is {skew:+,.0f} seconds from this one", "timedatectl status")


def _guard(url: str) -> Finding:
    try:
        answer = fetch(url)
    except (OSError, HTTPException, ValueError, EOFError, zlib.error) as problem:
        return error("guard", f"{url}: {problem}", f"curl -I {url}")
    if answer.status != 200 or "javascript" not in answer.headers.get("content-type", ""):
        sentence = f"{url} answered {answer.status}: pages hold all and release nothing"
        return error("guard", sentence, "let the prefix (/bandeau/*) reach Bandeau: bandeau snippet nginx")
    return ok("guard", "it comes")


def _decoded(raw: bytes, encoding: str) -> bytes:
    if encoding.strip().lower() not in ("gzip", "x-gzip"):
        return raw
    with gzip.GzipFile(fileobj=BytesIO(raw)) as opened:
        return opened.read(_MOST_BYTES)
