"""A reader's last choice: its day, its receipt, and what it allows now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bandeau.core.request import RequestHead, Response
from bandeau.enforcement.visit import Visit
from bandeau.errors import StoreError
from bandeau.site import Site
from bandeau.web.endpoints.answers import PRIVATE, answer
from bandeau.web.endpoints.settling import standing_choice
from bandeau.web.pages.render import render
from bandeau.web.pages.rendered import Rendered
from bandeau.web.pages.rows import Describer
from bandeau.web.pages.wording import Wording, wording
from bandeau.web.querystring import read_query

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class LastChoice:
    """What is said of it.

    Before the first choice ``day`` is ``""``; ``code`` is ``""`` also while the store cannot be asked.
    """

    day: str
    iso: str
    code: str
    now: list[str]
    without: list[str]


def last_choice(site: Site, visit: Visit, words: Wording) -> LastChoice:
    """Return what is known of a reader's last choice, and what stands now.

    The record speaks; a choice cookie whose record is out of reach still tells its day.
    """
    known, recorded = standing_choice(visit), _recorded(site, visit)
    day = iso = code = ""
    if recorded is not None:
        code, iso = recorded
        day = words.day((date.fromisoformat(iso[:10]) - _EPOCH).days)
    elif known is not None:
        day, iso = words.day(known.day), words.iso_day(known.day)
    describer = Describer(visit.policy, words, visit)
    return LastChoice(day, iso, code, describer.allowed_now(), describer.allowed_without())


def last_fragment(site: Site, rendered: Rendered, head: RequestHead, visit: Visit) -> Response:
    """Answer what the panel, which is the same for everybody, says to this reader alone."""
    words = wording(rendered.language(read_query(head.query).get("lang", "")))
    text = render("last.html", w=words, prefix=rendered.prefix, last=last_choice(site, visit, words))
    vary = (("vary", "Cookie, Sec-GPC"),)
    return answer(200, text.encode(), "text/html; charset=utf-8", cache=PRIVATE, headers=vary)


def _recorded(site: Site, visit: Visit) -> tuple[str, str] | None:
    """Return code and time of the reader's newest record."""
    if visit.subject_id is None:
        return None
    try:
        rows = site.store.kept_of_subject(visit.subject_id)
        return (rows[-1].code, rows[-1].record().at) if rows else None
    except StoreError:
        return None
