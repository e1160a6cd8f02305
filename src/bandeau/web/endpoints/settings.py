"""The settings page: every option with its state, and a form that works without JavaScript."""

from __future__ import annotations

from bandeau.core.consent import Consent
from bandeau.core.request import RequestHead, Response
from bandeau.enforcement.visit import Visit
from bandeau.errors import StoreError
from bandeau.site import Site
from bandeau.web.endpoints.answers import page
from bandeau.web.endpoints.lastchoice import last_choice
from bandeau.web.endpoints.origin import own_path
from bandeau.web.endpoints.returnpath import safe_path
from bandeau.web.endpoints.settling import standing_choice
from bandeau.web.pages.render import render
from bandeau.web.pages.rendered import Rendered, WallKey
from bandeau.web.pages.rows import Describer
from bandeau.web.pages.wording import wording
from bandeau.web.querystring import read_query


def settings_page(site: Site, rendered: Rendered, head: RequestHead, visit: Visit) -> Response:
    """Answer the settings page as it stands for this reader."""
    query = read_query(head.query)
    words = wording(rendered.language(query.get("lang", "")))
    describer = Describer(visit.policy, words, visit)
    known = standing_choice(visit)
    text = render(
        "settings.html",
        w=words,
        site=visit.policy.site,
        prefix=rendered.prefix,
        styles=rendered.style_urls,
        guard=rendered.guard_url,
        wall=rendered.wall_url(WallKey(visit.mode)),
        saved="saved" in query,
        code=_own_code(site, visit, query.get("saved", "")),
        last=last_choice(site, visit, words),
        can_withdraw=_has_granted(known),
        rows=describer.rows(),
        shown_gpc=True,
        revision=visit.policy.revision,
        notice=rendered.notice("settings", words.language).digest,
        back=_back(rendered, head, visit, query.get("return", "")),
        languages=[wording(language) for language in rendered.languages],
    )
    return page(200, text)


def _back(rendered: Rendered, head: RequestHead, visit: Visit, asked: str) -> str:
    """Return the page that the reader came from, never one of our own."""
    for path in (asked, own_path(head.first("referer"), head, visit.policy.site)):
        if safe_path(path, "") and not path.startswith(f"{rendered.prefix}/"):
            return path
    return "/"


def _own_code(site: Site, visit: Visit, code: str) -> str:
    """Return a receipt's code when it is this reader's: the page repeats no text of a link."""
    if not code or visit.subject_id is None:
        return ""
    try:
        record = site.store.find(code)
    except StoreError:
        return ""
    return code if record is not None and record.subject_id == visit.subject_id else ""


def _has_granted(known: Consent | None) -> bool:
    return known is not None and bool(known.granted or known.service_granted)
