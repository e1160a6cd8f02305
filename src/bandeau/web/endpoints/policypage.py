"""The cookie and privacy tables, made from the declaration that is enforced."""

from __future__ import annotations

from bandeau.core.request import RequestHead, Response
from bandeau.web.endpoints.answers import page
from bandeau.web.pages.policytables import policy_text
from bandeau.web.pages.rendered import Rendered
from bandeau.web.querystring import read_query


def policy_page(rendered: Rendered, head: RequestHead) -> Response:
    """Answer the tables: the same for every reader."""
    language = rendered.language(read_query(head.query).get("lang", ""))
    return page(200, policy_text(rendered, language), cache="public, max-age=300")
