"""Bandeau's own addresses: which there are, with which methods, and how much they read."""

from __future__ import annotations

import time
from dataclasses import replace

from bandeau.core.decision import to_ask
from bandeau.core.policy import Mode
from bandeau.core.request import RequestHead, Response
from bandeau.enforcement.visit import Visit
from bandeau.site import Site
from bandeau.storage.tokenfile import TokenFile, tokenfile_path
from bandeau.web.endpoints import choicepost, embeds
from bandeau.web.endpoints.answers import answer, problem
from bandeau.web.endpoints.api import QUESTION_BYTES, Api
from bandeau.web.endpoints.assets import asset, scriptless_style
from bandeau.web.endpoints.choices import post_choice
from bandeau.web.endpoints.embeds import embed_page
from bandeau.web.endpoints.lastchoice import last_fragment
from bandeau.web.endpoints.limits import Limits
from bandeau.web.endpoints.pending import Pending
from bandeau.web.endpoints.policypage import policy_page
from bandeau.web.endpoints.publiclog import public_log
from bandeau.web.endpoints.receipts import receipt_page, verify_page
from bandeau.web.endpoints.reports import REPORT_BYTES, Reports
from bandeau.web.endpoints.settings import settings_page
from bandeau.web.pages.inserts import Pages
from bandeau.web.pages.rendered import Rendered
from bandeau.web.tallies import Tallies

GPC_PATH = "/.well-known/gpc.json"
#: The day of this statement (W3C GPC, "GPC Support Resource"), not of the request.
_GPC_STATEMENT = b'{"gpc":true,"lastUpdate":"2026-11-23"}'
_READS = ("GET", "HEAD")
_NOT_FOUND = problem(404, "Not found", "There is nothing at this address.")


class Endpoints:
    """Answers what comes to Bandeau's own addresses."""

    def __init__(self, site: Site, pages: Pages | None = None, tallies: Tallies | None = None) -> None:
        self._site = site
        self._pages = pages or Pages(site)
        self.tallies = tallies or Tallies()
        self.reports = Reports(site.log, site.now, self.tallies)
        tokens = TokenFile(tokenfile_path(site.folder)) if site.folder is not None else None
        self._api = Api(site, tokens, self.tallies)
        self._limits = Limits(site.policy.proof.budget, time.monotonic)

    def owns(self, path: str) -> bool:
        """Tell whether a path is Bandeau's own; what lies there and is not known is 404."""
        prefix = self._site.policy.enforce.prefix
        return path in (GPC_PATH, prefix) or path.startswith(f"{prefix}/")

    def body_limit(self, head: RequestHead) -> int:
        """Return the most bytes of a body that are read; one more makes the answer 413."""
        where = self._below(head.path)
        if head.method != "POST":
            return 0
        if where == "/reports":
            return REPORT_BYTES
        if where.startswith("/api/"):
            return QUESTION_BYTES
        if where.startswith("/embed/"):
            return embeds.FORM_BYTES
        is_json = head.first("content-type").strip().lower().startswith(choicepost.JSON)
        return choicepost.JSON_BYTES if is_json else choicepost.FORM_BYTES

    def handle(self, head: RequestHead, body: bytes, visit: Visit) -> Response | Pending:
        """Answer a request; a posted choice is answered when the store has spoken."""
        if head.method == "POST" and len(body) > self.body_limit(head):
            return problem(413, "Too large", f"At most {self.body_limit(head)} bytes are read here.")
        if self._below(head.path).startswith("/api/"):
            return self._api.handle(head, body, self._below(head.path))
        if head.method == "POST":
            return self._post(head, body, visit)
        found = self._get(head, visit)
        if found is None:
            return _NOT_FOUND
        if head.method not in _READS:
            return _not_allowed("GET, HEAD, POST" if self._below(head.path) == "/choices" else "GET, HEAD")
        return replace(found, body=b"") if head.method == "HEAD" else found

    def _get(self, head: RequestHead, visit: Visit) -> Response | None:
        if head.path == GPC_PATH:
            return answer(200, _GPC_STATEMENT, "application/json", cache="public, max-age=86400")
        where, rendered = self._below(head.path), self._pages.rendered()
        if where == "/choices":
            return settings_page(self._site, rendered, head, visit)
        if where == "/last":
            return last_fragment(self._site, rendered, head, visit)
        if where == "/policy":
            return policy_page(rendered, head)
        if where == "/s.css":
            return scriptless_style(visit, asks=_asks(visit))
        if where.startswith("/embed/"):
            return embed_page(rendered, head, b"", visit, where.removeprefix("/embed/"))
        if where in ("/reports", "/lost"):
            return _not_allowed("POST")
        return self._proof(head, where, rendered) or asset(rendered, where, head.query)

    def _proof(self, head: RequestHead, where: str, rendered: Rendered) -> Response | None:
        if where == "/verify":
            return verify_page(self._site, rendered, head)
        if where.startswith("/log/"):
            return public_log(self._site, where)
        if where.startswith("/receipt/"):
            return receipt_page(self._site, rendered, head, where)
        return None

    def _post(self, head: RequestHead, body: bytes, visit: Visit) -> Response | Pending:
        where = self._below(head.path)
        if where == "/choices":
            return post_choice(self._site, self._pages, self._limits, self.tallies, head, body, visit)
        if where == "/reports":
            return self.reports.take(head, body)
        if where == "/lost":
            return self.reports.lost()
        if where.startswith("/embed/"):
            return embed_page(self._pages.rendered(), head, body, visit, where.removeprefix("/embed/"))
        found = self._get(head, visit)
        return (
            problem(404, "Not found", "There is nothing at this address.")
            if found is None
            else _not_allowed("GET, HEAD")
        )

    def _below(self, path: str) -> str:
        prefix = self._site.policy.enforce.prefix
        return path.removeprefix(prefix) if path.startswith(f"{prefix}/") else ""


def _asks(visit: Visit) -> bool:
    asked = to_ask(visit.policy, visit.known, visit.today, visit.signals, visit.regime)
    return visit.mode is Mode.ENFORCE and bool(asked)


def _not_allowed(methods: str) -> Response:
    return problem(405, "Method not allowed", f"Use {methods} here.", headers=(("allow", methods),))
