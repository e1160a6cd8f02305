"""The plan of one exchange: what happens to a request and to its response, from their heads alone."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from bandeau.core.policy import CacheMode, Mode, Service
from bandeau.core.request import RequestHead, ResponseHead
from bandeau.enforcement.compiled import Compiled
from bandeau.enforcement.cookies import ancestors, cookie_name, expiries, is_expiry
from bandeau.enforcement.csp import ENFORCED, REPORT_ONLY
from bandeau.enforcement.headers import (
    GATED,
    HELD,
    CacheControl,
    forget_body,
    gate_links,
    gate_others,
    make_private,
    mark_etag,
    original_etags,
)
from bandeau.enforcement.html.rules import Verdict
from bandeau.enforcement.requests import called_service
from bandeau.enforcement.sitecsp import SiteCsp, gate_reports
from bandeau.enforcement.visit import Visit

#: Encodings of a body that can be read within limits.
READABLE = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})
_MARKUP = frozenset({"text/html", "application/xhtml+xml"})
_DOCUMENTS = frozenset({"document", "iframe", "frame", "embed", "object", "fencedframe"})
_WORKERS = frozenset({"worker", "sharedworker", "serviceworker"})
_SCRIPTS = frozenset({"text/javascript", "application/javascript", "application/x-javascript"})
_TYPE = re.compile(r"\s*([\w!#$&^.+*-]+/[\w!#$&^.+*-]+)\s*(?:;|\Z)")


class Work(StrEnum):
    """What happens to a body: nothing, rewritten as a page, or a comment at its end."""

    NONE = "none"
    PAGE = "page"
    COMMENT = "comment"


@dataclass(frozen=True, slots=True)
class RequestPlan:
    """What happens to a request: refused for a service, or passed on with some headers changed.

    ``changes`` gives the new value of a header, ``None`` to leave it out; ``etags`` remembers
    what the browser called the entity tags that the application is asked about.
    """

    refused: Service | None = None
    #: The declared collector that the request calls, where there is one.
    called: str = ""
    changes: dict[str, str | None] = field(default_factory=dict)
    etags: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class ResponsePlan:
    """What happens to a response; its head has been gated already.

    A page waits for its first bytes: ``as_page`` or ``as_untouched`` then completes the head.
    """

    compiled: Compiled
    visit: Visit
    request: RequestHead
    head: ResponseHead
    work: Work = Work.NONE
    shared: bool = False
    #: The response hangs on the reader's choice, whatever its body is.
    depends: bool = False
    encoding: str = ""
    site_csp: SiteCsp = field(default_factory=SiteCsp)
    #: Why a page could not be rewritten, for the log.
    problem: str = ""
    #: The cookies that were set: whose, and what became of each.
    cookies: list[tuple[str, str]] = field(default_factory=list)

    @property
    def allowed(self) -> int:
        """The services that the page may hold: the reader's, or what everybody gets."""
        return self.compiled.steady if self.shared else self.visit.allowed_services

    def mark(self) -> str:
        """Return what marks the entity tag of the changed body."""
        if self.shared:
            return self.compiled.shared_suffix(self.visit.mode)
        return self.compiled.private_suffix(self.visit)

    def as_page(self) -> None:
        """Complete the head of a page that is rewritten."""
        forget_body(self.head, self.mark)
        if not self.shared:
            self._add_csp(self.compiled.csp(self.visit.allowed_services))
            self.make_private()
            _sweep(self)

    def as_untouched(self) -> None:
        """Complete the head of what stays as it is: closed for trackers, open for the page."""
        self.add_refuse_all()
        if not self.shared:
            self.make_private()
            _sweep(self)

    def add_refuse_all(self) -> None:
        """Add the constant policy of what is no page of ours."""
        self._add_csp(self.compiled.refuse_all)

    def as_worker(self) -> None:
        """Complete the head of a worker's script, which takes its policy from its own response."""
        if self.work is Work.COMMENT:
            forget_body(self.head, self.mark)
        else:
            self.head.drop("last-modified")
            mark_etag(self.head, self.mark)
        self._add_csp(self.compiled.csp(self.visit.allowed_services))
        self.make_private()

    def make_private(self) -> None:
        """Keep the response out of shared caches."""
        make_private(self.head, vary=self.compiled.vary, no_store=is_prefetch(self.request))

    def _add_csp(self, value: str) -> None:
        name = ENFORCED if self.visit.mode is Mode.ENFORCE else REPORT_ONLY
        self.head.headers.append((name, value))


