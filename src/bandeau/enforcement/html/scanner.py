"""Where a token ends: the WHATWG HTML §13.2.5 tokenizer as expressions over bytes that never backtrack.

Every repetition is possessive, so that hostile input costs time in proportion to its length.
Python's `\\s` holds the vertical tab, which is no white space in HTML: hence the written-out sets.
"""

import re
from collections.abc import Iterable

from bandeau.enforcement.html.edits import Buffer

WHITE = rb"[ \t\n\f\r]"
_VALUE = rb"""(?:"[^"]*+"|'[^']*+'|[^ \t\n\f\r>"'][^ \t\n\f\r>]*+|(?=>))"""
# After a name comes "=" and a value, or no "=" at all: nothing else may match, or the quote of an
# unfinished value would pass for the start of another name.
_AFTER_NAME = WHITE + rb"*+(?:=" + WHITE + rb"*+" + _VALUE + rb"|(?!=))"

# A start or end tag. Group 1 is its name, group 2 its attributes.
TAG = re.compile(
    rb"</?([A-Za-z][^ \t\n\f\r/>]*+)((?:[ \t\n\f\r/]++|[^ \t\n\f\r/>][^ \t\n\f\r/>=]*+"
    + _AFTER_NAME
    + rb")*+)>"
)

# One attribute inside a tag: name, then the value in double quotes, single quotes or none.
# The first character of a name may be "=".
ATTRIBUTE = re.compile(
    rb"([^ \t\n\f\r/>][^ \t\n\f\r/>=]*+)"
    rb"(?:[ \t\n\f\r]*+(?:=[ \t\n\f\r]*+"
    rb"""(?:"([^"]*+)"|'([^']*+)'|([^ \t\n\f\r>"'][^ \t\n\f\r>]*+)|(?=>))|(?!=)))"""
)

SPACE = re.compile(WHITE + rb"*+")
SHORT_COMMENT = re.compile(rb"<!---?>")


def _either(word: bytes) -> bytes:
    return b"".join(b"[%c%c]" % (c, c ^ 0x20) if chr(c).isalpha() else bytes([c]) for c in word)


# Start tags that need a look begin like this, by first letter: what matches none of these is passed
# over inside one expression, which is what makes a page cheap. Too broad is only slow, never wrong.
# The commonest letters stand first, as the alternatives are tried in order.
_LOOK = {
    "a": [b"udio"], "s": [b"c", b"ty", b"v", b"o"], "p": [b"lain", b"aram"], "l": [b"in"],
    "h": [b"t", b"ead"], "i": [b"m", b"f", b"np"], "t": [b"ra", b"em", b"ext", b"it", b"able"],
    "b": [b"ody", b"ase"], "e": [b"mb"], "f": [b"ra"], "m": [b"ath"], "n": [b"o"], "o": [b"bj"],
    "v": [b"id"], "x": [b"mp"],
}  # fmt: skip


def _none_of(words: Iterable[bytes]) -> bytes:
    return rb"(?!" + rb"|".join(map(_either, words)) + rb")"


_PLAIN_NAME = (
    rb"(?:[cdgjkqruwyzCDGJKQRUWYZ]|"
    + rb"|".join(_either(letter.encode()) + _none_of(rests) for letter, rests in _LOOK.items())
    + rb")[A-Za-z0-9:-]*+"
)
# Attributes that make any element worth a look; `style` only where it could hold a URL at all.
_TELLING = (b"style", b"ping", b"background", b"http-equiv", b"attributionsrc")
_NAME_REST = rb"""[^ \t\n\f\r/>"'=<]*+(?:=(?:"[^"]*+"|'[^']*+'|[^ \t\n\f\r"'=<>`]++))?+"""
_PLAIN_ATTRIBUTE = (
    rb"""(?:[^ \t\n\f\r/>"'=<spbhaSPBHA]"""
    + _NAME_REST
    + rb"|"
    + _none_of(_TELLING)
    + rb"[spbhaSPBHA]"
    + _NAME_REST
    + rb"|"
    + _either(b"style")
    + rb"""=(?:"[^"(&\\]*+"|'[^'(&\\]*+'))"""
)
_PLAIN_TAG = rb"<" + _PLAIN_NAME + rb"(?:[ \t\n\f\r/]++" + _PLAIN_ATTRIBUTE + rb"?+)*+>"
_PLAIN_END = (
    rb"</(?:[ac-gi-ru-zAC-GI-RU-Z]|"
    + _none_of((b"body", b"html", b"script", b"template"))
    + rb"[bhstBHST])[A-Za-z0-9:-]*+[ \t\n\f\r]*+>"
)
# A whole drawing without references: the icons of a page.
_SHAPE = (
    rb"(?:path|g|rect|circle|ellipse|line|polyline|polygon|defs|clipPath|stop|symbol|mask|use|linearGradient)"
)
_SHAPE_ATTRIBUTE = (
    rb"""(?:(?:(?:xlink:)?href=(?:"\#[^"&]*+"|'\#[^'&]*+'))"""
    rb"""|(?:transform|gradientTransform)=(?:"[^"&\\]*+"|'[^'&\\]*+')"""
    rb"""|(?![hH][rR][eE][fF]|[xX][lL][iI])[^ \t\n\f\r/>"'=<]++(?:=(?:"[^"(&\\]*+"|'[^'(&\\]*+'))?+)"""
)
_SHAPE_ATTRIBUTES = rb"(?:[ \t\n\f\r/]++" + _SHAPE_ATTRIBUTE + rb"?+)*+"
_DRAWING = (
    rb"<svg"
    + _SHAPE_ATTRIBUTES
    + rb"(?<!/)>(?:[^<]++|<"
    + _SHAPE
    + _SHAPE_ATTRIBUTES
    + rb">|</"
    + _SHAPE
    + rb">)*+</svg>"
)
# Text, tags and drawings that are of no interest, as many as there are.
PLAIN = re.compile(
    rb"[^<]*+(?:(?:" + _PLAIN_END + rb"|" + _PLAIN_TAG + rb"|" + _DRAWING + rb"|<(?=[^A-Za-z/!?]))[^<]*+)*+"
)

