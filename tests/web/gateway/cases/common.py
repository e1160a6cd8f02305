"""What the parts of the corpus share."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import replace

from bandeau.core.policy import CacheMode, Mode, ModeRule, Undeclared, Wall
from tests.enforcement.sample import POLICY, compiled, visit, with_enforce
from tests.web.gateway.case import HELD_TAG

REPORT = with_enforce(mode=Mode.REPORT)
OFF = with_enforce(mode=Mode.OFF)
SHARED = with_enforce(cache=CacheMode.SHARED)
PRIVATE = with_enforce(cache=CacheMode.PRIVATE)
EXTERNAL = with_enforce(wall=Wall.EXTERNAL)
LENIENT = with_enforce(undeclared_hosts=Undeclared.REPORT)
STRICT_COOKIES = with_enforce(undeclared_cookies=Undeclared.BLOCK)
SMALL_CAP = with_enforce(max_body_bytes=100)
NO_GPC = replace(POLICY, purposes=tuple(replace(purpose, gpc=False) for purpose in POLICY.purposes))
BY_PATH = with_enforce(
    mode=Mode.ENFORCE,
    rules=(
        ModeRule(Mode.OFF, path="/admin/*"),
        ModeRule(Mode.OFF, path="/été/*"),
        ModeRule(Mode.REPORT, path="/new/*"),
        ModeRule(Mode.OFF, host="old.paper.example"),
        ModeRule(Mode.REPORT, host="*.paper.example"),
    ),
)

ACCEPTED = "__Host-bd=audience+social+ads"
AUDIENCE = "__Host-bd=audience"
REFUSED = "__Host-bd=refused"
PUBLIC = (("cache-control", "public, max-age=60"),)
DOCUMENT = (("sec-fetch-dest", "document"),)
INSERTED = ("<!--wall ", '<section id="bd-first"', '<footer id="bd-foot"')
ENFORCED_AND_PRIVATE = {"cache-control": ["private, no-cache"], "vary": ["Cookie, Sec-GPC"]}
UNTOUCHED_LOG = "is left as it is"


def gz(body: bytes) -> bytes:
    """Return bytes as one gzip member."""
    return gzip.compress(body, mtime=0)


def raw_deflate(body: bytes) -> bytes:
    """Return bytes as deflate without its wrapper."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    return deflate.compress(body) + deflate.flush()


def cut(body: bytes, size: int) -> tuple[bytes, ...]:
    """Cut bytes into pieces."""
    return tuple(body[start : start + size] for start in range(0, len(body), size))


def suffix(*purposes: str) -> str:
    """Return the mark of a private entity tag for these purposes."""
    return compiled().private_suffix(visit(*purposes))


HELD = (HELD_TAG, 'data-bd="?"', "/bandeau/embed/player?u=https%3A%2F%2Fplayer.example%2Fv%2F1", *INSERTED)