def plan_request(compiled: Compiled, request: RequestHead, visit: Visit) -> RequestPlan:
    """Plan what happens to a request before the application sees it."""
    if visit.mode is Mode.OFF:
        return RequestPlan()
    called = called_service(compiled.hosts, request) if visit.mode is Mode.ENFORCE else None
    if called is not None and not visit.allowed_services >> called[0] & 1:
        return RequestPlan(refused=called[1], called=called[1].id)
    strict = wants_document(request) or is_worker(request)
    changes: dict[str, str | None] = {}
    etags: dict[str, str] = {}
    for value in request.all("if-none-match"):
        suffixes = frozenset({compiled.shared_suffix(visit.mode), compiled.private_suffix(visit)})
        etags |= original_etags(value, suffixes, strict=strict)
        changes["if-none-match"] = ", ".join(etags) or None
    if strict and request.first("if-modified-since"):
        # A page of another choice must not be confirmed by its date.
        changes["if-modified-since"] = None
    if request.first("accept-encoding") and (strict or "html" in request.first("accept")):
        changes["accept-encoding"] = _readable_encodings(request)
    return RequestPlan(called=called[1].id if called is not None else "", changes=changes, etags=etags)


def plan_response(
    compiled: Compiled, request: RequestHead, visit: Visit, head: ResponseHead, etags: dict[str, str]
) -> ResponsePlan:
    """Gate the head of a response and plan what happens to its body."""
    plan = ResponsePlan(compiled, visit, request, head)
    head.drop(HELD[0])
    if visit.mode is Mode.OFF:
        if visit.asked:
            make_private(head, vary=compiled.vary, no_store=False)
        return plan
    plan.site_csp = SiteCsp.of(head)
    plan.depends = _gate_cookies(plan) or visit.asked
    plan.shared = _is_shared(plan)
    _gate_headers(plan)
    if head.status == 304:
        _confirm(plan, etags)
    elif is_worker(request) and head.status >= 200:
        _plan_worker(plan)
    elif head.status >= 200 and head.status not in (204, 205) and not _is_redirect(head):
        _plan_body(plan)
    elif plan.depends:
        plan.make_private()
    return plan


def wants_document(request: RequestHead) -> bool:
    """Tell whether a browser will show the answer as a document."""
    destination = request.first("sec-fetch-dest")
    return destination in _DOCUMENTS if destination else "html" in request.first("accept")


def is_worker(request: RequestHead) -> bool:
    """Tell whether a request asks for a worker's script."""
    return request.first("sec-fetch-dest") in _WORKERS or request.first("service-worker") == "script"


def is_prefetch(request: RequestHead) -> bool:
    """Tell whether nobody looks at the answer yet (WEB-05)."""
    values = [*request.all("sec-purpose"), *request.all("purpose"), *request.all("x-moz")]
    return any("prefetch" in value.lower() for value in values)


def media_type(head: ResponseHead) -> str:
    """Return the type a browser goes by: of several the last that can be read (Fetch §2.2.6)."""
    found = ""
    for value in head.all("content-type"):
        for part in value.split(","):
            match = _TYPE.match(part)
            if match and match[1] != "*/*":
                found = match[1].lower()
    return found


def early_hints(compiled: Compiled, request: RequestHead, mode: Mode, links: list[str]) -> list[str]:
    """Return the ``Link`` values of a 103 that may be sent: what everybody may load."""
    head = ResponseHead(103, [("link", value) for value in links])
    rules = compiled.rules(request, compiled.steady, mode)
    gate_links(head, lambda url, destination: rules.url(url, "", destination))
    return head.all("link")


def _plan_worker(plan: ResponsePlan) -> None:
    plan.encoding = _encoding(plan.head)
    plan.shared = False
    plan.work = Work.COMMENT if _takes_comment(plan) else Work.NONE
    plan.as_worker()


def _is_shared(plan: ResponsePlan) -> bool:
    cache, head = plan.compiled.policy.enforce.cache, plan.head
    if plan.depends or cache is CacheMode.PRIVATE:
        return False
    # A page counts the asked host as its own; a cache whose key lacks the host must not keep a lie.
    if not plan.compiled.policy.site.declares(plan.request.host):
        return False
    # Release points need document.write and a script that may run: else only a header can hold.
    if plan.site_csp.trusted_types or not (plan.site_csp.nonce or plan.site_csp.admits):
        return False
    control = CacheControl.of(head)
    if cache is CacheMode.SHARED:
        return "private" not in control and "no-store" not in control
    return control.is_public


def _gate_cookies(plan: ResponsePlan) -> bool:
    """Drop the cookies that are refused; tell whether that hung on the reader's choice."""
    if not any(name.lower() == "set-cookie" for name, _ in plan.head.headers):
        return False
    kept, depends = [], False
    for name, value in plan.head.headers:
        if name.lower() == "set-cookie" and not is_expiry(value, plan.visit.today):
            keep, hangs = _judge_cookie(plan, value)
            depends = depends or hangs
            if not keep:
                continue
        kept.append((name, value))
    plan.head.headers = kept
    return depends


