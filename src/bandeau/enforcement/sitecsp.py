"""The site's own Content-Security-Policy: what it leaves us, and how it is made to admit our files.

Ours is sent as a header of its own, so browsers enforce both; the site's is never loosened for
anybody else's host.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from bandeau.core.request import ResponseHead
from bandeau.enforcement.csp import ENFORCED, REPORT_ONLY
from bandeau.enforcement.headers import Judge

#: The name under which our scripts ask for Trusted Types.
TRUSTED_TYPES_NAME = "bandeau"

Directives = dict[str, list[str]]
# CSP3 §6.8.1: where the directive for an element falls back to.
_SCRIPT = ("script-src-elem", "script-src", "default-src")
_STYLE = ("style-src-elem", "style-src", "default-src")
_CONNECT = ("connect-src", "default-src")
_FRAME = ("frame-src", "child-src", "default-src")
_FORM = ("form-action",)
_NONCE = re.compile(r"'nonce-([A-Za-z0-9+/_-]+={0,2})'")
_HASH = re.compile(r"'sha(?:256|384|512)-[A-Za-z0-9+/_-]+={0,2}'", re.IGNORECASE)
_INLINE_SCRIPT = re.compile(rb"<script(?![^>]*[\s\"'/]src=)[^>]*>(.*?)</script", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SiteCsp:
    """What a response's own policies mean for the wall.

    ``inline``: an inline script runs as it is. ``nonce``: it runs with this nonce. Neither: the
    wall must be external. ``admits``: an external script of ours can be made to run at all.
    """

    inline: bool = True
    nonce: str | None = None
    admits: bool = True
    trusted_types: bool = False
    restricts: bool = False

    @classmethod
    def of(cls, head: ResponseHead) -> SiteCsp:
        """Read the enforced policies of a response."""
        policies = [parse(text) for value in head.all(ENFORCED) for text in value.split(",")]
        scripts = [sources for policy in policies if (sources := _effective(policy, _SCRIPT)) is not None]
        strict = [sources for sources in scripts if not _runs_inline(sources)]
        return cls(
            inline=not strict,
            nonce=_common_nonce(strict),
            admits=not any("'strict-dynamic'" in map(str.lower, sources) for sources in scripts),
            trusted_types=any(
                "'script'" in policy.get("require-trusted-types-for", []) for policy in policies
            ),
            restricts=bool(policies or head.all(REPORT_ONLY)),
        )


def parse(text: str) -> Directives:
    """Read one serialized policy; of a directive given twice the first counts (CSP3 §2.2.1)."""
    found: Directives = {}
    for part in text.split(";"):
        tokens = part.split()
        if tokens:
            found.setdefault(tokens[0].lower(), tokens[1:])
    return found


def script_hashes(markup: Iterable[bytes]) -> tuple[str, ...]:
    """Return the hash sources of the inline scripts in markup of ours."""
    texts = [text for part in markup for text in _INLINE_SCRIPT.findall(part)]
    return tuple(f"'sha256-{b64encode(sha256(text).digest()).decode()}'" for text in dict.fromkeys(texts))


def admit(head: ResponseHead, source: str, hashes: tuple[str, ...]) -> None:
    """Let the site's own policies admit our files (``source``) and inline scripts (``hashes``)."""
    head.headers = [
        (name, _admit_all(value, source, hashes) if name.lower() in (ENFORCED, REPORT_ONLY) else value)
        for name, value in head.headers
    ]


def gate_reports(head: ResponseHead, judge: Judge) -> None:
    """Drop refused hosts from the ``report-uri`` of the site's own policies."""
    for index, (name, value) in enumerate(head.headers):
        if name.lower() in (ENFORCED, REPORT_ONLY) and "report-uri" in value.lower():
            head.headers[index] = (name, ", ".join(_gate_one(text, judge) for text in value.split(",")))


def _gate_one(text: str, judge: Judge) -> str:
    policy = parse(text)
    targets = policy.get("report-uri", [])
    kept = [url for url in targets if not judge(url, "report").hold]
    if len(kept) == len(targets):
        return text.strip()
    policy["report-uri"] = kept
    return _write({name: tokens for name, tokens in policy.items() if tokens or name != "report-uri"})


def _admit_all(value: str, source: str, hashes: tuple[str, ...]) -> str:
    return ", ".join(_admit_one(text, source, hashes) for text in value.split(","))


def _admit_one(text: str, source: str, hashes: tuple[str, ...]) -> str:
    policy = parse(text)
    before = {name: list(tokens) for name, tokens in policy.items()}
    scripts = _effective(policy, _SCRIPT)
    if scripts is not None and not _runs_inline(scripts):
        _add(policy, _SCRIPT, [h for h in hashes if h not in scripts])
    for places in (_SCRIPT, _STYLE, _CONNECT, _FRAME, _FORM):
        sources = _effective(policy, places)
        if sources is not None and not {"'self'", "*"} & {each.lower() for each in sources}:
            _add(policy, places, [source])
    return text.strip() if policy == before else _write(policy)


def _add(policy: Directives, places: tuple[str, ...], sources: list[str]) -> None:
    name = next(place for place in places if place in policy)
    if not sources:
        return
    kept = [source for source in policy[name] if source.lower() != "'none'"]
    # A hash in default-src would end 'unsafe-inline' for styles too: the script gets its own.
    target = places[0].removesuffix("-elem") if name == "default-src" else name
    policy[target] = [*kept, *sources]


def _effective(policy: Directives, places: tuple[str, ...]) -> list[str] | None:
    return next((policy[place] for place in places if place in policy), None)


def _runs_inline(sources: list[str]) -> bool:
    """CSP3 §6.7.3.2: a nonce, a hash or 'strict-dynamic' takes 'unsafe-inline' away."""
    if not any(source.lower() == "'unsafe-inline'" for source in sources):
        return False
    return not any(
        _NONCE.fullmatch(source) or _HASH.fullmatch(source) or source.lower() == "'strict-dynamic'"
        for source in sources
    )


def _common_nonce(strict: list[list[str]]) -> str | None:
    if not strict:
        return None
    nonces = [[m[1] for source in sources if (m := _NONCE.fullmatch(source))] for sources in strict]
    return next((nonce for nonce in nonces[0] if all(nonce in others for others in nonces[1:])), None)


def _write(policy: Directives) -> str:
    return "; ".join(" ".join([name, *tokens]) for name, tokens in policy.items())
