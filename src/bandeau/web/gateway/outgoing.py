"""A response on its way out: its body is passed on, rewritten as a page, or left under a closed policy."""

from __future__ import annotations

import itertools
import logging
import re
import threading
from dataclasses import replace
from typing import Protocol

from bandeau.core.policy import Mode, Wall
from bandeau.core.request import RequestHead
from bandeau.enforcement.exchange import ResponsePlan, Work
from bandeau.enforcement.html import Charset, Inserts, Memo, Met, Rewriter, Rewritten
from bandeau.enforcement.sitecsp import admit, script_hashes
from bandeau.enforcement.visit import Visit
from bandeau.web.gateway.bodies import (
    Body,
    Commented,
    Decoder,
    Encoder,
    Opening,
    Recoded,
    UnreadableBody,
    is_settled,
    slices,
)
from bandeau.web.tallies import Tallies

#: A larger piece is rewritten in a thread, so that an event loop goes on: the dearest markup takes
#: more than a microsecond a byte, and a loop is held for 5 ms at most.
LIGHT_BYTES = 4 * 1024
_MEMO_BYTES = 32 * 1024 * 1024
_MEMO_LARGEST = 512 * 1024
_MOST_INSERTS = 1_024
_LANGUAGE = re.compile(r"\s*([A-Za-z]{2,8})")
_PLAIN_TYPE = re.compile(r"\s*text/html\s*", re.IGNORECASE)


class Pages(Protocol):
    """What a page receives from Bandeau."""

    def inserts(
        self,
        visit: Visit,
        language: str,
        *,
        shared: bool,
        nonce: str | None,
        external: bool,
        posted: bool,
        origin: str,
    ) -> Inserts:
        """Return the markup; for a ``shared`` page it hangs on nothing of the reader's."""

    def links(self, language: str = "") -> str:
        """Return the permanent links, for a template that places them itself."""

    def policy_tables(self, language: str = "") -> str:
        """Return the tables of the policy, for a page of the site's own."""


class Workshop:
    """What all responses of a site share: inserts, the memo of rewritten pages, the log."""

    def __init__(self, pages: Pages, log: logging.Logger, tallies: Tallies) -> None:
        self.pages, self.log, self.tallies = pages, log, tallies
        self._lock = threading.Lock()  # guards _memo and _numbers
        self._memo = Memo(_MEMO_BYTES)
        self._numbers: dict[tuple[Inserts | None, bytes | None], int] = {}
        self._next = itertools.count()

    def recall(self, body: bytes, plan: ResponsePlan, extra: str) -> Rewritten | None:
        """Return the page that this very body became for the same choice, when it is remembered."""
        with self._lock:
            return self._memo.get(body, plan.compiled.policy.revision, plan.allowed, extra)

    def remember(self, body: bytes, plan: ResponsePlan, extra: str, page: Rewritten) -> None:
        """Keep a rewritten page."""
        with self._lock:
            self._memo.put(body, plan.compiled.policy.revision, plan.allowed, extra, page)

    def number(self, inserts: Inserts | None, release: bytes | None) -> int:
        """Return a number that stands for exactly these inserts, and is never used again."""
        key = (inserts, release)
        with self._lock:
            if len(self._numbers) >= _MOST_INSERTS:
                self._numbers.clear()
            found = self._numbers.get(key)
            if found is None:
                found = self._numbers[key] = next(self._next)
            return found


