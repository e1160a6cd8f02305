"""Cookies: who set each, how long it was to live, how long it lived, and what was only tried."""

from __future__ import annotations

from typing import Any

import pytest

from bandeau.audit.collect.cdp import Connection
from bandeau.audit.collect.clock import Clock
from bandeau.audit.collect.cookies import cookies_held, cookies_set, settable
from bandeau.audit.collect.frames import Frames
from bandeau.audit.collect.material import Material, Snapshot
from bandeau.audit.collect.netlog import CookieChange, CookieNote, Leg, NetLog
from bandeau.audit.collect.setters import Call, Setters
from bandeau.audit.collect.storage import StorageEvents
from bandeau.audit.collect.traffic import Traffic
from bandeau.audit.observation import CookieSet

BEGAN = 1_800_000_000_000.0
SITE = "https://site.test/"


def added(name: str, at: float = 100, *, domain: str = "site.test", **more: Any) -> CookieChange:
    """Return a cookie that came into the store."""
    return CookieChange(BEGAN + at, True, name, domain, "/", **more)


def removed(name: str, at: float, cause: str = "explicit", *, domain: str = "site.test") -> CookieChange:
    """Return a cookie that left the store."""
    return CookieChange(BEGAN + at, False, name, domain, "/", cause=cause)


def answer(url: str, *lines: str, at: float = 100, status: str = "INCLUDE") -> Leg:
    """Return an answer with cookies, and what became of them."""
    leg = Leg(1, BEGAN + at - 5, url, "GET", SITE, "", "other", 0, sent=True, status=200)
    leg.headers = [("set-cookie", line) for line in lines]
    host = url.split("/")[2]
    for line in lines:
        name = line.partition("=")[0]
        leg.cookies_set.append(CookieNote(name, host, "/", status == "INCLUDE", status, "", BEGAN + at))
    return leg


def call(script: str, page: str = SITE, at: float = 99) -> Call:
    """Return a call of the browser's setter."""
    return Call("cookie", BEGAN + at, (f"{script}:1:1",), (page,))


def found(
    changes: list[CookieChange],
    *,
    legs: tuple[Leg, ...] = (),
    calls: tuple[Call, ...] = (),
    held: tuple[dict[str, Any], ...] | None = None,
) -> list[CookieSet]:
    """Return what is made of some notes."""
    clock = Clock(BEGAN)
    clock.begin("arrived", BEGAN)
    frames = Frames()
    setters = Setters(object.__new__(Connection), frames, list(calls))
    snapshots = [Snapshot("arrived", BEGAN + 900, held, ())] if held is not None else []
    material = Material(
        clock=clock,
        traffic=Traffic(frames),
        setters=setters,
        storage=StorageEvents(),
        netlog=NetLog(list(legs), changes),
        snapshots=snapshots,
        is_stopped=lambda url: False,
        salt=b"salt",
    )
    assert len(cookies_held(material)) == len(held or ())
    return cookies_set(material)


@pytest.mark.parametrize(
    ("line", "seconds"),
    [
        ("a=1", None),
        ("a=1; Max-Age=60", 60),
        ("a=1; max-age=60; Expires=Wed, 21 Oct 2099 07:28:00 GMT", 60),
        ("a=1; Max-Age=0", 0),
        ("a=1; Max-Age=-1", -1),
        ("a=1; Max-Age=x", None),
        ("a=1; Expires=Fri, 15 Jan 2027 08:01:40 GMT", 100),
        ("a=1; Expires=never", None),
    ],
)
def test_the_lifetime_that_an_answer_asks_for(line: str, seconds: int | None) -> None:
    """``Max-Age`` goes before ``Expires`` (RFC 6265 §4.1.2.2)."""
    leg = answer(f"{SITE}x", line)
    assert found([added("a", persistent=True)], legs=(leg,))[0].max_age_seconds == seconds


