"""POST choices: what is taken, what is answered, what takes effect."""

from __future__ import annotations

import json
from concurrent.futures import Future

import pytest

from bandeau.core.cookie import subject_of
from bandeau.core.record import ConsentRecord
from bandeau.errors import StoreUnavailable
from bandeau.ledger.outbox import NO_EFFECTS, Effects
from bandeau.ledger.store import Entry
from bandeau.site import Site, Withdrawal
from bandeau.storage.memory import MemoryStore
from tests.web.sites import DAY, FIRST, ORIGIN, PANEL, POLICY, Browser, header, headers_of

OPTIONS = ("audience", "social", "personalisation", "advertising")


class BrokenStore(MemoryStore):
    """A store whose disk is full."""

    def submit(self, record: ConsentRecord, *, key: str, effects: Effects = NO_EFFECTS) -> Future[Entry]:
        """Fail as a full disk does."""
        future: Future[Entry] = Future()
        future.set_exception(StoreUnavailable("the disk is full"))
        return future


def broken() -> Site:
    """Return a site that cannot record."""
    site = Site.in_memory(POLICY, clock=lambda: DAY * 86_400 + 36_000)
    site.store = BrokenStore()
    return site


def test_accepting_by_form_allows_everything_and_goes_back() -> None:
    """The first layer works without JavaScript: one post, both cookies, back to the page."""
    browser = Browser()
    answer = browser.accept(**{"return": "/articles/1?page=2#notes"})
    assert (answer.status, header(answer, "location")) == (303, "/articles/1?page=2#notes")
    assert all(browser.allows(option) for option in OPTIONS)
    assert set(browser.cookies) == {"__Host-bd", "__Host-bdid"}


def test_refusing_takes_one_press_and_lasts_as_long_as_accepting() -> None:
    """EU-04, EU-13: same form, same number of presses, same lifetime of the cookie."""
    refused, accepted = Browser(), Browser()
    lines = [headers_of(answer, "set-cookie")[:2] for answer in (refused.refuse(), accepted.accept())]
    assert not any(refused.allows(option) for option in OPTIONS)
    assert [line.partition(";")[2] for line in lines[0]] == [line.partition(";")[2] for line in lines[1]]
    assert "Max-Age=15724800" in lines[0][0]


def test_the_cookies_are_bound_to_the_host() -> None:
    """Only the guard's cookie is readable by scripts; both are Secure, Lax and at the root."""
    choice, subject = headers_of(Browser().accept(), "set-cookie")
    assert choice.endswith("; Max-Age=15724800; Path=/; Secure; SameSite=Lax")
    assert subject.endswith("; Max-Age=15724800; Path=/; Secure; HttpOnly; SameSite=Lax")


@pytest.mark.parametrize("bits", range(16))
def test_every_combination_of_the_options_is_kept(bits: int) -> None:
    """JSON as the panel sends it: what is saved is what the next page allows and the record says."""
    browser = Browser()
    wanted = {option: bool(bits >> place & 1) for place, option in enumerate(OPTIONS)}
    answer = browser.post_json({**PANEL, "action": "save", "purposes": wanted})
    value = json.loads(answer.body)
    assert (200, wanted) == (answer.status, value["purposes"])
    assert wanted == {option: browser.allows(option) for option in OPTIONS}
    record = browser.site.store.find(value["code"])
    assert record is not None
    assert wanted == record.purposes


def test_every_act_becomes_a_row() -> None:
    """Given, renewed, withdrawn, refused: all are recorded, in order, under one subject."""
    browser = Browser()
    for action in ("accept", "accept", "refuse", "refuse"):
        browser.post_json({**PANEL, "action": action})
    records = browser.site.store.of_subject(subject_of(browser.cookies["__Host-bdid"]))
    assert [record.event for record in records] == ["given", "renewed", "withdrawn", "refused"]
    assert {"2026-11-23T10:00:00Z"} == {record.at for record in records}


def test_looking_records_nothing() -> None:
    """No GET leaves a cookie or a row (threat 9)."""
    browser = Browser()
    for url in (
        "/bandeau/choices?action=accept",
        "/bandeau/policy",
        "/bandeau/s.css",
        "/bandeau/embed/youtube",
    ):
        assert not headers_of(browser.get(url), "set-cookie")
    assert browser.site.store.count() == 0


