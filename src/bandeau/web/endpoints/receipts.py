"""A reader's receipt: a page in plain words, files to keep, and a place to verify it.

Who knows the code sees the receipt: its 80 random bits are the key. An unknown code costs the same
work as a known one, so that the time of the answer says nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bandeau.core.consent import Event
from bandeau.core.policy import Policy
from bandeau.core.record import ConsentRecord
from bandeau.core.request import RequestHead, Response
from bandeau.errors import BandeauError
from bandeau.interop.dpv import dpv_receipt
from bandeau.interop.kantara import kantara_receipt
from bandeau.ledger.cosignature import verify_cosignatures
from bandeau.ledger.note import VerifierKey, parse_note
from bandeau.ledger.receipt import Receipt
from bandeau.ledger.receiptcode import read_code
from bandeau.site import Site
from bandeau.web.endpoints.answers import PRIVATE, answer, page
from bandeau.web.pages.build import build, short_hash
from bandeau.web.pages.render import render
from bandeau.web.pages.rendered import Rendered
from bandeau.web.pages.rows import Describer
from bandeau.web.pages.wording import Wording, wording
from bandeau.web.querystring import read_query

_PATH = re.compile(r"/receipt/([^/.]{1,64})(\.json|\.jsonld|\.kantara\.json)?")
_RFC3339 = "%Y-%m-%dT%H:%M:%SZ"
_EPOCH = date(1970, 1, 1)
_EVENTS = {
    Event.GIVEN: "receipt.given",
    Event.REFUSED: "receipt.refused_all",
    Event.WITHDRAWN: "receipt.withdrawn",
    Event.RENEWED: "receipt.renewed",
    Event.BY_SIGNAL: "receipt.by_signal",
    Event.IMPORTED: "receipt.imported",
}
#: What the script says; its places are filled in the browser.
_WORDS = (
    *("verify.working", "verify.good", "verify.bad", "verify.partly", "verify.unreadable", "verify.insecure"),
    "verify.unreachable",
    *("verify.record", "verify.record_bad", "verify.choices", "verify.entry", "verify.entry_bad"),
    *("verify.signature", "verify.signature_bad", "verify.signature_unknown", "verify.witness"),
    *("verify.log", "verify.log_bad", "verify.log_unknown", "receipt.allowed", "receipt.refused"),
)


@dataclass(frozen=True, slots=True)
class _Answer:
    title: str
    allowed: bool


@dataclass(frozen=True, slots=True)
class _Found:
    """A row with its record and receipt; ``known`` is false for the stand-in of an unknown code."""

    record: ConsentRecord
    receipt: Receipt
    known: bool


def receipt_page(site: Site, rendered: Rendered, head: RequestHead, where: str) -> Response | None:
    """Answer a receipt's path (below the prefix): its page or one of its files."""
    asked = _PATH.fullmatch(where)
    if asked is None:
        return None
    words = wording(rendered.language(read_query(head.query).get("lang", "")))
    try:
        found = _find(site, read_code(asked[1]))
    except BandeauError as error:
        site.log.error("a receipt could not be made: %s", error)
        return _message(rendered, words, 503, "receipt.later_title", "receipt.later")
    # Both are made whichever is given.
    missing = _message(rendered, words, 404, "receipt.none_title", "receipt.none")
    given = _answer(site, rendered, words, found, asked[2]) if found else missing
    return given if found is not None and found.known else missing


def verify_page(site: Site, rendered: Rendered, head: RequestHead) -> Response:
    """Answer the page on which any receipt of this site can be verified."""
    words = wording(rendered.language(read_query(head.query).get("lang", "")))
    return page(200, render("verifypage.html", **_common(site.policy, rendered, words)))


def _find(site: Site, code: str | None) -> _Found | None:
    heads = site.logs() if code is not None else []
    first = next(site.store.rows(heads[-1].origin, 0, 1), None) if heads else None
    if code is None or first is None:
        return None
    row, stand_in = site.kept(code), _stand_in(site)
    if row is None:
        return _Found(stand_in, site.receipt(first), known=False)
    return _Found(row.record(), site.receipt(row), known=True)


