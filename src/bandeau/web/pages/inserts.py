"""What is inserted into the site's pages."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass

from markupsafe import escape

from bandeau.core.policy import Mode
from bandeau.enforcement.html.rules import Inserts
from bandeau.enforcement.visit import Visit
from bandeau.errors import StoreError
from bandeau.site import Site
from bandeau.web.pages.evidence import keep_evidence
from bandeau.web.pages.notices import is_notice
from bandeau.web.pages.policytables import policy_tables
from bandeau.web.pages.rendered import Rendered, WallKey

#: CSP3 §2.3.1, base64-value: anything else in a nonce is not a nonce.
_NONCE = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
_MOST_KEPT = 1_024
_NOTHING = Inserts()


@dataclass(frozen=True, slots=True)
class _Key:
    language: str
    wall: WallKey
    external: bool
    shown_gpc: bool
    origin: str


class Pages:
    """Makes the inserts of pages, and keeps those it made while the policy stays the same."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._rendered = Rendered(site.policy, site.regime)
        # Repeats pure answers only, so threads may race on it; emptied when full.
        self._kept: dict[_Key, tuple[tuple[bytes, ...], Inserts]] = {}

    def rendered(self) -> Rendered:
        """Return the texts and files of the policy in force."""
        rendered = self._rendered
        if rendered.policy is not self._site.policy:
            rendered = self._rendered = Rendered(self._site.policy, self._site.regime)
            self._kept = {}
            if self._site.archive is not None:
                # Dozens of files, each synced: no reader waits for that.
                threading.Thread(target=self.keep_evidence, name="bandeau-archive", daemon=True).start()
        return rendered

    def keep_evidence(self) -> None:
        """Archive what the policy in force shows; a failure is reported and keeps no page from readers."""
        rendered, site = self._rendered, self._site
        if site.archive is None:
            return
        try:
            keep_evidence(site.archive, rendered, site.loaded)
        except StoreError as error:
            revision = rendered.policy.revision
            site.log.error("revision %s is not archived, run `bandeau archive`: %s", revision, error)

    def known_notice(self, claimed: str, layer: str) -> str:
        """Return the digest by which a page names what it showed, or ``""``.

        It must be that of a notice of this layer, of the policy in force or an archived one: a
        record names nothing that cannot be looked at.
        """
        known = self.rendered().notices.get(claimed)
        if known is not None:
            return claimed if known.layer == layer else ""
        archive = self._site.archive
        names = archive.names(claimed) if archive is not None else ()
        return claimed if any(is_notice(name, layer) for name in names) else ""

    def links(self, language: str = "") -> str:
        """Return the permanent links, for a template that places them itself."""
        rendered = self.rendered()
        return rendered.permanent_links(rendered.language(language))

    def policy_tables(self, language: str = "") -> str:
        """Return the tables of the policy, for a page of the site's own."""
        rendered = self.rendered()
        return policy_tables(rendered, rendered.language(language))

    def inserts(
        self,
        visit: Visit,
        language: str = "",
        *,
        shared: bool,
        nonce: str | None = None,
        external: bool = False,
        posted: bool = False,
        origin: str = "",
    ) -> Inserts:
        """Return what a page receives.

        In report mode nobody is asked: the page only receives what reports.

        Args:
            language: the page's, as its markup says it.
            shared: the same bytes for everybody.
            nonce: the nonce that the page's own policy admits, to be put on scripts.
            external: the page's policy forbids inline scripts.
            posted: the page answers a POST.
            origin: where the page's own form goes; "" is the site's address. The choice is kept by
                the host that is asked, so a site of several hosts posts to the one it was read on.
        """
        if visit.mode is Mode.OFF:
            return _NOTHING
        rendered = self.rendered()
        key = _Key(
            rendered.language(language),
            WallKey(visit.mode, None if shared else visit.choice_bits, posted and not shared),
            external,
            not shared and visit.signals.gpc,
            origin or self._site.policy.site.url.rstrip("/"),
        )
        kept = self._kept
        if key not in kept:
            if len(kept) >= _MOST_KEPT:
                kept.clear()
            kept[key] = _make(rendered, key)
        segments, rest = kept[key]
        return Inserts(_attribute(nonce).join(segments), rest.body, rest.foot, rest.settings_href)


def _make(rendered: Rendered, key: _Key) -> tuple[tuple[bytes, ...], Inserts]:
    """Return the head, cut where a nonce goes, and the rest."""
    enforced = key.wall.mode is Mode.ENFORCE
    segments = [b"<script", *_wall(rendered, key), _script(rendered.guard_url) + rendered.links()]
    if not enforced:
        segments[-1] = _script(rendered.guard_url)
        return tuple(segments), Inserts(settings_href=f"{rendered.prefix}/choices")
    rest = Inserts(
        body=rendered.first(key.language, origin=key.origin, shown_gpc=key.shown_gpc),
        foot=rendered.foot(key.language, origin=key.origin),
        settings_href=f"{rendered.prefix}/choices",
    )
    return tuple(segments), rest


def _wall(rendered: Rendered, key: _Key) -> list[bytes]:
    if not key.external:
        return [b">" + rendered.wall(key.wall) + b"</script><script"]
    outside = _script(rendered.wall_url(key.wall))
    if key.wall.mode is not Mode.ENFORCE:
        return [outside + b"<script"]
    # The wall that did not come must not mean an open page.
    return [outside + b"<script", b">" + rendered.fallback + b"</script><script"]


def _script(url: str) -> bytes:
    return f' src="{escape(url)}"></script>'.encode("ascii")


def _attribute(nonce: str | None) -> bytes:
    if nonce is None or not _NONCE.fullmatch(nonce):
        return b""
    return f' nonce="{nonce}"'.encode("ascii")