class Outgoing:
    """A response on its way out: feed it the body; send the head once it is ``ready``."""

    def __init__(self, workshop: Workshop, plan: ResponsePlan) -> None:
        self._workshop, self._plan = workshop, plan
        self.head = plan.head
        self.ready = True
        self._body: Body | None = None
        self._page: Page | None = None
        self._prepared: Page | str | None = None
        self._raw: list[bytes] = []
        self._first = b""
        self._decoder = Decoder(plan.encoding, most_bytes=plan.compiled.policy.enforce.max_body_bytes)
        if plan.problem:
            self._report(plan.problem, plan.problem.partition(" with ")[0])
        if plan.request.method == "HEAD":
            if plan.work is Work.PAGE:
                plan.as_page()
        elif plan.work is Work.PAGE:
            self.ready = False
        elif plan.work is Work.COMMENT:
            self._body = Recoded(self._decoder, Encoder(plan.encoding), Commented(self._comment()))

    @property
    def passes(self) -> bool:
        """Whether the body goes through as it is."""
        return self.ready and self._body is None

    def is_heavy(self, data: bytes, *, last: bool = False) -> bool:
        """Tell whether the next bytes may take so long that they would hold an event loop.

        A page that is remembered takes no time; what is compressed may be a thousand times as long.
        """
        if self.passes:
            return False
        if self._plan.encoding not in ("", "identity"):
            return True
        if len(data) <= LIGHT_BYTES:
            return False
        is_whole = last and not self.ready and not self._raw
        return not (is_whole and self._is_remembered(data))

    def _is_remembered(self, body: bytes) -> bool:
        try:
            page = self._prepare(body)
        except Exception:  # what is wrong is told when the body is fed
            return False
        return isinstance(page, Page) and page.recall(body) is not None

    def feed(self, data: bytes, *, last: bool = False) -> bytes:
        """Take the next bytes of the body and return what can be sent.

        Args:
            last: nothing follows; ``close`` is not called then.

        Raises:
            UnreadableBody: the head is gone already, and the rest cannot be read.
        """
        if not self.ready:
            return self._open(data, last=last)
        if self._body is None:
            return data
        if last and self._plan.shared and self._plan.visit.asked:
            self._workshop.log.error(
                "page %s asked for a decision after its head had gone: a shared cache may keep it", self._path
            )
        try:
            output = self._body.feed(data)
            return output + self._end(self._body) if last else output
        except UnreadableBody as error:
            self._workshop.tallies.failed("page is cut off: unreadable")
            self._workshop.log.error("page %s %s: the connection is ended", self._path, error)
            raise

    def close(self) -> bytes:
        """End the body and return the rest."""
        return self.feed(b"", last=True)

    def _end(self, body: Body) -> bytes:
        output = body.close()
        if self._page is not None:
            self._page.tell()
        return output

    def _open(self, data: bytes, *, last: bool) -> bytes:
        """Collect the first bytes until the head can be completed."""
        self._raw.append(data)
        try:
            self._first += b"".join(self._decoder.feed(data))
            if last:
                self._decoder.close()
        except UnreadableBody as error:
            return self._leave(str(error), "is unreadable")
        if not last and not is_settled(self._first):
            return b""
        try:
            page = self._prepare(self._first)
            return self._leave(page) if isinstance(page, str) else self._rewrite(page, last=last)
        except Exception:
            # Closed for trackers, open for the page.
            self._workshop.log.exception("a page could not be rewritten")
            return self._leave("could not be rewritten")

    def _prepare(self, first: bytes) -> Page | str:
        """Return the page that begins so, or why it is left as it is; the same when asked again."""
        if self._prepared is None:
            if self._plan.visit.asked:
                # Asked while the first bytes were being made.
                self._plan.shared = False
            opening = Opening(first, self.head.first("content-type"))
            if opening.charset.codec is None:
                self._prepared = "is in an encoding or syntax that is not rewritten"
            elif opening.amp:
                self._prepared = "is an AMP page"
            else:
                self._prepared = Page(self._workshop, self._plan, opening)
        return self._prepared

    def _rewrite(self, page: Page, *, last: bool) -> bytes:
        encoder = Encoder(self._plan.encoding)
        if last and len(self._raw) == 1:
            output = encoder.close(page.whole(self._first))
            page.complete_head()
            self.head.set("content-length", str(len(output)))
        else:
            self._body = recoded = Recoded(self._decoder, encoder, page.streamed())
            self._page = page
            output = recoded.start(self._first)
            output += self._end(recoded) if last else b""
            page.complete_head()
        self.ready = True
        self._raw.clear()
        return output

    def _leave(self, problem: str, what: str = "") -> bytes:
        """Send the page as it came, under the policy that refuses all."""
        self._report(problem, what or problem)
        self._plan.as_untouched()
        self.ready = True
        raw, self._raw = b"".join(self._raw), []
        return raw

    def _report(self, problem: str, what: str) -> None:
        self._workshop.tallies.left(f"page {what}")
        self._workshop.log.warning(
            "page %s %s: it is left as it is and nothing of third parties runs in it", self._path, problem
        )

    @property
    def _path(self) -> str:
        # No line break or control character of a request reaches the log (threat 19).
        return self._plan.request.path[:200].encode("unicode_escape").decode()

    def _comment(self) -> bytes:
        # A service worker is compared by its bytes, never by its headers.
        return f"\n// {self._plan.mark()}\n".encode()


