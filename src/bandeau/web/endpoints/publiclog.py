"""The public log, for whoever wants to watch it: checkpoints, tiles, entries, keys (c2sp.org/tlog-tiles).

    log/checkpoint            the current log's checkpoint
    log/keys                  the verifier keys of all logs, one a line
    log/<year>/checkpoint
    log/<year>/tile/<level>/<number>[.p/<width>]
    log/<year>/tile/entries/<number>[.p/<width>]

An entry is a salted commitment: it says nothing about anybody to who has not the record and its
salt. A full tile never changes; a partial one is soon a wider one.
"""

from __future__ import annotations

import re

from bandeau.core.request import Response
from bandeau.errors import StoreError
from bandeau.ledger.store import LogHead
from bandeau.ledger.tiles import TILE_WIDTH, entry_bundle, parse_tile_path, tile_width
from bandeau.ledger.tree import HASH_SIZE
from bandeau.site import Site
from bandeau.web.endpoints.answers import answer, problem
from bandeau.web.endpoints.assets import FOREVER

NOTHING_KEPT = "no-store"
_TEXT = "text/plain; charset=utf-8"
_PATH = re.compile(r"/log/(?:(?P<year>[0-9]{4})/)?(?P<rest>[a-z0-9./]{1,100})")
#: The log is public: monitors and verifiers of other origins may read it.
_PUBLIC = (("access-control-allow-origin", "*"), ("x-robots-tag", "noindex"))


def public_log(site: Site, where: str) -> Response | None:
    """Answer a path of the log (below the prefix), or ``None`` when there is nothing."""
    found = _PATH.fullmatch(where)
    if found is None:
        return None
    try:
        return _answer(site, found["year"], found["rest"])
    except StoreError:
        later = (("retry-after", "2"),)
        return problem(503, "The log cannot be read now", "Try again in a moment.", headers=later)


def _answer(site: Site, year: str | None, rest: str) -> Response | None:
    heads = site.logs()
    if year is None and rest == "keys":
        keys = [str(key) for head in heads for key in site.signer.verifiers(head.origin)]
        return _public("".join(f"{key}\n" for key in keys).encode(), _TEXT)
    head = next((head for head in reversed(heads) if year is None or head.year == int(year)), None)
    if head is None:
        return None
    if rest == "checkpoint":
        return _public(head.checkpoint, _TEXT)
    return _tile(site, head, rest) if year is not None else None


def _tile(site: Site, head: LogHead, path: str) -> Response | None:
    asked = parse_tile_path(path)
    if asked is None:
        return None
    level = asked.level if isinstance(asked.level, int) else 0
    if asked.width > tile_width(level, asked.number, head.size):
        return None
    start = asked.number * TILE_WIDTH
    if asked.level == "entries":
        body = entry_bundle(site.store.leaves(head.origin, start, start + asked.width))
    else:
        body = site.store.tile(head.origin, level, asked.number)[: asked.width * HASH_SIZE]
    cache = FOREVER if asked.width == TILE_WIDTH else NOTHING_KEPT
    return _public(body, "application/octet-stream", cache=cache)


def _public(body: bytes, content_type: str, *, cache: str = NOTHING_KEPT) -> Response:
    return answer(200, body, content_type, cache=cache, readers="cross-origin", headers=_PUBLIC)