def _judge_cookie(plan: ResponsePlan, value: str) -> tuple[bool, bool]:
    verdict = plan.compiled.cookies.judge(cookie_name(value), plan.visit.allowed_services)
    reported = plan.visit.mode is Mode.REPORT
    keep = verdict.keep and not (verdict.depends and is_prefetch(plan.request))
    if verdict.service:
        plan.cookies.append((verdict.service, "passed" if keep else "would_hold" if reported else "held"))
    return (True, False) if reported else (keep, verdict.depends)


def _gate_headers(plan: ResponsePlan) -> None:
    if GATED.isdisjoint(name.lower() for name, _ in plan.head.headers):
        return
    rules = plan.compiled.rules(plan.request, plan.allowed, plan.visit.mode)

    def judge(url: str, destination: str) -> Verdict:
        return rules.url(url, "", destination)

    gate_links(plan.head, judge)
    if plan.visit.mode is Mode.ENFORCE:
        gate_others(plan.head, judge)
        gate_reports(plan.head, judge)


def _plan_body(plan: ResponsePlan) -> None:
    head = plan.head
    if media_type(head) in _MARKUP and plan.visit.mode is Mode.ENFORCE:
        head.set("x-dns-prefetch-control", "off")
    if media_type(head) not in _MARKUP or _is_attachment(head):
        plan.add_refuse_all()
        if plan.depends:
            plan.make_private()
        return
    plan.encoding = _encoding(head)
    plan.problem = _problem(plan)
    if plan.problem:
        plan.as_untouched()
    else:
        plan.work = Work.PAGE


def _problem(plan: ResponsePlan) -> str:
    head = plan.head
    if head.status == 206 or head.all("content-range"):
        return "is a part of a page"
    if plan.encoding not in READABLE:
        return f"is encoded with {plan.encoding[:20]}"
    length = head.first("content-length")
    if length.isdecimal() and int(length) > plan.compiled.policy.enforce.max_body_bytes:
        return "is larger than max_body_bytes"
    return ""


def _is_redirect(head: ResponseHead) -> bool:
    # Fetch §2.2.6: a browser follows these alone; it shows the body of any other 3xx as a page.
    return head.status in (301, 302, 303, 307, 308) and bool(head.first("location"))


def _encoding(head: ResponseHead) -> str:
    return ",".join(value.strip().lower() for value in head.all("content-encoding"))


def _is_attachment(head: ResponseHead) -> bool:
    return head.first("content-disposition").partition(";")[0].strip().lower() == "attachment"


def _takes_comment(plan: ResponsePlan) -> bool:
    is_service_worker = (
        plan.request.first("service-worker") == "script"
        or plan.request.first("sec-fetch-dest") == "serviceworker"
    )
    return (
        is_service_worker
        and plan.head.status == 200
        and plan.request.method == "GET"
        and media_type(plan.head) in _SCRIPTS
        and plan.encoding in READABLE
        and "utf-16" not in plan.head.first("content-type").lower()
    )


def _confirm(plan: ResponsePlan, etags: dict[str, str]) -> None:
    """Give a 304 the entity tag that the browser knows; what it confirms stays as private as it was."""
    tag = plan.head.first("etag")
    known = etags.get(tag.removeprefix("W/"))
    if known is not None and known != tag:
        plan.head.set("etag", known)
        plan.shared = known.endswith(f'-bd{plan.compiled.shared_suffix(plan.visit.mode)}"')
        if not plan.shared:
            plan.make_private()
    elif plan.depends:
        plan.make_private()


def _readable_encodings(request: RequestHead) -> str:
    """Return what the application may encode with: only what can be read again."""
    offered = ",".join(request.all("accept-encoding")).split(",")
    kept = [part.strip() for part in offered if part.partition(";")[0].strip().lower() in _CODINGS]
    return ", ".join(kept) or "identity"


_CODINGS = frozenset({"gzip", "x-gzip", "deflate", "identity"})


def _sweep(plan: ResponsePlan) -> None:
    """Expire the refused cookies that came with the request."""
    if plan.visit.mode is not Mode.ENFORCE or not plan.visit.cookies:
        return
    compiled, allowed = plan.compiled, plan.visit.allowed_services
    refused = []
    for name, _ in plan.visit.cookies:
        owners = compiled.cookies.owners(name)
        if owners and not any(allowed >> owner & 1 for owner in owners):
            refused.append(name)
    if not refused:
        return
    plan.head.headers += [
        ("set-cookie", text)
        for text in expiries(
            compiled.policy,
            refused,
            host=plan.request.hostname,
            paths=ancestors(plan.request.path),
            registrable=compiled.registrable,
        )
    ]
