"""Embeds in frames of our own: refused, allowed once, or allowed."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urlencode

import can_ada

from bandeau.core.policy import Kind, Policy, Service
from bandeau.core.request import RequestHead, Response
from bandeau.enforcement.visit import Visit
from bandeau.web.endpoints.answers import PAGE_CSP, page, problem
from bandeau.web.endpoints.origin import refusal_of
from bandeau.web.pages.notices import placeholder
from bandeau.web.pages.render import render
from bandeau.web.pages.rendered import Rendered
from bandeau.web.pages.rows import Describer
from bandeau.web.pages.wording import Wording, wording
from bandeau.web.querystring import read_query

#: The most bytes of a form that says "once".
FORM_BYTES = 16 * 1024
_LONGEST = 4_096
#: The service's frame takes all of ours, whose size the page has set.
_PLAYER_STYLE = "html,body,iframe{display:block;width:100%;height:100%;margin:0;border:0}"
_STYLE_HASH = b64encode(sha256(_PLAYER_STYLE.encode()).digest()).decode()


@dataclass(frozen=True, slots=True)
class _Frame:
    service: Service
    target: str
    here: str
    words: Wording


def embed_page(rendered: Rendered, head: RequestHead, body: bytes, visit: Visit, service_id: str) -> Response:
    """Answer the document inside an embed's frame.

    Allowed, it holds the real frame, under a policy that lets this service be framed and nothing
    else. Refused, it says who would receive what and offers two forms. "Once" is answered at
    once and leaves nothing behind: no cookie, no record, no token that could be passed on.
    """
    if head.method == "POST":
        reason = refusal_of(head, visit.policy.site)
        if reason:
            return problem(403, "Not from this site", reason)
    query = read_query(head.query)
    language = rendered.language(query.get("lang", ""))
    words = wording(language)
    service = _embed(visit.policy, service_id)
    target = "" if service is None else _target(rendered, service, query.get("u", ""))
    if service is None or not target:
        return _wrong(rendered, words)
    here = f"{rendered.prefix}/embed/{service.id}?{urlencode({'u': target, 'lang': language})}"
    frame = _Frame(service, target, here, words)
    once = head.method == "POST" and body.split(b"&").count(b"once=1") == 1
    if once or visit.decide(service.id).allowed:
        return _player(frame, visit)
    return _placeholder(rendered, frame)


def _embed(policy: Policy, service_id: str) -> Service | None:
    try:
        service = policy.service(service_id)
    except KeyError:
        return None
    return service if service.kind is Kind.EMBED else None


def _target(rendered: Rendered, service: Service, url: str) -> str:
    """Return the URL to show when it is one of this service's, as browsers will read it."""
    if not url or len(url) > _LONGEST:
        return ""
    try:
        parsed = can_ada.parse(url)
    except ValueError:
        return ""
    if parsed.protocol not in ("https:", "http:") or parsed.username or parsed.password:
        return ""
    match = rendered.hosts.match(str(parsed.href), "")
    return str(parsed.href) if match.service is service else ""


def _player(frame: _Frame, visit: Visit) -> Response:
    text = render(
        "player.html",
        w=frame.words,
        style=_PLAYER_STYLE,
        service=Describer(visit.policy, frame.words).service_title(frame.service),
        target=frame.target,
    )
    sources = " ".join(pattern.csp_source for pattern in frame.service.hosts)
    csp = (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-src {sources}; "
        "form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
    )
    return page(200, text, csp=csp)


def _placeholder(rendered: Rendered, frame: _Frame) -> Response:
    service, language = frame.service, frame.words.language
    notice = rendered.notice("embed", language, service.id).digest
    text = placeholder(rendered, service, language, notice=notice, target=frame.target, here=frame.here)
    return page(200, text, csp=PAGE_CSP)


def _wrong(rendered: Rendered, words: Wording) -> Response:
    text = render(
        "message.html",
        w=words,
        styles=rendered.style_urls,
        kind="bd-embed",
        title=words("embed.wrong_title"),
        text=words("embed.wrong"),
    )
    return page(400, text)
