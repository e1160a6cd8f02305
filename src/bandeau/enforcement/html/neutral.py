"""How something is held back: what is written into a start tag, and nothing but added bytes.

An attribute gets the prefix `data-bd-`, the element `data-bd="<service>"`. The additions stand right
behind the element's name, so that they win over any attribute of the same name (the first counts),
and every duplicate of a held attribute is held with it.
"""

import re

from bandeau.enforcement.html import places, scanner
from bandeau.enforcement.html.elements import Attributes, Findings

_PREFIX = b"data-bd-"
# An author's attributes in our name would pass for the original ones when the element is released.
_FOREIGN_PREFIX = b"x-"
_TINY = re.compile(rb"[ \t\n\f\r]*+0*[01]?(?:\.0*)?(?:px)?[ \t\n\f\r]*+\Z")
_ESCAPES = {
    byte: b"&#%d;" % byte for byte in b" \t\n\f\r`=<>'"
} | {ord("&"): b"&amp;", ord('"'): b"&quot;"}  # fmt: skip
_IN_QUOTES = re.compile(rb"[\"'<>&]")
_IN_OPEN = re.compile(rb"[ \t\n\f\r\"'`=<>&]")

Insertions = list[tuple[int, bytes]]


def escaped(text: bytes, *, quoted: bool) -> bytes:
    """Writes text so that it can stand inside an attribute's value, quoted or not."""
    return (_IN_QUOTES if quoted else _IN_OPEN).sub(lambda match: _ESCAPES[match.group()[0]], text)


def hold(source: bytes, tag: re.Match[bytes], findings: Findings, *, frame: bool = False) -> Insertions:
    """Returns the insertions that hold back what was found on the start tag."""
    names = set(findings.attributes)
    added = b' data-bd="%s"' % _attribute(" ".join(findings.services))
    if findings.as_text:
        names.add(b"type")
        added += b' type="text/plain"'
    if frame and findings.frame is not None:
        added += b' src="%s"' % _attribute(findings.frame)
    insertions = [(tag.end(1), added)]
    for attribute in scanner.ATTRIBUTE.finditer(source, tag.start(2), tag.end()):
        name = attribute.group(1).lower()
        if name in names:
            insertions.append((attribute.start(), _PREFIX))
        elif name.startswith(b"data-bd"):
            insertions.append((attribute.start(), _FOREIGN_PREFIX))
    return insertions


def is_missed(name: bytes, attributes: Attributes) -> bool:
    """Tells whether a reader sees that this element is held back; a counting pixel is not missed."""
    if name not in places.VISIBLE:
        return False
    sides = (attributes.get(b"width"), attributes.get(b"height"))
    return not any(side and _TINY.match(side) for side in sides)


def _attribute(text: str) -> bytes:
    return escaped(text.encode("ascii", "xmlcharrefreplace"), quoted=True)