def test_a_prefetch_is_nobody_s_choice() -> None:
    """`Sec-Purpose: prefetch` never records."""
    answer = Browser().post_json({**PANEL, "action": "accept"}, {"sec-purpose": "prefetch;prerender"})
    assert answer.status == 403


def test_the_same_key_twice_is_one_row_and_one_subject() -> None:
    """A post that is sent again because its answer was lost changes nothing."""
    browser, again = Browser(), Browser()
    again.site, again.endpoints = browser.site, browser.endpoints
    post = {**PANEL, "action": "accept", "key": "4294967295-1-2-3"}
    codes = [json.loads(each.post_json(post).body)["code"] for each in (browser, again)]
    assert codes[0] == codes[1]
    assert browser.cookies["__Host-bdid"] == again.cookies["__Host-bdid"]
    assert browser.site.store.count() == 1


def test_a_key_used_again_for_another_choice_is_another_choice() -> None:
    """A client's bug must not turn a refusal into the answer of an earlier accept."""
    browser = Browser()
    for action in ("accept", "refuse"):
        browser.post_json({**PANEL, "action": action, "key": "always-the-same"})
    assert browser.site.store.count() == 2
    assert not browser.allows("advertising")


def test_what_was_not_shown_is_not_granted() -> None:
    """Accepting a page that showed two options grants these two."""
    browser = Browser()
    browser.accept(shown="audience,social")
    assert [option for option in OPTIONS if browser.allows(option)] == ["audience", "social"]


def test_an_unknown_purpose_in_a_post_is_no_error() -> None:
    """A page of a newer revision may name what this process does not know yet."""
    browser = Browser()
    answer = browser.accept(shown="audience,brain-waves", revision="9")
    assert (answer.status, browser.allows("audience")) == (303, True)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"action": "accept"}, 400),
        ({**FIRST, "action": "accept-all"}, 400),
        ({**FIRST, "action": "accept", "revision": "0"}, 400),
        ({**FIRST, "action": "accept", "revision": "-3"}, 400),
        ({**FIRST, "action": "accept", "revision": "9" * 30}, 400),
        ({**FIRST, "action": "accept", "source": "advert"}, 400),
        ({**FIRST, "action": "accept", "key": "short"}, 400),
        ({**FIRST, "action": "accept", "key": "k" * 65}, 400),
        ({**FIRST, "action": "accept", "key": "k;DROP TABLE"}, 400),
        ({**FIRST, "action": "accept", "shown": "a b"}, 400),
        ({**FIRST, "action": "accept", "language": "x" * 9000}, 413),
    ],
)
def test_what_is_no_choice_is_refused_with_its_reason(fields: dict[str, str], status: int) -> None:
    """A problem document says what is wrong; nothing is recorded (RFC 9457)."""
    browser = Browser()
    answer = browser.post_form(fields)
    assert (status, "application/problem+json") == (answer.status, header(answer, "content-type"))
    assert json.loads(answer.body)["detail"]
    assert browser.site.store.count() == 0


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'{"action":"accept"}', b"\xff\xfe", b"[" * 5000, b'{"revision":1e999}'],
)
def test_broken_json_is_a_400(body: bytes) -> None:
    """Never a traceback."""
    headers = {"content-type": "application/json", "origin": ORIGIN}
    assert Browser().send("POST", "/bandeau/choices", body, headers).status == 400


@pytest.mark.parametrize("body", [b"\xff", b"a=%ff", b"a", b"a=1&a=2", b"&".join([b"x=1"] * 400)])
def test_a_broken_form_is_a_400(body: bytes) -> None:
    """Never a traceback."""
    headers = {"content-type": "application/x-www-form-urlencoded", "origin": ORIGIN}
    assert Browser().send("POST", "/bandeau/choices", body, headers).status == 400


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "multipart/form-data; boundary=x", "application/xml", "", "application/jsonp"],
)
def test_other_types_are_refused(content_type: str) -> None:
    """A form of another site can send text/plain without asking: it is not taken for JSON."""
    browser = Browser()
    body = json.dumps({**PANEL, "action": "accept"}).encode()
    answer = browser.send("POST", "/bandeau/choices", body, {"content-type": content_type, "origin": ORIGIN})
    assert (answer.status, browser.site.store.count()) == (415, 0)


