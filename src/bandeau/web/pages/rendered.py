"""A policy put into bytes once: what every page receives, and the files that it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from markupsafe import escape

from bandeau.core.decision import EU, Regime
from bandeau.core.policy import Mode, Policy
from bandeau.core.profile import Scope
from bandeau.enforcement.csp import strictest
from bandeau.enforcement.hosts import HostTable
from bandeau.enforcement.table import in_script, site_table
from bandeau.web.pages.build import POLICY_MARK, TABLE_MARK, build, short_hash
from bandeau.web.pages.notices import Notice, all_notices, make_notice
from bandeau.web.pages.render import render
from bandeau.web.pages.rows import Describer
from bandeau.web.pages.wording import spoken, wording


@dataclass(frozen=True, slots=True)
class WallKey:
    """What a wall's text hangs on beside the policy; it stands in the URL of an external wall."""

    mode: Mode
    stamp: str | None = None
    posted: bool = False

    @property
    def query(self) -> str:
        """The key as a query string."""
        stamp = "" if self.stamp is None else f"&x={self.stamp}"
        return f"m={self.mode.value}{stamp}{'&o=1' if self.posted else ''}"


class Rendered:
    """The texts and files of one policy."""

    def __init__(self, policy: Policy, regime: Regime = EU) -> None:
        self.policy = policy
        self.prefix = policy.enforce.prefix
        #: Absolute, so that a foreign <base href> in a page leads no form away.
        self.base = policy.site.url.rstrip("/") + self.prefix
        self._regime = regime
        self._panels: dict[str, bytes] = {}
        self._notices: dict[tuple[str, str, str], Notice] = {}

    @cached_property
    def hosts(self) -> HostTable:
        """Whose a URL is."""
        return HostTable(self.policy)

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The languages that are spoken here, the site's default first."""
        site = self.policy.site
        spoken_here = {spoken(site.languages, site.default_language, each) for each in site.languages}
        first = self.language("")
        return (first, *sorted(spoken_here - {first}))

    def language(self, asked: str) -> str:
        """Return the language to speak to someone who asks for one."""
        return spoken(self.policy.site.languages, self.policy.site.default_language, asked)

    @cached_property
    def style_url(self) -> str:
        """Where the stylesheet is that every page loads."""
        return f"{self.prefix}/p.{short_hash(build().style)}.css"

    @cached_property
    def style_urls(self) -> tuple[str, ...]:
        """Where the stylesheets of our own pages are, in their order."""
        return self.style_url, f"{self.prefix}/o.{short_hash(build().sheet)}.css"

    @cached_property
    def guard_url(self) -> str:
        """Where the guard is."""
        return f"{self.prefix}/g.{short_hash(build().guard)}.js"

    def panel_url(self, language: str) -> str:
        """Where the panel's fragment is."""
        return f"{self.prefix}/panel/{language}.{short_hash(self.panel(language))}.html"

    def wall_url(self, key: WallKey) -> str:
        """Where an external wall is: everything that it hangs on is in its URL."""
        return f"{self.prefix}/w.{short_hash(self.wall(key))}.js?{key.query}"

    def wall(self, key: WallKey) -> bytes:
        """Return the wall's script: the same bytes in a page and in a file of its own."""
        table = site_table(
            self.policy, mode=key.mode.value, stamp=key.stamp, posted=key.posted, regime=self._regime
        )
        return build().wall.replace(TABLE_MARK, _ascii(in_script(table))).encode("ascii")

    @cached_property
    def fallback(self) -> bytes:
        """Return the script that puts up the strictest policy when the external wall does not come."""
        text = _ascii(in_script(strictest(self.policy)))
        return build().fallback.replace(POLICY_MARK, text).encode("ascii")

    def panel(self, language: str) -> bytes:
        """Return the panel's fragment, the same for every reader."""
        if language not in self._panels:
            self._panels[language] = self.fragment(language, notice=self.notice("panel", language).digest)
        return self._panels[language]

    def fragment(self, language: str, *, notice: str) -> bytes:
        """Return the panel's fragment with the digest of its notice."""
        words = wording(language)
        text = render(
            "panel.html",
            w=words,
            base=self.base,
            rows=Describer(self.policy, words).rows(),
            revision=self.policy.revision,
            shown_gpc=False,
            notice=notice,
        )
        return text.encode()

    def notice(self, layer: str, language: str, service_id: str = "") -> Notice:
        """Return the notice of a layer: ``first``, ``panel``, ``settings`` or, of a service, ``embed``.

        Raises:
            KeyError: there is no such layer or service.
        """
        key = layer, language, service_id
        if key not in self._notices:
            self._notices[key] = make_notice(self, *key)
        return self._notices[key]

    @cached_property
    def notices(self) -> Mapping[str, Notice]:
        """Every notice of the policy, by its digest."""
        return {notice.digest: notice for notice in all_notices(self)}

    def first(self, language: str, *, origin: str, shown_gpc: bool) -> bytes:
        """Return the first layer and the place for messages, in ASCII: the page's charset is not known."""
        notice = self.notice("first", language).digest
        return self.first_layer(language, base=origin + self.prefix, shown_gpc=shown_gpc, notice=notice)

    def first_layer(self, language: str, *, base: str, shown_gpc: bool, notice: str) -> bytes:
        """Return the first layer with the digest of its notice."""
        words = wording(language)
        describer = Describer(self.policy, words)
        asked = [row for row in describer.rows().rows if any(s.id == row.id for s in row.main)]
        text = render(
            "first.html",
            w=words,
            site=self.policy.site,
            base=base,
            panel=self.panel_url(language),
            vendors=len(self.policy.vendors),
            profiles=any(purpose.profiles for purpose in self.policy.switches()),
            accounts=any(profile.scope is Scope.ACCOUNT for profile in self.policy.profiles),
            asked=asked,
            signalled=[row.title for row in asked if row.gpc],
            shown_gpc=shown_gpc,
            revision=self.policy.revision,
            notice=notice,
        )
        return _in_any_charset(text)

    def foot(self, language: str, *, origin: str) -> bytes:
        """Return the permanent links."""
        return _in_any_charset(render("foot.html", w=wording(language), base=origin + self.prefix))

    def permanent_links(self, language: str) -> str:
        """Return the permanent links alone, for a footer of the site's own."""
        return render("links.html", w=wording(language), base=self.prefix)

    def links(self) -> bytes:
        """Return the stylesheets of a page."""
        style, scriptless = escape(self.style_url), escape(f"{self.prefix}/s.css")
        text = (
            f'<link rel="stylesheet" href="{style}">'
            f'<noscript><link rel="stylesheet" href="{scriptless}"></noscript>'
        )
        return _in_any_charset(text)


def _ascii(text: str) -> str:
    """Return JSON in ASCII, whatever the charset of the page that it will stand in."""
    return "".join(map(_escaped, text))


def _escaped(character: str) -> str:
    if character < "\x80":
        return character
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def _in_any_charset(text: str) -> bytes:
    return text.encode("ascii", "xmlcharrefreplace")