_RAW_END = {
    name: re.compile(rb"</" + _either(name) + rb"[ \t\n\f\r/>]")
    for name in (b"title", b"textarea", b"style", b"xmp", b"iframe", b"noembed", b"noframes", b"noscript")
}
RAW_TEXT = frozenset(_RAW_END)
_SCRIPT_END = re.compile(rb"</" + _either(b"script") + rb"[ \t\n\f\r/>]")
_SCRIPT_MARK = re.compile(rb"<!--|-->|</?" + _either(b"script") + rb"[ \t\n\f\r/>]")


class Raw:
    """Text up to an end mark, found piece by piece without looking at any byte twice."""

    __slots__ = ("_includes_end", "_mark", "_tail")

    def __init__(self, mark: re.Pattern[bytes], tail: int, *, includes_end: bool = True) -> None:
        self._mark, self._tail, self._includes_end = mark, tail, includes_end

    def find(self, source: Buffer, start: int, end: int) -> tuple[bool, int]:
        """Returns (True, where it ends), or (False, up to where it certainly goes on)."""
        match = self._mark.search(source, start, end)
        if match is None:
            return False, max(start, end - self._tail)
        return True, match.end() if self._includes_end else match.start()


class ScriptText:
    """The text of a script, in which `<!--<script>` hides an end tag (§13.2.5.17 ff.)."""

    __slots__ = ("_escape",)

    def __init__(self) -> None:
        self._escape = 0  # 0 none, 1 after "<!--", 2 after "<script" in it

    def find(self, source: Buffer, start: int, end: int) -> tuple[bool, int]:
        """Returns (True, start of the end tag), or (False, up to where it certainly goes on)."""
        close = None if self._escape else _SCRIPT_END.search(source, start, end)
        if close and source.find(b"<!--", start, close.start()) < 0:
            return True, close.start()
        position = start
        while match := _SCRIPT_MARK.search(source, position, end):
            position = match.end()
            mark = source[match.start() : match.start() + 2]
            if mark == b"<!":
                # "<!-->" closes at once: the dashes that open may be the dashes that close.
                position = match.start() + 2
                self._escape = self._escape or 1
            elif mark == b"--":
                self._escape = 0
            elif mark == b"</" and self._escape < 2:
                return True, match.start()
            elif self._escape:
                self._escape = 1 if mark == b"</" else 2
        return False, max(position, end - 8)


def raw_text(name: bytes) -> Raw | ScriptText:
    """Returns the finder of the end of the text in such an element."""
    if name == b"script":
        return ScriptText()
    return Raw(_RAW_END[name], len(name) + 2, includes_end=False)


# A comment, from behind its `<!--`; `<!x`, `<?x`, `</1` and a doctype; a CDATA section. They keep no state.
COMMENT = Raw(re.compile(rb"--!?>"), 3)
BOGUS_COMMENT = Raw(re.compile(rb">"), 0)
CDATA = Raw(re.compile(rb"\]\]>"), 2)


def attributes(source: Buffer, tag: re.Match[bytes]) -> dict[bytes, bytes]:
    """Returns the attributes of a tag as they are written; of duplicates the first counts."""
    found = ATTRIBUTE.findall(source, tag.start(2), tag.end())
    found.reverse()
    return {name.lower(): double or single or bare for name, double, single, bare in found}


def is_self_closing(source: Buffer, tag: re.Match[bytes]) -> bool:
    """Tells whether the tag ends in "/>" where the slash is not the end of an unquoted value."""
    if source[tag.end() - 2] != 0x2F:
        return False
    ends = [attribute.end() for attribute in ATTRIBUTE.finditer(source, tag.start(2), tag.end())]
    return not ends or ends[-1] < tag.end() - 1