def test_an_expired_yes_is_not_prolonged_by_another_choice() -> None:
    """Half a year later, allowing one video does not bring the rest back."""
    browser = Browser()
    browser.accept()
    later = Site.in_memory(POLICY, clock=lambda: (DAY + 183) * 86_400)
    later.keyring = browser.site.keyring
    reader = Browser(later, dict(browser.cookies))
    reader.post_form(
        {
            **FIRST,
            "action": "save",
            "shown": "",
            "shown_services": "youtube",
            "s.youtube": "on",
            "source": "embed",
        }
    )
    assert reader.allows("youtube")
    assert not any(reader.allows(option) for option in OPTIONS)


def test_a_yes_that_was_not_shown_again_keeps_its_term() -> None:
    """Allowing a video in month five does not renew the advertising of month zero."""
    browser = Browser()
    browser.accept()
    days = [150, 182, 183]
    reader = Browser(Site.in_memory(POLICY, clock=lambda: (DAY + days[0]) * 86_400), dict(browser.cookies))
    reader.site.keyring = browser.site.keyring
    reader.post_form(
        {
            **FIRST,
            "action": "save",
            "shown": "",
            "shown_services": "youtube",
            "s.youtube": "on",
            "source": "embed",
        }
    )
    days.pop(0)
    assert reader.allows("advertising")
    days.pop(0)
    assert not reader.allows("advertising")


def test_a_refusal_takes_effect_although_it_cannot_be_recorded() -> None:
    """A full disk: 503, and nothing of what was taken away is allowed any more."""
    before = Browser()
    before.accept()
    site = broken()
    site.keyring = before.site.keyring
    browser = Browser(site, dict(before.cookies))
    answer = browser.post_json({**PANEL, "action": "refuse"})
    assert (answer.status, header(answer, "retry-after")) == (503, "2")
    assert not any(browser.allows(option) for option in OPTIONS)


def test_an_accept_that_cannot_be_recorded_allows_nothing() -> None:
    """No cookie at all: the reader is asked again, and no subject id was created."""
    browser = Browser(broken())
    assert (browser.accept().status, browser.post_json({**PANEL, "action": "accept"}).status) == (503, 503)
    assert browser.cookies == {}


def test_what_cannot_be_recorded_takes_away_and_gives_nothing() -> None:
    """Social refused, advertising given: the first holds, the second is asked again."""
    before = Browser()
    before.post_json({**PANEL, "action": "save", "purposes": {"social": True, "audience": True}})
    site = broken()
    site.keyring = before.site.keyring
    browser = Browser(site, dict(before.cookies))
    browser.post_json({**PANEL, "action": "save", "purposes": {"audience": True, "advertising": True}})
    assert [option for option in OPTIONS if browser.allows(option)] == ["audience"]


def test_without_javascript_the_failure_is_a_page_that_can_send_again() -> None:
    """It says what holds and what does not, and keeps what was chosen."""
    answer = Browser(broken()).post_form({**FIRST, "action": "save", "p.social": "on", "return": "/a"})
    text = answer.body.decode()
    assert (answer.status, header(answer, "content-type")) == (503, "text/html; charset=utf-8")
    assert "refusé dès maintenant" in text
    assert '<input type="hidden" name="p.social" value="on">' in text
    assert '<a href="/a">' in text


def test_a_withdrawal_expires_the_cookies_of_the_purpose() -> None:
    """Sent, seen by scripts, or only declared: all go, at every path and domain where they may lie."""
    browser = Browser()
    browser.accept()
    browser.cookies |= {"_fbp": "1", "_pk_id.7": "2", "sessionid": "s", "unknown": "u"}
    seen = ["gz_last", "gz_seen", "_pk_ses.7"]
    headers = {"referer": f"{ORIGIN}/articles/2026/11"}
    answer = browser.post_json({**PANEL, "action": "refuse", "seen": seen}, headers)
    cleared = json.loads(answer.body)["cleared"]
    assert {"_fbp", "_pk_id.7", "_pk_ses.7", "gz_reader", "gz_seen"} <= set(cleared)
    assert not {"sessionid", "unknown"} & set(cleared)
    lines = [line for line in headers_of(answer, "set-cookie") if line.startswith("_fbp=")]
    assert any("Domain=gazette.example" in line for line in lines)
    assert any("Domain" not in line for line in lines)
    gone = [line for line in headers_of(answer, "set-cookie") if line.startswith("gz_reader=")]
    assert any("Path=/articles;" in line for line in gone)
    assert "_fbp" not in browser.cookies
    assert browser.cookies["sessionid"] == "s"


