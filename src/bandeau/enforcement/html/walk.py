"""One pass over a document's bytes: token after token, noting what has to be inserted where."""

import re
from abc import ABC, abstractmethod

from bandeau.enforcement.html import scanner
from bandeau.enforcement.html.elements import Attributes
from bandeau.enforcement.html.foreign import Foreign
from bandeau.enforcement.html.rules import Inserts

# What goes on longer than this is not waited for. A script or a sheet is then held unread; a tag, a
# noscript or a CDATA section ends the page: what follows is text that nobody is shown. To go on behind
# its "<" instead would cost quadratic time, as every "<" in it could begin another such tag.
MAX_TAG = 8 << 20
MAX_TEXT = 8 << 20
_LONGEST_OPENING = len(b"<![CDATA[")
_LETTERS = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_BOM = b"\xef\xbb\xbf"
_ORIGIN = re.compile(rb"\A(?:https?:)?//[^/]*+")
_NEVER = re.compile(rb"(?!)")
# What may stand before a frameset for certain (§13.2.6.4.4 ff.); its start tag is ignored behind others.
_HEAD_TAGS = frozenset(b"html head title meta link base script style noscript noframes template".split())
_HEAD = re.compile(
    rb"(?:[ \t\n\f\r]++"
    rb"|<(?:[mM][eE][tT][aA]|[lL][iI][nN][kK])(?=[ \t\n\f\r/>])(?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+>"
    rb"|</(?:[hH][eE][aA][dD]|[tT][iI][tT][lL][eE]|[sS][tT][yY][lL][eE])[ \t\n\f\r]*+>)*+"
)
# Inside a name, a value in either quotes or none, or before a value: the tag is over after these.
_CLOSES_ANY_TAG = b"x\"'>"
STRUCTURE = frozenset((b"table", b"col", b"colgroup", b"body", b"frameset", b"template", b"plaintext", b"a"))