def _stand_in(site: Site) -> ConsentRecord:
    at = site.now().strftime(_RFC3339)
    answers = {purpose.id: False for purpose in site.policy.switches()}
    names = ("", "", site.policy.site.id, site.policy.site.environment, Event.REFUSED.value, "", "", "")
    return ConsentRecord(*names, at, 1, "", "", False, answers, {}, expires_at=at)


def _answer(site: Site, rendered: Rendered, words: Wording, found: _Found, kind: str | None) -> Response:
    page_ = _page(site, rendered, words, found)
    now = site.now().strftime(_RFC3339)
    if kind == ".jsonld":
        linked = dpv_receipt(found.record, site.policy, code=found.receipt.code, at=now)
        return _file(_pretty(linked), "application/ld+json")
    if kind == ".kantara.json":
        return _file(_pretty(kantara_receipt(found.record, site.policy)), "application/json")
    return page_ if kind is None else _file(found.receipt.to_json(), "application/json")


def _page(site: Site, rendered: Rendered, words: Wording, found: _Found) -> Response:
    record, receipt = found.record, found.receipt
    ended = record.event_at(site.now().strftime(_RFC3339)) is Event.EXPIRED
    until = words.day(_day(record.expires_at)) if record.expires_at else ""
    text = render(
        "receipt.html",
        **_common(site.policy, rendered, words),
        code=receipt.code,
        record=record,
        day=words.day(_day(record.at)),
        time=record.at[11:16],
        until="" if ended else until,
        ended=until if ended else "",
        event=words(_EVENTS[Event(record.event)]),
        answers=_answers(record, _titles(site.policy, words)),
        index=receipt.proof.index,
        witnesses=_witnesses(receipt, site.witnesses()),
        here=f"{rendered.prefix}/receipt/{receipt.code}",
        filename=f"{site.policy.site.id}-{receipt.code}",
    )
    return page(200, text)


def _common(policy: Policy, rendered: Rendered, words: Wording) -> dict[str, object]:
    return {
        "w": words,
        "site": policy.site,
        "prefix": rendered.prefix,
        "styles": (*rendered.style_urls, f"{rendered.prefix}/r.{short_hash(build().receipt)}.css"),
        "script": f"{rendered.prefix}/v.{short_hash(build().verify)}.js",
        "words": json.dumps({name.partition(".")[2]: words.text(name) for name in _WORDS}),
        "titles": json.dumps(_titles(policy, words)),
        "keys": " ".join(witness.key for witness in policy.proof.witnesses),
    }


def _titles(policy: Policy, words: Wording) -> dict[str, str]:
    """Return the names of today, in the order of the panel."""
    describer = Describer(policy, words)
    purposes = {purpose.id: describer.title(purpose) for purpose in policy.purposes}
    return purposes | {service.id: describer.service_title(service) for service in policy.services}


def _answers(record: ConsentRecord, titles: dict[str, str]) -> list[_Answer]:
    """Return what was answered; what is gone keeps its id."""
    said = {**record.purposes, **record.services}
    known = [name for name in titles if name in said]
    unknown = [name for name in said if name not in titles]
    return [_Answer(titles.get(name, name), said[name]) for name in (*known, *unknown)]


def _witnesses(receipt: Receipt, keys: Sequence[VerifierKey]) -> list[str]:
    found = verify_cosignatures(parse_note(receipt.proof.checkpoint), keys)
    return [each.witness.name for each in found]


def _day(at: str) -> int:
    return (date.fromisoformat(at[:10]) - _EPOCH).days


def _pretty(value: Mapping[str, object]) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"


def _file(body: bytes, content_type: str) -> Response:
    headers = (("content-disposition", "attachment"), ("x-robots-tag", "noindex"))
    return answer(200, body, content_type, cache=PRIVATE, headers=headers)


def _message(rendered: Rendered, words: Wording, status: int, title: str, text: str) -> Response:
    body = render(
        "message.html",
        w=words,
        styles=rendered.style_urls,
        kind="bd-page",
        title=words(title),
        text=words(text),
    )
    return page(status, body)
