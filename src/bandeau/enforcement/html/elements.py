"""Which attributes of one start tag are to be held back, and for which service."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import chain

from bandeau.enforcement.html import places
from bandeau.enforcement.html.charrefs import decode_attribute
from bandeau.enforcement.html.places import Place, Reading
from bandeau.enforcement.html.rules import KEEP, UNDECLARED, PageRules, Verdict
from bandeau.enforcement.html.urls import (
    bundle_urls,
    candidates,
    css_urls,
    import_map_urls,
    listed,
    plain_css_urls,
    refresh_targets,
    resolved,
    speculation_urls,
)

Attributes = dict[bytes, bytes]
# Scripts that are tables of URLs: how they are read, and what the browser would use the answers for.
_DATA_BLOCKS: dict[bytes, tuple[Callable[[str], list[str] | None], str]] = {
    b"importmap": (import_map_urls, "script"),
    b"speculationrules": (speculation_urls, "prefetch"),
    b"webbundle": (bundle_urls, "prefetch"),
}


@dataclass(slots=True)
class Findings:
    """What is held on one element: attribute names, services in order, the frame to show instead."""

    attributes: list[bytes] = field(default_factory=list)
    services: list[str] = field(default_factory=list)
    frame: str | None = None
    as_text: bool = False  # the element's content must not be run or applied

    def add(self, attribute: bytes | None, verdict: Verdict) -> None:
        """Notes a verdict that holds."""
        if attribute and attribute not in self.attributes:
            self.attributes.append(attribute)
        if verdict.service not in self.services:
            self.services.append(verdict.service)


class Judge:
    """Asks the rules about elements, with the base URL and encoding of their document."""

    __slots__ = ("asked", "base", "encoding", "rules")

    def __init__(self, rules: PageRules, base: str, encoding: str) -> None:
        self.rules, self.base, self.encoding = rules, base, encoding
        #: Whether a URL was judged already, by the base that stood then.
        self.asked = False

    def text(self, raw: bytes) -> str:
        """Returns the text of an attribute's value."""
        return decode_attribute(raw.decode(self.encoding, "replace"))

    def _word(self, attributes: Attributes, name: bytes) -> str:
        """Returns the value of an attribute that is a keyword, "" when there is none."""
        return self.text(attributes.get(name, b"")).lower()

    def html(self, name: bytes, attributes: Attributes) -> Findings:
        """Judges an HTML element other than script and style."""
        findings = Findings()
        if name == b"link":
            self._link(attributes, findings)
        elif name == b"meta":
            self._meta(attributes, findings)
        elif name == b"param":
            self._param(attributes, findings)
        elif name != b"input" or self._word(attributes, b"type") == "image":
            self._places(places.HTML.get(name, ()), attributes, findings)
        if b"style" in attributes:
            self._places((places.STYLE,), attributes, findings)
        return findings

    def svg(self, name: bytes, attributes: Attributes) -> Findings:
        """Judges an element of a drawing (or of a formula) other than script and style.

        It is judged as HTML too: the preload scanner of Chromium does not know where a drawing is.
        """
        findings = self.html(name, attributes)
        self._places(places.SVG.get(name, places.SVG_OTHER), attributes, findings)
        self._places(places.PAINT, attributes, findings)
        return findings

    def script(self, attributes: Attributes, text: str, *, svg: bool) -> Findings:
        """Judges a script by its source, or by its text when it has none."""
        findings = Findings()
        kind = script_kind(attributes)
        if kind in _DATA_BLOCKS:
            verdict = self._data_block(kind, text)
        elif kind not in places.SCRIPT_TYPES:
            return findings
        else:
            self._places(places.DRAWN_SCRIPT if svg else places.HTML[b"script"], attributes, findings)
            external = not attributes.keys().isdisjoint(places.DRAWN_SOURCES if svg else (b"src",))
            verdict = KEEP if external else self.rules.inline(text)
        if verdict.hold:
            findings.add(None, verdict)
        findings.as_text = bool(findings.services)
        return findings

    def style(self, attributes: Attributes, text: str) -> Findings:
        """Judges a style element by the URLs of its sheet.

        Chromium's preload scanner fetches what a sheet of any type imports.
        """
        findings = Findings()
        kind = self.text(attributes.get(b"type", b"")).lower().strip()
        is_css = not kind or kind.startswith("text/css")
        if not is_css and text.lstrip().startswith(("<!--", "&lt;!--")):
            return findings  # where that scanner gives up
        for url, destination in self._css(text):
            if is_css or destination == "style":
                self._ask(None, url, destination, findings)
        findings.as_text = bool(findings.services)
        return findings

    def set_base(self, attributes: Attributes) -> None:
        """Takes the first `<base href>`."""
        self.base = resolved(self.text(attributes[b"href"]), self.base) or self.base

    def _link(self, attributes: Attributes, findings: Findings) -> None:
        for token in self.text(attributes.get(b"rel", b"")).lower().split():
            destination = places.LINKS.get(token.encode("ascii", "replace"))
            if destination:
                self._places(
                    (Place(b"href", Reading.ONE, destination), places.LINK_SRCSET), attributes, findings
                )

    def _meta(self, attributes: Attributes, findings: Findings) -> None:
        if self._word(attributes, b"http-equiv") != "refresh":
            return
        for url in refresh_targets(self.text(attributes.get(b"content", b""))):
            self._ask(b"http-equiv", url, "refresh", findings)

    def _param(self, attributes: Attributes, findings: Findings) -> None:
        if self._word(attributes, b"name") in ("src", "movie", "url", "data", "code"):
            self._places((Place(b"value", Reading.ONE, "object"),), attributes, findings)

    def _data_block(self, kind: bytes, text: str) -> Verdict:
        read, destination = _DATA_BLOCKS[kind]
        urls = read(text)
        if urls is None:
            return UNDECLARED
        findings = Findings()
        for url in urls:
            self._ask(None, url, destination, findings)
        return Verdict(hold=True, service=" ".join(findings.services)) if findings.services else KEEP

    def _places(self, table: tuple[Place, ...], attributes: Attributes, findings: Findings) -> None:
        for place in table:
            raw = attributes.get(place.attribute)
            if raw:
                for url, destination in self._urls(place, self.text(raw)):
                    self._ask(place.attribute, url, destination, findings)

    def _urls(self, place: Place, text: str) -> Iterable[tuple[str, str]]:
        if place.reading is Reading.ONE:
            return ((text, place.destination),)
        if place.reading is Reading.CSS:
            return self._css(text)
        if place.reading is Reading.VALUES:
            parts = text.split(";")
            addresses = [(part, place.destination) for part in parts if "/" in part and "(" not in part]
            return chain(addresses, *map(self._css, parts))
        found = candidates(text) if place.reading is Reading.SRCSET else listed(text)
        return ((url, place.destination) for url in found)

    def _css(self, text: str) -> Iterable[tuple[str, str]]:
        """Reads a sheet exactly only when a rough reading finds something to hold."""
        rough = plain_css_urls(text)
        self.asked = self.asked or bool(rough)
        if rough is not None and not any(self.rules.url(url, self.base, "image").hold for url in rough):
            return ()
        return css_urls(text)

    def _ask(self, attribute: bytes | None, url: str, destination: str, findings: Findings) -> None:
        if not url:
            return
        self.asked = True
        verdict = self.rules.url(url, self.base, destination)
        if verdict.hold:
            findings.add(attribute, verdict)
            findings.frame = findings.frame or verdict.frame


def script_kind(attributes: Attributes) -> bytes:
    """Returns what a script element's `type` or `language` makes of it (§4.12.1)."""
    kind = attributes.get(b"type")
    if kind is None:
        language = attributes.get(b"language")
        kind = b"text/" + language if language else b""
    # Chromium takes the vertical tab, and white space outside ASCII, for white space here.
    text = decode_attribute(kind.decode("latin-1")).strip()
    return text.encode("latin-1", "replace").lower() or b"text/javascript"