class Walk(ABC):
    """Reads tokens; `run` can be called again with more bytes, `insertions` is what it notes."""

    def __init__(self, inserts: Inserts | None, release: bytes | None) -> None:
        self.insertions: list[tuple[int, bytes]] = []
        self.foreign = Foreign()
        self.knows_cdata = True
        self.offset = 0  # how much of the document came before the bytes that `run` is given
        self._inserts = inserts or Inserts()
        self._settings = self._inserts.settings_href.encode() if self._inserts.foot else b""
        self._settings_tag = -1
        self._release = release
        self._release_due = False
        self._raw: scanner.Raw | scanner.ScriptText | None = None
        self._closing = b""  # what ends the text that is open
        self._open_at: int | None = None  # the start of a construct that the document ends in
        self._head_done = inserts is None
        self._body_done = self._foot_done = inserts is None
        self._body_seen = self.in_frameset = False
        self.bounded = False  # reading what is text to the preload scanner
        self._in_head = True  # nothing came that stands in no head
        self._templates = 0
        self._template_table = False

    @abstractmethod
    def cdata(self, source: bytes, position: int, end: int, *, final: bool) -> int:
        """Takes a CDATA section and returns where to go on."""

    @abstractmethod
    def start_tag(self, source: bytes, tag: re.Match[bytes], end: int, *, final: bool) -> int:
        """Takes a start tag and returns where to go on."""

    # --- the loop. A position below zero is `~start` of a construct whose end has not come yet.
    def run(self, source: bytes, position: int, end: int, *, final: bool) -> int:
        """Reads from `position` and returns how far it came: `end`, or the start of an open construct."""
        self._settings_tag = -1
        while position < end:
            if self._raw is not None:
                found, position = self._raw.find(source, position, end)
                if not found:
                    return end if final else position
                self._raw = None
                continue
            reached = self._step(source, position, end, final=final)
            if reached < 0:
                return self._left_open(~reached, end) if final else ~reached
            position = reached
        return position

    def finish(self, end: int) -> None:
        """Notes what belongs to the end of a document that nothing else follows."""
        if self.in_template or (self._raw is not None and not self._closing):
            return
        if self._open_at is not None:
            self._foot(self._open_at, b"")
        else:
            self._foot(end, self._closing if self._raw is not None else b"")

    def close_before(self, source: bytes, end: int) -> None:
        """Ends what is open where a noscript ends, so that both readings of the page agree.

        With scripting the content is text up to `</noscript`; without, an open comment, title or tag
        would run on into the page, and what is markup to one reader would be text to the other.
        """
        if self._open_at is not None and self._raw is None:
            start, self._open_at = self._open_at, None
            tag = source[start:end] + _CLOSES_ANY_TAG
            done = len(self.insertions)
            self.run(tag, 0, len(tag), final=True)
            found = [(start + offset, text) for offset, text in self.insertions[done:]]
            self.insertions[done:] = [insertion for insertion in found if insertion[0] < end]
            self.insert(end, _CLOSES_ANY_TAG)
            self.insertions += [(end, text) for offset, text in found if offset >= end]
        if self._raw is not None:
            self.insert(end, self._closing)

    def go_on(self) -> None:
        """Forgets what was open: its end has been put in."""
        self._raw, self._open_at = None, None

    def end_inside(self, position: int, raw: scanner.Raw | scanner.ScriptText, closing: bytes) -> None:
        """Notes that the document ends inside the element that starts at `position`."""
        self.pass_text(raw, closing, position)
        self._open_at = position

    def end_page(self, position: int) -> int:
        """Makes text that is not shown of all that follows."""
        self._foot(position, b"")
        self.insert(position, self.foreign.leave() + b"<plaintext hidden>")
        return self.pass_text(scanner.Raw(_NEVER, 0), b"", position)

    def _step(self, source: bytes, position: int, end: int, *, final: bool) -> int:
        if not self._head_done:
            return self._prologue(source, position, end, final=final)
        if self.foreign or self._templates:
            found = source.find(b"<", position, end)
            position = end if found < 0 else found
        else:
            # No further than a tag may be long, so that a longer one is never passed over.
            stop = min(self._stop(source, position, end), position + MAX_TAG)
            match = scanner.PLAIN.match(source, position, stop)
            if match and self._in_head:
                self.pass_over_head(source, position, match.end())
            position = match.end() if match else position
        if position >= end or source[position] != 0x3C:
            return position
        return self._token(source, position, end, final=final)

    @property
    def in_template(self) -> bool:
        """Whether a template is open: what stands in it is no part of the page yet."""
        return bool(self._templates or self.foreign.templates)

    def pass_over_head(self, source: bytes, start: int, end: int) -> None:
        """Notes whether what is passed over may stand before a frameset."""
        if self._in_head:
            self._in_head = _HEAD.fullmatch(source, start, end) is not None

    def never_in_head(self) -> None:
        """Takes a frameset for one that may be ignored."""
        self._in_head = False

    def _stop(self, source: bytes, position: int, end: int) -> int:
        """Where the next tag stands that may link to the settings, so that it is looked at by itself."""
        if self._settings and self._settings_tag < position:
            self._settings_tag = self._find_settings(source, position, end)
        return self._settings_tag if self._settings else end

    def _find_settings(self, source: bytes, position: int, end: int) -> int:
        while (found := source.find(self._settings, position, end)) >= 0:
            tag = source.rfind(b"<", position, found)
            if tag >= 0:
                return tag
            # In text: go on behind the next "<", lest a text full of them be searched again and again.
            position = source.find(b"<", found, end)
            if position < 0:
                break
        return end

    def _left_open(self, position: int, end: int) -> int:
        self._open_at = position
        return end

    def _prologue(self, source: bytes, position: int, end: int, *, final: bool) -> int:
        """Passes over what may stand before the head, then puts the head's insertion in."""
        if not final and _BOM.startswith(source[position:end]):
            return ~position
        position += 3 if source.startswith(_BOM, position) else 0
        match = scanner.SPACE.match(source, position, end)
        position = match.end() if match else position
        if position >= end:
            return end
        if source[position] == 0x3C:
            if source[position + 1 : position + 2] in (b"!", b"?", b"/", b""):
                return self._token(source, position, end, final=final)
            tag = scanner.TAG.match(source, position, end)
            if tag is None and source[position + 1] in _LETTERS:
                return self._unfinished_tag(position, end)
            name = tag.group(1).lower() if tag else b""
            if name == b"html":
                return self._token(source, position, end, final=final)
            if tag and name == b"head":
                position = tag.end()
        self._head_done = True
        self.insert(position, self._inserts.head)
        return position

    # --- tokens
    def _token(self, source: bytes, position: int, end: int, *, final: bool) -> int:
        opening = source[position + 1] if position + 1 < end else 0
        if opening in _LETTERS:
            tag = scanner.TAG.match(source, position, end)
            if tag is None or tag.end() - position > MAX_TAG:
                return self._unfinished_tag(position, end)
            reached = self.start_tag(source, tag, end, final=final)
            self._in_head = self._in_head and tag.group(1).lower() in _HEAD_TAGS
            return reached
        if opening == 0x2F:
            return self._end_tag(source, position, end, final=final)
        if opening == 0x21:
            return self._declaration(source, position, end, final=final)
        if opening == 0x3F:
            return self.pass_text(scanner.BOGUS_COMMENT, b">", position + 2)
        return position + 1 if final or position + 1 < end else ~position

    def _unfinished_tag(self, position: int, end: int) -> int:
        if end - position <= MAX_TAG:
            return ~position
        return self.end_page(position)

    def _declaration(self, source: bytes, position: int, end: int, *, final: bool) -> int:
        if not final and end - position < _LONGEST_OPENING:
            return ~position
        if source.startswith(b"<!--", position):
            short = scanner.SHORT_COMMENT.match(source, position, end)
            return short.end() if short else self.pass_text(scanner.COMMENT, b"-->", position + 4)
        if self.foreign and self.knows_cdata and source.startswith(b"<![CDATA[", position):
            if self.foreign.allows_cdata():
                return self.cdata(source, position, end, final=final)
            # Not in HTML; but the parser may have closed it already: a comment in either case.
            self.insert(position + 2, b"x")
        return self.pass_text(scanner.BOGUS_COMMENT, b">", position + 2)

    def pass_text(self, raw: scanner.Raw | scanner.ScriptText, closing: bytes, position: int) -> int:
        self._raw, self._closing = raw, closing
        return position

    def _end_tag(self, source: bytes, position: int, end: int, *, final: bool) -> int:
        third = source[position + 2 : position + 3]
        if not third:
            return ~position
        if third == b">":
            return position + 3
        if third[0] not in _LETTERS:
            return self.pass_text(scanner.BOGUS_COMMENT, b">", position + 2)
        tag = scanner.TAG.match(source, position, end)
        if tag is None or tag.end() - position > MAX_TAG:
            return self._unfinished_tag(position, end)
        name = tag.group(1).lower()
        self._in_head = self._in_head and name in _HEAD_TAGS and name != b"html"
        if self.foreign:
            drawn = self.foreign.ends_drawn(name)
            before = self.foreign.end(name)
            if before is None:
                self.insert(position + 2, b"/")
                return self.pass_text(scanner.BOGUS_COMMENT, b">", position + 2)
            self.insert(position, before)
            if drawn and name != b"script":
                return tag.end()
        self._close(name, tag)
        return tag.end()

    def _close(self, name: bytes, tag: re.Match[bytes]) -> None:
        if name in (b"body", b"html") and not self.in_template:
            self._foot(tag.start(), b"")
        elif name == b"template" and not self.foreign:
            self._templates = max(0, self._templates - 1)
        elif name == b"script" and self._release_due:
            self._release_due = False
            self.insert(tag.end(), self._release or b"")

    # --- what the page receives
    def insert(self, position: int, text: bytes) -> None:
        """Notes an insertion; those at one place come in the order in which they are noted."""
        if text:
            self.insertions.append((position, text))

    def release_after_end_tag(self) -> None:
        """Asks for the release point behind the script whose start tag is being read."""
        self._release_due = self._release is not None and not self.in_template

    def release_at(self, position: int) -> None:
        """Puts the release point of a script that has no end tag."""
        if self._release and not self.in_template:
            self.insert(position, self._release)

    def structure(self, name: bytes, attributes: Attributes, tag: re.Match[bytes]) -> None:
        """Takes a start tag that says where in the page we are."""
        if name == b"template":
            self._templates += not self.foreign
            self._template_table = False
        elif name == b"col":
            if self.in_template and not self._template_table:
                # Right in a template it makes the parser ignore all else up to the end (§13.2.6.4.22).
                self.insert(tag.start() + 1, b"bd-")
        elif name in (b"table", b"colgroup"):
            self.foreign.tables = self.foreign.tables or (name == b"table" and not self.foreign)
            self._template_table = True
        elif name == b"plaintext" and self.bounded:
            self.insert(tag.start() + 1, b"bd-")
        elif name == b"plaintext":
            self._foot(tag.start(), b"")
            self.pass_text(scanner.Raw(_NEVER, 0), b"", tag.end())
        elif name == b"frameset":
            self._frameset(tag)
        elif name == b"body" and not self._body_seen and not self.in_template:
            self._body_seen = True
            self.insert(tag.end(), b"" if self._body_done else self._inserts.body)
            self._body_done = True
        elif name == b"a" and self._settings and self._leads_to_settings(attributes.get(b"href", b"")):
            self._settings = b""
            self._inserts = Inserts(self._inserts.head, self._inserts.body)

    def _frameset(self, tag: re.Match[bytes]) -> None:
        if self._in_head and not self.in_template:
            # Such a page has no place for what is ours.
            self.in_frameset = self._foot_done = self._body_done = True
        elif not self.in_frameset and not self._body_seen:
            # It counts or not by what stands before it: behind a body it never does.
            self.insert(tag.start(), b"<body>")

    def _leads_to_settings(self, href: bytes) -> bool:
        path = _ORIGIN.sub(b"", href.strip(b" \t\n\f\r"))
        return path.partition(b"#")[0].partition(b"?")[0] == self._settings

    def _foot(self, position: int, closing: bytes) -> None:
        if self._foot_done:
            return
        body = b"" if self._body_done else self._inserts.body
        self._body_done = self._foot_done = True
        if body or self._inserts.foot:
            self.insert(position, closing + self.foreign.leave() + body + self._inserts.foot)