def test_the_lifetime_that_a_script_asked_for_is_read_from_the_store() -> None:
    """Nothing else tells it."""
    jar = ({"name": "a", "domain": "site.test", "path": "/", "expires": (BEGAN + 100) / 1000 + 3600},)
    rest = {"secure": False, "httpOnly": False, "value": "v", "session": False}

    made = found(
        [added("a", persistent=True)], calls=(call("https://tag.example/t.js"),), held=(jar[0] | rest,)
    )

    assert (made[0].max_age_seconds, made[0].setter) == (3600, "script:https://tag.example/t.js")


def test_an_answer_goes_before_a_script() -> None:
    """A script that ran just before did not set what the answer set."""
    made = found([added("a")], legs=(answer(f"{SITE}x", "a=1"),), calls=(call("https://tag.example/t.js"),))

    assert made[0].setter == f"http:{SITE}x"


def test_each_of_several_answers_sets_its_own() -> None:
    """Two answers that set the same name at the same time are two settings."""
    legs = (answer(f"{SITE}one", "a=1"), answer(f"{SITE}two", "a=2"))
    made = found([added("a"), added("a", 101)], legs=legs)

    assert [cookie.setter for cookie in made] == [f"http:{SITE}one", f"http:{SITE}two"]


def test_a_frame_of_another_site_is_not_taken_for_the_setter() -> None:
    """Its script may call the setter at the same moment, but not for this domain."""
    calls = (
        call("https://own.example/o.js", at=90),
        call("https://frame.example/f.js", "https://frame.example/", 99),
    )
    made = found([added("a")], calls=calls)

    assert made[0].setter == "script:https://own.example/o.js"


def test_a_page_may_set_a_cookie_for_its_parent_domain() -> None:
    """And not for a sibling's."""
    calls = (call("https://x.example/x.js", "https://www.site.test/"),)

    assert found([added("a", domain=".site.test")], calls=calls)[0].setter.startswith("script:")
    assert found([added("a", domain="shop.site.test")], calls=calls)[0].setter == "unknown"


def test_how_long_a_cookie_lived() -> None:
    """Until it was removed; one that was overwritten goes on as another setting."""
    made = found([added("a", 100), removed("a", 250)])
    again = found([added("a", 100), removed("a", 200, "overwrite"), added("a", 200), removed("a", 500)])

    assert [cookie.lived_ms for cookie in made] == [150]
    assert [cookie.lived_ms for cookie in again] == [None, 300]


def test_a_refused_attempt_is_no_cookie() -> None:
    """It is recorded with the attributes that it asked for."""
    leg = answer(
        "https://t.example/x", "a=12345; Max-Age=9; Secure; HttpOnly; SameSite=Lax", status="EXCLUDE_X"
    )
    made = found([], legs=(leg,))[0]

    assert (made.stored, made.block_reason, made.max_age_seconds) == (False, "EXCLUDE_X", 9)
    assert (made.secure, made.http_only, made.same_site, made.value_length) == (True, True, "lax", 5)


def test_values_are_never_kept() -> None:
    """Equal ones have equal hashes, and that is all."""
    made = found([added("a", value="secret"), added("b", value="secret"), added("c", value="other")])

    assert made[0].value_hash == made[1].value_hash != made[2].value_hash
    assert "secret" not in repr(made)


@pytest.mark.parametrize(
    ("cookie", "has"),
    [
        ({"domain": "site.test", "secure": True}, {"url": "https://site.test/"}),
        ({"domain": "site.test", "secure": False}, {"url": "http://site.test/"}),
        ({"domain": ".site.test", "secure": True}, {"domain": ".site.test"}),
        ({"domain": "site.test", "secure": True, "expires": -1}, {"url": "https://site.test/"}),
    ],
)
def test_a_cookie_can_be_put_back(cookie: dict[str, Any], has: dict[str, str]) -> None:
    """A host's own cookie stays its own: ``__Host-`` allows no domain."""
    made = settable({"name": "__Host-bd", "value": "v", "path": "/", **cookie})

    assert {name: made.get(name) for name in has} == has
    assert "expires" not in made
