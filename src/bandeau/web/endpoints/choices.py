"""``POST choices``: a reader's choice becomes a durable record, then takes effect.

Nothing is acknowledged that is not durable. When the store cannot commit, what the reader takes
away takes effect all the same, and what the reader gives does not: a refusal needs no proof to
be obeyed, an accept without proof allows nothing. The answer is 503 in both cases; the choice
cookie then holds what was allowed both before and after, leaves what was to be allowed
unanswered, so that it is asked again, and no subject id is created. The same is answered, with
429, when a network or the site is beyond what is recorded (``limits``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from urllib.parse import urlencode

from bandeau.core.canonical import Json, canonical_bytes
from bandeau.core.consent import Consent, event_of
from bandeau.core.cookie import (
    choice_cookie_name,
    encode,
    held_token,
    made_token,
    subject_cookie_name,
    subject_of,
)
from bandeau.core.policy import DAY_SECONDS
from bandeau.core.record import Circumstances, ConsentRecord, record_choice
from bandeau.core.request import Headers, RequestHead, Response
from bandeau.enforcement.visit import Visit
from bandeau.errors import StoreError
from bandeau.ledger.outbox import NO_EFFECTS, Effects
from bandeau.ledger.store import Entry
from bandeau.site import Site
from bandeau.web.endpoints.accounts import known_account, submitted
from bandeau.web.endpoints.answers import data, page, problem, redirect
from bandeau.web.endpoints.choicepost import FORM, JSON, Post, read_form, read_json
from bandeau.web.endpoints.clearing import clear, effects_of, withdrawn
from bandeau.web.endpoints.limits import Limits
from bandeau.web.endpoints.origin import own_path, refusal_of
from bandeau.web.endpoints.pending import Pending, without_store
from bandeau.web.endpoints.returnpath import safe_path
from bandeau.web.endpoints.settling import left_to_signal, settle, standing_choice, without_gains
from bandeau.web.pages.build import widget_digest
from bandeau.web.pages.inserts import Pages
from bandeau.web.pages.render import render
from bandeau.web.pages.wording import wording
from bandeau.web.tallies import Tallies

#: When to try again after the store could not commit, in seconds.
_RETRY_SECONDS = 2


def post_choice(
    site: Site,
    pages: Pages,
    limits: Limits,
    tallies: Tallies,
    head: RequestHead,
    body: bytes,
    visit: Visit,
) -> Response | Pending:
    """Take a choice; the answer waits until its record is durable."""
    refused = _refuse(site, head)
    if refused is not None:
        return refused
    content_type = head.first("content-type").partition(";")[0].strip().lower()
    try:
        post = read_form(body) if content_type == FORM else read_json(body)
    except ValueError as error:
        return problem(400, "This is no choice", str(error))
    taken = _Taken.of(site, pages, tallies, head, visit, post, by_form=content_type == FORM)
    pause = limits.wait(head.client)
    if pause:
        # Not at once: what a refusal erases may take its time.
        return Pending(without_store(), lambda _: taken.unrecorded(429, pause))
    return Pending(submitted(site, head, taken.submit), taken.finish, taken.is_quick)


def _refuse(site: Site, head: RequestHead) -> Response | None:
    types = head.all("content-type")
    if len(types) != 1 or types[0].partition(";")[0].strip().lower() not in (FORM, JSON):
        return problem(415, "Unsupported media type", f"Send a choice as {FORM} or {JSON}.")
    if any("prefetch" in value.lower() for value in head.all("sec-purpose")):
        return problem(403, "Not a choice", "A prefetch is nobody's choice.")
    reason = refusal_of(head, site.policy.site)
    return problem(403, "Not from this site", reason) if reason else None


@dataclass(slots=True)
class _Following:
    """What follows from a choice; it is known when it is submitted, for the account is."""

    account: str = ""
    effects: Effects = NO_EFFECTS


@dataclass(frozen=True, slots=True)
class _Taken:
    """A choice that was read, on its way to the store and back to the reader."""

    site: Site
    pages: Pages
    tallies: Tallies
    head: RequestHead
    visit: Visit
    post: Post
    by_form: bool
    before: Consent | None
    after: Consent
    record: ConsentRecord
    key: str
    token: str
    following: _Following = field(default_factory=_Following)

    @classmethod
    def of(
        cls,
        site: Site,
        pages: Pages,
        tallies: Tallies,
        head: RequestHead,
        visit: Visit,
        post: Post,
        *,
        by_form: bool,
    ) -> _Taken:
        """Settle what the choice changes and make its record."""
        before = standing_choice(visit)
        after = settle(visit, before, post, by_form=by_form)
        token = held_token(visit.cookies, visit.policy.site) or _new_token(site, post)
        record = record_choice(
            visit.policy,
            after,
            event_of(before, after, left_to_signal=left_to_signal(visit, after, post.choice())),
            Circumstances(
                record_id=site.token(),
                subject_id=subject_of(token),
                action=post.action.value,
                source=post.source,
                language=pages.rendered().language(post.language),
                at=site.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
                regime=visit.regime.id,
                gpc=visit.signals.gpc,
                notice_digest=pages.known_notice(post.notice or "", post.source),
                widget_digest=widget_digest(),
            ),
        )
        key = _store_key(site, post, visit, record)
        return cls(site, pages, tallies, head, visit, post, by_form, before, after, record, key, token)

    def submit(self, account: str) -> Future[Entry]:
        """Record the choice, and with it whom it obliges to erase."""
        effects = effects_of(self.site, self.visit, self.after, account)
        self.following.account, self.following.effects = account, effects
        return self.site.store.submit(self.record, key=self.key, effects=effects)

    def finish(self, outcome: Entry | StoreError) -> Response:
        """Answer when the store has spoken."""
        if isinstance(outcome, Entry):
            return self._recorded(outcome)
        # The store says once what is wrong with it; a line per reader would fill the full disk.
        self.site.log.debug("a choice was not recorded: %s", outcome)
        return self.unrecorded(503, _RETRY_SECONDS)

    def is_quick(self, outcome: Entry | StoreError) -> bool:
        """Tell whether the answer runs no handler of the site and reads nothing from the store."""
        return isinstance(outcome, Entry) and not outcome.duplicate and not self.following.effects.owed

    def _recorded(self, entry: Entry) -> Response:
        if not entry.duplicate:
            self.tallies.chosen(self.record)
        self.site.carry_out(self.following.effects.owed)
        cleared = clear(self.head, self.visit, self.after, self.post.seen)
        cookies = (
            self._cookie(choice_cookie_name(self.visit.policy.site), self._encoded(self.after)),
            self._cookie(subject_cookie_name(self.visit.policy.site), self.token, script=False),
            *cleared.set_cookies,
        )
        headers = _set_cookies(cookies)
        if self.by_form:
            return redirect(self._destination(entry.code), headers=headers)
        value = {
            "code": entry.code,
            "revision": self.after.revision,
            "purposes": self.record.purposes,
            "services": self.record.services,
            "cleared": cleared.names,
        }
        return data(200, value, headers=headers)

    def unrecorded(self, status: int, pause: int) -> Response:
        """Answer without a record, and with what needs none; it may be tried again after ``pause``."""
        self.tallies.unrecorded(status)
        kept = without_gains(self.before, self.after)
        cookies: tuple[str, ...] = ()
        if kept is not None:
            account = self.following.account or known_account(self.site, self.head)
            self.site.withdrawals.carry_out_unkept(withdrawn(self.visit, kept, account))
            own = self._cookie(choice_cookie_name(self.visit.policy.site), self._encoded(kept))
            cookies = (own, *clear(self.head, self.visit, kept, self.post.seen).set_cookies)
        headers = (("retry-after", str(pause)), *_set_cookies(cookies))
        if not self.by_form:
            why = "It could not be made durable" if status == 503 else "Too many were sent from here"
            detail = f"{why}. What was refused is refused; nothing more is allowed."
            return problem(status, "The choice was not recorded", detail, headers=headers)
        rendered = self.pages.rendered()
        text = render(
            "failed.html",
            w=wording(rendered.language(self.post.language)),
            site=self.visit.policy.site,
            prefix=rendered.prefix,
            styles=rendered.style_urls,
            fields=_fields(self.post),
            back=self._back(),
        )
        return page(status, text, headers=headers)

    def _cookie(self, name: str, value: str, *, script: bool = True) -> str:
        site = self.visit.policy.site
        age = self.visit.policy.remember_days * DAY_SECONDS
        hidden = "" if script else "; HttpOnly"
        secure = "; Secure" if site.secure else ""
        return f"{name}={value}; Max-Age={age}; Path=/{secure}{hidden}; SameSite=Lax"

    def _encoded(self, consent: Consent) -> str:
        return encode(consent, self.visit.policy.site, self.site.keyring)

    def _destination(self, code: str) -> str:
        if self.post.source != "settings":
            return self._back()
        rendered = self.pages.rendered()
        language = rendered.language(self.post.language)
        query = urlencode({"saved": code, "lang": language, "return": self._back()})
        return f"{rendered.prefix}/choices?{query}"

    def _back(self) -> str:
        """Return where the reader was: as the form says, else as the browser says."""
        referred = own_path(self.head.first("referer"), self.head, self.visit.policy.site)
        return safe_path(self.post.return_to, safe_path(referred))


def _store_key(site: Site, post: Post, visit: Visit, record: ConsentRecord) -> str:
    """Return what makes this post the same as another: its key, its answers and who sends it.

    A key that is used again for another choice is another choice, never an old answer.
    """
    if post.key is None:
        return record.record_id
    said: dict[str, Json] = {
        "key": post.key,
        "action": post.action.value,
        "purposes": {**record.purposes},
        "services": {**record.services},
        "subject_id": visit.subject_id,
    }
    digest = hashlib.sha256(canonical_bytes(said)).hexdigest()
    return f"{site.policy.site.id}.{digest}"


def _new_token(site: Site, post: Post) -> str:
    """Return what a reader's browser keeps from the first choice on; a repeated post gets the first one."""
    if post.key is None:
        return site.token()
    said: dict[str, Json] = {
        "site": [site.policy.site.id, site.policy.site.environment],
        "key": post.key,
        "action": post.action.value,
        "purposes": {**post.purposes},
        "services": {**post.services},
    }
    return made_token(site.keyring, canonical_bytes(said))


def _set_cookies(lines: Iterable[str]) -> Headers:
    return tuple(("set-cookie", line) for line in lines)


def _fields(post: Post) -> list[tuple[str, str]]:
    """Return the form's fields again, for another try."""
    switched = [("p." + name, "on") for name, on in post.purposes.items() if on]
    switched += [("s." + name, "on") for name, on in post.services.items() if on]
    return [
        ("action", post.action.value),
        ("revision", str(post.revision)),
        ("source", post.source),
        ("language", post.language),
        ("notice", post.notice or ""),
        ("shown", ",".join(post.shown)),
        ("shown_services", ",".join(post.shown_services)),
        ("return", safe_path(post.return_to, "")),
        *switched,
    ]