class Page:
    """One page: its judge and what it receives."""

    def __init__(self, workshop: Workshop, plan: ResponsePlan, opening: Opening) -> None:
        self._workshop, self._plan, self._charset = workshop, plan, _stated(plan, opening.charset)
        csp, policy = plan.site_csp, plan.compiled.policy
        self._external = policy.enforce.wall is Wall.EXTERNAL or not (csp.inline or csp.nonce)
        self._nonce = None if csp.inline else csp.nonce
        self._fragment = not opening.document and (plan.shared or _is_for_script(plan.request))
        self._language = _language(plan, opening)
        self._inserts = None if self._fragment else self._ask_inserts()
        self._release = self._make_release() if plan.shared and not self._fragment else None
        self._rules = plan.compiled.rules(plan.request, plan.allowed, plan.visit.mode, self._language)
        self._recalled: Rewritten | None = None

    def complete_head(self) -> None:
        """Complete the head: the site's own policy has to admit what the page receives."""
        plan = self._plan
        if self._charset.certain and _may_state_charset(plan):
            plan.head.set("content-type", f"{plan.head.first('content-type')}; charset={self._charset.label}")
        if plan.site_csp.restricts and self._inserts is not None:
            ours = (self._inserts.head, self._inserts.body, self._inserts.foot, self._release or b"")
            hashes = script_hashes(ours) if self._external else ()
            admit(
                plan.head,
                f"{plan.compiled.host(plan.request)}{plan.compiled.policy.enforce.prefix}/",
                hashes,
            )
        plan.as_page()
        self._workshop.tallies.page(shared=plan.shared)
        if self._fragment and plan.shared:
            # Nothing stands in it that could put up the wall, were it shown as a document.
            plan.add_refuse_all()

    def whole(self, body: bytes) -> bytes:
        """Rewrite a page that has come whole, or take it from the memo."""
        page = self.recall(body)
        if page is None:
            page = self._rewrite(body)
            if self._is_memorable(body):
                self._workshop.remember(body, self._plan, self._memo_key(), page)
        self.tell(page.met)
        return page.body

    def recall(self, body: bytes) -> Rewritten | None:
        """Return what this page became for an earlier reader with the same choice, if it is remembered."""
        if self._recalled is None and self._is_memorable(body):
            self._recalled = self._workshop.recall(body, self._plan, self._memo_key())
        return self._recalled

    def _is_memorable(self, body: bytes) -> bool:
        return not self._nonce and len(body) <= _MEMO_LARGEST

    def _memo_key(self) -> str:
        number = self._workshop.number(self._inserts, self._release)
        key = (number, self._plan.visit.mode, self._plan.compiled.policy.digest, self._language)
        return f"{' '.join(map(str, key))} {self._charset} {self._rules.page_url}"

    def streamed(self) -> Rewriter:
        """Return what rewrites the page piece by piece."""
        return Rewriter(
            self._rules,
            self._inserts,
            base=self._rules.page_url,
            release=self._release,
            encoding=self._charset.codec or "utf-8",
            certain=self._charset.certain,
        )

    def _rewrite(self, body: bytes) -> Rewritten:
        rewriter = self.streamed()
        output = b"".join([*map(rewriter.feed, slices(body)), rewriter.close()])
        return Rewritten(output, rewriter.held, rewriter.visible, self._rules.met())

    def tell(self, met: Met | None = None) -> None:
        """Take note of what stood in the page, once it has been read to its end."""
        self._workshop.tallies.met(met or self._rules.met(), self._plan.visit.mode, self._plan.request.path)

    def _ask_inserts(self) -> Inserts:
        plan = self._plan
        return self._workshop.pages.inserts(
            plan.visit,
            self._language,
            shared=plan.shared,
            nonce=self._nonce,
            external=self._external,
            posted=plan.request.method == "POST",
            origin=plan.compiled.origin(plan.request),
        )

    def _make_release(self) -> bytes | None:
        if self._plan.visit.mode is not Mode.ENFORCE:
            return None
        nonce = f' nonce="{self._nonce}"' if self._nonce else ""
        return f"<script{nonce}>bd.r()</script>".encode()


def _stated(plan: ResponsePlan, charset: Charset) -> Charset:
    """Return the charset of a page, certain where the head will say what the page itself declares.

    What stands in the header is what every browser reads, whatever it would have found or guessed.
    """
    return replace(charset, certain=True) if charset.label and _may_state_charset(plan) else charset


def _may_state_charset(plan: ResponsePlan) -> bool:
    """Tell whether the head names a plain type and no charset, so that one can be put behind it."""
    return bool(_PLAIN_TYPE.fullmatch(", ".join(plan.head.all("content-type"))))


def _language(plan: ResponsePlan, opening: Opening) -> str:
    """Return the language of a page, out of those of the site."""
    site = plan.compiled.policy.site
    declared = _LANGUAGE.match(plan.head.first("content-language"))
    for language in (declared[1].lower() if declared else "", opening.language):
        if language in site.languages:
            return language
    return site.default_language


def _is_for_script(request: RequestHead) -> bool:
    """Tell whether a script asked, which puts the markup into a page that has its wall."""
    destination = request.first("sec-fetch-dest")
    if destination:
        return destination == "empty"
    return bool(request.first("x-requested-with") or request.first("hx-request"))