def test_the_answer_s_headers_stay_small() -> None:
    """Hundreds of seen names must not make a proxy answer 502: what is left goes with the next page."""
    browser = Browser()
    browser.accept()
    seen = [f"_pk_id.{number}" for number in range(200)]
    answer = browser.post_json({**PANEL, "action": "refuse", "seen": seen})
    assert answer.status == 200
    assert sum(len(name) + len(value) + 4 for name, value in answer.headers) < 4_000


def test_a_withdrawal_calls_the_erasers_of_its_purpose_only() -> None:
    """Each gets the subject and the purpose's own cookies; a failing one stops nothing."""
    browser = Browser()
    called: list[Withdrawal] = []
    browser.site.on_withdraw("advertising")(lambda _: 1 / 0)
    browser.site.on_withdraw("advertising")(called.append)
    browser.site.on_withdraw("social")(called.append)
    browser.accept()
    assert called == []
    subject = subject_of(browser.cookies["__Host-bdid"])
    browser.cookies["_fbp"] = "fb.1"
    keep = {"audience": True, "social": True, "personalisation": True}
    answer = browser.post_json({**PANEL, "action": "save", "purposes": keep})
    assert answer.status == 200
    assert called == [Withdrawal("advertising", subject, {"_fbp": "fb.1"})]


def test_without_javascript_a_service_follows_its_purpose_when_that_is_turned_off() -> None:
    """The switch of YouTube could not move with that of the purpose; the reader refused both."""
    browser = Browser()
    browser.accept()
    form = {**FIRST, "action": "save", "source": "settings", "shown_services": "youtube", "s.youtube": "on"}
    browser.post_form(form)
    assert not browser.allows("youtube")


def test_a_service_that_is_set_apart_stays_apart() -> None:
    """Refused alone while its purpose is allowed, and back with a press of its own."""
    browser = Browser()
    browser.accept()
    browser.post_json(
        {**PANEL, "action": "save", "purposes": {"social": True}, "services": {"youtube": False}}
    )
    assert (browser.allows("social"), browser.allows("youtube")) == (True, False)
    browser.post_json(
        {**PANEL, "action": "save", "purposes": {"social": True}, "services": {"youtube": True}}
    )
    assert browser.allows("youtube")


def test_an_objection_is_kept_whatever_its_purpose() -> None:
    """What does not rest on consent has its own no."""
    browser = Browser()
    assert browser.allows("newsletter")
    browser.post_json({**PANEL, "action": "save", "services": {"counts": True, "newsletter": False}})
    assert (browser.allows("counts"), browser.allows("newsletter")) == (True, False)


def test_refusing_all_refuses_what_needs_no_consent_too() -> None:
    """ "Tout refuser" is not refused by halves."""
    browser = Browser()
    browser.refuse()
    assert (browser.allows("counts"), browser.allows("newsletter")) == (False, False)
    assert browser.allows("session")


def test_gpc_stays_refused_until_the_reader_says_otherwise() -> None:
    """A signal refuses; a press on the page decides."""
    browser = Browser(gpc=True)
    record_code = json.loads(browser.post_json({**PANEL, "action": "accept"}).body)["code"]
    record = browser.site.store.find(record_code)
    assert record is not None
    assert record.gpc
    assert browser.allows("advertising")


def test_the_client_s_clock_has_no_effect() -> None:
    """Threat 2: the record bears the server's time, whatever a request says."""
    browser = Browser()
    value = {**PANEL, "action": "accept", "at": "1999-01-01T00:00:00Z", "day": 1}
    record = browser.site.store.find(json.loads(browser.post_json(value, {"date": "x"}).body)["code"])
    assert record is not None
    assert record.at == "2026-11-23T10:00:00Z"
