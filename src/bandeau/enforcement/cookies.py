"""The cookie gate: which ``Set-Cookie`` passes, and how refused cookies are made to expire."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice, takewhile

from bandeau.core.cookie import choice_cookie_name, subject_cookie_name
from bandeau.core.policy import Policy, Tracker, Undeclared

#: Returns the registrable domain of a host ("example.co.uk"), or "" when it has none.
Registrable = Callable[[str], str]
#: No response carries more expiries than this; what is left goes with the next one.
MOST_EXPIRIES = 100
_DEEPEST_PATH = 8
_EPOCH = date(1970, 1, 1).toordinal()
_PATH_PART = re.compile(r"[!-+\--:<-~]+")  # ASCII without space, comma and semicolon
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
# The forms of RFC 9110 §5.6.7 and their near relatives, whole: a browser ignores a date that lacks its time.
_DATE = re.compile(
    r"(?:[a-z]{3,9},?\s+)?(\d{1,2})[\s-]([a-z]{3})[a-z]*[\s-](\d{4}|\d{2})\s+\d{1,2}:\d{1,2}:\d{1,2}(?:\s+(?:GMT|UTC))?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class CookieVerdict:
    """Whether a cookie may be set, and whether that hangs on the reader's choice."""

    keep: bool
    depends: bool
    service: str


class CookieTable:
    """The cookies of a policy, by name; the most specific declaration stands."""

    def __init__(self, policy: Policy, steady: int) -> None:
        self._policy = policy
        self._steady = steady
        self._own = {choice_cookie_name(policy.site), subject_cookie_name(policy.site)}
        self._exact: dict[str, list[int]] = {}
        self._prefixes: dict[str, list[int]] = {}
        for index, service in enumerate(policy.services):
            for tracker in service.trackers:
                if tracker.kind == "cookie":
                    self._add(tracker.name, index)

    def owners(self, name: str) -> list[int]:
        """Return the places in ``policy.services`` of those who declare a cookie of this name."""
        if name in self._exact:
            return self._exact[name]
        best = max((prefix for prefix in self._prefixes if name.startswith(prefix)), key=len, default=None)
        return [] if best is None else self._prefixes[best]

    def judge(self, name: str, allowed: int) -> CookieVerdict:
        """Judge a cookie's name under a set of allowed services."""
        owners = [] if name in self._own else self.owners(name)
        if not owners:
            blocked = name not in self._own and self._policy.enforce.undeclared_cookies is Undeclared.BLOCK
            return CookieVerdict(not blocked, False, "?" if name not in self._own else "")
        mask = sum(1 << index for index in owners)
        service = self._policy.services[owners[0]].id
        return CookieVerdict(bool(allowed & mask), not self._steady & mask, service)

    def _add(self, name: str, index: int) -> None:
        table, key = (self._prefixes, name[:-1]) if name.endswith("*") else (self._exact, name)
        owners = table.setdefault(key, [])
        if index not in owners:
            owners.append(index)


def cookie_name(set_cookie: str) -> str:
    """Return the name under which a ``Set-Cookie`` value comes back.

    A cookie without a name is sent as its bare value (RFC 6265bis §5.6, §5.8.3), so that
    ``=_id=1`` is read as ``_id`` by every server.
    """
    name, _, value = set_cookie.partition(";")[0].partition("=")
    name = name.strip(" \t")
    return name or value.partition("=")[0].strip(" \t")


def is_expiry(set_cookie: str, today: int) -> bool:
    """Tell whether a ``Set-Cookie`` value only deletes: that is always let through.

    ``Max-Age`` counts before ``Expires`` (RFC 6265 §5.3).
    """
    attributes = {}
    for part in set_cookie.split(";")[1:]:
        key, _, value = part.partition("=")
        attributes[key.strip().lower()] = value.strip()
    if "max-age" in attributes:
        return bool(re.fullmatch(r"-\d+|0+", attributes["max-age"]))
    found = _DATE.fullmatch(attributes.get("expires", ""))
    return found is not None and _day(found) is not None and (_day(found) or 0) < today


def expiries(
    policy: Policy,
    names: Iterable[str],
    *,
    host: str,
    paths: Iterable[str],
    registrable: Registrable,
    limit: int = MOST_EXPIRIES,
) -> tuple[str, ...]:
    """Return the ``Set-Cookie`` values that make cookies expire, wherever they may have been set.

    A browser keeps cookies by name, domain and path: each name is expired host-only and for every
    parent domain down to the registrable one, at each path. The likeliest come first, for all
    names, before the less likely of any.

    Args:
        paths: the paths at which the cookies may be visible (see ``ancestors``).
    """
    tried = list(dict.fromkeys(name for name in names if _is_name(name)))
    places = [(path, domain) for path in dict.fromkeys(paths) for domain in _domains(host, registrable)]
    texts = (
        text
        for path, domain in places
        for name in tried
        for text in _expire(name, path, domain, secure=policy.site.secure, split=_is_split(policy, name))
    )
    return tuple(islice(dict.fromkeys(texts), limit))


def ancestors(path: str) -> Iterator[str]:
    """Yield the cookie paths that a request path matches, ``/`` first (RFC 6265 §5.1.4).

    >>> list(ancestors("/a/b"))
    ['/', '/a', '/a/', '/a/b']
    """
    yield "/"
    # Below a part that could not stand in a header nothing is tried.
    parts = list(takewhile(_PATH_PART.fullmatch, path.split("/")[1:]))
    here = ""
    for depth, part in enumerate(parts[:_DEEPEST_PATH], start=1):
        here = f"{here}/{part}"
        yield here
        if depth < len(parts) or path.endswith("/"):
            yield f"{here}/"


def _domains(host: str, registrable: Registrable) -> list[str]:
    """Return the ``Domain`` values that this host may use; "" is a host-only cookie."""
    root = registrable(host)
    found = []
    while root and (host == root or host.endswith("." + root)):
        found.append(host)
        host = host.partition(".")[2]
    return [*reversed(found[-1:]), "", *found[:-1]] if found else [""]


def _expire(name: str, path: str, domain: str, *, secure: bool, split: bool) -> Iterator[str]:
    # RFC 6265bis §4.1.3: a browser takes no __Host- cookie with a domain or another path.
    if name.startswith("__Host-") and (domain or path != "/"):
        return
    where = f"; Path={path}" + (f"; Domain={domain}" if domain else "")
    kept_secure = "; Secure" if secure or name.startswith(("__Host-", "__Secure-")) else ""
    yield f"{name}=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT{where}{kept_secure}"
    if split and kept_secure:
        yield f"{name}=; Max-Age=0{where}; Secure; SameSite=None; Partitioned"


def _is_split(policy: Policy, name: str) -> bool:
    return any(tracker.partitioned and tracker.matches(name) for tracker in _cookies(policy))


def _cookies(policy: Policy) -> Iterator[Tracker]:
    for service in policy.services:
        yield from (tracker for tracker in service.trackers if tracker.kind == "cookie")


def _is_name(name: str) -> bool:
    return bool(re.fullmatch(r"[!#$%&'*+\-.^_`|~0-9A-Za-z\[\]{}()/:<>?@]{1,256}", name))


def _day(found: re.Match[str]) -> int | None:
    year = int(found[3])
    if year < 100:
        year += 1900 if year >= 70 else 2000
    try:
        month = _MONTHS.index(found[2].lower()) + 1
        return date(year, month, int(found[1])).toordinal() - _EPOCH
    except ValueError:
        return None
