"""What is done with the elements of one document: judge them, hold them back, look inside them."""

import re
from bisect import bisect_right
from dataclasses import dataclass, field

from bandeau.enforcement.html import neutral, scanner
from bandeau.enforcement.html.charrefs import decode_mapped
from bandeau.enforcement.html.drawn import drawn_text
from bandeau.enforcement.html.elements import Attributes, Findings, Judge
from bandeau.enforcement.html.rules import UNDECLARED, Inserts
from bandeau.enforcement.html.walk import MAX_TEXT, STRUCTURE, Walk

_MAX_NESTING = 8  # srcdoc in srcdoc in …; what lies deeper is held whole
_SHIELD = b"<!--"
_DRAWN_SHIELD = b"&lt;!--"  # in a drawing the text of a sheet is markup
_UNKNOWN, _ENDED = -1, -2
_CLOSES = {b"script": b"--></script>", b"style": b"</style>"}


@dataclass(slots=True)
class Tally:
    """What was held back so far, across a document and the documents inside it."""

    held: dict[str, int] = field(default_factory=dict)
    visible: bool = False

    def add(self, services: list[str]) -> None:
        """Counts one element under each of its services."""
        for service in services:
            self.held[service] = self.held.get(service, 0) + 1


class Document(Walk):
    """A page, the content of a noscript, or the document in a srcdoc."""

    def __init__(self, judge: Judge, inserts: Inserts | None, release: bytes | None, tally: Tally) -> None:
        super().__init__(inserts, release)
        self.judge, self.tally = judge, tally
        self.depth = 0
        self.in_noscript = False
        self.frames_only = False  # read as the parser does in a frameset: no text, no drawings
        self._base_set = False
        self._drawn_until = 0
        self._endless: dict[bytes, int] = {}  # up to where such text is known to have no end

    def start_tag(self, source: bytes, tag: re.Match[bytes], end: int, *, final: bool) -> int:
        """Judges an element; below zero when its end has to be seen first."""
        name = tag.group(1).lower()
        attributes = scanner.attributes(source, tag)
        if self.in_frameset or (not self.foreign and name not in (b"svg", b"math")):
            return self._html(source, tag, attributes, end, final=final)
        self.insert(tag.start(), self.foreign.before(name, attributes))
        if self.foreign.is_unsure(name):
            self.insert(tag.start() + 1, b"bd-")
            name = b"bd-" + name
        closed = scanner.is_self_closing(source, tag)
        text_end = self._scanned_text(source, tag, end, final=final, closed=closed)
        if text_end == _UNKNOWN:
            return ~tag.start()
        if self.foreign.makes_html(name, attributes) and name not in (b"svg", b"math"):
            reached = self._html(source, tag, attributes, end, final=final)
        else:
            # A script or sheet goes no further than what is cut off behind it.
            end, final = (text_end, True) if text_end > 0 else (end, final)
            reached = self._drawn(source, tag, attributes, end, final=final, closed=closed)
        if reached >= 0:
            self.foreign.start(name, attributes, closed=closed)
            if text_end > reached:
                return self._cut(source, reached, text_end)
            self.insert(reached, b"</%s>" % name if text_end == _ENDED else b"")
        return reached

    # --- what is text to the preload scanner, which does not know where a drawing is
    def _scanned_text(
        self, source: bytes, tag: re.Match[bytes], end: int, *, final: bool, closed: bool
    ) -> int:
        """Returns where the text ends that Chromium's preload scanner sees behind a tag in a drawing.

        Below zero when that is not known yet, 0 when there is no such text, or no end of it;
        `_ENDED` when its end can be put right behind the tag, as it would end nothing else.
        """
        name = tag.group(1).lower()
        is_text = name in scanner.RAW_TEXT or name == b"script"
        if not is_text or self.bounded or self.foreign.makes_html(name, {}):
            return 0
        if closed and not self.foreign.is_open(name):
            return _ENDED
        if self.offset + tag.end() < self._endless.get(name, 0):
            return 0
        found, stop = scanner.raw_text(name).find(source, tag.end(), end)
        if not found and (final or stop - tag.start() > MAX_TEXT):
            # Not looked for a second time, or time would be quadratic.
            self._endless[name] = self.offset + end
            return 0
        return stop if found else _UNKNOWN

    def _cut(self, source: bytes, start: int, stop: int) -> int:
        """Reads up to where that text ends and ends there what is open: the scanner goes on, as markup."""
        self.bounded = True
        self.run(source, start, stop, final=True)
        self.close_before(source, stop)
        self.bounded = False
        self.go_on()
        return stop

    def _html(
        self, source: bytes, tag: re.Match[bytes], attributes: Attributes, end: int, *, final: bool
    ) -> int:
        name = tag.group(1).lower()
        if self.in_frameset:
            return self._framed(source, tag, attributes, end, final=final)
        if name in (b"script", b"style"):
            return self._text_element(source, tag, attributes, end, final=final)
        if name == b"noscript" and not self.in_noscript:
            return self._noscript(source, tag, end, final=final)
        if name in STRUCTURE:
            self.structure(name, attributes, tag)
        findings = self.judge.html(name, attributes)
        if name == b"base":
            self._base(attributes, findings)
        self._hold(source, tag, attributes, findings, srcdoc=name == b"iframe")
        if name in scanner.RAW_TEXT and name != b"noscript":
            return self.pass_text(scanner.raw_text(name), b"</%s>" % name, tag.end())
        return tag.end()

    def _framed(
        self, source: bytes, tag: re.Match[bytes], attributes: Attributes, end: int, *, final: bool
    ) -> int:
        """Reads an element in a frameset (§13.2.6.4.20).

        The parser ignores all but frames and noframes there, and reads the text of the others as
        markup; the preload scanner reads it as text. Both readings end together.
        """
        name = tag.group(1).lower()
        self.frames_only = self.frames_only or name == b"plaintext"
        is_text = name in scanner.RAW_TEXT or name == b"script"
        if is_text and name != b"noframes" and not self.frames_only:
            return self._text_element(source, tag, attributes, end, final=final)
        self._hold(source, tag, attributes, self.judge.html(name, attributes))
        if name == b"noframes":
            return self.pass_text(scanner.raw_text(name), b"</noframes>", tag.end())
        return tag.end()

    # --- holding
    def _hold(
        self,
        source: bytes,
        tag: re.Match[bytes],
        attributes: Attributes,
        findings: Findings,
        *,
        srcdoc: bool = False,
    ) -> None:
        if not findings.services and not srcdoc:
            return
        inner = self._srcdoc(source, tag, findings) if b"srcdoc" in attributes and srcdoc else []
        if findings.services:
            self.tally.add(findings.services)
            missed = not self.in_noscript and neutral.is_missed(tag.group(1).lower(), attributes)
            self.tally.visible = self.tally.visible or missed
            inner += neutral.hold(source, tag, findings, frame=srcdoc)
        self.insertions += sorted(inner, key=lambda insertion: insertion[0])

    def _base(self, attributes: Attributes, findings: Findings) -> None:
        """Takes the first base of the page, valid or not; Chromium's preload scanner the first valid one."""
        if self._base_set or self.in_noscript or self.in_template:
            self._hold_base(attributes, findings)
        elif b"href" in attributes:
            self._base_set = True
            # Chromium resolves an image's address a moment after its tag: a base that comes then counts.
            if not (self.judge.asked and self._hold_base(attributes, findings)):
                self.judge.set_base(attributes)

    def _hold_base(self, attributes: Attributes, findings: Findings) -> bool:
        """Holds a base that counts for some readers, or for some of the page, if it leads elsewhere."""
        href = self.judge.text(attributes.get(b"href", b""))
        verdict = self.judge.rules.url(href, self.judge.base, "base")
        if href and verdict.hold:
            findings.add(b"href", verdict)
        return bool(href) and verdict.hold

    # --- scripts and sheets
    def _text_element(
        self, source: bytes, tag: re.Match[bytes], attributes: Attributes, end: int, *, final: bool
    ) -> int:
        name = tag.group(1).lower()
        finder = scanner.raw_text(name)
        found, stop = finder.find(source, tag.end(), end)
        if stop - tag.start() > MAX_TEXT:
            self._hold_unread(source, tag, attributes)
            self.frames_only = self.in_frameset
            return tag.end() if self.frames_only else self.pass_text(finder, _CLOSES[name], stop)
        if not found:
            if not final:
                return ~tag.start()
            stop = end
        text = source[tag.end() : stop].decode(self.judge.encoding, "replace")
        if name == b"script":
            findings = self.judge.script(attributes, text, svg=False)
            if findings.as_text:
                self.release_after_end_tag()
        elif name == b"style":
            findings = self.judge.style(attributes, text)
        else:
            findings = self.judge.html(name, attributes)
        self._hold(source, tag, attributes, findings, srcdoc=name == b"iframe")
        if name == b"style":
            self._shield(tag, findings, _SHIELD)
        if self.in_frameset:
            self._second_reading(source, tag.end(), stop, goes_on=found, frames_only=True)
        if not found:
            self.end_inside(tag.start(), finder, _CLOSES.get(name, b""))
        return stop

    def _shield(self, tag: re.Match[bytes], findings: Findings, shield: bytes) -> None:
        """Keeps the preload scanner from the imports of a held sheet, whose type it does not look at.

        It gives up at the first thing that is no rule; to the CSS parser `<!--` is nothing at all
        (css-syntax-3 §5.4.1), so the sheet means the same with it when it is released.
        """
        if findings.as_text:
            self.insert(tag.end(), shield)

    def _hold_unread(self, source: bytes, tag: re.Match[bytes], attributes: Attributes) -> None:
        findings = Findings(attributes=[b"src"], as_text=True)
        findings.add(None, UNDECLARED)
        self._hold(source, tag, attributes, findings)
        if tag.group(1).lower() == b"style":
            self._shield(tag, findings, _DRAWN_SHIELD if self.foreign else _SHIELD)

    # --- noscript
    def _noscript(self, source: bytes, tag: re.Match[bytes], end: int, *, final: bool) -> int:
        """Reads the content as markup, up to where a browser with scripting sees the end."""
        found, stop = scanner.raw_text(b"noscript").find(source, tag.end(), end)
        if stop - tag.start() > MAX_TEXT:
            return self.end_page(tag.start())
        if not found and not final:
            return ~tag.start()
        stop = stop if found else end
        # Which elements it leaves open in a drawing depends on scripting: so it is never in one.
        self.insert(tag.start(), self.foreign.leave())
        self.pass_over_head(source, tag.end(), stop)
        inner = self._second_reading(source, tag.end(), stop, goes_on=found)
        self.foreign.tables = self.foreign.tables or inner.foreign.tables
        self.insert(stop, inner.foreign.leave() if found else b"")
        if not found:
            self.end_inside(tag.start(), scanner.raw_text(b"noscript"), b"</noscript>")
        return stop

    def cdata(self, source: bytes, position: int, end: int, *, final: bool) -> int:
        """Reads a section as text, and as the bogus comment that Chromium's preload scanner takes it for."""
        found, stop = scanner.CDATA.find(source, position + len(b"<![CDATA["), end)
        if stop - position > MAX_TEXT:
            return self.end_page(position)
        if not found and not final:
            return ~position
        stop = stop if found else end
        comment_end = source.find(b">", position, stop)
        self.insert(stop, b"]]>" if self.bounded and not found else b"")
        if comment_end >= 0:
            self._second_reading(source, comment_end + 1, stop, goes_on=found, knows_cdata=False)
        return stop

    def _second_reading(
        self,
        source: bytes,
        start: int,
        stop: int,
        *,
        goes_on: bool,
        knows_cdata: bool = True,
        frames_only: bool = False,
    ) -> "Document":
        """Reads as markup what is text to some readers of the page; nothing of it runs in the page."""
        inner = Document(
            Judge(self.judge.rules, self.judge.base, self.judge.encoding), None, None, self.tally
        )
        inner.depth, inner.in_noscript = self.depth, True
        inner.insertions, inner.knows_cdata = self.insertions, knows_cdata and self.knows_cdata
        inner.in_frameset = inner.frames_only = frames_only
        inner.foreign.tables = self.foreign.tables
        inner.never_in_head()
        inner.run(source, start, stop, final=True)
        if goes_on:
            inner.close_before(source, stop)
        return inner

    # --- srcdoc
    def _srcdoc(self, source: bytes, tag: re.Match[bytes], findings: Findings) -> list[tuple[int, bytes]]:
        """Rewrites the document in the attribute, in place: what it already holds stays as it is written."""
        attribute = next(
            a
            for a in scanner.ATTRIBUTE.finditer(source, tag.start(2), tag.end())
            if a.group(1).lower() == b"srcdoc"
        )
        group = next((group for group in (2, 3, 4) if attribute.group(group)), 0)
        if not group:
            return []
        if self.depth >= _MAX_NESTING:
            findings.add(b"srcdoc", UNDECLARED)
            return []
        body, pairs = decode_mapped(attribute.group(group), self.judge.encoding)
        inner = Document(
            Judge(self.judge.rules, self.judge.base, self.judge.encoding), None, None, self.tally
        )
        inner.depth, inner.in_noscript = self.depth + 1, self.in_noscript
        inner.run(body, 0, len(body), final=True)
        start = attribute.start(group)
        return [
            (start + _original(pairs, offset), neutral.escaped(text, quoted=group != 4))
            for offset, text in inner.insertions
        ]

    # --- drawings and formulas
    def _drawn(
        self,
        source: bytes,
        tag: re.Match[bytes],
        attributes: Attributes,
        end: int,
        *,
        final: bool,
        closed: bool,
    ) -> int:
        name = tag.group(1).lower()
        if name != b"style" and (name != b"script" or self.foreign.root != b"svg"):
            findings = self.judge.svg(name, attributes)
            if name == b"base":
                self._hold_base(attributes, findings)
            self._hold(source, tag, attributes, findings)
            return tag.end()
        if self.offset + tag.start() < self._drawn_until:
            # Inside another one: the text is not looked for a second time, or time would be quadratic.
            opening = source[tag.end() : tag.end() + len(_DRAWN_SHIELD)]
            if not _is_inert(attributes, opening, script=name == b"script"):
                self._hold_unread(source, tag, attributes)
            return tag.end()
        found, stop, text = True, tag.end(), ""
        if not closed:
            found, stop, text = drawn_text(source, tag.end(), end, self.judge.encoding, self.foreign)
        if stop - tag.start() > MAX_TEXT:
            self._hold_unread(source, tag, attributes)
        elif not found and not final:
            return ~tag.start()
        else:
            self._drawn_text(source, tag, attributes, text, closed=closed)
        self._drawn_until = self.offset + stop
        return tag.end()

    def _drawn_text(
        self, source: bytes, tag: re.Match[bytes], attributes: Attributes, text: str, *, closed: bool
    ) -> None:
        if tag.group(1).lower() == b"style":
            findings = self.judge.style(attributes, text)
            self._hold(source, tag, attributes, findings)
            self._shield(tag, findings, b"" if closed else _DRAWN_SHIELD)
            return
        findings = self.judge.script(attributes, text, svg=True)
        self._hold(source, tag, attributes, findings)
        if findings.as_text and closed:
            self.release_at(tag.end())
        elif findings.as_text:
            self.release_after_end_tag()


def _is_inert(attributes: Attributes, text: bytes, *, script: bool) -> bool:
    """Tells whether neither parser nor preload scanner does anything with a script or sheet."""
    return attributes.get(b"type") == b"text/plain" and (script or text == _DRAWN_SHIELD)


def _original(pairs: list[tuple[int, int]], offset: int) -> int:
    """Returns where the byte at `offset` of the decoded text stands in what was written."""
    decoded, original = pairs[bisect_right(pairs, (offset, 1 << 62)) - 1]
    return original + offset - decoded
