"""Notices: what each layer says, without what differs from reader to reader, and its digest.

A form carries the digest of its own notice, so that a record names the text that the reader had
before their eyes, also when that page is older than the policy in force. Left out are that digest
itself, the host that the form goes to, the state of the switches and the reader's own lines; the
sentence about GPC stands there always, the record says whether it was shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bandeau.core.canonical import digest
from bandeau.core.policy import Kind, Reach, Service
from bandeau.web.pages.render import render
from bandeau.web.pages.rows import Describer
from bandeau.web.pages.wording import wording

if TYPE_CHECKING:
    from bandeau.web.pages.rendered import Rendered

#: The folder of the archive's names that notices stand in.
FOLDER = "notices"


@dataclass(frozen=True, slots=True)
class Notice:
    """The text of one layer in one language; of an embed's placeholder, that of its service."""

    layer: str
    language: str
    text: bytes
    digest: str
    service: str = ""

    @property
    def name(self) -> str:
        """What the text is called in the archive."""
        of = f".{self.service}" if self.service else ""
        return f"{FOLDER}/{self.language}/{self.layer}{of}.html"


def is_notice(name: str, layer: str) -> bool:
    """Tell whether a name of the archive is that of a notice of a layer.

    >>> is_notice("notices/fr/embed.youtube.html", "embed"), is_notice("policy/fr.html", "first")
    (True, False)
    """
    folder, _, rest = name.partition("/")
    return folder == FOLDER and rest.partition("/")[2].partition(".")[0] == layer


def make_notice(rendered: Rendered, layer: str, language: str, service_id: str = "") -> Notice:
    """Return the notice of a layer.

    Raises:
        KeyError: there is no such layer or service.
    """
    if layer == "embed":
        text = _embed(rendered, rendered.policy.service(service_id), language)
    else:
        text = {"first": _first, "panel": _panel, "settings": _settings}[layer](rendered, language)
    return Notice(layer, language, text, digest(text), service_id)


def all_notices(rendered: Rendered) -> list[Notice]:
    """Return every notice of a policy, in every language that is spoken on the site."""
    embeds = [service.id for service in rendered.policy.services if asks_alone(service)]
    return [
        notice
        for language in rendered.languages
        for notice in (
            *(rendered.notice(layer, language) for layer in ("first", "panel", "settings")),
            *(rendered.notice("embed", language, service_id) for service_id in embeds),
        )
    ]


def asks_alone(service: Service) -> bool:
    """Tell whether a service has a placeholder on which a choice can be made."""
    return service.kind is Kind.EMBED and service.bit is not None


def placeholder(rendered: Rendered, service: Service, language: str, **own: str) -> str:
    """Return the page inside an embed's frame that says who would receive what."""
    policy, words = rendered.policy, wording(language)
    describer = Describer(policy, words)
    return render(
        "embed.html",
        w=words,
        prefix=rendered.prefix,
        styles=rendered.style_urls,
        id=service.id,
        service=describer.service_title(service),
        vendor=describer.vendor_name(service),
        purpose=describer.title(policy.purpose(service.purpose)),
        delegated=service.reach is Reach.OPEN,
        always=asks_alone(service),
        revision=policy.revision,
        **own,
    )


def _first(rendered: Rendered, language: str) -> bytes:
    return rendered.first_layer(language, base=rendered.base, shown_gpc=False, notice="")


def _panel(rendered: Rendered, language: str) -> bytes:
    return rendered.fragment(language, notice="")


def _embed(rendered: Rendered, service: Service, language: str) -> bytes:
    return placeholder(rendered, service, language, notice="", target="", here="").encode()


def _settings(rendered: Rendered, language: str) -> bytes:
    policy, words = rendered.policy, wording(language)
    text = render(
        "settings.html",
        w=words,
        site=policy.site,
        prefix=rendered.prefix,
        styles=rendered.style_urls,
        guard="",
        wall="",
        saved=False,
        code="",
        last={"day": "", "code": "", "now": [], "without": []},
        can_withdraw=True,
        rows=Describer(policy, words).rows(),
        shown_gpc=False,
        revision=policy.revision,
        back="/",
        notice="",
        languages=[],
    )
    return text.encode()
