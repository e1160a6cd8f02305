"""Cookies and stored items: each rule with a breach, and a twin that comes near and is none."""

from __future__ import annotations

from .case import AUDIENCE, METER, TUBE, case, withdrawn
from .made import DAY, SITE, call, cookie, held, item, visit

_COUNTED = cookie("_ct", max_age_seconds=395 * DAY)

DEPOSIT_CASES = (
    case(
        "BND504",
        "http",
        visit("none", cookie("_m")),
        visit("none", cookie("sessionid", http_only=True)),
        *AUDIENCE,
    ),
    case(
        "BND504",
        "150-ms",
        visit("none", cookie("_m", lived_ms=150, max_age_seconds=0)),
        visit("none", cookie("_m", max_age_seconds=0, stored=False)),
        *AUDIENCE,
    ),
    case(
        "BND504",
        "kept-out-by-settings",
        visit("none", cookie("_m", stored=False, block_reason="UserPreferences")),
        visit("none", cookie("_m", stored=False, block_reason="SecureOnly")),
        *AUDIENCE,
    ),
    case(
        "BND504",
        "nobody-was-seen-to-set-it",
        visit("none", held("_m", "arrived")),
        visit("none", held("__Host-bd", "arrived")),
        *AUDIENCE,
    ),
    case(
        "BND504",
        "undeclared-name-of-a-refused-service",
        visit("none", cookie("zz", domain="meter.example", stored=False, block_reason="UserPreferences")),
        visit("none", cookie("zz", domain="meter.example", stored=False, block_reason="SyntaxError")),
        *AUDIENCE,
    ),
    case(
        "BND505",
        "script",
        visit("refuse", cookie("_m", "second-page", setter=f"script:{SITE}/app.js")),
        visit("only:audience", cookie("_m", "second-page", setter=f"script:{SITE}/app.js")),
        *AUDIENCE,
    ),
    case(
        "BND506",
        "again",
        withdrawn(cookie("_m", "withdrawn-reloaded"), held("_m", "withdrawn-reloaded")),
        withdrawn(cookie("_m", "withdrawn-reloaded", max_age_seconds=-1)),
        *AUDIENCE,
    ),
    case(
        "BND507",
        "kept",
        withdrawn(
            cookie("_m", "after-choice", http_only=True),
            held("_m", "after-choice"),
            held("_m", "withdrawn-reloaded"),
        ),
        withdrawn(
            cookie("_m", "after-choice"),
            held("_m", "after-choice"),
            held("_m", "withdrawn"),
            held("__Host-bd", "withdrawn-reloaded"),
        ),
        *AUDIENCE,
    ),
    case(
        "BND507",
        "not-a-third-party's",
        withdrawn(cookie("_m", "reloaded"), held("_m", "left")),
        withdrawn(
            cookie("viewer", "reloaded", domain="tube.example"), held("viewer", "left", ".tube.example")
        ),
        *AUDIENCE,
    ),
    case(
        "BND508",
        "local",
        visit("none", item("local", "mk")),
        visit("accept", item("local", "mk", "reloaded")),
        *AUDIENCE,
    ),
    case(
        "BND508",
        "database",
        visit("none", item("indexeddb", "mdb/events")),
        visit("none", item("session", "bd")),
        *AUDIENCE,
    ),
    case(
        "BND508",
        "cache",
        visit("none", item("cache", "mcache https://www.journal.example/x")),
        visit("accept", item("cache", "mcache/https://www.journal.example/x", "reloaded")),
        *AUDIENCE,
    ),
    case(
        "BND508", "removed-again", visit("none", item("local", "mk", removed=True)), visit("none"), *AUDIENCE
    ),
    case(
        "BND509",
        "local",
        visit("refuse", item("local", "mk", "second-page")),
        visit("only:audience", item("local", "mk", "second-page")),
        *AUDIENCE,
    ),
    case(
        "BND510",
        "kept",
        withdrawn(item("local", "mk", "reloaded"), item("local", "mk", "withdrawn-reloaded")),
        withdrawn(
            item("local", "mk", "reloaded"),
            item("local", "mk", "withdrawn"),
            held("bd", "withdrawn-reloaded"),
        ),
        *AUDIENCE,
    ),
    case(
        "BND510",
        "written",
        withdrawn(item("local", "mk", "withdrawn"), held("bd", "withdrawn-reloaded")),
        withdrawn(item("local", "mk", "second-page"), held("bd", "withdrawn-reloaded")),
        *AUDIENCE,
    ),
    case(
        "BND521",
        "of-the-site",
        visit("accept", cookie("_new", "reloaded", max_age_seconds=DAY)),
        visit("accept", cookie("_m_77", "reloaded", max_age_seconds=DAY)),
    ),
    case(
        "BND521",
        "of-an-allowed-service",
        visit(
            "accept",
            call(METER, "reloaded"),
            cookie("zz", "reloaded", domain="meter.example", setter=f"http:{METER}"),
        ),
        visit(
            "accept",
            call(TUBE, "reloaded", type="document"),
            cookie("zz", "reloaded", domain="tube.example", setter=f"http:{TUBE}"),
        ),
        *AUDIENCE,
    ),
    case(
        "BND508",
        "file",
        visit("none", item("file", "mdb")),
        visit("accept", item("file", "mdb", step="reloaded")),
        *AUDIENCE,
    ),
    case("BND522", "file", visit("none", item("file", "zz")), visit("none")),
    case("BND522", "bucket", visit("none", item("bucket", "zz")), visit("none")),
    case(
        "BND522",
        "local",
        visit("none", item("local", "zz")),
        visit("none", item("serviceworker", f"{SITE}/")),
    ),
    case(
        "BND530",
        "longer",
        visit("accept", cookie("_m", "reloaded", max_age_seconds=200 * DAY)),
        visit("accept", cookie("_m", "reloaded", max_age_seconds=184 * DAY)),
        *AUDIENCE,
    ),
    case(
        "BND530",
        "two-days-for-one",
        visit("accept", cookie("_m_1", "reloaded", max_age_seconds=2 * DAY)),
        visit("accept", cookie("_m_1", "reloaded")),
        *AUDIENCE,
    ),
    case(
        "BND532",
        "longer",
        visit("none", cookie("_ct", max_age_seconds=399 * DAY)),
        visit("none", cookie("_ct", max_age_seconds=397 * DAY)),
        "audience",
        "counter",
    ),
    case(
        "BND533",
        "rolling",
        visit("none", _COUNTED, cookie("_ct", "second-page", max_age_seconds=395 * DAY, at_ms=5_000)),
        visit("none", _COUNTED, cookie("_ct", "second-page", max_age_seconds=395 * DAY - 5, at_ms=5_000)),
        "audience",
        "counter",
    ),
    case(
        "BND534",
        "readable",
        visit("none", cookie("sessionid")),
        visit("none", cookie("sessionid", http_only=True)),
        "technical",
        "session",
    ),
    case(
        "BND535",
        "shorter",
        visit("refuse", cookie("__Host-bd", "choice", max_age_seconds=30 * DAY)),
        visit("refuse", cookie("__Host-bd", "choice", max_age_seconds=182 * DAY)),
    ),
)
